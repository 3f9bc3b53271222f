"""Bytes to records, beside the trees that others build of the same bytes in the same run."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator

import lxml.html
from bs4 import BeautifulSoup

from pref_scraper import parse
from pref_scraper.parsing import forget

from .editions import longer, page

CAPTURES = 120


def figures() -> Iterator[str]:
    """A line per figure."""
    captures = [_edited(number) for number in range(CAPTURES)]
    parse(page())
    following = _ratios(parse, _tree, captures)
    noisy = _ratios(parse, _tree, [page().replace(b"0f3c9a1e5b7d", b"%012x" % number) for number in range(CAPTURES)])
    first = _ratios(_afresh, _tree, captures[::4])
    soup_first = _ratios(_afresh, _soup, captures[::6])
    parse(page())
    soup = _ratios(parse, _soup, captures[::6])
    yield (
        f"bytes to records, times the bare lxml tree: {_median(following)} for the next capture, edited in one place "
        f"(limit 2.0); {_median(noisy)} where only a token differs; {_median(first)} for a page never read before"
    )
    yield (
        f"bytes to records, times as fast as a BeautifulSoup tree alone: {1 / statistics.median(soup):.1f} for the next "
        f"capture, {1 / statistics.median(soup_first):.1f} for a page never read before (limit 7)"
    )
    wide = [_with_menu(body) for body in captures[::2]]
    yield (
        f"the same with a menu around it, {len(wide[0]) // 1000} KB: {_median(_ratios(parse, _tree, wide))} times the bare "
        f"tree, {1 / statistics.median(_ratios(parse, _soup, wide[::4])):.1f} times as fast as BeautifulSoup's"
    )
    ten = [_seconds(_afresh, _ten_times()) / _seconds(_afresh, page()) for _ in range(9)]
    yield f"ten times the page, no sentence twice: {_median(ten)} times as long (limit 11)"


def _edited(number: int) -> bytes:
    """The page with one of its sentences made longer, another one in each capture."""
    parts = page().decode().split("。")
    at = 1 + number * 7 % (len(parts) - 2)
    parts[at] += f"（{number}）"
    return "。".join(parts).encode()


def _with_menu(body: bytes) -> bytes:
    """The page within as much navigation as large sites have."""
    link = '<li class="item"><a href="/KENSEI/{0:05d}.htm" class="inner"><span>県政情報 {0}</span></a></li>\n'
    menu = "".join(link.format(number) for number in range(340))
    return body.replace(b'<div class="breadcrumb">', f'<ul id="menu">{menu}</ul>\n<div class="breadcrumb">'.encode())


def _ten_times() -> bytes:
    """Ten times the page, with no sentence twice."""
    sentences = longer(10).decode().split("。")
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


def _ratios(ours: Callable[[bytes], object], theirs: Callable[[bytes], object], bodies: list[bytes]) -> list[float]:
    """Ours to theirs, one directly after the other, so that a busy machine slows both."""
    return [_seconds(ours, body) / _seconds(theirs, body) for body in bodies]


def _seconds(run: Callable[[bytes], object], body: bytes) -> float:
    gc.collect()  # what the run before left behind is not this one's work
    start = time.perf_counter()
    run(body)
    return time.perf_counter() - start


def _median(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f}"
