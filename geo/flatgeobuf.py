"""FlatGeobuf, which GDAL reads as it is once it begins as it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.file_rows import FileRows, Unreadable, chosen_layer
from geo.problems import problem
from geo.table_gdal import Source, layers_of, own_copy, read_layer, starts_with

if TYPE_CHECKING:
    from pathlib import Path

    from geo.file_rows import Wanted

MAGIC = b"fgb\x03fgb"


def read_fgb(path: Path, wanted: Wanted) -> FileRows:
    """The one layer of a FlatGeobuf file."""
    if not starts_with(path, MAGIC):
        raise Unreadable(problem("not_flatgeobuf", file=wanted.file))
    with own_copy(path, "read.fgb") as copy:
        source = Source(copy, "FlatGeobuf", wanted.file)
        layers = layers_of(source)
        if not layers:
            raise Unreadable(problem("gdal_broken", file=wanted.file, kind="FlatGeobuf", detail="–"))
        rows = read_layer(source, chosen_layer([each.name for each in layers], wanted))
    # GDAL stops without a word where the file does.
    if len(rows.table) < layers[0].rows:
        raise Unreadable(problem("rows_cut", file=wanted.file, have=len(rows.table), want=layers[0].rows))
    return rows
