"""The sources of an archive, visited and appended to snapshots/.

Hosts side by side, the sources of one host in their order. The visits are made in threads;
only the caller's writes. What snapshots/ and archive.db hold helps: what a page was last
time, a robots.txt of today, who asked to be left alone, and what a run visited that was stopped.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from . import indexing, loading, robots, snapshots, underway
from .abreast import abreast
from .address import Refused, host_of
from .archive import Archive, Last
from .errors import DamagedError, PrefScraperError
from .fetch import Fetcher, KnownRobots
from .hosts import AT_ONCE
from .records import Source, Stored, Validators, Visit, format_time
from .sources import Config, Directory
from .world import World
from .written import VERSION

UNDER_WAY = 2 * AT_ONCE
"""How many visits are under way: each host's first one waits in its midst, since the host rests after robots.txt."""
FRESH = timedelta(days=1)
"""How long a robots.txt is gone by (RFC 9309, 2.4)."""
GOES_ON = timedelta(hours=12)
"""How long after its last visit a run that was stopped is gone on with: not until the next one of a daily schedule."""

Made = tuple[Visit | None, str]
"""A visit with the id of the record that `captures` will name; None for one of the run that this one goes on with."""


@contextmanager
def visits_of(
    directory: Directory, config: Config, sources: Sequence[Source], world: World
) -> Iterator[Iterator[Made]]:
    """The visits to be made, one by one as they are archived; the run is over when the caller is done.

    What crossed the wire is in snapshots/ then, and no longer in the visits: a run has many.
    A source that cannot be visited at all does not keep the others from it; then the first
    such error is raised, at the end.
    """
    is_whole = {source.id for source in sources} == {source.id for source in config.sources}
    yield _begun(directory, config, sources, world, is_whole=is_whole)
    if is_whole:
        underway.end(directory.path)


def _begun(
    directory: Directory, config: Config, sources: Sequence[Source], world: World, *, is_whole: bool
) -> Iterator[Made]:
    """The visits of a run, whose knowledge is gone with the last of them."""
    visitor = _visitor(directory, config, sources, world)
    return _visits(visitor, _round(directory, sources, visitor.last, world) if is_whole else _Round([sources]))


def _visits(visitor: "_Visitor", whole: "_Round") -> Iterator[Made]:
    yield from ((None, one.warc_record_id) for one in whole.made)
    errors: list[Exception] = []
    for part in filter(None, whole.parts):
        yield from _archived(visitor, part, errors)
    for error in errors[1:]:
        visitor.world.report(str(error))
    if errors:
        raise errors[0]


def _archived(visitor: "_Visitor", sources: Sequence[Source], errors: list[Exception]) -> Iterator[Made]:
    """Visits sources and appends each visit to snapshots/; takes down what kept a source from being visited."""
    world, folder = visitor.world, visitor.directory.snapshots
    label = f"visiting {sources[0].id if len(sources) == 1 else f'{len(sources)} sources'}"
    lines = _by_host(sources)
    hosts = {id(line[-1]): host for host, line in lines.items()}
    coming = abreast([*lines.values()], visitor.visit, at_most=UNDER_WAY, due=visitor.due, ticks=world.ticks)
    with closing(coming) as results:
        for source, found in world.progress(results, len(sources), label, is_slow=True):
            if id(source) in hosts:
                visitor.fetcher.forget(hosts[id(source)])
            if isinstance(found, Exception):
                errors.append(found)
            else:
                visit, validators = found
                yield _told(visit), snapshots.append(folder, visit, validators)
    indexing.update_all(folder, {source.id for source in sources}, visitor.loaded)


def _told(visit: Visit) -> Visit:
    """A visit without the bytes of its exchanges."""
    light = {id(one): replace(one, request=b"", response=b"", payload=b"", interim=b"") for one in visit.exchanges}
    answer = light[id(visit.answer)] if visit.answer else None
    return replace(visit, exchanges=tuple(light.values()), answer=answer)


def _by_host(sources: Sequence[Source]) -> dict[str, list[Source]]:
    found: defaultdict[str, list[Source]] = defaultdict(list)
    for source in sources:
        found[_host(source)].append(source)
    return found


def _host(source: Source) -> str:
    try:
        return host_of(source.url)
    except Refused:
        return source.url


@dataclass(slots=True)
class _Visitor:
    """Visits sources, from whatever thread.

    By source, `bodies` says where its newest good page stands, `last` its newest visit before this run, and
    `times` the newest one's time. `loaded` are the bytes of each file that were loaded before.
    """

    directory: Directory
    world: World
    fetcher: Fetcher
    bodies: Mapping[str, tuple[str, int]]
    last: Mapping[str, Last]
    loaded: Mapping[str, int]
    times: dict[str, str]

    def visit(self, source: Source) -> tuple[Visit, Validators | None]:
        self._wait_for_next_second(source)
        validators = self._validators(source)
        visit = self.fetcher.visit(source, validators)
        self.times[source.id] = format_time(visit.at)
        return visit, validators

    def due(self, source: Source) -> float:
        """The tick from which on the source's host may be asked again."""
        return self.fetcher.hosts.free(_host(source))

    def _wait_for_next_second(self, source: Source) -> None:
        """Two captures of one page never share a second: replay tools could not tell them apart."""
        last, world = self.times.get(source.id, ""), self.world
        if world.behind(last) is None:
            raise PrefScraperError(
                f"the clock says {format_time(world.clock())}, but {source.id} was visited at {last}: "
                "set the clock right; it was not visited again"
            )

    def _validators(self, source: Source) -> Validators | None:
        if source.id not in self.bodies:
            return None
        try:
            return snapshots.read_validators(self.directory.snapshots, *self.bodies[source.id])
        except DamagedError as reason:
            self.world.report(f"asking for the whole page: {reason}")
            return None


# A run that was stopped


@dataclass(frozen=True, slots=True)
class _Round:
    """The sources of a run, those that come first in a part of their own, and what was `made` of it before."""

    parts: Sequence[Sequence[Source]]
    made: Sequence[Last] = ()


def _round(directory: Directory, sources: Sequence[Source], last: Mapping[str, Last], world: World) -> _Round:
    """All sources, or what a run that was stopped left of them.

    Where too long ago to go on with it, what it left comes first: so none is always the last and never visited.
    """
    begun, now = underway.begun(directory.path), world.clock()
    made = _made(sources, last, begun, now) if begun else {}
    left = [source for source in sources if source.id not in made]
    if begun and made:
        share = f"{len(left)} of {len(sources)} sources"
        if max(map(_at, made.values())) >= format_time(now - GOES_ON):
            world.report(f"going on with the run of {format_time(begun)}, which was stopped: {share} are left")
            return _Round([left], list(made.values()))
        world.report(f"the run of {format_time(begun)} was stopped: {share} were left, and come first")
    underway.begin(directory.path, _beginning(last, world), world.report)
    return _Round([left, [source for source in sources if source.id in made]])


def _made(sources: Sequence[Source], last: Mapping[str, Last], begun: datetime, now: datetime) -> dict[str, Last]:
    """The newest visits of these sources that were made since then, as they are described now.

    One from the future is none: the clock was set, and the visitor says so.
    """
    found = ((source, last[source.id]) for source in sources if source.id in last)
    return {
        source.id: one
        for source, one in found
        if format_time(begun) <= one.captured_at <= format_time(now)
        and (one.url, one.content, one.encoding) == (source.url, source.content, source.encoding)
    }


def _beginning(last: Mapping[str, Last], world: World) -> datetime:
    """Now, in a second in which nothing was visited yet: so each visit is either of this run or of an earlier one."""
    now = world.clock()
    newest = max((one.captured_at for one in last.values() if one.captured_at <= format_time(now)), default="")
    return world.behind(newest) or now


# What is known before anything is asked


@dataclass(frozen=True, slots=True)
class _Hints:
    """What archive.db knows that helps to fetch; a visit is made without it, too."""

    bytes_loaded: Mapping[str, int] = field(default_factory=dict)
    last: Sequence[Last] = ()
    bodies: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def _visitor(directory: Directory, config: Config, sources: Sequence[Source], world: World) -> _Visitor:
    hints = _hints(directory, sources, world)
    for sentence in snapshots.settle(directory.snapshots, hints.bytes_loaded):
        world.report(sentence)
    fetcher = Fetcher(config.contact, world, known_robots=_known_robots(directory, config, world))
    for source in config.sources:
        fetcher.expect(source)
    last = {one.source_id: one for one in hints.last}
    for stored in loading.unloaded(directory.snapshots, hints.bytes_loaded):
        _obey(fetcher, stored)
        last[stored.source.id] = max(_last(stored), last.get(stored.source.id, _last(stored)), key=_at)
    failed = [one for one in hints.last if one.outcome == "failed"]
    for stored in _read(directory.snapshots, failed, world):
        _obey(fetcher, stored)
    times = {source_id: one.captured_at for source_id, one in last.items()}
    return _Visitor(directory, world, fetcher, hints.bodies, last, hints.bytes_loaded, times)


def _hints(directory: Directory, sources: Sequence[Source], world: World) -> _Hints:
    if not directory.database.exists():
        return _Hints()
    try:
        with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
            bodies = archive.bodies([source.id for source in sources])
            return _Hints(archive.bytes_loaded(), archive.last(), bodies)
    except PrefScraperError as reason:
        world.report(f"fetching without archive.db: {reason}")
        return _Hints()


def _obey(fetcher: Fetcher, stored: Stored) -> None:
    if stored.retry_at is not None and stored.retry_host is not None:
        fetcher.obey(stored.retry_host, stored.retry_at)


def _last(stored: Stored) -> Last:
    """A visit that is not loaded; what came of it is not known yet."""
    source = stored.source
    return Last(
        source_id=source.id,
        url=source.url,
        content=source.content,
        encoding=source.encoding,
        captured_at=format_time(stored.at),
        outcome=None,
        warc_file=stored.file,
        warc_offset=stored.offset,
        warc_record_id=stored.record_id,
    )


def _at(last: Last) -> str:
    return last.captured_at


def _read(folder: Path, captures: Sequence[Last], world: World) -> Iterator[Stored]:
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
    by_host = _by_host(config.sources)

    def known(url: str, source: Source) -> robots.Answer | None:
        now = world.clock()
        with_it = {source.id, *(other.id for other in by_host.get(host_of(url), ()))}
        found = [snapshots.newest_answer(directory.snapshots, one, url, now - FRESH) for one in with_it]
        at, answer = max(filter(None, found), key=lambda one: one[0], default=(now, None))
        if answer is None or answer.status is None or at > now or robots.is_unwell(answer.status):
            return None
        return robots.Answer(answer.status, answer.field("Location"), answer.payload, answer.field("Content-Encoding"))

    return known
