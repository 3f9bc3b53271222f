"""A WARC file read by the letter of the standard, with nothing but gzip and text: what the tests hold other readers to."""

import base64
import hashlib
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Raw:
    """A record: its version line, its header fields by lower-case name, its block."""

    version: bytes
    fields: dict[str, str]
    block: bytes

    @property
    def kind(self) -> str:
        return self.fields["warc-type"]

    @property
    def url(self) -> str | None:
        return self.fields.get("warc-target-uri")


def records(path: Path) -> list[Raw]:
    """The records of a file, each in a gzip member of its own (WARC 1.1, annex D)."""
    return [_record(member) for member in _members(path.read_bytes())]


def described(block: bytes) -> dict[str, Any]:
    """What a metadata record of ours says: a line for each value, which is JSON."""
    lines = (line.split(": ", 1) for line in block.decode().removesuffix("\r\n").split("\r\n"))
    return {name: json.loads(value) for name, value in lines}


def in_hexadecimal(data: bytes) -> str:
    """A labelled digest (WARC 1.1, 5.8): SHA-256, so of a block."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def base32(data: bytes) -> str:
    """The same in base32, so of a payload."""
    return f"sha256:{base64.b32encode(hashlib.sha256(data).digest()).decode()}"


def _members(data: bytes) -> list[bytes]:
    found = []
    while data:
        inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        found.append(inflate.decompress(data))
        assert inflate.eof
        data = inflate.unused_data
    return found


def _record(member: bytes) -> Raw:
    head, _, rest = member.partition(b"\r\n\r\n")
    version, *lines = head.split(b"\r\n")
    pairs = [line.decode().split(": ", 1) for line in lines]
    fields = {name.lower(): value for name, value in pairs}
    assert len(fields) == len(pairs), "a header field stands twice"
    length = int(fields["content-length"])
    assert rest[length:] == b"\r\n\r\n", "two line ends follow a block, and nothing else (WARC 1.1, 4)"
    return Raw(version, fields, rest[:length])
