"""Captures and changes as lines for a person; pure."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .archive import Capture
from .history import Difference, Health
from .japanese.money import format_amount
from .japanese.years import format_year
from .labels import VIEW_LABELS, column_label
from .pipeline import Loaded, Verified
from .records import GOOD, Change, Visit, format_time

_SIGNS = {"added": "+", "reappeared": "+", "removed": "-", "renamed": "~", "modified": "~"}
_QUIET = ("moved", "restyled")
_YEARS = frozenset({"budget_year", "target_year", "actual_year", "fiscal_year"})


def visits(made: Iterable[Visit]) -> Iterator[str]:
    """A line per visit that `fetch` made."""
    for visit in made:
        what = visit.error or f"answered {visit.answer.status if visit.answer else None}"
        yield f"{visit.source.id}  {format_time(visit.at)}  {what}"


def loaded(captures: Iterable[Loaded]) -> Iterator[str]:
    """A line per capture, and below it what changed."""
    for one in captures:
        yield f"{one.capture.source_id}  {one.capture.captured_at}  {_outcome(one)}"
        yield from changes(one.changes, indent="  ")


def _outcome(one: Loaded) -> str:
    capture = one.capture
    if capture.outcome not in GOOD:
        return f"{capture.outcome}: {capture.reason}"
    parts = [f"{capture.records} records"]
    parts += [_count(one.problems, "problem")] if one.problems else []
    parts += [f"{_count(one.unread, 'line')} unread"] if one.unread else []
    changed = {change.record_id for change in one.changes if change.change not in _QUIET}
    parts += [_count(len(changed), "change")] if changed else []
    return f"{capture.outcome}: {', '.join(parts)}"


def log(captures: Iterable[Capture]) -> Iterator[str]:
    """A line per capture, in the order given."""
    for capture in captures:
        records = f"{capture.records} records" if capture.records is not None else ""
        yield "  ".join(
            filter(None, (capture.captured_at, f"{capture.outcome:<12}", records, capture.capture_id, capture.reason))
        )


def difference(found: Difference) -> Iterator[str]:
    """What changed in one source between two captures."""
    yield f"{found.source_id}: {found.before.captured_at} → {found.after.captured_at}"
    if found.changes:
        yield from changes(found.changes, indent="  ")
    else:
        yield "  nothing changed"


def changes(found: Sequence[Change], *, indent: str = "") -> Iterator[str]:
    """Changes by fiscal year, a few lines per record; moves and changes of width are only counted."""
    loud = [change for change in found if change.change not in _QUIET]
    by_year = sorted(loud, key=lambda change: -(change.fiscal_year or 9999))
    for year, of_year in itertools.groupby(by_year, key=lambda change: change.fiscal_year):
        yield f"{indent}{f'{format_year(year)} ({year})' if year else 'ページ'}"
        for _, group in itertools.groupby(of_year, key=lambda change: change.record_id):
            yield from (f"{indent}  {line}" for line in _record(list(group)))
    for kind in _QUIET:
        number = len({change.record_id for change in found if change.change == kind})
        if number:
            yield f"{indent}{_count(number, 'record')} {kind}"


def _record(group: Sequence[Change]) -> Iterator[str]:
    first = group[0]
    sign = f"{_SIGNS[first.change]} {VIEW_LABELS[first.record]}"
    head = f"{sign} {first.label}"
    if first.field is None:
        value = first.old if first.change == "removed" else first.new
        whole = head if first.record == "budgets" else sign
        yield f"{whole} {_shown(None, value)}{' (reappeared)' if first.change == 'reappeared' else ''}"
    elif first.record == "budgets" and _values(group, "printed"):
        yield f"{head}: {_amounts(group)}"
    else:
        yield head
        for change in group:
            yield f"    {column_label(change.record, str(change.field))}"
            yield f"    - {_shown(change.field, change.old)}"
            yield f"    + {_shown(change.field, change.new)}"


def _amounts(group: Sequence[Change]) -> str:
    """28,709千円 → 29,100千円 (+391千円, +1.4 %)"""
    old, new = _values(group, "printed") or ("", "")
    yen = _values(group, "amount_yen")
    if yen is None or yen[0] is None or yen[1] is None:
        return f"{old} → {new}"
    by = yen[1] - yen[0]
    percent = f", {by / abs(yen[0]) * 100:+.1f} %" if yen[0] else ""
    return f"{old} → {new} ({'+' if by > 0 else ''}{format_amount(by)}{percent})"


def _values(group: Sequence[Change], field: str) -> tuple[Any, Any] | None:
    return next(((change.old, change.new) for change in group if change.field == field), None)


def _shown(field: str | None, value: Any) -> str:
    if value is None:
        return "(none)"
    return format_year(value) if field in _YEARS else str(value).replace("\n", " / ")


def status(found: Iterable[Health]) -> Iterator[str]:
    """A few lines per source: is it well, and when was it last seen."""
    for health in found:
        yield f"{health.source_id}  {_verdict(health)}"
        yield f"  {health.name}  {health.url}"
        if health.last_visit:
            yield f"  last visit {health.last_visit}, last good {health.last_good or 'never'}, last change {health.last_change or 'never'}"


def _verdict(health: Health) -> str:
    if health.outcome is None:
        return "never visited"
    if health.outcome in GOOD:
        return f"well: {health.outcome}, {_count(health.captures, 'capture')}"
    since = f"{_count(health.failures_in_a_row, 'visit')} in a row without the page"
    return f"not well: {health.outcome}, {since}: {health.reason}"


def verified(found: Verified) -> Iterator[str]:
    """What `verify` found, a line per finding."""
    for finding in found.findings:
        place = f", byte {finding.offset}" if finding.offset is not None else ""
        record = f", {finding.record_id}" if finding.record_id else ""
        yield f"snapshots/{finding.file}{place}{record}: {finding.message}; {finding.advice}"
    whole = _count(found.records, "record")
    yield f"snapshots/: {whole} whole, {_count(len(found.findings), 'finding')}"
    yield f"archive.db {found.database}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
