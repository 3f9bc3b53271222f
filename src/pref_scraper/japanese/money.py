"""Amounts of yen as Japanese budgets print them.

All functions take text in half width (see `width.align`).
"""

import re
from decimal import Decimal

UNITS = {"円": 1, "千円": 1_000, "万円": 10_000, "百万円": 1_000_000, "億円": 100_000_000, "兆円": 1_000_000_000_000}

# One amount with its unit, as a fragment for larger patterns; it names no group.
AMOUNT = r"""(?:
    (?: [-△▲]?\s*(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?    # 28,709  4200  △77,762  6.5
      | -                                                # a dash: no budget is printed
    )
    \s*(?:千円|百万円|万円|億円|兆円|円)
)"""

_SHAPE = re.compile(r"(?P<sign>[-△▲]?)\s*(?P<number>[\d,]+(?:\.\d+)?)?\s*(?P<unit>\D+)")


def read_amount(text: str) -> int | None:
    """The yen of one printed amount, which must match `AMOUNT`; None where a dash stands for it.

    Shapes: `28,709千円`, `4200 千円`, `6.5億円`, `△77,762円`, `▲7百万円`, `-959千円`; `- 千円` is None,
    never 0. Raises ValueError for a fraction of a yen and for any other text.
    """
    found = _SHAPE.fullmatch(text.strip())
    if found is None or found["unit"] not in UNITS:
        raise ValueError(f"not an amount: {text!r}")
    if found["number"] is None:
        return None
    yen = Decimal(found["number"].replace(",", "")) * UNITS[found["unit"]]
    if yen != int(yen):
        raise ValueError(f"a fraction of a yen: {text!r}")
    return -int(yen) if found["sign"] else int(yen)


def format_amount(yen: int) -> str:
    """Yen in thousands where that loses nothing, as the page prints them: 28709000 is `28,709千円`."""
    return f"{yen // 1000:,}千円" if yen % 1000 == 0 else f"{yen:,}円"
