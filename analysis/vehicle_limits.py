"""The vehicle that has to get through, and the streets that may not let it: narrow, low or weak."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis import standards
from geo.limits import LIMITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.network import Flags, Network

POLICIES = ("warn", "block")
"""``warn``: streets below the vehicle are named and driven; ``block``: they are not driven either way."""

NARROW, LOW, WEAK = "narrow", "low", "weak"
WARNINGS = (NARROW, LOW, WEAK)
"""Codes of what a street may not let through, in the order of :data:`geo.limits.LIMITS`."""


def _size(default: float, low: float, high: float, step: float, unit: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "step": step, "unit": unit})


@dataclass(frozen=True)
class Vehicle:
    """The largest vehicle that has to get through. The bounds of its sizes stand here only."""

    width_m: float = _size(standards.VEHICLE_WIDTH_M, 1.5, standards.LANE_CLEAR_M, 0.05, "m")
    height_m: float = _size(standards.VEHICLE_HEIGHT_M, 1.5, standards.LANE_CLEAR_M, 0.05, "m")
    weight_t: float = _size(standards.VEHICLE_WEIGHT_T, 1.0, 60.0, 0.5, "t")
    """Gross, as it drives to a fire."""


def _below(network: Network, least: tuple[float, float, float]) -> NDArray[np.bool_]:
    """(3, m) whether a stated width, height or weight is below what is asked; an unstated one never is."""
    # A limit that was stated as the very size asked for is not below it: both are compared as they are kept.
    return np.stack(
        [getattr(network, name) < np.float32(size) for name, size in zip(LIMITS, least, strict=True)]
    )


def impassable(network: Network, vehicle: Vehicle | None) -> Flags:
    """(m,) streets of which a stated limit is below the vehicle; none without one."""
    if vehicle is None:
        return np.zeros(network.n_streets, dtype=bool)
    return np.asarray(_below(network, (vehicle.width_m, vehicle.height_m, vehicle.weight_t)).any(axis=0))


def street_warnings(network: Network, vehicle: Vehicle | None) -> NDArray[np.bool_]:
    """(3, m) flags of :data:`WARNINGS`, whatever the policy.

    ``narrow`` and ``low``: a stated width or height under the clear 4 m of a fire lane, which no vehicle exceeds;
    ``weak``: a stated weight under the vehicle's, never without a vehicle.
    """
    weight_t = 0.0 if vehicle is None else vehicle.weight_t
    return _below(network, (standards.LANE_CLEAR_M, standards.LANE_CLEAR_M, weight_t))


def warning_codes(network: Network, vehicle: Vehicle | None) -> NDArray[np.object_]:
    """(m,) codes of :data:`WARNINGS` with a comma between them; None where there is none."""
    flags = street_warnings(network, vehicle)
    codes = np.full(network.n_streets, None, dtype=object)
    for street in np.flatnonzero(flags.any(axis=0)).tolist():
        codes[street] = ",".join(np.array(WARNINGS)[flags[:, street]].tolist())
    return codes


def limit_lengths(
    network: Network | None, vehicle: Vehicle | None, blocked_for: Vehicle | None
) -> dict[str, Any] | None:
    """Street length in metres by what is known of its limits; None without streets.

    ``warned_m``: by code, and ``any`` of them; ``blocked_m``: not driven for the vehicle; ``unstated_m``: length
    of which width, height or weight is not stated, so that nothing is known.
    """
    if network is None:
        return None

    def metres(which: Flags) -> float:
        return float(network.length_m[which].sum())

    flags = street_warnings(network, vehicle)
    warned = {code: metres(flags[row]) for row, code in enumerate(WARNINGS)}
    return {
        "warned_m": {**warned, "any": metres(np.asarray(flags.any(axis=0)))},
        "blocked_m": metres(impassable(network, blocked_for)),
        "unstated_m": {name: metres(np.isnan(getattr(network, name))) for name in LIMITS},
    }
