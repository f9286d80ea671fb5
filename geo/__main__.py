"""Making and checking county folders from the command line: ``python -m geo <command>``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from geo.add_command import (
    add_options,
    change_lines,
    check_options,
    file_lines,
    problem_lines,
    run_add,
    run_check_file,
    run_template,
    run_undo,
    template_options,
    undo_options,
)
from geo.line_command import line_options
from geo.network_command import (
    build_options,
    fetch_options,
    network_lines,
    run_build,
    run_fetch,
)
from geo.noding import JOIN_M
from geo.problems import InputError
from geo.shell import BAD_INPUT, DONE, answer_of, asked_language, county_named, ended, tell
from geo.words import LANGUAGES, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geo.problems import Problem
    from geo.shell import Answer


def _parser(language: str) -> argparse.ArgumentParser:
    def word(key: str) -> str:
        return say(language, f"geo_command.{key}")

    parser = argparse.ArgumentParser(prog="python -m geo", description=word("about"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    adders: dict[str, Callable[[argparse.ArgumentParser, Callable[[str], str]], None]] = {
        "fetch": fetch_options,
        "build": build_options,
        "add": add_options,
        "undo": undo_options,
        "check": check_options,
        "template": template_options,
        "health": _health_options,
        "locate": _locate_options,
    }
    for name, add in adders.items():
        one = commands.add_parser(name, help=word(name), description=word(name))
        add(one, word)
        if name == "build":
            line_options(one, language, JOIN_M)
        one.add_argument("--county", type=Path, metavar="DIR", help=word("county"))
        one.add_argument("--json", action="store_true", help=word("json"))
        one.add_argument("--lang", choices=LANGUAGES, default=language, help=word("lang"))
    return parser


def _health_options(one: argparse.ArgumentParser, word: Callable[[str], str]) -> None:
    one.add_argument("folder", nargs="?", type=Path, metavar="DIR", help=word("county"))
    one.add_argument("--out", type=Path, metavar="FILE.geojson", help=word("health_out"))
    one.add_argument("--year", type=int, default=0, metavar="YEAR", help=word("health_year"))


def _locate_options(one: argparse.ArgumentParser, word: Callable[[str], str]) -> None:
    one.add_argument("expressions", nargs="+", metavar="EXPR", help=word("expressions"))


def run_check(options: argparse.Namespace) -> Answer:
    """Everything that is wrong with a county folder, or with a file that is to become a layer of one."""
    from geo.county import check_county

    if options.what is not None and options.what.is_file():
        return run_check_file(options)
    folder = county_named(options.what, options.county)
    found = check_county(folder)
    if any(not each.warning for each in found):
        raise InputError(found)
    return {"county": str(folder), "errors": 0, "warnings": len(found), "problems": found}


def run_health(options: argparse.Namespace) -> Answer:
    """The street network of a county looked over."""
    from geo.health_command import look_over

    return look_over(county_named(options.folder, options.county), options.out, options.year)


def run_locate(options: argparse.Namespace) -> Answer:
    """What words resolve to on the streets and places of a county."""
    import shapely

    from geo.county import read_county
    from geo.crs import WGS84, reproject, shapes_of
    from geo.gazetteer import gazetteer
    from geo.locate import locate
    from geo.particulars import read_particulars

    folder = county_named(options.county, None)
    county = read_county(folder)
    names = gazetteer(county.network, county.places, read_particulars(folder)[0].aliases)
    rows = []
    for expression in options.expressions:
        found = locate(expression, names)
        row = {
            "expression": expression,
            "position_class": found.position_class,
            "reason": found.reason,
            "reason_text": _word_of(options.lang, found.reason, found.reason_values),
            "note_text": _word_of(options.lang, found.note, found.reason_values),
            "geometry": None,
            "shape": None,
        }
        for key in ("geometry", "shape"):
            if getattr(found, key) is not None:
                degrees = reproject(shapes_of([getattr(found, key)]), county.crs, WGS84)[0]
                row[key] = json.loads(shapely.to_geojson(shapely.set_precision(degrees, 1e-7)))
        rows.append(row)
    return {"county": str(folder), "schematic": "roads" in county.schematic, "places": rows}


def _word_of(language: str, code: str | None, values: Sequence[tuple[str, object]]) -> str | None:
    return None if code is None else say(language, f"location.{code}", **dict(values))


COMMANDS: dict[str, Callable[[argparse.Namespace], Answer]] = {
    "fetch": run_fetch,
    "build": run_build,
    "add": run_add,
    "undo": run_undo,
    "check": run_check,
    "template": run_template,
    "health": run_health,
    "locate": run_locate,
}


def _lines(answer: Answer, language: str) -> list[str]:
    """The answer for a person, one line for each thing."""

    def line(key: str, **values: object) -> str:
        return say(language, f"geo_command.{key}", **values)

    lines = [line(f"{key}_line", value=answer[key]) for key in ("county", "layer", "rows") if key in answer]
    if "streets" in answer:
        lines += network_lines(answer, language)
    if "health" in answer:
        from geo.health_command import health_lines

        lines += health_lines(answer, language)
    if "places" in answer:
        lines += _place_lines(answer, line)
    if "file" in answer:
        lines += file_lines(answer["file"], language)
    for key in ("files", "removed", "kept"):
        lines += [line(f"{key}_line", value=value) for value in answer.get(key, ())]
    lines += change_lines(answer, language)
    if "warnings" in answer:
        lines.append(line("checked_line", number=answer["warnings"]))
    return lines


def _place_lines(answer: Answer, line: Callable[..., str]) -> list[str]:
    lines = [line("schematic_line")] if answer["schematic"] else []
    for place in answer["places"]:
        if place["geometry"] is None:
            lines.append(line("unplaced_line", value=place["expression"], reason=place["reason_text"]))
            continue
        import shapely

        middle = shapely.from_geojson(json.dumps(place["geometry"])).centroid
        where = f"{middle.x:.6f}, {middle.y:.6f}"
        note = f" ({place['note_text']})" if place["note_text"] else ""
        lines.append(
            line(
                "placed_line",
                value=place["expression"],
                where=where,
                known=place["position_class"],
                note=note,
            )
        )
    return lines


def _problem_record(each: Problem, language: str) -> Answer:
    record = {"code": each.code, "file": each.file, "row": each.row, "field": each.field}
    return record | {"warning": each.warning, "text": each.text(language)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 when done, 2 for bad input with every problem listed on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser(asked_language(given)).parse_args(given)
    answer = answer_of(COMMANDS[options.command], options)
    if answer is None:
        return BAD_INPUT
    found: list[Problem] = answer.pop("problems", [])
    refused = answer.pop("refused", False)
    if options.json:
        answer["problems"] = [_problem_record(each, options.lang) for each in found]
        print(json.dumps(answer, ensure_ascii=False))
        return BAD_INPUT if refused else DONE
    if refused or (options.command == "check" and "file" in answer):
        return _whole_report(answer, found, options, refused=refused)
    tell(found, options.lang)
    print("\n".join(_lines(answer, options.lang)))
    return DONE


def _whole_report(
    answer: Answer, found: Sequence[Problem], options: argparse.Namespace, *, refused: bool
) -> int:
    """Say all that is known of a file: on standard output where that was asked for, on standard error where something
    else was and is refused."""
    asked = options.command == "check"
    told = [*_lines(answer, options.lang), *problem_lines(found, options.lang)]
    if refused:
        number = sum(not each.warning for each in found)
        told.append(
            say(options.lang, f"command.{'not_ready' if asked else 'nothing_written'}", number=number)
        )
    else:
        told.append(say(options.lang, "command.ready"))
    print("\n".join(told), file=sys.stdout if asked else sys.stderr)
    return BAD_INPUT if refused else DONE


if __name__ == "__main__":
    sys.exit(ended(main))
