"""A dataset made of snapshots that stand anywhere, a WARC file at a time, and read again for `load`.

A task is a plain value, and so is what it says; what is read goes from the snapshots to the dataset and by no other way.
A task that is done twice, as where a worker was killed, writes the same files. `gather` goes in rounds: each file
is read with the settings that it has itself; once more where those of its source's newest visit are others; and then
the bodies that visits refer to in other files. Who carries the tasks out is not its affair.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path

from . import __version__, snapshots, warcfiles
from .archive import Capture
from .belief import Reading, read_page, refuse, wants_body
from .codings import Unknown
from .dataset import (
    KINDS,
    LIST,
    REFERRED,
    TABLES,
    Held,
    Read,
    capture_row,
    from_list,
    month_of,
    page_row,
    path_of,
    record_rows,
    stored_in,
    to_list,
)
from .errors import DamagedError, PrefScraperError, UsageError
from .parquet import Unpacked, packed
from .places import Place, warcs
from .progress import Progress, silent
from .records import Stored, format_time
from .supply import Behind, Snapshots, Taken, key_of, remember
from .table import Row
from .written import VERSION

SOFTWARE = f"{__version__}/{VERSION}"
"""The version of this program and of what it reads: those who work together must have one."""

Settings = tuple[str | None, str | None]
"""A source's `content` and `encoding`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A WARC file that is to be read.

    `settings` are those of its source where they are not its own. With `referred` it is only these visits of it that
    are read, one for each month and reading, whose bodies stand at other places.
    """

    snapshots: Place
    dataset: Place
    file: str
    software: str = SOFTWARE
    settings: Settings | None = None
    referred: tuple[tuple[Stored, tuple[str, int]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a task has made: which files, and which visits refer to bodies that are not in the WARC file.

    `newest` is by what the newest visit is found among those of the source, `settings` are those of its visits, its own first.
    """

    file: str
    held: Held
    newest: tuple[str, str, str, int] = ("", "", "", 0)
    settings: tuple[Settings, ...] = ()
    missing: tuple[Stored, ...] = ()


Each = Callable[[Callable[[Task], Done], Sequence[Task]], Iterator[Done]]
"""Carries out tasks, in any order, here or elsewhere."""

_ONE_AT_A_TIME = threading.Lock()
"""What is remembered while pages are read is for one thread."""


def carry_out(task: Task) -> Done:
    """Does a task, on whatever machine; raises UsageError where it is of another version of this program."""
    if task.software != SOFTWARE:
        raise UsageError(
            f"a worker has version {SOFTWARE} of pref-scraper, and {task.software} is wanted: install that there"
        )
    with _ONE_AT_A_TIME:
        return _read_referred(task) if task.referred else _read_file(task)


def _read_file(task: Task) -> Done:
    with task.snapshots.held([task.file]) as folder:
        size = warcfiles.size(folder / task.file)
        taken = Snapshots(folder).take([Behind(task.file, 0, size)])
        visits = [_set(stored, task.settings) for stored in taken.visits]
        reader = taken.reader(None, visits)
        known = {stored.record_id for stored in visits}
        months: dict[str, list[str]] = {}
        missing: list[Stored] = []
        for month, group in groupby(sorted(visits, key=month_of), month_of):
            own = list(group)
            rows = [capture_row(stored, reading_id(stored) if wants_body(stored) else None) for stored in own]
            _write(task, "captures", month, visits[0].source.id, rows, months)
            wanted = {reading_id(stored): stored for stored in own if wants_body(stored)}
            here = {key: one for key, one in wanted.items() if (one.refers_to or one.record_id) in known}
            _write_readings(task, month, "", here, reader.read, months)
            missing += [one for key, one in wanted.items() if key not in here]
        held = Held(source_id=snapshots.source_of(folder, task.file), bytes=size, months=months)
    by_age = sorted(visits, key=_order, reverse=True)
    settings = tuple(dict.fromkeys((stored.source.content, stored.source.encoding) for stored in by_age))
    return Done(
        file=task.file,
        held=held,
        newest=_order(by_age[0]) if by_age else ("", "", "", 0),
        settings=settings,
        missing=tuple(missing),
    )


def _read_referred(task: Task) -> Done:
    visits = sorted((stored for stored, _ in task.referred), key=month_of)
    bodies = {reading_id(stored): (stored, place) for stored, place in task.referred}
    months: dict[str, list[str]] = {}
    with task.snapshots.held(dict.fromkeys(file for _, (file, _) in bodies.values())) as folder:
        read = cache(lambda key: _read_at(folder, *bodies[key]))
        for month, own in groupby(visits, month_of):
            wanted = {reading_id(stored): stored for stored in own}
            _write_readings(task, month, REFERRED, wanted, lambda stored: read(reading_id(stored)), months)
    return Done(file=task.file, held=Held(source_id=visits[0].source.id, bytes=0, months=months))


def _read_at(folder: Path, stored: Stored, place: tuple[str, int]) -> Reading:
    try:
        return read_page(stored, snapshots.read_body(folder, *place))
    except Unknown as reason:
        return refuse("failed", str(reason))


def _write_readings(
    task: Task,
    month: str,
    ending: str,
    wanted: Mapping[str, Stored],
    read: Callable[[Stored], Reading],
    months: dict[str, list[str]],
) -> None:
    pages: list[Row] = []
    records: list[Row] = []
    for key, stored in wanted.items():
        found = read(stored)
        pages.append(page_row(task.file, key, found))
        records += record_rows(task.file, key, found)
    for stored in list(wanted.values())[:1]:
        _write(task, f"pages{ending}", month, stored.source.id, pages, months)
        _write(task, f"records{ending}", month, stored.source.id, records, months)


def _write(
    task: Task, table: str, month: str, source_id: str, rows: Sequence[Row], months: dict[str, list[str]]
) -> None:
    """Writes a file of the dataset, if there are rows for one, and notes its month."""
    if rows:
        content = packed(KINDS[table.partition(".")[0]], rows)
        task.dataset.write(path_of(table, source_id, month, task.file), content)
        months.setdefault(table, []).append(month)


def reading_id(stored: Stored) -> str:
    """Names what the body of a visit gives, with the settings of its source."""
    key = key_of(stored, stored.payload_digest or stored.record_id)
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]


def _set(stored: Stored, settings: Settings | None) -> Stored:
    if settings is None:
        return stored
    content, encoding = settings
    return replace(stored, source=replace(stored.source, content=content, encoding=encoding))


def _order(stored: Stored) -> tuple[str, str, str, int]:
    """As `load` puts visits in order."""
    return format_time(stored.at), format_time(stored.arrived), stored.file, stored.offset


# All files


def gather(source: Place, dataset: Place, each: Each, progress: Progress = silent) -> "Dataset":
    """Makes the dataset of all snapshots at a place; one that is there already is made anew.

    Raises UsageError where there are no snapshots, and where something else stands at the dataset's place.
    """
    try:
        sizes = warcs(source)
    except FileNotFoundError as error:
        raise UsageError(f"{source} is not there: name the folder snapshots/ of an archive") from error
    if not sizes:
        raise UsageError(
            f"{source} lists no WARC file: name the folder snapshots/ of an archive, on a server that lists what it has"
        )
    _begin(dataset)
    tasks = [Task(snapshots=source, dataset=dataset, file=file) for file in sizes]
    steps = progress(each(carry_out, tasks), sum(sizes.values()), "reading", lambda one: sizes[one.file])
    done = {one.file: one for one in steps}
    done |= {one.file: one for one in each(carry_out, list(_set_otherwise(tasks, done)))}
    files = {file: one.held for file, one in done.items()}
    _see(dataset, files)
    for one in each(carry_out, list(_referring(tasks, done))):
        files[one.file] = replace(files[one.file], months={**files[one.file].months, **one.held.months})
    _finish(dataset, files)
    return Dataset(dataset, files)


def _set_otherwise(tasks: Iterable[Task], done: Mapping[str, Done]) -> Iterator[Task]:
    """The files that were not read with the settings of their source's newest visit."""
    newest: dict[str, Done] = {}
    for one in sorted(done.values(), key=lambda one: one.newest):
        newest[one.held.source_id] = one
    for task in tasks:
        own = done[task.file]
        wanted = newest[own.held.source_id].settings[:1]
        if own.settings not in ((), wanted):
            yield replace(task, settings=wanted[0])


def _referring(tasks: Iterable[Task], done: Mapping[str, Done]) -> Iterator[Task]:
    """The visits whose bodies are in other files of their source; what is nowhere will be missed if `load` asks for it."""
    of_source: dict[str, dict[str, Held]] = {}
    for one in done.values():
        of_source.setdefault(one.held.source_id, {})[one.file] = one.held
    for task in tasks:
        own = done[task.file]
        if own.missing:
            known = Dataset(task.dataset, of_source[own.held.source_id])
            places = {one.record_id: (one.file, one.offset) for file in known.files for one in known.visits(file)}
            referred = tuple((one, places[one.refers_to]) for one in own.missing if one.refers_to in places)
            if referred:
                yield replace(task, referred=referred)


def _begin(dataset: Place) -> None:
    try:
        there = dataset.sizes()
    except FileNotFoundError:
        there = {}
    if there and LIST not in there:
        raise UsageError(
            f"{dataset} holds {next(iter(there))}, and no dataset: name another place; nothing was written"
        )
    dataset.write(LIST, to_list(SOFTWARE, None))


def _see(dataset: Place, files: Mapping[str, Held]) -> set[str]:
    """What stands there and is not of these files; raises PrefScraperError where what the workers wrote is not here."""
    ours = {path for file, held in files.items() for path in _paths(file, held)}
    there = dataset.sizes().keys()
    if missing := sorted(ours - there):
        raise PrefScraperError(
            f"{dataset} lacks {missing[0]}, which a worker wrote: name a place that is the same for all of these machines"
        )
    return there - ours


def _finish(dataset: Place, files: Mapping[str, Held]) -> None:
    """Lists the files, and takes away what an earlier dataset left."""
    dataset.remove(sorted(name for name in _see(dataset, files) if name.split("/")[0] in TABLES))
    dataset.write(LIST, to_list(SOFTWARE, files))


def _paths(file: str, held: Held) -> Iterator[str]:
    for table, months in held.months.items():
        for month in months:
            yield path_of(table, held.source_id, month, file)


# Reading it


def opened(place: Place) -> "Dataset":
    """The dataset at a place; raises UsageError where there is none, none that is finished, or one of another version."""
    try:
        software, files = from_list(place.read(LIST))
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{place} has no {LIST} of this program: name what `export --dask` wrote") from error
    if software != SOFTWARE:
        raise UsageError(f"{place} was made by version {software}, and this is {SOFTWARE}: export it again")
    if files is None:
        raise UsageError(f"{place} is not finished: export it again")
    return Dataset(place, files)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset, as a supply of `load`."""

    place: Place
    files: Mapping[str, Held]

    def sizes(self) -> dict[str, int]:
        return {file: held.bytes for file, held in sorted(self.files.items())}

    def source_of(self, file: str) -> str:
        return self.files[file].source_id

    def first(self, file: str) -> Stored | None:
        return next(iter(self.visits(file)), None)

    def take(self, files: Iterable[Behind]) -> Taken:
        """All visits of the files: no dataset has a part of one."""
        return Taken([stored for one in files for stored in self.visits(one.file)], lambda _, __: Reader(self))

    def visits(self, file: str) -> list[Stored]:
        """The visits of a file, in its order."""
        source_id = self.source_of(file)
        tables = (self.table("captures", month, file) for month in self.files[file].months.get("captures", ()))
        found = (stored for table in tables if table for stored in stored_in(table, source_id))
        return sorted(found, key=lambda stored: stored.offset)

    def state(self, _: str) -> object:
        return str(self)

    def table(self, table: str, month: str, file: str) -> Unpacked | None:
        """The rows of a table and a month that come of a WARC file, None where there are none."""
        held = self.files[file]
        if month not in held.months.get(table, ()):
            return None
        path = path_of(table, held.source_id, month, file)
        try:
            return Unpacked(self.place.read(path))
        except FileNotFoundError as error:
            raise DamagedError(f"{self} lacks {path}: export it again") from error

    def __str__(self) -> str:
        return str(self.place)


class Reader:
    """Gives the pages of visits from a dataset; a month is held at a time, in order of time."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._readings: dict[str, Reading] = {}
        self._held: tuple[tuple[str, str], list[Read]] = (("", ""), [])

    def read(self, stored: Stored) -> Reading:
        """What the visit's body gives; raises DamagedError where the dataset does not have it."""
        key = reading_id(stored)
        found = self._readings.pop(key, None) or self._read(stored, key)
        remember(self._readings, key, found)
        return found

    def reads_as(self, stored: Stored, known: Capture) -> bool:
        """Not known: what a dataset is loaded into had nothing before."""
        return False

    def _read(self, stored: Stored, key: str) -> Reading:
        where = stored.file, month_of(stored)
        if self._held[0] != where:
            self._held = where, list(self._month(*where))
        for one in self._held[1]:
            found = one.reading(key)
            if found is not None:
                return found
        raise DamagedError(
            f"{self._dataset} has nothing of the page of {stored.file}, byte {stored.offset}: it refers to "
            f"{stored.refers_to}, which is in no file that was read"
        )

    def _month(self, file: str, month: str) -> Iterator[Read]:
        for ending in ("", REFERRED):
            pages = self._dataset.table(f"pages{ending}", month, file)
            if pages is not None:
                yield Read(pages, self._dataset.table(f"records{ending}", month, file))
