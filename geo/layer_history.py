"""What a layer was before it was last replaced: kept beside it as ``<file>.before``, and put back by undoing.

An empty ``.before`` says that there was no layer. Undoing swaps the two, so that undoing again takes it back. Every
step leaves the layer whole; a crash between two steps leaves two files of one layer, which reading refuses, and never
half of one.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.layers import LAYERS
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from pathlib import Path

    from geo.layers import Layer

BEFORE = ".before"
_NO_LAYER = (".md", ".tmp", BEFORE)
"""Endings of files that may stand beside a layer under its name and are not it."""


@dataclass(frozen=True)
class Undone:
    """``back``: files of the layer that stand again; ``aside``: those that stood before and are kept now."""

    layer: str
    back: tuple[Path, ...]
    aside: tuple[Path, ...]


def layer_files(county: Path, layer: Layer) -> list[Path]:
    """The files that are the layer now, whatever their kind."""
    return [each for each in _named(county, layer) if not each.name.endswith(_NO_LAYER)]


def put_in_place(county: Path, layer: Layer, unfinished: Path, path: Path) -> None:
    """Make a finished file the layer at ``path``; what was the layer is kept, what was kept before it goes."""
    now, older = layer_files(county, layer), _kept(county, layer)
    if path in now:
        shutil.copy2(path, _copy(path))
        os.replace(_copy(path), _before(path))
    elif not now:
        _before(path).write_bytes(b"")
    os.replace(unfinished, path)
    others = [each for each in now if each != path]
    for each in others:
        os.replace(each, _before(each))
    standing = {_before(each) for each in now} or {_before(path)}
    for each in older:
        if each not in standing:
            each.unlink()


def undo_layer(county: Path, layer: str) -> Undone:
    """Put back what the layer was before it was last replaced, also where it was not there; what it is now is kept in
    its place. Raises ``KeyError`` for a layer that does not exist, :class:`InputError` where nothing is kept."""
    kind = LAYERS[layer]
    kept, now = _kept(county, kind), layer_files(county, kind)
    if not kept:
        raise InputError([problem("nothing_to_undo", file=f"{kind.folder}/{layer}")])
    back = [each for each in kept if each.stat().st_size]
    names = {each.with_name(each.name.removesuffix(BEFORE)): each for each in back}
    for each in now:
        if each in names:
            shutil.copy2(each, _copy(each))
    for path, each in names.items():
        os.replace(each, path)
    for each in now:
        os.replace(_copy(each) if each in names else each, _before(each))
    if not now:
        _before(county / kind.folder / f"{layer}.geojson").write_bytes(b"")
    aside = tuple(_before(each) for each in now)
    for each in kept:
        if each not in aside and each not in names.values():
            each.unlink()
    return Undone(layer, tuple(names), aside)


def layers_kept(county: Path) -> tuple[str, ...]:
    """The layers of which an earlier state is kept, so that they can be undone."""
    return tuple(name for name, layer in LAYERS.items() if _kept(county, layer))


def _named(county: Path, layer: Layer) -> list[Path]:
    inside = county / layer.folder
    return (
        sorted(each for each in inside.glob(f"{layer.name}.*") if each.is_file()) if inside.is_dir() else []
    )


def _kept(county: Path, layer: Layer) -> list[Path]:
    return [each for each in _named(county, layer) if each.name.endswith(BEFORE)]


def _before(path: Path) -> Path:
    return path.with_name(path.name + BEFORE)


def _copy(path: Path) -> Path:
    return path.with_name(path.name + BEFORE + ".tmp")
