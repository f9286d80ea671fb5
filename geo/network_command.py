"""``python -m geo fetch`` and ``build``: what they ask, what they do, and what they say came of it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.limits import LIMITS
from geo.line_command import line_fields, line_lines
from geo.shell import county_named
from geo.words import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from geo.road_update import Update, Written
    from geo.shell import Answer


def fetch_options(one: argparse.ArgumentParser, word: Callable[[str], str]) -> None:
    """Add what ``fetch`` asks."""
    one.add_argument("--place", metavar="NAME", help=word("place"))
    one.add_argument("--boundary", type=Path, metavar="FILE", help=word("boundary"))
    one.add_argument("--out", type=Path, metavar="DIR", help=word("out"))
    one.add_argument("--overpass-url", metavar="URL", help=word("overpass_url"))
    one.add_argument("--nominatim-url", metavar="URL", help=word("nominatim_url"))
    one.add_argument("--margin-m", type=float, default=5000.0, metavar="M", help=word("margin_m"))
    one.add_argument("--replace-sites", action="store_true", help=word("replace_sites"))


def build_options(one: argparse.ArgumentParser, word: Callable[[str], str]) -> None:
    """Add what ``build`` asks."""
    from geo.osm_file import FILTERS

    one.add_argument("file", type=Path, metavar="FILE", help=word("file"))
    one.add_argument("--out", type=Path, metavar="DIR", help=word("out"))
    one.add_argument("--crs", metavar="EPSG:n", help=word("crs"))
    one.add_argument("--classes", choices=tuple(FILTERS), default="fire", help=word("classes"))
    one.add_argument("--whole-ways", action="store_true", help=word("whole_ways"))
    one.add_argument("--layer", default="", help=word("layer"))
    one.add_argument("--name", default="", help=word("name"))
    one.add_argument("--licence", default="", help=word("licence"))
    one.add_argument("--attribution", default="", help=word("attribution"))
    one.add_argument("--replace-sites", action="store_true", help=word("replace_sites"))


def run_fetch(options: argparse.Namespace) -> Answer:
    """Streets, stations and hydrants from OpenStreetMap's servers into a county folder."""
    from geo.osm_fetch import fetch
    from geo.road_update import county_folder

    def progress(code: str, values: Mapping[str, object]) -> None:
        print(say(options.lang, f"roads.{code}", **values), file=sys.stderr, flush=True)

    out = county_folder(county_named(options.out, options.county))
    update, written = fetch(
        options.place,
        options.boundary,
        out=out,
        overpass_url=options.overpass_url,
        nominatim_url=options.nominatim_url,
        margin_m=options.margin_m,
        replace_sites=options.replace_sites,
        progress=progress,
    )
    return _network_answer(update, written)


def run_build(options: argparse.Namespace) -> Answer:
    """A county folder from a file of streets."""
    from geo.building import Choices, build
    from geo.road_update import county_folder

    keys = ("crs", "classes", "whole_ways", "layer", "name", "licence", "attribution", "replace_sites")
    choices = Choices(
        **{key: getattr(options, key) for key in keys},
        fields=line_fields(options),
        noding=options.node,
        join_m=options.join_m,
    )
    built = build(options.file, county_folder(county_named(options.out, options.county)), choices)
    answer = _network_answer(built.update, built.written)
    answer["problems"] = list(built.warnings)
    if built.report is not None:
        answer["osm"] = asdict(built.report)
    if built.lines is not None:
        answer["lines"] = asdict(built.lines) | {"crossings_joined": built.lines.crossings_joined}
    return answer


def _network_answer(update: Update, written: Written) -> Answer:
    network = update.network
    return {
        "county": str(written.folder),
        "crs": network.crs,
        "nodes": network.n_nodes,
        "streets": network.n_streets,
        "street_length_m": float(network.length_m.sum()),
        "class_guessed_share": float(network.length_m[network.class_guessed].sum() / network.length_m.sum()),
        "largest_part_share": float(network.part_share.max()),
        "stations": 0 if update.stations is None else len(update.stations),
        "hydrants": 0 if update.hydrants is None else len(update.hydrants),
        "water_sources": 0 if update.sources is None else len(update.sources),
        "limits_stated": {name: int((~np.isnan(getattr(network, name))).sum()) for name in LIMITS},
        "barriers": {} if update.barriers is None else update.barriers["kind"].value_counts().to_dict(),
        "data_date": network.source.data_date,
        "licence": network.source.licence,
        "attribution": network.source.attribution,
        "notes": list(network.source.notes),
        "files": list(written.files),
        "removed": list(written.removed),
        "kept": list(written.kept),
    }


def network_lines(answer: Answer, language: str) -> list[str]:
    """What came of a network, for a person."""

    def line(key: str, **values: object) -> str:
        return say(language, f"geo_command.{key}", **values)

    lines = [line("streets_line", km=f"{answer['street_length_m'] / 1000:.1f}", **_picked(answer))]
    lines.append(
        line(
            "quality_line",
            guessed=f"{answer['class_guessed_share']:.1%}",
            part=f"{answer['largest_part_share']:.1%}",
        )
    )
    width, height, weight = (answer["limits_stated"][name] for name in LIMITS)
    lines.append(line("limits_line", width=width, height=height, weight=weight))
    lines.append(line("source_line", date=answer["data_date"] or "—", licence=answer["licence"] or "—"))
    if "osm" in answer:
        lines += _osm_lines(answer["osm"], line)
    if answer["barriers"]:
        count = {kind: answer["barriers"].get(kind, 0) for kind in ("river", "railway")}
        lines.append(line("crossed_by_none_line", **count))
    if "lines" in answer:
        lines += line_lines(answer["lines"], language)
    return lines


def _picked(answer: Answer) -> dict[str, Any]:
    return {key: answer[key] for key in ("streets", "nodes", "crs")}


def _osm_lines(osm: Mapping[str, Any], line: Callable[..., str]) -> list[str]:
    reasons = ", ".join(f"{reason} {count}" for reason, count in osm["ways_by_reason"])
    keys = (
        "ways", "ways_clipped", "ways_dropped", "ways_private", "ways_under_construction", "simplified_nodes",
        "simplified_edges",
    )  # fmt: skip
    lines = [line("ways_line", reasons=reasons, **{key: osm[key] for key in keys})]
    if osm["ways_drawn_twice"]:
        lines.append(line("twice_line", **{key: osm[key] for key in ("ways_drawn_twice", "drawn_twice_m")}))
    if osm["limits_unread"] or osm["bollards"]:
        lines.append(line("barriers_line", **{key: osm[key] for key in ("limits_unread", "bollards")}))
    sites = ("stations_found", "stations", "hydrants", "water_sources", "status_assumed")
    lines.append(line("sites_line", **{key: osm[key] for key in sites}))
    for left, kept, metres in osm["merged_stations"]:
        lines.append(line("merged_line", left=left, stays=kept, metres=metres))
    lines += [line("lost_line", value=value) for value in osm["stations_without_place"]]
    return lines
