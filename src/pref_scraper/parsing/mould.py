"""The marked text of a page by that of the page before it, where the two differ in plain texts alone.

Markup is what takes long to read, and an edited page mostly has the same. A page is cut before each `<`; in what
stands behind a tag, up to the next one, a plain text is a hole: of printed signs, at both ends, and without `<`, `>`,
`&`, quotes and control characters. Wherever it stands, no such text ends anything or begins anything: behind it the
parser goes on as behind any other. Which holes are text of the page, and not of a script, a comment or an attribute,
is tried out: a sign that stands nowhere else is put into each, and is looked for in the marked text. That is the mould;
filled with the page's own texts it must give what was read of the page.

What more hangs on a text is no hole: white space alone, and what a title is chosen by. There is no mould of a page in
which lines are lines (<pre>), or of which the body is found by what it says.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from .bounds import Bounds
from .document import ZERO_WIDTH, Marked, is_found_by_markup, read_marked, read_tree, titles
from .encoding import Decoded

KEPT, KEPT_LENGTH = 4, 100_000
"""Of how many pages there are moulds, and how many characters one may have: some 4 MB at the most."""

# A sign for each piece of a page, of a plane that has none but private ones.
_FIRST, _LAST = 0xF0000, 0xFFFFD
_SIGN = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")
_OTHER = (
    rf"""<>&"'\x00-\x08\x0b-\x1f\x7f-\x9f{ZERO_WIDTH}\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff{chr(_FIRST)}-\U0010ffff"""
)
_HEAD, _TAIL = r"[^>]*>\s*(?:&[A-Za-z0-9]+;\s*)*", rf"\s*(?:[{_OTHER}][\s\S]*)?"
_HOLE = re.compile(rf"({_HEAD})([^\s{_OTHER}](?:[^{_OTHER}]*[^\s{_OTHER}])?)({_TAIL})")
_LINES = re.compile("<pre(?![a-z])", re.IGNORECASE)


def read(page: Decoded, content: str | None, bounds: Bounds | None) -> Marked:
    """What `read_marked` reads, sooner where a mould fits."""
    if len(page.text) > KEPT_LENGTH:
        return read_marked(page, content, bounds)
    kept = remembered(page.text.count("<"), content, bounds)
    mould = kept.mould  # looked up once: another thread may put its own there meanwhile
    texts = mould.texts(page) if mould else None
    if mould is None or texts is None:
        mould = kept.mould = Mould(page, content, bounds)
        return mould.read
    return mould.fill(texts) or read_marked(page, content, bounds)


class _Kept:
    """The mould of the last page with as many pieces; where its texts are none of the page, it is not tried out again."""

    mould: "Mould | None" = None


@lru_cache(maxsize=KEPT)
def remembered(_pieces: int, _content: str | None, _bounds: Bounds | None) -> _Kept:
    """Where the mould is kept of such pages."""
    return _Kept()


def _differing(one: str, other: str) -> tuple[int, Sequence[str], Sequence[str]]:
    """The pieces of two texts from the first to the last that is another one, and the number of the first of them."""
    same = _common(one, other)
    start = one.rfind("<", 0, same) + 1
    same_behind = min(_common(one[::-1], other[::-1]), min(len(one), len(other)) - same)
    next_piece = one.find("<", len(one) - same_behind)
    behind = len(one) - next_piece if next_piece >= 0 else 0
    was, now = (text[start : len(text) - behind].split("<") for text in (one, other))
    return one.count("<", 0, start), was, now


def _common(one: str, other: str) -> int:
    """How many signs two texts begin with together."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


class Mould:
    """What was read of a page, and where its texts stand in it; tried out when a second page is asked for."""

    def __init__(self, page: Decoded, content: str | None, bounds: Bounds | None) -> None:
        """Reads the page; arguments are those of `read_marked`, and so is what is raised."""
        self.read = read_marked(page, content, bounds)
        self._text, self._encoding = page.text, page.encoding
        self._content, self._bounds = content, bounds

    def texts(self, page: Decoded) -> dict[int, str] | None:
        """The texts of a page with as many pieces, by their numbers, where it differs in holes alone; else None."""
        found: dict[int, str] = {}
        first, was, now = _differing(self._text, page.text)
        for number, (old, new) in enumerate(zip(was, now, strict=True), first):
            if old != new:
                before, behind = _HOLE.fullmatch(old), _HOLE.fullmatch(new)
                if before is None or behind is None or before.group(1, 3) != behind.group(1, 3):
                    return None
                found[number] = behind[2]
        return found

    def fill(self, texts: Mapping[int, str]) -> Marked | None:
        """What is read of a page with these texts in place of the own ones; None where one of them is no text of the page."""
        parts, places = self._cast
        if not places.keys() >= texts.keys():
            return None
        filled = parts.copy()
        for number, text in texts.items():
            filled[places[number]] = text
        return self.read._replace(text="".join(filled))

    @cached_property
    def _cast(self) -> tuple[list[str], dict[int, int]]:
        """The marked text in parts, and by the numbers of pieces where in them their texts are; none where it fails."""
        signed = self._text.split("<")
        own = {number: hole for number, piece in enumerate(signed) if (hole := _HOLE.fullmatch(piece))}
        for number, hole in own.items():
            signed[number] = f"{hole[1]}{chr(_FIRST + number)}{hole[3]}"
        tried = self._tried("<".join(signed))
        parts = re.split(f"({_SIGN.pattern})", tried[0]) if tried else []
        places = {ord(sign) - _FIRST: place for place, sign in enumerate(parts) if place % 2}
        if tried is None or len(parts) != 2 * len(places) + 1 or not own.keys() >= places.keys():
            return [self.read.text], {}
        for number, place in places.items():
            parts[place] = own[number][2]
        if "".join(parts) != self.read.text:
            return [self.read.text], {}
        return parts, {number: place for number, place in places.items() if chr(_FIRST + number) not in tried[1]}

    def _tried(self, text: str) -> tuple[str, str] | None:
        """The marked text of a page, and all that its title hangs on; None where more hangs on what it says."""
        if _LINES.search(text) or "contains" in (self._content or ""):
            return None
        page = Decoded(text, text.encode("utf-8", "replace"), self._encoding)
        found = read_tree(page, self._content, self._bounds)
        if found is None or not is_found_by_markup(found[0], self._content):
            return None
        return found[1].text, "".join(titles(found[0]))
