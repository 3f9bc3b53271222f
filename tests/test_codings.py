"""What servers pack although we ask them not to: unpacked within a bound, whatever the bytes."""

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pref_scraper.codings import Unknown, decode

PAGE = "<p>予算額：1,200千円</p>\n".encode() * 100
RAW = zlib.compress(PAGE)[2:-4]
HALF = gzip.compress(PAGE, 0)[: len(PAGE) // 2]

PACKED = {
    "nothing is said": (None, PAGE, PAGE),
    "identity": ("identity", PAGE, PAGE),
    "gzip": ("gzip", gzip.compress(PAGE), PAGE),
    "gzip by its old name, in capitals": ("X-GZIP", gzip.compress(PAGE), PAGE),
    "gzip in two members": ("gzip", gzip.compress(PAGE[:50]) + gzip.compress(PAGE[50:]), PAGE),
    "gzip with bytes behind its end": ("gzip", gzip.compress(PAGE) + b"\n", PAGE),
    "deflate in zlib's frame": ("deflate", zlib.compress(PAGE), PAGE),
    "deflate without a frame": ("deflate", RAW, PAGE),
    "br": ("br", brotli.compress(PAGE), PAGE),
    "one in another": ("gzip, br", brotli.compress(gzip.compress(PAGE)), PAGE),
    "a gzip label on what is none": ("gzip", PAGE, PAGE),
    "a deflate label on what is none": ("deflate", PAGE, PAGE),
    "a br label on what is none": ("br", PAGE, PAGE),
    "a label on nothing": ("gzip", b"", b""),
}


@pytest.mark.parametrize(("codings", "payload", "meant"), PACKED.values(), ids=PACKED.keys())
def test_what_was_packed_is_unpacked_and_what_was_not_stands(codings: str, payload: bytes, meant: bytes) -> None:
    assert decode(payload, codings, len(PAGE)) == meant
    assert decode(payload, codings, 10) == meant[:10]


@pytest.mark.parametrize("codings", ["gzip", "br"])
def test_a_bomb_gives_no_more_than_the_bound(codings: str) -> None:
    zeros = bytes(20_000_000)
    bomb = gzip.compress(zeros) if codings == "gzip" else brotli.compress(zeros, quality=5)
    assert len(bomb) < 100_000
    assert decode(bomb, codings, 1000) == bytes(1000)


def test_what_was_cut_off_gives_what_it_gives() -> None:
    found = decode(HALF, "gzip", len(PAGE))
    assert len(PAGE) // 2 - 2000 < len(found) < len(PAGE)
    assert PAGE.startswith(found)


def test_what_is_damaged_gives_what_stands_before_the_damage() -> None:
    packed = bytearray(gzip.compress(PAGE * 100, 0))
    packed[-1] ^= 1
    found = decode(bytes(packed), "gzip", len(PAGE) * 100)
    assert len(found) > len(PAGE) * 99
    assert (PAGE * 100).startswith(found)


def test_a_coding_that_is_not_known_is_refused_by_its_name() -> None:
    with pytest.raises(Unknown, match="the page is packed as zstd, which is not unpacked here"):
        decode(b"\x28\xb5\x2f\xfd", "zstd", 100)


@given(payload=st.binary(max_size=300), codings=st.sampled_from(["gzip", "deflate", "br", "br, gzip"]))
def test_any_bytes_give_bytes_within_the_bound(payload: bytes, codings: str) -> None:
    assert len(decode(payload, codings, 100)) <= 100
