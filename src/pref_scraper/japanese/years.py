"""Fiscal years and dates as Japanese offices print them, in any width.

A fiscal year is an integer: 2011 is 平成23年度, April 2011 to March 2012. It never goes
through a date, so 平成35年度, printed before 2019, is 2023 as it was meant.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from .numerals import format_kanji, read_kanji
from .width import CLOSE, DASH, DOT, OPEN, SLASH, TILDE, align

# The year before each era's first, newest era first: 平成23 is 1988 + 23.
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_LETTERS = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}

_ERA = r"(?:令和|平成|昭和|大正|明治|[RHSTMＲＨＳＴＭ])"
_NUMBER = r"(?:元|\d\d|\d(?:\s\d(?=\s*年))?|[一二三四五六七八九十]{1,4})"
_WESTERN = r"(?:[1１][89８９]|[2２][0０])\d\d"
_NEN = r"(?:\s*年度?)"

# One year, as a fragment for larger patterns; it names no group.
YEAR = rf"""(?:
    {_ERA}\s*{_NUMBER}(?:\s*{OPEN}{_WESTERN}{_NEN}?{CLOSE})?{_NEN}?(?:{OPEN}{_WESTERN}{_NEN}?{CLOSE})?
                                       # 平成23年度, 令和元年度, H22, 平成二十三年度, 平成23(2011)年度, 平成23年度(2011年度)
  | {_WESTERN}(?:\s*{OPEN}{_ERA}\s*{_NUMBER}{_NEN}?{CLOSE})?{_NEN}   # 2010年度, 2004(平成16)年度
  | {OPEN}\d{{1,2}}{CLOSE}             # (22): the era is implied
  | \d{{1,2}}\s*年度                   # 22年度: the era is implied
)"""

_SHAPES = re.compile(
    rf"""(?P<era>{_ERA})\s*(?P<number>{_NUMBER})(?:\s*{OPEN}(?P<gloss>{_WESTERN}){_NEN}?{CLOSE})?{_NEN}?
         (?:{OPEN}(?P<second>{_WESTERN}){_NEN}?{CLOSE})?
      | (?P<western>{_WESTERN})(?:\s*{OPEN}(?P<era_after>{_ERA})\s*(?P<number_after>{_NUMBER}){_NEN}?{CLOSE})?{_NEN}
      | {OPEN}(?P<bracketed>\d{{1,2}}){CLOSE}
      | (?P<bare>\d{{1,2}})\s*年度""",
    re.VERBOSE,
)
_RANGE = re.compile(rf"(?P<start>{YEAR})\s*{TILDE}\s*(?:(?P<end>{YEAR})|(?P<number>\d{{1,2}}))", re.VERBOSE)
_DATE = re.compile(
    rf"""(?:(?P<era>令和|平成|昭和)\s*(?P<number>元|\d{{1,2}})(?:\s*{OPEN}\d{{4}}{CLOSE}\s*)?|(?P<western>{_WESTERN}))
        \s*(?:年|{DOT}|{SLASH}|{DASH})\s*(?P<month>\d{{1,2}})\s*(?:月|{DOT}|{SLASH}|{DASH})\s*(?P<day>\d{{1,2}})\s*日?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """A fiscal year and the era it was printed in, None for a western or implied one."""

    year: int
    era: str | None


@lru_cache(maxsize=1024)
def read_year(text: str, near: int | None = None) -> FiscalYear | None:
    """The fiscal year that the whole text is, or None.

    Shapes: `平成23年度`, `平成23年`, `平成 2 3 年度`, `令和元年度`, `平成二十三年度`, `H22年度`, `H20`,
    `2010年度`, `2004(平成16)年度`, `平成23年度(2011年度)`; with `near` also `(22)` and `22年度`,
    which name no era: of all eras the year nearest to `near`. Two years that contradict
    each other are None.
    """
    found = _SHAPES.fullmatch(text.strip())
    if found is None:
        return None
    if found["bracketed"] or found["bare"]:
        return _nearest(int(found["bracketed"] or found["bare"]), near)
    glosses = {int(found[name]) for name in ("gloss", "second", "western") if found[name]}
    era_name = found["era"] or found["era_after"]
    if era_name is None:
        return FiscalYear(glosses.pop(), None)
    era = _LETTERS.get(align(era_name), era_name)
    number = _number(found["number"] or found["number_after"])
    if number is None or glosses - {ERAS[era] + number}:
        return None
    return FiscalYear(ERAS[era] + number, None if found["western"] else era)


def read_range(text: str, near: int | None = None) -> tuple[int, int] | None:
    """First and last fiscal year of a printed range, or None.

    Shapes: `平成15年度～平成23年度`, `H15〜23`, `R3～8`, `2003年度~2011年度`.
    """
    found = _RANGE.fullmatch(text.strip())
    start = read_year(found["start"], near) if found else None
    if found is None or start is None:
        return None
    if found["end"]:
        end = read_year(found["end"], start.year)
        return (start.year, end.year) if end else None
    base = ERAS[start.era] if start.era else start.year - start.year % 100
    return start.year, base + int(found["number"])


def read_date(text: str) -> str | None:
    """The date that stands first in the text, as `2013-05-02`, or None.

    Shapes: `平成25年05月02日`, `令和元年5月1日`, `令和6(2024)年4月1日`, `2024年10月25日`, `2024-10-25`.
    """
    found = _DATE.search(text)
    if found is None:
        return None
    number = int(found["western"]) if found["western"] else ERAS[found["era"]] + (_number(found["number"]) or 0)
    month, day = int(found["month"]), int(found["day"])
    return f"{number}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else None


@lru_cache(maxsize=256)
def format_year(year: int, *, kanji: bool = False) -> str:
    """A fiscal year in the newest era that has it: 2011 is `平成23年度`, 2019 `令和元年度`, and before all eras 1850 `1850年度`.

    Inverse of `read_year` for every year that it reads.
    """
    era, base = next(((era, base) for era, base in ERAS.items() if year > base), (None, 0))
    if era is None:
        return f"{year}年度"
    number = "元" if year == base + 1 else format_kanji(year - base) if kanji else str(year - base)
    return f"{era}{number}年度"


def _nearest(number: int, near: int | None) -> FiscalYear | None:
    if near is None:
        return None
    return FiscalYear(min((base + number for base in ERAS.values()), key=lambda year: abs(year - near)), None)


def _number(printed: str) -> int | None:
    if printed == "元":
        return 1
    plain = "".join(printed.split())
    return int(plain) if plain.isdecimal() else read_kanji(plain)
