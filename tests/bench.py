"""`make bench`: figures as ratios in one run; times alone mean nothing on a shared machine."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import bench_archive, bench_browse, bench_fetch, bench_history, bench_identity, bench_pack, bench_parsing

SCRIPT = Path(sys.executable).with_name("pref-scraper")


def _median(function: Callable[[], object], runs: int) -> float:
    """Milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def _process(*words: str | Path) -> Callable[[], object]:
    return lambda: subprocess.run(words, stdout=subprocess.DEVNULL, check=True)


def main() -> None:
    """Prints a line per figure."""
    bare = _median(_process(sys.executable, "-c", "pass"), 20)
    help_ = _median(_process(SCRIPT, "--help"), 20)
    print(f"pref-scraper --help: {help_ - bare:.0f} ms beyond a bare interpreter's {bare:.0f} ms (limit 100)")
    for part in (bench_parsing, bench_identity, bench_history, bench_archive, bench_pack, bench_fetch, bench_browse):
        for line in part.figures():
            print(line, flush=True)


if __name__ == "__main__":
    main()
