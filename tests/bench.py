"""`make bench`: figures as ratios in one run; times alone mean nothing on a shared machine."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import lxml.html
from bs4 import BeautifulSoup

from pref_scraper import parse

from .editions import longer, page

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
    body, html = page(), page().decode()
    tree = _median(lambda: lxml.html.document_fromstring(body), 200)
    soup = _median(lambda: BeautifulSoup(html, "lxml"), 20)
    ours = _median(lambda: parse(body), 100)
    ten = longer(10)
    print(f"ten times the page: {_median(lambda: parse(ten), 10) / ours:.1f} times as long (limit 11)")
    print(
        f"bytes to records: {ours / tree:.2f} times the bare lxml tree, a BeautifulSoup tree alone {soup / tree:.1f} times"
    )


if __name__ == "__main__":
    main()
