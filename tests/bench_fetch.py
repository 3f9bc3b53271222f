"""A visit to a page that has not changed, archived, beside the bare request that a script would make."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from pref_scraper import snapshots
from pref_scraper.fetch import Fetcher
from pref_scraper.records import Source
from pref_scraper.world import World

from .figures import Figure, limited, plain
from .measured import serving

VISITS = 200
ROUNDS = 7

# A server in a process of its own, so that its work is not counted; it keeps connections open for those who want it.
_SERVER = """
import socketserver

class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        while request := self.rfile.readline():
            head = b"".join(iter(self.rfile.readline, b"\\r\\n")).lower()
            if request.startswith(b"GET /robots.txt "):
                answer = b"404 Not Found\\r\\nContent-Length: 0"
            elif b"if-none-match" in head:
                answer = b'304 Not Modified\\r\\nETag: "1"'
            else:
                answer = b'200 OK\\r\\nETag: "1"\\r\\nContent-Type: text/html\\r\\nContent-Length: 2'
            body = b"hi" if answer.startswith(b"200") else b""
            self.wfile.write(b"HTTP/1.1 " + answer + b"\\r\\n\\r\\n" + body)
            if b"connection: close" in head:
                return

socketserver.ThreadingTCPServer.daemon_threads = True
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""


def figures() -> Iterator[Figure]:
    """The processor's time, and the bytes."""
    with tempfile.TemporaryDirectory() as temporary, serving("-c", _SERVER) as port, httpx.Client() as client:
        url = f"http://127.0.0.1:{port}/p"
        visit = _visitor(Path(temporary), url)
        ours, begun, kept = [], [], []
        for _ in range(ROUNDS):
            ours.append(_cpu(visit))
            begun.append(_cpu(lambda: _ask_by_itself(url)))
            kept.append(_cpu(lambda: client.get(url, headers=_CONDITION)))
        for other, theirs, limit in (
            ("a request with a client of its own", begun, 2),
            ("a client kept open", kept, None),
        ):
            yield Figure(
                what="a visit answered 304, archived",
                ours=f"{plain(statistics.median(ours) * 1000)} CPU ms",
                other=f"httpx, {other}: {plain(statistics.median(theirs) * 1000)}",
                ratio=_ratio(ours, theirs),
                at_most=limit,
            )
        (file,) = Path(temporary).rglob("*.warc.gz")
        before = file.stat().st_size
        _cpu(visit)
        size = (file.stat().st_size - before) / VISITS
        yield limited("archive for it, with a head of one field", size, "bytes", 1024)


_CONDITION = {"If-None-Match": '"1"'}
_TRUST = httpx.create_ssl_context()


def _ask_by_itself(url: str) -> None:
    """One request with a client of its own, as for a host that is asked once; it is given its certificates."""
    with httpx.Client(verify=_TRUST) as client:
        assert client.get(url, headers=_CONDITION).status_code == 304


def _visitor(folder: Path, url: str) -> Callable[[], object]:
    """Visits and archives the page, once a second of a clock of ours; robots.txt is read before."""
    now = datetime(2026, 4, 1, tzinfo=UTC)

    def clock() -> datetime:
        nonlocal now
        now += timedelta(seconds=1)
        return now

    fetcher, source = Fetcher(None, World(clock=clock)), Source(id="s", url=url, name="n", delay_seconds=0)
    snapshots.append(folder, fetcher.visit(source))
    ((stored, _),) = snapshots.read(folder, "s/s-2026.warc.gz")
    validators = snapshots.read_validators(folder, stored.file, stored.offset)

    def visit() -> None:
        found = fetcher.visit(source, validators)
        assert found.answer is not None
        assert found.answer.status == 304
        snapshots.append(folder, found, validators)

    return visit


def _cpu(function: Callable[[], object]) -> float:
    """Seconds of the processor for one call, in user and system mode."""
    start = time.process_time()
    for _ in range(VISITS):
        function()
    return (time.process_time() - start) / VISITS


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
