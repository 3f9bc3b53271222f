"""The one place where network, disk, parser and database meet.

fetch         visits sources and appends to snapshots/
load          brings archive.db up to date with snapshots/
run           both, and tells what the visits brought
import_files  brings what other people's WARC files have of the sources to snapshots/, then loads
backfill      the same from a server of another archive
rebuild       archive.db anew from snapshots/
gather        snapshots, wherever they are, into a dataset on a cluster, for `rebuild` and `export --dask`
load_dataset  archive.db anew from a dataset
verify        every digest, and archive.db against a fresh build
export_wacz   snapshots/ as one file for replay tools
pack, unpack  WARC files of past years into a compact form, and back
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from . import (
    building,
    elsewhere,
    export,
    fixity,
    foreign,
    history,
    indexing,
    loading,
    snapshots,
    upgrade,
    wacz,
    warcfiles,
)
from .archive import Archive, IsStale
from .backfill import NotListed, listed
from .errors import DamagedError, PrefScraperError, UsageError, extra
from .fetch import Fetcher
from .fixity import Finding
from .history import Difference, Loaded
from .importing import Brought
from .loading import OutOfOrder
from .records import Source, Visit
from .sources import Config, Directory
from .supply import Snapshots, Supply
from .visiting import visits_of
from .world import REAL, World
from .written import VERSION

if TYPE_CHECKING:
    from .gathering import Dataset
    from .packing import Packed


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What `verify` found: how many records are whole (and came in chunks), what is not, and how archive.db stands to them."""

    records: int
    chunked: int
    findings: tuple[Finding, ...]
    database: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was brought for each source, and the captures that are new.

    `damages` has a sentence for each file that is damaged, or why a server lists nothing.
    """

    brought: tuple[Brought, ...]
    damages: tuple[str, ...]
    loaded: tuple[Loaded, ...]


def fetch(directory: Directory, config: Config, sources: Sequence[Source], world: World = REAL) -> list[Visit]:
    """Visits sources and appends each visit to snapshots/; those of a run that was stopped are not made again."""
    with snapshots.lock(directory.snapshots), visits_of(directory, config, sources, world) as made:
        visits = [visit for visit, _ in made if visit is not None]
        order = {source.id: number for number, source in enumerate(sources)}
        return sorted(visits, key=lambda visit: order[visit.source.id])


def load(directory: Directory, world: World = REAL, *, workers: int = 1) -> list[Loaded]:
    """Brings archive.db up to date with snapshots/; returns the captures that are new in it."""
    with snapshots.lock(directory.snapshots):
        _settle(directory, world)
        return _told(directory, _load(directory, world, workers))


def run(directory: Directory, config: Config, sources: Sequence[Source], world: World = REAL) -> list[Loaded]:
    """fetch, then load; returns the captures of this run, also those that it made before it was stopped."""
    with snapshots.lock(directory.snapshots), visits_of(directory, config, sources, world) as made:
        record_ids = [record_id for _, record_id in made]
        _load(directory, world)
        return _told(directory, record_ids)


def import_files(
    directory: Directory, sources: Sequence[Source], files: Sequence[Path], world: World = REAL
) -> Imported:
    """What WARC and WACZ files have of the sources, then load; raises UsageError for a file that is neither."""
    warcs = foreign.open_warcs(files)
    with snapshots.lock(directory.snapshots):
        brought, damages = elsewhere.import_warcs(directory.snapshots, sources, warcs, world)
        return Imported(brought=tuple(brought), damages=tuple(damages), loaded=_load_brought(directory, brought, world))


def backfill(
    directory: Directory,
    config: Config,
    source: Source,
    world: World = REAL,
    *,
    timemap: str | None = None,
    cdx: str | None = None,
    replay: str | None = None,
) -> Imported:
    """The captures of a source that a TimeMap or a CDX server lists, then load; `damages` says why there is no list."""
    with snapshots.lock(directory.snapshots):
        fetcher = Fetcher(config.contact, world)
        try:
            mementos = listed(source, fetcher, timemap=timemap, cdx=cdx, replay=replay)
        except NotListed as reason:
            return Imported(brought=(), damages=(str(reason),), loaded=())
        brought = [elsewhere.backfill_source(directory.snapshots, source, mementos, fetcher, world)]
        return Imported(brought=tuple(brought), damages=(), loaded=_load_brought(directory, brought, world))


def rebuild(directory: Directory, world: World = REAL, *, workers: int = 1) -> int:
    """Makes archive.db and the indexes anew from snapshots/, in the old ones' places; returns the number of captures.

    One that was stopped goes on where it was. The database is the same, whatever the number of `workers`.
    """
    with snapshots.lock(directory.snapshots):
        _settle(directory, world)
        _rebuild(directory, world, workers, Snapshots(directory.snapshots, is_indexing=True))
        return _number_of_captures(directory)


def gather(
    directory: Directory, address: str, target: str, world: World = REAL, *, source: str | None = None
) -> "Dataset":
    """A dataset, at a place, of an archive's snapshots or of those at another place; the workers of a cluster make it."""
    with _settled(directory, world) if source is None else nullcontext():
        return _gather(directory, address, target, world, source)


def rebuild_on(
    directory: Directory,
    address: str,
    world: World = REAL,
    *,
    source: str | None = None,
    target: str | None = None,
    workers: int = 1,
) -> int:
    """`rebuild` by way of a dataset that the workers of a cluster make, at a place or for the while beside archive.db."""
    holding = _settled(directory, world) if source is None else snapshots.lock(directory.snapshots)
    with holding, _scratch(directory, _DATASET) as scratch:
        dataset = _gather(directory, address, target or str(scratch), world, source)
        _load_dataset(directory, dataset, world, workers)
        return _number_of_captures(directory)


def load_dataset(directory: Directory, place: str, world: World = REAL, *, workers: int = 1) -> list[Loaded]:
    """Makes archive.db anew from a dataset; returns its captures."""
    with extra("cluster"):
        from . import gathering
        from .places import Place
    dataset = gathering.opened(Place.of(place))
    with snapshots.lock(directory.snapshots):
        _load_dataset(directory, dataset, world, workers)
        return _told(directory, _record_ids(directory))


def verify(directory: Directory, world: World = REAL) -> Verified:
    """Checks every digest in snapshots/, then archive.db against a fresh build; raises DamagedError where they differ."""
    with snapshots.lock(directory.snapshots):
        checked = fixity.verify(directory.snapshots, _bytes_loaded(directory), world.progress)
        database = "was not compared, since snapshots/ is damaged"
        if not checked.findings:
            database = _compare_with_rebuild(directory, world)
        return Verified(records=checked.records, chunked=checked.chunked, findings=checked.findings, database=database)


def export_wacz(directory: Directory, target: Path) -> list[Path]:
    """snapshots/ as a WACZ file in a directory; raises as `export.put` does, and UsageError where nothing is archived."""
    with snapshots.lock(directory.snapshots):
        return export.put(target, {wacz.NAME: partial(wacz.write, directory.snapshots)})


def pack(directory: Directory, source_ids: Sequence[str], world: World = REAL) -> "list[Packed]":
    """Packs the WARC files of these sources, of all without any, that were begun in an earlier year."""
    with extra("pack"):
        from . import packing
    with snapshots.lock(directory.snapshots):
        _settle(directory, world)
        files = packing.closed(directory.snapshots, source_ids, world.clock())
        return [packing.pack(directory.snapshots, file) for file in _followed(directory, files, world, "packing")]


def unpack(directory: Directory, source_ids: Sequence[str], world: World = REAL) -> "list[Packed]":
    """Makes the WARC files of these sources, of all without any, as they were before they were packed."""
    with extra("pack"):
        from . import packing
    with snapshots.lock(directory.snapshots):
        _settle(directory, world)
        files = packing.packed(directory.snapshots, source_ids)
        return [packing.unpack(directory.snapshots, file) for file in _followed(directory, files, world, "unpacking")]


def _followed(directory: Directory, files: Sequence[str], world: World, doing: str) -> Iterable[str]:
    """The files, one by one, as the bytes of each are done."""
    sizes = {file: warcfiles.size(directory.snapshots / file) for file in files}
    return world.progress(files, sum(sizes.values()), doing, sizes.__getitem__)


def parser_differences(directory: Directory, source_id: str | None = None) -> list[Difference]:
    """What this parser reads otherwise than the one before it, in the newest page of each source.

    Empty where no database of another parser is there; raises UsageError where it cannot be compared.
    """
    return upgrade.differences((directory.database, directory.before), directory.snapshots, source_id)


def _settle(directory: Directory, world: World) -> None:
    """Sets aside what a killed run left half written, and says so."""
    for sentence in snapshots.settle(directory.snapshots, _bytes_loaded(directory)):
        world.report(sentence)


@contextmanager
def _settled(directory: Directory, world: World) -> Iterator[None]:
    """Holds an archive whose snapshots are whole, with each index as it has to be."""
    with snapshots.lock(directory.snapshots):
        _settle(directory, world)
        indexing.rebuild(directory.snapshots)
        yield


# Loading

_SCRATCH = ".rebuild-"
_DATASET = ".dataset-"
_PARTS = ".parts"


def _load(directory: Directory, world: World, workers: int = 1) -> list[str]:
    """Brings archive.db up to date; returns the ids of the records whose captures are new in it."""
    if not directory.database.exists():
        _rebuild(directory, world, workers)
        return _record_ids(directory)
    try:
        coming = loading.load_into(directory.database, Snapshots(directory.snapshots), world.progress)
        return [capture.warc_record_id for capture in coming]
    except (IsStale, OutOfOrder) as reason:
        world.report(f"{directory.database.name} is built anew: {reason}")
        _rebuild(directory, world, workers)
        return _record_ids(directory)


def _record_ids(directory: Directory) -> list[str]:
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        return archive.warc_record_ids()


def _number_of_captures(directory: Directory) -> int:
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        return archive.number_of_captures()


def _told(directory: Directory, record_ids: Iterable[str]) -> list[Loaded]:
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        return history.loaded(archive, record_ids)


def _load_brought(directory: Directory, brought: Sequence[Brought], world: World) -> tuple[Loaded, ...]:
    """Loads; the captures of those that were brought."""
    _load(directory, world)
    return tuple(_told(directory, (record_id for one in brought for record_id in one.record_ids)))


def _gather(directory: Directory, address: str, target: str, world: World, source: str | None) -> "Dataset":
    with extra("cluster"):
        from . import cluster, gathering
        from .places import Place
    places = Place.of(source or str(directory.snapshots)), Place.of(target)
    with cluster.connected(address) as workers:
        return gathering.gather(*places, workers.each, world.progress)


def _load_dataset(directory: Directory, dataset: "Dataset", world: World, workers: int) -> None:
    """Builds archive.db from a dataset; refuses one that has what the archive's own snapshots have not."""
    own = Snapshots(directory.snapshots).sizes()
    foreign = [file for file, size in dataset.sizes().items() if own.get(file, 0) < size]
    if own and foreign:
        raise UsageError(
            f"{dataset} is not of this archive: {directory.snapshots} has not all of {foreign[0]}; "
            "name a directory without snapshots with --archive"
        )
    _rebuild(directory, world, workers, dataset)


@contextmanager
def _scratch(directory: Directory, prefix: str) -> Iterator[Path]:
    """A folder for the while, beside archive.db; those that a killed run left are removed: nobody else has the lock."""
    for left in directory.path.glob(f"{prefix}*/"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=directory.path, prefix=prefix) as folder:
        yield Path(folder)


def _rebuild(directory: Directory, world: World, workers: int = 1, supply: Supply | None = None) -> None:
    """Builds archive.db anew beside the old one, then puts it in its place."""
    supply = supply or Snapshots(directory.snapshots)
    parts = directory.path / _PARTS
    with _scratch(directory, _SCRATCH) as folder:
        fresh = folder / "archive.db"
        building.build(fresh, supply, parts, world.progress, workers=workers)
        with Archive.open(fresh, version=VERSION) as archive:
            try:
                upgrade.keep(directory.database, directory.before, folder)
                archive.copy_to(directory.database)
            except DamagedError as reason:
                world.report(f"the old one is thrown away: {reason}")
                directory.database.unlink()
                archive.copy_to(directory.database)
    if parts.exists():
        shutil.rmtree(parts)


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


def _compare_with_rebuild(directory: Directory, world: World) -> str:
    if not directory.database.exists():
        return "is not there: `pref-scraper rebuild` makes it"
    with tempfile.TemporaryDirectory(prefix="pref-scraper-") as folder:
        fresh = Path(folder) / "archive.db"
        building.build(fresh, Snapshots(directory.snapshots), Path(folder) / "parts", world.progress)
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
