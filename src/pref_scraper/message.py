"""An HTTP/1 answer as bytes, taken apart; pure.

In goes the block of a WARC response record, whoever wrote it, out come status, header fields
and payload. Nothing is refused: heads with bare line feeds, folded fields and no reason phrase
are read as RFC 9112 (2.2, 5.2) tells recipients to, however long they are, and a body that is
not what its head says is taken as it stands, as other archives store it.
"""

import re
from dataclasses import dataclass
from functools import cached_property

_INTERIM = re.compile(rb"HTTP/\d+(?:\.\d+)?[ \t]+1\d\d(?!\d)")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/\d+(?:\.\d+)?[ \t]+(\d{3})(?!\d)")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_SIZE_LINE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_LINE_END = re.compile(rb"\r?\n")

_WITHOUT_BODY = frozenset({204, 304})


@dataclass(frozen=True)
class Message:
    """An answer: its `head` with the empty line that ends it, and its `body` with whatever transfer coding it has."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int | None:
        """The status of the answer, None where it has no status line."""
        found = _STATUS.match(self.head)
        return int(found[1]) if found else None

    def field(self, name: str) -> str | None:
        """The first field of this name, in any case; bytes that are not UTF-8 are read as Latin-1."""
        value = self._fields.get(name.lower().encode())
        return None if value is None else _text(value)

    @cached_property
    def _fields(self) -> dict[bytes, bytes]:
        """The first value of each field, by its name in small letters."""
        lines = (line.partition(b":") for line in _FOLD.sub(b" ", self.head).splitlines()[1:])
        return {name.strip().lower(): value.strip() for name, _, value in reversed(list(lines))}

    @property
    def is_chunked(self) -> bool:
        """Whether the body came in chunks (RFC 9112, 7.1)."""
        return "chunked" in (self.field("Transfer-Encoding") or "").lower()

    @property
    def payload(self) -> bytes:
        """The body without its transfer coding, with its content coding (RFC 9112, 6.3)."""
        if self.status in _WITHOUT_BODY:
            return b""
        if self.is_chunked:
            return _joined(self.body)
        length = self.field("Content-Length") or ""
        is_told = re.fullmatch("[0-9]{1,15}", length) and not self._is_unpacked
        return self.body[: int(length)] if is_told else self.body

    @property
    def _is_unpacked(self) -> bool:
        """Whether an archive removed the content coding of a body, and left the head that told its length packed."""
        return (self.field("Content-Encoding") or "").lower() == "gzip" and not self.body.startswith(b"\x1f\x8b")


def parse_message(block: bytes) -> Message:
    """The parts of an answer, its 1xx heads left out; all of it is head where no empty line ends one."""
    start = start_of_answer(block)
    end = _end_of_head(block, start)
    return Message(block[start:end], block[end:])


def start_of_answer(block: bytes) -> int:
    """The byte behind the 1xx heads that come before an answer's own (RFC 9110, 15.2)."""
    start, end = 0, _end_of_head(block, 0)
    while end < len(block) and _INTERIM.match(block, start):
        start, end = end, _end_of_head(block, end)
    return start


def _end_of_head(block: bytes, start: int) -> int:
    found = _END_OF_HEAD.search(block, start)
    return found.end() if found else len(block)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _joined(body: bytes) -> bytes:
    """The chunks of a body (RFC 9112, 7.1), up to where it breaks off; a body without a first chunk is none of chunks."""
    joined, position = (
        bytearray(),
        0,
    )  # a list of a million chunks, and what joins them, would take a hundred times as much
    while found := _SIZE_LINE.match(body, position):
        size, start = int(found[1], 16), found.end()
        joined += body[start : start + size]
        position = start + size
        end = _LINE_END.match(body, position)
        if size == 0 or position > len(body) or end is None:
            break
        position = end.end()
    return bytes(joined) if position else body
