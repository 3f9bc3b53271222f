"""200 sources with every kind of failure among them: none keeps another from being archived, and a table tells of all."""

import gc
import json
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import httpcore

from pref_scraper import pipeline, report, robots
from pref_scraper.archive import Archive
from pref_scraper.history import Loaded
from pref_scraper.limits import Limits
from pref_scraper.progress import T, one
from pref_scraper.records import Source
from pref_scraper.sources import Config
from pref_scraper.table import display_width
from pref_scraper.wire import Network, dial
from pref_scraper.written import VERSION

from .bench_many import two_runs
from .conftest import Workshop
from .loopback import Answer, Site, answer, sources
from .test_cli import command
from .test_faults import _server
from .town import settings, town

SOURCES = 200


def _page(amount: int) -> Answer:
    """A made-up page of one project."""
    html = f"<h2>平成23年度 施策概要</h2><p>1. 交流センター事業</p><p>予算額：（23）{amount}千円</p></html>"
    return answer(html.encode(), content_type="text/html; charset=utf-8")


PDF = answer(b"%PDF-1.4", content_type="application/pdf")

# What becomes of some of the sources between the first run and the second, by their ids.
LATER: dict[str, Answer] = {
    "changed": _page(120),
    "emptied": answer(b""),
    "gone": answer(b"", status="404 Not Found"),
    "gone-for-good": answer(b"", status="410 Gone"),
    "maintenance": answer("<p>ただいまメンテナンス中です。</p>".encode()),
    "no-http": b"ICY 200 OK\r\n\r\n",
    "oops": answer(b"", status="500 Oops"),
    "pdf": PDF,
    "redirects": b"HTTP/1.1 302 Found\r\nLocation: /redirects\r\nContent-Length: 0\r\n\r\n",
    "short": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<p>",
    "torn": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfoo\r\n<p>\r\n",
}
# And these are no good from the first day on.
NEVER = ("forbidden", "refused", "silent", "unreadable", "unvisitable")
HEALTHY = tuple(f"page-{number}" for number in range(SOURCES - len(LATER) - len(NEVER)))

TABLE = """
200 sources: 1 changed, 184 not_modified, 2 gone, 5 suspect, 8 failed
source         outcome  what
-------------  -------  --------------------------------------------------------
changed        changed  1 change
gone           gone     the server answers 404: the page is not there any more
gone-for-good  gone     the server answers 410: the page is not there any more
emptied        suspect  the page is empty
maintenance    suspect  the page is a maintenance notice
short          suspect  the answer was cut short: the connection ended before i…
torn           suspect  the answer was cut short: the connection ended before i…
unreadable     suspect  reading the page failed (ExpressionError: The pseudo-cl…
forbidden      failed   /robots.txt disallows it, so /a was not visited
no-http        failed   it answers with something that is not HTTP (illegal sta…
oops           failed   the server answers 500, which is not the page
pdf            failed   the answer is a PDF where HTML was expected
redirects      failed   /redirects redirects more than 10 times
refused        failed   /robots.txt could not be read (it refuses the connectio…
silent         failed   no answer within 0.1 s
unvisitable    failed   the visit failed (KeyError: 'unvisitable'), which is a …
"""


@contextmanager
def _sources(workshop: Workshop) -> Iterator[Config]:
    """All of them. That two are no good is our own fault: the one cannot be read, the other not be visited."""
    with Site() as closed:
        refused = closed.url

    def wait(connection: socket.socket) -> None:
        connection.recv(1)  # until the client gives up

    def faulty(address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        if address == "127.0.0.9":
            raise KeyError("unvisitable")
        return dial(address, port, timeout)

    workshop.network = Network(dial=faulty)
    workshop.settings(sources(workshop.site, *HEALTHY, *LATER, *NEVER))
    workshop.site.answers = dict.fromkeys((f"/{name}" for name in (*HEALTHY, *LATER, *NEVER)), _page(100))
    with Site() as forbidding, _server(wait) as silent:
        forbidding.answers["/robots.txt"] = answer(b"User-agent: *\nDisallow: /\n", content_type="text/plain")
        places = {"forbidden": forbidding.url, "refused": refused, "silent": silent, "unvisitable": "http://127.0.0.9"}
        yield Config(contact=None, sources=tuple(_moved(one, places) for one in workshop.config.sources))


def _moved(source: Source, places: dict[str, str]) -> Source:
    """Where it lies, and for one a selector that sources.toml would refuse."""
    content = "div:unheard-of" if source.id == "unreadable" else None
    return replace(source, url=f"{places[source.id]}/a" if source.id in places else source.url, content=content)


def _run(workshop: Workshop, config: Config) -> list[Loaded]:
    world = replace(workshop.after(timedelta(days=1)), limits=Limits(timeout=0.1, deadline=1))
    return pipeline.run(workshop.directory, config, config.sources, world)


def test_no_source_keeps_another_from_being_archived_and_told(workshop: Workshop) -> None:
    with _sources(workshop) as config:
        first = _run(workshop, config)
        workshop.site.answers |= {f"/{name}": later for name, later in LATER.items()}
        second = _run(workshop, config)
    assert len(first) == len(second) == SOURCES
    assert {one.capture.source_id for one in first if one.capture.outcome != "new"} == set(NEVER)
    assert {one.capture.source_id for one in second if one.capture.outcome != "not_modified"} == {*LATER, *NEVER}
    with Archive.open(workshop.directory.database, version=VERSION, read_only=True) as archive:
        assert len(archive.captures(None)) == 2 * SOURCES
    lines = list(report.closing(second, 80))
    assert "\n".join(lines) + "\n" == TABLE
    assert max(map(display_width, lines)) == 80


def test_a_run_ends_with_the_table_where_it_visited_more_than_one(workshop: Workshop) -> None:
    workshop.settings(sources(workshop.site, "a", "b", "c"))
    workshop.site.answers = {"/a": _page(100), "/b": PDF, "/c": _page(100)}
    done = command("run", where=workshop.path)
    assert done.returncode == 3
    assert done.stdout.splitlines()[3:] == [
        "",
        "3 sources: 2 new, 1 failed",
        "source  outcome  what",
        "------  -------  -------------------------------------------",
        "b       failed   the answer is a PDF where HTML was expected",
    ]
    workshop.site.answers["/a"] = answer("<h2>平成23年度 施策概要</h2></html>".encode())
    two = command("run", "a", "c", where=workshop.path)
    assert (two.returncode, two.stdout.splitlines()[-1]) == (4, "a       suspect  the page had 3 records and now has 1")
    alone = command("run", "c", where=workshop.path)
    assert (alone.returncode, len(alone.stdout.splitlines())) == (0, 1)
    assert list(json.loads(command("run", "--json", where=workshop.path).stdout)) == ["captures", "changes"]


def test_eight_times_as_many_pages_take_hardly_more_memory_and_no_more_time_each() -> None:
    with town(20) as origins:
        few, many = two_runs(origins, 20), two_runs(origins, 160)
    for less, more in zip(few, many, strict=True):
        assert more.megabytes < less.megabytes * 1.2
        assert more.cpu < less.cpu * 8


def test_the_rules_of_a_host_are_kept_as_long_as_it_has_pages_left(workshop: Workshop) -> None:
    def counting(
        steps: Iterable[T], length: int, label: str, weight: Callable[[T], int] = one, *, is_slow: bool = False
    ) -> Iterable[T]:
        for step in steps:
            counts.append(sum(isinstance(each, robots.Rules) for each in gc.get_objects()))
            yield step

    counts: list[int] = []
    with town(40) as origins:
        workshop.settings(settings(origins, 80))
        world = replace(workshop.tomorrow(), progress=counting)
        pipeline.fetch(workshop.directory, workshop.config, workshop.config.sources, world)
    assert len(counts) == 80
    assert max(counts) < 20
