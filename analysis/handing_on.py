"""Results handed on as asked: which formats, in which CRS, all of them or one; for the command line and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.result_layers import result_layer, water_layer
from analysis.results import (
    RESULT_FILES,
    RESULT_TABLES,
    WATER_FILES,
    WATER_TABLES,
    about,
    result_files,
    water_files,
)
from analysis.water_assessment import WaterAssessment
from geo.crs import WGS84
from geo.export_postgis import SCHEMA, write_results
from geo.formats import FORMATS
from geo.problems import InputError, problem
from geo.result_layer import Handover, Written

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from analysis.assessment import Assessment
    from geo.problems import Problem
    from geo.result_layer import ResultLayer

COUNTY = "county"
SYSTEMS = ("wgs84", COUNTY)
"""What the coordinates of files may be in; formats that know WGS84 alone stay with it."""
SUMMARY = "summary.json"


def format_options(one: argparse.ArgumentParser, word: Callable[[str], str]) -> None:
    """The options of a command that writes results: formats, coordinates, database."""
    one.add_argument("--format", metavar="FORMAT,…", help=word("format"))
    one.add_argument("--crs", choices=SYSTEMS, default=SYSTEMS[0], help=word("crs"))
    one.add_argument("--postgis", metavar="ADDRESS", help=word("postgis"))
    one.add_argument("--schema", default=SCHEMA, metavar="NAME", help=word("schema"))


def asked_formats(options: argparse.Namespace) -> tuple[str, ...]:
    """The formats named by ``--format``, each once; none where the option is not given. Raises
    :class:`InputError` with every name that is no format."""
    names = [each.strip().lower() for each in (options.format or "").split(",")]
    names = [each for each in dict.fromkeys(names) if each]
    known = ", ".join(FORMATS)
    wrong = [problem("format_not_known", value=each, known=known) for each in names if each not in FORMATS]
    if options.format is not None and not names:
        wrong.append(problem("format_not_known", value=options.format, known=known))
    if wrong:
        raise InputError(wrong)
    return tuple(names)


def layers_of(asked: Assessment | WaterAssessment, language: str) -> list[ResultLayer]:
    """Every layer of an assessment, or of its questions of water."""
    if isinstance(asked, WaterAssessment):
        return [water_layer(asked, name, language) for name in WATER_TABLES]
    return [result_layer(asked, name, language) for name in RESULT_TABLES]


def handover_of(
    asked: Assessment | WaterAssessment, language: str, system: str = SYSTEMS[0], stem: str = ""
) -> Handover:
    """What goes with the files; files that hold several layers are called ``results`` or ``water``."""
    water = isinstance(asked, WaterAssessment)
    assessment = asked.assessment if isinstance(asked, WaterAssessment) else asked
    crs = assessment.county.crs if system == COUNTY else WGS84
    return Handover(about(assessment), language, crs, stem or ("water" if water else "results"))


def summary_file(asked: Assessment | WaterAssessment) -> bytes:
    """The figures of an assessment, or of its questions of water."""
    if isinstance(asked, WaterAssessment):
        return WATER_FILES[SUMMARY](asked)
    return RESULT_FILES[SUMMARY](asked)


def handed_on(
    asked: Assessment | WaterAssessment, formats: tuple[str, ...], language: str, system: str = SYSTEMS[0]
) -> Written:
    """Everything in the formats asked for, and the summary; without any format the files as each command has them."""
    if not formats:
        return Written(water_files(asked) if isinstance(asked, WaterAssessment) else result_files(asked))
    layers, handover = layers_of(asked, language), handover_of(asked, language, system)
    files = {SUMMARY: summary_file(asked)}
    found: list[Problem] = []
    for name in formats:
        written = FORMATS[name].write(layers, handover)
        files |= dict(written.files)
        found += written.problems
    return Written(files, tuple(found))


def into_postgis(asked: Assessment | WaterAssessment, options: argparse.Namespace) -> dict[str, int]:
    """Write everything into the database of ``--postgis``; returns rows by table, each with its schema."""
    layers = layers_of(asked, options.lang)
    handover = handover_of(asked, options.lang, options.crs)
    rows = write_results(options.postgis, layers, handover, schema=options.schema)
    return {f"{options.schema}.{name}": count for name, count in rows.items()}
