"""Packed WARC files: bytes per capture, the time of reading them beside that of the files, and to any capture."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pref_scraper import packing, snapshots, warcfiles

from .series import archived, noisy, with_token

DAYS = 365
ROUNDS = 5
SERIES = {
    "a page of 261 KB with edits and noise": (noisy, 2200),
    "a page of 52 KB of which only a token differs": (with_token, 900),
}


def figures() -> Iterator[str]:
    """A line per figure."""
    for what, (made, limit) in SERIES.items():
        with tempfile.TemporaryDirectory() as temporary:
            yield f"{DAYS} captures of {what}: {_figures(Path(temporary), made(DAYS), limit)}"


def _figures(folder: Path, bodies: Iterator[bytes], limit: int) -> str:
    warc = archived(folder, bodies)
    plain = warc.stat().st_size
    inflating = statistics.median(_seconds(lambda: _read(folder)) for _ in range(ROUNDS))
    packing_ = _seconds(lambda: packing.pack(folder, snapshots.files(folder)[0]))
    packed = warcfiles.held(warc).stat().st_size
    reading = statistics.median(_seconds(lambda: _read(folder)) for _ in range(ROUNDS))
    return (
        f"{packed / DAYS:,.0f} bytes each with all records (limit {limit:,}), {plain / DAYS:,.0f} before, {plain / packed:.0f} "
        f"times as many; reading all of it takes {reading / inflating:.2f} times as long as before, packing it "
        f"{packing_ / inflating:.0f} times; any capture is found within {_longest(folder) * 1000:.0f} ms (limit 50)"
    )


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
