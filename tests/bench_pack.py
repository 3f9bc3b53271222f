"""WARC files of 365 captures, one a day, packed: their size, the time to read all of them and to come to any capture."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pref_scraper import packing, snapshots, warcfiles

from .figures import Figure, limited, plain
from .series import archived, noisy, with_token

DAYS = 365
ROUNDS = 5
SERIES = {
    "a page of 261 KB with edits and noise": (noisy, 2200),
    "a page of 52 KB of which only a token differs": (with_token, 900),
}


def figures() -> Iterator[Figure]:
    """Of both series."""
    for what, (made, limit) in SERIES.items():
        with tempfile.TemporaryDirectory() as temporary:
            yield from _figures(what, Path(temporary), made(DAYS), limit)


def _figures(what: str, folder: Path, bodies: Iterator[bytes], limit: int) -> Iterator[Figure]:
    warc = archived(folder, bodies)
    whole = warc.stat().st_size
    inflating = statistics.median(_seconds(lambda: _read(folder)) for _ in range(ROUNDS))
    packing_ = _seconds(lambda: packing.pack(folder, snapshots.files(folder)[0]))
    packed = warcfiles.held(warc).stat().st_size
    reading = statistics.median(_seconds(lambda: _read(folder)) for _ in range(ROUNDS))
    before = f"reading it before: {plain(inflating)}"
    yield limited(f"packed, a capture with all records, {what}", packed / DAYS, "bytes", limit)
    yield Figure(
        what="the same, beside the WARC file",
        ours=f"{plain(packed / DAYS)} bytes",
        other=f"{plain(whole / DAYS)} bytes",
        ratio=packed / whole,
    )
    yield Figure(what="reading all of it", ours=f"{plain(reading)} CPU s", other=before, ratio=reading / inflating)
    yield Figure(what="packing it", ours=f"{plain(packing_)} CPU s", other=before, ratio=packing_ / inflating)
    yield limited("any capture of it, with nothing at hand, the longest", _longest(folder) * 1000, "CPU ms", 50)


def _read(folder: Path) -> None:
    (file,) = snapshots.files(folder)
    for stored, _ in snapshots.read(folder, file):
        snapshots.read_body(folder, file, stored.offset)


def _longest(folder: Path) -> float:
    """Seconds to a capture, the longest of a hundred at random, each with nothing at hand."""
    (file,) = snapshots.files(folder)
    offsets = [stored.offset for stored, _ in snapshots.read(folder, file)]
    longest = 0.0
    for offset in random.Random(1).sample(offsets, 100):
        warcfiles._pack.cache_clear()
        begun = time.process_time()
        snapshots.read_body(folder, file, offset)
        longest = max(longest, time.process_time() - begun)
    return longest


def _seconds(function: Callable[[], object]) -> float:
    """Of the processor."""
    begun = time.process_time()
    function()
    return time.process_time() - begun
