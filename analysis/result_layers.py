"""The results as layers to hand on: each table with its title and the way the map draws it, in one language."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analysis import map_kinds as kinds
from analysis.results import RESULT_TABLES, WATER_TABLES
from geo import map_style as style
from geo.result_layer import Drawing, ResultLayer
from geo.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from analysis.assessment import Assessment
    from analysis.results import ResultTable
    from analysis.water_assessment import WaterAssessment
    from geo.map_style import Style

WATER = "water_"
"""Before the names of tables on water, unless they have it already."""
FROM_STREETS = frozenset({
    "coverage", "zones", "overlap", "force", "streets", "network_health",
    "water_joint", "water_hose", "water_spacing_streets", "water_spacing", "water_proposed_hydrants", "water_shuttle",
})  # fmt: skip
"""Tables whose very shapes lie on the streets, and are no better than these."""

READ_OFF_STREETS = frozenset({"coverage", "zones", "overlap", "force", "streets", "water_shuttle"})
"""Of these, those whose kinds do not say themselves that they are only drawn."""


def _drawing(
    rows: Any,
    styles: Mapping[str, Style],
    word: Callable[[str], str],
    signs: Mapping[str, Style] | None = None,
) -> Drawing:
    """A drawing whose legend has the kinds there are, in the order of ``styles``."""
    there = set(rows.tolist())
    return Drawing(rows, styles, {kind: word(kind) for kind in styles if kind in there}, signs or {})


def _parcels(a: Assessment, table: pd.DataFrame, language: str) -> Drawing:
    styles = style.verdict_styles()
    areas = {kind: look for kind, look in styles.items() if not kind.endswith("_sign")}
    signs = {kind: styles[f"{kind.removesuffix('_square')}_sign"] for kind in areas}

    def word(kind: str) -> str:
        said = say(language, f"verdict.{kind.removesuffix('_square')}")
        return f"{said} · {say(language, 'map.place_only')}" if kind.endswith("_square") else said

    del a
    return _drawing(kinds.parcel_kinds(table), areas, word, signs)


def _bands(a: Assessment, table: pd.DataFrame, language: str) -> Drawing:
    limit_s = a.scenario.targets.limit_s
    bands = tuple(sorted(set(table["band_s"].tolist())))

    def word(kind: str) -> str:
        key = "map.band_limit" if float(kind) == limit_s else "map.band"
        whole, rest = divmod(float(kind), 60)
        time = say(language, "value.minutes", minutes=f"{whole:g}", seconds=f"{rest:0>2g}")
        return say(language, key, minutes=time)

    return _drawing(kinds.band_kinds(table), style.band_styles(bands, limit_s), word)


def _zones(a: Assessment, table: pd.DataFrame, language: str) -> Drawing:
    ids = [str(each) for each in a.stations["station_id"]]
    names = dict(zip(ids, a.stations["name"], strict=True))
    styles = style.zone_styles(len(ids))
    sign = styles.pop("zone_letter")
    row_of = {f"zone_{row}": row for row in range(len(ids))}

    def word(kind: str) -> str:
        row = row_of[kind]
        station = names[ids[row]] or ids[row]
        return say(language, "map.zone", letter=kinds.letter_of(row), station=station)

    signs = {kind: sign | {"letter": kinds.letter_of(row)} for kind, row in row_of.items()}
    return _drawing(kinds.zone_kinds(table, ids), styles, word, signs)


def _overlap(a: Assessment, table: pd.DataFrame, language: str) -> Drawing:
    del a
    numbers = sorted({int(number) for number in table["stations"]})
    styles = style.overlap_styles(numbers)
    return _drawing(
        kinds.overlap_kinds(table),
        styles,
        lambda kind: say(language, "map.overlap", number=kind.removeprefix("overlap_")),
    )


def _cover(a: Assessment, table: pd.DataFrame, language: str) -> Drawing:
    radius = say(language, "value.metres", metres=f"{a.scenario.targets.hydrant_radius_m:g}")
    styles = {kind: style.AREAS[kind] for kind in ("cover", "cover_example")}
    return _drawing(
        kinds.cover_kinds(table), styles, lambda kind: say(language, f"map.{kind}", radius=radius)
    )


def _gaps(a: Any, table: pd.DataFrame, language: str) -> Drawing:
    del a
    styles = {kind: style.RANKED_GAPS[kind] for kind in ("gap", "gap_example")}
    return _drawing(kinds.gap_kinds(table), styles, lambda kind: say(language, f"map.{kind}"))


def _joint(a: Any, table: pd.DataFrame, language: str) -> Drawing:
    del a

    def word(kind: str) -> str:
        said = say(language, f"value.joint_state.{kind.removesuffix(kinds.DRAWN)}")
        return say(language, "map.joint_drawn", state=said) if kind.endswith(kinds.DRAWN) else said

    return _drawing(kinds.joint_kinds(table), style.JOINT, word)


def _signs(
    styles: Callable[[str], Mapping[str, Style]], words: str
) -> Callable[[Any, pd.DataFrame, str], Drawing]:
    """Things that count and that do not; ``styles`` takes the language, ``words`` begins the legend's keys."""

    def drawing(a: Any, table: pd.DataFrame, language: str) -> Drawing:
        del a
        return _drawing(
            kinds.counted_kinds(table), styles(language), lambda kind: say(language, f"{words}{kind}")
        )

    return drawing


def _kinds(
    rows: Callable[[pd.DataFrame], Any], styles: Mapping[str, Style], words: str
) -> Callable[[Any, pd.DataFrame, str], Drawing]:
    """Rows by kind, with the legend's words under ``words`` and the kind."""

    def drawing(a: Any, table: pd.DataFrame, language: str) -> Drawing:
        del a
        return _drawing(rows(table), styles, lambda kind: say(language, f"{words}.{kind}"))

    return drawing


def _proposed(a: Any, table: pd.DataFrame, language: str) -> Drawing:
    del a
    styles = style.new_hydrant_styles(say(language, "map.proposed_letter"))
    rows = kinds.all_alike(table, "proposed")
    return _drawing(rows, styles, lambda _: say(language, "map.proposed_title"))


def _street_lines(a: Any, table: pd.DataFrame, language: str) -> Drawing:
    del a
    rows = kinds.all_alike(table, "line")
    return _drawing(rows, style.SPACING, lambda _: say(language, "page.water_file.spacing_streets"))


def _joint_parcels(a: Any, table: pd.DataFrame, language: str) -> Drawing:
    lines = _joint(a, table, language)
    return Drawing(lines.kinds, style.joint_area_styles(), lines.labels)


_STATIONS = _signs(lambda language: style.station_styles(say(language, "map.station_letter")), "map.sign_")
_CRANES = _signs(lambda language: style.crane_styles(say(language, "map.crane_letter")), "map.sign_")

DRAWINGS: Mapping[str, Callable[[Any, pd.DataFrame, str], Drawing]] = MappingProxyType({
    "parcels": _parcels,
    "stations": _STATIONS,
    "hydrants": _signs(lambda _: style.HYDRANTS, "map.hydrant."),
    "cranes": _CRANES,
    "coverage": _bands,
    "zones": _zones,
    "overlap": _overlap,
    "force": _kinds(lambda t: kinds.force_kinds(t["engines"].to_numpy(float)), style.FORCE, "map.force"),
    "streets": _kinds(kinds.street_kinds, style.STREETS, "map.street"),
    "hydrant_gaps": _gaps,
    "hydrant_cover": _cover,
    "network_health": _kinds(lambda t: t["kind"].to_numpy(dtype=object), style.HEALTH, "map.health"),
    "water_joint": _joint,
    "water_hose": _kinds(kinds.hose_kinds, style.HOSE, "map.hose_kind"),
    "water_spacing_streets": _street_lines,
    "water_spacing": _kinds(kinds.stretch_kinds, style.SPACING, "map.stretches_kind"),
    "water_proposed_hydrants": _proposed,
    "water_cranes": _CRANES,
    "water_shuttle": _kinds(kinds.shuttle_kinds, style.SHUTTLE, "map.shuttle_kind"),
    "water_parcels": _joint_parcels,
})  # fmt: skip
"""How the map draws each table that has places."""


def layer_title(name: str, language: str, *, schematic: bool) -> str:
    """What a table is called; that its streets are drawn and not surveyed is said with it."""
    group = "page.file" if name in RESULT_TABLES else "page.water_file"
    stem = name if name in RESULT_TABLES or name == "water_parcels" else name.removeprefix(WATER)
    said = say(language, f"{group}.{stem}")
    return say(language, "value.schematic", what=said) if schematic and name in FROM_STREETS else said


def result_layer(assessment: Assessment, name: str, language: str) -> ResultLayer:
    """One table of :data:`RESULT_TABLES`."""
    return _layer(RESULT_TABLES, assessment, assessment, name, language)


def water_layer(water: WaterAssessment, name: str, language: str) -> ResultLayer:
    """One table of :data:`WATER_TABLES`."""
    return _layer(WATER_TABLES, water, water.assessment, name, language)


def _layer(
    tables: Mapping[str, ResultTable], asked: Any, assessment: Assessment, name: str, language: str
) -> ResultLayer:
    kind = tables[name]
    table = kind.make(asked)
    title = layer_title(name, language, schematic=assessment.summary["schematic"])
    drawing = DRAWINGS[name](assessment, table, language) if kind.shape else None
    if drawing is not None and assessment.summary["schematic"] and name in READ_OFF_STREETS:
        labels = {each: say(language, "value.schematic", what=word) for each, word in drawing.labels.items()}
        drawing = replace(drawing, labels=labels)
    return ResultLayer(name, title, table, kind.shape, drawing)
