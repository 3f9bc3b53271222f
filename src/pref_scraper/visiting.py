"""The sources of an archive, visited and appended to snapshots/.

Hosts side by side, the sources of one host in their order. The visits are made in threads;
only the caller's writes. What snapshots/ and archive.db hold helps: what a page was last
time, a robots.txt of today, and who asked to be left alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from . import loading, robots, snapshots
from .abreast import abreast
from .address import Refused, host_of
from .archive import Archive, Capture
from .errors import DamagedError, PrefScraperError
from .fetch import Fetcher, KnownRobots
from .records import Source, Stored, Validators, Visit, format_time
from .sources import Config, Directory
from .world import World
from .written import VERSION

HOSTS = 8
"""How many hosts are visited at once."""
FRESH = timedelta(days=1)
"""How long a robots.txt is gone by (RFC 9309, 2.4)."""


def visit_all(directory: Directory, config: Config, sources: Sequence[Source], world: World) -> list[tuple[Visit, str]]:
    """The visits in the order of the sources, each with the id of the record that `captures` will name.

    What crossed the wire is in snapshots/ then, and no longer in the visits: a run has many.
    A source that cannot be visited at all does not keep the others from it; then the first
    such error is raised, at the end.
    """
    visitor = _visitor(directory, config, sources, world)
    made: dict[int, tuple[Visit, str]] = {}
    errors = []
    label = f"visiting {sources[0].id if len(sources) == 1 else f'{len(sources)} sources'}"
    with closing(abreast(_lines(sources), lambda job: visitor.visit(job[1]), at_most=HOSTS)) as results:
        for (number, _), found in world.progress(results, len(sources), label, is_slow=True):
            if isinstance(found, Exception):
                errors.append(found)
            else:
                visit, validators = found
                made[number] = _told(visit), snapshots.append(directory.snapshots, visit, validators)
    snapshots.update_indexes(directory.snapshots, {source.id for source in sources})
    for error in errors[1:]:
        world.report(str(error))
    if errors:
        raise errors[0]
    return [made[number] for number in sorted(made)]


def _told(visit: Visit) -> Visit:
    """A visit without the bytes of its exchanges."""
    light = {id(one): replace(one, request=b"", response=b"", payload=b"", interim=b"") for one in visit.exchanges}
    answer = light[id(visit.answer)] if visit.answer else None
    return replace(visit, exchanges=tuple(light.values()), answer=answer)


def _lines(sources: Sequence[Source]) -> list[list[tuple[int, Source]]]:
    """The sources with their numbers, those of one host in a line."""
    lines: dict[str, list[tuple[int, Source]]] = {}
    for number, source in enumerate(sources):
        lines.setdefault(_host(source), []).append((number, source))
    return list(lines.values())


def _host(source: Source) -> str:
    try:
        return host_of(source.url)
    except Refused:
        return source.url


@dataclass(slots=True)
class _Visitor:
    """Visits sources, from whatever thread. `last` is when a source was visited last, `good` its newest good capture."""

    directory: Directory
    world: World
    fetcher: Fetcher
    good: Mapping[str, Capture | None]
    last: dict[str, str]

    def visit(self, source: Source) -> tuple[Visit, Validators | None]:
        self._wait_for_next_second(source)
        validators = self._validators(source)
        visit = self.fetcher.visit(source, validators)
        self.last[source.id] = format_time(visit.at)
        return visit, validators

    def _wait_for_next_second(self, source: Source) -> None:
        """Two captures of one page never share a second: replay tools could not tell them apart."""
        last, world = self.last.get(source.id, ""), self.world
        if world.behind(last) is None:
            raise PrefScraperError(
                f"the clock says {format_time(world.clock())}, but {source.id} was visited at {last}: "
                "set the clock right; it was not visited again"
            )

    def _validators(self, source: Source) -> Validators | None:
        good = self.good.get(source.id)
        if good is None:
            return None
        try:
            return snapshots.read_validators(self.directory.snapshots, good.warc_file, good.warc_offset)
        except DamagedError as reason:
            self.world.report(f"asking for the whole page: {reason}")
            return None


# What is known before anything is asked


@dataclass(frozen=True, slots=True)
class _Hints:
    """What archive.db knows that helps to fetch; a visit is made without it, too."""

    bytes_loaded: Mapping[str, int] = field(default_factory=dict)
    newest_good: Mapping[str, Capture | None] = field(default_factory=dict)
    last_visit: Mapping[str, str] = field(default_factory=dict)
    failed: Sequence[Capture] = ()


def _visitor(directory: Directory, config: Config, sources: Sequence[Source], world: World) -> _Visitor:
    hints = _hints(directory, sources, world)
    for sentence in snapshots.settle(directory.snapshots, hints.bytes_loaded):
        world.report(sentence)
    unloaded = list(loading.unloaded(directory.snapshots, hints.bytes_loaded))
    last = dict(hints.last_visit)
    for stored in unloaded:
        last[stored.source.id] = max(format_time(stored.at), last.get(stored.source.id, ""))
    fetcher = Fetcher(config.contact, world, known_robots=_known_robots(directory, config, world))
    for source in config.sources:
        fetcher.expect(source)
    for stored in (*unloaded, *_read(directory.snapshots, hints.failed, world)):
        if stored.retry_at is not None and stored.retry_host is not None:
            fetcher.obey(stored.retry_host, stored.retry_at)
    return _Visitor(directory, world, fetcher, hints.newest_good, last)


def _hints(directory: Directory, sources: Sequence[Source], world: World) -> _Hints:
    if not directory.database.exists():
        return _Hints()
    try:
        with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
            return _Hints(
                archive.bytes_loaded(),
                {source.id: archive.newest_good(source.id, with_body=True) for source in sources},
                {source_id: at for source_id, (at, _) in archive.newest().items()},
                archive.failed_last(),
            )
    except PrefScraperError as reason:
        world.report(f"fetching without archive.db: {reason}")
        return _Hints()


def _read(folder: Path, captures: Sequence[Capture], world: World) -> Iterator[Stored]:
    """The visits of these captures as they stand in snapshots/."""
    for capture in captures:
        try:
            yield next(snapshots.read(folder, capture.warc_file, capture.warc_offset))[0]
        except DamagedError as reason:
            world.report(f"{capture.source_id}: what its host asked for is not known: {reason}")


def _known_robots(directory: Directory, config: Config, world: World) -> KnownRobots:
    """What snapshots/ hold of a robots.txt, not older than a day, if its answer is one to go by.

    It stands with the sources of its host, or with the one that was led there.
    """

    def known(url: str, source: Source) -> robots.Answer | None:
        now, host = world.clock(), host_of(url)
        with_it = {source.id, *(other.id for other in config.sources if _host(other) == host)}
        found = [snapshots.newest_answer(directory.snapshots, one, url, now - FRESH) for one in with_it]
        at, answer = max(filter(None, found), key=lambda one: one[0], default=(now, None))
        if answer is None or answer.status is None or at > now or robots.is_unwell(answer.status):
            return None
        return robots.Answer(answer.status, answer.field("Location"), answer.payload, answer.field("Content-Encoding"))

    return known
