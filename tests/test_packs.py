"""A pack gives each record at its place, and the WARC file byte for byte."""

import gzip
import io
import random
import time
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pref_scraper import packs
from pref_scraper.packs import Pack, packed
from pref_scraper.warc import Draft, NotWhole, mapped

from .series import archived, noisy, with_token

FIRST = Path(__file__).parent / "fixtures" / "first" / "mie-npo-2026.warc.gz"

ZSTD = bytes.fromhex("28b52ffd")
"""How a frame begins (RFC 8878, 3.1.1)."""

blocks = st.lists(st.binary(max_size=60).map(lambda piece: piece * 5), min_size=1, max_size=12)


def _members(blocks: list[bytes]) -> list[bytes]:
    return [
        Draft("metadata", f"<urn:uuid:{number}>", "2026-04-01T00:00:00Z", {}, block).member()
        for number, block in enumerate(blocks)
    ]


def _pack(warc: bytes) -> bytes:
    return b"".join(packed(warc))


@given(blocks=blocks, room=st.integers(1, 2000))
def test_what_is_packed_is_read_at_its_place_and_comes_back_byte_for_byte(blocks: list[bytes], room: int) -> None:
    """However many records a frame holds."""
    members = _members(blocks)
    warc = b"".join(members)
    offsets = [len(b"".join(members[:number])) for number in range(len(members) + 1)]
    raws = [gzip.decompress(member) for member in members]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packs, "FRAME", room)
        pack = Pack(_pack(warc))
    assert pack.size == len(warc)
    assert pack.is_as_written()
    expected = list(zip(offsets, offsets[1:], raws, strict=False))
    for number, (offset, end, raw) in enumerate(expected):
        assert pack.member_at(offset) == (raw, end)
        assert list(pack.members(offset)) == expected[number:]
        with pytest.raises(NotWhole, match="no record begins there"):
            pack.member_at(offset + 1)
    assert b"".join(pack.unpacked()) == warc


def test_another_tool_unpacks_it_to_a_warc_file() -> None:
    """zstd's own reader of streams, and warcio: without this program the records are there, each whole."""
    warc = FIRST.read_bytes()
    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(_pack(warc)), read_across_frames=True)
    plain = reader.read()
    assert plain == gzip.decompress(warc)
    ids = [record.rec_headers.get_header("WARC-Record-ID") for record in ArchiveIterator(io.BytesIO(plain))]
    assert ids == [record.rec_headers.get_header("WARC-Record-ID") for record in ArchiveIterator(io.BytesIO(warc))]
    assert len(ids) == 25


def test_a_file_of_the_first_archives_comes_back_byte_for_byte() -> None:
    """Its members are packed harder, and begin otherwise."""
    warc = FIRST.read_bytes()
    assert b"".join(Pack(_pack(warc)).unpacked()) == warc


def test_each_flipped_byte_is_found() -> None:
    whole = _pack(b"".join(_members([b"a" * 50, b"b" * 50])))
    for position in range(len(whole)):
        flipped = whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
        try:
            assert not Pack(flipped).is_as_written(), position
        except NotWhole:
            continue


def test_each_truncation_is_refused() -> None:
    whole = _pack(b"".join(_members([b"a" * 50])))
    for length in range(len(whole)):
        with pytest.raises(NotWhole):
            Pack(whole[:length])


def test_what_is_whole_is_read_beside_a_frame_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    members = _members([b"the first", b"the second", b"the third"])
    monkeypatch.setattr(packs, "FRAME", 1)
    whole = _pack(b"".join(members))
    second = whole.index(ZSTD, 4)
    place = (second + whole.index(ZSTD, second + 4)) // 2
    pack = Pack(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    found = list(pack.members())
    ends = [len(members[0]), len(members[0] + members[1]), len(b"".join(members))]
    assert [(offset, end) for offset, end, _ in found] == [(0, ends[0]), (ends[0], ends[1]), (ends[1], ends[2])]
    first, broken, last = [raw for *_, raw in found]
    assert (first, last) == (gzip.decompress(members[0]), gzip.decompress(members[2]))
    assert isinstance(broken, NotWhole)
    with pytest.raises(NotWhole, match="cannot be unpacked"):
        pack.member_at(ends[0])


def test_a_damaged_warc_file_is_not_packed() -> None:
    warc = bytearray(b"".join(_members([b"a" * 50, b"b" * 50])))
    warc[len(warc) // 2 + 20] ^= 1
    with pytest.raises(NotWhole):
        _pack(bytes(warc))


SERIES = {
    "edits and noise on a page of 261 KB": (noisy, 62, 2200),
    "only a token differs": (with_token, 120, 900),
}


@pytest.mark.parametrize("what", SERIES)
def test_a_capture_costs_little_and_is_found_soon(tmp_path: Path, what: str) -> None:
    """Bytes of a capture with all its records; processor time to any record of a pack that was just opened."""
    made, days, limit = SERIES[what]
    with mapped(archived(tmp_path, made(days))) as warc:
        pack = _pack(bytes(warc))
    assert len(pack) / days < limit
    places = [offset for offset, _, _ in Pack(pack).members()]
    chance = random.Random(1)
    for offset in [places[-1], *chance.sample(places, 20)]:
        begun = time.process_time()
        Pack(pack).member_at(offset)
        assert time.process_time() - begun < 0.05
