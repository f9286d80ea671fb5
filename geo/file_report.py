"""Everything about a file that may become a layer: how it is read, what is wrong with it row by row, what is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from geo.area_check import area_problems
from geo.cells import STATUSES, short
from geo.county import look_into
from geo.crs import WGS84
from geo.datum_evidence import Surroundings, evidence, surroundings
from geo.datum_readings import read_as, reading_of, reading_text
from geo.field_memory import recall
from geo.layer_guess import ROADS, guess_layer, misplaced
from geo.layers import LAYERS, LayerRows, check_rows
from geo.problems import InputError, Problem, problem
from geo.read_shapes import mixed_kinds
from geo.repair import repair_problems, repairs_of
from geo.source_report import repeated_rows, source_report
from geo.tables import FileRows, read_files
from geo.templates import example_rows
from geo.translation import FileChoices, Translation, translated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from geo.county import County, CountyLook
    from geo.crs import Shapes
    from geo.datum_evidence import DatumEvidence
    from geo.datum_readings import Reading
    from geo.layer_guess import LayerGuess
    from geo.layers import Layer
    from geo.repair import Repair
    from geo.translation import Remembered

    Numbers = NDArray[np.int64]

OF_ROWS = frozenset({"status_word"})
"""Problems told once for many rows, each of which is at fault."""
_NUMBER = re.compile(r"\d+")
_ROUNDS = 5
"""How often rows are left out because the county as a whole refuses them, before that is given up."""


@dataclass(frozen=True, eq=False)
class FileReport:
    """What a file is and what would become of it. Not to be written into.

    ``given``: its rows as read, numbered from 1 in everything that is said. ``ranking``: the layers it may be.
    ``read``: how its columns, units and statuses are understood. ``repairs``: areas that are not valid. ``datum``:
    what :func:`datum_evidence` found. ``problems``: everything wrong or worth knowing; a status word that many rows
    share stands once. ``bad``: row → what keeps it out; ``examples``: those of them that are the example of a template,
    which is no fault. ``kept``: the other rows as the layer would hold them, ``rows`` their numbers in the file. Every
    row of the file is in one of the two. ``shapes``: those of ``given`` before the reading that the user chose, which
    the readings of ``datum`` are about.
    """

    file: str
    layer: str
    given: FileRows
    ranking: tuple[LayerGuess, ...]
    read: Translation
    remembered: Remembered | None
    repairs: tuple[Repair, ...]
    datum: DatumEvidence | None
    problems: tuple[Problem, ...]
    bad: Mapping[int, tuple[Problem, ...]]
    examples: tuple[int, ...]
    kept: LayerRows
    rows: tuple[int, ...]
    choices: FileChoices
    shapes: Shapes | None = None

    @property
    def rows_in(self) -> int:
        """Data rows of the file."""
        return len(self.given.table)

    @cached_property
    def refusals(self) -> tuple[Problem, ...]:
        """What stands in the way of writing, after what the user consented to."""
        errors = [each for each in self.problems if not each.warning]
        if self.choices.leave_out_bad_rows:
            errors = [each for each in errors if not _of_a_row(each, self.file)]
        if not self.rows and not errors:
            # A layer of nothing would put an end to the one that is there.
            code = "no_rows_left" if self.rejected else "no_rows"
            errors.append(problem(code, file=self.file, count=len(self.rejected)))
        return tuple(errors)

    @property
    def rejected(self) -> dict[int, tuple[Problem, ...]]:
        """Row → its errors, of the rows that cannot be taken."""
        return {row: found for row, found in self.bad.items() if row not in self.examples}

    @property
    def kept_columns(self) -> list[str]:
        """The file's columns that are none of ours, hold something and stay as they are."""
        used, table = {each.theirs for each in self.read.fields if each.sure}, self.given.table
        used |= set(self.given.place_columns)
        return [str(name) for name in table.columns if str(name) not in used and table[name].notna().any()]

    @property
    def theirs(self) -> dict[str, str]:
        """Our column → the file's, of those that were taken."""
        columns = set(map(str, self.given.table.columns))
        return {each.ours: each.theirs for each in self.read.fields if each.sure and each.theirs in columns}


def check_file(
    path: Path,
    layer: str,
    county: Path | None = None,
    choices: FileChoices | None = None,
    *,
    name: str = "",
) -> FileReport:
    """Look a file over that is to become a layer, of the county in the folder ``county`` where one is given; nothing
    is written. ``name`` is what the file is called where that is not the name it has on the disk. Raises ``KeyError``
    for a layer that does not exist, and :class:`InputError` for streets, which come in through ``build``, and for a
    county folder that is not there."""
    file = name or path.name
    if layer == ROADS:
        raise InputError([problem("roads_by_build", file=file)])
    kind, choices = LAYERS[layer], choices or FileChoices()
    file = " + ".join([file, *(each.name for each in choices.also)])
    if county is not None and not county.is_dir():
        raise InputError([problem("folder_missing", file=str(county))])
    given = _rows_of(path, file, layer, choices, choices.place_columns)
    ranking = guess_layer(given.table, given.geometry, f"{file} {choices.sheet}")
    told = misplaced(layer, ranking, file)
    remembered = recall(county, layer, map(str, given.table.columns), told)
    if remembered is not None:
        told.append(problem("fields_remembered", file=file, warning=True, before=remembered.file))
        if choices.place_columns is None and remembered.place_columns is not None:
            given = _rows_of(path, file, layer, choices, remembered.place_columns)
    examples, others = example_rows(given.table)
    numbers = np.array(others, dtype=np.int64)
    as_declared = _without(given, numbers) if examples else given
    shapes, reading = given.geometry, _reading(choices, file, told)
    given, real = (rows if reading is None else read_as(rows, reading) for rows in (given, as_declared))
    around = None if county is None else look_into(county)
    crs = None if around is None else around.files.particulars.crs
    read, checked, repairs, found = _looked_over(kind, real, file, choices, remembered, crs)
    datum = datum_evidence(as_declared, None if around is None else around.county)
    found = [*told, *_datum_problems(datum, choices, reading, file), *renumbered(found, numbers)]
    examples_said = [problem("example_row", file=file, row=row, warning=True) for row in examples]
    bad = {each.row: (each,) for each in examples_said if each.row is not None} | _by_row(found, file)
    good = np.flatnonzero(~np.isin(numbers, list(bad)))
    if around is not None and all(each.warning or _of_a_row(each, file) for each in found):
        good, more = _in_county(around, checked, good, numbers)
        found += more
        bad |= _by_row(more, file)
    return FileReport(
        file=file, layer=layer, given=given, ranking=ranking, read=read, remembered=remembered, repairs=repairs,
        datum=datum, problems=tuple(_words_once([*found, *examples_said], read, file)),
        bad=dict(sorted(bad.items())), examples=tuple(examples), kept=_some(checked, good),
        rows=tuple(numbers[good].tolist()), choices=choices, shapes=shapes,
    )  # fmt: skip


def _rows_of(
    path: Path, file: str, layer: str, choices: FileChoices, place_columns: tuple[str, str] | None
) -> FileRows:
    return read_files(
        (path, *choices.also), layer=layer, source_crs=choices.source_crs, file_layer=choices.sheet,
        encoding=choices.encoding, place_columns=place_columns, name=file,
    )  # fmt: skip


def _looked_over(
    kind: Layer,
    rows: FileRows,
    file: str,
    choices: FileChoices,
    remembered: Remembered | None,
    crs: str | None,
) -> tuple[Translation, LayerRows, tuple[Repair, ...], list[Problem]]:
    """The rows as our layer and everything that is to be said of them by themselves, by position from 1."""
    placed = rows.geometry is not None
    read = translated(rows.table, kind, choices, file, remembered=remembered, placed=placed)
    shapes = rows.geometry
    repairs: tuple[Repair, ...] = ()
    if shapes is not None and kind.shapes:
        mended, repairs = repairs_of(shapes, rows.crs or WGS84, crs)
        shapes = mended if choices.repair else shapes
    repairs_said = repair_problems(repairs, file, done=choices.repair)
    checked = check_rows(kind, replace(rows, table=read.table, geometry=shapes), file)
    found = [
        *read.problems, *checked.problems, *mixed_kinds(rows.geometry, file), *repairs_said, *repeated_rows(rows, file),
        *area_problems(checked, crs), *source_report(checked),
    ]  # fmt: skip
    return read, checked, repairs, found


def datum_evidence(rows: FileRows, county: County | None) -> DatumEvidence | None:
    """What speaks for each coordinate system the shapes of a file may be in, held against the outline and streets of
    the county where one is given; ``None`` without shapes."""
    if rows.geometry is None:
        return None
    around = Surroundings() if county is None else surroundings(county)
    return evidence(rows.geometry, around, declared=rows.crs)


def _reading(choices: FileChoices, file: str, found: list[Problem]) -> Reading | None:
    """The reading that the user chose, if any and if it can be understood."""
    if not choices.read_as:
        return None
    try:
        return reading_of(choices.read_as)
    except ValueError:
        found.append(problem("crs_unknown", file=file, value=choices.read_as[:60]))
        return None


def _datum_problems(
    weighed: DatumEvidence | None, choices: FileChoices, reading: Reading | None, file: str
) -> list[Problem]:
    """Where the evidence is clear and speaks against the way the file is read, that must be said: an error, until the
    user names the system. So must a reading that the user chose and that is not what the file says."""
    said = []
    if reading is not None and (weighed is None or reading != weighed.declared):
        said.append(problem("crs_read_as", file=file, warning=True, value=reading_text(reading)))
    best = None if weighed is None else weighed.recommended
    if weighed is None or best is None:
        return said
    alike = next({each.reading, *each.same} for each in weighed.candidates if each.reading == best)
    if reading in alike or (reading is None and weighed.reason != "fits_other"):
        return said
    given = reading is not None or choices.source_crs is not None
    return [*said, problem("datum_other", file=file, warning=given, value=reading_text(best))]


def renumbered(found: Sequence[Problem], numbers: Numbers) -> list[Problem]:
    """Problems that count rows by position (from 1), counting them by ``numbers`` instead; also where rows stand in
    their values."""

    def number(row: int) -> int:
        return int(numbers[row - 1])

    def value(key: str, given: object) -> object:
        if key in {"first", "worst"} and isinstance(given, int):
            return number(given)
        if key == "rows" and isinstance(given, str):
            return _NUMBER.sub(lambda hit: str(number(int(hit[0]))), given)
        return given

    if np.array_equal(numbers, np.arange(1, len(numbers) + 1)):
        return list(found)
    return [
        replace(
            each,
            row=None if each.row is None else number(each.row),
            values=tuple((key, value(key, given)) for key, given in each.values),
        )
        for each in found
    ]


def _without(rows: FileRows, numbers: Numbers) -> FileRows:
    """The rows of these numbers alone, the reader's problems with them numbered anew."""
    place = {int(number): at for at, number in enumerate(numbers, 1)}
    problems = tuple(
        each if each.row is None else replace(each, row=place[each.row])
        for each in rows.problems
        if each.row is None or each.row in place
    )
    shapes = None if rows.geometry is None else rows.geometry[numbers - 1]
    return replace(
        rows, table=rows.table.iloc[numbers - 1].reset_index(drop=True), geometry=shapes, problems=problems
    )


def _of_a_row(found: Problem, file: str) -> bool:
    """Whether leaving rows of this file out is an answer to it; rows of other files are not ours to leave out."""
    return found.file == file and (found.row is not None or found.code in OF_ROWS)


def _by_row(found: Sequence[Problem], file: str) -> dict[int, tuple[Problem, ...]]:
    """Row of this file → its errors."""
    bad: dict[int, tuple[Problem, ...]] = {}
    for each in found:
        if each.row is not None and not each.warning and each.file == file:
            bad[each.row] = (*bad.get(each.row, ()), each)
    return bad


def _some(rows: LayerRows, good: Numbers) -> LayerRows:
    table = rows.table.iloc[good].reset_index(drop=True)
    return LayerRows(rows.layer, rows.file, table, rows.geometry[good], ())


def _in_county(
    county: CountyLook, checked: LayerRows, good: Numbers, numbers: Numbers
) -> tuple[Numbers, list[Problem]]:
    """Of the good rows (positions from 0) those that fit into the county, and what is wrong with the others or with
    the county they would make. Leaving rows out can bring to light what they hid, so this is done again."""
    found: list[Problem] = []
    for _ in range(_ROUNDS):
        new = county.problems_with(_some(checked, good))
        here = renumbered([each for each in new if each.file == checked.file], numbers[good])
        wrong = [each for each in here if each.row is not None and not each.warning]
        found += wrong
        if not wrong:
            return good, [*found, *here, *(each for each in new if each.file != checked.file)]
        refused = {each.row for each in wrong}
        good = good[[number not in refused for number in numbers[good].tolist()]]
    return good, [*found, problem("county_refuses", file=checked.file)]


def _words_once(found: Sequence[Problem], read: Translation, file: str) -> list[Problem]:
    """Problems with each status word that is not understood once, in the place of one for each of its rows."""
    known = ", ".join(STATUSES)
    words = [
        problem(
            "status_word", file=file, field="status", value=short(each.theirs), count=each.rows, known=known
        )
        for each in read.statuses
        if each.ours is None
    ]
    single = [each for each in found if not (each.code == "status_unknown" and each.row is not None)]
    return [*words, *single] if words else list(found)
