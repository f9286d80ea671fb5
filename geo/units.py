"""Amounts as people write them ("0.3MPa", "DN200", "约3公顷", "104L/S"), read in the unit of one of our columns.

Nothing is guessed: a text that is not one number with one known unit is not read, and a number beyond what can be
is said together with the units in which it would make sense, never converted.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import inf, isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from geo.cells import since_1970

if TYPE_CHECKING:
    from collections.abc import Mapping

MU_M2 = 10_000 / 15
"""Square metres of one 亩."""
GALLON_L = 3.785411784
"""Litres of an American gallon, the one meant here."""
_DIMENSIONS: Mapping[str, Mapping[str, float]] = MappingProxyType({
    "area": {"亩": MU_M2, "万亩": 1e4 * MU_M2, "ha": 1e4, "m²": 1.0, "万m²": 1e4, "km²": 1e6,
             "acre": 4046.8564224, "ft²": 0.3048**2},
    "pressure": {"MPa": 1e6, "kPa": 1e3, "Pa": 1.0, "bar": 1e5, "kgf/cm²": 98_066.5, "psi": 6894.757293168,
                 "mH2O": 9806.65},
    "flow": {"L/s": 1.0, "L/min": 1 / 60, "m³/h": 1 / 3.6, "m³/s": 1e3, "gpm": GALLON_L / 60},
    "length": {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "inch": 0.0254, "ft": 0.3048},
    "volume": {"L": 1.0, "m³": 1e3, "t": 1e3, "万m³": 1e7, "gal": GALLON_L},
    "time": {"s": 1.0, "min": 60.0},
    "people": {"人": 1.0, "万人": 1e4},
    "pieces": {"座": 1.0},
})  # fmt: skip
"""Units by what they measure, each in one and the same of them; a tonne is one of water."""
_SPELLINGS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "area": {"亩": "亩 mu", "万亩": "万亩", "ha": "ha 公顷 hm2 hectare hectares", "m²": "m2 m^2 平方米 平米 平方 sqm",
             "万m²": "万m2 万平方米 万平米", "km²": "km2 km^2 平方公里 平方千米 sqkm", "acre": "acre acres 英亩",
             "ft²": "ft2 ft^2 sqft 平方英尺"},
    "pressure": {"MPa": "mpa 兆帕", "kPa": "kpa 千帕", "Pa": "pa 帕", "bar": "bar 巴",
                 "kgf/cm²": "kgf/cm2 kg/cm2 kgf/cm^2 kg/cm^2 公斤/平方厘米 公斤力/平方厘米 公斤力 公斤",
                 "psi": "psi", "mH2O": "mh2o 米水柱 m水柱"},
    "flow": {"L/s": "l/s lps 升/秒 l/秒 升每秒", "L/min": "l/min lpm 升/分 升/分钟 l/分 升每分钟 l/m",
             "m³/h": "m3/h cmh 立方米/小时 立方米/时 立方/小时 m3/小时 m3/hr 方/小时 吨/小时 吨/时 t/h",
             "m³/s": "m3/s 立方米/秒 方/秒", "gpm": "gpm usgpm gal/min"},
    "length": {"mm": "mm 毫米 dn", "cm": "cm 厘米", "m": "m 米", "km": "km 公里 千米",
               "inch": "inch inches in 英寸 \" ″ ” “ '' ′′", "ft": "ft feet foot 英尺 ' ′"},
    "volume": {"L": "l 升 公升 litre litres liter liters", "m³": "m3 m^3 立方米 立方 方 立米 cbm", "t": "t 吨 ton tons",
               "万m³": "万m3 万立方米 万方", "gal": "gal gallon gallons 加仑"},
    "time": {"s": "s sec 秒 秒钟 seconds", "min": "min 分 分钟 minutes"},
    "people": {"人": "人 名 位 people persons", "万人": "万人"},
    "pieces": {"座": "座 个 具 处 台 只"},
})  # fmt: skip
"""How each unit is written, after :func:`plain`, blanks between."""
_TYPOS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"pressure": {"ma": "MPa", "mp": "MPa", "npa": "MPa"}}
)
"""Slips of the pen that can mean one unit alone; reading one is said."""
_BORE = "dn|φ|ф|ø|⌀|∅"
_ABOUT = r"大约|约|近|≈|~|ca\.?|approx\.?|about"
_AMOUNT = re.compile(
    rf"(?P<about>{_ABOUT})?(?P<bore>{_BORE})?"
    r"(?P<number>[+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)"
    r"(?P<more>余|多)?(?P<unit>.*?)(?P<after>左右|余|多)?"
)
_TWO_NUMBERS = re.compile(r"\d\s+\d")
_KEPT = 20_000
"""Texts whose reading is kept: the cells of a column are much alike."""
_YEAR = re.compile(r"\s*((?:19|20|21)\d{2})(?:[-/.年].*|\d{4}\s*)?", re.DOTALL)


@dataclass(frozen=True)
class Quantity:
    """What a column of numbers measures, in ``unit`` (one of its ``dimension``; empty: a plain number).

    More than ``most``, or more than nothing and less than ``least``, cannot be; outside ``usual`` a value is worth
    a look. All bounds are in ``unit`` and our own [own].
    """

    dimension: str = ""
    unit: str = ""
    usual: tuple[float, float] = (0.0, inf)
    least: float = 0.0
    most: float = inf

    @cached_property
    def factors(self) -> Mapping[str, float]:
        """Unit → how many of ours one of it is."""
        sizes = _DIMENSIONS.get(self.dimension, {})
        return {name: size / sizes[self.unit] for name, size in sizes.items()}


QUANTITIES: Mapping[str, Quantity] = MappingProxyType({
    "area_mu": Quantity("area", "亩", (0.1, 3000), most=1_500_000),
    "site_area_m2": Quantity("area", "m²", (200, 50_000), least=20, most=1_000_000),
    "pressure_mpa": Quantity("pressure", "MPa", (0.05, 1.6), least=0.001, most=2.5),
    "residual_mpa": Quantity("pressure", "MPa", (0.03, 1.6), least=0.001, most=2.5),
    "flow_lps": Quantity("flow", "L/s", (1, 200), least=0.1, most=1000),
    "dn_mm": Quantity("length", "mm", (50, 1200), least=15, most=4000),
    "kerb_m": Quantity("length", "m", (0, 20), most=500),
    "wall_m": Quantity("length", "m", (0, 100), most=1000),
    "reach_m": Quantity("length", "m", (10, 110), most=300),
    "tank_l": Quantity("volume", "L", (500, 30_000), least=100, most=100_000),
    "volume_m3": Quantity("volume", "m³", (10, 1e9)),
    "turnout_s": Quantity("time", "s", (30, 300), least=10, most=3600),
    "crew": Quantity("people", "人", (1, 500), most=5000),
    "population": Quantity("people", "人", (1, 3_000_000), most=100_000_000),
    "count": Quantity("pieces", "座"),
    "seq": Quantity(),
    "number": Quantity(),
})  # fmt: skip
"""What each column of numbers of :data:`geo.layers.LAYERS` measures; years are read by :func:`year_of`."""


@dataclass(frozen=True)
class Amount:
    """A value in our unit. ``unit`` is the one it was given in (empty: a plain number), ``stated`` whether the cell
    itself says so; ``about``: the text says that it is not exact; ``typo``: the unit was misspelt."""

    value: float
    unit: str
    stated: bool
    about: bool = False
    typo: bool = False


@lru_cache(maxsize=_KEPT)
def plain(text: str) -> str:
    """A text without what does not tell words apart: width of letters, capitals, blanks, raised figures."""
    narrow = unicodedata.normalize("NFKC", text).replace("∕", "/").replace("⁄", "/")
    return re.sub(r"\s+", "", narrow).casefold()


def unit_named(text: str, column: str) -> str | None:
    """The unit that a text names for one of our columns of numbers; ``None`` where it is none of its."""
    dimension = QUANTITIES[column].dimension if column in QUANTITIES else ""
    return _spelt(plain(text), dimension)


def _spelt(text: str, dimension: str) -> str | None:
    known = _SPELLINGS.get(dimension, {})
    return next((name for name, written in known.items() if text in written.split()), None)


def unit_spellings(column: str) -> tuple[str, ...]:
    """Every way the units of a column are written, after :func:`plain`, the longest first."""
    known = _SPELLINGS.get(QUANTITIES[column].dimension, {}) if column in QUANTITIES else {}
    return tuple(
        sorted((each for written in known.values() for each in written.split()), key=len, reverse=True)
    )


def units_known(column: str) -> str:
    """The units of a column for a message."""
    return ", ".join(QUANTITIES[column].factors) if column in QUANTITIES else ""


def read_amount(value: Any, column: str, bare_unit: str = "") -> Amount | None:
    """The amount that a cell states for one of our columns, ``None`` where it is not understood.

    A number without a unit is in ``bare_unit`` (one of the column's; empty: ours). Negative numbers are amounts here
    and spoken of by the check of the column.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        quantity = QUANTITIES[column]
        return _amount(float(value), quantity, bare_unit or quantity.unit, stated=False)
    return _read_text(str(value), column, bare_unit)


@lru_cache(maxsize=_KEPT)
def _read_text(text: str, column: str, bare_unit: str) -> Amount | None:
    quantity = QUANTITIES[column]
    found = _AMOUNT.fullmatch(plain(text).strip("。,;、"))
    if found is None or _TWO_NUMBERS.search(text):
        return None
    bore = found["bore"] is not None
    if bore and column != "dn_mm":
        return None
    number, written = float(found["number"].replace(",", "")), found["unit"].strip("。.,;、")
    about = any(found[each] for each in ("about", "more", "after"))
    if not written:
        unit = "mm" if bore else bare_unit or quantity.unit
        return _amount(number, quantity, unit, stated=bore, about=about)
    spelt = _spelt(written, quantity.dimension)
    unit, typo = spelt or _TYPOS.get(quantity.dimension, {}).get(written, ""), spelt is None
    return _amount(number, quantity, unit, stated=True, about=about, typo=typo) if unit else None


def _amount(
    number: float, quantity: Quantity, unit: str, *, stated: bool, about: bool = False, typo: bool = False
) -> Amount | None:
    factor = quantity.factors.get(unit, 1.0)
    # Twelve digits of what is converted: 300 kPa are 0.3 MPa and no more.
    value = number if factor == 1 else float(f"{number * factor:.12g}")
    return Amount(value, unit, stated, about, typo) if isfinite(value) else None


def year_of(value: Any) -> int | None:
    """The year of a date or of a text that begins with one (2023年, 2023-05, 20230501); ``None`` for others."""
    day = since_1970(value)
    if day is not None:
        return day.year
    found = None if isinstance(value, bool) else _YEAR.fullmatch(unicodedata.normalize("NFKC", str(value)))
    return int(found[1]) if found else None


def impossible(value: float, column: str) -> bool:
    """Whether a value in our unit cannot be; nought is another question."""
    quantity = QUANTITIES[column]
    return value > quantity.most or 0 < value < quantity.least


def unusual(value: float, column: str) -> bool:
    """Whether a value that can be is worth a look all the same; nought is another question."""
    low, high = QUANTITIES[column].usual
    return not impossible(value, column) and value > 0 and not low <= value <= high


def units_that_fit(number: float, column: str) -> tuple[str, ...]:
    """Units in which a number as given would be a usual value of this column."""
    quantity = QUANTITIES[column]
    low, high = quantity.usual
    return tuple(name for name, factor in quantity.factors.items() if low <= number * factor <= high)
