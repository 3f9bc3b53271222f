"""An answer taken apart, whoever wrote it: head, status, fields, payload."""

import pytest

from pref_scraper.message import parse_message

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

# The block of a record, and the status and the payload that are in it.
MESSAGES = {
    "plain": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi"),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", 200, b"hi"),
    "no reason phrase": (b"HTTP/1.1 404\r\n\r\nhi", 404, b"hi"),
    "a Japanese reason phrase": ("HTTP/1.1 200 成功\r\n\r\nhi".encode(), 200, b"hi"),
    "more than the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi there", 200, b"hi"),
    "less than the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", 200, b"hi"),
    "a length that is none": (b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhi", 200, b"hi"),
    "no body by its status": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b""),
    "other heads before it": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhi",
        200,
        b"hi",
    ),
    "chunks": (CHUNKED + b"1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", 200, b"hi"),
    "chunks with extensions and a trailer": (
        CHUNKED + b'1;a=b\r\nh\r\n001 ; c="d;e"\r\ni\r\n0\r\nX-Trailer: t\r\n\r\n',
        200,
        b"hi",
    ),
    "chunks that break off": (CHUNKED + b"1\r\nh\r\nff\r\ni", 200, b"hi"),
    "chunks and a length": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        200,
        b"hi",
    ),
    "a chunked body that its archive joined": (CHUNKED + b"<p>hi</p>", 200, b"<p>hi</p>"),
    "a packed body": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8bhi",
        200,
        b"\x1f\x8bh",
    ),
    "a packed body that its archive unpacked": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nhi",
        200,
        b"hi",
    ),
    "no head": (b"hi", None, b""),
    "nothing": (b"", None, b""),
}


@pytest.mark.parametrize(("block", "status", "payload"), MESSAGES.values(), ids=MESSAGES)
def test_an_answer_is_taken_apart(block: bytes, status: int | None, payload: bytes) -> None:
    message = parse_message(block)
    assert (message.status, message.payload) == (status, payload)


def test_fields_are_found_in_any_case_folded_and_in_any_bytes() -> None:
    fields = 'ETag: "1"\r\nX-Folded: a\r\n  b\r\nX-Name: 三重\r\nx-bytes: '.encode() + b"\x93\xfa\r\n"
    message = parse_message(b"HTTP/1.1 200 OK\r\n" + fields + b"X-Long: " + b"x" * 60_000 + b"\r\n\r\n")
    assert [message.field(name) for name in ("etag", "x-folded", "X-NAME", "X-Bytes", "X-None")] == [
        '"1"',
        "a b",
        "三重",
        "\x93ú",
        None,
    ]
    assert message.field("X-Long") == "x" * 60_000
