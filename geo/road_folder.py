"""The streets of a county folder: the kept network, or one made from the folder's own centre-lines."""

from __future__ import annotations

import hashlib
import tomllib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import WGS84, old_datum, reproject
from geo.network import Network, RoadSource
from geo.problems import InputError, Problem, problem
from geo.tables import READERS, read_rows, read_with, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from geo.crs import Shapes
    from geo.tables import FileRows

KEPT = "network.npz"
FACTS = "roads.toml"
ISLAND_SHARE = 0.10
"""A network whose largest strongly connected part holds less of the street length is all islands."""
_FACTS = {"name": str, "licence": str, "attribution": str, "data_date": str, "schematic": bool}


@dataclass(frozen=True, eq=False)
class Roads:
    """What ``roads/`` holds. Either ``kept`` is the network, or ``lines`` are the centre-lines to make it
    from."""

    kept: Network | None = None
    lines: FileRows | None = None
    source: RoadSource | None = None
    files: tuple[Path, ...] = ()
    """Files the network rests on."""
    problems: tuple[Problem, ...] = ()

    @property
    def present(self) -> bool:
        """Whether the folder has streets at all."""
        return self.kept is not None or self.lines is not None

    def places_wgs84(self) -> Shapes | None:
        """The drawn lines in WGS84, where a network is still to be made from them."""
        if self.lines is None or self.lines.geometry is None:
            return None
        return reproject(self.lines.geometry, self.lines.crs or WGS84, WGS84)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, and of the files that are read with it."""
    with path.open("rb") as opened:
        total = hashlib.file_digest(opened, "sha256")
    for beside in read_with(path):
        total.update(beside.read_bytes())
    return total.hexdigest()


def _facts(folder: Path, found: list[Problem]) -> tuple[dict[str, Any], list[Path]]:
    path = folder / FACTS
    if not path.is_file():
        return {}, []
    file = f"{folder.name}/{FACTS}"
    text = text_of(path.read_bytes())
    try:
        data = tomllib.loads(text) if text is not None else {}
    except tomllib.TOMLDecodeError as error:
        found.append(problem("not_toml", file=file, detail=str(error)[:200]))
        return {}, [path]
    if text is None:
        found.append(problem("not_text", file=file))
    facts: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, _FACTS.get(key, ())):
            facts[key] = value
        elif key == "notes" and isinstance(value, list) and all(isinstance(each, str) for each in value):
            facts[key] = tuple(value)
        elif key in (*_FACTS, "notes"):
            found.append(problem("toml_value", file=file, field=key, value=str(value)[:80]))
        else:
            known = ", ".join((*_FACTS, "notes"))
            found.append(problem("unknown_field", file=file, field=key, warning=True, known=known))
    return facts, [path]


def _street_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.stem == "streets" and path.suffix.lower() in READERS
    )


def read_roads(folder: Path, crs: str | None = None) -> Roads:
    """The streets under ``folder`` (a county's ``roads/``).

    A kept network is used where the folder has no centre-lines, or where it was made from these very bytes
    and, if ``crs`` is given, in that CRS; otherwise the centre-lines are read.
    """
    found: list[Problem] = []
    streets = _street_files(folder)
    kept_path = folder / KEPT
    if len(streets) > 1:
        names = ", ".join(path.name for path in streets)
        return Roads(problems=(problem("layer_twice", file=f"{folder.name}/", have=names, layer="streets"),))
    if not streets and not kept_path.is_file():
        return Roads()
    facts, files = _facts(folder, found)
    digest = file_digest(streets[0]) if streets else ""
    kept = _kept(kept_path, bool(streets), found)
    if kept is not None and not streets:
        if crs is not None and kept.crs != crs:
            wrong = problem("network_crs", file=f"{folder.name}/{KEPT}", have=kept.crs, want=crs)
            return Roads(files=(kept_path,), problems=(*found, wrong))
        return Roads(_with_facts(kept, facts), None, None, (kept_path, *files), tuple(found))
    if kept is not None and kept.source.digest == digest and crs in {None, kept.crs}:
        return Roads(_with_facts(kept, facts), None, None, (streets[0], *files), tuple(found))
    if not streets:
        return Roads(files=(kept_path,), problems=tuple(found))
    file = f"{folder.name}/{streets[0].name}"
    rows = read_rows(streets[0], file=file, layer="streets")
    found += rows.problems
    if rows.crs is not None and (datum := old_datum(rows.crs)):
        found.append(problem("old_datum", file=file, field="geometry", value=datum))
        return Roads(files=(streets[0], *files), problems=tuple(found))
    found += _out_of_range(rows, file)
    if rows.geometry is None and all(each.warning for each in rows.problems):
        found.append(problem("no_geometry", file=file, field="geometry, wkt"))
    source = RoadSource(**{"name": streets[0].name, **facts, "digest": digest})
    return Roads(None, rows, source, (streets[0], *files), tuple(found))


def _out_of_range(rows: FileRows, file: str) -> list[Problem]:
    """Lines that stand at numbers which are no place in the file's CRS."""
    if rows.geometry is None or rows.crs is None:
        return []
    box = shapely.bounds(reproject(rows.geometry, rows.crs, WGS84))
    with np.errstate(invalid="ignore"):
        sound = (np.abs(box) <= [180, 90, 180, 90]).all(axis=1) | shapely.is_missing(rows.geometry)
    return [
        problem(
            "coordinate_range",
            file=file,
            row=at + 1,
            field="geometry",
            value=", ".join(f"{x:.6g}" for x in box[at, :2]),
        )
        for at in np.flatnonzero(~sound).tolist()
    ]


def _with_facts(kept: Network, facts: dict[str, Any]) -> Network:
    """What roads.toml says is laid over it; the notes of how it was made stay."""
    notes = dict.fromkeys((*facts.get("notes", ()), *kept.source.notes))
    return kept.with_source(**{**facts, "notes": tuple(notes)})


def _kept(path: Path, has_source: bool, found: list[Problem]) -> Network | None:
    if not path.is_file():
        return None
    try:
        return Network.load(path)
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        # With centre-lines beside it the network is simply made again.
        found.append(
            problem(
                "network_unreadable",
                file=f"{path.parent.name}/{KEPT}",
                warning=has_source,
                detail=str(error)[:200],
            )
        )
        return None


def make_network(roads: Roads, crs: str) -> tuple[Network | None, list[Problem]]:
    """The network of a folder in ``crs`` and what is wrong with it."""
    if roads.kept is not None:
        return roads.kept, _islands(roads.kept, roads.files[0])
    lines, source = roads.lines, roads.source
    if (
        lines is None
        or source is None
        or lines.geometry is None
        or any(not each.warning for each in roads.problems)
    ):
        return None, []
    from geo.roads import network_from_lines

    frame = gpd.GeoDataFrame(lines.table, geometry=lines.geometry, crs=lines.crs)
    file = f"{roads.files[0].parent.name}/{roads.files[0].name}"
    try:
        network = network_from_lines(frame, crs=crs, source=source)
    except InputError as error:
        return None, [
            problem(
                each.code,
                file=file,
                row=each.row,
                field=each.field,
                warning=each.warning,
                **dict(each.values),
            )
            for each in error.problems
        ]
    return network, _islands(network, roads.files[0])


def _islands(network: Network, path: Path) -> list[Problem]:
    share = float(network.part_share.max(initial=0.0))
    if network.n_streets and share >= ISLAND_SHARE:
        return []
    file = f"{path.parent.name}/{path.name}"
    return [
        problem("network_islands", file=file, share=round(100 * share, 1), least=round(100 * ISLAND_SHARE))
    ]


def network_box(network: Network) -> tuple[float, float, float, float]:
    """West, south, east, north of the streets in the network's CRS."""
    west, south = network.coords.min(axis=0).tolist()
    east, north = network.coords.max(axis=0).tolist()
    return west, south, east, north
