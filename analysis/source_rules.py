"""Hold every hydrant, water crane and other water source against the clauses on what it must give and where it stands.

Only what the county states is judged: a figure that is missing is *not stated*, never assumed. A figure of what is not
built cannot have been measured; neither, most likely, have the same figures on one that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import rules
from analysis.findings import DEPENDS, MET, NOT_MET, NOT_STATED
from analysis.water import HYPOTHETICAL, PLANNED
from geo.problems import InputError, problem
from geo.rule_pack import ALL
from geo.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo.network import Floats
    from geo.rule_pack import Limit, Rule, RulePack

REFERENCE, NOT_APPLICABLE = "reference", "not_applicable"
SOURCE_VERDICTS = (MET, NOT_MET, DEPENDS, NOT_STATED, REFERENCE, NOT_APPLICABLE)
"""``reference``: the rule is no duty here; the reason says whether its value is kept. ``depends``: kept by a design
value. ``not_applicable``: out of service."""
NOTES = ("unbuilt", "same_as_unbuilt")
"""Why a figure is a design value: its source is not built, or an unbuilt one of the kind states the very same."""
COLUMNS = ("source_kind", "source_id", "status", *rules.COLUMNS[1:], "note")
COUNT_COLUMNS = ("source_kind", "rule_id", "verdict", "number")
PLAUSIBLE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "pressure_mpa": (0.0, 2.5),
        "residual_mpa": (0.0, 2.5),
        "flow_lps": (0.0, 1000.0),
        "dn_mm": (25.0, 3000.0),
    }
)
"""Outside these a figure is in another unit or a slip of the pen, and says nothing [own]."""
_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType({
    "main_form": {"ring": (MET, "ring_main"), "branch": (NOT_MET, "branch_main")},
    "access": {"yes": (MET, "engine_can_draw"), "no": (NOT_MET, "engine_cannot_draw")},
    "all_season": {"yes": (MET, "water_all_year"), "no": (NOT_MET, "dry_at_times")},
})  # fmt: skip
_NUMBERS = (*PLAUSIBLE, "kerb_m", "wall_m", "pipe_mps")
_DRAWN = ("pressure_mpa", "residual_mpa", "flow_lps")
"""What is measured at an open hydrant: 0 here is no water or no measurement."""
_IDS = MappingProxyType({"hydrant": "hydrant_id", "crane": "crane_id", "source": "source_id"})


@dataclass(frozen=True, eq=False)
class _Answers:
    """One rule's answers to the rows of a table."""

    verdict: NDArray[np.object_]
    reason: NDArray[np.object_]
    measured: Floats


def source_verdicts(
    hydrants: pd.DataFrame, cranes: pd.DataFrame, sources: pd.DataFrame, pack: RulePack
) -> pd.DataFrame:
    """One row per source and rule of its kind, in the order of both. Columns :data:`COLUMNS`.

    The tables are the county's (``County.hydrants``, ``cranes``, ``water_sources``), whatever their state; ``pack`` is
    ``read_pack("water")``. ``source_kind``: hydrant, crane, pond, quay or natural. ``measured`` is in ``unit``, NaN
    where nothing is stated or the answer is a word; ``verdict`` one of :data:`SOURCE_VERDICTS`, ``reason`` a code of
    the words, ``note`` one of :data:`NOTES` or empty. Raises :class:`InputError` where the pack asks for what no source
    states.
    """
    known = (*_NUMBERS, *_WORDS)
    unknown = [
        problem("not_in_list", file=f"{pack.name}.toml", field=rule.id, value=rule.quantity, known=", ".join(known))
        for rule in pack.rules
        if rule.per in _IDS and (rule.quantity not in known or rule.graded)
    ]  # fmt: skip
    if unknown:
        raise InputError(unknown)
    found = [
        _of_kind(kind, table, [rule for rule in pack.rules if rule.per == kind])
        for kind, table in (("hydrant", hydrants), ("crane", cranes), ("source", sources))
    ]
    return pd.DataFrame({name: _column(name, found) for name in COLUMNS})


def _column(name: str, found: list[list[dict[str, NDArray[Any]]]]) -> Any:
    """One column of all kinds. Rule by rule is how they are worked out; source by source is how they are read."""
    values = np.concatenate(
        [np.stack([part[name] for part in parts], axis=1).reshape(-1) for parts in found if parts]
    )
    # A few words many times over: as categories they take a tenth of the room.
    return pd.Categorical(values) if values.dtype == object and name != "source_id" else values


def rule_counts(verdicts: pd.DataFrame) -> pd.DataFrame:
    """How many sources of a kind have each verdict on each rule: columns :data:`COUNT_COLUMNS`, verdicts that
    nobody has left out."""
    names = list(COUNT_COLUMNS[:3])
    return verdicts.groupby(names, sort=False, observed=True).size().rename("number").reset_index()


def source_sentence(row: Mapping[str, Any], language: str) -> str:
    """One row of :func:`source_verdicts` in words, with the note on design values."""
    note = (say(language, f"rule.note.{row['note']}"),) if row["note"] else ()
    return say(language, "rule.between").join((rules.rule_sentence(row, language), *note))


def pipe_speed_mps(flow_lps: Floats, dn_mm: Floats) -> Floats:
    """Mean speed of a flow through a pipe of this bore; NaN where either is missing or there is no bore."""
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = flow_lps / 1000.0 / (np.pi / 4.0 * (dn_mm / 1000.0) ** 2)
    return np.where(dn_mm > 0, speed, np.nan)


def design_values(table: pd.DataFrame) -> NDArray[np.object_]:
    """Per row one of :data:`NOTES` where its figures are those of a design, else the empty text.

    A source not yet built states no measurement; one that is states none either, as far as can be told, if flow and
    pressure are the very figures that an unbuilt one of the table states.
    """
    unbuilt = table["status"].isin([*PLANNED, HYPOTHETICAL]).to_numpy()
    figures = table[["pressure_mpa", "flow_lps"]] if "pressure_mpa" in table else None
    same = np.zeros(len(table), dtype=bool)
    if figures is not None:
        stated = figures.notna().all(axis=1).to_numpy()
        pairs = list(zip(*(figures[name] for name in figures), strict=True))
        planned = {pairs[row] for row in np.flatnonzero(unbuilt & stated)}
        same = stated & np.array([pair in planned for pair in pairs], dtype=bool)
    return np.where(unbuilt, "unbuilt", np.where(same, "same_as_unbuilt", "")).astype(object)


def _of_kind(kind: str, table: pd.DataFrame, asked: list[Rule]) -> list[dict[str, NDArray[Any]]]:
    """Per rule the columns by name."""
    notes = design_values(table)
    kinds = table["kind"] if kind == "source" else pd.Series(kind, table.index, dtype=object)
    return [_rows(rule, table, kinds, table[_IDS[kind]], notes) for rule in asked]


def _rows(
    rule: Rule, table: pd.DataFrame, kinds: pd.Series[str], ids: pd.Series[str], notes: NDArray[np.object_]
) -> dict[str, NDArray[Any]]:
    """Columns by name, one value per source."""
    limit = rule.limits[ALL]
    worded = rule.quantity in _WORDS
    answers = _worded(rule, table) if worded else _numbered(rule, limit, table)
    verdict, reason = answers.verdict, answers.reason
    stated = verdict != NOT_STATED
    # The bore of a main that lies is not in doubt because another main is to be the same.
    doubted = (notes == "unbuilt") | ((notes != "") & (rule.quantity != "dn_mm"))
    note = np.where(doubted & stated & (not worded), notes, "").astype(object)
    if rule.strictness == REFERENCE:
        verdict = np.where(stated, REFERENCE, verdict)
    by_design = (verdict == MET) & (note != "")
    out = (table["status"] == "out_of_service").to_numpy()
    columns = {
        "source_kind": kinds.to_numpy(dtype=object),
        "source_id": ids.to_numpy(dtype=object),
        "status": table["status"].to_numpy(dtype=object),
        "rule_id": rule.id, "standard": rule.standard, "clause": rule.clause, "also": rule.also, "mark": rule.mark,
        "strictness": rule.strictness, "measured": answers.measured, "unit": rule.unit,
        "least": np.nan if limit.least is None else limit.least,
        "most": np.nan if limit.most is None else limit.most,
        "limit": limit.text(),
        "verdict": np.where(out, NOT_APPLICABLE, np.where(by_design, DEPENDS, verdict)),
        "reason": np.where(out, "out_of_service", np.where(by_design, "design_value", reason)),
        "detail": "",
        "note": note,
    }  # fmt: skip
    return {
        name: np.broadcast_to(np.asarray(each, dtype=object if isinstance(each, str) else None), len(table))
        for name, each in columns.items()
    }


def _numbered(rule: Rule, limit: Limit, table: pd.DataFrame) -> _Answers:
    value, sound = _figure(table, rule.quantity)
    least = -np.inf if limit.least is None else limit.least
    most = np.inf if limit.most is None else limit.most
    nought = (value == 0) if rule.quantity in _DRAWN else np.zeros(len(value), dtype=bool)
    cases = [np.isnan(value), ~sound, nought, value < least, value > most]
    reasons = ["not_stated", "implausible", "zero_stated", "below_limit", "above_limit"]
    verdicts = [NOT_STATED, NOT_STATED, NOT_MET, NOT_MET, NOT_MET]
    return _Answers(
        np.select(cases, verdicts, MET).astype(object),
        np.select(cases, reasons, "within_limit").astype(object),
        value,
    )


def _figure(table: pd.DataFrame, quantity: str) -> tuple[Floats, NDArray[np.bool_]]:
    """A quantity of every row, NaN where it is not stated, and whether it can be what it says."""
    if quantity == "pipe_mps":
        (flow, flow_sound), (bore, bore_sound) = _figure(table, "flow_lps"), _figure(table, "dn_mm")
        return pipe_speed_mps(
            np.where(flow_sound, flow, np.nan), np.where(bore_sound, bore, np.nan)
        ), np.ones(len(table), dtype=bool)
    value = table[quantity].to_numpy(dtype=float)
    low, high = PLAUSIBLE.get(quantity, (0.0, np.inf))
    return value, (value >= low) & (value <= high)


def _worded(rule: Rule, table: pd.DataFrame) -> _Answers:
    known = _WORDS[rule.quantity]
    answers = [known.get(word, (NOT_STATED, "not_stated")) for word in table[rule.quantity].tolist()]
    verdict = np.array([each for each, _ in answers], dtype=object)
    reason = np.array([each for _, each in answers], dtype=object)
    return _Answers(verdict, reason, np.full(len(table), np.nan))
