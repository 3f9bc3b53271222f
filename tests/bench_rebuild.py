"""archive.db made anew from WARC files that hold daily visits to 200 sources, each with a page of its own of 38 KB
(`tests/daily.py`). What unchanged visits find is assumed, since it is the site's: in the mix *token* each is answered 200 with the
whole page, in which a token is another one; in the mix *unchanged* two of three are answered 304 and the others 200 with the
same bytes. In both, one visit in a hundred finds two of 170 records edited. In the mix *edited* every visit does, and a few of the
sources are enough. The limit is the time of a small program that only reads the files, inflates each record and hashes it. Growth is
in sources; each has 500 captures.
"""

import statistics
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import daily
from .bench_pipeline import SCRIPT
from .figures import Figure, Growth, plain
from .measured import Measured, measured, pinned
from .peers import PEERS
from .tools import ROOT

SOURCES, DAYS = 200, 500
EDITED_SOURCES, SOUP_SOURCES = 10, 2
ROUNDS = 1


def figures() -> Iterator[Figure | Growth]:
    """Of both mixes of unchanged visits, then where every text differs."""
    with tempfile.TemporaryDirectory(prefix="pref-scraper-") as folder:
        for mix in ("token", "unchanged"):
            yield from _unchanged(Path(folder) / mix, mix)
        yield from _edited(Path(folder) / "edited")


def _unchanged(folder: Path, mix: str) -> Iterator[Figure | Growth]:
    sizes = {sources * DAYS: _written(folder / str(sources), sources, DAYS, mix) for sources in (2, 20, SOURCES)}
    rebuilt = {captures: _rebuilt(where) for captures, where in sizes.items()}
    captures, whole = SOURCES * DAYS, sizes[SOURCES * DAYS]
    least = pinned(PEERS, "-m", "tests.peers.inflating", whole / "snapshots", where=ROOT)
    ours = rebuilt[captures]
    yield Figure(
        what=f"rebuild of {captures:,} captures, mix {mix}",
        ours=f"{ours.cpu:.0f} CPU s",
        other=f"reading, inflating and hashing alone: {least.cpu:.1f}",
        ratio=ours.cpu / least.cpu,
        at_most=2,
    )
    tenth = _written(folder / "few", SOURCES, DAYS // 10, mix)
    few = _rebuilt(tenth)
    yield Figure(
        what=f"most memory in it, mix {mix}",
        ours=f"{ours.megabytes:.0f} MB",
        other=f"of {captures // 10:,} captures of as many sources: {few.megabytes:.0f} MB",
        ratio=ours.megabytes / few.megabytes,
        at_most=1.2,
    )
    loads = [pinned(SCRIPT, "load", where=where).cpu for where in (whole, tenth)]
    yield Figure(
        what=f"a load of nothing new behind it, mix {mix}",
        ours=f"{plain(loads[0])} CPU s",
        other=f"behind {captures // 10:,} captures of as many sources: {plain(loads[1])}",
        ratio=loads[0] / loads[1],
        at_most=1.2,
    )
    yield _bytes("snapshots/", mix, {captures: _size(where / "snapshots") for captures, where in sizes.items()})
    yield _bytes("archive.db", mix, {captures: _size(where / "archive.db") for captures, where in sizes.items()})
    yield Growth(
        what=f"rebuild, mix {mix}", unit="CPU s", costs=_by_captures({n: one.cpu for n, one in rebuilt.items()})
    )
    yield Growth(
        what=f"its most memory, mix {mix}",
        unit="MB",
        costs=_by_captures({n: one.megabytes for n, one in rebuilt.items()}),
    )


def _bytes(what: str, mix: str, sizes: Mapping[int, int]) -> Growth:
    costs = {captures: size / captures for captures, size in sizes.items()}
    return Growth(what=f"{what} per capture, mix {mix}", unit="bytes", costs=_by_captures(costs))


def _by_captures(costs: Mapping[int, float]) -> dict[str, float]:
    return {f"{captures:,}": cost for captures, cost in costs.items()}


def _edited(folder: Path) -> Iterator[Figure]:
    where = _written(folder / "whole", EDITED_SOURCES, DAYS, "edited")
    captures = EDITED_SOURCES * DAYS
    rounds = [(_with_workers(where, 1), _with_workers(where, 2)) for _ in range(ROUNDS)]
    one, two = (statistics.median(each) for each in zip(*((a.seconds, b.seconds) for a, b in rounds), strict=True))
    yield Figure(
        what=f"rebuild of {captures:,} captures, every text edited, with two workers, by the clock",
        ours=f"{two:.0f} s",
        other=f"with one: {one:.0f} s",
        ratio=statistics.median(a.seconds / b.seconds for a, b in rounds),
        at_least=1.7,
    )
    some = _written(folder / "some", SOUP_SOURCES, DAYS, "edited")
    ours = [_rebuilt(some) for _ in range(ROUNDS)]
    soups = [_soup(some) for _ in range(ROUNDS)]
    each = statistics.median(one.cpu for one in ours) / (SOUP_SOURCES * DAYS)
    theirs = statistics.median(one.cpu for one in soups) / (SOUP_SOURCES * DAYS)
    yield Figure(
        what=f"rebuild of {SOUP_SOURCES * DAYS:,} captures, every text edited",
        ours=f"{plain(each * 1000)} CPU ms a capture",
        other=f"warcio, BeautifulSoup(lxml), sqlite3: {plain(theirs * 1000)}",
        ratio=theirs / each,
        at_least=12,
    )


def _written(where: Path, sources: int, days: int, mix: str) -> Path:
    daily.write(where / "snapshots", sources=sources, days=days, mix=mix)
    return where


def _rebuilt(where: Path) -> Measured:
    """On one core."""
    return pinned(SCRIPT, "rebuild", "--workers", "1", where=where)


def _with_workers(where: Path, workers: int) -> Measured:
    return measured(SCRIPT, "rebuild", "--workers", str(workers), where=where, timeout=3600)


def _soup(where: Path) -> Measured:
    (where / "pages.db").unlink(missing_ok=True)
    return pinned(PEERS, "-m", "tests.peers.rebuild_soup", where, where=ROOT)


def _size(path: Path) -> int:
    return sum(one.stat().st_size for one in [path, *path.rglob("*")] if one.is_file())
