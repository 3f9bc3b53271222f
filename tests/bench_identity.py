"""Made-up histories whose truth is known: 200 of 41 captures, one edit in a hundred records; docs/identity.md says of what kinds.

Split is a thing that got another `record_id` than before, mixed one that got the `record_id` of another thing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from typing import Self

from pref_scraper.identity import Entry, identify
from pref_scraper.records import Record

from .figures import Figure
from .histories import Capture, history

HISTORIES = range(1000, 1200)
"""The seeds of these figures; weights and limits were chosen on others, 0 to 199."""
CAPTURES = 41
MISSING = 30
_CALLED_BY = ("name", "item", "text")


@dataclass(slots=True)
class Tally:
    """How often a thing was met again (`known`), and of these `renamed`; how often it was split or mixed.

    Split: it got another record_id than before. Mixed: it got one that another thing had.
    """

    known: int = 0
    renamed: int = 0
    split: int = 0
    mixed: int = 0

    def __iadd__(self, other: "Tally") -> Self:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self


def follow(captures: Iterable[Capture]) -> Tally:
    """Identifies one capture after another as an archive does, and compares with the truth."""
    tally = Tally()
    before: dict[str, Entry] = {}
    gone: dict[str, Entry] = {}
    ids: dict[int, str] = {}
    truths: dict[str, int] = {}
    called: dict[int, str | None] = {}
    for capture in captures:
        entries = identify("s", capture.page, before, gone).entries
        for (record_id, entry), truth in zip(entries.items(), capture.truth, strict=True):
            words = _words(entry.record)
            if truth in ids:
                tally.known += 1
                tally.renamed += words != called[truth]
                tally.split += record_id != ids[truth]
            tally.mixed += truths.get(record_id, truth) != truth
            ids[truth], truths[record_id], called[truth] = record_id, truth, words
        gone = {key: entry for key, entry in (gone | before).items() if key not in entries}
        before = entries
    return tally


def _words(record: Record) -> str | None:
    return next((getattr(record, name) for name in _CALLED_BY if hasattr(record, name)), None)


def every_capture(seeds: Iterable[int]) -> Tally:
    """What comes of histories in which every capture is there."""
    tally = Tally()
    for seed in seeds:
        tally += follow(history(seed, CAPTURES))
    return tally


def with_gaps(seeds: Iterable[int]) -> Tally:
    """What comes of histories in which 30 captures in a row are missing, twice."""
    tally = Tally()
    for seed in seeds:
        tally += follow(islice(history(seed, 2 * (MISSING + 1) + 1), 0, None, MISSING + 1))
    return tally


def figures() -> Iterator[Figure]:
    """Things that were split or mixed, among those that were met again."""
    yield from _told("every capture is there", every_capture(HISTORIES), split=0, mixed=0)
    yield from _told(f"{MISSING} captures in a row are missing, twice", with_gaps(HISTORIES), split=3)


def _told(what: str, tally: Tally, *, split: float, mixed: float | None = None) -> Iterator[Figure]:
    for name, limit in (("split", split), ("mixed", mixed)):
        found = getattr(tally, name)
        percent = found / tally.known * 100
        yield Figure(
            what=f"{name} in %, where {what}",
            ours=f"{found:,}",
            other=f"{tally.known:,} met again, {tally.renamed:,} of them renamed",
            ratio=percent,
            at_most=limit,
        )
