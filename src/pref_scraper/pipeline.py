"""The one place where network, disk, parser and database meet.

fetch     visits sources and appends to snapshots/
load      brings archive.db up to date with snapshots/
run       both, and tells what the visits brought
rebuild   archive.db anew from snapshots/
verify    every digest, and archive.db against a fresh build
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from . import fixity, loading, snapshots, upgrade
from .archive import Archive, Capture, IsStale
from .errors import DamagedError, PrefScraperError
from .fetch import Fetcher
from .fixity import Finding
from .history import Difference
from .loading import Loaded, OutOfOrder
from .records import Source, Validators, Visit, format_time
from .sources import Config, Directory
from .wire import Limits, Network
from .written import VERSION


def now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def _say_nothing(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What lies outside of the program: the time, waiting, the network, chance, limits, and who hears of progress."""

    clock: Callable[[], datetime] = now
    ticks: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    network: Network = field(default_factory=Network)
    random: Random = field(default_factory=Random)
    limits: Limits = field(default_factory=Limits)
    report: Callable[[str], None] = _say_nothing


REAL = World()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What `verify` found: how many records are whole (and came in chunks), what is not, and how archive.db stands to them."""

    records: int
    chunked: int
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
    """Makes archive.db and the indexes anew from snapshots/, in the old ones' places; returns the number of captures."""
    with snapshots.lock(directory.snapshots):
        snapshots.rebuild_indexes(directory.snapshots)
        return len(_rebuild(directory, world))


def verify(directory: Directory) -> Verified:
    """Checks every digest in snapshots/, then archive.db against a fresh build; raises DamagedError where they differ."""
    with snapshots.lock(directory.snapshots):
        checked = fixity.verify(directory.snapshots, _bytes_loaded(directory))
        is_damaged = bool(checked.findings)
        database = "was not compared, since snapshots/ is damaged" if is_damaged else _compare_with_rebuild(directory)
        return Verified(records=checked.records, chunked=checked.chunked, findings=checked.findings, database=database)


def parser_differences(directory: Directory, source_id: str | None = None) -> list[Difference]:
    """What this parser reads otherwise than the one before it, in the newest page of each source.

    Empty where no database of another parser is there; raises UsageError where it cannot be compared.
    """
    return upgrade.differences((directory.database, directory.before), directory.snapshots, source_id)


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
    for stored in loading.unloaded(directory.snapshots, hints.bytes_loaded):
        last[stored.source.id] = max(format_time(stored.at), last.get(stored.source.id, ""))
    fetcher = Fetcher(
        config.contact,
        clock=world.clock,
        ticks=world.ticks,
        pause=world.pause,
        limits=world.limits,
        network=world.network,
        random=world.random,
    )
    made = []
    for source in sources:
        world.report(f"{source.id}: visiting {source.url}")
        _wait_for_next_second(source, last.get(source.id, ""), world)
        validators = _validators(directory, hints.newest_good.get(source.id), world)
        visit = fetcher.visit(source, validators)
        made.append((visit, snapshots.append(directory.snapshots, visit, validators)))
    snapshots.update_indexes(directory.snapshots, [source.id for source in sources])
    return made


def _hints(directory: Directory, sources: Sequence[Source], world: World) -> _Hints:
    if not directory.database.exists():
        return _Hints()
    try:
        with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
            return _Hints(
                archive.bytes_loaded(),
                {source.id: archive.newest_good(source.id, with_body=True) for source in sources},
                {source_id: at for source_id, (at, _) in archive.newest().items()},
            )
    except PrefScraperError as reason:
        world.report(f"fetching without archive.db: {reason}")
        return _Hints()


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


def _load(directory: Directory, world: World) -> list[Loaded]:
    if not directory.database.exists():
        return _rebuild(directory, world)
    try:
        return list(loading.load_into(directory.database, directory.snapshots))
    except (IsStale, OutOfOrder) as reason:
        world.report(f"{directory.database.name} is built anew: {reason}")
        return _rebuild(directory, world)


def _rebuild(directory: Directory, world: World) -> list[Loaded]:
    with tempfile.TemporaryDirectory(dir=directory.path, prefix=".rebuild-") as folder:
        fresh = Path(folder) / "archive.db"
        loaded = loading.build(fresh, directory.snapshots)
        with Archive.open(fresh, version=VERSION) as archive:
            try:
                upgrade.keep(directory.database, directory.before, Path(folder))
                archive.copy_to(directory.database)
            except DamagedError as reason:
                world.report(f"the old one is thrown away: {reason}")
                directory.database.unlink()
                archive.copy_to(directory.database)
    return loaded


# Verifying


def _bytes_loaded(directory: Directory) -> Mapping[str, int]:
    """What archive.db says of the files; nothing where it cannot be read, which the comparison will tell."""
    if not directory.database.exists():
        return {}
    try:
        with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
            return archive.bytes_loaded()
    except PrefScraperError:
        return {}


def _compare_with_rebuild(directory: Directory) -> str:
    if not directory.database.exists():
        return "is not there: `pref-scraper rebuild` makes it"
    with tempfile.TemporaryDirectory(prefix="pref-scraper-") as folder:
        fresh = Path(folder) / "archive.db"
        loading.build(fresh, directory.snapshots)
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
