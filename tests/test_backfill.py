"""Earlier captures from other archives' servers: pywb on loopback, and servers that do what pywb does not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from warcio.archiveiterator import ArchiveIterator

from pref_scraper import pipeline
from pref_scraper.errors import UsageError
from pref_scraper.pipeline import Imported

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Answer, Site, answer
from .shelf import tables
from .test_cli import command, said
from .tools import Pywb

THEN = datetime(2012, 5, 1, 9, 30, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workshop, Pywb]]:
    """Another archive of the page, with three editions, one of them unchanged for a day, and a 404; and its server."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("other"), site)
        for number in (1, 1, 2, 3):
            site.answers[PATH] = answer(page(number), etag=f'"{number}"')
            workshop.run()
        site.answers = {}
        workshop.run()
        with Pywb(workshop.path) as pywb:
            yield workshop, pywb


def mine(path: Path, other: Workshop) -> Workshop:
    """An archive of the same page, begun later."""
    workshop = Workshop(path, other.site)
    workshop.now = datetime(2026, 6, 1, tzinfo=UTC)
    return workshop


def fill(workshop: Workshop, **where: str) -> Imported:
    source = workshop.config.sources[0]
    return pipeline.backfill(workshop.directory, workshop.config, source, workshop.tomorrow(), **where)


def outcomes(found: Imported) -> list[tuple[str, str]]:
    return [(one.capture.captured_at[:10], one.capture.outcome) for one in found.loaded]


def answers(workshop: Workshop) -> list[tuple[dict[str, str], bytes]]:
    """The head and the body of each response record, as warcio reads them."""
    found: list[tuple[dict[str, str], bytes]] = []
    for path in sorted(workshop.directory.snapshots.rglob("*.warc.gz")):
        with path.open("rb") as file:
            responses = (record for record in ArchiveIterator(file) if record.rec_type == "response")
            found += [(dict(record.rec_headers.headers), record.content_stream().read()) for record in responses]
    return found


def is_sound(workshop: Workshop) -> bool:
    before = tables(workshop.directory.database)
    pipeline.rebuild(workshop.directory)
    return tables(workshop.directory.database) == before and pipeline.verify(workshop.directory).findings == ()


@pytest.mark.parametrize("kind", ["timemap", "cdx"])
def test_what_another_archive_serves_enters_at_its_own_time(
    other: tuple[Workshop, Pywb], tmp_path: Path, kind: str
) -> None:
    theirs, pywb = other
    workshop = mine(tmp_path, theirs)
    url = f"{theirs.site.url}{PATH}"
    where = {"timemap": f"{pywb.url}/mie-npo/timemap/link/{url}", "cdx": f"{pywb.url}/mie-npo/cdx"}[kind]
    found = fill(workshop, **{kind: where})
    assert outcomes(found) == [
        ("2026-04-02", "new"),
        ("2026-04-03", "not_modified"),
        ("2026-04-04", "changed"),
        ("2026-04-05", "changed"),
        ("2026-04-06", "gone"),
    ]
    kept = answers(workshop)
    assert [body for _, body in kept] == [page(1), page(1), page(2), page(3), b"not here"]
    head = kept[0][0]
    assert (head["WARC-Target-URI"], head["WARC-Date"]) == (url, "2026-04-02T00:00:00Z")
    assert head["WARC-Source-URI"] == f"{pywb.url}/mie-npo/20260402000000id_/{url}"
    assert head["WARC-Creation-Date"] == "2026-06-02T00:00:00Z"
    assert {path.name for path in workshop.directory.snapshots.rglob("*.warc.gz")} == {
        "mie-npo-import-20260602T000000Z.warc.gz"
    }
    again = fill(workshop, **{kind: where})
    assert (again.brought[0].record_ids, again.brought[0].already) == ((), 5)
    assert is_sound(workshop)


def test_the_command_tells_what_came(other: tuple[Workshop, Pywb], tmp_path: Path) -> None:
    theirs, pywb = other
    workshop = mine(tmp_path, theirs)
    done = command("backfill", "mie-npo", "--cdx", f"{pywb.url}/mie-npo/cdx", where=workshop.path)
    assert (done.returncode, done.stdout) == (
        0,
        "mie-npo  5 captures from 2026-04-02 to 2026-04-06 (1 new, 1 not_modified, 2 changed, 1 gone)\n",
    )
    done = command("backfill", "mie-npo", "--timemap", f"{pywb.url}/", "--json", where=workshop.path)
    assert (done.returncode, json.loads(done.stdout)["sources"]) == (3, [])
    assert f"what {pywb.url}/ answers cannot be read: it is no TimeMap in link format" in done.stderr
    done = command("backfill", "mie-npo", where=workshop.path)
    assert (done.returncode, "either --timemap URL or --cdx URL" in said(done)) == (2, True)


def memento(body: bytes, at: datetime, *, status: str = "200 OK", **head: str) -> bytes:
    """A capture, as a replay tool serves it."""
    fields = {"Memento-Datetime": format_datetime(at, usegmt=True), "Content-Length": str(len(body)), **head}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{lines}\r\n".encode() + body


class Server:
    """Another archive's server: serves mementos of the page, and a CDX list of them in columns."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.page = f"{workshop.site.url}{PATH}"
        self.cdx = f"{workshop.site.url}/cdx/search/cdx"
        self.rows: list[str] = []

    def serve(self, days: int, given: Answer) -> datetime:
        """Lists a capture, and answers so when it is asked for."""
        at = THEN + timedelta(days=days)
        self.rows.append(f"k {at:%Y%m%d%H%M%S} {self.page} text/html 200 SHA1 100")
        site = self.workshop.site
        site.answers[f"/web/{at:%Y%m%d%H%M%S}id_/{self.page}"] = given
        asked = [path for path in site.answers if path.startswith("/cdx")]
        for path in asked or [self._path()]:
            site.answers[path] = answer("\n".join(self.rows).encode(), content_type="text/plain")
        return at

    def _path(self) -> str:
        return f"/cdx/search/cdx?url={quote(self.page, safe='')}&output=json"


@pytest.fixture
def server(workshop: Workshop) -> Server:
    return Server(workshop)


def test_what_is_no_capture_is_told_and_not_archived(server: Server) -> None:
    """And the others come in; a later backfill asks for what is missing, and for nothing else."""
    at = server.serve(0, memento(page(1), THEN))
    server.serve(1, answer(b"<p>overloaded", status="500 Oh"))
    server.serve(2, answer(b"<p>a page of the archive itself"))
    server.serve(3, memento(page(1), THEN)[:-100])
    server.serve(4, memento(b"", THEN + timedelta(days=4), status="404 Not Found"))
    found = fill(server.workshop, cdx=server.cdx)
    assert outcomes(found) == [("2012-05-01", "new"), ("2012-05-05", "gone")]
    assert dict(found.brought[0].left) == {"not_fetched": 3}
    told = [sentence for sentence in server.workshop.said if "id_/" in sentence]
    assert [sentence.rpartition(PATH)[2] for sentence in told] == [
        " answers 500",
        " answers without Memento-Datetime: it is no capture",
        " was cut short (disconnect)",
    ]
    server.workshop.site.requests.clear()
    server.serve(1, memento(page(2), THEN + timedelta(days=1)))
    fill(server.workshop, cdx=server.cdx)
    asked = [path for path in server.workshop.site.paths() if path.startswith("/web/")]
    assert not any(f"{at:%Y%m%d%H%M%S}" in path for path in asked)
    assert len(set(asked)) == 3
    assert is_sound(server.workshop)


def test_the_time_that_counts_is_the_answer_s(server: Server) -> None:
    """A server sends its reader on to the capture that it has, which may be one that is there already."""
    at = server.serve(0, memento(page(1), THEN))
    where = f"/web/{at:%Y%m%d%H%M%S}id_/{server.page}"
    server.serve(1, f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode())
    found = fill(server.workshop, cdx=server.cdx)
    assert outcomes(found) == [("2012-05-01", "new")]
    assert found.brought[0].already == 1


def test_another_archive_s_etag_is_never_sent_to_the_page(server: Server) -> None:
    server.serve(0, memento(page(1), THEN, ETag='"theirs"', Last_Modified="Wed, 01 Apr 2009 01:02:03 GMT"))
    fill(server.workshop, cdx=server.cdx)
    server.workshop.site.answers[PATH] = answer(page(1))
    assert server.workshop.visit().capture.outcome == "not_modified"
    assert b"theirs" not in server.workshop.site.requests[-1]
    assert b"if-modified-since" not in server.workshop.site.requests[-1].lower()


def test_a_timemap_of_several_pages_is_read_whole(server: Server) -> None:
    site = server.workshop.site
    for number in (1, 2):
        at = server.serve(number, memento(page(number), THEN + timedelta(days=number)))
        text = (
            f'<{server.page}>; rel="original", <{site.url}/tm/1>; rel="timemap", <{site.url}/tm/2>; rel="timemap",'
            f' </web/{at:%Y%m%d%H%M%S}/{server.page}>; rel="memento"; datetime="{format_datetime(at, usegmt=True)}"'
        )
        site.answers[f"/tm/{number}"] = answer(text.encode(), content_type="application/link-format")
    found = fill(server.workshop, timemap=f"{site.url}/tm/1")
    assert outcomes(found) == [("2012-05-02", "new"), ("2012-05-03", "changed")]


def test_a_server_that_forbids_it_is_not_asked(server: Server) -> None:
    server.serve(0, memento(page(1), THEN))
    server.workshop.site.answers["/robots.txt"] = answer(b"User-agent: *\nDisallow: /web/", content_type="text/plain")
    found = fill(server.workshop, cdx=server.cdx)
    assert dict(found.brought[0].left) == {"not_fetched": 1}
    assert not [path for path in server.workshop.site.paths() if path.startswith("/web/")]


def test_a_server_that_wants_to_be_left_alone_is_left_alone(server: Server) -> None:
    for days in range(3):
        server.serve(days, answer(b"", status="429 Too Many Requests\r\nRetry-After: 86400"))
    found = fill(server.workshop, cdx=server.cdx)
    assert dict(found.brought[0].left) == {"not_fetched": 1}
    assert len([path for path in server.workshop.site.paths() if path.startswith("/web/")]) == 1
    assert server.workshop.said[-1] == "mie-npo: the other captures are left to a later backfill"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer(b"", status="404 Not Found"), "answers 404"),
        (answer(b"<html>hello"), "cannot be read: it is no answer of a CDX server"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[]", "was cut short (disconnect)"),
    ],
)
def test_why_there_is_no_list_is_told(server: Server, given: bytes, reason: str) -> None:
    server.serve(0, b"")
    (path,) = (path for path in server.workshop.site.answers if path.startswith("/cdx"))
    server.workshop.site.answers[path] = given
    (sentence,) = fill(server.workshop, cdx=server.cdx).damages
    assert reason in sentence


def test_a_cdx_server_of_another_kind_needs_its_replay(server: Server) -> None:
    server.serve(0, memento(page(1), THEN))
    other = server.cdx.replace("/cdx/search/cdx", "/list")
    for path, given in list(server.workshop.site.answers.items()):
        server.workshop.site.answers[path.replace("/cdx/search/cdx", "/list")] = given
    with pytest.raises(UsageError, match="say it with --replay URL"):
        fill(server.workshop, cdx=other)
    found = fill(server.workshop, cdx=other, replay=f"{server.workshop.site.url}/web")
    assert outcomes(found) == [("2012-05-01", "new")]
