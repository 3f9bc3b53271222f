"""Kanji numerals: 二十三, 二〇一一, 六億千九百六十六万三千."""

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0}
_TENS = {"十": 10, "百": 100, "千": 1_000}
_MYRIADS = {"万": 10**4, "億": 10**8, "兆": 10**12}

KANJI = f"[{''.join({**_DIGITS, **_TENS, **_MYRIADS})}]"
"""One sign of a kanji numeral, as a fragment for patterns."""


def read_kanji(text: str) -> int | None:
    """The number that a kanji numeral is, or None.

    Shapes: `二十三`, `百`, `六億千九百六十六万三千`; digit by digit `二〇一一`. Units go down:
    `百千` is none.
    """
    if text and all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total, section, digit, last_ten, last_myriad = 0, 0, -1, 10**4, 10**16
    for char in text:
        if char in _DIGITS and digit < 0:
            digit = _DIGITS[char]
        elif char in _TENS and _TENS[char] < last_ten and digit != 0:
            section += (1 if digit < 0 else digit) * _TENS[char]
            digit, last_ten = -1, _TENS[char]
        elif char in _MYRIADS and _MYRIADS[char] < last_myriad and (section or digit > 0):
            total += (section + max(digit, 0)) * _MYRIADS[char]
            section, digit, last_ten, last_myriad = 0, -1, 10**4, _MYRIADS[char]
        else:
            return None
    return total + section + max(digit, 0) if text else None


def format_kanji(number: int) -> str:
    """A number from 1 to 9999兆 in kanji, as 23 is `二十三`; inverse of `read_kanji`."""
    out = []
    for unit, value in [*reversed(_MYRIADS.items()), ("", 1)]:
        section = number // value % 10_000
        if section:
            out.append(_format_section(section) + unit)
    return "".join(out)


def _format_section(number: int) -> str:
    """1 to 9999; 一 is left out before 十, 百 and 千."""
    out = []
    for unit, value in [*reversed(_TENS.items()), ("", 1)]:
        digit = number // value % 10
        if digit:
            out.append(("" if digit == 1 and unit else "〇一二三四五六七八九"[digit]) + unit)
    return "".join(out)
