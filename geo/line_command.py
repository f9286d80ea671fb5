"""What ``build`` asks about centre-lines, and what it says about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.line_fields import LineFields, class_map
from geo.noding import ENDS, NODING
from geo.words import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

SHOWN = 20
"""Places of one kind that are listed for a person; a program gets all of them."""

_COLUMNS = {
    "name_column": "name", "class_column": "klass", "oneway_column": "oneway", "bridge_column": "bridge",
    "tunnel_column": "tunnel", "level_column": "layer", "id_column": "way_id", "opens_column": "opens",
    "width_column": "width_m", "height_column": "max_height_m", "weight_column": "max_weight_t",
}  # fmt: skip
"""Option of each field of :class:`geo.line_fields.LineFields`."""


def line_options(one: argparse.ArgumentParser, language: str, join_m: float) -> None:
    """Add the options of centre-lines to a command; ``join_m`` is what counts where none is given."""
    for option in _COLUMNS:
        flag = f"--{option.replace('_', '-')}"
        one.add_argument(flag, default="", metavar="COLUMN", help=say(language, f"lines.{option}"))
    one.add_argument(
        "--class-map", default="", metavar="FILE.toml|A=B,…", help=say(language, "lines.class_map")
    )
    one.add_argument("--node", choices=NODING, default=ENDS, help=say(language, "lines.node"))
    one.add_argument(
        "--join-m", type=float, default=join_m, metavar="M", help=say(language, "lines.join_m", join_m=join_m)
    )


def line_fields(options: argparse.Namespace) -> LineFields:
    """The columns and the class map that were asked for."""
    columns = {field: getattr(options, option) for option, field in _COLUMNS.items()}
    return LineFields(**columns, class_map=class_map(options.class_map) if options.class_map else ())


def line_lines(report: Mapping[str, Any], language: str) -> list[str]:
    """A report (as a mapping) for a person: counts, then the places to look at, the nearest first."""

    def line(key: str, **values: object) -> str:
        return say(language, f"lines.{key}", **values)

    counts = ("rows", "lines", "streets", "nodes", "junctions", "crossings_on_levels")
    lines = [
        line("read_line", noding=line(f"noding.{report['noding']}"), **{key: report[key] for key in counts})
    ]
    for why, rows in report["left_out"]:
        lines.append(
            line("left_out_line", reason=line(f"left_out.{why}"), number=len(rows), rows=_some(rows))
        )
    if report["classes_guessed"]:
        lines.append(
            line("classes_line", number=report["classes_guessed"], values=_values(report, line("empty")))
        )
    if report["oneway_missing"]:
        lines.append(line("oneway_line", number=report["oneway_missing"]))
    kind = "crossings_joined" if report["crossings_joined"] else "crossings_open"
    lines += _places(report["crossings"], kind, language)
    lines += _places(_nearest_first(report["joined"]), "joined", language, join_m=report["join_m"])
    return lines + _places(_nearest_first(report["near_misses"]), "near_misses", language)


def _nearest_first(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(places, key=lambda each: float(each["distance_m"]))


def _some(rows: list[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:SHOWN])
    return shown if len(rows) <= SHOWN else f"{shown}, …"


def _values(report: Mapping[str, Any], empty: str) -> str:
    found = [f"{value or empty} {count}" for value, count in report["classes_unknown"]]
    return ", ".join(found[:SHOWN]) + (", …" if len(found) > SHOWN else "")


def _places(places: list[dict[str, Any]], kind: str, language: str, **values: object) -> list[str]:
    """How many places of a kind there are and the first of them."""
    lines = [say(language, f"lines.{kind}_line", number=len(places), **values)]
    for place in places[:SHOWN]:
        where = f"{place['lat']:.6f}, {place['lon']:.6f}"
        ends = {"line": place.get("line", place.get("street")), "other": place["other"]}
        key = "at_line" if "distance_m" in place else "crossing_at_line"
        metres = {"metres": f"{place['distance_m']:.2f}"} if "distance_m" in place else {}
        lines.append(f"  {say(language, f'lines.{key}', where=where, **ends, **metres)}")
    if len(places) > SHOWN:
        lines.append(f"  {say(language, 'lines.more_line', number=len(places) - SHOWN)}")
    return lines
