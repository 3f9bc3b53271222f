"""docs/faults.md, row by row: what happens, what comes of it, and that nothing is lost.

The table is read from the document: its outcome, exit code and message are what is
expected here. What happens out there is run through `pipeline.run`, with a clock that
waits no moment; what happens in here through the installed command.
"""

import ctypes
import fcntl
import os
import re
import resource
import signal
import socket
import sqlite3
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from pref_scraper import console, pipeline, report
from pref_scraper.archive import opening
from pref_scraper.errors import PrefScraperError
from pref_scraper.limits import Limits
from pref_scraper.wire import Network

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Answer, Site, answer
from .test_cli import command
from .test_fetch import PUBLIC, Internet
from .test_memory import bomb, endless, heads
from .test_stopping import start, stop

DOCUMENT = Path(__file__).parent.parent / "docs" / "faults.md"
SHORT = Limits(timeout=0.2, deadline=1, max_bytes=1_500_000)


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says: the outcome of the newest capture (None where there is none), exit code, message."""

    what: str
    outcome: str | None
    code: int
    message: str


def _rows() -> Iterator[Row]:
    for line in DOCUMENT.read_text("utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[2].isdigit():
            yield Row(cells[0], None if cells[1] == "none" else cells[1], int(cells[2]), cells[3])


@dataclass(frozen=True, slots=True)
class Told:
    """What a user gets: exit code, and what was printed."""

    code: int
    text: str


def _run(workshop: Workshop, days: float = 1) -> Told:
    """`run`, some days later, with short limits; in its world time passes only by waiting."""
    world = replace(workshop.after(timedelta(days=days)), limits=SHORT)
    try:
        found = pipeline.run(workshop.directory, workshop.config, workshop.config.sources, world)
    except PrefScraperError as error:
        return Told(error.exit_code, f"pref-scraper: {error}")
    code = max(console.EXIT_CODES.get(one.capture.outcome, 0) for one in found)
    return Told(code, "\n".join(report.loaded(found)))


def _command(workshop: Workshop, before: Callable[[], None] | None = None) -> Told:
    done = command("run", where=workshop.path, before=before)
    return Told(done.returncode, done.stdout + done.stderr)


# Out there


def _answers(given: Answer) -> Callable[[Workshop], Told]:
    def case(workshop: Workshop) -> Told:
        workshop.site.answers[PATH] = given
        return _run(workshop)

    return case


def _robots(given: Answer) -> Callable[[Workshop], Told]:
    """Two days later, since a robots.txt holds for one."""

    def case(workshop: Workshop) -> Told:
        workshop.site.answers["/robots.txt"] = given
        return _run(workshop, 2)

    return case


def _source(workshop: Workshop, url: str) -> None:
    workshop.settings(f'[[source]]\nid = "mie-npo"\nurl = "{url}"\nname = "n"\ndelay_seconds = 0\n')


def _refused(workshop: Workshop) -> Told:
    with Site() as closed:
        url = closed.url
    _source(workshop, f"{url}/p")
    return _run(workshop)


@contextmanager
def _server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that has no robots.txt, and serves each later connection as a test wants."""

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                if b"/robots.txt" in connection.recv(65536):
                    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                else:
                    serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _reset(workshop: Workshop) -> Told:
    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with _server(reset) as url:
        _source(workshop, f"{url}/p")
        return _run(workshop)


def _silent(workshop: Workshop) -> Told:
    def wait(connection: socket.socket) -> None:
        connection.recv(1)  # until the client gives up

    with _server(wait) as url:
        _source(workshop, f"{url}/p")
        return _run(workshop)


def _drip(workshop: Workshop) -> Told:
    """As long as the client listens, a byte every 50 ms: never silent for longer than it waits."""

    def drip(connection: socket.socket) -> None:
        connection.settimeout(0.05)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
        while True:
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                connection.sendall(b"a")

    with _server(drip) as url:
        _source(workshop, f"{url}/p")
        return _run(workshop)


def _inside(workshop: Workshop) -> Told:
    workshop.network = Internet({"out.example": [PUBLIC], "in.example": ["10.0.0.5"]}, workshop.site).network
    workshop.site.answers["/a"] = b"HTTP/1.1 302 Found\r\nLocation: http://in.example/b\r\nContent-Length: 0\r\n\r\n"
    _source(workshop, "http://out.example/a")
    return _run(workshop)


def _expired(workshop: Workshop) -> Told:
    authority = trustme.CA()
    served, trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(served)
    authority.configure_trust(trust)
    workshop.network = Network(trust=lambda: trust)
    with Site(tls=served) as site:
        _source(workshop, f"{site.url}/p")
        return _run(workshop)


def _status(status: str, *fields: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Length: 0", *fields, "", ""]).encode()


def _early(workshop: Workshop) -> Told:
    """Asked on April 3 to stay away for a day, and run again the same day."""
    workshop.site.answers[PATH] = _status("503 Service Unavailable", "Retry-After: 86400")
    assert _run(workshop).code == 3
    asked = len(workshop.site.requests)
    told = _run(workshop, 0.5)
    assert len(workshop.site.requests) == asked
    return told


# In here


def _other_page(case: Callable[[Workshop], Told]) -> Callable[[Workshop], Told]:
    """The page has changed when it happens."""

    def changed(workshop: Workshop) -> Told:
        workshop.site.answers[PATH] = answer(page(3))
        return case(workshop)

    return changed


def _warc(workshop: Workshop) -> Path:
    (warc,) = workshop.directory.snapshots.rglob("*.warc.gz")
    return warc


def _no_file_beyond(size: int) -> Callable[[], None]:
    """Before the command is started: the kernel refuses to let a file grow further, as a full disk does."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def as_anyone() -> None:
    """Before the command is started: root, too, may write only where modes let it (prctl, PR_CAPBSET_DROP)."""
    if os.geteuid() == 0:
        drop, dac_override = 24, 1
        assert ctypes.CDLL(None).prctl(drop, dac_override, 0, 0, 0) == 0


def _read_only(*paths: Callable[[Workshop], Path]) -> Callable[[Workshop], Told]:
    def case(workshop: Workshop) -> Told:
        modes = {path: path.stat().st_mode for find in paths for path in [find(workshop)]}
        for path, mode in modes.items():
            path.chmod(mode & ~0o222)
        told = _command(workshop, before=as_anyone)
        for path, mode in modes.items():
            path.chmod(mode)
        return told

    return _other_page(case)


def _folder(workshop: Workshop) -> Told:
    aside = workshop.directory.database.rename(workshop.path / "aside")
    workshop.directory.database.mkdir()
    told = _command(workshop)
    workshop.directory.database.rmdir()
    aside.rename(workshop.directory.database)
    return told


def _locked(workshop: Workshop) -> Told:
    with (
        closing(sqlite3.connect(workshop.directory.database, isolation_level=None)) as other,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(opening, "PATIENCE_MS", 100)
        other.execute("BEGIN IMMEDIATE")
        return _run(workshop)


def _no_database(workshop: Workshop) -> Told:
    workshop.directory.database.write_bytes(b"this is no database, but long enough to be taken for one" * 100)
    told = _command(workshop)
    workshop.directory.database.unlink()
    return told


def _held(workshop: Workshop) -> Told:
    handle = os.open(workshop.directory.snapshots, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return _command(workshop)
    finally:
        os.close(handle)


def _terminated(workshop: Workshop) -> Told:
    """While it waits for an answer; a shell adds 128 to the signal's number."""
    asked, released = threading.Event(), threading.Event()

    def hang(_: bytes) -> bytes:
        asked.set()
        released.wait(30)
        return b""

    workshop.site.answers[PATH] = hang
    process = start("run", where=workshop.path)
    assert asked.wait(30)
    said = stop(process, signal.SIGTERM)
    released.set()
    return Told(128 + signal.SIGTERM, said)


CASES: dict[str, Callable[[Workshop], Told]] = {
    "the connection is refused": _refused,
    "the connection is reset": _reset,
    "no byte comes": _silent,
    "a byte comes now and then": _drip,
    "the body is shorter than announced": _answers(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<p>"),
    "the chunks are none": _answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfoo\r\n<p>\r\n"),
    "a body without an end": _answers(lambda _: endless()),
    "a gigabyte packed by gzip to one megabyte": _answers(bomb()),
    "a page packed by zstd": _answers(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: 4\r\n\r\n\x28\xb5\x2f\xfd"
    ),
    "a million header lines": _answers(lambda _: heads()),
    "redirects without an end": _answers(_status("302 Found", f"Location: {PATH}")),
    "a public host leads into a private network": _inside,
    "the certificate has expired": _expired,
    "429 with Retry-After": _answers(_status("429 Too Many Requests", "Retry-After: 5")),
    "429 without": _answers(_status("429 Too Many Requests")),
    "503 with Retry-After": _answers(_status("503 Service Unavailable", "Retry-After: 86400")),
    "503 without": _answers(_status("503 Service Unavailable")),
    "503 with Retry-After, and a run within that time": _early,
    "robots.txt answers 404": _robots(_status("404 Not Found")),
    "robots.txt answers 500": _robots(_status("500 Oops")),
    "robots.txt begins with a byte order mark": _robots(answer(b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n")),
    "no room for snapshots/": _other_page(
        lambda workshop: _command(workshop, _no_file_beyond(_warc(workshop).stat().st_size + 1000))
    ),
    "no room for archive.db": _other_page(
        lambda workshop: _command(workshop, _no_file_beyond(2 * _warc(workshop).stat().st_size + 5000))
    ),
    "snapshots/ is read-only": _read_only(
        lambda workshop: workshop.directory.snapshots, lambda workshop: _warc(workshop).parent, _warc
    ),
    "the archive's folder is read-only, but not snapshots/": _read_only(lambda workshop: workshop.path),
    "archive.db is read-only": _read_only(lambda workshop: workshop.directory.database),
    "a folder stands in the place of archive.db": _other_page(_folder),
    "another program writes to archive.db for long": _other_page(_locked),
    "archive.db is no database": _other_page(_no_database),
    "the clock was set back": lambda workshop: _run(workshop, -400),
    "another run holds the archive": _held,
    "SIGTERM": _terminated,
}


def test_each_row_has_its_case_and_each_case_its_row() -> None:
    assert [row.what for row in _rows()] == list(CASES)


@pytest.mark.parametrize("row", list(_rows()), ids=lambda row: row.what)
def test_what_goes_wrong_is_told_and_loses_nothing(workshop: Workshop, row: Row) -> None:
    workshop.site.answers[PATH] = answer(page())
    workshop.visit()
    warc = _warc(workshop)
    before = warc.read_bytes()
    told = CASES[row.what](workshop)
    assert told.code == row.code, told
    assert re.search(re.escape(row.message).replace("…", ".+"), told.text), told
    assert "Traceback" not in told.text
    pipeline.load(workshop.directory)
    verified = pipeline.verify(workshop.directory)
    assert verified.findings == ()
    assert verified.database == "holds every row that snapshots/ say, and no other"
    assert warc.read_bytes().startswith(before)
    with closing(sqlite3.connect(workshop.directory.database)) as connection:
        outcomes = connection.execute("SELECT outcome FROM captures ORDER BY captured_at").fetchall()
    assert outcomes[0] == ("new",)
    assert outcomes[1:][-1:] == ([(row.outcome,)] if row.outcome else [])
