"""Visits to WARC files and back, beside other people's tools on the same bytes, by the clock; times are of one capture."""

import gzip
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeadersParser
from warcio.warcwriter import WARCWriter

from pref_scraper import fixity, indexing, snapshots
from pref_scraper.records import Exchange, Source, Visit

from .editions import page
from .figures import Figure, plain
from .shelf import day

CAPTURES = 300
ROUNDS = 9
SOURCE = Source(id="s", url="http://www.pref.example.jp/NPO/35168030780.htm", name="頁")
REQUEST = b"GET /NPO/35168030780.htm HTTP/1.1\r\nHost: www.pref.example.jp\r\nUser-Agent: pref-scraper\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nDate: Wed, 01 Apr 2026 00:00:00 GMT\r\nServer: Apache\r\nContent-Type: text/html\r\n\r\n"
METADATA = b"status: 200\r\n"


def figures() -> Iterator[Figure]:
    """Writing, verifying, and the size of a capture."""
    bodies = [page().replace(b"0f3c9a1e5b7d", b"%012x" % number) for number in range(CAPTURES)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        folders = iter(range(ROUNDS))
        yield _beside(
            f"writing {CAPTURES} captures, each fsynced, with their index",
            lambda: _write(folder / str(next(folders)), bodies),
            "warcio's writer, the same three records of each, fsynced",
            lambda: _write_by_warcio(folder / "warcio.warc.gz", bodies),
            at_most=1,
        )
        (file,) = (folder / "0").rglob("*.warc.gz")
        yield _beside("verify", lambda: fixity.verify(folder / "0", {}), "inflating the file", lambda: _inflate(file))
        yield _beside(
            "verify", lambda: fixity.verify(folder / "0", {}), "warcio's digests", lambda: _check_by_warcio(file)
        )
        size, theirs = (one.stat().st_size / CAPTURES for one in (file, folder / "warcio.warc.gz"))
        yield Figure(
            what=f"bytes of a capture of {len(bodies[0]) // 1000} KB",
            ours=plain(size),
            other=f"warcio's, gzip 9: {plain(theirs)}",
            ratio=size / theirs,
        )


def _beside(
    what: str, ours: Callable[[], object], other: str, theirs: Callable[[], object], *, at_most: float | None = None
) -> Figure:
    """Milliseconds a capture by the clock, since an fsync waits; taken in turns."""
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS)]
    own, others = (f"{plain(statistics.median(each) / CAPTURES * 1000)} ms" for each in zip(*pairs, strict=True))
    return Figure(
        what=what,
        ours=own,
        other=f"{other}: {others}",
        ratio=statistics.median(mine / their for mine, their in pairs),
        at_most=at_most,
    )


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def _write(folder: Path, bodies: list[bytes]) -> None:
    for number, body in enumerate(bodies):
        answer = Exchange(url=SOURCE.url, request=REQUEST, response=HEAD + body, status=200, payload=body)
        at = day(0) + timedelta(hours=number)
        snapshots.append(folder, Visit(source=SOURCE, at=at, exchanges=(answer,), answer=answer))
    indexing.update_all(folder, [SOURCE.id])


def _write_by_warcio(path: Path, bodies: list[bytes]) -> None:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        for body in bodies:
            response = _warcio_record(writer, "response", HEAD + body, "HTTP/1.1")
            request = _warcio_record(writer, "request", REQUEST, "GET")
            writer.write_request_response_pair(request, response)
            writer.write_record(writer.create_warc_record(SOURCE.url, "metadata", payload=io.BytesIO(METADATA)))
            file.flush()
            os.fsync(file.fileno())


def _warcio_record(writer: WARCWriter, kind: str, message: bytes, begins: str) -> ArcWarcRecord:
    stream = io.BytesIO(message)
    head = StatusAndHeadersParser([begins]).parse(stream)
    return writer.create_warc_record(SOURCE.url, kind, payload=stream, http_headers=head)


def _inflate(path: Path) -> None:
    with gzip.open(path) as file:
        while file.read(1 << 20):
            pass


def _check_by_warcio(path: Path) -> None:
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests=True):
            record.content_stream().read()
