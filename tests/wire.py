"""Answers as servers on the Web give them, byte by byte, most of them right and some of them wrong.

Each shape is what the raw-socket site sends, with what RFC 9110 and 9112 say of it: the heads that
come before the answer's, its status, its payload (transfer coding removed, content coding kept).
"""

import gzip
import zlib
from dataclasses import dataclass

LIMIT = 200_000
"""Bytes on the wire up to which these answers are to be taken."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An answer: `wire`, and the `interim` heads before it.

    `status` is None where it is none that HTTP knows; `truncated` says why it is not whole.
    """

    wire: bytes
    payload: bytes = b"hi"
    interim: bytes = b""
    status: int | None = 200
    truncated: str | None = None

    @property
    def is_chunked(self) -> bool:
        return b"\r\nTransfer-Encoding: chunked\r\n" in self.wire


def _lines(*lines: str | bytes) -> bytes:
    """A head, with the empty line that ends it."""
    return b"".join((line.encode() if isinstance(line, str) else line) + b"\r\n" for line in (*lines, b""))


def _open(
    *fields: str | bytes, body: bytes = b"hi", payload: bytes | None = None, truncated: str | None = None
) -> Shape:
    """An answer whose length its fields tell, or the connection's end."""
    wire = _lines("HTTP/1.1 200 OK", *fields) + body
    return Shape(wire, body if payload is None else payload, truncated=truncated)


def _sized(*fields: str | bytes, body: bytes = b"hi", interim: bytes = b"") -> Shape:
    """An answer with the right Content-Length."""
    return Shape(_lines("HTTP/1.1 200 OK", *fields, f"Content-Length: {len(body)}") + body, body, interim)


def _first(line: str, body: bytes = b"hi", status: int = 200) -> Shape:
    """An answer with this first line."""
    return Shape(_lines(line, f"Content-Length: {len(body)}") + body, body, status=status)


def _chunked(body: bytes, *fields: str, payload: bytes = b"hi", truncated: str | None = None) -> Shape:
    return _open("Transfer-Encoding: chunked", *fields, body=body, payload=payload, truncated=truncated)


def _none(wire: bytes) -> Shape:
    """What is no answer: kept all the same, as one that broke off."""
    return Shape(wire, b"", status=None, truncated="disconnect")


_HINTS = _lines("HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload")
_PAGE = "<p>予算額①：㈱髙</p>"
_GZIP = gzip.compress(b"hi", mtime=0)

SHAPES = {
    "plain": _sized(),
    "an empty body": _sized(body=b""),
    "HTTP/1.0, ended by the connection": Shape(_lines("HTTP/1.0 200 OK") + b"hi"),
    "HTTP/1.1, ended by the connection": _open("Connection: close"),
    "no reason phrase": _first("HTTP/1.1 200 "),
    "no reason phrase, and no space before it": _first("HTTP/1.1 200"),
    "a Japanese reason phrase": _first("HTTP/1.1 200 成功"),
    "a status that nobody has registered": _first("HTTP/1.1 299 Whatever", status=299),
    "204, which has no body": Shape(_lines("HTTP/1.1 204 No Content"), b"", status=204),
    "304 that nobody asked for": Shape(_lines("HTTP/1.1 304 Not Modified", 'ETag: "1"'), b"", status=304),
    "404 with a page of its own": _first("HTTP/1.1 404 Not Found", b"gone", 404),
    "302 without a place to go": _first("HTTP/1.1 302 Found", status=302),
    "no Content-Type, and a field without a value": _sized("X-Empty:"),
    "odd spacing and case": _open("cOnTeNt-LeNgTh:    2  ", "X-Spaced:\t a \t"),
    "a folded field": _sized("X-Folded: one", "\ttwo", "  three"),
    "raw Shift_JIS in a field": _sized(b"X-Title: \x93\xfa\x96{"),
    "Content-Length twice, alike": _open("Content-Length: 2", "Content-Length: 2"),
    "Content-Length twice on a line, alike": _open("Content-Length: 2, 2"),
    "fields that keep a connection open": _sized("Connection: keep-alive", "Keep-Alive: timeout=5, max=100"),
    "one field of 30,000 bytes": _sized(f"Set-Cookie: a={'x' * 30_000}"),
    "1,000 fields": _sized(*(f"X-{number}: {number}" for number in range(1000))),
    "bare line feeds": Shape(b"HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 2\n\nhi"),
    "bytes behind the body": _open("Content-Length: 2", body=b"hi" + _lines("HTTP/1.1 200 OK"), payload=b"hi"),
    "early hints": _sized(interim=_HINTS),
    "early hints, twice": _sized(interim=_HINTS * 2),
    "early hints, with raw Shift_JIS in a field": _sized(interim=_lines("HTTP/1.1 103", b"X-Title: \x93\xfa\x96{")),
    "100 Continue that nobody asked for": _sized(interim=_lines("HTTP/1.1 100 Continue")),
    "chunked": _chunked(b"1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"),
    "chunked, and empty": _chunked(b"0\r\n\r\n", payload=b""),
    "chunked, with extensions": _chunked(b'1;a=b\r\nh\r\n1;c="d;\\"e"\r\ni\r\n0;last\r\n\r\n'),
    "chunked, with a trailer": _chunked(b"2\r\nhi\r\n0\r\nX-Digest: t\r\n\r\n", "Trailer: X-Digest"),
    "chunked, sizes with zeros before and in capitals": _chunked(
        b"0000A\r\n0123456789\r\n00a\r\n0123456789\r\n000\r\n\r\n", payload=b"0123456789" * 2
    ),
    "chunked gzip": _chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(_GZIP), _GZIP), "Content-Encoding: gzip", payload=_GZIP),
    "chunked, with Content-Length beside": _chunked(b"2\r\nhi\r\n0\r\n\r\n", "Content-Length: 12"),
    "gzip": _sized("Content-Encoding: gzip", body=_GZIP),
    "gzip of two members": _sized("Content-Encoding: gzip", body=_GZIP * 2),
    "a gzip label on what is no gzip": _sized("Content-Encoding: gzip"),
    "deflate": _sized("Content-Encoding: deflate", body=zlib.compress(b"hi")),
    "br": _sized("Content-Encoding: br", body=b"\x8b\x00\x80hi\x03"),
    "zstd": _sized("Content-Encoding: zstd", body=b"\x28\xb5\x2f\xfd\x20\x02\x11\x00\x00hi"),
    "Shift_JIS": _sized("Content-Type: text/html; charset=Shift_JIS", body=_PAGE.encode("cp932")),
    "EUC-JP": _sized("Content-Type: text/html; charset=EUC-JP", body="<p>予算額</p>".encode("euc_jp")),
    "UTF-16": _sized("Content-Type: text/html; charset=UTF-16", body=_PAGE.encode("utf-16")),
    "zero bytes in the body": _sized(body=b"\0a\0b\0\0"),
    "all bytes in the body": _sized(body=bytes(range(256)) * 40),
    "a body that looks like a WARC file": _sized(body=b"hi\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n"),
    "a body that looks like a gzip member": _sized(body=bytes.fromhex("1f8b08000000000002ff") * 3),
    "cut short": _open("Content-Length: 9", truncated="disconnect"),
    "cut short before the body": _open("Content-Length: 9", body=b"", truncated="disconnect"),
    "chunked, cut between chunks": _chunked(b"2\r\nhi\r\n", truncated="disconnect"),
    "chunked, cut within a chunk": _chunked(b"8\r\nhi", truncated="disconnect"),
    "chunked, with a size that is none": _chunked(b"2\r\nhi\r\nxyz\r\n", truncated="disconnect"),
    "longer than is taken": _open("Content-Length: 300000", body=b"x" * 300_000, truncated="length"),
    "cut short within the head": _none(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "an empty line before the first": _none(b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
    "a carriage return within a field": _none(_lines("HTTP/1.1 200 OK", "X-A: a\rb", "Content-Length: 2") + b"hi"),
    "a space before a colon": _none(_lines("HTTP/1.1 200 OK", "X-A : a", "Content-Length: 2") + b"hi"),
    "a field without a colon": _none(_lines("HTTP/1.1 200 OK", "X-A", "Content-Length: 2") + b"hi"),
    "a Content-Length below zero": _none(_lines("HTTP/1.1 200 OK", "Content-Length: -2") + b"hi"),
    "two Content-Lengths that differ": _none(
        _lines("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 1") + b"hi"
    ),
    "a transfer coding that nobody uses": _none(
        _lines("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n"
    ),
    "another protocol": _none(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "an HTML page and no head": _none(b"<html><p>hi</p></html>"),
}
"""By what is odd about them."""

LONG_HEAD = _sized(f"Set-Cookie: a={'x' * 60_000}")
"""More than the 32 KiB of head that FastWARC's own commands read."""
