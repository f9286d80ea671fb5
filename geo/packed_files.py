"""What a zip file holds for us: shapefiles with their parts, or any other file that is read, of which one is taken."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from geo.archives import ARCHIVES, Archive, opened_archive
from geo.file_rows import FileRows, LayerInFile, Unreadable, chosen_layer
from geo.problems import problem
from geo.read_shapes import kinds_of
from geo.shapefile import PARTS, rows_of_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo.file_rows import Wanted

    Readers = Mapping[str, Callable[[Path, Wanted], FileRows]]


@dataclass(frozen=True)
class _Member:
    """One file of the archive to read: its ``path`` in it, the ``name`` by which it is chosen, and of a shapefile the
    paths of its parts by their endings."""

    path: str
    name: str
    parts: Mapping[str, str]

    @property
    def ending(self) -> str:
        return PurePosixPath(self.path).suffix.lower()


def read_packed(path: Path, wanted: Wanted, readers: Readers) -> FileRows:
    """The one readable file of a zip file, or the one whose name without its ending is asked for."""
    with opened_archive(path, wanted.file) as archive:
        members = _members(archive, readers)
        if len(members) == 1:
            return _read(archive, members[0], wanted, readers)
        name = chosen_layer([each.name for each in members], wanted)
        member = next(each for each in members if each.name == name)
        return _read(archive, member, replace(wanted, file_layer=""), readers)


def packed_layers(path: Path, wanted: Wanted, readers: Readers) -> tuple[LayerInFile, ...]:
    """The readable files of a zip file, each read to count its rows."""
    with opened_archive(path, wanted.file) as archive:
        layers = []
        for member in _members(archive, readers):
            rows = _read(archive, member, replace(wanted, file_layer=""), readers)
            kinds = kinds_of(() if rows.geometry is None else rows.geometry)
            kind = next(iter(kinds)) if len(kinds) == 1 else "Mixed" if kinds else ""
            layers.append(LayerInFile(member.name, len(rows.table), kind))
        return tuple(layers)


def _members(archive: Archive, readers: Readers) -> list[_Member]:
    """The files that can be read; where two have one name, they are called by their paths."""
    endings = {ending for ending in readers if ending not in ARCHIVES}
    by_small_letters = {name.lower(): name for name in archive.names}
    paths = [name for name in archive.names if PurePosixPath(name).suffix.lower() in endings]
    if not paths:
        raise Unreadable(problem("archive_empty", file=archive.file, known=", ".join(sorted(endings))))
    stems = [PurePosixPath(name).stem for name in paths]
    members = []
    for path, stem in zip(paths, stems, strict=True):
        parts = {}
        if path.lower().endswith(".shp"):
            others = {part: path[:-4].lower() + part for part in PARTS}
            parts = {
                part: by_small_letters[name] for part, name in others.items() if name in by_small_letters
            }
        members.append(_Member(path, stem if stems.count(stem) == 1 else path, parts))
    return members


def _read(archive: Archive, member: _Member, wanted: Wanted, readers: Readers) -> FileRows:
    inner = replace(wanted, file=f"{wanted.file}/{member.path}")
    if member.parts:
        return rows_of_parts({part: archive.read(name) for part, name in member.parts.items()}, inner)
    with tempfile.TemporaryDirectory(prefix="read-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder).resolve() / f"read{member.ending}"
        copy.write_bytes(archive.read(member.path))
        return readers[member.ending](copy, inner)
