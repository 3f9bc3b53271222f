"""Captures and changes as lines for a person; pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import outline, table
from .archive import Capture
from .history import Difference, Health, Loaded
from .labels import OUTCOME_LABELS
from .outline import Item, Row
from .records import GOOD, Change, Visit, format_time
from .table import Table

if TYPE_CHECKING:  # they bring the parser and the network along
    from .importing import Brought
    from .packing import Packed
    from .pipeline import Imported, Verified

# Why a foreign record was left where it is: of one, and of more.
_LEFT = {
    "redirects_nowhere": ("redirect leads nowhere in these files", "redirects lead nowhere in these files"),
    "refers_to_nothing": (
        "revisit stands for a record that is not in these files",
        "revisits stand for records that are not in these files",
    ),
    "too_large": ("record is too large", "records are too large"),
    "undated": ("record has no date", "records have no date"),
    "later_than_now": ("record is dated later than now", "records are dated later than now"),
    "not_fetched": ("capture could not be fetched", "captures could not be fetched"),
    "unreadable": ("record holds no HTTP answer", "records hold no HTTP answer"),
}

# What came or went; all else changed where it is.
_SIGNS = {"added": "+", "reappeared": "+", "removed": "-"}
_MARKS = {"removed": "[-{}-]", "added": "{{+{}+}}"}
_COLOURS = {"heading": "1", "removed": "31", "added": "32"}

Paint = Callable[[str, str], str]
"""How a heading, and what was removed or added, looks: of a kind and a text, the text to print."""


def plain(kind: str, text: str) -> str:
    """Signs alone tell what was removed and added."""
    return text


def coloured(kind: str, text: str) -> str:
    """Red and green besides the signs, as ANSI terminals show them."""
    return f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m"


def visits(made: Iterable[Visit]) -> Iterator[str]:
    """A line per visit that `fetch` made."""
    for visit in made:
        what = visit.error or f"answered {visit.answer.status if visit.answer else None}"
        yield f"{visit.source.id}  {format_time(visit.at)}  {what}"


def loaded(captures: "Iterable[Loaded]", *, paint: Paint = plain) -> Iterator[str]:
    """A line per capture, and below it what changed."""
    for one in captures:
        yield f"{one.capture.source_id}  {one.capture.captured_at}  {_outcome(one)}"
        yield from changes(one.changes, indent="  ", paint=paint)


def _outcome(one: "Loaded") -> str:
    capture = one.capture
    if capture.outcome not in GOOD:
        return f"{capture.outcome}: {capture.reason}"
    parts = [f"{capture.records} records"]
    parts += [_count(one.problems, "problem")] if one.problems else []
    parts += [f"{_count(one.unread, 'line')} unread"] if one.unread else []
    changed = _changed(one)
    parts += [_count(changed, "change")] if changed else []
    return f"{capture.outcome}: {', '.join(parts)}"


def closing(captures: "Sequence[Loaded]", width: int) -> Iterator[str]:
    """What came of several sources, in lines of at most `width`: how many have which outcome, and which want a look.

    The reasons stand whole in the lines of `loaded`: here they are cut, and name no host.
    """
    if len(captures) < 2:
        return
    outcomes = Counter(one.capture.outcome for one in captures)
    listed = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in OUTCOME_LABELS if outcomes[outcome])
    yield from ("", f"{len(captures)} sources: {listed}")
    rows = [
        (one.capture.source_id, outcome, _why(one.capture) or _what_changed(one))
        for outcome in OUTCOME_LABELS
        for one in sorted(captures, key=lambda one: one.capture.source_id)
        if one.capture.outcome == outcome and (outcome == "changed" or outcome not in GOOD)
    ]
    if rows:
        yield from table.aligned(Table(("source", "outcome", "what"), iter(rows)), width).lines


def _why(capture: Capture) -> str | None:
    """The reason, without the address that the source has anyway."""
    host = "{0.scheme}://{0.netloc}".format(urlsplit(capture.url))
    return capture.reason and capture.reason.removeprefix(f"{capture.url}: ").replace(host, "")


def _what_changed(one: "Loaded") -> str:
    number = _changed(one)
    return _count(number, "change") if number else "only moves, or changes of width"


def _changed(one: "Loaded") -> int:
    """How many records changed, moves and changes of width apart."""
    return len({change.record_id for change in one.changes if change.change not in outline.QUIET})


def imported(found: "Imported") -> Iterator[str]:
    """A line per source: what came in, what was there already, and what was left where it is."""
    for one in found.brought:
        outcomes = Counter(new.capture.outcome for new in found.loaded if new.capture.source_id == one.source_id)
        parts = [_came(one, outcomes)]
        parts += [f"{one.already} {'was' if one.already == 1 else 'were'} there already"] if one.already else []
        parts += [f"{number} {_LEFT[reason][number > 1]}" for reason, number in one.left.items()]
        yield f"{one.source_id}  {'; '.join(parts)}"


def _came(one: "Brought", outcomes: Mapping[str, int]) -> str:
    """12 captures from 2009-04-01 to 2015-03-31 (1 new, 11 unchanged)"""
    if one.first is None or one.last is None:
        return "nothing new"
    listed = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
    first, last = one.first[:10], one.last[:10]
    when = f"of {first}" if first == last else f"from {first} to {last}"
    return f"{_count(len(one.record_ids), 'capture')} {when} ({listed})"


def log(captures: Iterable[Capture]) -> Iterator[str]:
    """A line per capture, in the order given."""
    for capture in captures:
        records = f"{capture.records} records" if capture.records is not None else ""
        yield "  ".join(
            filter(None, (capture.captured_at, f"{capture.outcome:<12}", records, capture.capture_id, capture.reason))
        )


def differences(
    found: Sequence[Difference], nothing: str | None = None, *, paint: Paint = plain, everything: bool = False
) -> Iterator[str]:
    """What changed in each source between its two captures; `nothing` is what to say where there are none."""
    for one in found:
        yield from difference(one, paint=paint, everything=everything)
    if not found:
        yield nothing or "nothing has changed yet"


def difference(found: Difference, *, paint: Paint = plain, everything: bool = False) -> Iterator[str]:
    """What changed in one source between two captures; `everything` lists moves and changes of width, too."""
    yield paint("heading", f"{found.source_id}: {_span(found.before, found.after)}")
    if found.changes:
        yield from changes(found.changes, indent="  ", paint=paint, everything=everything)
    else:
        yield "  nothing changed"


def _span(before: Capture, after: Capture) -> str:
    """Two captures, or one that two parsers read."""
    if before.parser_version != after.parser_version:
        return f"{after.captured_at}, as parser {before.parser_version} and parser {after.parser_version} read it"
    return f"{before.captured_at} → {after.captured_at}"


def changes(
    found: Iterable[Change], *, indent: str = "", paint: Paint = plain, everything: bool = False
) -> Iterator[str]:
    """Changes by fiscal year and project, a line per changed field; moves and changes of width are only counted."""
    loud, quiet = outline.split(found)
    yield from _tree(loud, indent, paint)
    for kind, of_kind in quiet.items():
        if of_kind:
            yield f"{indent}{_count(outline.count(of_kind)[kind], 'record')} {kind}"
            yield from _tree(of_kind if everything else (), f"{indent}  ", paint)


def _tree(found: Iterable[Change], indent: str, paint: Paint) -> Iterator[str]:
    for section in outline.arrange(found):
        yield f"{indent}{paint('heading', section.heading)}"
        for group in section.groups:
            named = f"{group.label} {group.name}" if group.name else group.label
            yield f"{indent}  {_whole(group.change, named, paint) if group.change else named}"
            for item in group.items:
                yield from (f"{indent}    {_line(item, row, paint)}" for row in item.rows)


def _line(item: Item, row: Row, paint: Paint) -> str:
    head = f"{item.title} {row.label}".strip()
    head = f"{head}: " if head else ""
    if item.change in _SIGNS:
        return _whole(item.change, f"{head}{_flat(row.old if row.new is None else row.new)}", paint)
    return f"~ {head}{_edit(row, paint)}"


def _whole(change: str, text: str, paint: Paint) -> str:
    """Something that came or went."""
    note = " (reappeared)" if change == "reappeared" else ""
    return paint("removed" if change == "removed" else "added", f"{_SIGNS[change]} {text}{note}")


def _edit(row: Row, paint: Paint) -> str:
    """28,709千円 → 29,100千円 (+391千円, +1.4 %); 県民の[-参加-]{+参画+}"""
    if row.is_number or row.change == "renamed":
        by = f" ({', '.join(row.by)})" if row.by else ""
        return f"{paint('removed', _flat(row.old))} → {paint('added', _flat(row.new))}{by}"
    return "".join(
        paint(kind, _MARKS[kind].format(_flat(text))) if kind in _MARKS else _flat(text)
        for kind, text in row.segments()
    )


def _flat(text: str | None) -> str:
    """A value on one line."""
    return "(none)" if text is None else text.replace("\n", " / ")


def status(found: Iterable[Health]) -> Iterator[str]:
    """A few lines per source: is it well, and when was it last seen."""
    for health in found:
        yield f"{health.source_id}  {_verdict(health)}"
        yield f"  {health.name}  {health.url}"
        if health.last_visit:
            yield f"  last visit {health.last_visit}, last good {health.last_good or 'never'}, last change {health.last_change or 'never'}"
        if health.next_due:
            yield f"  next visit due {health.next_due}{': overdue' if health.overdue else ''}"


def _verdict(health: Health) -> str:
    if health.outcome is None:
        return "never visited"
    if health.outcome in GOOD:
        return f"well: {health.outcome}, {_count(health.captures, 'capture')}"
    row = f"{_count(health.failures_in_a_row, 'visit')} in a row without the page"
    suspect = f", suspect since {health.suspect_since}" if health.suspect_since else ""
    return f"not well: {health.outcome}, {row}{suspect}: {health.reason}"


def verified(found: "Verified") -> Iterator[str]:
    """What `verify` found, a line per finding."""
    for finding in found.findings:
        place = f", byte {finding.offset}" if finding.offset is not None else ""
        record = f", {finding.record_id}" if finding.record_id else ""
        yield f"snapshots/{finding.file}{place}{record}: {finding.message}; {finding.advice}"
    whole = _count(found.records, "record")
    yield f"snapshots/: {whole} whole, {_count(len(found.findings), 'finding')}"
    if found.chunked:
        came = f"{_count(found.chunked, 'record')} came in chunks"
        yield f"{came}: other checkers digest the chunks, too, and complain of just {'it' if found.chunked == 1 else 'them'}"
    yield f"archive.db {found.database}"


def packed(found: "Sequence[Packed]") -> Iterator[str]:
    """What `pack` or `unpack` did, a line per file, and what it is in all."""
    for one in found:
        told = f"left as it is: {one.reason}" if one.packed_bytes is None else _sizes([one])
        yield f"snapshots/{one.file}: {told}"
    done = [one for one in found if one.packed_bytes is not None]
    if len(done) > 1:
        yield f"{_count(len(done), 'file')}: {_sizes(done)}"


def _sizes(done: "Sequence[Packed]") -> str:
    return f"{sum(one.bytes for one in done):,} bytes, {sum(one.packed_bytes or 0 for one in done):,} packed"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
