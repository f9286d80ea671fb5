"""What every command does alike: its language, its county, telling problems, and ending as shells expect it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.problems import InputError, problem
from geo.words import LANGUAGES, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from geo.problems import Problem

DONE, BAD_INPUT = 0, 2
"""Exit codes: done, or something in the input to mend."""

DATABASES = ("postgresql://", "postgres://")
"""How the address of a database begins."""

Answer = dict[str, Any]


def asked_language(given: Sequence[str]) -> str:
    """The language named by ``--lang`` among the arguments, before they are read as a whole; else Chinese."""
    for i, each in enumerate(given):
        value = each.removeprefix("--lang=") if each.startswith("--lang=") else ""
        if each == "--lang" and i + 1 < len(given):
            value = given[i + 1]
        if value in LANGUAGES:
            return value
    return LANGUAGES[0]


def county_named(first: Path | None, second: Path | None) -> Path:
    """The county folder, whichever way it was named; the default one where it was not."""
    if first is not None and second is not None and first != second:
        raise InputError([problem("two_counties", first=first, second=second)])
    from geo.county import default_folder  # not at the top: a refusal needs no tables

    return first or second or default_folder()


def file_or_database(given: str) -> Path | str:
    """What a command was given to read: the address of a database as it stands, anything else as a path."""
    return given if given.lower().startswith(DATABASES) else Path(given)


def tell(problems: Sequence[Problem], language: str) -> None:
    """Print one line for each problem on standard error."""
    for each in problems:
        print(each.text(language), file=sys.stderr)


def answer_of(command: Callable[[argparse.Namespace], Answer], options: argparse.Namespace) -> Answer | None:
    """What a command answers to its options (``command``, ``lang`` among them); None where it is refused, after
    everything that is wrong has been told on standard error."""
    try:
        return command(options)
    except InputError as error:
        tell(error.problems, options.lang)
        print(say(options.lang, "command.nothing_written", number=len(error.problems)), file=sys.stderr)
    except OSError as error:
        name, detail = error.filename or options.command, error.strerror or error
        tell([problem("cannot_write", value=name, detail=detail)], options.lang)
    return None


def ended(command: Callable[[], int]) -> int:
    """Run a command and give its exit code; a reader that stops early, as ``head`` does, ends it in silence."""
    try:
        code = command()
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer has nowhere to go; without this Python complains of it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
