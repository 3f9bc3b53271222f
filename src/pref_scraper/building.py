"""archive.db from all of snapshots/: in parts, side by side, and put together in one order.

A part is the database of some sources, made by `loading` from their files alone; as sources know nothing
of each other, parts need not wait for each other. What goes in are the path of a database that is not there,
a supply of visits and a folder for the parts; the database is the same, byte for byte, however
many processes make them. Parts that are finished stay in their folder, so that a build which was stopped
goes on behind them; whoever has the database removes them.
"""

import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection
from pathlib import Path

from . import loading
from .archive import Archive
from .loading import OutOfOrder
from .progress import Progress, silent
from .records import format_time
from .supply import Behind, Supply
from .written import VERSION

LEAST = 1 << 20
"""Bytes of WARC files in a part, at least: a smaller one costs more to begin than to fill."""
MOST = 64
"""Parts, at most."""
NICE = 5
"""By how much a process that makes parts stands back behind the one that puts them together."""

_UNFINISHED = ".unfinished"


@dataclass(frozen=True, slots=True)
class _Part:
    """Some sources with all of their files, and where their database is to be."""

    database: Path
    sources: Mapping[str, list[Behind]]

    @property
    def length(self) -> int:
        return sum(map(loading.length, self.sources.values()))


def build(
    database: Path, supply: Supply, parts: Path, progress: Progress = silent, *, workers: int = 1, least: int = LEAST
) -> None:
    """Makes a database, where there is none, from all of snapshots/; what memory it takes does not grow with their number."""
    Archive.create(database, version=VERSION)
    wanted = list(_parts(supply, parts, least))
    if len(wanted) < 2:
        for _ in loading.load_into(database, supply, progress):
            pass
        return
    _keep_only(wanted, parts)
    with Archive.open(database, version=VERSION) as archive, _made(wanted, supply, workers) as made:
        for part in progress(made, sum(part.length for part in wanted), "loading", lambda part: part.length):
            archive.take(part.database)
        _stand(archive, progress)


def _stand(archive: Archive, progress: Progress) -> None:
    """Has all stand anew where a source had to come earlier than it was taken; mostly all stands."""
    try:
        loading.stand(archive, progress)
    except OutOfOrder:
        archive.forget_standings()
        loading.stand(archive, progress)


def _parts(supply: Supply, parts: Path, least: int) -> Iterator[_Part]:
    """The sources, in order of their first captures, in groups of at least so many bytes, and in MOST groups or one more."""
    behind = loading.files_behind(supply, {})
    least = max(least, sum(map(loading.length, behind.values())) // MOST)
    group: dict[str, list[Behind]] = {}
    for source_id in sorted(behind, key=lambda one: (_begun(supply, behind[one]), one)):
        group[source_id] = behind[source_id]
        if sum(map(loading.length, group.values())) >= least:
            yield _Part(parts / _name(supply, group), group)
            group = {}
    if group:
        yield _Part(parts / _name(supply, group), group)


def _begun(supply: Supply, files: Iterable[Behind]) -> str:
    """The time of the first visit, if each file begins with its first; an import need not."""
    firsts = (supply.first(one.file) for one in files)
    return min((format_time(first.at) for first in firsts if first), default="")


def _name(supply: Supply, sources: Mapping[str, list[Behind]]) -> str:
    """What tells a part from one of other files, of other states of them, and of another version of this program."""
    files = [(one.file, one.size, supply.state(one.file)) for own in sources.values() for one in own]
    return f"{hashlib.sha256(repr((VERSION, files)).encode()).hexdigest()[:16]}.db"


def _keep_only(wanted: Iterable[_Part], parts: Path) -> None:
    """Removes what an earlier build left that is of no use to this one."""
    parts.mkdir(exist_ok=True)
    names = {part.database.name for part in wanted}
    for left in parts.iterdir():
        if left.name not in names:
            left.unlink()


@contextmanager
def _made(wanted: list[_Part], supply: Supply, workers: int) -> Iterator[Iterable[_Part]]:
    """The parts, in order, as they are finished; with one worker in this process."""
    if workers == 1:
        yield map(partial(_make, supply), wanted)
        return
    # Forked processes would hold the lock of the archive, and this process's connection to the database.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(wanted)), context, _begin_worker)
    try:
        yield pool.map(partial(_make, supply), wanted)
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_worker() -> None:
    """Leaves Ctrl-C to the process that waits for this one, and ends with it, also where that is killed.

    The latter goes first where both have work, since all parts go through it.
    """
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _make(supply: Supply, part: _Part) -> _Part:
    """Makes the database of a part, unless it is there."""
    if not part.database.exists():
        unfinished = part.database.with_suffix(_UNFINISHED)
        for left in unfinished.parent.glob(f"{unfinished.name}*"):
            left.unlink()
        Archive.create(unfinished, version=VERSION)
        with Archive.open(unfinished, version=VERSION) as archive, archive.at_once():
            for _ in loading.load_files(archive, supply, part.sources):
                pass
            loading.stand(archive, is_part=True)
        unfinished.replace(part.database)
    return part
