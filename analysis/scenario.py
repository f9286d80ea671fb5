"""A question put to a county: what is counted, and against which targets. One frozen value and its JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from analysis import standards
from analysis.changes import NO_CHANGES, Changes, changes_from
from analysis.closures import EFFECTS, Closure, usable_shape
from analysis.plain_json import bounded, bounds_of, is_number, known_fields
from analysis.precision import LIMIT_DIGITS
from analysis.shuttle_choice import ShuttleChoice, check_shuttle, shuttle_numbers
from analysis.vehicle_limits import POLICIES, Vehicle
from geo.network import CLASSES
from geo.problems import InputError, Problem, problem


@dataclass(frozen=True)
class Targets:
    """What is held to be in time and in reach. Units stand in the names."""

    limit_s: float = bounded(standards.LIMIT_S, 60, 3600, 10, "s")
    """From the dispatch order; covered means ``arrival_s <= limit_s``."""
    turnout_s: float = bounded(standards.TURNOUT_S, 0, 600, 5, "s")
    """From the order to wheels rolling; a station may have its own."""
    hydrant_radius_m: float = bounded(standards.HYDRANT_RADIUS_M, 10, 1000, 10, "m")
    off_street_limit_m: float = bounded(standards.OFF_STREET_LIMIT_M, 10, 500, 10, "m")
    snap_limit_m: float = bounded(standards.SNAP_LIMIT_M, 10, 1000, 10, "m")
    speed_factor: float = bounded(1.0, 0.2, 2.0, 0.05, "")
    """Multiplies every speed of the table."""
    profile: str = field(default="normal", metadata={"choices": standards.PROFILES})
    one_way: str = field(default="obey", metadata={"choices": standards.ONE_WAY_POLICIES})
    against_factor: float = bounded(standards.AGAINST_FACTOR, 1, 10, 0.1, "")
    """Time of driving against a one-way street, as a multiple, under the policy ``cost``."""
    junction_s: float = bounded(0.0, 0, 60, 1, "s")
    left_turn_s: float = bounded(0.0, 0, 120, 1, "s")
    right_turn_s: float = bounded(0.0, 0, 120, 1, "s")
    signal_s: float = bounded(0.0, 0, 120, 1, "s")
    u_turn_s: float = bounded(0.0, 0, 120, 1, "s")
    level_crossing_s: float = bounded(0.0, 0, 600, 1, "s")
    acceleration_mps2: float = bounded(0.0, 0, 5, 0.1, "m/s²")
    """How quickly an engine gathers speed; 0 reckons no start."""
    speeds_kph: tuple[tuple[str, float], ...] = ()
    """Speeds of single street classes that replace the profile's."""
    bands_s: tuple[float, ...] = standards.BANDS_S

    @property
    def start_s(self) -> float:
        """Seconds that gathering and losing speed add to every trip: cruising speed over acceleration.

        Kolesar and Walker: with acceleration a and cruising speed v a trip of d takes 2 sqrt(d / a) up to v2 / a,
        then v / a + d / v. The term v / a is added to every trip, which is exact beyond v2 / a and never less than
        the curve before.
        """
        if self.acceleration_mps2 == 0:
            return 0.0
        return standards.CRUISE_KPH / 3.6 / self.acceleration_mps2

    def speed_kph(self, street_class: str) -> float:
        """Speed of a street class in km/h under these targets."""
        own = dict(self.speeds_kph).get(street_class)
        speed = standards.class_speed_kph(street_class, self.profile) if own is None else own
        return speed * self.speed_factor

    @property
    def slow(self) -> Targets:
        """The same question at peak speeds; the targets themselves where the profile is peak or snow already.

        An own speed is one of the chosen profile, so it does not hold at the peak: there a class has its published
        peak speed, or less in the proportion in which its own speed is below the profile's.
        """
        if self.profile in ("peak", "snow"):
            return self
        own = tuple(
            (
                name,
                standards.class_speed_kph(name, "peak")
                * min(1.0, speed_kph / standards.class_speed_kph(name, self.profile)),
            )
            for name, speed_kph in self.speeds_kph
        )
        return dataclasses.replace(self, profile="peak", speeds_kph=own)


@dataclass(frozen=True)
class Scenario:
    """The county today, or with changes. ``Scenario()`` is today with the default targets."""

    name: str = ""
    name_en: str = ""
    planned_works: bool = False
    """Count what is under construction or not yet built."""
    count_unknown: bool = False
    """Count features whose state nobody knows; how many there are is always shown."""
    year: int = 0
    """Planned streets, stations and water sources that open by the end of this year count, and nothing that opens
    later; 0: only the streets that are open now, and of the rest what its state says."""
    closures: tuple[Closure, ...] = ()
    """Streets blocked, slowed or delayed."""
    changes: Changes = NO_CHANGES
    """Stations, hydrants and cranes added, moved or switched off, and planned streets opened."""
    vehicle: Vehicle | None = None
    """The vehicle that has to get through; None asks for none."""
    vehicle_policy: str = field(default="warn", metadata={"choices": POLICIES})
    """Whether streets with a stated limit below the vehicle are named only, or not driven."""
    shuttle: ShuttleChoice | None = None
    """Who drives water to and fro; None: the county's own tankers, else assumed ones."""
    targets: Targets = Targets()

    @property
    def blocked_for(self) -> Vehicle | None:
        """The vehicle below whose size streets are not driven; None where none are left out for it."""
        return self.vehicle if self.vehicle_policy == "block" else None

    @property
    def shuts_streets(self) -> bool:
        """Whether streets are driven otherwise than the network and the targets alone would have it."""
        return bool(self.closures) or self.blocked_for is not None

    @property
    def of_ground(self) -> Scenario:
        """The question as far as the study area and the points that stand for parcels depend on it."""
        targets = Targets(off_street_limit_m=self.targets.off_street_limit_m)
        return Scenario(year=self.year, changes=self.changes.of_streets, targets=targets)

    @property
    def still(self) -> Scenario:
        """The question as far as anything without a time in it depends on it: what counts, and how far it reaches."""
        kept = {name: getattr(self.targets, name) for name in STILL_TARGETS}
        return Scenario(
            planned_works=self.planned_works,
            count_unknown=self.count_unknown,
            year=self.year,
            changes=self.changes.of_water,
            targets=Targets(**kept),
        )

    def to_json(self) -> str:
        """Readable JSON that :func:`scenario_from_json` reads back to an equal value."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=2)


STILL_TARGETS = ("hydrant_radius_m", "off_street_limit_m", "snap_limit_m")
"""Targets that places rest on, whatever the times."""

MOST_BANDS = 50
"""So many bands are drawn; each is an area of its own."""

LIMITS = ("limit_s", "hydrant_radius_m", "off_street_limit_m", "snap_limit_m")
"""Targets that figures are held against; as those are written, no finer than a millisecond or a millimetre."""


def numeric_targets() -> dict[str, dict[str, Any]]:
    """Bounds of every numeric target by name: ``default``, ``low``, ``high``, ``step``, ``unit``."""
    return bounds_of(Targets)


def vehicle_sizes() -> dict[str, dict[str, Any]]:
    """Bounds of every size of the vehicle by name, as :func:`numeric_targets` gives those of targets."""
    return bounds_of(Vehicle)


def choice_targets() -> dict[str, tuple[str, ...]]:
    """The words every worded target may hold, by name."""
    return {
        each.name: each.metadata["choices"]
        for each in dataclasses.fields(Targets)
        if "choices" in each.metadata
    }


def check_targets(targets: Targets, file: str = "") -> list[Problem]:
    """Everything wrong with a set of targets; empty when it can be used."""
    found = [
        problem("target_range", file=file, field=name, value=value, low=bounds["low"], high=bounds["high"])
        for name, bounds in numeric_targets().items()
        if not is_number(value := getattr(targets, name)) or not bounds["low"] <= value <= bounds["high"]
    ]
    found += [
        problem("not_in_list", file=file, field=name, value=getattr(targets, name), known=", ".join(known))
        for name, known in choice_targets().items()
        if getattr(targets, name) not in known
    ]
    found += [
        problem("not_in_list", file=file, field="speeds_kph", value=street_class, known=", ".join(CLASSES))
        for street_class, _ in targets.speeds_kph
        if street_class not in CLASSES
    ]
    found += [
        problem("target_range", file=file, field="speeds_kph", value=speed, low=1, high=150)
        for _, speed in targets.speeds_kph
        if not is_number(speed) or not 1 <= speed <= 150
    ]
    if not targets.bands_s or any(not is_number(band) or not 0 < band <= 7200 for band in targets.bands_s):
        found.append(
            problem("target_range", file=file, field="bands_s", value=targets.bands_s, low=1, high=7200)
        )
    if len(targets.bands_s) > MOST_BANDS:
        found.append(
            problem("bands_many", file=file, field="bands_s", value=len(targets.bands_s), limit=MOST_BANDS)
        )
    limits = [(name, getattr(targets, name)) for name in LIMITS] + [
        ("bands_s", band) for band in targets.bands_s
    ]
    found += [
        problem("too_fine", file=file, field=name, value=value)
        for name, value in limits
        if is_number(value) and round(value, LIMIT_DIGITS) != value
    ]
    return found


def scenario_from_json(text: str, file: str = "") -> Scenario:
    """Read a scenario; raises :class:`InputError` with everything that is wrong with it.

    Fields left out keep their defaults. ``file`` names the source in the messages.
    """
    found: list[Problem] = []
    try:
        data = json.loads(text)
        json.dumps(
            data, ensure_ascii=False
        ).encode()  # half a letter (a lone surrogate) could not be kept again
    except (ValueError, RecursionError) as error:
        raise InputError([problem("not_json", file=file, detail=error)]) from error
    fields = known_fields(data, Scenario, file, found)
    numbers = known_fields(fields.pop("targets", {}), Targets, file, found)
    speeds = numbers.get("speeds_kph", ())
    try:
        pairs = speeds.items() if isinstance(speeds, dict) else speeds
        numbers["speeds_kph"] = tuple(sorted({str(key): float(value) for key, value in pairs}.items()))
        numbers["bands_s"] = tuple(sorted(float(band) for band in numbers.get("bands_s", standards.BANDS_S)))
    except (TypeError, ValueError, OverflowError):
        found.append(problem("not_a_number", file=file, field="speeds_kph, bands_s", value=str(speeds)[:40]))
        raise InputError(found) from None
    found += [
        problem("not_a_flag", file=file, field=name, value=fields[name])
        for name in ("planned_works", "count_unknown")
        if not isinstance(fields.get(name, False), bool)
    ]
    year = fields.get("year", 0)
    if not isinstance(year, int) or isinstance(year, bool) or not 0 <= year <= 2200:
        found.append(problem("target_range", file=file, field="year", value=year, low=0, high=2200))
    found += [
        problem("not_text_value", file=file, field=name, value=fields[name])
        for name in ("name", "name_en")
        if not isinstance(fields.get(name, ""), str)
    ]
    targets = Targets(**numbers)
    closures = _closures(fields.pop("closures", ()), file, found)
    changes = changes_from(fields.pop("changes", {}), file, found)
    vehicle = _vehicle(fields.pop("vehicle", None), file, found)
    shuttle = _shuttle(fields.pop("shuttle", None), file, found)
    policy = fields.get("vehicle_policy", "warn")
    if policy not in POLICIES:
        known = ", ".join(POLICIES)
        found.append(problem("not_in_list", file=file, field="vehicle_policy", value=policy, known=known))
    found += check_targets(targets, file)
    if found:
        raise InputError(found)
    return Scenario(
        targets=targets, closures=closures, changes=changes, vehicle=vehicle, shuttle=shuttle, **fields
    )


def _vehicle(given: Any, file: str, found: list[Problem]) -> Vehicle | None:
    """A vehicle from an object of its sizes; sizes left out keep their defaults."""
    if given is None:
        return None
    sizes = known_fields(given, Vehicle, file, found)
    found += [
        problem(
            "target_range",
            file=file,
            field=f"vehicle.{name}",
            value=sizes[name],
            low=bounds["low"],
            high=bounds["high"],
        )
        for name, bounds in vehicle_sizes().items()
        if name in sizes
        and (not is_number(sizes[name]) or not bounds["low"] <= sizes[name] <= bounds["high"])
    ]
    return Vehicle(**sizes)


def _shuttle(given: Any, file: str, found: list[Problem]) -> ShuttleChoice | None:
    """A shuttle from an object of its fields; those left out keep their defaults."""
    if given is None:
        return None
    fields = known_fields(given, ShuttleChoice, file, found)
    if "tanks_l" in fields:
        tanks = fields["tanks_l"]
        fields["tanks_l"] = tuple(tanks) if isinstance(tanks, list | tuple) else (tanks,)
    numbers: dict[str, tuple[Any, ...]] = {
        name: (fields[name],) for name in shuttle_numbers() if name in fields
    }
    numbers["tanks_l"] = fields.get("tanks_l", ())
    numbers["fill_lps"] = () if fields.get("fill_lps") is None else (fields["fill_lps"],)
    wrong = [
        problem("not_a_number", file=file, field=f"shuttle.{name}", value=value)
        for name, values in numbers.items()
        for value in values
        if not is_number(value)
    ]
    if not isinstance(fields.get("tanks_stated", False), bool):
        wrong.append(
            problem("not_a_flag", file=file, field="shuttle.tanks_stated", value=fields["tanks_stated"])
        )
    found += wrong or check_shuttle(ShuttleChoice(**fields), file)
    return None if wrong else ShuttleChoice(**fields)


def _closures(rows: Any, file: str, found: list[Problem]) -> tuple[Closure, ...]:
    """Closures from a list of objects with ``name``, ``wkt``, ``effect`` and ``value``."""
    made = []
    for row, given in enumerate(rows if isinstance(rows, list | tuple) else [rows], start=1):
        fields = known_fields(given, Closure, file, found)
        value = fields.get("value", 0.0)
        effect = fields.get("effect", "block")
        if effect not in EFFECTS:
            found.append(
                problem(
                    "not_in_list", file=file, row=row, field="effect", value=effect, known=", ".join(EFFECTS)
                )
            )
        elif not is_number(value) or not {"block": 0, "slow": 1, "delay": 0}[effect] <= value <= 3600:
            found.append(
                problem("target_range", file=file, row=row, field="value", value=value, low=1, high=3600)
            )
        if not usable_shape(str(fields.get("wkt", ""))):
            found.append(
                problem("closure_shape", file=file, row=row, field="wkt", value=str(fields.get("wkt"))[:60])
            )
        made.append(Closure(str(fields.get("name", "")), str(fields.get("wkt", "")), effect, value))
    return tuple(made)
