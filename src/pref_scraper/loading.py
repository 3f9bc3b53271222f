"""The visits of snapshots/ into an archive.db: read, judged, recognised, compared, written.

In goes the path of a database and a supply of visits, as the folder of snapshots; out comes the capture of each
visit that the database did not hold. Source by source: what one says is judged and compared
in order of time and recognised in order of arrival. At the end what the newest say is made
ready for search. It refuses, with `OutOfOrder`, what can only be had by building anew, and with
DamagedError a file that lost what was loaded from it.
"""

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from . import rows, snapshots, warcfiles
from .archive import Archive, Capture, Standing, capture_id
from .arrival import Arrival, recognise
from .belief import Verdict, judge
from .diff import compare
from .errors import DamagedError
from .identity import Entries, Identified, identify
from .progress import Progress, silent
from .records import Page, Stored, format_time
from .rows import Document
from .supply import Behind, Reads, Supply
from .written import PARSER, VERSION

TOGETHER = 1 << 20
"""Bytes of visits that are written in one transaction; where a load is killed in it, the next one loads them."""


class OutOfOrder(Exception):
    """A capture came that is older than one already loaded, or a source is to be read otherwise."""


def load_into(database: Path, supply: Supply, progress: Progress = silent) -> Iterator[Capture]:
    """Loads every visit that the database does not hold yet: source by source, each in order of time."""
    with Archive.open(database, version=VERSION) as archive:
        behind = files_behind(supply, archive.bytes_loaded())
        with closing(_together(archive, load_files(archive, supply, behind))) as steps:
            for capture, _ in progress(steps, sum(map(length, behind.values())), "loading", lambda step: step[1]):
                yield capture
        stand(archive, progress)


def _together(archive: Archive, steps: Iterator[tuple[Capture, int]]) -> Generator[tuple[Capture, int], None, None]:
    """The steps, many of them in one transaction, since most write a row alone."""
    is_over = False
    while not is_over:
        is_over, written = True, 0
        with archive.at_once():
            for step in steps:
                yield step
                written += step[1]
                if written >= TOGETHER:
                    is_over = False
                    break


def load_files(
    archive: Archive, supply: Supply, behind: Mapping[str, Sequence[Behind]]
) -> Iterator[tuple[Capture, int]]:
    """Loads what is new in these files, by source; each capture comes with its share of their bytes."""
    known, newest = archive.sources(), archive.newest()
    for source_id, files in behind.items():
        yield from _load_source(archive, supply, files, known.get(source_id), newest.get(source_id, ("", "")))


def length(files: Iterable[Behind]) -> int:
    """How many bytes of these files are new."""
    return sum(one.size - one.start for one in files)


def stand(archive: Archive, progress: Progress = silent, *, is_part: bool = False) -> None:
    """Keeps and makes found what the newest captures say, also those of a load that was killed before it came to this.

    In a part all is kept, and found where it is taken.
    """
    behind, known = archive.behind(), archive.standings()
    if any(known.get(one.source_id, one).number != one.number for one in behind):
        raise OutOfOrder("a source came whose captures began before those of another")
    as_said = {source_id for source_id, one in known.items() if one.read_id is not None}
    said = (
        (one, None if one.source_id in as_said else _documents(archive, one))
        for one in progress(behind, len(behind), "indexing")
    )
    archive.stand(said, is_part=is_part)


def _documents(archive: Archive, wanted: Standing) -> list[Document]:
    assert wanted.read_id is not None  # only of what is kept it may be
    return rows.documents(wanted.source_id, archive.entries(wanted.source_id, wanted.read_id))


def unloaded(folder: Path, loaded: Mapping[str, int]) -> Iterator[Stored]:
    """The visits of snapshots/ behind the bytes of each file that are loaded."""
    for file in snapshots.files(folder):
        start = loaded.get(file, 0)
        if warcfiles.size(folder / file) != start:
            for stored, _ in snapshots.read(folder, file, start):
                yield stored


def files_behind(supply: Supply, loaded: Mapping[str, int]) -> dict[str, list[Behind]]:
    """By source, in order, the files that have more than is `loaded` of them; DamagedError where one has less."""
    sizes = supply.sizes()
    for file, size in loaded.items():
        if sizes.get(file, 0) < size:
            held = f"has {sizes[file]} bytes, where {size} were loaded" if file in sizes else "is missing"
            raise DamagedError(f"{supply}/{file} {held}: put it back from a copy")
    found: dict[str, list[Behind]] = defaultdict(list)
    for file, size in sizes.items():
        start = loaded.get(file, 0)
        if size > start:
            found[supply.source_of(file)].append(Behind(file, start, size))
    return dict(sorted(found.items()))


def _load_source(
    archive: Archive,
    supply: Supply,
    files: Sequence[Behind],
    source: Mapping[str, str | None] | None,
    newest: tuple[str, str],
) -> Iterator[tuple[Capture, int]]:
    """Loads what is new of one source, which was loaded as `source` and up to the `newest` time and arrival."""
    taken = supply.take(files)
    visits = _new_visits(archive, taken.visits)
    if visits:
        _check_order(visits, source, newest)
        share, rest = divmod(length(files), len(visits))
        reader = taken.reader(archive, visits)
        known = _known_by_arrival(reader, visits)
        source_id = visits[0].source.id
        archive.describe(visits[0].source)
        state = _State(archive, source_id, archive.newest_good(source_id))
        for number, stored in enumerate(visits):
            capture = _load_one(archive, reader, stored, state, known.get(stored.record_id))
            yield capture, share + (rest if number == 0 else 0)
        state.write()
    archive.set_bytes({one.file: one.size for one in files})


def _new_visits(archive: Archive, found: Sequence[Stored]) -> list[Stored]:
    """The visits of one source that are not loaded, in order of time; the source is as its newest visit describes it."""
    loaded = archive.loaded_of(found[0].source.id, since=format_time(min(one.at for one in found))) if found else ()
    visits = sorted(
        (stored for stored in found if stored.record_id not in loaded),
        key=lambda stored: (stored.at, stored.arrived, stored.file, stored.offset),
    )
    return [one if one.source == visits[-1].source else replace(one, source=visits[-1].source) for one in visits]


def _check_order(visits: Sequence[Stored], source: Mapping[str, str | None] | None, newest: tuple[str, str]) -> None:
    """Raises OutOfOrder unless what is new of a source is the newest, by its time and by its arrival."""
    if source is None:
        return
    new = visits[-1].source
    if (new.content, new.encoding) != (source["content"], source["encoding"]):
        raise OutOfOrder(f"{new.id} has another content or encoding in sources.toml")
    newest_at, newest_arrived = newest
    for stored in visits:
        at, arrived = format_time(stored.at), format_time(stored.arrived)
        if at <= newest_at or arrived < newest_arrived:
            raise OutOfOrder(f"a capture of {new.id} came that is older than the newest one")
        newest_arrived = arrived


def _known_by_arrival(reader: Reads, visits: Sequence[Stored]) -> dict[str, Identified]:
    """What the captures of a source say, by WARC record id, where they did not come in order of time; else nothing."""
    if all(earlier.arrived <= later.arrived for earlier, later in itertools.pairwise(visits)):
        return {}
    believed = list(_believed(reader, visits))
    said = recognise(visits[0].source.id, [arrival for _, arrival in believed])
    return dict(zip((record_id for record_id, _ in believed), said, strict=True))


def _believed(reader: Reads, visits: Iterable[Stored]) -> Iterator[tuple[str, Arrival]]:
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

    Both are read from the database when the first page has to be compared with them. Captures that say
    nothing new wait to be written with others of their kind, since most are.
    """

    archive: Archive
    source_id: str
    good: Capture | None
    page: Page | None = field(default=None, init=False)
    _at: tuple[str, int] = field(default=("", 0), init=False)
    _waiting: list[Capture] = field(default_factory=list, init=False)
    _said: tuple[Entries, Entries] | None = field(default=None, init=False)

    def next_id(self, at: str) -> str:
        """The id of the next capture, by its time; a second one within that second has its number behind it."""
        self._at = (at, self._at[1] + 1 if self._at[0] == at else 1)
        first = capture_id(self.source_id, at)
        return first if self._at[1] == 1 else f"{first}-{self._at[1]}"

    def reads_as_good(self, reader: Reads, stored: Stored) -> bool:
        """Whether a visit is known to bring the page of the good capture again, where that was not read just now."""
        good = self.good
        return (
            self.page is None and good is not None and good.outcome != "not_modified" and reader.reads_as(stored, good)
        )

    def wait(self, capture: Capture) -> None:
        """Has a capture written later, before any that says something new."""
        self._waiting.append(capture)

    def write(self) -> None:
        """Writes the captures that wait."""
        if self._waiting:
            self.archive.add_quiet(self._waiting)
            self._waiting.clear()

    def said(self) -> tuple[Entries, Entries]:
        """The records that stand, and those that are gone, as they stood last."""
        if self._said is None:
            self._said = (
                (self.archive.entries(self.source_id, self.good.capture_id), self.archive.gone(self.source_id))
                if self.good
                else ({}, {})
            )
        return self._said

    def take(self, page: Page, after: Entries) -> None:
        """The page is this one now, and says this."""
        self.page = page
        before, gone = self.said()
        left = {key: entry for key, entry in before.items() if key not in after}
        if left or not gone.keys().isdisjoint(after):
            gone = dict(sorted((key, entry) for key, entry in {**gone, **left}.items() if key not in after))
        self._said = (after, gone)


def _load_one(archive: Archive, reader: Reads, stored: Stored, state: _State, known: Identified | None) -> Capture:
    """Loads a visit; `known` says who is who in it, where that was decided before."""
    good = state.good
    verdict = judge(
        stored,
        good_payload=good.payload_digest if good else None,
        good_records=(good.records or 0) if good else 0,
        read=partial(reader.read, stored),
        reads_as_good=partial(state.reads_as_good, reader, stored),
    )
    page = verdict.page
    if page is None or (known is None and page == state.page):  # in the same page again everything is what it was
        capture = _capture(stored, verdict, state, is_changed=False)
        state.wait(capture)
        state.good = capture if verdict.is_good else good
        return capture
    state.write()
    before, gone = state.said()
    found = known or identify(stored.source.id, page, before, gone)
    changes = compare(before, found.entries, gone) if good else []
    capture = _capture(stored, verdict, state, is_changed=bool(changes))
    archive.add(capture, before, found.entries, changes, found.decisions)
    state.good = capture
    state.take(page, found.entries)
    return capture


def _capture(stored: Stored, verdict: Verdict, state: _State, *, is_changed: bool) -> Capture:
    """The capture of a visit, by what came of it and by what the source said until then."""
    page, good, at = verdict.page, state.good, format_time(stored.at)
    return Capture(
        capture_id=state.next_id(at),
        source_id=state.source_id,
        url=stored.url,
        captured_at=at,
        outcome=verdict.outcome or ("new" if good is None else "changed" if is_changed else "unchanged"),
        http_status=stored.status,
        payload_digest=stored.payload_digest,
        text_digest=_text_digest(verdict, state),
        warc_file=stored.file,
        warc_offset=stored.offset,
        warc_record_id=stored.record_id,
        arrived_at=at if stored.arrived == stored.at else format_time(stored.arrived),
        parser_version=PARSER if verdict.is_good else None,
        previous_capture_id=good.capture_id if good and verdict.is_good else None,
        reason=verdict.reason,
        records=page.count() if page else good.records if good and verdict.is_good else None,
    )


def _text_digest(verdict: Verdict, state: _State) -> str | None:
    page, good = verdict.page, state.good
    if good is not None and verdict.is_good and (page is None or page is state.page):
        return good.text_digest
    return f"sha256:{hashlib.sha256(page.text.encode()).hexdigest()}" if page else None
