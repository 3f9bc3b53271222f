"""Amounts of yen as Japanese budgets print them, in any width.

What is counted in 人, 件, % or per hour is no amount, and neither is a fraction, a
column reference as (1), or a number without a unit that nothing around it gives.
"""

import re
from decimal import Decimal
from functools import lru_cache

from .numerals import KANJI, read_kanji
from .width import COMMA, DASH, DOT, SLASH, align

# What a printed unit multiplies by.
UNITS = {
    "兆": 10**12,
    "千億": 10**11,
    "百億": 10**10,
    "十億": 10**9,
    "億": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "十万": 10**5,
    "万": 10**4,
    "千": 1_000,
    "百": 100,
    "十": 10,
    "": 1,
}

_SIGN = rf"(?:{DASH}|[△▲])"
# Possessive and bounded, so that no line, however hostile, is read twice.
_WHOLE = rf"\d(?:(?:\s?{COMMA}\s?|\s)?\d){{0,20}}+"  # 28,709  4200  2 8 , 7 0 9
_NUMBER = rf"{_WHOLE}(?:{DOT}\d{{1,9}})?"
_GAP = r"\s{0,3}+"
_UNIT = r"(?:兆|[千百十]?億|[千百十]?万|千|百|十)"
UNIT = rf"(?:{_UNIT}?円)"
"""A unit alone, as a header or `(単位:千円)` prints it."""

# One amount with its unit, as a fragment for larger patterns; it names no group.
AMOUNT = rf"""(?:
    {_SIGN}?{_GAP}{_NUMBER}{_GAP}(?:{_UNIT}{_GAP}{_WHOLE}{_GAP}){{0,5}}+{_UNIT}?{_GAP}円    # 28,709千円  6億1,966万3千円  △77,762円  6.5億円
  | {_SIGN}?{_GAP}{KANJI}{{1,30}}+円                                             # 二千万円
  | {DASH}{_GAP}{UNIT}                                                   # a dash: no budget is printed
)(?!{_GAP}(?:{SLASH}|[のあ当]|毎))"""
_PLAIN = re.compile(rf"(?P<sign>{_SIGN})?\s*(?P<number>{_NUMBER})?\s*(?P<unit>{_UNIT}?)円?")
_MIXED = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT}?)\s*(?:円$)?")
_BARE = re.compile(rf"(?:{_SIGN})?\s*(?:{_NUMBER})|{DASH}*")
_DASHED = re.compile(rf"{DASH}\s*{UNIT}")

BARE = rf"(?:{_SIGN}?{_GAP}{_NUMBER}|{DASH})"
"""A number, or a dash, whose unit stands elsewhere; a fragment."""


@lru_cache(maxsize=4096)
def read_amount(text: str, unit: str | None = None) -> int | None:
    """The yen of one printed amount; None where a dash or nothing stands for it.

    Shapes: `28,709千円`, `4200 千円`, `2 8 , 7 0 9 千円`, `6億1,966万3千円`, `2千万円`, `6.5億円`,
    `二千万円`, `△77,762円`, `▲7百万円`, `−959千円`; `- 千円` is None, never 0. With `unit` (as `千円`,
    from a header or caption) also `28,709`, `-` and the empty text. Raises ValueError for a
    fraction of a yen and for any other text.
    """
    printed = text.strip()
    if unit is not None and _BARE.fullmatch(printed):
        printed = f"{printed or '-'}{unit}"
    if _DASHED.fullmatch(printed):
        return None
    if not printed.endswith("円"):
        raise ValueError(f"not an amount: {text!r}")
    plain = _PLAIN.fullmatch(printed)
    if plain and plain["number"]:
        yen = _decimal(plain["number"]) * UNITS[plain["unit"]]
        sign = plain["sign"]
    else:
        sign = re.match(_SIGN, printed)
        yen = _mixed(printed[sign.end() :].strip() if sign else printed, text)
    if yen != int(yen):
        raise ValueError(f"a fraction of a yen: {text!r}")
    return -int(yen) if sign else int(yen)


def _mixed(printed: str, text: str) -> Decimal:
    """`6億1,966万3千円`: numbers with units that go down; `二千万円`: a kanji numeral."""
    kanji = read_kanji(printed.removesuffix("円"))
    if kanji is not None:
        return Decimal(kanji)
    total, last, position = Decimal(0), 10**16, 0
    while position < len(printed):
        part = _MIXED.match(printed, position)
        if part is None or UNITS[part["unit"]] >= last:
            raise ValueError(f"not an amount: {text!r}")
        last = UNITS[part["unit"]]
        total += _decimal(part["number"]) * last
        position = part.end()
    return total


def _decimal(printed: str) -> Decimal:
    return Decimal(re.sub(r"[\s,]", "", align(printed)))


def format_amount(yen: int) -> str:
    """Yen in thousands where that loses nothing, as the page prints them: 28709000 is `28,709千円`.

    Inverse of `read_amount`.
    """
    return f"{yen // 1000:,}千円" if yen % 1000 == 0 else f"{yen:,}円"


def format_mixed(yen: int) -> str:
    """Yen as speeches print them: 619663000 is `6億1,966万3千円`. Inverse of `read_amount`, for 1 yen and more."""
    out = [f"{part:,}{unit}" for unit in ("兆", "億", "万") if (part := yen // UNITS[unit] % 10_000)]
    rest = yen % 10_000
    out += [f"{rest // 1000}千"] if rest and rest % 1000 == 0 else [f"{rest:,}"] if rest else []
    return "".join(out) + "円"
