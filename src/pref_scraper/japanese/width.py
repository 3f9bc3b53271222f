r"""Full width and half width: patterns that match both, and one text for comparing.

Text is stored as printed, so patterns are made of the fragments below and match what is
printed; `\d` and `\s` know full-width digits and U+3000 already. `align` gives half width
with every character in its place; `fold` tells whether two texts say the same.

Python's NFKC leaves 〜 and ～ apart, and the many dashes, and turns ① into 1; the tables
below add what it lacks. The prolonged sound mark ー is a letter, not a dash.
"""

import unicodedata

_DASHES = "‐‑‒–—―−－﹣﹘"
_TILDES = "〜～∼"
_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

# Fragments for patterns: one printed sign, in any width.
OPEN = r"[(（〔［\[]"
CLOSE = r"[)）〕］\]]"
COLON = r"[:：]"
DOT = r"[.．]"
COMMA = r"[,，]"
SLASH = r"[/／]"
DASH = rf"[-{_DASHES}]"
TILDE = rf"[~{_TILDES}]"

_ALIGNED: dict[int, str | int | None] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},  # ！ to ～ are ! to ~
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _TILDES), "~"),
    **dict.fromkeys(map(ord, _SPACES), " "),
}
_JOINED = tuple(dict.fromkeys(_DASHES, "-").items()) + tuple(dict.fromkeys(_TILDES, "~").items())


def align(text: str) -> str:
    """The text in half width, each character at its old place.

    `（２２）　－　千円` becomes `(22) - 千円`, of the same length.
    """
    return text if text.isascii() else text.translate(_ALIGNED)


def fold(text: str) -> str:
    """One form for all widths of a text, for comparing and searching; never stored as printed.

    NFKC, with tildes and dashes joined, white space collapsed to one space and cut
    at both ends. Idempotent.
    """
    text = unicodedata.normalize("NFKC", text)
    # Few texts have any of these; looking for each takes a tenth of what str.translate does.
    for sign, plain in _JOINED:
        if sign in text:
            text = text.replace(sign, plain)
    return " ".join(text.split())
