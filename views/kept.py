"""What is worked out once for all sessions, and how much of it is kept: of a large county few answers, of a small one
many, so that the memory they take is bounded for both. What is kept is shared: it is only read from then on.
"""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from analysis.scenario import Scenario, scenario_from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.assessment import Assessment
    from geo.county import County

_Further = ParamSpec("_Further")
_Made = TypeVar("_Made")

LARGE = 10_000
"""A county with more streets, parcels and hydrants than this together is a large one."""

FEW, MANY = 6, 48
"""So many answers, for different scenarios, are kept of a large county and of any other."""


def is_large(county: County) -> bool:
    """Whether an answer of a county takes so much room that only few are kept."""
    streets = 0 if county.network is None else county.network.n_streets
    return streets + len(county.parcels) + len(county.hydrants) > LARGE


@lru_cache(maxsize=MANY)
def _as_json(scenario: Scenario) -> str:
    return scenario.to_json()


def answer_key(county: County, scenario: Scenario) -> tuple[str, str]:
    """What an answer is kept under: the county's digest and the scenario as JSON."""
    return county.digest, _as_json(scenario)


def kept_of_county(
    few: int = FEW, many: int = MANY
) -> Callable[[Callable[[County, Scenario], _Made]], Callable[[County, Scenario], _Made]]:
    """Keep what a function makes of a county and a scenario: ``few`` results of a large county, else ``many``."""

    def decorate(make: Callable[[County, Scenario], _Made]) -> Callable[[County, Scenario], _Made]:
        def keep(_county: County, digest: str, scenario_json: str) -> _Made:
            del digest  # part of the key, where the county itself cannot be
            return make(_county, scenario_from_json(scenario_json))

        store = _by_size(keep, make, few, many)

        @wraps(make)
        def found(county: County, scenario: Scenario) -> _Made:
            made: _Made = store[is_large(county)](county, *answer_key(county, scenario))
            return made

        return found

    return decorate


def kept(
    few: int = FEW, many: int = MANY, *, still: bool = False
) -> Callable[
    [Callable[Concatenate[Assessment, _Further], _Made]], Callable[Concatenate[Assessment, _Further], _Made]
]:
    """Keep what a function makes of an assessment: ``few`` results of a large county, else ``many``.

    ``still``: there is no time in it, so that it is the same for all scenarios alike in :attr:`Scenario.still`.
    Further arguments, such as the language, are texts or numbers; they are part of the key.
    """

    def decorate(
        make: Callable[Concatenate[Assessment, _Further], _Made],
    ) -> Callable[Concatenate[Assessment, _Further], _Made]:
        def keep(_assessment: Assessment, digest: str, scenario_json: str, *further: Any) -> Any:
            del digest, scenario_json  # parts of the key, where the assessment itself cannot be
            return make(_assessment, *further)  # type: ignore[call-arg]

        store = _by_size(keep, make, few, many)

        @wraps(make)
        def found(assessment: Assessment, *further: Any) -> Any:
            question = assessment.scenario.still if still else assessment.scenario
            return store[is_large(assessment.county)](
                assessment, *answer_key(assessment.county, question), *further
            )

        return found  # type: ignore[return-value]

    return decorate


def _by_size(
    keep: Callable[..., Any], make: Callable[..., Any], few: int, many: int
) -> dict[bool, Callable[..., Any]]:
    """The stores for large counties (True) and for others. Streamlit tells stores apart by the name of the function."""
    stores: dict[bool, Callable[..., Any]] = {}
    for large, most in ((True, few), (False, many)):

        @wraps(keep)
        def one(*given: Any) -> Any:
            return keep(*given)

        one.__module__, one.__qualname__ = make.__module__, f"{make.__qualname__}.{most}.{large}"
        stores[large] = st.cache_resource(max_entries=most, show_spinner=False)(one)
    return stores
