"""Which characters of a page's tree a stretch of its visible text was read from.

In goes a page, and `start` and `end` in its visible text; out comes its tree with the places in it.
Between the tree and the visible text white space comes and goes and whole lines are left out, but
what is printed stays as it is and in its order. So the printed characters are numbered, and those
of a line have the same numbers in the tree. Nothing is searched for: a figure that is printed
twice is found where it was read.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from lxml import etree

from .bounds import Bounds
from .document import HIDDEN, ZERO_WIDTH, Document, read_document, read_tree, text_of, visible_text
from .encoding import Decoded
from .line import CELL, LINES
from .stretch import BREAK, MARKS, pieces

HIDDEN_NAMES = frozenset(HIDDEN.split("|"))
"""Elements whose text is not visible text, unless they stand in <pre>."""

OUR_MARKS = "".join((*MARKS, BREAK, CELL))
"""What the reading of a page may leave in its tree."""

Span = tuple[int, int]
Slot = tuple[etree._Element, bool]
"""A text of the tree: that at the beginning of an element, or, where the second is true, behind it."""

_BLANK = re.compile(rf"[\s{ZERO_WIDTH}{OUR_MARKS}]+")
_PRINTED = re.compile(rf"[^\s{ZERO_WIDTH}{OUR_MARKS}]")


@dataclass(frozen=True, slots=True)
class Origin:
    """A page's tree, and by text of it the stretches that are meant, as places in that text.

    `above` is the page's title where it is meant and stands nowhere in what the page shows.
    """

    root: etree._Element
    hits: Mapping[Slot, Sequence[Span]]
    above: str | None


class _Printed(NamedTuple):
    """A line of the body: its place in the visible text, and the number of its first printed character."""

    start: int
    text: str
    first: int


def find_origin(
    page: Decoded, content: str | None, start: int, end: int, bounds: Bounds | None = None
) -> Origin | None:
    """Where `start` to `end` of a page's visible text stands; None for a page without any markup or text.

    A title that stands above the body is one thing: all of it is meant, or nothing. Raises TooMuch
    for a page beyond the `bounds`.
    """
    found = read_tree(page, content, bounds)
    if found is None:
        return None
    root, marked = found
    document = read_document(marked)
    _, before = visible_text(document)
    hits = _hits(root, _wanted(_lines(marked.text, document, before), start, end))
    title = document.title if start < min(end, before) else None
    of_title = _title_hits(root, title) if title else {}
    return Origin(root=root, hits={**of_title, **hits}, above=None if of_title else title)


def walk(root: etree._Element, hidden: frozenset[str] = HIDDEN_NAMES) -> Iterator[tuple[etree._Element, bool, bool]]:
    """Each element of a tree twice, at its beginning and at its end; whether it is the end, and whether it is hidden.

    Nothing within an element that is hidden is given; in <pre> nothing is.
    """
    steps = etree.iterwalk(root, events=("start", "end"))
    preformatted = 0
    for event, element in steps:
        is_end = event == "end"
        if element.tag == "pre":
            preformatted += -1 if is_end else 1
        is_hidden = not preformatted and element.tag in hidden
        if is_hidden and not is_end:
            steps.skip_subtree()
        yield element, is_end, is_hidden


def texts(root: etree._Element) -> Iterator[tuple[Slot, str]]:
    """The texts of an element that are visible text, in their order."""
    for element, is_end, is_hidden in walk(root):
        text = element.tail if is_end and element is not root else None if is_end or is_hidden else element.text
        if text:
            yield (element, is_end), text


def _lines(marked: str, document: Document, start: int) -> Iterator[_Printed]:
    """The lines of the body, of which the first stands at `start`."""
    all_lines = (piece for piece in pieces(marked) if piece not in MARKS and LINES[piece].text)
    firsts = [0, *accumulate(map(_count, all_lines))]
    number = 0
    for stretch in document.body:
        for placed in stretch.body:
            yield _Printed(start, placed.line.text, firsts[number + placed.number])
            start += placed.line.length + 1
        number += stretch.lines


def _count(text: str) -> int:
    return len(_BLANK.sub("", text))


def _wanted(lines: Iterator[_Printed], start: int, end: int) -> list[Span]:
    """The numbers of the printed characters from `start` to `end`; those that follow each other are one span."""
    found: list[Span] = []
    for line in lines:
        before, within = line.text[: max(start - line.start, 0)], line.text[: max(end - line.start, 0)]
        first, behind = line.first + _count(before), line.first + _count(within)
        if found and found[-1][1] == first:
            first, _ = found.pop()
        if first < behind:
            found.append((first, behind))
    return found


def _hits(root: etree._Element, wanted: Sequence[Span]) -> dict[Slot, Sequence[Span]]:
    """By text of the tree, where the printed characters of these numbers stand in it."""
    hits: dict[Slot, Sequence[Span]] = {}
    ends = [behind for _, behind in wanted]
    number = 0
    for slot, text in texts(root):
        count, near = _count(text), bisect_right(ends, number)
        if count and near < len(wanted) and wanted[near][0] < number + count:
            hits[slot] = list(_spans(text, number, wanted[near:]))
        number += count
    return hits


def _spans(text: str, number: int, wanted: Sequence[Span]) -> Iterator[Span]:
    """The stretches of a text, whose first printed character has this number, that hold those of the wanted numbers."""
    places = [found.start() for found in _PRINTED.finditer(text)]
    for first, behind in wanted:
        if first >= number + len(places):
            return
        inside = places[max(first - number, 0) : behind - number]
        yield inside[0], inside[-1] + 1


def _title_hits(root: etree._Element, title: str) -> dict[Slot, Sequence[Span]]:
    """The texts of the heading that is the title; empty where the page shows none, as for that of <title>."""
    for heading in root.iter("h1"):
        if text_of(heading) == title and not any(parent.tag in HIDDEN_NAMES for parent in heading.iterancestors()):
            return {slot: [(0, len(text))] for slot, text in texts(heading) if _count(text)}
    return {}
