"""The whole way of a page, beside what others would take for it: asked for, archived, read, stored. The pages have 71 KB and 169
rows each; all of the peers but urlwatch read the same rows, by one small grammar (`tests/peers/grammar.py`), and store them. Ours also
keeps what crossed the wire, recognises each record in later captures, and makes it found by search; Scrapy and urlwatch keep no page.
Everything runs on one core, in processes of its own, from their start to their end; the site runs on another, on loopback.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
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


def compared(kind: str, captures: int, others: Sequence[str], rounds: int = ROUNDS) -> Iterator[Figure]:
    """Ours beside these others, taken in turns."""
    with farm(captures, kind) as urls, tempfile.TemporaryDirectory(prefix="pref-scraper-") as folder:
        taken: dict[str, list[Measured]] = {}
        for number in range(rounds):
            where = Path(folder) / str(number)
            for name, one in _round(where, urls, others):
                taken.setdefault(name, []).append(one)
    speeds = {name: statistics.median(_count(name, captures) / one.cpu for one in all_) for name, all_ in taken.items()}
    megabytes = {name: max(one.megabytes for one in all_) for name, all_ in taken.items()}
    ours = f"{plain(speeds['first'])} captures/CPU s"
    for name in others:
        label, _, limit = _OTHERS[name]
        yield Figure(
            what=f"first visits of {captures:,} pages, {KINDS[kind]}",
            ours=f"{ours}, {megabytes['first']:.0f} MB",
            other=f"{label}: {plain(speeds[name])}, {megabytes[name]:.0f} MB",
            ratio=_middle(taken, "first", name, captures),
            at_least=limit,
        )
    yield Figure(
        what="a second visit to them, each answered 304",
        ours=f"{plain(speeds['second'])} captures/CPU s, {megabytes['second']:.0f} MB",
        other=f"the first: {plain(speeds['first'])}",
        ratio=_middle(taken, "second", "first", captures),
        at_least=8,
    )


def _middle(taken: dict[str, list[Measured]], one: str, other: str, captures: int) -> float:
    """How many times as fast the one is as the other, round by round; the median."""
    pairs = zip(taken[one], taken[other], strict=True)
    counts = _count(one, captures) / _count(other, captures)
    return statistics.median(counts * its.cpu / own.cpu for own, its in pairs)


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
