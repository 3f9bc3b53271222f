"""Content codings: a body as it was sent to the body that was meant, within a bound; pure.

We ask for `identity`, and some servers send gzip, deflate or br all the same. In go the
payload and the value of Content-Encoding (RFC 9110, 8.4), out come at most `limit` bytes: a
megabyte may unpack to a gigabyte. What is labelled and is not packed stands as it is, what
was cut off gives what it gives; a coding that is not known here is refused with `Unknown`.
"""

import zlib
from collections.abc import Callable, Iterator

import brotli

LIMIT = 4 * 1024 * 1024
"""Bytes up to which a body is unpacked; a page that has so many is not read."""


class Unknown(Exception):
    """A coding that is not known here; the text says which."""


def decode(payload: bytes, codings: str | None, limit: int = LIMIT) -> bytes:
    """The first `limit` bytes of what was packed, the coding that was applied last taken off first."""
    names = [name.strip().lower() for name in (codings or "").split(",")]
    for name in reversed(list(filter(None, names))):
        if name not in _DECODERS:
            raise Unknown(f"the page is packed as {name}, which is not unpacked here")
        payload = _DECODERS[name](payload, limit)
    return payload[:limit]


def _identity(payload: bytes, _: int) -> bytes:
    return payload


def _gzip(payload: bytes, limit: int) -> bytes:
    return _inflated(payload, limit, 31) or payload


def _deflate(payload: bytes, limit: int) -> bytes:
    """In the frame of zlib, as RFC 9110 (8.4.1.2) has it, or without one, as some servers send it."""
    return _inflated(payload, limit, 15) or _inflated(payload, limit, -15) or payload


def _inflated(payload: bytes, limit: int, frame: int) -> bytes:
    """What one stream or several in a row hold, up to the piece in which they are damaged or end."""
    found = bytearray()
    inflate = zlib.decompressobj(frame)
    for piece in _pieces(payload):
        data = piece
        while data and len(found) < limit:
            try:
                found += inflate.decompress(data, limit - len(found))
            except zlib.error:
                return bytes(found)
            data = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            inflate = zlib.decompressobj(frame) if inflate.eof else inflate
    return bytes(found)


def _brotli(payload: bytes, limit: int) -> bytes:
    found = bytearray()
    unpack = brotli.Decompressor()
    for piece in _pieces(payload):
        data = piece
        while len(found) < limit:
            try:
                found += unpack.process(data, output_buffer_limit=limit - len(found))
            except brotli.error:
                return bytes(found) or payload
            if unpack.can_accept_more_data():
                break
            data = b""
    return bytes(found)


def _pieces(payload: bytes) -> Iterator[bytes]:
    """So small that little is lost with the one in which damage is found: its output is lost whole."""
    return (payload[start : start + _PIECE] for start in range(0, len(payload), _PIECE))


_PIECE = 1024

_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "identity": _identity,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
}
