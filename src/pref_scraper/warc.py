"""WARC records as bytes and back: gzip members, digests, the HTTP message inside; pure.

In go bytes of a `.warc.gz` file or what a record shall say, out come records or members; a
member that cannot be read is refused with `NotWhole`. The door to FastWARC, which reads the head of
a record; a record is written as it is put down here, its block untouched.
"""

import base64
import hashlib
import mmap
import secrets
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from fastwarc.warc import WarcRecord, WarcRecordType

from .message import Message, parse_message

# Every member begins so, whatever the platform (RFC 1952, 2.3.1: no time, system unknown).
# The gzip checksum does not cover these bytes, so `verify` compares them.
MEMBER_HEAD = bytes.fromhex("1f8b08000000000000ff")
FIRST_MEMBER_HEAD = bytes.fromhex("1f8b08000000000002ff")
"""That of the first archives, which were packed as small as can be."""

WARCINFO, METADATA = WarcRecordType.warcinfo, WarcRecordType.metadata
RESPONSE, REVISIT = WarcRecordType.response, WarcRecordType.revisit

SAME_BYTES = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


_FIRST_CHUNK, _CHUNK = 4096, 65536
"""Bytes that a member is inflated from at a time: most end within the first."""

Bytes = mmap.mmap | bytes
"""A file's bytes, wherever they are."""


class NotWhole(Exception):
    """A member that cannot be read; the text says why."""


class CutShort(NotWhole):
    """A member whose end is missing."""


def record_ids(at: datetime) -> Iterator[str]:
    """Ids for the records of one visit: UUIDs of version 8 (RFC 9562, 5.8) that hold its time.

    `<urn:uuid:00002026-0403-8091-8530-5f0a4f6e1b2c>`: the record's number in the visit, the time,
    and 48 random bits. The visit's records share all but the number, so an id costs a compressed
    record that names two of them little more than one; and the time begins as `WARC-Date` does.
    """
    when, tail = f"{at.astimezone(UTC):%Y%m%d%H%M%S}", secrets.token_hex(6)
    shared = f"{when[:4]}-{when[4:8]}-8{when[8:11]}-8{when[11:]}-{tail}"
    for number in range(0x1000):
        yield f"<urn:uuid:{number:04x}{shared}>"


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that is to be written: its kind as `response`, its id, its time, further fields, and its block."""

    kind: str
    record_id: str
    date: str
    fields: Mapping[str, str]
    block: bytes

    def head(self) -> bytes:
        """The lines before the block, with its digest (WARC 1.1, 4 and 5); an empty block has none.

        They may come in any order; in this one they pack best.
        """
        fields = {
            "WARC-Type": self.kind,
            "WARC-Date": self.date,
            **self.fields,
            "WARC-Record-ID": self.record_id,
            **({"WARC-Block-Digest": hex_digest_of(self.block)} if self.block else {}),
            "Content-Length": str(len(self.block)),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"WARC/1.1\r\n{lines}\r\n".encode()

    def member(self) -> bytes:
        """The gzip member that holds the record."""
        return gzipped(self.head(), self.block, b"\r\n\r\n")


def gzipped(*parts: bytes, head: bytes = MEMBER_HEAD) -> bytes:
    """A gzip member of these parts in a row, which depends on nothing but them, its head and the zlib that is there."""
    deflate = zlib.compressobj(9 if head == FIRST_MEMBER_HEAD else -1, wbits=31)
    packed = b"".join([*map(deflate.compress, parts), deflate.flush()])
    return head + packed[len(head) :]


@dataclass(frozen=True)
class Record:
    """A record as it was read: its kind, as RESPONSE, its fields, by their names as they are written here, and its block."""

    kind: WarcRecordType
    headers: Mapping[str, str]
    block: bytes

    @property
    def id(self) -> str:
        """Its id, as it stands there: `<urn:uuid:…>`."""
        return self.headers.get("WARC-Record-ID", "")

    @cached_property
    def message(self) -> Message:
        """The answer that the block of a response or revisit record is."""
        return parse_message(self.block)


def digest_of(data: bytes) -> str:
    """`sha256:` and the digest in base32, as WARC files and their indexes label a payload."""
    return f"sha256:{base64.b32encode(hashlib.sha256(data).digest()).decode()}"


def hex_digest_of(data: bytes) -> str:
    """The same in hexadecimal: so a block is labelled, whose digest no index names, since it packs smaller."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def is_digest(label: str | None, data: bytes) -> bool:
    """Whether a label is of these bytes, in either form: the first archives have blocks in base32, too."""
    is_base32 = label is not None and label.endswith("=")
    return label == (digest_of if is_base32 else hex_digest_of)(data)


@contextmanager
def mapped(path: Path) -> Iterator[Bytes]:
    """The bytes of a file, read as they are needed."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def member_at(data: Bytes, offset: int) -> tuple[bytes, int]:
    """The record, as bytes, in the gzip member at a byte, and the byte behind the member."""
    inflate = zlib.decompressobj(31)
    pieces = []
    position, size = offset, _FIRST_CHUNK
    while not inflate.eof:
        chunk, size = data[position : position + size], _CHUNK
        if not chunk:
            raise CutShort("the file ends within a record")
        try:
            pieces.append(inflate.decompress(chunk))
        except zlib.error as error:
            raise NotWhole(f"not a gzip member: {error}") from error
        position += len(chunk)
    return b"".join(pieces), position - len(inflate.unused_data)


def member_head(data: Bytes) -> bytes:
    """How each member of a file begins."""
    return FIRST_MEMBER_HEAD if data[: len(MEMBER_HEAD)] == FIRST_MEMBER_HEAD else MEMBER_HEAD


def members(data: Bytes, start: int = 0) -> Iterator[tuple[int, int, bytes | NotWhole]]:
    """Each member from a byte on: where it begins and ends, and what is in it, or why it cannot be inflated.

    Behind such a one it goes on with what looks like the next.
    """
    offset = start
    while offset < len(data):
        found: bytes | NotWhole
        try:
            found, end = member_at(data, offset)
        except NotWhole as error:
            following = data.find(member_head(data), offset + 1)
            found, end = error, following if following >= 0 else len(data)
        yield offset, end, found
        offset = end


def parsed(
    members: Iterable[tuple[int, int, bytes | NotWhole]],
) -> Iterator[tuple[int, int, Record | NotWhole]]:
    """The record in each member, or why there is none."""
    for offset, end, raw in members:
        found: Record | NotWhole
        try:
            found = parse_record(raw) if isinstance(raw, bytes) else raw
        except NotWhole as error:
            found = error
        yield offset, end, found


def parse_record(raw: bytes) -> Record:
    """The record that these bytes are."""
    try:
        record = WarcRecord.from_bytes(raw)
        return Record(record.record_type, dict(record.headers.items()), record.reader.read())
    except OSError as error:
        raise NotWhole(f"not a WARC record: {error}") from error
