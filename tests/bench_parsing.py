"""Bytes to records, beside the trees that others build of the same bytes, one directly after the other. What is remembered of a
page makes its next capture cheap; a page never read before is read with nothing remembered.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterator

import lxml.html
from bs4 import BeautifulSoup

from pref_scraper import parse
from pref_scraper.parsing import forget

from .editions import longer, page
from .figures import Figure, Growth, plain
from .pages import with_menu

CAPTURES = 120
_Run = Callable[[bytes], object]


def figures() -> Iterator[Figure | Growth]:
    """The next captures of a page, pages never read before, and pages of a menu; then growth."""
    captures = [_edited(number) for number in range(CAPTURES)]
    noisy = [page().replace(b"0f3c9a1e5b7d", b"%012x" % number) for number in range(CAPTURES)]
    wide = [with_menu(body) for body in captures[::2]]
    parse(page())
    yield _beside("the next capture, edited in one place", parse, captures, at_most=2)
    yield _beside("the next capture, another token", parse, noisy)
    yield _beside(f"the next capture with a menu around it, {len(wide[0]) // 1000} KB", parse, wide)
    yield _beside("a page never read before", _afresh, captures[::4])
    parse(page())
    yield _beside_soup("the next capture, edited in one place", parse, captures[::6], at_least=7)
    yield _beside_soup("the next capture with a menu around it", parse, wide[::4])
    yield _beside_soup("a page never read before", _afresh, captures[::6], at_least=7)
    bodies = {f"{times} times the page": _times(times) for times in (1, 10, 100)}
    costs = {
        times: statistics.median(_seconds(_afresh, body) for _ in range(5)) * 1000 for times, body in bodies.items()
    }
    yield Growth(what="a page never read before, no sentence twice", unit="ms", costs=costs)


def _beside(what: str, ours: _Run, bodies: list[bytes], *, at_most: float | None = None) -> Figure:
    own, theirs = _taken(ours, _tree, bodies)
    return Figure(
        what=what,
        ours=_told(own),
        other=f"the lxml tree alone: {_told(theirs)}",
        ratio=statistics.median(a / b for a, b in zip(own, theirs, strict=True)),
        at_most=at_most,
    )


def _beside_soup(what: str, ours: _Run, bodies: list[bytes], *, at_least: float | None = None) -> Figure:
    own, theirs = _taken(ours, _soup, bodies)
    return Figure(
        what=f"{what}, times as fast",
        ours=_told(own),
        other=f"the tree of BeautifulSoup(lxml) alone: {_told(theirs)}",
        ratio=statistics.median(b / a for a, b in zip(own, theirs, strict=True)),
        at_least=at_least,
    )


def _told(seconds: list[float]) -> str:
    return f"{plain(statistics.median(seconds) * 1000)} ms"


def _edited(number: int) -> bytes:
    """The page with one of its sentences made longer, another one in each capture."""
    parts = page().decode().split("。")
    at = 1 + number * 7 % (len(parts) - 2)
    parts[at] += f"（{number}）"
    return "。".join(parts).encode()


def _times(times: int) -> bytes:
    """So many times the page, with no sentence twice."""
    sentences = longer(times).decode().split("。")
    return (
        "。".join(f"{text}（{number}）" for number, text in enumerate(sentences[:-1])).encode() + sentences[-1].encode()
    )


def _afresh(body: bytes) -> None:
    forget()
    parse(body)


def _tree(body: bytes) -> None:
    lxml.html.document_fromstring(body)


def _soup(body: bytes) -> None:
    BeautifulSoup(body.decode(), "lxml")


def _taken(ours: _Run, theirs: _Run, bodies: list[bytes]) -> tuple[list[float], list[float]]:
    """Seconds of each, one directly after the other, so that a busy machine slows both."""
    pairs = [(_seconds(ours, body), _seconds(theirs, body)) for body in bodies]
    return [own for own, _ in pairs], [other for _, other in pairs]


def _seconds(run: _Run, body: bytes) -> float:
    gc.collect()  # what the run before left behind is not this one's work
    start = time.process_time()
    run(body)
    return time.process_time() - start
