"""The visits of snapshots/ into an archive.db: read, judged, recognised, compared, written.

In goes the path of a database and the folder of snapshots; out comes a `Loaded` for each
visit that the database did not hold. What a source says is judged and compared in order
of time and recognised in order of arrival; at the end what the newest say is made ready
for search. It refuses, with `OutOfOrder`, what can only be had by building anew, and with
DamagedError a file that lost what was loaded from it.
"""

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from . import rows, snapshots
from .archive import Archive, Capture, capture_id
from .arrival import Arrival, recognise
from .belief import Reading, Verdict, judge, read_page, refuse
from .codings import Unknown
from .diff import compare
from .errors import DamagedError
from .identity import Entries, Identified, identify
from .progress import Progress, silent
from .records import Change, Stored, format_time
from .written import PARSER, VERSION

READINGS = 64
"""How many pages are remembered while loading, so that equal bytes are read once; some 100 KB each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A capture that was loaded: `unread` and `problems` of its page, and what changed with it."""

    capture: Capture
    unread: int
    problems: int
    changes: tuple[Change, ...]


class OutOfOrder(Exception):
    """A capture came that is older than one already loaded, or a source is to be read otherwise."""


def build(database: Path, folder: Path, progress: Progress = silent) -> list[Loaded]:
    """Makes a database, where there is none, from all of snapshots/."""
    Archive.create(database, version=VERSION)
    return list(load_into(database, folder, progress))


def load_into(database: Path, folder: Path, progress: Progress = silent) -> Iterator[Loaded]:
    """Loads every visit that the database does not hold yet, in order of time."""
    with Archive.open(database, version=VERSION) as archive:
        visits, sizes = _new_visits(archive, folder)
        _check_order(archive, visits)
        reader = Reader(archive, folder, visits)
        known = _known_by_arrival(reader, visits, progress)
        states: dict[str, _State] = {}
        for stored in progress(visits, len(visits), "loading"):
            source_id = stored.source.id
            if source_id not in states:
                states[source_id] = _State(archive, source_id, archive.newest_good(source_id))
            yield _load_one(archive, reader, stored, states[source_id], known.get(stored.record_id))
        _stand(archive, progress)
        archive.set_bytes(sizes)


def _stand(archive: Archive, progress: Progress) -> None:
    """Keeps and makes found what the newest captures say, also those of a load that was killed before it came to this."""
    behind, known = archive.behind(), archive.standings()
    if any(known.get(one.source_id, one).number != one.number for one in behind):
        raise OutOfOrder("a source came whose captures began before those of another")
    is_read = {one: known.get(one.source_id, one._replace(read_id="")).read_id != one.read_id for one in behind}
    archive.stand(
        (one, rows.documents(one.source_id, archive.entries(one.source_id, one.read_id)) if is_read[one] else None)
        for one in progress(behind, len(behind), "indexing")
    )


def unloaded(folder: Path, loaded: Mapping[str, int]) -> Iterator[Stored]:
    """The visits of snapshots/ behind the bytes of each file that are loaded."""
    for file in snapshots.files(folder):
        for stored, _ in snapshots.read(folder, file, loaded.get(file, 0)):
            yield stored


def _new_visits(archive: Archive, folder: Path) -> tuple[list[Stored], dict[str, int]]:
    """The visits that are not loaded, in order of time, and how far each file is read with them.

    Each source is as its newest visit describes it.
    """
    loaded = archive.bytes_loaded()
    sizes = {file: (folder / file).stat().st_size for file in snapshots.files(folder)}
    for file, size in loaded.items():
        if sizes.get(file, 0) < size:
            held = f"has {sizes[file]} bytes, where {size} were loaded" if file in sizes else "is missing"
            raise DamagedError(f"{folder / file} {held}: put it back from a copy")
    visits = sorted(
        (stored for stored in unloaded(folder, loaded) if archive.by_record(stored.record_id) is None),
        key=lambda stored: (stored.at, stored.source.id, stored.arrived, stored.file, stored.offset),
    )
    sources = {stored.source.id: stored.source for stored in visits}
    return [replace(stored, source=sources[stored.source.id]) for stored in visits], sizes


def _check_order(archive: Archive, visits: Sequence[Stored]) -> None:
    """Raises OutOfOrder unless what is new of each known source is the newest, by its time and by its arrival."""
    known, newest = archive.sources(), archive.newest()
    for stored in visits:
        source = known.get(stored.source.id)
        if source is None:
            continue
        if (stored.source.content, stored.source.encoding) != (source["content"], source["encoding"]):
            raise OutOfOrder(f"{stored.source.id} has another content or encoding in sources.toml")
        at, arrived = format_time(stored.at), format_time(stored.arrived)
        newest_at, newest_arrived = newest.get(stored.source.id, ("", ""))
        if at <= newest_at or arrived < newest_arrived:
            raise OutOfOrder(f"a capture of {stored.source.id} came that is older than the newest one")
        newest[stored.source.id] = (newest_at, arrived)


def _known_by_arrival(reader: "Reader", visits: Sequence[Stored], progress: Progress) -> dict[str, Identified]:
    """What the captures say of those sources whose captures did not come in order of time, by WARC record id."""
    of_source: dict[str, list[Stored]] = defaultdict(list)
    for stored in visits:
        of_source[stored.source.id].append(stored)
    found: dict[str, Identified] = {}
    for source_id, own in of_source.items():
        if any(later.arrived < earlier.arrived for earlier, later in itertools.pairwise(own)):
            believed = list(_believed(reader, progress(own, len(own), f"reading the pages of {source_id}")))
            said = recognise(source_id, [arrival for _, arrival in believed])
            found.update(zip((record_id for record_id, _ in believed), said, strict=True))
    return found


def _believed(reader: "Reader", visits: Iterable[Stored]) -> Iterator[tuple[str, Arrival]]:
    """The believed of one source's visits, judged as they will be when they are loaded."""
    payload, records = None, 0
    for stored in visits:
        verdict = judge(stored, good_payload=payload, good_records=records, read=partial(reader.read, stored))
        if verdict.is_good:
            payload = stored.payload_digest
            records = verdict.page.count() if verdict.page else records
            yield stored.record_id, Arrival(arrived=stored.arrived, page=verdict.page)


@dataclass(slots=True)
class _State:
    """What a source said last and what it says no more, while its captures are loaded one after another.

    Both are read from the database when the first page has to be compared with them.
    """

    archive: Archive
    source_id: str
    good: Capture | None
    _said: tuple[Entries, Entries] | None = field(default=None, init=False)

    def said(self) -> tuple[Entries, Entries]:
        """The records that stand, and those that are gone, as they stood last."""
        if self._said is None:
            self._said = (
                (self.archive.entries(self.source_id, self.good.capture_id), self.archive.gone(self.source_id))
                if self.good
                else ({}, {})
            )
        return self._said

    def take(self, after: Entries) -> None:
        """The page says this now."""
        before, gone = self.said()
        left = {key: entry for key, entry in before.items() if key not in after}
        if left or not gone.keys().isdisjoint(after):
            gone = dict(sorted((key, entry) for key, entry in {**gone, **left}.items() if key not in after))
        self._said = (after, gone)


def _load_one(archive: Archive, reader: "Reader", stored: Stored, state: _State, known: Identified | None) -> Loaded:
    """Loads a visit; `known` says who is who in it, where that was decided before."""
    good = state.good
    verdict = judge(
        stored,
        good_payload=good.payload_digest if good else None,
        good_records=(good.records or 0) if good else 0,
        read=partial(reader.read, stored),
    )
    page = verdict.page
    if page is None:
        capture = _capture(archive, stored, verdict, good, is_changed=False)
        archive.add(stored.source, capture, {}, None)
        state.good = capture if verdict.is_good else good
        return Loaded(capture=capture, unread=0, problems=0, changes=())
    before, gone = state.said()
    found = known or identify(stored.source.id, page, before, gone)
    changes = compare(before, found.entries, gone) if good else []
    capture = _capture(archive, stored, verdict, good, is_changed=bool(changes))
    archive.add(stored.source, capture, before, found.entries, changes, found.decisions)
    state.good = capture
    state.take(found.entries)
    return Loaded(capture=capture, unread=len(page.unread), problems=len(page.problems), changes=tuple(changes))


class Reader:
    """Reads the pages of visits, equal ones once as long as it remembers them."""

    def __init__(self, archive: Archive, folder: Path, visits: Sequence[Stored] = ()) -> None:
        self._archive = archive
        self._folder = folder
        self._places = {stored.record_id: (stored.file, stored.offset) for stored in visits}
        self._readings: dict[tuple[str | None, ...], Reading] = {}

    def read(self, stored: Stored) -> Reading:
        """What the visit's body gives; raises DamagedError where it is not in snapshots/."""
        payload, source = stored.payload_digest or stored.record_id, stored.source
        key = (payload, stored.content_type, stored.url, source.content, source.encoding)
        found = self._readings.pop(key, None) or self._read(stored)
        self._readings[key] = found
        if len(self._readings) > READINGS:
            del self._readings[next(iter(self._readings))]
        return found

    def _read(self, stored: Stored) -> Reading:
        try:
            return read_page(stored, self.body(stored))
        except Unknown as reason:
            return refuse("failed", str(reason))

    def body(self, stored: Stored) -> bytes:
        """The page's bytes, from the visit's own record or from the one that it refers to."""
        wanted = stored.refers_to or stored.record_id
        place = (stored.file, stored.offset) if stored.refers_to is None else self._places.get(wanted)
        if place is None:
            capture = self._archive.by_record(wanted)
            place = (capture.warc_file, capture.warc_offset) if capture else None
        if place is None:
            raise DamagedError(
                f"{self._folder / stored.file}, byte {stored.offset}: refers to {wanted}, which is not in snapshots/: "
                "put the missing file back from a copy"
            )
        return snapshots.read_body(self._folder, *place)


def _capture(archive: Archive, stored: Stored, verdict: Verdict, good: Capture | None, *, is_changed: bool) -> Capture:
    page = verdict.page
    digest = f"sha256:{hashlib.sha256(page.text.encode()).hexdigest()}" if page else None
    return Capture(
        capture_id=_capture_id(archive, stored),
        source_id=stored.source.id,
        url=stored.url,
        captured_at=format_time(stored.at),
        outcome=verdict.outcome or ("new" if good is None else "changed" if is_changed else "unchanged"),
        http_status=stored.status,
        payload_digest=stored.payload_digest,
        text_digest=good.text_digest if good and verdict.outcome == "not_modified" else digest,
        warc_file=stored.file,
        warc_offset=stored.offset,
        warc_record_id=stored.record_id,
        arrived_at=format_time(stored.arrived),
        parser_version=PARSER if verdict.is_good else None,
        previous_capture_id=good.capture_id if good and verdict.is_good else None,
        reason=verdict.reason,
        records=page.count() if page else good.records if good and verdict.is_good else None,
    )


def _capture_id(archive: Archive, stored: Stored) -> str:
    base = capture_id(stored.source.id, format_time(stored.at))
    found, number = base, 1
    while archive.by_id(found) is not None:
        number += 1
        found = f"{base}-{number}"
    return found
