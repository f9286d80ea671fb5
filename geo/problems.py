"""What is wrong with an input, said completely: file, row, field, what it is, how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from geo.words import say


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input.

    ``code`` names a text ``problem.<code>`` that says what is wrong and how to mend it; ``values`` fill its
    placeholders. ``row`` counts the data rows of the file from 1. A ``warning`` is shown and the work goes
    on; an error stops it before anything is written.
    """

    code: str
    file: str = ""
    row: int | None = None
    field: str = ""
    values: tuple[tuple[str, object], ...] = ()
    warning: bool = False

    def text(self, language: str) -> str:
        """Where and what, in one line of the given language."""
        where = [self.file] if self.file else []
        if self.row is not None:
            where.append(say(language, "problem_place.row", row=self.row))
        if self.field:
            where.append(say(language, "problem_place.field", field=self.field))
        what = say(language, f"problem.{self.code}", **dict(self.values))
        return f"{' · '.join(where)}: {what}" if where else what


def problem(
    code: str,
    *,
    file: str = "",
    row: int | None = None,
    field: str = "",
    warning: bool = False,
    **values: object,
) -> Problem:
    """A :class:`Problem` with its placeholders given by keyword."""
    return Problem(code, file, row, field, tuple(values.items()), warning)


class InputError(ValueError):
    """The input cannot be worked with; ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(each.text("en") for each in self.problems))
