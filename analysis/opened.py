"""The county as a scenario's year finds it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.county import County


def county_in(county: County, year: int) -> County:
    """The county with the streets that are open by the end of a year; 0: those open now."""
    if county.network is None or county.network.opened(year) is county.network:
        return county
    return dataclasses.replace(county, network=county.network.opened(year))
