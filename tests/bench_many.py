"""A run over thousands of pages: how it grows from 50 to 500 to 5,000, and how soon hosts that rest let others go first.

The pages are small and lie on 250 hosts on loopback; what is counted is the processor's time and the memory of the whole command.
Above a limit of time stands what eight hosts at once need at least, when each answers after 0.2 s and rests for 1 s.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .figures import Figure, Growth
from .measured import Measured, measured
from .town import settings, town

HOSTS = 250
SIZES = (50, 500, 5_000)
SCRIPT = Path(sys.executable).with_name("pref-scraper")
_SECONDS, _DELAY, _AT_ONCE = 0.2, 1, 8


def figures() -> Iterator[Figure | Growth]:
    """Memory of 5,000 pages beside 500; the time that hosts with a distance need; how both runs grow."""
    with town(HOSTS) as origins:
        runs = {pages: two_runs(origins, pages) for pages in SIZES}
    for number, name in enumerate(("first", "second")):
        few, many = runs[500][number], runs[5_000][number]
        yield Figure(
            what=f"memory of a {name} run over 5,000 pages",
            ours=f"{many.megabytes:.0f} MB",
            other=f"over 500: {few.megabytes:.0f} MB",
            ratio=many.megabytes / few.megabytes,
            at_most=1.4,
        )
    yield _rested()
    for number, name in enumerate(("first", "second")):
        costs = {f"{pages:,} pages": both[number].cpu * 1000 / pages for pages, both in runs.items()}
        yield Growth(what=f"CPU of a {name} run, start included", unit="ms a page", costs=costs)


def two_runs(origins: list[str], pages: int, delay: float = 0) -> list[Measured]:
    """The first run over so many pages, and one that finds nothing new."""
    with tempfile.TemporaryDirectory(prefix="pref-scraper-") as folder:
        (Path(folder) / "sources.toml").write_text(settings(origins, pages, delay), "utf-8")
        runs = [measured(SCRIPT, "run", where=Path(folder), timeout=3600) for _ in range(2)]
    assert [run.code for run in runs] == [0, 0], runs
    assert runs[1].stdout.splitlines()[-1] == f"{pages} sources: {pages} not_modified"
    return runs


def _rested() -> Figure:
    pages = 4 * HOSTS
    with town(HOSTS, _SECONDS) as origins:
        first, _ = two_runs(origins, pages, _DELAY)
    least = (pages + HOSTS) * _SECONDS / _AT_ONCE
    return Figure(
        what=f"{pages:,} pages on {HOSTS} hosts that rest for {_DELAY} s, first run",
        ours=f"{first.seconds:.0f} s",
        other=f"at least {least:.0f} s",
        ratio=first.seconds / least,
        at_most=2,
    )
