"""``python -m geo add``, ``check FILE``, ``undo`` and ``template``: what they ask, and what they say of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.layer_guess import ROADS
from geo.layers import LAYERS
from geo.problems import InputError, problem
from geo.shell import county_named, file_or_database
from geo.words import LANGUAGES, say, say_or

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from geo.file_report import FileReport
    from geo.problems import Problem
    from geo.shell import Answer
    from geo.translation import FileChoices

    Word = Callable[[str], str]

CONSENTS = ("make_ids", "unknown_statuses", "repair", "leave_out_bad_rows")
"""Choices that are yes or no, of ``add`` and of ``check FILE`` alike."""
SHOWN_LAYERS, SHOWN_READINGS = 3, 8


def add_options(one: argparse.ArgumentParser, word: Word) -> None:
    """Add what ``add`` asks."""
    one.add_argument("file", type=file_or_database, metavar="FILE", help=word("add_file"))
    one.add_argument("--also", type=Path, action="append", default=[], metavar="FILE", help=word("add_also"))
    one.add_argument("--table", metavar="NAME", help=word("add_table"))
    _reading_options(one, word, required=True)
    one.add_argument("--replace", action="store_true", help=word("replace"))
    one.add_argument("--forget", action="store_true", help=word("forget"))


def check_options(one: argparse.ArgumentParser, word: Word) -> None:
    """Add what ``check`` asks: of a county folder nothing more, of a file how to read it."""
    one.add_argument("what", nargs="?", type=Path, metavar="DIR|FILE", help=word("check_what"))
    _reading_options(one, word, required=False)
    one.add_argument("--rejected", type=Path, metavar="FILE.csv", help=word("rejected"))


def undo_options(one: argparse.ArgumentParser, word: Word) -> None:
    """Add what ``undo`` asks."""
    one.add_argument("--layer", required=True, choices=tuple(LAYERS), help=word("add_layer"))


def template_options(one: argparse.ArgumentParser, word: Word) -> None:
    """Add what ``template`` asks."""
    from geo.templates import TEMPLATES

    one.add_argument("--layer", required=True, choices=TEMPLATES, help=word("template_layer"))
    one.add_argument("--out", type=Path, required=True, metavar="FILE.xlsx|.csv", help=word("template_out"))
    one.add_argument("--language", choices=LANGUAGES, help=word("template_language"))


def _reading_options(one: argparse.ArgumentParser, word: Word, *, required: bool) -> None:
    one.add_argument("--layer", required=required, choices=(*LAYERS, ROADS), help=word("add_layer"))
    system = one.add_mutually_exclusive_group()
    system.add_argument("--source-crs", metavar="EPSG:n", help=word("source_crs"))
    system.add_argument("--read-as", default="", metavar="EPSG:n+swapped", help=word("read_as"))
    one.add_argument("--sheet", "--file-layer", default="", metavar="NAME", help=word("sheet"))
    one.add_argument("--encoding", default="", metavar="NAME", help=word("encoding"))
    one.add_argument("--field", action="append", default=[], metavar="OURS=THEIRS", help=word("field"))
    one.add_argument("--unit", action="append", default=[], metavar="OURS=UNIT", help=word("unit"))
    one.add_argument("--status", action="append", default=[], metavar="THEIRS=OURS", help=word("status"))
    for name in CONSENTS:
        one.add_argument(f"--{name.replace('_', '-')}", action="store_true", help=word(name))


def _choices(options: argparse.Namespace) -> FileChoices:
    from geo.translation import FileChoices

    return FileChoices(
        fields=_pairs("--field", options.field),
        units=_pairs("--unit", options.unit),
        statuses=_pairs("--status", options.status),
        source_crs=options.source_crs,
        read_as=options.read_as,
        sheet=options.sheet,
        encoding=options.encoding,
        also=tuple(getattr(options, "also", ())),
        replace=getattr(options, "replace", False),
        remember=not getattr(options, "forget", False),
        **{name: getattr(options, name) for name in CONSENTS},
    )


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    wrong = [each for each in given if not each.partition("=")[1]]
    if wrong:
        raise InputError([problem("not_a_pair", field=option, value=each) for each in wrong])
    return {key.strip(): value.strip() for key, _, value in (each.partition("=") for each in given)}


def run_add(options: argparse.Namespace) -> Answer:
    """A file as one layer of the county; where it is refused the answer has ``refused``."""
    from geo.adding import add_layer
    from geo.postgis import as_file

    folder = county_named(options.county, None)
    choices = _choices(options)
    found: list[Problem] = []
    with as_file(options.file, options.table, found) as file:
        if not file.is_file():
            raise InputError([problem("build_no_file", file=str(options.file))])
        report = add_layer(folder, file, options.layer, choices, language=options.lang)
    answer: Answer = {
        "layer": report.layer,
        "rows": report.rows,
        "file": file_record(report.seen, options.lang),
    }
    if report.path is None:
        return {**answer, "problems": [*found, *report.problems], "refused": True}
    answer["files"] = [report.path.relative_to(folder).as_posix()]
    if report.rejected is not None:
        answer |= {
            "left_out": len(report.seen.rejected),
            "rejected": report.rejected.relative_to(folder).as_posix(),
        }
    return answer | {"problems": [*found, *report.problems]}


def run_check_file(options: argparse.Namespace) -> Answer:
    """Everything about a file that may become a layer; nothing is written but the table that is asked for."""
    from geo.county_checks import limited
    from geo.export import write_files
    from geo.file_report import check_file
    from geo.rejected import rejected_csv, rejected_table

    path: Path = options.what
    if options.layer is None:
        raise InputError([_layer_needed(path, options.sheet)])
    seen = check_file(path, options.layer, options.county, _choices(options))
    answer: Answer = {"layer": seen.layer, "file": file_record(seen, options.lang)}
    if options.rejected is not None:
        table = rejected_table(seen.given, seen.rejected, seen.theirs, options.lang)
        write_files(options.rejected.parent, {options.rejected.name: rejected_csv(table)})
        answer["files"] = [str(options.rejected)]
    extra = [each for each in seen.refusals if each not in seen.problems]
    answer |= {"problems": limited([*extra, *seen.problems]), "errors": len(seen.refusals)}
    return answer | ({"refused": True} if seen.refusals else {})


def _layer_needed(path: Path, sheet: str) -> Problem:
    from geo.layer_guess import guess_layer
    from geo.tables import read_rows

    rows = read_rows(path, layer=sheet)
    ranking = guess_layer(rows.table, rows.geometry, f"{path.name} {sheet}")
    likely = [each.layer for each in ranking if each.possible][:SHOWN_LAYERS]
    return problem("layer_needed", file=path.name, likely=", ".join(likely) or "–", known=", ".join(LAYERS))


def run_undo(options: argparse.Namespace) -> Answer:
    """What a layer was before it was last added, put back, unless the county could not be used then; what is wrong with
    the county is told."""
    from geo.undoing import undo_checked

    folder = county_named(options.county, None)
    undone, found = undo_checked(folder, options.layer)
    return {
        "layer": undone.layer,
        "back": [each.relative_to(folder).as_posix() for each in undone.back],
        "aside": [each.relative_to(folder).as_posix() for each in undone.aside],
        "problems": found,
    }


def run_template(options: argparse.Namespace) -> Answer:
    """A template of a layer, written whole or not at all."""
    from geo.export import write_files
    from geo.templates import template_csv, template_xlsx

    makers = {".xlsx": template_xlsx, ".csv": template_csv}
    make = makers.get(options.out.suffix.lower())
    if make is None:
        raise InputError([problem("out_format", value=options.out.name, known=", ".join(makers))])
    write_files(options.out.parent, {options.out.name: make(options.layer, options.language or options.lang)})
    return {"layer": options.layer, "files": [str(options.out)]}


def file_record(seen: FileReport, language: str) -> dict[str, Any]:
    """A report on a file for a program: names, codes and numbers, reasons in words."""
    return {
        "file": seen.file,
        "layer": seen.layer,
        "rows_in": seen.rows_in,
        "rows_kept": len(seen.rows),
        "rows_rejected": len(seen.rejected),
        "rows_example": len(seen.examples),
        "looks_like": [
            {"layer": each.layer, "points": each.points, "possible": each.possible, "why": each.text(language)}
            for each in seen.ranking
        ],
        "fields": [
            {"ours": each.ours, "theirs": each.theirs, "unit": each.unit, "why": each.why, "sure": each.sure}
            for each in seen.read.fields
        ],
        "kept_columns": seen.kept_columns,
        "remembered": None if seen.remembered is None else seen.remembered.file,
        "units": [
            {"ours": each.ours, "rows": dict(each.rows), "bare": each.bare, "taken": each.taken}
            for each in seen.read.units
        ],
        "statuses": [
            {"theirs": each.theirs, "ours": each.ours, "rows": each.rows, "why": each.why}
            for each in seen.read.statuses
        ],
        "datum": _datum_lines(seen, language),
        "readings": _readings(seen, language),
        "repairs": [
            {"row": each.row, "reason": each.reason, "before_mu": round(each.before_mu, 4),
             "after_mu": round(each.after_mu, 4), "clear": each.clear}
            for each in seen.repairs
        ],
        "rejected": {str(row): [each.code for each in found] for row, found in seen.rejected.items()},
    }  # fmt: skip


def _datum_lines(seen: FileReport, language: str) -> list[str]:
    """The evidence on the coordinate system in sentences; none where nothing was weighed."""
    from geo.datum_words import evidence_lines

    return [] if seen.datum is None else evidence_lines(seen.datum, language)


def _readings(seen: FileReport, language: str) -> list[dict[str, str]]:
    """The ways to read the coordinates, the likeliest first, as ``--read-as`` takes them; none where the file's own is
    the one that fits, or nothing was weighed."""
    from geo.datum_readings import reading_text
    from geo.datum_words import reading_name

    weighed = seen.datum
    if weighed is None or weighed.reason in {"fits_declared", "old_datum"}:
        return []
    return [
        {
            "read_as": reading_text(each.reading),
            "name": reading_name(each.reading, language),
            "verdict": each.verdict,
        }
        for each in weighed.candidates[:SHOWN_READINGS]
    ]


def file_lines(record: dict[str, Any], language: str) -> list[str]:
    """The report for a person: what the file is, and how every column, unit and status of it is read."""

    def line(key: str, **values: object) -> str:
        return say(language, f"file_report.{key}", **values)

    def layer(name: str) -> str:
        return say(language, f"value.layer.{name}")

    lines = [
        line("rows", file=record["file"], layer=layer(record["layer"]), rows=record["rows_in"],
             kept=record["rows_kept"], rejected=record["rows_rejected"]),
    ]  # fmt: skip
    likely = [each for each in record["looks_like"] if each["possible"]][:SHOWN_LAYERS]
    lines += [
        line("looks_like", layer=layer(each["layer"]), points=each["points"], why=each["why"])
        for each in likely
    ]
    lines += record["datum"]
    lines += [
        line(
            "reading",
            value=each["read_as"],
            name=each["name"],
            verdict=say(language, f"datum.verdict.{each['verdict']}"),
        )
        for each in record["readings"]
    ]
    read = [each for each in record["fields"] if each["sure"]]
    for each in read:
        unit = f" [{each['unit']}]" if each["unit"] else ""
        why = say(language, f"field_why.{each['why']}")
        lines.append(line("field", ours=each["ours"], theirs=each["theirs"], unit=unit, why=why))
    if record["kept_columns"]:
        lines.append(line("kept_columns", value=", ".join(record["kept_columns"])))
    for each in record["units"]:
        have = ", ".join(f"{unit} {count}" for unit, count in each["rows"].items() if unit)
        lines += [line("unit", ours=each["ours"], have=have)] if have else []
    for each in record["statuses"]:
        ours = each["ours"]
        means = say_or(language, f"value.status.{ours}", ours) if ours else line("not_understood")
        lines.append(line("status", theirs=each["theirs"] or line("empty"), rows=each["rows"], means=means))
    return lines


def problem_lines(found: Sequence[Problem], language: str) -> list[str]:
    """What is to be mended and what is to be known, apart."""
    lines = []
    for key, warning in (("errors", False), ("warnings", True)):
        told = [each.text(language) for each in found if each.warning is warning]
        lines += (
            [say(language, f"file_report.{key}", number=len(told)), *(f"  {each}" for each in told)]
            if told
            else []
        )
    return lines


def change_lines(answer: Answer, language: str) -> list[str]:
    """What was left out of a layer, or what undoing did."""

    def line(key: str, **values: object) -> str:
        return say(language, f"geo_command.{key}", **values)

    lines = []
    if "left_out" in answer:
        lines.append(line("left_out_line", number=answer["left_out"], value=answer["rejected"]))
    lines += [line("back_line", value=each) for each in answer.get("back", ())]
    if answer.get("back") == []:
        lines.append(line("gone_line"))
    return lines + [line("aside_line", value=each) for each in answer.get("aside", ())]
