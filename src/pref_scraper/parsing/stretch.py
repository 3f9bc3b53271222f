"""The marked text of a page to lines, a stretch at a time; pure.

A stretch goes from one fiscal year's heading to the next. Most stretches of a page stand
on its next capture as they did, so they are remembered: a page costs what is new on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from . import chrome
from .line import LINES, Line, count_characters

# Noncharacters of the last plane stand for structure in the text; none is ever a page's own.
BREAK, ITEM, END_ITEM, LIST, END_LIST = "\U0010ffe0\U0010ffe2\U0010ffe3\U0010ffe4\U0010ffe5"
BODY, END_BODY, ASIDE, END_ASIDE, FORM, END_FORM = "\U0010ffe6\U0010ffe7\U0010ffe8\U0010ffe9\U0010ffea\U0010ffeb"
MARKS = frozenset((ITEM, END_ITEM, LIST, END_LIST, BODY, END_BODY, ASIDE, END_ASIDE, FORM, END_FORM))

KEPT, KEPT_LENGTH = 256, 8_000
"""How many stretches are remembered, and how many characters one may have."""


class Placed(NamedTuple):
    """A line, the list item that it belongs to, and that item's list; None outside of lists.

    `number` is the line's among all of its stretch, from 0, of the body or not.
    """

    line: Line
    item: object | None
    within: object | None
    number: int


class Open(NamedTuple):
    """What is open at a place of the marked text: list items and lists, navigation, forms, the body."""

    in_body: bool
    items: tuple[object, ...] = ()
    lists: tuple[object, ...] = ()
    asides: int = 0
    forms: int = 0

    def after(self, mark: str) -> "Open":
        """What is open behind a mark."""
        in_body, items, lists, asides, forms = self
        if mark == ITEM:
            items = (*items, object())
        elif mark == END_ITEM:
            items = items[:-1]
        elif mark == LIST:
            lists = (*lists, object())
        elif mark == END_LIST:
            lists = lists[:-1]
        elif mark in (BODY, END_BODY):
            in_body = mark == BODY
        elif mark in (ASIDE, END_ASIDE):
            asides += 1 if mark == ASIDE else -1
        else:
            forms += 1 if mark == FORM else -1
        return Open(in_body, items, lists, asides, forms)


@dataclass(slots=True, eq=False)
class Stretch:
    """The lines of a stretch: of the body, in forms of the body, and around it; and what is open behind it.

    `chrome` are lines inside the body that are none of it; where one of them `ends` the body,
    so are all behind it. `text` and `characters` are those of the body that is left; `lines` is
    how many there are in all.
    """

    body: Sequence[Placed]
    chrome: Sequence[Placed]
    in_form: Sequence[Placed]
    around: Sequence[Placed]
    ends: bool
    open: Open
    text: str
    characters: int
    lines: int

    def length(self) -> int:
        """How many characters the body's lines take in the visible text, each with its end."""
        return len(self.text) + bool(self.body)


def pieces(text: str) -> Iterator[str]:
    """The lines and marks of a marked text."""
    return filter(None, map(str.strip, text.split(BREAK)))


def read_stretches(text: str, *, has_body: bool) -> list[Stretch]:
    """The stretches of a marked text; where no element is its body, all of it is."""
    found: list[Stretch] = []
    opened = Open(in_body=not has_body)
    for part in _parts(f"{text}{BREAK}"):
        read = remembered if len(part) <= KEPT_LENGTH else _read_stretch
        found.append(read(part, opened))
        opened = found[-1].open
    return found


def _parts(text: str) -> Iterator[str]:
    """A text of which every line ends, cut before each heading of a fiscal year."""
    begin = end = 0
    while (sign := text.find("年", end)) >= 0:
        start, end = text.rfind(BREAK, 0, sign) + 1, text.index(BREAK, sign)
        if LINES[text[start:end].strip()].year is not None:
            yield text[begin:start]
            begin = start
    yield text[begin:]


def _read_stretch(part: str, opened: Open) -> Stretch:
    body: list[Placed] = []
    around: list[Placed] = []
    in_form: list[Placed] = []
    number = 0
    for piece in pieces(part):
        if piece in MARKS:
            opened = opened.after(piece)
        elif (line := LINES[piece]).text:
            item = opened.items[-1] if opened.items else None
            within = opened.lists[-1] if opened.lists else None
            is_around = not opened.in_body or opened.asides
            (around if is_around else in_form if opened.forms else body).append(Placed(line, item, within, number))
            number += 1
    return _trimmed(body, in_form, around, opened, number)


remembered = lru_cache(maxsize=KEPT)(_read_stretch)


def _trimmed(body: list[Placed], in_form: list[Placed], around: list[Placed], opened: Open, lines: int) -> Stretch:
    """The stretch without the chrome that sites put inside the body."""
    end = next((number for number, placed in enumerate(body) if placed.line.trailer == chrome.END), len(body))
    kept = [placed for placed in body[:end] if placed.line.trailer is None]
    facts = [placed for placed in body[:end] if placed.line.trailer == chrome.FACT]
    text = "\n".join([placed.line.text for placed in kept])
    return Stretch(
        body=kept,
        chrome=[*facts, *body[end:]],
        in_form=in_form,
        around=around,
        ends=end < len(body),
        open=opened,
        text=text,
        characters=count_characters(text),
        lines=lines,
    )
