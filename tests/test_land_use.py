"""Planned uses: a code is read only within its own classification, a word only whole, and silence is a class."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geo.county import read_county
from geo.land_use import BESIDE, FILE, NOT_STATED, OTHER, UNCLEAR, land_uses, read_land_uses, use_of
from geo.problems import InputError
from geo.rule_pack import MARKS, RULE_FOLDER
from geo.words import LANGUAGES, words

SCHEME = "国土空间调查、规划、用途管制用地用海分类指南（2023年11月）"
USES = read_land_uses()


def test_the_plans_five_parcels_have_their_uses() -> None:
    parcels = read_county(Path(__file__).resolve().parent.parent / "data").parcels
    assert land_uses(parcels, USES).tolist() == [
        "residential", "commercial", "residential", "residential", "education",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "code", "said", "use"),
    [
        (SCHEME, "07", "居住用地", "residential"),
        (SCHEME, "070102", None, "residential"),
        (SCHEME, "0804", None, "education"),
        (SCHEME, "0806", None, "public"),
        (SCHEME, "0901", "商业服务业用地", "commercial"),
        (SCHEME, "07", "商业用地", UNCLEAR),
        (SCHEME, "05", "湿地", OTHER),
        ("GB/T 21010-2017", "07", None, OTHER),
        ("GB/T 21010-2017", "05", "商业用地", "commercial"),
        (None, "07", None, OTHER),
        (None, None, " 商业 ", "commercial"),
        (None, None, "居住用地兼容商业", OTHER),
        (None, None, "", NOT_STATED),
        (SCHEME, None, float("nan"), NOT_STATED),
    ],
)
def test_a_code_needs_its_classification_and_a_word_its_whole(
    scheme: str | None, code: str | None, said: object, use: str
) -> None:
    assert use_of(scheme, code, said, USES) == use


def test_every_parcel_has_one_class_on_its_own_index() -> None:
    parcels = pd.DataFrame(
        {"use_scheme": [None, SCHEME], "use_code": [None, "10"], "planned_use": [None, None]}, index=[7, 3]
    )
    found = land_uses(parcels, USES)
    assert found.to_dict() == {7: NOT_STATED, 3: "industry"}
    assert list(parcels.columns) == ["use_scheme", "use_code", "planned_use"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_has_its_words_and_a_letter_of_its_own(language: str) -> None:
    names = [*(each.use for each in USES), *BESIDE]
    letters = [words(language)[f"land_use.letter.{name}"] for name in names]
    assert all(words(language)[f"land_use.name.{name}"] for name in names)
    assert len(set(letters)) == len(letters), "the letter tells apart what the colour may not"


def test_the_colours_are_marked_as_unchecked_and_differ() -> None:
    assert {each.mark for each in USES} <= set(MARKS)
    assert {each.mark for each in USES} == {"M"}, "the official colours were not found"
    assert len({each.colour for each in USES}) == len(USES)


def test_a_table_of_uses_is_checked_as_a_whole(tmp_path: Path) -> None:
    text = (RULE_FOLDER / FILE).read_text("utf-8")
    (tmp_path / FILE).write_text(
        text.replace("education,", "public,").replace("#FFE15A", "yellow").replace("reserved,", "other,"),
        "utf-8",
    )
    with pytest.raises(InputError) as error:
        read_land_uses(tmp_path)
    assert sorted((each.code, each.row) for each in error.value.problems) == [
        ("land_use_colour", 1),
        ("land_use_name", 3),
        ("land_use_name", 13),
    ]
    with pytest.raises(InputError):
        read_land_uses(tmp_path / "nowhere")
