"""Search in Japanese, where words are not parted by spaces: text to grams, query to grams, hits in the text; pure.

A full-text index knows words, and to it a Japanese sentence is one. So every stretch of 1 to
LONGEST signs of a text, a gram, is made a word of the index: what is typed is found wherever it
stands, if only one sign long, and nothing else is. A longer word is looked for by the grams that
cover it; whether these stand side by side, `find` says.

Text and query are taken in one form, `fold`: without width, case and kinds of white space.
A query is words, all of which must stand in a text; "in quotes" is one word, spaces and all.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from .japanese import width

LONGEST = 12
"""Signs of the longest gram. Each more makes the index larger by a tenth."""

BETWEEN_GRAMS = "\n"
"""Parts the grams of a text: a sign that no folded text has."""

_PRINTED = "".join(map(chr, range(0x20, 0x7F))).replace("'", "''").replace('"', '""')
TOKENIZE = f"ascii tokenchars '{_PRINTED}'"
"""FTS5's quickest tokenizer, made to take all that stands between two control characters for one word."""

KEPT, KEPT_LENGTH = 128, 100
"""Of how many texts the grams are remembered, and how many signs one may have: some 2 MB at the most."""

AROUND = 30
"""Signs of a snippet before and behind a hit."""

# What is folded together: a run of white space, or a sign with the marks that may melt into it.
_CLUSTER = re.compile(r"\s+|(?s:.)[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*")
# Control characters part words; of half the surrogates and the last plane SQLite knows nothing.
_UNSEARCHABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\U00100000-\U0010ffff]")
_WORD = re.compile(r'["＂]([^"＂]*)(?:["＂]|$)|([^\s"＂]+)')


class Span(NamedTuple):
    """`text[start:end]`."""

    start: int
    end: int


class Piece(NamedTuple):
    """A part of a snippet, and whether it is what was looked for."""

    text: str
    is_hit: bool


def fold(text: str) -> str:
    """The form in which text is searched: `ＮＰＯ法人　認証` is `npo法人 認証`."""
    return "".join(map(_fold, _CLUSTER.findall(text)))


@lru_cache(maxsize=10_000)
def _fold(cluster: str) -> str:
    plain = " " if cluster.isspace() else width.fold(cluster).casefold()
    return _UNSEARCHABLE.sub("\ufffd", plain)


def grams(texts: Iterable[str]) -> str:
    """What the index holds of a record's texts: every gram of each, none across two texts."""
    parts = [(_remembered if len(text) <= KEPT_LENGTH else _grams)(text) for text in dict.fromkeys(texts)]
    return BETWEEN_GRAMS.join(filter(None, parts))


def _grams(text: str) -> str:
    folded = fold(text)
    length = len(folded)
    return BETWEEN_GRAMS.join(
        [folded[at : at + size] for size in range(1, LONGEST + 1) for at in range(length - size + 1)]
    )


# A project's name stands with each of its figures.
_remembered = lru_cache(maxsize=KEPT)(_grams)


def words(query: str) -> tuple[str, ...]:
    """The folded words of a query, each once; none where it is empty."""
    typed = (fold(quoted or bare).strip() for quoted, bare in _WORD.findall(query))
    return tuple(dict.fromkeys(word for word in typed if word))


def expression(wanted: Iterable[str]) -> str:
    """The words for FTS5's MATCH; of a word longer than LONGEST, grams that cover it. Without a word, it finds nothing."""
    covering = dict.fromkeys(gram for word in wanted for gram in _cover(word))
    return " AND ".join('"{}"'.format(gram.replace('"', '""')) for gram in covering) or '""'


def _cover(word: str) -> Iterator[str]:
    """As few grams as cover a word, the last one up to its end."""
    last = max(0, len(word) - LONGEST)
    for start in (*range(0, last, LONGEST), last):
        yield word[start : start + LONGEST]


def find(text: str, wanted: Iterable[str]) -> list[Span]:
    """Where any of the words stands in a text as printed, in order; overlapping hits are one."""
    clusters = _CLUSTER.findall(text)
    folded = [_fold(cluster) for cluster in clusters]
    whole, starts = "".join(folded), list(accumulate(map(len, folded), initial=0))
    places = list(accumulate(map(len, clusters), initial=0))
    hits = [
        Span(places[bisect_right(starts, at) - 1], places[bisect_right(starts, at + len(word) - 1)])
        for word in wanted
        for at in _occurrences(whole, word)
    ]
    return _joined(hits)


def _occurrences(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _joined(spans: Iterable[Span], gap: int = 0) -> list[Span]:
    """The spans in order, those that overlap or lie no further apart than the gap made one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start < found[-1].end + gap:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def snippet(text: str, hits: Sequence[Span], around: int = AROUND) -> list[Piece]:
    """The text around its first hits, with `…` for what is left out; its beginning where there is no hit.

    At most three stretches, so that a word that stands everywhere gives no whole page.
    """
    stretches = _joined((Span(max(0, hit.start - around), hit.end + around) for hit in hits), gap=1)[:3]
    pieces: list[Piece] = []
    at = 0
    for stretch in stretches or [Span(0, 2 * around)]:
        start, end = stretch.start, min(stretch.end, len(text))
        pieces += [Piece("…", is_hit=False)] * (start > at)
        pieces += _marked(text, Span(start, end), [hit for hit in hits if start <= hit.start < end])
        at = end
    return pieces + [Piece("…", is_hit=False)] * (at < len(text))


def _marked(text: str, stretch: Span, hits: Iterable[Span]) -> Iterator[Piece]:
    at = stretch.start
    for hit in hits:
        if at < hit.start:
            yield Piece(text[at : hit.start], is_hit=False)
        yield Piece(text[hit.start : hit.end], is_hit=True)
        at = hit.end
    if at < stretch.end:
        yield Piece(text[at : stretch.end], is_hit=False)
