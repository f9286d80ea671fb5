"""The command ``siting``: its options, what it reads, and its answer for a person."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from analysis.assessment import assess
from analysis.points import read_points
from analysis.site_bound import NO_SITE, site_bounds
from analysis.siting_answer import siting
from analysis.siting_candidates import Land
from analysis.siting_choice import CANDIDATES, DEMANDS, OF_FILE, QUESTIONS, STANDING, SitingChoice
from analysis.siting_files import bound_files, siting_files, siting_summary
from analysis.siting_times import Look
from geo.crs import WGS84
from geo.export import write_files
from geo.problems import InputError, problem
from geo.tables import read_rows
from geo.words import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from shapely.geometry.base import BaseGeometry

    from analysis.scenario import Scenario
    from geo.county import County
    from geo.problems import Problem
    from geo.shell import Answer

NUMBERS = ("further", "most_candidates", "most_places", "least_site_m2", "curve_to")
AREAS = ("forbidden", "crowds", "hazards")


def siting_options(one: argparse.ArgumentParser, word: Callable[[str], str]) -> None:
    """The options of the command."""
    default = SitingChoice()
    one.add_argument("--question", choices=QUESTIONS, default=default.question, help=word("siting_question"))
    one.add_argument("--demand", choices=DEMANDS, default=default.demand, help=word("siting_demand"))
    one.add_argument(
        "--candidates",
        default=default.candidates,
        metavar="|".join([*CANDIDATES[:-1], "FILE"]),
        help=word("siting_candidates"),
    )
    one.add_argument("--standing", choices=STANDING, default=default.standing, help=word("siting_standing"))
    for name in NUMBERS:
        kind = type(getattr(default, name))
        one.add_argument(
            f"--{name.replace('_', '-')}",
            type=kind,
            default=getattr(default, name),
            metavar="N",
            help=word(f"siting_{name}"),
        )
    for name in AREAS:
        one.add_argument(f"--{name}", metavar="FILE", help=word(f"siting_{name}"))


def siting_choice(options: argparse.Namespace) -> SitingChoice:
    """What the options ask; a word that is no kind of candidate is the name of a file."""
    given = options.candidates if options.candidates in CANDIDATES[:-1] else OF_FILE
    numbers = {name: getattr(options, name) for name in NUMBERS}
    return SitingChoice(
        options.question, demand=options.demand, candidates=given, standing=options.standing, **numbers
    )


def read_shapes(path: Path, crs: str) -> tuple[BaseGeometry, ...]:
    """Every place of a file, in ``crs``. Raises :class:`InputError` where it cannot be read or has none."""
    if not path.is_file():
        raise InputError([problem("build_no_file", file=str(path))])
    rows = read_rows(path, file=path.name, layer="closures")
    found = [each for each in rows.problems if not each.warning]
    if found:
        raise InputError(found)
    shapes = [shape for shape in (rows.geometry if rows.geometry is not None else []) if shape is not None]
    if not shapes:
        raise InputError([problem("siting_no_shapes", file=path.name)])
    return tuple(gpd.GeoSeries(shapes, crs=rows.crs or WGS84).to_crs(crs).tolist())


def read_land(options: argparse.Namespace, crs: str) -> Land:
    """The files that limit candidates. Raises :class:`InputError` with the problems of all of them."""
    found: list[Problem] = []
    read: dict[str, tuple[BaseGeometry, ...]] = {}
    for name in AREAS:
        given = getattr(options, name)
        if given is None:
            continue
        try:
            read[name] = read_shapes(Path(given), crs)
        except InputError as error:
            found += error.problems
    points = None
    if options.candidates not in CANDIDATES[:-1]:
        try:
            points = read_points(Path(options.candidates))
        except InputError as error:
            found += error.problems
    if found:
        raise InputError(found)
    return Land(points, **read)


def answer_siting(
    county: County, scenario: Scenario, choice: SitingChoice, options: argparse.Namespace
) -> Answer:
    """Ask the solver and write the files; on streets that are only drawn, or without any, what a straight line says."""
    land = read_land(options, county.crs)
    assessment = assess(county, scenario)
    if county.network is None or "roads" in county.schematic:
        paths = write_files(options.out, bound_files(assessment))
        return {
            "files": [str(path) for path in paths],
            "site_bound": site_bounds(assessment).to_dict("records"),
        }
    answer = siting(assessment, choice, land, Look(told=_telling(options)))
    paths = write_files(options.out, siting_files(assessment, answer))
    return {"files": [str(path) for path in paths], "siting": siting_summary(answer)}


def _telling(options: argparse.Namespace) -> Callable[[str, float], None] | None:
    """Progress on standard error where a person looks on."""
    if options.json or not sys.stderr.isatty():
        return None

    def told(step: str, done: float) -> None:
        line = say(options.lang, f"command.siting_step.{step}", percent=f"{done:.0%}")
        print(f"\r{line:<60}", end="" if done < 1 else "\n", file=sys.stderr, flush=True)

    return told


def siting_lines(summary: dict[str, Any], language: str) -> list[str]:
    """An answer in words (:func:`analysis.siting_files.siting_summary`)."""

    def line(key: str, **values: object) -> str:
        return say(language, f"command.{key}", **values)

    def percent(share: float | None) -> str:
        return "—" if share is None else f"{share:.1%}"

    demand, covered = summary["demand"], summary["covered"]
    lines = [
        line(f"siting_state.{summary['state']}", gap=f"{summary['gap'] or 0:.2%}"),
        line(
            "siting_sites_line",
            before=summary["stations_before"],
            after=summary["stations_after"],
            chosen=", ".join(summary["chosen"]) or "—",
        ),
        line(
            "siting_demand_line",
            what=say(language, f"siting.demand.{demand['kind']}"),
            before=percent(demand["share_before"]),
            after=percent(demand["share_after"]),
        ),
        line(
            "siting_street_line",
            **{when: f"{covered[when]['street_m'] / 1000:.1f}" for when in ("before", "after")},
            whole=f"{covered['after']['street_whole_m'] / 1000:.1f}",
        ),
    ]
    for key, weights in (
        ("siting_unreachable_line", {"too_late": demand["too_late"]}),
        ("siting_not_analysed_line", demand["not_analysed"]),
    ):
        if whole := sum(weights.values()):
            lines.append(line(key, share=percent(whole / demand["whole"])))
    if summary["places_uncertain"]:
        lines.append(line("siting_uncertain_line"))
    if summary["stations_left_out"]:
        lines.append(line("siting_left_out_line", number=summary["stations_left_out"]))
    lines += [
        line("siting_parcel_line", parcel=each["parcel_no"], places=each["places"])
        for each in summary["parcels_of_last_resort"]
    ]
    return lines


def bound_lines(rows: list[dict[str, Any]], language: str) -> list[str]:
    """What a straight line says of every parcel, in words."""
    lines = [say(language, "command.siting_schematic_line")]
    for row in rows:
        key = "no_site" if row["state"] == NO_SITE else row["state"]
        lines.append(
            say(
                language,
                f"command.siting_bound.{key}",
                parcel=row["parcel_no"],
                township=row["township"] or "—",
                kph=f"{row['town_kph']:.0f}",
                km=f"{row['within_m'] / 1000:.1f}",
            )
        )
    return lines
