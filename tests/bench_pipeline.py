"""The whole way of a page, beside what others would take for it: asked for, archived, read, stored. The pages have 71 KB and 169
rows each; all of the peers but urlwatch read the same rows, by one small grammar (`tests/peers/grammar.py`), and store them. Ours
also keeps what crossed the wire, recognises each record in later captures, and makes it found by search; Scrapy and urlwatch keep
no page. First visits happen once. In those that come after them each answer has another token in it, and one in a hundred says
something else: ours write what is new, the others all that the page says. Everything runs on one core, in processes of its own,
from their start to their end; the site runs on another, on loopback.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .farm import farm
from .figures import Figure, plain
from .measured import Measured, pinned
from .peers import PEERS
from .tools import ROOT

CAPTURES, ROUNDS = 1_000, 1
SCRIPT = Path(sys.executable).with_name("pref-scraper")

# Each peer, with how many of the pages it is given, and how many times its captures a CPU second ours have to be.
_OTHERS = {
    "scrapy_sqlite": ("Scrapy, parsel, SQLite (keeps no page)", 1.0, 2.5),
    "untuned": ("httpx, warcio, BeautifulSoup(lxml), sqlite-utils, untuned", 0.2, 6),
    "wget_soup": ("wget --warc-file, then warcio, BeautifulSoup(lxml), sqlite3", 0.2, None),
    "urlwatch_text": ("urlwatch (keeps text, reads no rows)", 0.2, None),
}
KINDS = {"other": "no sentence of any in another", "alike": "the same sentences in all, other figures"}


def figures() -> Iterator[Figure]:
    """A figure per peer, for pages of both kinds; the second visit; memory."""
    for kind in KINDS:
        yield from compared(kind, CAPTURES, tuple(_OTHERS) if kind == "other" else ("scrapy_sqlite",))
    yield from later(CAPTURES, tuple(_OTHERS))


def compared(kind: str, captures: int, others: Sequence[str], rounds: int = ROUNDS) -> Iterator[Figure]:
    """First visits beside these others, taken in turns, and a second visit beside the first."""
    taken = _taken(kind, captures, others, rounds)
    for name in others:
        yield taken.beside("first", name, f"first visits of {captures:,} pages, {KINDS[kind]}")
    yield Figure(
        what="a second visit to them, each answered 304",
        ours=taken.said("second", "captures/CPU s"),
        other=f"the first: {plain(taken.speed('first'))}",
        ratio=taken.middle("second", "first"),
        at_least=8,
    )


def later(captures: int, others: Sequence[str], rounds: int = ROUNDS) -> Iterator[Figure]:
    """Visits to pages that were visited before, beside these others."""
    taken = _taken("daily", captures, others, rounds)
    for name in others:
        yield taken.beside("second", name, f"later visits to {captures:,} pages, another token in each, 1 % edited")


@dataclass(frozen=True, slots=True)
class _Taken:
    """What each command took, round by round, for so many captures."""

    captures: int
    rounds: dict[str, list[Measured]]

    def beside(self, own: str, name: str, what: str) -> Figure:
        label, _, limit = _OTHERS[name]
        return Figure(
            what=what,
            ours=self.said(own, "captures/CPU s"),
            other=f"{label}: {self.said(name)}",
            ratio=self.middle(own, name),
            at_least=limit,
        )

    def said(self, name: str, unit: str = "") -> str:
        megabytes = max(one.megabytes for one in self.rounds[name])
        return f"{f'{plain(self.speed(name))} {unit}'.strip()}, {megabytes:.0f} MB"

    def speed(self, name: str) -> float:
        """Captures a CPU second; the median."""
        return statistics.median(_count(name, self.captures) / one.cpu for one in self.rounds[name])

    def middle(self, one: str, other: str) -> float:
        """How many times as fast the one is as the other, round by round; the median."""
        pairs = zip(self.rounds[one], self.rounds[other], strict=True)
        counts = _count(one, self.captures) / _count(other, self.captures)
        return statistics.median(counts * its.cpu / own.cpu for own, its in pairs)


def _taken(kind: str, captures: int, others: Sequence[str], rounds: int) -> _Taken:
    taken: dict[str, list[Measured]] = {}
    with farm(captures, kind) as urls, tempfile.TemporaryDirectory(prefix="pref-scraper-") as folder:
        for number in range(rounds):
            for name, one in _round(Path(folder) / str(number), urls, others):
                taken.setdefault(name, []).append(one)
    return _Taken(captures, taken)


def _count(name: str, captures: int) -> int:
    return int(captures * _OTHERS[name][1]) if name in _OTHERS else captures


def _round(where: Path, urls: Sequence[str], others: Sequence[str]) -> Iterator[tuple[str, Measured]]:
    ours = where / "ours"
    ours.mkdir(parents=True)
    (ours / "sources.toml").write_text(toml(urls), "utf-8")
    yield "first", pinned(SCRIPT, "run", where=ours)
    for name in others:
        folder = where / name
        folder.mkdir()
        (folder / "urls.txt").write_text("".join(f"{url}\n" for url in urls[: _count(name, len(urls))]), "utf-8")
        yield name, pinned(PEERS, "-m", f"tests.peers.{name}", folder, where=ROOT)
    yield "second", pinned(SCRIPT, "run", where=ours)


def toml(urls: Sequence[str]) -> str:
    """A sources.toml of these pages."""
    stanza = '[[source]]\nid = "s-{0:04}"\nurl = "{1}"\nname = "第{0}頁"\ndelay_seconds = 0\n'
    return "".join(stanza.format(number, url) for number, url in enumerate(urls))
