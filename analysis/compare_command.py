"""The command ``compare``: scenarios of one county side by side, as files and as lines for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.assessment import assess
from analysis.comparison import COVERAGE, HYDRANTS, compare
from analysis.comparison_files import comparison_files
from analysis.saved_scenarios import scenario_named
from geo.county import read_county
from geo.export import write_files
from geo.problems import InputError, Problem, problem
from geo.shell import county_named
from geo.words import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from analysis.assessment import Assessment
    from analysis.scenario import Scenario
    from geo.county import County
    from geo.shell import Answer


def compare_options(one: argparse.ArgumentParser, word: Callable[[str], str]) -> None:
    """The scenarios, where other commands have the county's folder."""
    one.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=word("compare_scenarios"))


def run_compare(options: argparse.Namespace) -> Answer:
    """Hold scenarios against the first of them and write every file of the comparison."""
    folder = county_named(None, options.county)
    found: list[Problem] = []
    if options.out.exists() and not options.out.is_dir():
        found.append(problem("out_not_folder", value=options.out))
    if len(options.scenarios) < 2:
        found.append(problem("compare_two"))
    asked: list[tuple[str, Scenario]] = []
    for each in options.scenarios:
        try:
            asked.append(scenario_named(folder, each))
        except InputError as error:
            found += error.problems
    county: County | None = None
    try:
        county = read_county(folder)
    except InputError as error:
        found += error.problems
    if found or county is None:
        raise InputError(found)
    comparison = compare(_answered(county, asked), [name for name, _ in asked])
    paths = write_files(options.out, comparison_files(comparison))
    return {"files": [str(path) for path in paths], "comparison": comparison.summary}


def _answered(county: County, asked: Sequence[tuple[str, Scenario]]) -> list[Assessment]:
    """An assessment of every scenario; raises with everything that this county cannot have in any of them."""
    found: list[Problem] = []
    answered = []
    for name, scenario in asked:
        try:
            answered.append(assess(county, scenario))
        except InputError as error:
            found += [Problem(each.code, name, each.row, each.field, each.values) for each in error.problems]
    if found:
        raise InputError(found)
    return answered


def compare_lines(summary: dict[str, Any], language: str) -> list[str]:
    """The lines of a comparison's summary: figures side by side, then for each scenario what it changes."""

    def line(key: str, **values: object) -> str:
        return say(language, f"command.{key}", **values)

    lines = [line("county_line", name=summary["county"]["name"], digest=summary["digest"][:12])]
    if summary["schematic"]:
        lines.append(line("schematic_line"))
    lines += [
        line("compare_scenario", number=each["number"], name=each["name"]) for each in summary["scenarios"]
    ]
    numbers = [each["number"] for each in summary["scenarios"]]
    for row in summary["figures"]:
        values = [figure_text(row[f"value_{number}"], row["unit"]) for number in numbers]
        more = [figure_text(row[f"difference_{number}"], row["unit"], signed=True) for number in numbers[1:]]
        lines.append(
            line(
                "compare_figure", figure=say(language, f"compare.figure.{row['figure']}"),
                values=" | ".join(values), differences=" | ".join(more),
            )
        )  # fmt: skip
    for each in summary["changes"]:
        lines += _change_lines(each, summary, language)
    notes = [code for each in summary["scenarios"] for code in each["notes"] if code != "schematic_network"]
    return lines + [line("note_line", text=say(language, f"note.{code}")) for code in dict.fromkeys(notes)]


def _change_lines(each: dict[str, Any], summary: dict[str, Any], language: str) -> list[str]:
    """What one scenario changes against the first."""

    def line(key: str, **values: object) -> str:
        return say(language, f"command.{key}", **values)

    mark = line("schematic_mark") if summary["schematic"] else ""
    name = summary["scenarios"][each["scenario"] - 1]["name"]
    lines = [
        line("compare_against", number=each["scenario"], name=name, first=summary["scenarios"][0]["name"])
    ]
    lines += [
        line(
            "compare_parcel", parcel=one["parcel_no"], mu=f"{one['area_mu']:.2f}",
            before=say(language, f"verdict.{one['before']}"), after=say(language, f"verdict.{one['after']}"),
        )
        for one in each["parcels_flipped"]
    ]  # fmt: skip
    if not each["parcels_flipped"]:
        lines.append(line("compare_no_parcel"))
    if each["streets"] is not None:
        km = {name.removesuffix("_m"): f"{metres / 1000:.2f}" for name, metres in each["streets"].items()}
        lines.append(line("compare_streets", mark=mark, **km))
    for what in (COVERAGE, HYDRANTS):
        if each[what] is None:
            lines.append(say(language, f"command.compare_{what}_unknown"))
            continue
        km2 = {name.removesuffix("_m2"): f"{m2 / 1e6:.2f}" for name, m2 in each[what].items()}
        sure = each["hydrants_certainty"]
        certainty = say(language, f"figure.certainty.{sure}") if sure else "–"
        lines.append(say(language, f"command.compare_{what}", mark=mark, certainty=certainty, **km2))
    if not each["same_limit"]:
        lines.append(line("compare_limits"))
    return lines


def figure_text(value: float | None, unit: str, *, signed: bool = False) -> str:
    """A figure, or a difference with its sign, with its unit; a dash where there is none."""
    if value is None:
        return "—"
    plus = "+" if signed else ""
    if unit == "share":
        return f"{100 * value:{plus}.1f}%"
    if unit == "m2":
        return f"{value / 1e6:{plus}.2f} km²"
    if unit == "m":
        return f"{value / 1000:{plus}.2f} km"
    return f"{value:{plus}.0f}" if unit == "number" else f"{value:{plus}.2f}"
