"""What happened is told: archive.db, the journal of what was told, and the services, brought together.

begin   before a run: services that are new hear of this run, and of nothing before it
tell    after it: one letter for each service, of all that it has not heard of
try_out a letter that tells nothing

A letter is noted before it is sent and after, so that a service hears of nothing twice, whenever the process is
killed. What it refuses is sent again the next time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import letter, notices
from .archive import Archive, Outcome
from .history import difference
from .journal import Journal, Standing
from .letter import Letter, Told
from .notices import KINDS, Notice
from .records import format_time
from .services import Service
from .sources import Directory
from .world import REAL, World

_ORDER = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A letter that was sent: to whom, its title, how many notices it had.

    `ending` is `sent`, `refused` or `unsure`, and `reason` what was said of that.
    """

    service: str
    title: str
    notices: int
    ending: str
    reason: str


def begin(directory: Directory, services: Sequence[Service], world: World = REAL) -> None:
    """Notes which services are new: they hear of what is captured from now on, in this very second, too."""
    with Journal.open(directory.path, world.clock) as journal:
        _introduce(journal, services, world.clock() - timedelta(seconds=1))


def _introduce(journal: Journal, services: Sequence[Service], through: datetime) -> None:
    for service in services:
        if journal.standing(service.digest).through is None:
            journal.heard(service.digest, format_time(through))


def tell(directory: Directory, archive: Archive, services: Sequence[Service], world: World = REAL) -> list[Sending]:
    """Sends each service what it has not heard of; one that is new hears of nothing that is there already."""
    captures = {source_id: found[::-1] for source_id, found in archive.outcomes().items()}
    newest = max((found[-1].captured_at for found in captures.values()), default="")
    found = []
    with Journal.open(directory.path, world.clock) as journal:
        _introduce(journal, services, world.clock())
        for service in services:
            standing = journal.standing(service.digest)
            if standing.sending:
                journal.ended(service.digest, "unsure")
                begun = f"what was being sent to {service.shown} at {standing.begun}"
                world.report(f"{begun} may not have arrived: the process ended before it was known")
            told = _loud(archive, _due(captures, standing))
            through = max(newest, str(standing.through))
            if told:
                journal.sending(service.digest, through, [one.notice.key for one in told])
                found.append(_send(service, letter.write(told, standing.unsure), len(told)))
                journal.ended(service.digest, found[-1].ending)
            elif through != standing.through:
                journal.heard(service.digest, through)
    return found


def try_out(services: Sequence[Service]) -> list[Sending]:
    """Sends each service a letter that tells nothing."""
    return [_send(service, letter.trial(), 0) for service in services]


def _send(service: Service, written: Letter, number: int) -> Sending:
    ending, reason = service.deliver(written)
    return Sending(service=service.shown, title=written.title, notices=number, ending=ending, reason=reason)


def _due(captures: Mapping[str, Sequence[Outcome]], standing: Standing) -> list[Notice]:
    """The notices of captures that a service has not heard of, and those that it is owed; by kind, then by time."""
    found = [
        notice
        for source_id, own in captures.items()
        for notice in notices.follow(source_id, own)
        if notice.capture.captured_at > str(standing.through) or notice.key in standing.owed
    ]
    return sorted(found, key=lambda notice: (_ORDER[notice.kind], notice.capture.captured_at))


def _loud(archive: Archive, due: Sequence[Notice]) -> list[Told]:
    """The notices with what is known of their sources, but for changes of places and widths alone."""
    sources = archive.sources() if due else {}
    return [one for notice in due if (one := _told(archive, notice, sources[notice.source_id])).is_loud]


def _told(archive: Archive, notice: Notice, source: Mapping[str, str]) -> Told:
    is_change = notice.kind == "changed"
    return Told(
        notice=notice,
        name=source["name"],
        url=source["url"],
        difference=difference(archive, notice.source_id, None, notice.capture.capture_id) if is_change else None,
    )
