"""Parts kept from one scenario never change what another is answered: they fit bit for bit, or are refused."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.assessment import Assessment, assess
from analysis.changes import Changes, Moved, SourceAdded, StationAdded
from analysis.closures import Closure
from analysis.kept import Kept, kept_parts, still_water, study_ground
from analysis.scenario import Scenario, Targets, choice_targets, numeric_targets
from analysis.shuttle_choice import ShuttleChoice
from analysis.vehicle_limits import Vehicle
from geo.crs import WGS84
from tests.counties import paper_county, path, plot, table_of
from tests.towns import at, grid_lines, town

if TYPE_CHECKING:
    from geo.county import County

LATER = 2027
RIVER = gpd.GeoDataFrame(geometry=[path((-420, 150), (420, 160))], crs="EPSG:4547")


@cache
def county() -> County:
    """A grid with a river, streets and water that open later, parcels near and far, plots without a place."""
    streets = grid_lines(streets=7, block_m=120.0)
    opens = [LATER if row in (2, 6) else 0 for row in range(len(streets))]
    network = town(
        streets, opens=opens, width_m=[2.0 if row % 5 == 0 else 9.0 for row in range(len(streets))]
    )
    return paper_county(
        network,
        parcels=[
            {"parcel_no": "near", "area_mu": 3.0, "geometry": plot(-40, -40, 30, 50)},
            {"parcel_no": "wide", "area_mu": 90.0, "geometry": plot(-300, 20, 330, 260)},
            {"parcel_no": "off", "area_mu": 9.0, "geometry": plot(380, 380, 470, 470)},
            {"parcel_no": "nowhere", "area_mu": 1.0, "unresolved_reason": "no_place"},
        ],
        stations=[
            {"station_id": "A", "geometry": at(-350, 0)},
            {"station_id": "B", "geometry": at(200, 20), "shape": path((100, 10), (260, 10))},
            {"station_id": "C", "geometry": at(0, 330), "status": "under_construction", "opens": LATER},
            {"station_id": "D", "geometry": at(360, -360), "status": "unknown"},
        ],
        hydrants=[
            {"hydrant_id": "1", "geometry": at(-100, 10)},
            {"hydrant_id": "2", "geometry": at(120, 140)},
            {"hydrant_id": "3", "geometry": at(240, -100), "status": "not_built", "opens": LATER},
            {"hydrant_id": "4", "geometry": at(-240, -240), "status": "unknown"},
        ],
        cranes=table_of("cranes", [{"crane_id": "W", "geometry": at(-240, 120), "flow_lps": 104.0}]),
        barriers=RIVER,
        digest="a county with everything",
    )  # fmt: skip


def other_value(name: str) -> Any:
    """Another value for a target than its default."""
    if name in numeric_targets():
        bounds = numeric_targets()[name]
        further = bounds["default"] + 3 * bounds["step"]
        return further if further <= bounds["high"] else bounds["default"] - bounds["step"]
    if name in choice_targets():
        return next(each for each in choice_targets()[name] if each != getattr(Targets(), name))
    return {"speeds_kph": (("residential", 12.0),), "bands_s": (60.0, 300.0)}[name]


def closed() -> Closure:
    """The street through the middle, closed."""
    here = gpd.GeoSeries([at(-180, 0)], crs=county().crs).to_crs(WGS84).iloc[0]
    return Closure("middle", here.wkt)


def degrees(x: float, y: float) -> dict[str, Any]:
    """A point of the paper town's own metres in degrees."""
    here = gpd.GeoSeries([at(x, y)], crs=county().crs).to_crs(WGS84).iloc[0]
    return {"lon": float(here.x), "lat": float(here.y)}


def each_change() -> dict[str, Any]:
    """One change of every kind there is."""
    return {
        "stations_added": (StationAdded("E", **degrees(300, 250), turnout_s=30.0, engines=2.0),),
        "stations_moved": (Moved("A", **degrees(-100, -260)),),
        "stations_off": ("B",),
        "hydrants_added": (SourceAdded("9", **degrees(0, -200)),),
        "hydrants_moved": (Moved("1", **degrees(200, -240)),),
        "hydrants_off": ("2",),
        "cranes_added": (SourceAdded("W2", **degrees(100, 120), flow_lps=40.0),),
        "cranes_moved": (Moved("W", **degrees(-120, 200)),),
        "cranes_off": ("W",),
        "streets_opened": tuple(county().network.street_ids(np.flatnonzero(county().network.opens > 0))),  # type: ignore[union-attr]
    }


def changed() -> dict[str, Scenario]:
    """A scenario with another value for every single field there is."""
    values: dict[str, Any] = {
        "name": "another", "name_en": "Another", "changes": Changes(**each_change() | {"cranes_moved": ()}),
        "planned_works": True, "count_unknown": True, "year": LATER, "closures": (closed(),),
        "vehicle": Vehicle(width_m=3.0), "vehicle_policy": "block", "shuttle": ShuttleChoice(tanks_l=(9000.0,)),
    }  # fmt: skip
    found = {each.name: replace(Scenario(), **{each.name: values[each.name]})
             for each in fields(Scenario) if each.name != "targets"}  # fmt: skip
    found["blocked"] = Scenario(vehicle=Vehicle(width_m=3.0), vehicle_policy="block")
    for each in fields(Targets):
        found[each.name] = Scenario(targets=replace(Targets(), **{each.name: other_value(each.name)}))
    assert list(each_change()) == [each.name for each in fields(Changes)]
    for name, rows in each_change().items():
        found[name] = Scenario(changes=replace(Changes(), **{name: rows}))
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two values are alike to the last bit."""
    if isinstance(one, pd.DataFrame):
        return bool(
            list(one.columns) == list(other.columns)
            and one.dtypes.astype(str).tolist() == other.dtypes.astype(str).tolist()
            and one.index.equals(other.index)
            and all(same(np.asarray(one[name], dtype=object), np.asarray(other[name], dtype=object)) for name in one)
        )  # fmt: skip
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and all(map(same, one.tolist(), other.tolist()))
    if isinstance(one, shapely.Geometry):
        return bool(shapely.to_wkb(one) == shapely.to_wkb(other))
    if isinstance(one, float) and np.isnan(one):
        return isinstance(other, float) and np.isnan(other)
    return bool(one == other)


TABLES = (
    "parcels", "stations", "hydrants", "cranes", "bands", "hydrant_cover", "hydrant_gaps", "streets", "coverage",
    "zones", "overlap", "force",
)  # fmt: skip


def differing(one: Assessment, other: Assessment) -> list[str]:
    """What two assessments do not agree in."""
    names = [*TABLES, "study_area", "reachable", "protected", "summary"]
    found = [name for name in names if not same(getattr(one, name), getattr(other, name))]
    samples = () if one.samples is None else tuple(each.name for each in fields(one.samples))
    found += [
        f"samples.{name}"
        for name in samples
        if not same(getattr(one.samples, name), getattr(other.samples, name))
    ]
    return found


@cache
def today() -> Kept:
    """The parts of the scenario as it stands."""
    return kept_parts(county(), Scenario())


@cache
def anew(name: str) -> Assessment:
    """A changed scenario answered without kept parts."""
    return assess(county(), changed()[name])


def kept_as_far_as_alike(asked: Scenario) -> Kept:
    """What the page does: parts of the scenario as it stands, made anew only where the question is another."""
    alike = asked.of_ground == Scenario().of_ground
    ground = today().ground if alike else study_ground(county(), asked)
    alike = asked.still == Scenario().still
    return Kept(ground, today().water if alike else still_water(county(), asked, ground))


@pytest.mark.slow
@pytest.mark.parametrize("name", changed())
def test_a_change_of_any_field_is_answered_as_without_kept_parts(name: str) -> None:
    asked = changed()[name]
    assert asked != Scenario()
    assert differing(assess(county(), asked, kept_as_far_as_alike(asked)), anew(name)) == []


@pytest.mark.parametrize("name", changed())
def test_kept_parts_are_refused_wherever_they_would_change_the_answer(name: str) -> None:
    asked = changed()[name]
    try:
        answer = assess(county(), asked, today())
    except ValueError:
        return
    assert differing(answer, anew(name)) == []


def test_parts_of_another_county_are_refused() -> None:
    other = replace(county(), digest="another state of the folder")
    with pytest.raises(ValueError, match="another question"):
        assess(other, Scenario(), today())


def test_the_town_is_one_in_which_every_kept_part_matters() -> None:
    now = assess(county(), Scenario())
    assert {"covered", "depends", "not_analysed"} <= set(now.parcels["verdict"]) | set(
        now.parcels["water_state"]
    )
    assert {"study_area", "samples.street", "bands"} <= set(differing(anew("off_street_limit_m"), now))
    assert {"study_area", "samples.street", "hydrants", "protected"} <= set(differing(anew("year"), now))
    for name in ("hydrant_radius_m", "planned_works", "count_unknown"):
        assert "protected" in differing(anew(name), now)
