"""The start of a command, by the clock, beside that of a bare interpreter."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .bench_pipeline import SCRIPT
from .figures import Figure, limited
from .peers import PEERS

STARTS = 10


def figures() -> Iterator[Figure]:
    """What a help page takes, and what those of others take."""
    bare = _median(sys.executable, "-c", "pass")
    yield limited("`pref-scraper --help` beyond a bare interpreter", _median(SCRIPT, "--help") - bare, "ms", 100)
    for other in ("scrapy", "sqlite-utils", "urlwatch", "git-history"):
        ours, theirs = _median(SCRIPT, "--help"), _median(PEERS.with_name(other), "--help")
        yield Figure(what="`--help`", ours=f"{ours:.0f} ms", other=f"{other}: {theirs:.0f} ms", ratio=ours / theirs)


def _median(*words: str | Path) -> float:
    """Milliseconds."""
    times = []
    for _ in range(STARTS):
        start = time.perf_counter()
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)
