"""The one place where network, disk, parser and database meet.

fetch     visits sources and appends to snapshots/
load      brings archive.db up to date with snapshots/
run       both, and tells what the visits brought
rebuild   archive.db anew from snapshots/
verify    every digest, and archive.db against a fresh build
"""

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from . import parsing, schema, snapshots
from .archive import Archive, Capture, IsStale
from .belief import Verdict, judge
from .diff import compare
from .errors import DamagedError, PrefScraperError
from .fetch import Fetcher, Limits
from .identity import Entry, identify
from .records import ASIDE, Change, Source, Stored, Validators, Visit, format_time
from .snapshots import Finding
from .sources import Config

VERSION = schema.VERSION * 1000 + parsing.VERSION
"""Of archive.db: another schema or another parser builds it anew."""


@dataclass(frozen=True, slots=True)
class Directory:
    """An archive directory."""

    path: Path

    @property
    def snapshots(self) -> Path:
        return self.path / "snapshots"

    @property
    def database(self) -> Path:
        return self.path / "archive.db"


def now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def _say_nothing(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What lies outside of the program: the time, waiting, limits, and who hears of progress."""

    clock: Callable[[], datetime] = now
    pause: Callable[[float], None] = time.sleep
    limits: Limits = field(default_factory=Limits)
    report: Callable[[str], None] = _say_nothing


REAL = World()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A capture that was loaded: `unread` and `problems` of its page, and what changed with it."""

    capture: Capture
    unread: int
    problems: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What `verify` found: how many records are whole, what is not, and how archive.db stands to them."""

    records: int
    findings: tuple[Finding, ...]
    database: str


def fetch(directory: Directory, config: Config, sources: Sequence[Source], world: World = REAL) -> list[Visit]:
    """Visits sources and appends each visit to snapshots/."""
    with snapshots.lock(directory.snapshots):
        return [visit for visit, _ in _fetch(directory, config, sources, world)]


def load(directory: Directory, world: World = REAL) -> list[Loaded]:
    """Brings archive.db up to date with snapshots/; returns the captures that are new in it."""
    with snapshots.lock(directory.snapshots):
        return _load(directory, world)


def run(directory: Directory, config: Config, sources: Sequence[Source], world: World = REAL) -> list[Loaded]:
    """fetch, then load; returns the captures of this run."""
    with snapshots.lock(directory.snapshots):
        made = {record_id for _, record_id in _fetch(directory, config, sources, world)}
        return [loaded for loaded in _load(directory, world) if loaded.capture.warc_record_id in made]


def rebuild(directory: Directory, world: World = REAL) -> int:
    """Makes archive.db anew from snapshots/, in the old one's place; returns its number of captures."""
    with snapshots.lock(directory.snapshots):
        return len(_rebuild(directory, world))


def verify(directory: Directory) -> Verified:
    """Checks every digest in snapshots/, then archive.db against a fresh build; raises DamagedError where they differ."""
    with snapshots.lock(directory.snapshots):
        records, findings = snapshots.verify(directory.snapshots)
        database = "was not compared, since snapshots/ is damaged" if findings else _compare_with_rebuild(directory)
        return Verified(records=records, findings=tuple(findings), database=database)


# Fetching


@dataclass(frozen=True, slots=True)
class _Hints:
    """What archive.db knows that helps to fetch; a visit is made without it, too."""

    bytes_loaded: Mapping[str, int] = field(default_factory=dict)
    newest_good: Mapping[str, Capture | None] = field(default_factory=dict)
    last_visit: Mapping[str, str] = field(default_factory=dict)


def _fetch(directory: Directory, config: Config, sources: Sequence[Source], world: World) -> list[tuple[Visit, str]]:
    """The visits, each with the id of the record that `captures` will name."""
    hints = _hints(directory, sources, world)
    for sentence in snapshots.settle(directory.snapshots, hints.bytes_loaded):
        world.report(sentence)
    last = dict(hints.last_visit)
    for stored, _ in _unloaded(directory.snapshots, hints.bytes_loaded):
        last[stored.source.id] = max(format_time(stored.at), last.get(stored.source.id, ""))
    fetcher = Fetcher(config.contact, clock=world.clock, pause=world.pause, limits=world.limits)
    made = []
    for source in sources:
        world.report(f"{source.id}: visiting {source.url}")
        _wait_for_next_second(source, last.get(source.id, ""), world)
        validators = _validators(directory, hints.newest_good.get(source.id), world)
        visit = fetcher.visit(source, validators)
        made.append((visit, snapshots.append(directory.snapshots, visit, validators)))
    return made


def _hints(directory: Directory, sources: Sequence[Source], world: World) -> _Hints:
    if not directory.database.exists():
        return _Hints()
    try:
        with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
            newest = {source.id: archive.captures(source.id)[:1] for source in sources}
            return _Hints(
                archive.bytes_loaded(),
                {source.id: archive.newest_good(source.id, with_body=True) for source in sources},
                {source_id: found[0].captured_at for source_id, found in newest.items() if found},
            )
    except PrefScraperError as reason:
        world.report(f"fetching without archive.db: {reason}")
        return _Hints()


def _unloaded(folder: Path, loaded: Mapping[str, int]) -> Iterator[tuple[Stored, int]]:
    for file in snapshots.files(folder):
        yield from snapshots.read(folder, file, loaded.get(file, 0))


def _wait_for_next_second(source: Source, last: str, world: World) -> None:
    """Two captures of one page never share a second: replay tools could not tell them apart."""
    for _ in range(20):
        if format_time(world.clock()) > last:
            return
        world.pause(0.1)
    raise PrefScraperError(
        f"the clock says {format_time(world.clock())}, but {source.id} was visited at {last}: "
        "set the clock right; it was not visited again"
    )


def _validators(directory: Directory, good: Capture | None, world: World) -> Validators | None:
    if good is None:
        return None
    try:
        return snapshots.read_validators(directory.snapshots, good.warc_file, good.warc_offset)
    except DamagedError as reason:
        world.report(f"asking for the whole page: {reason}")
        return None


# Loading


class _OutOfOrder(Exception):
    """A capture came that is older than one already loaded, or a source is to be read otherwise."""


def _load(directory: Directory, world: World) -> list[Loaded]:
    if not directory.database.exists():
        return _rebuild(directory, world)
    try:
        return list(_load_into(directory.database, directory.snapshots))
    except (IsStale, _OutOfOrder) as reason:
        world.report(f"{directory.database.name} is built anew: {reason}")
        return _rebuild(directory, world)


def _rebuild(directory: Directory, world: World) -> list[Loaded]:
    with tempfile.TemporaryDirectory(dir=directory.path, prefix=".rebuild-") as folder:
        fresh, loaded = _build(Path(folder), directory.snapshots)
        with Archive.open(fresh, version=VERSION) as archive:
            try:
                archive.copy_to(directory.database)
            except DamagedError as reason:
                world.report(f"the old one is thrown away: {reason}")
                directory.database.unlink()
                archive.copy_to(directory.database)
    return loaded


def _build(folder: Path, source: Path) -> tuple[Path, list[Loaded]]:
    fresh = folder / "archive.db"
    Archive.create(fresh, version=VERSION)
    return fresh, list(_load_into(fresh, source))


def _load_into(database: Path, folder: Path) -> Iterator[Loaded]:
    """Loads every visit that the database does not hold yet, in order of time."""
    with Archive.open(database, version=VERSION) as archive:
        visits, read = _new_visits(archive, folder)
        _check_order(archive, visits)
        states: dict[str, _State] = {}
        for stored in visits:
            if stored.source.id not in states:
                states[stored.source.id] = _State.of(archive, stored.source.id)
            yield _load_one(archive, folder, stored, states[stored.source.id])
        archive.set_bytes(read)


def _new_visits(archive: Archive, folder: Path) -> tuple[list[Stored], dict[str, int]]:
    """The visits that are not loaded, in order of time, and how far each file is read with them.

    Each source is as its newest visit describes it.
    """
    loaded = archive.bytes_loaded()
    read = _sizes(folder)
    for file, size in loaded.items():
        if read.get(file, 0) < size:
            held = f"has {read[file]} bytes, where {size} were loaded" if file in read else "is missing"
            raise DamagedError(f"{folder / file} {held}: put it back from a copy")
    visits = sorted(
        (stored for stored, _ in _unloaded(folder, loaded) if archive.by_record(stored.record_id) is None),
        key=lambda stored: (stored.at, stored.source.id, stored.file, stored.offset),
    )
    sources = {stored.source.id: stored.source for stored in visits}
    return [replace(stored, source=sources[stored.source.id]) for stored in visits], read


def _sizes(folder: Path) -> dict[str, int]:
    return {file: (folder / file).stat().st_size for file in snapshots.files(folder)}


def _check_order(archive: Archive, visits: Sequence[Stored]) -> None:
    known = archive.sources()
    newest = {source_id: archive.captures(source_id)[0].captured_at for source_id in known}
    for stored in visits:
        source = known.get(stored.source.id)
        if source is None:
            continue
        if (stored.source.content, stored.source.encoding) != (source["content"], source["encoding"]):
            raise _OutOfOrder(f"{stored.source.id} has another content or encoding in sources.toml")
        if format_time(stored.at) <= newest[stored.source.id]:
            raise _OutOfOrder(f"a capture of {stored.source.id} came that is older than the newest one")


@dataclass(slots=True)
class _State:
    """What a source said last, while its captures are loaded one after another."""

    good: Capture | None
    entries: dict[str, Entry]
    seen: set[str]

    @classmethod
    def of(cls, archive: Archive, source_id: str) -> "_State":
        good = archive.newest_good(source_id)
        entries = archive.entries(source_id, good.capture_id) if good else {}
        return cls(good, entries, archive.record_ids(source_id))

    def count(self) -> int:
        return sum(entry.view not in ASIDE for entry in self.entries.values())


def _load_one(archive: Archive, folder: Path, stored: Stored, state: _State) -> Loaded:
    verdict = judge(
        stored,
        good_payload=state.good.payload_digest if state.good else None,
        good_records=state.count(),
        read_body=lambda: _read_body(archive, folder, stored),
    )
    page = verdict.page
    after = identify(stored.source.id, page, state.entries).entries if page else None
    changes = compare(state.entries, after, state.seen) if after is not None and state.good else []
    capture = _capture(archive, stored, verdict, state.good, is_changed=bool(changes))
    archive.add(stored.source, capture, state.entries, after, changes)
    if verdict.outcome in (None, "not_modified"):
        state.good = capture
    if after is not None:
        state.entries = after
        state.seen.update(after)
    return Loaded(
        capture=capture,
        unread=len(page.unread) if page else 0,
        problems=len(page.problems) if page else 0,
        changes=tuple(changes),
    )


def _read_body(archive: Archive, folder: Path, stored: Stored) -> bytes:
    """The page's bytes, from the visit's own record or from the one that it refers to."""
    if stored.refers_to is None:
        return snapshots.read_body(folder, stored.file, stored.offset)
    capture = archive.by_record(stored.refers_to)
    if capture is None:
        raise DamagedError(
            f"{folder / stored.file}, byte {stored.offset}: refers to {stored.refers_to}, which is not in snapshots/: "
            "put the missing file back from a copy"
        )
    return snapshots.read_body(folder, capture.warc_file, capture.warc_offset)


def _capture(archive: Archive, stored: Stored, verdict: Verdict, good: Capture | None, *, is_changed: bool) -> Capture:
    page = verdict.page
    is_good = page is not None or verdict.outcome == "not_modified"
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
        previous_capture_id=good.capture_id if good and is_good else None,
        reason=verdict.reason,
        records=page.count() if page else good.records if good and is_good else None,
    )


def _capture_id(archive: Archive, stored: Stored) -> str:
    """From source and time alone, so that no other capture's coming changes it."""
    base = f"{stored.source.id}-{stored.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    capture_id, number = base, 1
    while archive.by_id(capture_id) is not None:
        number += 1
        capture_id = f"{base}-{number}"
    return capture_id


# Verifying


def _compare_with_rebuild(directory: Directory) -> str:
    if not directory.database.exists():
        return "is not there: `pref-scraper rebuild` makes it"
    with tempfile.TemporaryDirectory(prefix="pref-scraper-") as folder:
        fresh, _ = _build(Path(folder), directory.snapshots)
        with (
            Archive.open(directory.database, version=VERSION, read_only=True) as archive,
            Archive.open(fresh, version=VERSION, read_only=True) as other,
        ):
            if archive.bytes_loaded() != other.bytes_loaded():
                return "is behind snapshots/: `pref-scraper load` brings it up to date"
            mine, theirs = archive.tables(), other.tables()
    differing = [name for name in sorted({*mine, *theirs}) if mine.get(name) != theirs.get(name)]
    if differing:
        raise DamagedError(
            f"{directory.database} is not what snapshots/ say (table {differing[0]}): run `pref-scraper rebuild`"
        )
    return "holds every row that snapshots/ say, and no other"
