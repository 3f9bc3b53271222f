"""Questions to archive.db: what did a view show, what changed between two captures, is a source well?"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from . import views
from .archive import Archive, Capture, Named, Outcome
from .diff import compare
from .errors import UsageError
from .labels import VIEW_LABELS
from .names import JAPANESE, Names
from .records import GOOD, Change, Source, format_time
from .table import Table

JAPAN = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changed in one source between two captures; `name` and `url` are the source's."""

    source_id: str
    name: str
    url: str
    before: Capture
    after: Capture
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A capture that was loaded: `unread` and `problems` of its page, and what changed with it."""

    capture: Capture
    unread: int
    problems: int
    changes: tuple[Change, ...]


def loaded(archive: Archive, record_ids: Iterable[str]) -> list[Loaded]:
    """What came of the visits whose answers stand in these WARC records, in order of time."""
    captures = filter(None, map(archive.by_record, record_ids))
    return [_account(archive, one) for one in sorted(captures, key=lambda one: (one.captured_at, one.capture_id))]


def _account(archive: Archive, capture: Capture) -> Loaded:
    is_read = capture.outcome in GOOD and capture.outcome != "not_modified"
    unread, problems = (archive.count(view, capture) if is_read else 0 for view in ("unread", "problems"))
    before = archive.by_id(capture.previous_capture_id or "") if capture.outcome == "changed" else None
    changes = _between(archive, before, capture).changes if before else ()
    return Loaded(capture=capture, unread=unread, problems=problems, changes=changes)


def last_change(archive: Archive, source_id: str) -> Difference | None:
    """The newest change of a source, None where it never changed."""
    for after in archive.captures(source_id):
        before = archive.by_id(after.previous_capture_id) if after.previous_capture_id else None
        if after.outcome == "changed" and before is not None:
            return _between(archive, before, after)
    return None


def newest_changes(archive: Archive, most: int, source_ids: Collection[str] = ()) -> list[Difference]:
    """The newest changes of some sources, or of all, newest first, at most so many captures."""
    newest = archive.changed_last(most, source_ids)
    pairs = ((archive.by_id(after.previous_capture_id or ""), after) for after in newest)
    return [_between(archive, before, after) for before, after in pairs if before is not None]


def project_changes(archive: Archive, source_id: str, names: Sequence[Named], most: int) -> list[Difference]:
    """What changed of the projects that `names` are of, and of their figures: newest first, at most so many captures."""
    changes: dict[tuple[str, str], list[Change]] = {}
    for before, after, change in archive.project_changes(source_id, {one.record_id for one in names}):
        name = _name_at(names, str(change.project_id), after)
        changes.setdefault((before, after), []).append(replace(change, project=name))
    found = ((archive.by_id(before), archive.by_id(after), some) for (before, after), some in changes.items())
    source = archive.sources()[source_id]
    return [
        Difference(
            source_id=source_id, name=source["name"], url=source["url"], before=before, after=after, changes=tuple(some)
        )
        for before, after, some in islice(found, most)
        if before is not None and after is not None
    ]


def _name_at(names: Sequence[Named], record_id: str, capture_id: str) -> str:
    """What a project was called at a capture, or last before it."""
    own = [one for one in names if one.record_id == record_id]
    return next((one.name for one in reversed(own) if one.valid_from <= capture_id), own[0].name)


def difference(archive: Archive, source_id: str, start: str | None, end: str | None) -> Difference:
    """What changed between two captures or dates.

    Without `end` it is up to the newest good capture, without `start` from the one before
    `end`. Raises UsageError where a name means no good capture of this source.
    """
    after = _capture_at(archive, source_id, end)
    if start is not None:
        before = _capture_at(archive, source_id, start)
    else:
        before = (archive.by_id(after.previous_capture_id) if after.previous_capture_id else None) or after
    return _between(archive, before, after)


def _between(archive: Archive, before: Capture, after: Capture) -> Difference:
    source_id = after.source_id
    was, now = (archive.entries(source_id, one.capture_id) for one in (before, after))
    changes = compare(was, now, archive.known(now.keys() - was.keys(), before=before.capture_id))
    source = archive.sources()[source_id]
    return Difference(
        source_id=source_id,
        name=source["name"],
        url=source["url"],
        before=before,
        after=after,
        changes=tuple(changes),
    )


def _capture_at(archive: Archive, source_id: str, when: str | None) -> Capture:
    """The good capture that a capture id or a date means: that one, or else the newest that had been taken by then."""
    named = archive.by_id(when) if when is not None else None
    if named is not None and named.source_id == source_id and named.outcome in GOOD:
        return named
    moment = _meant(archive, source_id, when) if when is not None else Moment(source_id=source_id, until=None)
    found = archive.newest_good(source_id, until=moment.until)
    if found is None:
        raise _none_good(moment)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Of which source, or of all where None, and up to which time, or until now where None."""

    source_id: str | None
    until: str | None


def moment_of(archive: Archive, source_id: str | None, when: str | None) -> Moment:
    """What a capture id or a date means; a capture speaks for its own source.

    Raises UsageError for what is neither, for a capture of another source, and where there
    was no good capture by then.
    """
    if when is None:
        return Moment(source_id=source_id, until=None)
    moment = _meant(archive, source_id, when)
    asked = [moment.source_id] if moment.source_id else list(archive.sources())
    if not any(archive.newest_good(each, until=moment.until) for each in asked):
        raise _none_good(moment)
    return moment


def _meant(archive: Archive, source_id: str | None, when: str) -> Moment:
    """As `moment_of`, whether there was a good capture by then or not."""
    named = archive.by_id(when)
    if named is None:
        return Moment(source_id=source_id, until=read_time(when))
    if source_id not in (None, named.source_id):
        raise UsageError(f"{when} is a capture of {named.source_id}, not of {source_id}")
    return Moment(source_id=named.source_id, until=named.captured_at)


def _none_good(moment: Moment) -> UsageError:
    whose = f"{moment.source_id} has" if moment.source_id else "the archive has"
    by_then = f"up to {moment.until}" if moment.until else "yet"
    return UsageError(f"{whose} no good capture {by_then}: `pref-scraper log` lists all there are")


def table(archive: Archive, view: str, moment: Moment) -> Table:
    """The rows of a view or of its Japanese twin at a moment; UsageError where there is no such view."""
    if view not in views.names():
        listed = ", ".join(f"{english} ({label})" for english, label in VIEW_LABELS.items())
        raise UsageError(f"unknown view {view!r}: expected one of {listed}")
    return archive.table(view, source_id=moment.source_id, until=moment.until)


def tables(archive: Archive, moment: Moment) -> list[tuple[str, Table]]:
    """Every view by its English name: all begun before any is read, so that they show one state of the database."""
    return [(view, table(archive, view, moment)) for view in VIEW_LABELS]


def read_time(text: str) -> str:
    """A point in time as archive.db writes it; a date without a zone is that day's end in Japan (JST)."""
    try:
        if len(text) == len("2026-11-22"):
            at = datetime.combine(date.fromisoformat(text), time(23, 59, 59))
        else:
            at = datetime.fromisoformat(text)
        return format_time(at if at.tzinfo else at.replace(tzinfo=JAPAN))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is neither a capture nor a date: expected one such as 2026-11-22") from error


def in_japan(at: str, names: Names = JAPANESE) -> str:
    """A time of archive.db as it is told in Japan: `2026年4月1日 09:00`, or in English `2026-04-01 09:00`."""
    return names.moment(datetime.fromisoformat(at).astimezone(JAPAN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What the section of a fiscal year says of that year itself.

    `amount_yen` is the sum of its `figures` printed amounts, None where there is none; `dashes` are
    the projects for which a dash is printed, as those of which no amount is known.
    """

    source_id: str
    fiscal_year: int
    amount_yen: int | None
    figures: int
    dashes: int


def totals(archive: Archive, source_id: str | None = None) -> list[Total]:
    """The budgets of a source, or of each, by fiscal year, newest first; what another year's section repeats does not count."""
    return [Total(**row) for row in archive.totals(source_id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """When a source was last seen, and whether it is well: `outcome` is that of its last visit.

    `suspect_since` is the first capture that was not believed since the last good one. `next_due` is when
    the next visit is to be, None where nobody said how often; `overdue` that none came by then.
    """

    source_id: str
    name: str
    url: str
    last_visit: str | None
    outcome: str | None
    reason: str | None
    last_good: str | None
    last_change: str | None
    failures_in_a_row: int
    captures: int
    suspect_since: str | None
    next_due: str | None
    overdue: bool


GRACE = timedelta(hours=1)
"""How late a visit may be: by the random while of a schedule, and by what a run takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How often a source is to be visited, and what time it is now."""

    every: timedelta
    now: datetime


def status(archive: Archive | None, sources: Sequence[Source], expected: Expected | None = None) -> list[Health]:
    """The health of every source, in the order given; without an archive nothing was visited yet."""
    outcomes = archive.outcomes() if archive else {}
    return [health(source, outcomes.get(source.id, []), expected) for source in sources]


def health(source: Source, captures: Sequence[Outcome], expected: Expected | None = None) -> Health:
    """The health of a source, by what came of its captures, which are newest first."""
    newest = captures[0] if captures else None
    good = [number for number, capture in enumerate(captures) if capture.outcome in GOOD]
    failures = good[0] if good else len(captures)
    suspect = [capture.captured_at for capture in captures[:failures] if capture.outcome == "suspect"]
    changed = (capture.captured_at for capture in captures if capture.outcome in ("new", "changed"))
    return Health(
        source_id=source.id,
        name=source.name,
        url=source.url,
        last_visit=newest.captured_at if newest else None,
        outcome=newest.outcome if newest else None,
        reason=newest.reason if newest else None,
        last_good=captures[good[0]].captured_at if good else None,
        last_change=next(changed, None),
        failures_in_a_row=failures,
        captures=len(captures),
        suspect_since=suspect[-1] if suspect else None,
        **_due(newest, expected),
    )


def _due(newest: Outcome | None, expected: Expected | None) -> dict[str, Any]:
    """When the next visit is to be, and whether it did not come; a source that was never visited is due now."""
    if expected is None:
        return {"next_due": None, "overdue": False}
    if newest is None:
        return {"next_due": format_time(expected.now), "overdue": True}
    due = datetime.fromisoformat(newest.captured_at) + expected.every
    return {"next_due": format_time(due), "overdue": expected.now > due + GRACE}
