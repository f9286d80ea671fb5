"""Amounts as people write them are read in our unit, or not at all; what cannot be is said and never converted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.amounts import UnitUse, in_our_terms
from geo.layers import LAYERS
from geo.tables import table_of
from geo.units import (
    QUANTITIES,
    Amount,
    impossible,
    read_amount,
    unit_named,
    units_that_fit,
    unusual,
    year_of,
)

if TYPE_CHECKING:
    from geo.problems import Problem


@pytest.mark.parametrize(
    ("column", "text", "value", "unit"),
    [
        ("pressure_mpa", "0.3MPa", 0.3, "MPa"),
        ("pressure_mpa", "０．３ＭＰａ", 0.3, "MPa"),
        ("pressure_mpa", "300 kPa", 0.3, "kPa"),
        ("pressure_mpa", "3bar", 0.3, "bar"),
        ("pressure_mpa", "3kg/cm²", 0.2941995, "kgf/cm²"),
        ("pressure_mpa", "3公斤", 0.2941995, "kgf/cm²"),
        ("pressure_mpa", "45psi", 0.310264078193, "psi"),
        ("flow_lps", "15L/S", 15, "L/s"),
        ("flow_lps", "54m³/h", 15, "m³/h"),
        ("flow_lps", "54 立方米/小时", 15, "m³/h"),
        ("flow_lps", "900L/min", 15, "L/min"),
        ("flow_lps", "1,000 gpm", 63.0901964, "gpm"),
        ("dn_mm", "DN200", 200, "mm"),
        ("dn_mm", "φ200", 200, "mm"),
        ("dn_mm", "Φ 200", 200, "mm"),
        ("dn_mm", "200mm", 200, "mm"),
        ("dn_mm", '8"', 203.2, "inch"),
        ("dn_mm", "8''", 203.2, "inch"),
        ("area_mu", "129.01亩", 129.01, "亩"),
        ("area_mu", "约3公顷", 45, "ha"),
        ("area_mu", "86,006.67㎡", 129.010005, "m²"),
        ("area_mu", "8.6hm²", 129, "ha"),
        ("area_mu", "0.086平方公里", 129, "km²"),
        ("site_area_m2", "7.12亩", 4746.66666667, "亩"),
        ("site_area_m2", "4700余平方米", 4700, "m²"),
        ("tank_l", "17吨", 17_000, "t"),
        ("tank_l", "17m³", 17_000, "m³"),
        ("volume_m3", "500吨", 500, "t"),
        ("turnout_s", "1分钟", 60, "min"),
        ("crew", "12人", 12, "人"),
        ("count", "15座", 15, "座"),
    ],
)
def test_a_number_with_its_unit_is_read_in_ours(column: str, text: str, value: float, unit: str) -> None:
    amount = read_amount(text, column)
    assert amount is not None
    assert amount.value == pytest.approx(value, rel=1e-9)
    assert (amount.unit, amount.stated) == (unit, True)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("pressure_mpa", "0.2~0.3MPa"), ("pressure_mpa", "0.2-0.3"), ("pressure_mpa", "≥0.14"),
        ("pressure_mpa", "0.3 0.4"),
        ("pressure_mpa", "0.3L/s"), ("pressure_mpa", "合格"), ("flow_lps", "15MPa"), ("flow_lps", "15以上"),
        ("dn_mm", "De200"), ("dn_mm", "2×65"), ("dn_mm", "DN100/DN65"), ("dn_mm", '1 1/2"'), ("area_mu", "三亩"),
        ("area_mu", "3亩5分"), ("area_mu", "1.2.3"), ("area_mu", "1,23"), ("area_mu", "1e999"), ("area_mu", True),
        ("area_mu", "DN200"), ("tank_l", float("nan")), ("count", "15亩"),
    ],
)  # fmt: skip
def test_what_is_not_one_number_with_one_known_unit_is_not_read(column: str, text: object) -> None:
    assert read_amount(text, column) is None


def test_a_number_alone_is_in_the_unit_that_somebody_says_else_in_ours() -> None:
    assert read_amount("300", "pressure_mpa", "kPa") == Amount(0.3, "kPa", stated=False)
    assert read_amount(300, "pressure_mpa", "kPa") == Amount(0.3, "kPa", stated=False)
    assert read_amount("0.3", "pressure_mpa") == Amount(0.3, "MPa", stated=False)
    # What the cell says of itself goes before.
    assert read_amount("0.3MPa", "pressure_mpa", "kPa") == Amount(0.3, "MPa", stated=True)
    assert read_amount("DN200", "dn_mm", "inch") == Amount(200, "mm", stated=True)


def test_rough_numbers_and_misspelt_units_are_marked() -> None:
    about, typo = read_amount("约3公顷左右", "area_mu"), read_amount("0.3Ma", "pressure_mpa")
    assert about is not None
    assert typo is not None
    assert (about.about, about.typo) == (True, False)
    assert (typo.value, typo.about, typo.typo) == (0.3, False, True)


@pytest.mark.parametrize("column", [name for name, each in QUANTITIES.items() if each.dimension])
def test_every_unit_goes_there_and_back(column: str) -> None:
    for unit, factor in QUANTITIES[column].factors.items():
        assert unit_named(unit, column) == unit, "a unit is written as it is shown"
        amount = read_amount(7.25, column, unit)
        assert amount is not None
        assert amount.value / factor == pytest.approx(7.25, rel=1e-11)
    assert QUANTITIES[column].factors[QUANTITIES[column].unit] == 1


def test_fifteen_mu_are_one_hectare_and_ten_bar_one_megapascal() -> None:
    area, pressure = QUANTITIES["area_mu"].factors, QUANTITIES["pressure_mpa"].factors
    assert area["ha"] == pytest.approx(15, rel=1e-15)
    assert area["m²"] * 10_000 == pytest.approx(15, rel=1e-15)
    assert pressure["bar"] * 10 == pytest.approx(1, rel=1e-15)


def test_every_column_of_numbers_has_its_quantity() -> None:
    for layer in LAYERS.values():
        numbers = {each.name for each in layer.columns if each.kind in {"number", "whole"}}
        assert numbers <= set(QUANTITIES)


def test_what_cannot_be_names_the_units_in_which_it_could() -> None:
    assert impossible(300, "pressure_mpa")
    assert units_that_fit(300, "pressure_mpa") == ("kPa",)
    assert units_that_fit(8, "dn_mm") == ("cm", "inch")
    assert impossible(17, "tank_l")
    assert units_that_fit(17, "tank_l") == ("m³", "t")
    assert not impossible(0, "tank_l"), "nought is another question"
    assert not impossible(2.5, "pressure_mpa"), "the bound itself can be"
    assert impossible(2.5000001, "pressure_mpa")
    assert unusual(2.5, "pressure_mpa")
    assert not unusual(1.6, "pressure_mpa")


@pytest.mark.parametrize(
    ("value", "year"),
    [("2023年", 2023), ("2023年5月", 2023), ("2023-05-01", 2023), (2023.0, 2023), ("20230501", 2023), ("23", None),
     ("明年", None), (1551657600000, 2019), (True, None)],
)  # fmt: skip
def test_the_year_of_a_date(value: object, year: int | None) -> None:
    assert year_of(value) == year


# ---- a whole column


def read(column: str, *cells: object, layer: str = "hydrants", bare: str = "", unsaid: bool = False) -> tuple[
    list[object], list[object], tuple[UnitUse, ...], list[Problem]
]:  # fmt: skip
    found: list[Problem] = []
    table, uses = in_our_terms(
        LAYERS[layer], table_of({column: list(cells)}, len(cells)), {column: bare} if bare else {},
        frozenset({column} if unsaid else ()), "f", found,
    )  # fmt: skip
    given = f"{column}_as_given"
    return table[column].tolist(), table[given].tolist() if given in table else [], uses, found


def test_mixed_units_are_each_converted_the_original_kept_and_it_is_said() -> None:
    values, given, uses, found = read("pressure_mpa", "0.3MPa", "300kPa", "0.3Ma", 0.25, None, "不详")
    assert values == [0.3, 0.3, 0.3, 0.25, None, None]
    assert given == ["0.3MPa", "300kPa", "0.3Ma", None, None, "不详"]
    assert uses == (UnitUse("pressure_mpa", (("MPa", 3), ("kPa", 1)), 1),)
    assert [(each.code, each.warning) for each in found] == [
        ("units_mixed", True), ("unit_typo", True), ("says_nothing", True),
    ]  # fmt: skip


def test_a_unit_of_the_header_is_kept_with_the_original() -> None:
    values, given, _, found = read("pressure_mpa", 300, "250", bare="kPa")
    assert (values, given, found) == ([0.3, 0.25], ["300 kPa", "250 kPa"], [])


def test_a_unit_that_nobody_says_is_told_once_for_the_column() -> None:
    values, _, uses, found = read("flow_lps", 15, "16", "17L/s", unsaid=True)
    assert values == [15, 16, 17]
    assert (uses[0].bare, uses[0].taken) == (2, "L/s")
    assert [(each.code, dict(each.values)["count"]) for each in found] == [("unit_taken", 2)]
    assert read("crew", 12, layer="stations", unsaid=True)[3] == [], "people are people"


def test_what_is_not_understood_is_an_error_with_its_row_and_value() -> None:
    values, given, _, found = read("flow_lps", 15, "15-20L/s", "大")
    assert (values, given) == ([15, None, None], [None, "15-20L/s", "大"])
    assert [(each.code, each.row, dict(each.values)["value"], each.warning) for each in found] == [
        ("amount_unread", 2, "15-20L/s", False), ("amount_unread", 3, "大", False),
    ]  # fmt: skip


def test_impossible_values_are_errors_by_row_and_unusual_ones_one_warning() -> None:
    values, _, _, found = read("pressure_mpa", 300, 2.0, 0.3)
    assert values == [300, 2.0, 0.3], "nothing is converted"
    assert [(each.code, each.row, each.warning) for each in found] == [
        ("value_impossible_unit", 1, False), ("values_unusual", None, True),
    ]  # fmt: skip
    assert "kPa" in found[0].text("en")
    assert [each.code for each in read("kerb_m", 9e9)[3]] == ["value_impossible"]


def test_words_of_lists_and_years_are_read_with_the_original_beside() -> None:
    assert read("main_form", "环状管网", "枝", "ring", "02")[:2] == (
        ["ring", "branch", "ring", "02"], ["环状管网", "枝", None, None],
    )  # fmt: skip
    assert read("opens", "2023年5月", 2024)[:2] == ([2023, 2024], ["2023年5月", None])
    assert read("access", "能", "否", layer="sources")[0] == ["yes", "no"]
    assert read("checked", "—", "2023-05-01")[0] == [None, "2023-05-01"]


def test_what_an_earlier_reading_kept_stays() -> None:
    found: list[Problem] = []
    rows = table_of({"dn_mm": [200, "DN150"], "dn_mm_as_given": ["DN200", None]}, 2)
    table, _ = in_our_terms(LAYERS["hydrants"], rows, {}, frozenset(), "f", found)
    assert table["dn_mm_as_given"].tolist() == ["DN200", "DN150"]
    assert rows["dn_mm"].tolist() == [200, "DN150"], "what was given is left as it is"
