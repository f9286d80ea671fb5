"""Putting a network, and the stations and hydrants mapped with it, into a county folder: all of it or nothing."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from geo.crs import crs_name, is_metric, old_datum
from geo.export import ODBL_NOTICE, geojson_bytes
from geo.particulars import FILE, read_particulars
from geo.problems import InputError, problem
from geo.road_folder import FACTS, KEPT
from geo.tables import READERS, read_with

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.network import Network, RoadSource


@dataclass(frozen=True, eq=False)
class Update:
    """What is to go into a county folder. Tables may be empty or missing, then nothing is written for them.

    ``name`` and ``name_en`` are for a folder that has no county.toml yet. ``boundary`` is an outline to keep
    as ``places/boundary.geojson``, ``barriers`` the rivers and railways for ``places/barriers.geojson``.
    ``sources`` is other water for
    ``hydrants/sources.geojson``. ``replace_sites``: stations, hydrants and other water take the place of the folder's.
    """

    network: Network
    stations: gpd.GeoDataFrame | None = None
    hydrants: gpd.GeoDataFrame | None = None
    boundary: gpd.GeoDataFrame | None = None
    barriers: gpd.GeoDataFrame | None = None
    sources: gpd.GeoDataFrame | None = None
    name: str = ""
    replace_sites: bool = False


@dataclass(frozen=True)
class Written:
    """What an update did: files written and removed (relative to the folder), layers the folder kept."""

    folder: Path
    files: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass
class _Plan:
    """Contents by relative path, and what must be gone before they are moved in."""

    contents: dict[str, bytes] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def county_folder(out: Path) -> Path:
    """The county folder that ``out`` names: itself, or the folder above where it ends in ``roads[/…]``."""
    if out.name == "roads":
        return out.parent
    return out.parent.parent if out.parent.name == "roads" else out


def folder_crs(folder: Path, given: str | None) -> str | None:
    """The CRS a network for this folder has to be in: the one given, else county.toml's, else None.

    Raises :class:`InputError` where the one given is unknown, not metric, on an old datum, or not the folder's.
    """
    own = read_particulars(folder)[0].crs if folder.is_dir() else None
    if given is None:
        return own
    known = crs_name(given)
    if known is None:
        raise InputError([problem("crs_unknown", field="--crs", value=given)])
    if not is_metric(known):
        raise InputError([problem("crs_not_metric", field="--crs", value=given)])
    if datum := old_datum(known):
        raise InputError([problem("crs_old_datum", field="--crs", value=datum)])
    if own is not None and own != known:
        raise InputError([problem("roads_crs_differs", file=FILE, field="crs", have=own, given=known)])
    return known


def update_county(folder: Path, update: Update) -> Written:
    """Put an update into a county folder, which is made where it is not there yet.

    ``roads/`` is replaced as a whole. Stations, hydrants, the outline and barriers are written where the folder has no
    such file, and with ``replace_sites`` instead of the folder's stations and hydrants. The mark *schematic*
    of the roads, and the roads' entry among the sources, leave county.toml. Everything is written beside the
    folder's files first and moved in at the end, so that a failure leaves the folder as it was. Raises
    :class:`InputError` for a folder that cannot be brought up to date, with every reason.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError([problem("out_not_folder", value=folder)])
    plan = _Plan()
    found = _plan_sites(plan, folder, update)
    plan.contents[FILE] = _particulars(folder, update)
    plan.contents[f"roads/{FACTS}"] = tomli_w.dumps(_facts(update.network.source)).encode()
    if found:
        raise InputError(found)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".update-") as work:
        new, old = Path(work) / "new", Path(work) / "old"
        for name, content in plan.contents.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        update.network.save(new / "roads" / KEPT)
        _move_in(folder, new, old, plan)
    files = sorted((*plan.contents, f"roads/{KEPT}"))
    return Written(folder, tuple(files), tuple(plan.removed), tuple(plan.kept))


def _move_in(folder: Path, new: Path, old: Path, plan: _Plan) -> None:
    """Move the old things out and the new ones in; put everything back where that fails midway."""
    roads = [path.relative_to(folder).as_posix() for path in (folder / "roads",) if path.exists()]
    if roads:
        inside = (folder / "roads").rglob("*")
        plan.removed += [path.relative_to(folder).as_posix() for path in inside if path.is_file()]
    singles = [name for name in plan.contents if not name.startswith("roads/")]
    out = [*roads, *_gone(plan), *(name for name in singles if (folder / name).exists())]
    moved: list[tuple[Path, Path]] = []
    try:
        for name in dict.fromkeys(out):
            _rename(folder / name, old / name, moved)
        for name in ("roads", *singles):
            _rename(new / name, folder / name, moved)
    except OSError:
        for source, target in reversed(moved):
            os.replace(target, source)
        raise


def _gone(plan: _Plan) -> list[str]:
    """Files outside ``roads/`` that the plan takes away."""
    return [name for name in plan.removed if not name.startswith("roads/")]


def _rename(source: Path, target: Path, moved: list[tuple[Path, Path]]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)
    moved.append((source, target))


def _facts(source: RoadSource) -> dict[str, Any]:
    return {
        "name": source.name,
        "licence": source.licence,
        "attribution": source.attribution,
        "data_date": source.data_date,
        "schematic": source.schematic,
    }


def _plan_sites(plan: _Plan, folder: Path, update: Update) -> list[Any]:
    """Plan stations, hydrants and outline; returns what stands in the way."""
    about = {
        "source": update.network.source.name,
        "licence": update.network.source.licence,
        "attribution": update.network.source.attribution,
        "data_date": update.network.source.data_date,
    }
    if update.network.source.from_osm:
        about["notice"] = ODBL_NOTICE
    found = []
    tables = (
        ("stations/stations", update.stations),
        ("hydrants/hydrants", update.hydrants),
        ("hydrants/sources", update.sources),
    )
    lines = (("places/boundary", update.boundary), ("places/barriers", update.barriers))
    for stem, table in (*tables, *lines):
        if table is None or table.empty:
            continue
        there = _there(folder, stem)
        if there and (stem.startswith("places/") or not update.replace_sites):
            plan.kept += there
            continue
        if there and stem == "stations/stations":
            found += [problem("sites_vehicles", file=name) for name in _there(folder, "stations/vehicles")]
        plan.removed += [name for name in there if name != f"{stem}.geojson"]
        plan.contents[f"{stem}.geojson"] = geojson_bytes(table, about)
    return found


def _there(folder: Path, stem: str) -> list[str]:
    """Files of a layer that the folder has, with those that are read with them."""
    files = [path for ending in READERS if (path := folder / f"{stem}{ending}").is_file()]
    return [each.relative_to(folder).as_posix() for path in files for each in (path, *read_with(path))]


def _particulars(folder: Path, update: Update) -> bytes:
    path = folder / FILE
    if not path.is_file():
        name = update.name or folder.resolve().name
        return tomli_w.dumps({"name": name, "crs": update.network.crs}).encode()
    text = path.read_bytes()
    changed = _without_schematic(text.decode("utf-8-sig")) if not update.network.source.schematic else None
    return text if changed is None else changed.encode()


def _without_schematic(text: str) -> str:
    """county.toml without the mark that its roads are schematic and without where those came from.

    The rest, with its comments, stays as written. Raises :class:`InputError` where the mark is written in a
    way that cannot be taken out so.
    """
    blocks = re.split(r"^(?=\s*\[)", text, flags=re.MULTILINE)
    kept = []
    for block in blocks:
        head = block.lstrip().partition("\n")[0].partition("#")[0].strip()
        if head == "[[sources]]" and tomllib.loads(block)["sources"][0].get("layer") == "roads":
            continue
        if head == "[schematic]":
            block = re.sub(r"^\s*[\"']?roads[\"']?\s*=\s*true", "roads = false", block, flags=re.MULTILINE)  # noqa: PLW2901
        kept.append(block)
    changed = "".join(kept)
    if tomllib.loads(changed).get("schematic", {}).get("roads"):
        raise InputError([problem("schematic_mark", file=FILE, field="schematic.roads")])
    return changed
