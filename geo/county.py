"""One county as surveyed: read once from its folder, checked as a whole, never changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geo.county_checks import check_references, check_where, limited
from geo.crs import WGS84, reproject, shapes_of
from geo.layers import LAYERS, OPTIONAL, LayerRows, blank_columns, check_rows
from geo.local_tiles import tile_problems
from geo.particulars import FILE, Particulars, read_particulars
from geo.placing import Words, place_hydrants, place_parcels, place_rows
from geo.problems import InputError, Problem, problem
from geo.road_folder import Roads, file_digest, make_network, read_roads
from geo.source_report import layer_doubts
from geo.tables import READERS, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from geo.network import Network

EMPTY_CRS = "EPSG:4547"
"""Stands in where a folder holds nothing that has a place."""
_NOT_DATA = frozenset({".md"})
"""Endings of files that may stand beside a layer's own file under its name."""


def default_folder() -> Path:
    """The county folder taken where none is named: ``data`` where one is started, else the program's own."""
    here = Path("data")
    return here if (here / FILE).is_file() else Path(__file__).resolve().parent.parent / "data"


def _none_of(layer: str) -> Callable[[], pd.DataFrame]:
    return lambda: blank_columns(LAYERS[layer], 0)


def _no_sources() -> gpd.GeoDataFrame:
    nothing = blank_columns(LAYERS["sources"], 0)
    return gpd.GeoDataFrame(
        nothing.assign(shape=gpd.GeoSeries([], crs=EMPTY_CRS)), geometry=[], crs=EMPTY_CRS
    )


@dataclass(frozen=True, eq=False)
class County:
    """Everything known about one county, in one projected CRS in metres. Not to be written into.

    The tables have a RangeIndex and every column of their layer in :data:`geo.layers.LAYERS` (text ``None``,
    numbers NaN where missing), then the file's further columns. Placed tables also have ``geometry`` (what is
    drawn) and ``shape`` (where the thing may lie), both ``None`` where ``unresolved_reason`` says why;
    parcels ``drawn`` and ``bound_shape``, hydrants ``interpolated``.
    """

    name: str
    name_en: str
    adcode: str
    folder: Path
    crs: str
    parcels: gpd.GeoDataFrame
    sub_blocks: pd.DataFrame
    stations: gpd.GeoDataFrame
    vehicles: pd.DataFrame
    hydrants: gpd.GeoDataFrame
    hydrant_sections: gpd.GeoDataFrame
    cranes: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    targets: pd.DataFrame
    study_area: BaseGeometry | None
    study_area_source: str
    boundary: BaseGeometry | None
    network: Network | None
    seat: shapely.Point | None
    seat_radius_m: float
    seat_township: str
    ring_roads: tuple[str, ...]
    schematic: frozenset[str]
    missing: frozenset[str]
    warnings: tuple[Problem, ...]
    sources: tuple[tuple[str, str], ...]
    digest: str
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """A street's name and the other names its parts carry."""
    barriers: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    """Lines and areas nobody crosses but by a street; empty where none are given."""
    water_sources: gpd.GeoDataFrame = field(default_factory=_no_sources)
    """Water other than hydrants and cranes, the layer ``sources``: ponds, quays, natural water."""
    plan_check: pd.DataFrame = field(default_factory=_none_of("plan_check"))
    """What does not add up, or is missing, in the plan's own text; see :mod:`geo.plan`."""
    plan_facts: pd.DataFrame = field(default_factory=_none_of("plan_facts"))
    """What the plan names without a place."""
    as_surveyed: County | None = None
    """The county before a scenario changed it; None where none did."""
    changed_by: str = ""
    """What the scenario changed, as text by which the same changes are known again."""

    @cached_property
    def barrier(self) -> BaseGeometry | None:
        """All barriers as one shape, as :mod:`geo.ownership` takes them; None without any."""
        return None if self.barriers.empty else shapely.union_all(self.barriers.geometry.to_numpy())


@dataclass(frozen=True, eq=False)
class _Files:
    """The folder as read and checked row by row, before anything is placed."""

    particulars: Particulars
    layers: dict[str, LayerRows]
    roads: Roads
    paths: tuple[Path, ...]
    problems: tuple[Problem, ...]


def _layer_file(folder: Path, layer: str, stem: str, found: list[Problem]) -> Path | None:
    if not folder.is_dir():
        return None
    named = sorted(
        path
        for path in folder.iterdir()
        if path.is_file()
        and path.stem == stem
        and path.suffix.lower() not in _NOT_DATA
        and path.suffix != ".tmp"
    )
    readable = [path for path in named if path.suffix.lower() in READERS]
    if len(readable) > 1:
        have = ", ".join(path.name for path in readable)
        found.append(problem("layer_twice", file=f"{folder.name}/", layer=layer, have=have))
        return None
    if named and not readable:
        found += [
            problem("format_unknown", file=f"{folder.name}/{path.name}", known=", ".join(READERS))
            for path in named
        ]
    return readable[0] if readable else None


def _named_file(folder: Path, name: str, found: list[Problem]) -> Path | None:
    """A file that county.toml names, which must lie inside the folder."""
    path = folder / name
    if path.resolve().is_relative_to(folder.resolve()) and path.is_file():
        return path
    found.append(problem("file_missing", file=FILE, field="study_area.file", value=name))
    return None


def _read_files(folder: Path) -> _Files:
    if not folder.is_dir():
        raise InputError([problem("folder_missing", file=str(folder))])
    particulars, found = read_particulars(folder)
    layers, paths = {}, [path for path in (folder / FILE,) if path.is_file()]
    for layer in LAYERS.values():
        if layer.name == "study_area" and particulars.study_file:
            path = _named_file(folder, particulars.study_file, found)
        else:
            path = _layer_file(folder / layer.folder, layer.name, layer.name, found)
        if path is None:
            continue
        file = path.relative_to(folder).as_posix()
        rows = check_rows(layer, read_rows(path, file=file, layer=layer.name), file)
        layers[layer.name] = rows
        found += rows.problems
        paths.append(path)
    roads = read_roads(folder / "roads", particulars.crs)
    found += [*roads.problems, *check_references(layers)]
    return _Files(particulars, layers, roads, (*paths, *roads.files), tuple(found))


def _with_layer(files: _Files, rows: LayerRows) -> _Files:
    """The files with other rows for a layer. What is told of the folder as it stands stays among the problems."""
    layers = files.layers | {rows.layer.name: rows}
    return replace(
        files, layers=layers, problems=(*files.problems, *rows.problems, *check_references(layers))
    )


def _digest(folder: Path, paths: tuple[Path, ...]) -> str:
    total = hashlib.sha256()
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in set(paths)):
        total.update(f"{name}\0{file_digest(path)}\n".encode())
    return total.hexdigest()


def _county_crs(files: _Files) -> str:
    """The CRS of county.toml, else of the kept network, else the UTM zone where the data lie."""
    if files.particulars.crs is not None:
        return files.particulars.crs
    if files.roads.kept is not None:
        return files.roads.kept.crs
    seat = files.particulars.seat
    candidates = [
        _extent(files, "boundary"), _extent(files, "study_area"), files.roads.places_wgs84(),
        shapes_of([shapely.Point(seat)]) if seat else None,
        *(_extent(files, name) for name in ("stations", "parcels", "hydrants", "cranes", "sources", "places")),
    ]  # fmt: skip
    for shapes in candidates:
        there = None if shapes is None else shapes[~shapely.is_missing(shapes)]
        if there is not None and len(there):
            middle = np.nanmedian(shapely.bounds(there), axis=0)
            where = shapely.Point((middle[0] + middle[2]) / 2, (middle[1] + middle[3]) / 2)
            code = gpd.GeoSeries([where], crs=WGS84).estimate_utm_crs().to_epsg()
            return f"EPSG:{code}"
    return EMPTY_CRS


def _extent(files: _Files, layer: str) -> Any:
    rows = files.layers.get(layer)
    return None if rows is None else rows.geometry


def _area(files: _Files, layer: str, crs: str) -> BaseGeometry | None:
    shapes = _extent(files, layer)
    there = None if shapes is None else shapes[~shapely.is_missing(shapes)]
    if there is None or not len(there):
        return None
    area: BaseGeometry = shapely.union_all(reproject(there, WGS84, crs))
    return area


def _rows(files: _Files, layer: str) -> LayerRows:
    rows = files.layers.get(layer)
    return rows or LayerRows(LAYERS[layer], "", blank_columns(LAYERS[layer], 0), shapes_of([]), ())


def _barriers(files: _Files, crs: str) -> gpd.GeoDataFrame:
    rows = _rows(files, "barriers")
    there = ~shapely.is_missing(rows.geometry)
    shapes = gpd.GeoSeries(reproject(rows.geometry[there], WGS84, crs), crs=crs)
    return gpd.GeoDataFrame(rows.table[there].reset_index(drop=True), geometry=shapes, crs=crs)


def _places(files: _Files, crs: str) -> gpd.GeoDataFrame:
    """The gazetteer's places; one without an id takes its code, else its row."""
    rows = _rows(files, "places")
    table = rows.table.copy()
    table["place_id"] = [
        given or code or f"place-{row}"
        for row, (given, code) in enumerate(zip(table["place_id"], table["code"], strict=True), 1)
    ]
    table["place_id"] = table["place_id"].astype(object)
    nowhere = gpd.GeoDataFrame({"kind": [], "name": []}, geometry=[], crs=crs)
    return place_rows(
        LayerRows(rows.layer, rows.file, table, rows.geometry, ()), crs, Words(None, nowhere, {})
    )


def _seat(files: _Files, crs: str, places: gpd.GeoDataFrame) -> shapely.Point | None:
    """The county seat: of county.toml, else the first place of kind ``seat`` or ``county`` with a point."""
    given = files.particulars.seat
    if given is not None:
        point: shapely.Point = reproject(shapes_of([shapely.Point(given)]), WGS84, crs)[0]
        return point
    named = places[places["kind"].isin(["seat", "county"]) & places.geometry.notna()]
    return None if named.empty else named.geometry.iloc[0]


def _study_area(
    files: _Files, crs: str, words: Words, found: list[Problem]
) -> tuple[BaseGeometry | None, str]:
    area = _area(files, "study_area", crs)
    if area is not None:
        return area, "file"
    names = files.particulars.study_ring
    if names:
        from geo.locate import study_ring

        ring = study_ring(words.gazetteer, names)
        if ring is not None:
            return ring, "ring"
        found.append(
            problem("ring_open", file=FILE, field="study_area.ring", warning=True, names="、".join(names))
        )
    return None, "frontage"


def _assemble(folder: Path, files: _Files, before: County | None = None) -> tuple[County, list[Problem]]:
    """The county of the files, and what is wrong with it; the streets of ``before``, if they are the same, are taken as
    they were made then, without what was said of them."""
    crs = _county_crs(files)
    network, found = (
        (before.network, []) if before is not None and before.crs == crs else make_network(files.roads, crs)
    )
    places = _places(files, crs)
    words = Words(network, places, files.particulars.aliases)
    stations, cranes = (place_rows(_rows(files, name), crs, words) for name in ("stations", "cranes"))
    hydrants, sections = place_hydrants(_rows(files, "hydrants"), crs, words)
    study_area, study_source = _study_area(files, crs, words, found)
    particulars = files.particulars
    schematic = particulars.schematic | (
        {"roads"} if network is not None and network.source.schematic else set()
    )
    county = County(
        name=particulars.name, name_en=particulars.name_en, adcode=particulars.adcode, folder=folder, crs=crs,
        parcels=place_parcels(_rows(files, "parcels"), crs, words, places),
        sub_blocks=_rows(files, "sub_blocks").table, stations=stations,
        vehicles=_rows(files, "vehicles").table,
        hydrants=hydrants, hydrant_sections=sections, cranes=cranes, places=places,
        targets=_rows(files, "targets").table, study_area=study_area, study_area_source=study_source,
        boundary=_area(files, "boundary", crs), network=network, seat=_seat(files, crs, places),
        seat_radius_m=particulars.seat_radius_m, seat_township=particulars.seat_township,
        ring_roads=particulars.study_ring, schematic=frozenset(schematic),
        missing=frozenset(name for name in LAYERS if name not in files.layers and name not in OPTIONAL)
        | (frozenset() if files.roads.present else frozenset({"roads"})),
        warnings=(), sources=particulars.sources, digest=_digest(folder, files.paths),
        aliases=particulars.aliases, barriers=_barriers(files, crs),
        water_sources=place_rows(_rows(files, "sources"), crs, words),
        plan_check=_rows(files, "plan_check").table, plan_facts=_rows(files, "plan_facts").table,
    )  # fmt: skip
    return county, found + check_where(county, {name: rows.file for name, rows in files.layers.items()})


def _made_of(
    folder: Path, files: _Files, before: County | None = None
) -> tuple[County | None, list[Problem]]:
    found = list(files.problems)
    try:
        # Broken rows have no place and do not stand in the way of finding what else is wrong.
        county, more = _assemble(folder, files, before)
    except InputError as error:
        county, more = None, list(error.problems)
    return county, [*found, *more]


@dataclass(frozen=True, eq=False)
class CountyLook:
    """A county folder looked through once: ``county`` as far as it can be read, and everything wrong with it."""

    folder: Path
    files: _Files
    county: County | None
    problems: tuple[Problem, ...]

    def problems_with(self, rows: LayerRows) -> list[Problem]:
        """What would be wrong with the county if ``rows`` were its layer and is not wrong with it now."""
        known = {_what(each) for each in (*self.problems, *rows.problems)}
        found = _made_of(self.folder, _with_layer(self.files, rows), self.county)[1]
        return [each for each in found if _what(each) not in known]


def look_into(folder: Path) -> CountyLook:
    """Read a county folder, once; raises :class:`InputError` where there is none."""
    files = _read_files(folder)
    county, found = _made_of(folder, files)
    return CountyLook(folder, files, county, tuple(found))


def inspect_county(folder: Path) -> tuple[County | None, list[Problem]]:
    """The county as far as it can be read, and everything wrong with it; for looking into what is wrong."""
    try:
        look = look_into(folder)
    except InputError as error:
        return None, list(error.problems)
    return look.county, limited(look.problems)


def check_county(folder: Path) -> list[Problem]:
    """Everything wrong with a county folder and its maps of tiles, warnings included, and what is to be doubted of its
    layers (:func:`geo.source_report.layer_doubts`); empty where nothing is. Writes nothing."""
    try:
        look = look_into(folder)
        doubts = [each for rows in look.files.layers.values() for each in layer_doubts(rows)]
        return limited([*look.problems, *doubts, *tile_problems(folder)])
    except InputError as error:
        return list(error.problems)


def _what(found: Problem) -> tuple[str, str, int | None, str, str]:
    return found.code, found.file, found.row, found.field, str(found.values)


def read_county(folder: Path) -> County:
    """Read and check a county folder; raises :class:`InputError` with every problem of every file at once.

    Warnings do not stop it and stand in ``warnings``. A layer without a file is empty and named in
    ``missing``. Nothing is written.
    """
    look = look_into(folder)
    if look.county is None or any(not each.warning for each in look.problems):
        raise InputError(limited(look.problems))
    return replace(look.county, warnings=tuple(limited(look.problems)))
