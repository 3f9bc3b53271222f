"""Other archives' captures of our sources, as visits of ours in snapshots/; the disk.

In go sources and WARC files that somebody else wrote, out come visits at their own time, in a
WARC file of their own for each source, and word of what was brought. Bytes are kept as they
stand in the foreign record. What cannot be used is left, counted and told; what is there
already is not brought twice, so an import that was cut short is just repeated.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from functools import cache, partial
from pathlib import Path

from . import snapshots
from .cdxj import key
from .foreign import Damage, Head, Shelf, Warc
from .joining import REFERS_TO_NOTHING, Answer, Found, Name, Unjoined, names
from .message import parse_message
from .progress import Progress
from .records import Exchange, Source, Stored, Validators, Visit, format_time
from .warc import digest_of

LATER = "later_than_now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came in for a source: the ids of its records, in order of time, and the first and last time.

    `already` were there before; `left` counts the records that could not be used, by the reason.
    """

    source_id: str
    record_ids: tuple[str, ...]
    first: str | None
    last: str | None
    already: int
    left: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where visits go that were made elsewhere: snapshots/, as of `when`; `there` are the seconds of those it has, by source."""

    folder: Path
    when: datetime
    there: Mapping[str, Mapping[str, Stored]]


def bring(
    to: Destination, sources: Sequence[Source], warcs: Sequence[Warc], max_bytes: int, progress: Progress
) -> tuple[list[Brought], list[str]]:
    """Imports what the files have of the sources; returns what was brought, and a sentence per file that is damaged.

    A record of more than `max_bytes` is not used.
    """
    digest = cache(_sha256)
    with Shelf(to.folder, max_bytes) as shelf:
        found, damages = _gather(sources, warcs, shelf, progress)
        return [_Import(to, source, found, digest).bring(progress) for source in sources], damages


def _gather(
    sources: Sequence[Source], warcs: Sequence[Warc], shelf: Shelf, progress: Progress
) -> tuple[Found, list[str]]:
    """The records of the sources' addresses, and in further readings those that they point to."""
    found, damages = Found(shelf.block), dict[str, None]()
    before: frozenset[Name] = frozenset()
    wanted: frozenset[Name] = frozenset(("address", key(source.url)) for source in sources)
    while wanted:
        for warc in warcs:
            try:
                for foreign in shelf.gather(warc, partial(_is_wanted, wanted, before), progress):
                    found.add(foreign)
            except Damage as damage:
                damages[str(damage)] = None
        before |= wanted
        wanted = found.missing() - before
    return found, list(damages)


def _is_wanted(wanted: frozenset[Name], before: frozenset[Name], head: Head) -> bool:
    """Whether a record is wanted, and was not taken in an earlier reading."""
    known_by = names(head)
    return not known_by.isdisjoint(wanted) and known_by.isdisjoint(before)


class _Import:
    """One source's import, each visit called by its second."""

    def __init__(self, to: Destination, source: Source, found: Found, digest: Callable[[Path], str]) -> None:
        self._to, self._source, self._found, self._digest = to, source, found, digest
        self._there = to.there.get(source.id, {})
        self._left = Counter(found.unusable[key(source.url)])
        self._chains = self._all_chains()
        self._seconds = {id(answer): _second(chain) for chain in self._chains for answer in chain}
        self._made: dict[str, str] = {}
        self._validators: dict[str, Validators] = {}

    def bring(self, progress: Progress) -> Brought:
        """Appends what is not there yet, in order of time."""
        already = 0
        for chain in progress(self._chains, len(self._chains), f"importing {self._source.id}"):
            if _second(chain) in self._there or _second(chain) in self._made:
                already += 1
                continue
            try:
                self._append(chain)
            except Unjoined as reason:
                self._left[str(reason)] += 1
        return Brought(
            source_id=self._source.id,
            record_ids=tuple(self._made.values()),
            first=min(self._made, default=None),
            last=max(self._made, default=None),
            already=already,
            left={reason: number for reason, number in self._left.items() if number},
        )

    def _all_chains(self) -> list[list[Answer]]:
        """Each answer of the source, behind the redirects to it; what a redirect leads to is no visit of its own."""
        answers = self._found.answers(key(self._source.url))
        past = [answer for answer in answers if answer.at <= self._to.when]
        self._left[LATER] += len(answers) - len(past)
        chains = []
        for answer in past:
            try:
                chains.append(self._found.chain(answer))
            except Unjoined as reason:
                self._left[str(reason)] += 1
        led_to = {id(answer) for chain in chains for answer in chain[1:]}
        return [chain for chain in chains if id(chain[0]) not in led_to]

    def _append(self, chain: Sequence[Answer]) -> None:
        """Writes a visit; raises Unjoined where its answer stands for a record that is not there."""
        last = chain[-1]
        validators = self._referred(last) if last.head.kind == "revisit" else None
        if last.is_not_modified and (validators is None or not validators.ask(last.head.url)):
            raise Unjoined(REFERS_TO_NOTHING)
        exchanges = tuple(self._found.exchange(answer) for answer in chain)
        visit = Visit(
            source=self._source, at=chain[0].at, exchanges=exchanges, answer=exchanges[-1], origin=self._origin(chain)
        )
        record_id = snapshots.append(self._to.folder, visit, validators, imported=self._to.when)
        self._made[_second(chain)] = record_id
        self._validators[_second(chain)] = validators or _validators(visit, exchanges[-1], record_id)

    def _referred(self, revisit: Answer) -> Validators | None:
        """What a revisit of ours refers to: the archived record of what the foreign one stands for, None without one."""
        referred = self._found.referred(revisit)
        second = self._seconds.get(id(referred))
        if referred is None or second is None:
            return None
        if second not in self._validators:
            stored = self._there.get(second)
            if stored is None:
                return None
            self._validators[second] = snapshots.read_validators(self._to.folder, stored.file, stored.offset)
        found = self._validators[second]
        asked = found.last_modified or format_datetime(referred.at, usegmt=True)
        return replace(found, last_modified=asked)

    def _origin(self, chain: Sequence[Answer]) -> dict[str, str]:
        """Where a visit was found: the file and its digest, and the ids of the records it was made of."""
        *redirects, last = chain
        warc, referred = last.foreign.warc, self._found.referred(last) if last.head.kind == "revisit" else None
        facts = {
            "file": warc.path.name,
            "member": warc.member,
            "sha256": self._digest(warc.path),
            "record": last.head.record_id,
            "refers_to": referred.head.record_id if referred else None,
            "redirects": " ".join(redirect.head.record_id for redirect in redirects),
        }
        return {name: value for name, value in facts.items() if value}


def _second(chain: Sequence[Answer]) -> str:
    """The time of the visit that a chain becomes."""
    return format_time(chain[0].at)


def _validators(visit: Visit, answer: Exchange, record_id: str) -> Validators:
    """What revisits of this answer refer to."""
    message = parse_message(answer.response)
    return Validators(
        etag=message.field("ETag"),
        last_modified=message.field("Last-Modified"),
        payload_digest=digest_of(answer.payload),
        record_id=record_id,
        url=answer.url,
        date=format_time(visit.at),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
