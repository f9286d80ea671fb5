"""A county folder from a file of streets, whatever its kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd

from geo.crs import WGS84, reproject
from geo.network import RoadSource
from geo.osm import network_from_osm
from geo.osm_file import ENDINGS
from geo.osm_graph import network_from_graphml
from geo.problems import InputError, Problem, problem
from geo.road_update import Update, Written, folder_crs, update_county
from geo.roads import local_crs, network_from_lines
from geo.tables import READERS, read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from geo.network import Network
    from geo.osm import OsmReport
    from geo.tables import FileRows

_CLASS_COLUMNS = ("class", "fclass", "highway")
"""Columns that hold a street's class, in OpenStreetMap's words, where the file has no ``class``."""


@dataclass(frozen=True)
class Choices:
    """How a file is read. ``classes`` and ``whole_ways``: of OpenStreetMap data, see
    :func:`geo.osm.network_from_osm`. ``layer``: the table of a file that holds several. ``licence`` and
    ``attribution``: of centre-lines, where OpenStreetMap's do not follow from the file."""

    crs: str | None = None
    classes: str = "fire"
    whole_ways: bool = False
    layer: str = ""
    name: str = ""
    licence: str = ""
    attribution: str = ""
    replace_sites: bool = False


@dataclass(frozen=True, eq=False)
class Built:
    """What came of a build: the update, what was written, and for an OSM file its report."""

    update: Update
    written: Written
    report: OsmReport | None
    warnings: tuple[Problem, ...]


def build(file: Path, out: Path, choices: Choices | None = None) -> Built:
    """Make or bring up to date the county folder ``out`` from a file of streets.

    ``file``: OpenStreetMap data (``.osm``, ``.osm.gz``, ``.osm.bz2``, ``.osm.pbf``; stations and hydrants
    come along), a graph kept by OSMnx (``.graphml``), or centre-lines (``.gpkg``, ``.geojson``, ``.csv``; as
    :func:`geo.roads.network_from_lines` takes them, the class also in ``fclass`` or ``highway``). What goes
    into the folder and what stays is as in :func:`geo.road_update.update_county`. The CRS is the one chosen,
    else the folder's, else the local UTM zone. Raises :class:`InputError` with everything that is wrong; the
    folder is then untouched.
    """
    choices = choices or Choices()
    if not file.is_file():
        raise InputError([problem("build_no_file", file=str(file))])
    crs = folder_crs(out, choices.crs)
    ending = file.name.lower()
    report: OsmReport | None = None
    warnings: tuple[Problem, ...] = ()
    if ending.endswith(ENDINGS):
        extract = network_from_osm(file, crs=crs, classes=choices.classes, whole_ways=choices.whole_ways)
        report = extract.report
        update = Update(
            extract.network,
            extract.stations,
            extract.hydrants,
            name=choices.name,
            replace_sites=choices.replace_sites,
        )
    elif ending.endswith(".graphml"):
        network = network_from_graphml(file, crs=crs, classes=choices.classes)
        update = Update(network, name=choices.name)
    elif file.suffix.lower() in READERS:
        network, warnings = _from_lines(file, crs, choices)
        update = Update(network, name=choices.name)
    else:
        known = ", ".join((*ENDINGS, ".graphml", *READERS))
        raise InputError([problem("format_unknown", file=file.name, known=known)])
    return Built(update, update_county(out, update), report, warnings)


def _from_lines(file: Path, crs: str | None, choices: Choices) -> tuple[Network, tuple[Problem, ...]]:
    rows = read_rows(file, layer=choices.layer)
    fatal = [each for each in rows.problems if not each.warning]
    if fatal:
        raise InputError(fatal)
    if rows.geometry is None:
        raise InputError([problem("no_geometry", file=file.name, field="geometry, wkt")])
    table = rows.table
    given = next((name for name in _CLASS_COLUMNS if name in table), None)
    if given not in {None, "class"}:
        table = table.rename(columns={given: "class"})
    lines = gpd.GeoDataFrame(table, geometry=rows.geometry, crs=rows.crs)
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    source = RoadSource(file.name, choices.licence, choices.attribution, digest=digest)
    return network_from_lines(lines, crs=crs or _local(rows), source=source), rows.problems


def _local(rows: FileRows) -> str:
    assert rows.geometry is not None  # noqa: S101 - the caller has seen to it
    west, south, east, north = gpd.GeoSeries(
        reproject(rows.geometry, rows.crs or WGS84, WGS84), crs=WGS84
    ).total_bounds.tolist()
    return local_crs((west + east) / 2, (south + north) / 2)
