"""A site of many pages in a process of its own, so that its work is not counted; it listens on loopback.

    python -m tests.farm 1000        # prints its port; /p/0 to /p/999 are pages, each its own text
    python -m tests.farm 1000 alike  # pages that differ in their figures alone
    python -m tests.farm 1000 daily  # pages with another token in each answer, one of a hundred edited

A page has an ETag and answers 304 to whoever has it, but for daily ones. Connections are kept open for those who want it.
"""

import socketserver
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from random import Random
from zlib import crc32

from .large import edited, with_token
from .measured import serving
from .pages import alike, other, with_menu

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def farm(pages: int, kind: str = "other") -> Iterator[list[str]]:
    """The addresses of the pages, while the site is there."""
    with serving("-m", __name__, pages, kind) as port:
        yield [f"http://127.0.0.1:{port}/p/{number}" for number in range(pages)]


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    pages: dict[bytes, Callable[[bytes], bytes]]

    def handle(self) -> None:
        while request := self.rfile.readline():
            head = b"".join(iter(self.rfile.readline, b"\r\n"))
            page = self.pages.get(request.split(b" ")[1])
            self.wfile.write(page(head) if page else _NOT_FOUND)
            if b"connection: close" in head.lower():
                return


def _steady(body: bytes) -> Callable[[bytes], bytes]:
    """A page that stays as it is: what it answers to the head of a request."""
    etag = f'"{crc32(body):08x}"'.encode()
    whole = _answer(body, b"ETag: %s\r\n" % etag)
    unchanged = b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % etag
    return lambda head: unchanged if etag in head else whole


def _daily(number: int) -> Callable[[bytes], bytes]:
    """A page that is never the same bytes, and says something else in one answer of a hundred."""
    pick, html, visits = Random(number), with_menu(other(number)).decode(), count()

    def answer(_: bytes) -> bytes:
        nonlocal html
        visit = next(visits)
        if visit and (number + visit) % 100 == 0:
            html = edited(pick, html)
        return _answer(with_token(html, f"{pick.getrandbits(48):012x}").encode())

    return answer


def _answer(body: bytes, fields: bytes = b"") -> bytes:
    head = b"%sContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n" % (fields, len(body))
    return b"HTTP/1.1 200 OK\r\n%s\r\n%s" % (head, body)


_PAGES: dict[str, Callable[[int], Callable[[bytes], bytes]]] = {
    "other": lambda number: _steady(with_menu(other(number))),
    "alike": lambda number: _steady(with_menu(alike(number))),
    "daily": _daily,
}


def main() -> None:
    """Serves until it is ended."""
    pages, kind = int(sys.argv[1]), sys.argv[2]
    _Handler.pages = {f"/p/{number}".encode(): _PAGES[kind](number) for number in range(pages)}
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
