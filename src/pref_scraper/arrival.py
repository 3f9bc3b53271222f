"""Who is who in a source whose captures did not arrive in order of time; pure.

Identity is decided in order of arrival, versions are laid in order of time. So a record
keeps the id that it once got: what arrives later, be it older, is recognised by what is
known, and changes nothing of it.
"""

from bisect import bisect, insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .identity import Entries, Entry, Identified, identify
from .records import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A believed capture: when it arrived, and its page, None where that is the page of the one before it in time."""

    arrived: datetime
    page: Page | None


def recognise(source_id: str, captures: Sequence[Arrival]) -> list[Identified]:
    """What each capture says, by record_id; captures are given, and come back, in order of time.

    Each is identified against the nearest in time of those that arrived before it: the one
    before, else the one after. Memory holds all of the source's states at once.
    """
    pages = _pages(captures)
    known = _Known()
    found: dict[int, Identified] = {}
    for at in sorted(range(len(captures)), key=lambda at: captures[at].arrived):
        start, page = pages[at]
        if start not in found:
            before = known.nearest(at)
            found[start] = identify(source_id, page, before, known.others(before))
        known.add(at, found[start].entries)
    return [found[start] for start, _ in pages]


def _pages(captures: Sequence[Arrival]) -> list[tuple[int, Page]]:
    """The page of each capture, and which capture was the first in a row to show it."""
    pages: list[tuple[int, Page]] = []
    for at, capture in enumerate(captures):
        pages.append((at, capture.page) if capture.page is not None else pages[-1])
    return pages


class _Known:
    """What the captures said that have arrived; each has its place in time."""

    def __init__(self) -> None:
        self._places: list[int] = []
        self._said: dict[int, Entries] = {}
        self._last: dict[str, tuple[int, Entry]] = {}

    def add(self, at: int, entries: Entries) -> None:
        insort(self._places, at)
        self._said[at] = entries
        for record_id, entry in entries.items():
            if record_id not in self._last or self._last[record_id][0] < at:
                self._last[record_id] = (at, entry)

    def nearest(self, at: int) -> Entries:
        behind = bisect(self._places, at)
        if not self._places:
            return {}
        return self._said[self._places[max(behind - 1, 0)]]

    def others(self, entries: Entries) -> Entries:
        """Every record that is not among these, as it stood last in time; by record_id, in its order."""
        return {key: entry for key, (_, entry) in sorted(self._last.items()) if key not in entries}
