"""The command line, a second front door to the same functions: ``python -m analysis <command>``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.assessment import assess
from analysis.compare_command import compare_lines, compare_options, run_compare
from analysis.county_changes import county_with
from analysis.critical_links import critical_links
from analysis.handing_on import asked_formats, format_options, handed_on, into_postgis
from analysis.network_table import write_network
from analysis.points import arrival_at, read_points, write_points
from analysis.precision import as_written
from analysis.results import about, water_summary
from analysis.saved_scenarios import scenario_named
from analysis.scenario import Scenario
from analysis.sites import field_of, station_sites
from analysis.siting_choice import check_siting
from analysis.siting_command import answer_siting, bound_lines, siting_choice, siting_lines, siting_options
from analysis.trip import START, TURNOUT, ledger, route_table, trip
from analysis.version import VERSION
from analysis.water_assessment import assess_water
from analysis.water_command import water_lines
from analysis.why_not import why_not, why_not_facts
from analysis.why_words import why_lines
from geo.county import default_folder, read_county
from geo.export import csv_bytes, geojson_bytes, json_bytes, plain_value, write_files
from geo.problems import InputError, problem
from geo.result_layer import Written
from geo.shell import BAD_INPUT, DONE, answer_of, asked_language, county_named, ended, tell
from geo.words import LANGUAGES, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.assessment import Assessment
    from analysis.siting_choice import SitingChoice
    from analysis.water_assessment import WaterAssessment
    from geo.county import County
    from geo.problems import Problem
    from geo.shell import Answer


HANDED_ON = ("assess", "water")
"""Commands that write every result, as files of any format or into a database."""


def _parser(language: str) -> argparse.ArgumentParser:
    def word(key: str) -> str:
        return say(language, f"command.{key}")

    parser = argparse.ArgumentParser(prog="python -m analysis", description=word("about"))
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        one = commands.add_parser(name, help=word(name), description=word(name))
        if name == "compare":
            compare_options(one, word)
        else:
            one.add_argument("folder", nargs="?", type=Path, metavar="DIR", help=word("county"))
            one.add_argument("--scenario", type=Path, metavar="FILE", help=word("scenario"))
        one.add_argument("--county", type=Path, metavar="DIR", help=word("county"))
        needed = name not in {"route", "why", *HANDED_ON}
        one.add_argument("--out", type=Path, required=needed, help=word(f"{name}_out"))
        if name == "route":
            one.add_argument("--from", dest="start", metavar="STATION", help=word("route_from"))
            one.add_argument("--to", dest="end", required=True, metavar="PLACE", help=word("route_to"))
        if name in HANDED_ON:
            format_options(one, word)
        if name == "why":
            one.add_argument("--parcel", required=True, metavar="NO", help=word("why_parcel"))
        if name == "siting":
            siting_options(one, word)
        if name == "arrival":
            one.add_argument("--points", type=Path, required=True, metavar="FILE", help=word("points"))
        one.add_argument("--json", action="store_true", help=word("json"))
        one.add_argument("--lang", choices=LANGUAGES, default=language, help=word("lang"))
    return parser


def _scenario(options: argparse.Namespace) -> Scenario:
    """The scenario of a file, or one saved in the county's folder."""
    if options.scenario is None:
        return Scenario()
    return scenario_named(options.folder or options.county or default_folder(), str(options.scenario))[1]


def _out_folder(options: argparse.Namespace) -> Path | None:
    path: Path | None = options.out
    if path is None and options.postgis is None:
        raise InputError([problem("out_needed")])
    return path if path is None else _folder(path)


def _folder(path: Path) -> Path:
    if path.exists() and not path.is_dir():
        raise InputError([problem("out_not_folder", value=path)])
    return path


def _ending(path: Path, *known: str) -> Path:
    if path.suffix.lower() not in known:
        raise InputError([problem("out_format", value=path.name, known=", ".join(known))])
    return path


def _all(*readers: Callable[[], Any]) -> list[Any]:
    """What every reader read; raises :class:`InputError` with the problems of all of them at once."""
    answers: list[Any] = []
    found: list[Problem] = []
    for read in readers:
        try:
            answers.append(read())
        except InputError as error:
            found += error.problems
    if found:
        raise InputError(found)
    return answers


def run_assess(options: argparse.Namespace) -> Answer:
    """Answer a scenario for a county and write every result file."""
    scenario, out, formats, county = _all(
        lambda: _scenario(options),
        lambda: _out_folder(options),
        lambda: asked_formats(options),
        lambda: read_county(county_named(options.folder, options.county)),
    )
    assessment = assess(county, scenario)
    return _hand_on(assessment, out, formats, options) | {"summary": assessment.summary}


def run_water(options: argparse.Namespace) -> Answer:
    """Answer everything about water for a county and write its files."""
    scenario, out, formats, county = _all(
        lambda: _scenario(options),
        lambda: _out_folder(options),
        lambda: asked_formats(options),
        lambda: read_county(county_named(options.folder, options.county)),
    )
    water = assess_water(assess(county, scenario))
    return _hand_on(water, out, formats, options) | {"water": water_summary(water)}


def _hand_on(
    asked: Assessment | WaterAssessment,
    out: Path | None,
    formats: tuple[str, ...],
    options: argparse.Namespace,
) -> Answer:
    """Write the files and the tables that were asked for; what had to be changed for a format is told as warnings.

    Nothing of a database's address stands in the answer.
    """
    written = Written({}) if out is None else handed_on(asked, formats, options.lang, options.crs)
    answer: Answer = {}
    if options.postgis is not None:
        answer["tables"] = into_postgis(asked, options)
    paths = [] if out is None else write_files(out, written.files)
    return answer | {"files": [str(path) for path in paths], "problems": list(written.problems)}


def run_arrival(options: argparse.Namespace) -> Answer:
    """Arrival time at any points of a file."""
    scenario, points, out, county = _all(
        lambda: _scenario(options),
        lambda: read_points(options.points),
        lambda: _ending(options.out, ".csv", ".geojson", ".json"),
        lambda: read_county(county_named(options.folder, options.county)),
    )
    answer = arrival_at(county, scenario, points)
    write_points(answer, county, scenario, out)
    return {
        "files": [str(out)],
        "points": len(answer),
        "states": {str(state): int(number) for state, number in answer["state"].value_counts().items()},
        "schematic": county.network is not None and "roads" in county.schematic,
    }


def _with_network(county: County) -> County:
    if county.network is None:
        raise InputError([problem("network_needed", file=f"{county.folder}/roads")])
    return county


def run_network(options: argparse.Namespace) -> Answer:
    """The network with its speeds and sites as a GeoPackage, for checking an answer with another tool."""
    scenario, out, county = _all(
        lambda: _scenario(options),
        lambda: _ending(options.out, ".gpkg"),
        lambda: _with_network(read_county(county_named(options.folder, options.county))),
    )
    county = county_with(county, scenario)
    stations = station_sites(county, scenario)
    field = field_of(county, stations, scenario.targets, scenario.closures, scenario.blocked_for)
    rows = write_network(county, stations.table, field, scenario, out)
    return {"files": [str(out)], "rows": rows, "schematic": "roads" in county.schematic}


def run_route(options: argparse.Namespace) -> Answer:
    """The ledger of a trip, and its line as a file where one is asked for."""
    scenario, out, county = _all(
        lambda: _scenario(options),
        lambda: None if options.out is None else _ending(options.out, ".geojson", ".json"),
        lambda: _with_network(read_county(county_named(options.folder, options.county))),
    )
    route, facts = trip(county, scenario, options.start, options.end)
    answer = {
        "station_id": route.station_id, "turnout_s": route.turnout_s - scenario.targets.start_s,
        "arrival_s": route.arrival_s, "length_m": route.length_m,
        "ledger": [asdict(row) for row in ledger(route, scenario.targets.start_s)], "files": [], **facts,
    }  # fmt: skip
    if out is not None:
        content = geojson_bytes(route_table(route, county.crs), answer)
        answer["files"] = [str(path) for path in write_files(out.parent, {out.name: content})]
    return answer


def run_siting(options: argparse.Namespace) -> Answer:
    """Where stations should stand, solved exactly."""
    scenario, choice, _, county = _all(
        lambda: _scenario(options),
        lambda: _good(siting_choice(options)),
        lambda: _folder(options.out),
        lambda: read_county(county_named(options.folder, options.county)),
    )
    return answer_siting(county, scenario, choice, options)


def _good(choice: SitingChoice) -> SitingChoice:
    if found := check_siting(choice):
        raise InputError(found)
    return choice


MOST_LINKS = 15
"""So many links are told to a person; the file has them all."""


def run_links(options: argparse.Namespace) -> Answer:
    """Critical links, most costly first."""
    scenario, out, county = _all(
        lambda: _scenario(options),
        lambda: _ending(options.out, ".csv", ".geojson", ".json"),
        lambda: read_county(county_named(options.folder, options.county)),
    )
    assessment = assess(county, scenario)
    table = as_written(critical_links(assessment))
    plain = table.drop(columns="geometry")
    content = csv_bytes(plain) if out.suffix.lower() == ".csv" else geojson_bytes(table, about(assessment))
    paths = write_files(out.parent, {out.name: content})
    costly = int((table["lost_beyond_m"] > 0).sum())
    first = plain[plain["lost_beyond_m"] > 0].head(MOST_LINKS).to_dict("records")
    return {"files": [str(path) for path in paths], "links": len(table), "costly": costly, "first": first}


def run_why(options: argparse.Namespace) -> Answer:
    """Why one parcel is not covered, and what would cover it."""
    scenario, out, county = _all(
        lambda: _scenario(options),
        lambda: None if options.out is None else _ending(options.out, ".json"),
        lambda: read_county(county_named(options.folder, options.county)),
    )
    assessment = assess(county, scenario)
    found = why_not_facts(why_not(assessment, options.parcel))
    answer: Answer = {"files": [], "why": found}
    if out is not None:
        content = json_bytes(about(assessment) | found)
        answer["files"] = [str(path) for path in write_files(out.parent, {out.name: content})]
    return answer


def _link_lines(answer: Answer, language: str) -> list[str]:
    lines = [
        say(
            language,
            "command.link_line",
            kind=say(language, f"link.{row['kind']}"),
            name=row["name"] or say(language, "command.route_unnamed"),
            beyond=f"{row['lost_beyond_m'] / 1000:.2f}",
            parcels=row["parcels_lost"],
        )
        for row in answer["first"]
    ]
    count = say(language, "command.link_count_line", number=answer["links"], costly=answer["costly"])
    return [count, *lines]


COMMANDS: dict[str, Callable[[argparse.Namespace], Answer]] = {
    "assess": run_assess,
    "arrival": run_arrival,
    "network": run_network,
    "route": run_route,
    "siting": run_siting,
    "links": run_links,
    "why": run_why,
    "water": run_water,
    "compare": run_compare,
}


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _summary_lines(summary: dict[str, Any], language: str) -> list[str]:
    """The summary for a person: the figures that answer the plan, each with what it rests on."""

    def line(key: str, **values: object) -> str:
        return say(language, f"command.{key}", **values)

    area = summary["area_share"]
    lines = [line("county_line", name=summary["county"]["name"], digest=summary["digest"][:12])]
    if summary["schematic"]:
        lines.append(line("schematic_line"))
    if area:
        lines.append(
            line(
                "area_line",
                **{key: _percent(area[key]) for key in ("covered", "not_covered", "not_analysed")},
                km2=f"{summary['study_area_m2'] / 1e6:.2f}",
                range=_spread(area, language),
                minutes=f"{summary['targets']['limit_s'] / 60:g}",
                target=_percent(summary["targets"]["coverage_target"]),
            )
        )
    lines += _street_lines(summary, language)
    if summary["parcels_total"]["number"] == 0:
        lines.append(line("no_parcels_line"))
    else:
        for verdict, count in summary["parcels"].items():
            word = say(language, f"verdict.{verdict}")
            lines.append(line("parcel_line", verdict=word, number=count["number"], mu=f"{count['mu']:.2f}"))
    for layer, one in (("hydrants", "hydrant"), ("cranes", "crane")):
        if layer in summary["water"]["layers_missing"]:
            lines.append(line(f"no_{layer}_line"))
        else:
            built, total = summary[f"{layer}_built"], summary[f"{layer}_total"]
            lines.append(line(f"{one}_line", built=built, total=total))
    told = [code for code in summary["notes"] if code != "schematic_network"]  # its line stands above
    return lines + [line("note_line", text=say(language, f"note.{code}")) for code in told]


def _street_lines(summary: dict[str, Any], language: str) -> list[str]:
    """The street length and what of it is reached; nothing without streets."""
    whole_m, share = summary["street_length_m"], summary["street_share"]
    if not whole_m:
        return []
    km = {
        name: f"{metres / 1000:.1f}"
        for name, metres in summary.items()
        if name.startswith("street_length") and metres is not None
    }
    if share is None:
        return [say(language, "command.streets_unknown_line", km=km["street_length_m"])]
    lines = [
        say(
            language,
            "command.street_line",
            km=km["street_length_m"],
            reached=km["street_length_reached_m"],
            share=_percent(share["nominal"]),
            range=_spread(share, language),
        )
    ]
    if summary["street_length_unconnected_m"] > 0:
        lines.append(say(language, "command.unconnected_line", km=km["street_length_unconnected_m"]))
    return lines


def _spread(share: dict[str, Any], language: str) -> str:
    """The range of a share, in words, where the stations' places leave one; else nothing."""
    if share["low"] == share["high"]:
        return ""
    return say(language, "command.range", low=_percent(share["low"]), high=_percent(share["high"]))


def _route_lines(answer: Answer, language: str) -> list[str]:
    seconds = answer["arrival_s"]
    lines = [
        say(
            language,
            "command.route_line",
            station=answer["station_id"],
            km=f"{answer['length_m'] / 1000:.2f}",
            seconds=f"{seconds:.0f}",
            minutes=f"{round(seconds) // 60}:{round(seconds) % 60:02d}",
            off=f"{answer['off_street_m']:.0f}",
        )
    ]
    for row in answer["ledger"]:
        shown = {TURNOUT: "command.route_turnout", START: "command.route_start"}
        name = say(language, shown[row["street_class"]]) if row["street_class"] in shown else row["name"]
        values = {"at": "at_s", "length": "length_m", "drive": "drive_s", "delay": "delay_s"}
        numbers = {key: f"{row[column]:.0f}" for key, column in values.items()}
        unnamed = say(language, "command.route_unnamed")
        lines.append(say(language, "command.route_row", name=name or unnamed, **numbers))
    return lines


def _table(answer: Answer, language: str) -> str:
    lines = _summary_lines(answer["summary"], language) if "summary" in answer else []
    lines += water_lines(answer["water"], language) if "water" in answer else []
    lines += compare_lines(answer["comparison"], language) if "comparison" in answer else []
    lines += _route_lines(answer, language) if "ledger" in answer else []
    lines += why_lines(answer["why"], language) if "why" in answer else []
    lines += _link_lines(answer, language) if "links" in answer else []
    lines += siting_lines(answer["siting"], language) if "siting" in answer else []
    lines += bound_lines(answer["site_bound"], language) if "site_bound" in answer else []
    lines += [
        say(language, "command.count_line", name=name, number=number)
        for name, number in [*answer.get("states", {}).items(), *answer.get("rows", {}).items()]
    ]
    if answer.get("schematic"):
        lines.append(say(language, "command.schematic_line"))
    lines += [
        say(language, "command.table_line", table=table, rows=rows)
        for table, rows in answer.get("tables", {}).items()
    ]
    lines += [say(language, "command.file_line", file=file) for file in answer["files"]]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 when done, 2 for bad input with every problem listed on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser(asked_language(given)).parse_args(given)
    answer = answer_of(COMMANDS[options.command], options)
    if answer is None:
        return BAD_INPUT
    found: list[Problem] = answer.pop("problems", [])
    tell(found, options.lang)
    if found:
        answer["warnings"] = [each.text(options.lang) for each in found]
    text = (
        json.dumps(plain_value(answer), ensure_ascii=False) if options.json else _table(answer, options.lang)
    )
    print(text)
    return DONE


if __name__ == "__main__":
    sys.exit(ended(main))
