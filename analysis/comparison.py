"""Scenarios of one county side by side: parcels, figures, streets and ground, and what each changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.compared_figures import figure_table
from analysis.county_changes import stands_in_scenario, surveyed_county
from analysis.coverage import street_ground
from analysis.overlay import GAINED, LOST, NOT_ANALYSED, STILL, change_lengths, street_changes
from geo.ground import ground_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

    from analysis.assessment import Assessment

COVERAGE, HYDRANTS = "coverage", "hydrants"
AREAS = (COVERAGE, HYDRANTS)
"""Ground reached in time; ground that hydrants protect as drawn."""
AREA_CHANGES = (GAINED, LOST, STILL, NOT_ANALYSED)
LEAST_M2 = 1.0
"""Smaller crumbs are the tolerance of the drawing."""
ABOUT_PARCELS = ("parcel_no", "name", "township", "area_mu")
OF_EACH = (
    "verdict", "reason", "depends_on", "arrival_s", "station_id", "second_due_s", "stations_in_time", "water_state",
    "hydrant_m",
)  # fmt: skip
"""Columns of the parcels that stand once for each scenario, with its number behind."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Assessments of one county, the first of which the others are held against. Scenarios are numbered from 1.

    Tables in the county's CRS; each is made when it is first asked for and then kept.
    """

    names: tuple[str, ...]
    assessments: tuple[Assessment, ...]

    @property
    def first(self) -> Assessment:
        """What the others are held against."""
        return self.assessments[0]

    @cached_property
    def parcels(self) -> gpd.GeoDataFrame:
        """The parcels: :data:`ABOUT_PARCELS`, :data:`OF_EACH` for each scenario (``verdict_1``, ``verdict_2`` …), and
        of each but the first ``flipped_2`` (the verdict is another than in the first), ``water_flipped_2`` and
        ``arrival_difference_s_2`` (less than nought: sooner; null where either has no time)."""
        first = self.first.parcels
        columns: dict[str, Any] = {name: first[name] for name in ABOUT_PARCELS}
        for number, each in enumerate(self.assessments, 1):
            mine = each.parcels
            columns |= {f"{name}_{number}": mine[name] for name in OF_EACH}
            if number > 1:
                columns[f"flipped_{number}"] = mine["verdict"] != first["verdict"]
                columns[f"water_flipped_{number}"] = mine["water_state"] != first["water_state"]
                sooner = mine["arrival_s"].astype(float) - first["arrival_s"].astype(float)
                columns[f"arrival_difference_s_{number}"] = sooner
        return gpd.GeoDataFrame(columns, geometry=first.geometry, crs=first.crs)

    @cached_property
    def figures(self) -> pd.DataFrame:
        """Figures side by side (:func:`analysis.compared_figures.figure_table`)."""
        return figure_table(self.assessments)

    @cached_property
    def streets(self) -> gpd.GeoDataFrame:
        """Pieces of street by what becomes of them (:func:`analysis.overlay.street_changes`), for each scenario but
        the first, whose number is in ``scenario``."""
        found = [street_changes(self.first, each).assign(scenario=number) for number, each in self._others]
        return gpd.GeoDataFrame(pd.concat(found, ignore_index=True))

    @cached_property
    def areas(self) -> gpd.GeoDataFrame:
        """Ground by what becomes of it: ``scenario`` (number), ``what`` (:data:`AREAS`), ``change``
        (:data:`AREA_CHANGES`), ``certainty`` (of hydrants: the less sure of both; null of coverage), ``area_m2``.

        Coverage is that at each scenario's own limit. Ground in time on one side and not analysed on the other is
        ``not_analysed``, neither gained nor lost. A scenario that cannot be held against the first has no rows.
        """
        rows: list[dict[str, Any]] = []
        for number, each in self._others:
            for what, certainty, found in (
                (COVERAGE, None, _coverage_changes(self.first, each)),
                (HYDRANTS, _less_sure(self.first, each), _hydrant_changes(self.first, each)),
            ):
                rows += [
                    {
                        "scenario": number, "what": what, "change": change, "certainty": certainty,
                        "area_m2": float(area.area), "geometry": area,
                    }
                    for change, area in (found or {}).items()
                    if area.area >= LEAST_M2
                ]  # fmt: skip
        columns = ["scenario", "what", "change", "certainty", "area_m2", "geometry"]
        table = pd.DataFrame(rows, columns=columns).astype({"scenario": "int64", "area_m2": float})
        crs = self.first.county.crs
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(list(table["geometry"]), crs=crs), crs=crs)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Plain values that survive JSON: the scenarios with their notes and cost, their figures, and for each but the
        first its parcels whose verdict changes, street lengths and areas by change (null where either side cannot be
        analysed)."""
        first = self.first.summary
        return {
            **{name: first[name] for name in ("county", "version", "digest", "crs", "network", "schematic")},
            "scenarios": [
                {
                    "number": number, "name": name, "scenario": asdict(each.scenario),
                    "changes": each.summary["changes"], "cost": each.summary["cost"], "notes": each.summary["notes"],
                }
                for number, (name, each) in enumerate(zip(self.names, self.assessments, strict=True), 1)
            ],
            "figures": self.figures.astype(object).where(self.figures.notna(), None).to_dict("records"),
            "changes": [self._against(number, each) for number, each in self._others],
        }  # fmt: skip

    @property
    def _others(self) -> list[tuple[int, Assessment]]:
        return list(enumerate(self.assessments, 1))[1:]

    def _against(self, number: int, each: Assessment) -> dict[str, Any]:
        flipped = self.parcels[self.parcels[f"flipped_{number}"]]
        streets, areas = (table[table["scenario"] == number] for table in (self.streets, self.areas))
        return {
            "scenario": number,
            "parcels_flipped": [
                {
                    "parcel_no": row["parcel_no"], "before": row["verdict_1"], "after": row[f"verdict_{number}"],
                    "area_mu": row["area_mu"],
                }
                for row in flipped.to_dict("records")
            ],
            "streets": change_lengths(streets) if len(streets) else None,
            COVERAGE: _area_sums(areas, COVERAGE) if _comes(self.first) and _comes(each) else None,
            HYDRANTS: _area_sums(areas, HYDRANTS) if _listed(self.first) and _listed(each) else None,
            "hydrants_certainty": _less_sure(self.first, each),
            "same_limit": self.first.scenario.targets.limit_s == each.scenario.targets.limit_s,
            "same_streets": self.first.county.network is each.county.network,
        }  # fmt: skip


def compare(assessments: Sequence[Assessment], names: Sequence[str] | None = None) -> Comparison:
    """Hold assessments against the first of them. Raises ``ValueError`` where there are fewer than two, or they are of
    different counties or states of a county's folder."""
    if len(assessments) < 2:
        raise ValueError("a comparison takes two scenarios or more")
    if len({surveyed_county(each.county).digest for each in assessments}) > 1:
        raise ValueError("the scenarios are of different counties")
    called = names or [each.scenario.name or str(number) for number, each in enumerate(assessments, 1)]
    return Comparison(tuple(called), tuple(assessments))


def _comes(asked: Assessment) -> bool:
    """Whether it is known who comes where: nobody, or somebody."""
    return not asked.nothing_analysed


def _listed(asked: Assessment) -> bool:
    return "hydrants" not in asked.county.missing


def _reached(asked: Assessment) -> BaseGeometry:
    bands = asked.bands[asked.bands["band_s"] == asked.scenario.targets.limit_s]
    return shapely.MultiPolygon() if bands.empty else bands.geometry.iloc[0]


def _unknown_ground(asked: Assessment) -> BaseGeometry:
    """The ground of streets nobody reaches even without closures, or of all where others may come: not analysed where
    it is not reached."""
    network, reachable = asked.county.network, asked.reachable
    if network is not None and asked.others_may_come:
        reachable = np.zeros(network.n_streets, dtype=bool)
    if network is None or reachable is None or reachable.all():
        return shapely.MultiPolygon()
    limit_m = asked.scenario.targets.off_street_limit_m
    return street_ground(
        ground_of(network, limit_m, asked.county.barrier), ~reachable, off_street_limit_m=limit_m
    )


def _coverage_changes(before: Assessment, after: Assessment) -> dict[str, BaseGeometry] | None:
    if not (_comes(before) and _comes(after)):
        return None
    one, other = _reached(before), _reached(after)
    gained, lost = shapely.difference(other, one), shapely.difference(one, other)
    not_known = (_unknown_ground(before), _unknown_ground(after))
    doubtful = shapely.union(
        shapely.intersection(gained, not_known[0]), shapely.intersection(lost, not_known[1])
    )
    return {
        GAINED: _areas_of(shapely.difference(gained, not_known[0])),
        LOST: _areas_of(shapely.difference(lost, not_known[1])),
        STILL: _areas_of(shapely.intersection(one, other)),
        NOT_ANALYSED: _areas_of(doubtful),
    }


def _hydrant_changes(before: Assessment, after: Assessment) -> dict[str, BaseGeometry] | None:
    if not (_listed(before) and _listed(after)):
        return None
    one, other = before.protected, after.protected
    return {
        GAINED: _areas_of(shapely.difference(other, one)),
        LOST: _areas_of(shapely.difference(one, other)),
        STILL: _areas_of(shapely.intersection(one, other)),
    }


def _areas_of(shape: BaseGeometry) -> BaseGeometry:
    """The areas of a shape that may hold lines and points where two areas touch."""
    parts = shapely.get_parts(shape)
    parts = parts[shapely.get_dimensions(parts) == 2]
    return shapely.MultiPolygon(shapely.get_parts(parts).tolist())


def _less_sure(*asked: Assessment) -> str | None:
    """How sure the places of the hydrants are of which the protected ground is drawn: the least sure of all scenarios;
    None without any."""
    order = ("surveyed", "supposed", "located", "example")
    found = [order.index(kind) for each in asked for kind in each.hydrant_cover["certainty"]]
    found += [1 for each in asked if stands_in_scenario(each.hydrants).any()]
    return order[max(found)] if found else None


def _area_sums(areas: pd.DataFrame, what: str) -> dict[str, float]:
    mine = areas[areas["what"] == what]
    return {
        f"{change}_m2": float(np.sum(mine.loc[mine["change"] == change, "area_m2"]))
        for change in AREA_CHANGES
    }
