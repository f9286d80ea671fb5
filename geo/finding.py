"""Find a thing of the county by what somebody types: streets, parcels, stations, water, townships and villages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.gazetteer import normal_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from geo.county import County
    from geo.network import Ints

KINDS = ("parcel", "station", "street", "place", "crane", "hydrant", "source")
"""What is found, in the order in which equally good matches are listed."""
MOST_LETTERS = 80
_SEPARATOR = "\n"
_BRACKETS = str.maketrans("【】〔〕「」", "[][][]")


@dataclass(frozen=True)
class Entry:
    """One thing that can be found. ``id`` is the name of a street, else the id of its table; ``row`` its row there,
    or the number of the street's name. ``detail``: what tells it from others of the same name, may be empty."""

    kind: str
    id: str
    name: str
    detail: str
    row: int


def _said(value: Any) -> str:
    return str(value).strip() if isinstance(value, str) else ""


def folded(text: str) -> str:
    """A text as it is compared: full-width letters and brackets plain, no spaces, small letters."""
    return normal_name(text).casefold().translate(_BRACKETS)


@dataclass(frozen=True, eq=False)
class Register:
    """Everything of a county that can be found by name or id."""

    county: County
    entries: tuple[Entry, ...]
    _keys: tuple[str, ...]
    """For each entry all it may be called, folded, one behind the other."""

    @cached_property
    def _by_id(self) -> dict[tuple[str, str], Entry]:
        return {(each.kind, each.id): each for each in reversed(self.entries)}

    @cached_property
    def _street_rows(self) -> dict[int, Ints]:
        network = self.county.network
        if network is None:
            return {}
        order = np.argsort(network.name, kind="stable")
        numbers, first = np.unique(network.name[order], return_index=True)
        return dict(zip(numbers.tolist(), np.split(order, first[1:]), strict=True))

    def entry(self, kind: str, its_id: str) -> Entry | None:
        """The entry of a kind and id; None where there is none."""
        return self._by_id.get((kind, its_id))

    def find(self, text: str, most: int = 8) -> tuple[list[Entry], int]:
        """The best matches, and how many there are in all: called so first, then what begins so, then what holds it;
        of equal ones in the order of :data:`KINDS`, the shorter name first."""
        wanted = folded(text[:MOST_LETTERS])
        if not wanted:
            return [], 0
        found = []
        for number, keys in enumerate(self._keys):
            if wanted in keys:
                names = keys.split(_SEPARATOR)
                rank = 0 if wanted in names else 1 if any(n.startswith(wanted) for n in names) else 2
                entry = self.entries[number]
                found.append((rank, KINDS.index(entry.kind), len(entry.name), number))
        return [self.entries[number] for *_, number in sorted(found)[:most]], len(found)

    def shape(self, entry: Entry) -> BaseGeometry | None:
        """What is drawn of an entry, in the county's CRS; None where it has no place."""
        network = self.county.network
        if entry.kind == "street":
            if network is None:
                return None
            return shapely.MultiLineString(list(network.lines[self._street_rows[entry.row]]))
        shape: BaseGeometry | None = _tables(self.county)[entry.kind].geometry.iloc[entry.row]
        return None if shape is None or shape.is_empty else shape

    def row(self, entry: Entry) -> dict[str, Any]:
        """The entry's row of its table; empty for a street."""
        if entry.kind == "street":
            return {}
        return {str(name): value for name, value in _tables(self.county)[entry.kind].iloc[entry.row].items()}


def middle_of(shape: BaseGeometry) -> shapely.Point:
    """A point of a shape that stands for it: the middle of the longest line, else a point on its surface."""
    if shape.geom_type == "MultiLineString":
        merged = shapely.get_parts(shapely.line_merge(shape))
        longest = merged[int(np.argmax(shapely.length(merged)))]
        along: shapely.Point = shapely.line_interpolate_point(longest, 0.5, normalized=True)
        return along
    inside: shapely.Point = shape if isinstance(shape, shapely.Point) else shape.representative_point()
    return inside


def register(county: County) -> Register:
    """Read the names of a county once; streets by the names of its network, with their aliases."""
    entries, keys = [], []
    for entry, names in [*_street_entries(county), *_table_entries(county)]:
        entries.append(entry)
        keys.append(_SEPARATOR.join(dict.fromkeys(folded(name) for name in names if name)))
    return Register(county, tuple(entries), tuple(keys))


def _tables(county: County) -> dict[str, gpd.GeoDataFrame]:
    return {
        "parcel": county.parcels, "station": county.stations, "place": county.places, "crane": county.cranes,
        "hydrant": county.hydrants, "source": county.water_sources,
    }  # fmt: skip


def _street_entries(county: County) -> Iterator[tuple[Entry, list[str]]]:
    network = county.network
    if network is None:
        return
    heads: dict[str, list[str]] = {}
    for head, others in county.aliases.items():
        for other in others:
            heads.setdefault(folded(other), []).append(head)
            heads.setdefault(folded(head), []).append(other)
    for number in np.unique(network.name).tolist():
        name = network.names[number]
        if name:
            parts = [part.strip() for part in name.split(";")]
            known = [alias for part in parts for alias in heads.get(folded(part), [])]
            yield Entry("street", name, name, "", number), [name, *parts, *known]


NAMES = ("name", "name_en", "former_name", "name_as_listed")
DETAIL = {"parcel": "township", "place": "township", "hydrant": "road", "crane": "road"}


def _table_entries(county: County) -> Iterator[tuple[Entry, list[str]]]:
    for kind, table in _tables(county).items():
        if table.empty:
            continue
        id_name = {"parcel": "parcel_no"}.get(kind, f"{kind}_id")
        ids = [str(each) for each in table[id_name]]
        columns = [[_said(each) for each in table[name]] for name in NAMES if name in table]
        detail_name = DETAIL.get(kind, "")
        details = [_said(each) for each in table[detail_name]] if detail_name in table else [""] * len(table)
        # All hydrants of a section carry the section's name: they are found by their ids alone.
        by_id = (
            table["interpolated"].fillna(value=False).tolist() if kind == "hydrant" else [False] * len(ids)
        )
        for row, (its_id, *names) in enumerate(zip(ids, *columns, strict=True)):
            called = [] if by_id[row] else [name for name in names if name]
            name = called[0] if called and kind not in ("hydrant", "parcel") else its_id
            yield Entry(kind, its_id, name, details[row], row), [its_id, *called]
