"""Where the streets come from, when, under which licence, and what is guessed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from views.wording import missing

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words


NOTES = (
    "filter", "ways_clipped", "ways_dropped", "drawn_twice", "edges_left_out", "no_geometry", "not_drivable",
    "too_short", "joined", "noding",
)  # fmt: skip
"""What the ways of building a network write down of it, as ``name=value``."""


def note_line(note: str, words: Words) -> str:
    """A note on how the network was made: ``name=value`` in words where they are known, else as it is."""
    name, equals, value = note.partition("=")
    if not equals or name not in NOTES:
        return note
    return words(f"network_note.{name}", value=words.of("network_note.value", value))


def network_rows(assessment: Assessment, words: Words) -> list[tuple[str, str]]:
    """Facts of the network as pairs of name and text; empty without one."""
    network, summary = assessment.summary["network"], assessment.summary
    if network is None:
        return []
    rows = [
        ("source", network["name"]),
        ("licence", network["licence"]),
        ("attribution", network["attribution"]),
        ("data_date", network["data_date"]),
        ("nodes", f"{network['nodes']:,}"),
        ("streets", f"{network['streets']:,}"),
        ("length", words.metres(summary["street_length_m"])),
        ("guessed", words.metres(summary.get("street_length_class_guessed_m"))),
        ("unconnected", words.metres(summary.get("street_length_unconnected_m"))),
        *(("note", note_line(str(note), words)) for note in network["notes"]),
    ]
    return [(words(f"network_fact.{name}"), str(text)) for name, text in rows if not missing(text)]
