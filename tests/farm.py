"""A site of many pages in a process of its own, so that its work is not counted; it listens on loopback.

    python -m tests.farm 1000        # prints its port; /p/0 to /p/999 are pages, each its own text
    python -m tests.farm 1000 alike  # pages that differ in their figures alone

A page has an ETag and answers 304 to whoever has it. Connections are kept open for those who want it.
"""

import socketserver
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from .measured import serving
from .pages import alike, other, with_menu

MAKERS = {"other": other, "alike": alike}
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def farm(pages: int, kind: str = "other") -> Iterator[list[str]]:
    """The addresses of the pages, while the site is there."""
    with serving("-m", __name__, pages, kind) as port:
        yield [f"http://127.0.0.1:{port}/p/{number}" for number in range(pages)]


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    pages: dict[bytes, tuple[bytes, bytes, bytes]]

    def handle(self) -> None:
        while request := self.rfile.readline():
            head = b"".join(iter(self.rfile.readline, b"\r\n"))
            self.wfile.write(self._answer(request.split(b" ")[1], head))
            if b"connection: close" in head.lower():
                return

    def _answer(self, path: bytes, head: bytes) -> bytes:
        found = self.pages.get(path)
        if found is None:
            return _NOT_FOUND
        etag, whole, unchanged = found
        return unchanged if etag in head else whole


def _page(body: bytes) -> tuple[bytes, bytes, bytes]:
    """The ETag of a page, its answer, and the one to whoever has it."""
    etag = f'"{crc32(body):08x}"'.encode()
    head = b"Content-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n" % len(body)
    whole = b"HTTP/1.1 200 OK\r\nETag: %s\r\n%s\r\n%s" % (etag, head, body)
    return etag, whole, b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % etag


def main() -> None:
    """Serves until it is ended."""
    pages, kind = int(sys.argv[1]), sys.argv[2]
    _Handler.pages = {f"/p/{number}".encode(): _page(with_menu(MAKERS[kind](number))) for number in range(pages)}
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
