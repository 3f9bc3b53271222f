"""Fiscal years and dates as Japanese offices print them.

A fiscal year is an integer: 2011 is 平成23年度, April 2011 to March 2012. It never goes
through a date, so 平成35年度, printed before 2019, is 2023 as it was meant.

All functions take text in half width (see `width.align`).
"""

import re
from dataclasses import dataclass

# The year before each era's first, newest era first: 平成23 is 1988 + 23.
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_LETTERS = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}

# One year, as a fragment for larger patterns; it names no group.
YEAR = r"""(?:
    (?:令和|平成|昭和|大正|明治|[RHSTM])\s*(?:元|\d{1,2})(?:\s*年度?)?    # 平成23年度, 令和元年度, H22, H22年度
  | (?:18|19|20)\d\d\s*年度?                                              # 2010年度
  | \(\d{1,2}\)                                                           # (22): the era is implied
  | \d{1,2}\s*年度                                                        # 22年度: the era is implied
)"""

_SHAPES = re.compile(
    r"""(?P<era>令和|平成|昭和|大正|明治|[RHSTM])\s*(?P<number>元|\d{1,2})(?:\s*年度?)?
      | (?P<western>(?:18|19|20)\d\d)\s*年度?
      | \((?P<bracketed>\d{1,2})\)
      | (?P<bare>\d{1,2})\s*年度""",
    re.VERBOSE,
)
_DATE = re.compile(
    r"""(?:(?P<era>令和|平成|昭和)\s*(?P<number>元|\d{1,2})(?:\s*\(\d{4}\)\s*)?|(?P<western>(?:19|20)\d\d))
        \s*[年./-]\s*(?P<month>\d{1,2})\s*[月./-]\s*(?P<day>\d{1,2})\s*日?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """A fiscal year and the era it was printed in, None for a western or implied one."""

    year: int
    era: str | None


def read_year(text: str, near: int | None = None) -> FiscalYear | None:
    """The fiscal year that the whole text is, or None.

    Shapes: `平成23年度`, `平成23年`, `令和元年度`, `H22年度`, `H20`, `2010年度`; with `near`
    also `(22)` and `22年度`, which name no era: of all eras the year nearest to `near`.
    """
    found = _SHAPES.fullmatch(text.strip())
    if found is None:
        return None
    if found["western"]:
        return FiscalYear(int(found["western"]), None)
    if found["era"]:
        era = _LETTERS.get(found["era"], found["era"])
        return FiscalYear(ERAS[era] + _number(found["number"]), era)
    if near is None:
        return None
    number = int(found["bracketed"] or found["bare"])
    return FiscalYear(min((base + number for base in ERAS.values()), key=lambda year: abs(year - near)), None)


def read_date(text: str) -> str | None:
    """The date that stands first in the text, as `2013-05-02`, or None.

    Shapes: `平成25年05月02日`, `令和元年5月1日`, `令和6(2024)年4月1日`, `2024年10月25日`, `2024-10-25`.
    """
    found = _DATE.search(text)
    if found is None:
        return None
    year = int(found["western"]) if found["western"] else ERAS[found["era"]] + _number(found["number"])
    month, day = int(found["month"]), int(found["day"])
    return f"{year}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else None


def format_year(year: int) -> str:
    """A fiscal year in the newest era that has it: 2011 is `平成23年度`, 2019 `令和元年度`.

    Inverse of `read_year` for every year from 1868 on.
    """
    era, base = next((era, base) for era, base in ERAS.items() if year > base)
    return f"{era}{'元' if year == base + 1 else year - base}年度"


def _number(printed: str) -> int:
    return 1 if printed == "元" else int(printed)
