"""The little language of places in words, such as ``OFFSET(南环路;INT(南环路;太行路);E;100)``.

===========================  =========================================================  ==============
``INT(a;b)``                 the crossing of two roads                                  P1
``OFFSET(road;node;E;100)``  100 m along a road from a crossing, towards the east       P2
``QUAD(node;SE)``            on the south-east corner of a crossing                     P3
``FRONT(road;poi)``          on a road before a named place                             P3, else P4
``SEG(road;a;b)``            somewhere on a road between two others; ``?``: not given   P4
``SIDE(road;S)``             somewhere on one side of a road                            P4
``ADDR(road;19)``            a house number                                             P4
``NORTH_OF(village)``        beside a village; also EAST_OF, SOUTH_OF, WEST_OF          P5
``TOWN(township)``           in a township                                              P6
===========================  =========================================================  ==============

The last column is how well the place is then known. ``node`` is an ``INT``. Directions are those of
:data:`BEARINGS`, corners NE, SE, SW and NW.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.gazetteer import normal_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BEARINGS = {"N": 0.0, "NE": 45.0, "E": 90.0, "SE": 135.0, "S": 180.0, "SW": 225.0, "W": 270.0, "NW": 315.0}
"""Directions and their bearings, degrees clockwise from grid north."""
CORNERS = ("NE", "SE", "SW", "NW")
"""Corners of a crossing."""
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "INT": ("name", "name"),
    "OFFSET": ("name", "node", "direction", "metres"),
    "QUAD": ("node", "corner"),
    "FRONT": ("name", "name"),
    "SEG": ("name", "name", "name"),
    "SIDE": ("name", "direction"),
    "ADDR": ("name", "name"),
    "NORTH_OF": ("name",),
    "EAST_OF": ("name",),
    "SOUTH_OF": ("name",),
    "WEST_OF": ("name",),
    "TOWN": ("name",),
}
"""What each operator takes."""
_MAX_CHARACTERS = 200


@dataclass(frozen=True)
class Expression:
    """A parsed expression: its operator and its arguments, names or expressions."""

    operator: str
    arguments: tuple[str | Expression, ...]


def parse(expression: str) -> Expression:
    """Read an expression; full-width brackets and semicolons are taken as plain ones.

    Raises ``ValueError`` where it is not one of the operators with as many arguments as it takes.
    """
    text = normal_name(expression)
    if len(text) > _MAX_CHARACTERS:
        raise ValueError(f"longer than {_MAX_CHARACTERS} characters")
    tokens = re.findall(r"[();]|[^();]+", text)
    found, rest = _parsed(tokens)
    if rest:
        raise ValueError(f"{''.join(rest)!r} is left over")
    if isinstance(found, str):
        raise ValueError(f"{found!r} is not an expression")
    return found


def _parsed(tokens: Sequence[str]) -> tuple[str | Expression, Sequence[str]]:
    if not tokens or tokens[0] in "();":
        raise ValueError("a name is missing")
    head, rest = tokens[0], tokens[1:]
    if not rest or rest[0] != "(":
        return head, rest
    arguments: list[str | Expression] = []
    while rest and rest[0] != ")":
        if rest[0] != ("(" if not arguments else ";"):
            raise ValueError("a bracket is not closed")
        argument, rest = _parsed(rest[1:])
        arguments.append(argument)
    if not rest:
        raise ValueError("a bracket is not closed")
    found = Expression(head.upper(), tuple(arguments))
    _check(found)
    return found, rest[1:]


def _check(found: Expression) -> None:
    takes = OPERATORS.get(found.operator)
    if takes is None or len(found.arguments) != len(takes):
        raise ValueError(f"{found.operator} with {len(found.arguments)} arguments is not known")
    for argument, kind in zip(found.arguments, takes, strict=True):
        if isinstance(argument, Expression) != (kind == "node"):
            raise ValueError(f"{found.operator} takes a {kind}, not {argument!r}")
        if isinstance(argument, Expression) and argument.operator != "INT":
            raise ValueError(f"{argument.operator} is not a crossing")
        if kind == "direction" and argument not in BEARINGS:
            raise ValueError(f"{argument!r} is not a direction")
        if kind == "corner" and argument not in CORNERS:
            raise ValueError(f"{argument!r} is not a corner")
        if kind == "metres" and not re.fullmatch(r"\d{1,5}(\.\d{1,3})?", str(argument)):
            raise ValueError(f"{argument!r} is not a length in metres")
