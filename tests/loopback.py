"""A real site on loopback: raw sockets, so that an answer is exactly the bytes a test gives.

    with Site() as site:
        site.answers["/page.htm"] = answer(b"<p>...</p>", etag='"1"')
        fetch(site.url + "/page.htm")

robots.txt answers 404 unless a test gives one. `requests` holds every request, with its body.
"""

import contextlib
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

Answer = bytes | Callable[[bytes], bytes | Iterable[bytes]]
"""What is sent: the bytes, or what a function gives for a request, all at once or piece by piece."""


def answer(
    body: bytes = b"", *, status: str = "200 OK", content_type: str | None = "text/html", etag: str | None = None
) -> Answer:
    """An answer with a Content-Length; with an etag it is 304 to those who have it already."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    head += [f"Content-Type: {content_type}"] if content_type else []
    head += [f"ETag: {etag}"] if etag else []
    whole = "\r\n".join(head).encode() + b"\r\n\r\n" + body
    if etag is None:
        return whole
    unchanged = f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode()
    return lambda request: unchanged if f"if-none-match: {etag}".encode() in request.lower() else whole


def sources(site: "Site", *ids: str) -> str:
    """A sources.toml with a page of the site for each id, at the path of that name, visited without delay."""
    stanza = '[[source]]\nid = "{0}"\nurl = "{1}/{0}"\nname = "n"\ndelay_seconds = 0\n'
    return "".join(stanza.format(source_id, site.url) for source_id in ids)


class Site:
    """Serves `answers` by path until it is closed; `tls` makes it an https site, another `address` another host."""

    def __init__(self, tls: ssl.SSLContext | None = None, *, address: str = "127.0.0.1") -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[bytes] = []
        self._tls = tls
        self._server = _Server((address, 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        address, port = self._server.server_address[:2]
        return f"{'https' if self._tls else 'http'}://{address!s}:{port}"

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.split(b" ")[1].decode() for request in self.requests]

    def handle(self, connection: socket.socket) -> None:
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True)
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.recv(65536)
            if not data:
                return
            request += data
        announced = re.search(rb"\r\ncontent-length: *(\d+)", request, re.IGNORECASE)
        whole = request.index(b"\r\n\r\n") + 4 + int(announced[1] if announced else 0)
        while len(request) < whole:
            request += connection.recv(whole - len(request))
        self.requests.append(request)
        path = request.split(b" ")[1].decode()
        found = self.answers.get(path, answer(b"not here", status="404 Not Found"))
        given = found if isinstance(found, bytes) else found(request)
        for piece in [given] if isinstance(given, bytes) else given:
            connection.sendall(piece)
        connection.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], site: Site) -> None:
        self._site = site
        super().__init__(address, socketserver.BaseRequestHandler)

    def finish_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        with contextlib.suppress(ssl.SSLError, ConnectionError):  # the client may go away, as some tests want it to
            self._site.handle(request)
