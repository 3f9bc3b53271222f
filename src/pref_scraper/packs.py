"""A WARC file packed for good: its records in frames of zstd, from which it is made again byte for byte; pure.

A pack is a row of zstd frames (RFC 8878), then one that every reader of zstd skips. The frames hold the
records of the WARC file, not packed, one behind another: `zstd -dc FILE` prints a WARC file that any tool
reads. Of a page that is captured daily a frame holds many, and each says only in what it differs from
those before it; to read one, at most FRAME bytes are unpacked. The last frame holds a table:

    format, software, zlib   of this pack; what wrote it; which zlib packs the members as they were
    head, sha256             how each gzip member of the WARC file begins (hexadecimal); the file's digest
    frames                   of each frame its bytes and its number of records
    records, members         of each record its bytes, and those of its gzip member

packed by zstd, and a tail of fixed length: bytes of the table, bytes of the WARC file (both of 64 bits, the
lowest byte first), the SHA-256 of all that stands before it, and `warcpack`. What is not so is refused with
`NotWhole`. The one door to zstandard.
"""

import hashlib
import json
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import zstandard

from . import __version__
from .warc import Bytes, NotWhole, gzipped, member_head, members

FRAME = 1 << 24
"""Bytes of records in a frame, at most, unless one record has more: what a reader unpacks in some 10 ms."""

_FORMAT = 1
_MAGIC = b"warcpack"
_TAIL = struct.Struct("<QQ32s8s")
_SKIPPABLE = struct.Struct("<II")
_SKIPPABLE_MAGIC = 0x184D2A5E

# As small as zstd makes it without asking its readers for more memory than they give unasked.
_PARAMETERS = zstandard.ZstdCompressionParameters.from_level(19, window_log=24, write_checksum=True)


def packed(data: Bytes) -> Iterator[bytes]:
    """The bytes of the pack of a WARC file, in pieces; raises NotWhole where that cannot be read."""
    compressor = zstandard.ZstdCompressor(compression_params=_PARAMETERS)
    written = hashlib.sha256()
    frames: list[tuple[int, int]] = []
    records: list[int] = []
    sizes: list[int] = []
    for frame, lengths in _frames(data):
        records += map(len, frame)
        sizes += lengths
        piece = compressor.compress(b"".join(frame))
        frames.append((len(piece), len(frame)))
        written.update(piece)
        yield piece
    table = {
        "format": _FORMAT,
        "software": f"pref-scraper/{__version__}",
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "head": member_head(data).hex(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "frames": frames,
        "records": records,
        "members": sizes,
    }
    last = compressor.compress(json.dumps(table, separators=(",", ":")).encode())
    before = _SKIPPABLE.pack(_SKIPPABLE_MAGIC, len(last) + _TAIL.size) + last
    tail = _TAIL.pack(len(last), len(data), bytes(32), _MAGIC)
    written.update(before + tail[:16])
    yield before + _TAIL.pack(len(last), len(data), written.digest(), _MAGIC)


def _frames(data: Bytes) -> Iterator[tuple[list[bytes], list[int]]]:
    """The records of each frame, and the bytes of their members."""
    records: list[bytes] = []
    sizes: list[int] = []
    room = FRAME
    for offset, end, raw in members(data):
        if isinstance(raw, NotWhole):
            raise raw
        if records and len(raw) > room:
            yield records, sizes
            records, sizes, room = [], [], FRAME
        records.append(raw)
        sizes.append(end - offset)
        room -= len(raw)
    yield records, sizes


def size_in(tail: bytes) -> int:
    """The bytes of the WARC file, as the TAIL_SIZE last bytes of its pack say."""
    try:
        _, size, _, magic = _TAIL.unpack(tail)
    except struct.error as error:
        raise NotWhole("it is too short for a pack") from error
    if magic != _MAGIC:
        raise NotWhole("it does not end as a pack does")
    return int(size)


TAIL_SIZE = _TAIL.size


@dataclass(frozen=True, slots=True)
class _Frame:
    """A frame: where it stands in the pack, and which records it holds, from the first to the one behind the last."""

    start: int
    end: int
    first: int
    behind: int


class Pack:
    """A WARC file that is packed, read as if it were not: offsets are those in the WARC file."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self.size = size_in(data[-_TAIL.size :])
        table = _table(data)
        self.sha256: str = table["sha256"]
        self.zlib: str = table["zlib"]
        self._head = bytes.fromhex(table["head"])
        self._lengths: Sequence[int] = table["records"]
        self._offsets = list(accumulate(table["members"], initial=0))
        ends = list(accumulate((length for length, _ in table["frames"]), initial=0))
        counts = list(accumulate((count for _, count in table["frames"]), initial=0))
        places = zip(pairwise(ends), pairwise(counts), strict=True)
        self._frames = [_Frame(*pack, *records) for pack, records in places]
        self._firsts = counts[:-1]
        self._last: tuple[int, list[bytes]] = (-1, [])

    def is_as_written(self) -> bool:
        """Whether every byte of the pack is the one that was written."""
        digested = len(self._data) - _TAIL.size + 16
        return hashlib.sha256(memoryview(self._data)[:digested]).digest() == self._data[digested : digested + 32]

    def is_headed(self, _: int) -> bool:
        """Whether a member begins as it was written: it will, as it is made again."""
        return True

    def member_at(self, offset: int) -> tuple[bytes, int]:
        """The record, as bytes, in the gzip member at a byte, and the byte behind the member."""
        record = bisect_left(self._offsets, offset)
        if record >= len(self._lengths) or self._offsets[record] != offset:
            raise NotWhole("no record begins there")
        number = bisect_right(self._firsts, record) - 1
        return self._records(number)[record - self._firsts[number]], self._offsets[record + 1]

    def members(self, start: int = 0) -> Iterator[tuple[int, int, bytes | NotWhole]]:
        """Each member from a byte on, as `warc.members` has them; of a frame that cannot be read that is one."""
        for number, frame in enumerate(self._frames):
            begins, behind = self._offsets[frame.first], self._offsets[frame.behind]
            if behind <= start:
                continue
            try:
                records = self._records(number)
            except NotWhole as error:
                yield begins, behind, error
                continue
            for record, raw in enumerate(records, frame.first):
                if self._offsets[record] >= start:
                    yield self._offsets[record], self._offsets[record + 1], raw

    def unpacked(self) -> Iterator[bytes]:
        """The gzip members of the WARC file, as the zlib of this machine makes them; NotWhole where one cannot be read."""
        for _, _, raw in self.members():
            if isinstance(raw, NotWhole):
                raise raw
            yield gzipped(raw, head=self._head)

    def _records(self, number: int) -> list[bytes]:
        """The records of a frame; those of the one that was asked for last are at hand."""
        found, records = self._last
        if found != number:
            records = self._read(self._frames[number])
            self._last = (number, records)
        return records

    def _read(self, frame: _Frame) -> list[bytes]:
        lengths = self._lengths[frame.first : frame.behind]
        try:
            raw = zstandard.ZstdDecompressor().decompress(self._data[frame.start : frame.end])
        except zstandard.ZstdError as error:
            raise NotWhole(f"its bytes {frame.start} to {frame.end} cannot be unpacked: {error}") from error
        ends = list(accumulate(lengths, initial=0))
        if len(raw) != ends[-1]:
            raise NotWhole(f"its bytes {frame.start} to {frame.end} hold {len(raw)} bytes, and not {ends[-1]}")
        return [raw[start:end] for start, end in pairwise(ends)]


def _table(data: Bytes) -> dict[str, Any]:
    """What the last frame says."""
    length = _TAIL.unpack(data[-_TAIL.size :])[0]
    end = len(data) - _TAIL.size
    try:
        table: dict[str, Any] = json.loads(zstandard.ZstdDecompressor().decompress(data[max(0, end - length) : end]))
    except (zstandard.ZstdError, ValueError) as error:
        raise NotWhole(f"its table cannot be read: {error}") from error
    if table["format"] != _FORMAT:
        raise NotWhole(f"it is of format {table['format']}, which a later pref-scraper reads")
    return table
