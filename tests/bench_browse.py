"""Each page of `serve` on an archive of 200 sources and 10,000 captures: the median of warm answers, by the clock, as a browser
asks for them.

`python -m tests.bench_browse` asks for the pages alone, `… /search /archive` for those whose paths contain a word.
"""

import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import httpx

from pref_scraper import views
from pref_scraper.archive import Archive
from pref_scraper.browse import links
from pref_scraper.browse.questions import QUESTIONS
from pref_scraper.sources import Directory
from pref_scraper.written import VERSION

from .figures import Figure, Growth, limited
from .large import CAPTURES, SOURCES, archive, kept_or_made, source
from .test_serve import served

SCRIPT = Path(sys.executable).with_name("pref-scraper")
LIMIT = 200
"""Milliseconds that a page may take."""

ASKED = 15
SOURCE = source(100).id
WORDS = ("協働", "予算", "ＮＰＯ", "県", "みえ県民交流センターにおいて、県民の多様な活動や交流の促進をはかる")


def figures() -> Iterator[Figure | Growth]:
    """The slowest of all pages, those of search, and how search grows."""
    with kept_or_made() as directory:
        times = measured(directory)
    slowest = max(times, key=lambda path: times[path])
    yield limited(f"the slowest of {len(times)} kinds of page: {_readable(slowest)}", times[slowest], "ms", LIMIT)
    for path in _searches():
        yield limited(f"`{_readable(path)}`", times[path], "ms", LIMIT)
    searched = {sources: _search(sources) for sources in (2, 20)} | {SOURCES: times[_searches()[0]]}
    costs = {f"{sources * CAPTURES:,} captures": found for sources, found in searched.items()}
    yield Growth(what=f"`{_readable(_searches()[0])}`", unit="ms", costs=costs)


def _search(sources: int) -> float:
    """Milliseconds of the first search in a smaller archive."""
    with tempfile.TemporaryDirectory(prefix="pref-scraper-") as folder:
        directory = archive(Path(folder), sources=sources)
        with served(SCRIPT, "serve", "--port", "0", where=directory.path) as client:
            return _median(client, _searches()[0])


def _searches() -> list[str]:
    return [f"/search?q={quote(words)}" for words in WORDS]


def measured(directory: Directory, wanted: tuple[str, ...] = ()) -> dict[str, float]:
    """Milliseconds of each page whose path contains any of the words."""
    paths = [path for path in pages(directory) if not wanted or any(word in path for word in wanted)]
    with served(SCRIPT, "serve", "--port", "0", where=directory.path) as client:
        return {path: _median(client, path) for path in paths}


def pages(directory: Directory) -> Iterator[str]:
    """A path of every kind of page, of a source in the middle where it is of one."""
    yield "/"
    yield "/archive"
    yield from (f"/archive/{quote(name).replace('%', '~')}" for name in views.names())
    yield from _searches()
    for question in QUESTIONS:
        yield f"/archive/{question.name}"
        yield f"/archive/{question.name}?source={SOURCE}"
    yield links.problems()
    yield links.problems(SOURCE)
    yield from _records(directory)


def _records(directory: Directory) -> Iterator[str]:
    """Pages of a source, its newest capture and what changed; its newest year, now and at its first capture, a project
    with many figures, and its last figure in the page that its newest good capture refers to."""
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        newest = archive.newest_good(SOURCE)
        assert newest is not None
        said = archive.entries(SOURCE, newest.capture_id)
        first = archive.captures(SOURCE)[-1]
    budgets = [entry for entry in said.values() if entry.view == "budgets"]
    ((project, _),) = Counter(str(entry.owner) for entry in budgets).most_common(1)
    yield links.source(SOURCE)
    yield links.capture(newest.capture_id)
    yield links.difference(SOURCE)
    yield links.difference(SOURCE, first.capture_id, newest.capture_id)
    yield links.year(SOURCE, 2011)
    yield links.year(SOURCE, 2011, first.capture_id)
    yield links.project(project)
    figure = budgets[-1].record
    yield links.original(newest.capture_id, figure.text_start, figure.text_end)
    yield f"/original/{newest.capture_id}/page?start={figure.text_start}&end={figure.text_end}"


def _readable(path: str) -> str:
    return unquote(path.replace("~", "%"))


def _median(client: httpx.Client, path: str) -> float:
    """Milliseconds of an answer; the first one warms what is read, and is not counted."""
    times = []
    for _ in range(ASKED + 1):
        start = time.perf_counter()
        answer = client.get(path)
        times.append((time.perf_counter() - start) * 1000)
        answer.raise_for_status()
    return statistics.median(times[1:])


if __name__ == "__main__":
    with kept_or_made() as directory:
        for path, taken in measured(directory, tuple(sys.argv[1:])).items():
            print(f"{_readable(path)}: {taken:.0f} ms{'' if taken <= LIMIT else f', MORE THAN {LIMIT}'}", flush=True)
