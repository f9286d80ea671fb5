"""Water for firefighting as OpenStreetMap maps it: hydrants on a main, and what has to be pumped from."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import WGS84
from geo.export import DEGREE_DIGITS
from geo.osm_sites import site_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from geo.osm_sites import MappedObject

WATER = ("fire_hydrant", "fire_water_pond", "water_tank", "suction_point")
"""Values of ``emergency`` that are water for firefighting."""
_OTHER = {"fire_water_pond": "pond", "water_tank": "pond", "suction_point": "quay"}
_STORED = frozenset(
    {"pond", "fire_pond", "fire_water_pond", "tank", "water_tank", "cistern", "swimming_pool", "pool"}
)
_FLOWS = {"l/min": 1 / 60, "l/s": 1.0, "m3/h": 1 / 3.6, "m³/h": 1 / 3.6, "usgal/min": 3.785411784 / 60,
          "ukgal/min": 4.54609 / 60}  # fmt: skip
_CHECKED = ("check_date", "survey:date", "source:date")


def source_kind(tags: Mapping[str, str]) -> str | None:
    """What mapped water is: pond, quay or natural; None for a hydrant on a main.

    A hydrant without pressure (``fire_hydrant:pressure`` = suction), of type *pond*, or fed from anything but a main
    gives no water without a pump: it is a place to draw from, not a hydrant with a protection radius.
    """
    other = _OTHER.get(tags.get("emergency", ""))
    if other is not None:
        return other
    fed = {each.strip() for each in tags.get("water_source", "").split(";")} - {""}
    if fed and "main" not in fed:
        return "pond" if fed & _STORED else "natural"
    if tags.get("fire_hydrant:type") == "pond":
        return "pond"
    return "quay" if tags.get("fire_hydrant:pressure") == "suction" else None


def hydrant_table(objects: list[MappedObject], crs: str, source: str) -> gpd.GeoDataFrame:
    """The hydrants on a main among mapped water, in ``crs``.

    ``dn_mm`` where ``fire_hydrant:diameter`` is a plain number of millimetres, ``pressure_mpa`` from bar, ``flow_lps``
    where the flow has its unit with it, ``checked`` where a date of survey is whole; NaN or None elsewhere.
    """
    placed = [
        each
        for each in objects
        if each.shape is not None and each.kind == "node" and each.tags.get("emergency") == "fire_hydrant"
        and source_kind(each.tags) is None
    ]  # fmt: skip
    shapes = gpd.GeoSeries([each.shape for each in placed], crs=WGS84).to_crs(crs)
    table = site_table(placed, shapes, source)
    table.insert(0, "hydrant_id", [each.label for each in placed])
    table["dn_mm"] = [_diameter(each.tags.get("fire_hydrant:diameter", "")) for each in placed]
    table["pressure_mpa"] = [
        0.1 * _plain(each.tags.get("fire_hydrant:pressure", ""), "bar") for each in placed
    ]
    table["flow_lps"] = [_flow(each.tags) for each in placed]
    table["checked"] = np.array([_checked(each.tags) for each in placed], dtype=object)
    return table


def water_table(objects: list[MappedObject], crs: str, source: str) -> gpd.GeoDataFrame:
    """Ponds, tanks, suction points and hydrants without a main among mapped water, in ``crs``, as layer ``sources``.

    ``volume_m3`` where it stands in cubic metres. Whether an engine gets there is not mapped and not said.
    """
    placed = [
        (each, kind)
        for each in objects
        if each.shape is not None and each.tags.get("emergency") in WATER
        and (each.kind == "node" or each.tags["emergency"] != "fire_hydrant")
        and (kind := source_kind(each.tags)) is not None
    ]  # fmt: skip
    shapes = gpd.GeoSeries([_drawn(each.shape) for each, _ in placed], crs=WGS84).to_crs(crs)
    table = site_table([each for each, _ in placed], shapes, source)
    table.insert(0, "source_id", [each.label for each, _ in placed])
    table.insert(1, "kind", np.array([kind for _, kind in placed], dtype=object))
    table["volume_m3"] = [_volume(each.tags) for each, _ in placed]
    table["checked"] = np.array([_checked(each.tags) for each, _ in placed], dtype=object)
    return table


def _drawn(shape: BaseGeometry | None) -> BaseGeometry | None:
    """A point or an area that stays valid on the grid of degrees it is written with; else a point of it."""
    if shape is None or shape.geom_type == "Point":
        return shape
    rounded: BaseGeometry = shapely.set_precision(shape, 10.0**-DEGREE_DIGITS)
    sound = rounded.geom_type in {"Polygon", "MultiPolygon"} and not rounded.is_empty and rounded.is_valid
    return rounded if sound else shape.representative_point()


def _diameter(text: str) -> float:
    number = re.fullmatch(r"\s*(?:DN\s*)?(\d{2,3})(?:\s*mm)?\s*", text, flags=re.IGNORECASE)
    return float(number[1]) if number else float("nan")


def _plain(text: str, unit: str) -> float:
    """A number, with or without its own unit; NaN for anything else."""
    number = re.fullmatch(rf"\s*(\d+(?:\.\d+)?)\s*(?:{unit})?\s*", text, flags=re.IGNORECASE)
    return float(number[1]) if number else float("nan")


def _flow(tags: Mapping[str, str]) -> float:
    given = tags.get("flow_rate") or tags.get("fire_hydrant:flow_rate") or ""
    number = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(\S+)\s*", given)
    return float(number[1]) * _FLOWS.get(number[2].lower(), np.nan) if number else float("nan")


def _volume(tags: Mapping[str, str]) -> float:
    given = tags.get("water_tank:volume") or tags.get("volume") or tags.get("capacity") or ""
    number = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*m(?:3|³)\s*", given)
    return float(number[1]) if number else float("nan")


def _checked(tags: Mapping[str, str]) -> str | None:
    for given in (tags.get(key, "") for key in _CHECKED):
        try:
            return date.fromisoformat(given).isoformat()
        except ValueError:
            continue  # a year alone, or words: no date of a check
    return None
