"""A county folder from a file of streets, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd

from geo.cells import short
from geo.crs import WGS84, reproject
from geo.line_fields import LineFields, named_lines
from geo.near_misses import NEAR_M
from geo.network import RoadSource
from geo.noding import ENDS, JOIN_M
from geo.osm import network_from_osm
from geo.osm_barriers import osm_barriers
from geo.osm_file import ENDINGS
from geo.osm_graph import network_from_graphml
from geo.problems import InputError, Problem, problem
from geo.road_folder import file_digest
from geo.road_update import Update, Written, folder_crs, update_county
from geo.roads import extract_lines, local_crs
from geo.tables import READERS, read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from geo.line_report import LineReport
    from geo.osm import OsmReport
    from geo.roads import LineExtract
    from geo.tables import FileRows

JOIN_LIMIT_M = 20.0
"""Farther than this nothing is joined: two carriageways may lie so near to each other."""


@dataclass(frozen=True)
class Choices:
    """How a file is read. ``classes`` and ``whole_ways``: of OpenStreetMap data, see
    :func:`geo.osm.network_from_osm`. ``layer``: the table of a file that holds several. ``licence`` and
    ``attribution``: of centre-lines, where OpenStreetMap's do not follow from the file. ``fields``, ``noding`` and
    ``join_m``: of centre-lines, see :class:`geo.line_fields.LineFields` and :func:`geo.roads.extract_lines`.

    Lines meet at ends and shared vertices by default. Where a survey draws a viaduct and the street under it
    alike, joining every crossing would make ways that are not there, and an engine would seem to come in time;
    a crossing that is drawn without a vertex is left open instead, and listed.
    """

    crs: str | None = None
    classes: str = "fire"
    whole_ways: bool = False
    layer: str = ""
    name: str = ""
    licence: str = ""
    attribution: str = ""
    replace_sites: bool = False
    fields: LineFields = field(default_factory=LineFields)
    noding: str = ENDS
    join_m: float = JOIN_M


@dataclass(frozen=True, eq=False)
class Built:
    """What came of a build: the update, what was written, and the report of an OSM file or of centre-lines."""

    update: Update
    written: Written
    report: OsmReport | None
    warnings: tuple[Problem, ...]
    lines: LineReport | None = None


def build(file: Path, out: Path, choices: Choices | None = None) -> Built:
    """Make or bring up to date the county folder ``out`` from a file of streets.

    ``file``: OpenStreetMap data (``.osm``, ``.osm.gz``, ``.osm.bz2``, ``.osm.pbf``; stations, hydrants, other
    water, rivers and railways come along), a graph kept by OSMnx (``.graphml``), or centre-lines (``.gpkg``,
    ``.geojson``, ``.csv``; as :func:`geo.line_fields.named_lines` takes them). What goes into the folder and what
    stays is as in :func:`geo.road_update.update_county`. The CRS is the one chosen, else the folder's, else the local
    UTM zone. Raises :class:`InputError` with everything that is wrong; the folder is then untouched.
    """
    choices = choices or Choices()
    if not file.is_file():
        raise InputError([problem("build_no_file", file=str(file))])
    crs = folder_crs(out, choices.crs)
    ending = file.name.lower()
    report: OsmReport | None = None
    drawn: LineReport | None = None
    warnings: tuple[Problem, ...] = ()
    if ending.endswith(ENDINGS):
        extract = network_from_osm(file, crs=crs, classes=choices.classes, whole_ways=choices.whole_ways)
        report = extract.report
        update = Update(
            extract.network,
            extract.stations,
            extract.hydrants,
            name=choices.name,
            sources=extract.sources,
            replace_sites=choices.replace_sites,
            barriers=osm_barriers(file, extract.network.crs),
        )
    elif ending.endswith(".graphml"):
        network = network_from_graphml(file, crs=crs, classes=choices.classes)
        update = Update(network, name=choices.name)
    elif file.suffix.lower() in READERS:
        of_lines, warnings = _from_lines(file, crs, choices)
        drawn = of_lines.report
        update = Update(of_lines.network, name=choices.name)
    else:
        known = ", ".join((*ENDINGS, ".graphml", *READERS))
        raise InputError([problem("format_unknown", file=file.name, known=known)])
    return Built(update, update_county(out, update), report, warnings, drawn)


def _from_lines(file: Path, crs: str | None, choices: Choices) -> tuple[LineExtract, tuple[Problem, ...]]:
    if not 0 <= choices.join_m <= JOIN_LIMIT_M:
        raise InputError([problem("join_range", field="--join-m", value=choices.join_m, limit=JOIN_LIMIT_M)])
    rows = read_rows(file, layer=choices.layer)
    fatal = [each for each in rows.problems if not each.warning]
    if fatal:
        raise InputError(fatal)
    if rows.geometry is None:
        raise InputError([problem("no_geometry", file=file.name, field="geometry, wkt")])
    lines = named_lines(rows, choices.fields, file.name)
    source = RoadSource(file.name, choices.licence, choices.attribution, digest=file_digest(file))
    extract = extract_lines(
        lines, crs=crs or _local(rows), source=source, noding=choices.noding, join_m=choices.join_m
    )
    return extract, (*rows.problems, *_unstated(lines, rows, file.name), *_doubts(extract.report, file.name))


def _unstated(lines: gpd.GeoDataFrame, rows: FileRows, file: str) -> list[Problem]:
    """Warnings where no column of the file says which way streets are driven, or which class they are of."""
    have = short(", ".join(map(str, rows.table.columns)) or "–")
    found = []
    if "oneway" not in lines:
        found.append(problem("directions_unstated", file=file, warning=True, have=have))
    if "class" not in lines or lines["class"].isna().all():
        found.append(problem("classes_unstated", file=file, warning=True, have=have))
    return found


def _doubts(report: LineReport, file: str) -> list[Problem]:
    """What the user should look at, as warnings."""
    found = []
    if report.crossings:
        code = "crossings_joined" if report.crossings_joined else "crossings_open"
        found.append(problem(code, file=file, warning=True, number=len(report.crossings)))
    if report.near_misses:
        found.append(
            problem("near_misses", file=file, warning=True, number=len(report.near_misses), metres=NEAR_M)
        )
    return found


def _local(rows: FileRows) -> str:
    assert rows.geometry is not None  # noqa: S101 - the caller has seen to it
    west, south, east, north = gpd.GeoSeries(
        reproject(rows.geometry, rows.crs or WGS84, WGS84), crs=WGS84
    ).total_bounds.tolist()
    return local_crs((west + east) / 2, (south + north) / 2)
