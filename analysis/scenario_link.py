"""A scenario in a link: what differs from the default as JSON, compressed, in letters an address may hold."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import asdict
from typing import Any

from analysis.scenario import Scenario, scenario_from_json
from geo.problems import InputError, problem

MOST_LETTERS = 2000
"""A longer text is no longer sure to survive being mailed, printed or typed."""
MOST_BYTES = 200_000
"""No scenario of so few letters is longer; what unpacks to more is refused."""
SEPARATORS = (",", ":")


def _changes(mine: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in mine.items() if value != default[name]}


def _lean(changes: dict[str, Any]) -> dict[str, Any]:
    """Changes of a county without empty lists and without what is not stated of a thing."""
    return {
        name: [
            {key: value for key, value in each.items() if value not in (None, "")}
            if isinstance(each, dict)
            else each
            for each in rows
        ]
        for name, rows in changes.items()
        if rows
    }


def scenario_to_link(scenario: Scenario) -> str | None:
    """The scenario as letters, digits, ``-`` and ``_``; empty for the default one, None where it is too large."""
    mine, default = asdict(scenario), asdict(Scenario())
    changes = _changes(mine, default)
    if "targets" in changes:
        changes["targets"] = _changes(mine["targets"], default["targets"])
    if "changes" in changes:
        changes["changes"] = _lean(mine["changes"])
    if not changes:
        return ""
    packed = zlib.compress(json.dumps(changes, ensure_ascii=False, separators=SEPARATORS).encode(), 9)
    text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return text if len(text) <= MOST_LETTERS else None


def scenario_from_link(text: str, source: str = "") -> Scenario:
    """Read what :func:`scenario_to_link` wrote; raises :class:`InputError` with everything wrong with it.

    ``source`` names the link in the messages. A text that is too long, damaged, or unpacks to more than
    :data:`MOST_BYTES` is refused before it is read.
    """
    if text == "":
        return Scenario()
    if len(text) > MOST_LETTERS:
        raise InputError([problem("link_long", file=source, letters=len(text), limit=MOST_LETTERS)])
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        reader = zlib.decompressobj()
        content = reader.decompress(packed, MOST_BYTES)
        if not reader.eof or reader.unused_data:
            raise ValueError("not one whole scenario")
        told = content.decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        raise InputError([problem("link_broken", file=source)]) from error
    return scenario_from_json(told, source)
