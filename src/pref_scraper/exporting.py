"""The views of an archive as files: as they are or were, each row with its citation.

A row that names a capture is cited by it, any other by the capture that its view shows of its source. What stands
in a place of the text is cited with that place, all else with the page.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from . import export, history
from .archive import Archive, Capture
from .cite import Cited, plain
from .datapackage import About
from .history import Moment
from .table import Row, Table

CITATION = "citation"


def write(archive: Archive, moment: Moment, form: str, directory: Path, *, licence: str | None = None) -> list[Path]:
    """Every view as it was at a moment, in a format of export.py; raises as `export.write` does."""
    tables = history.tables(archive, moment)
    captures = archive.captures(moment.source_id)
    created = next((c.captured_at for c in captures if moment.until is None or c.captured_at <= moment.until), None)
    sources = archive.sources()
    chosen = [one for source_id, one in sources.items() if moment.source_id in (None, source_id)]
    about = About(sources=[(one["name"], one["url"]) for one in chosen], created=created, licence=licence)
    known = _known(list(history.table(archive, "pages", moment).objects()), captures, sources)
    return export.write([(view, _cited(table, known)) for view, table in tables], form, directory, about)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is cited by: of each capture, and of the capture that the views show of each source."""

    by_capture: Mapping[str, Cited]
    by_source: Mapping[str, Cited]


def _known(
    pages: Sequence[Mapping[str, Any]], captures: Sequence[Capture], sources: Mapping[str, Mapping[str, Any]]
) -> _Known:
    titles = {page["capture_id"]: page["title"] for page in pages}
    by_capture: dict[str, Cited] = {}
    for capture in reversed(captures):
        # One that found nothing new says what the one before it says, whose record has the bytes.
        page = by_capture.get(capture.previous_capture_id or "") if capture.outcome == "not_modified" else None
        source = sources[capture.source_id]
        by_capture[capture.capture_id] = Cited(
            capture_id=capture.capture_id,
            title=titles.get(capture.capture_id),
            site=source["name"],
            publisher=source["publisher"],
            updated_on=None,
            url=page.url if page else capture.url,
            captured_at=capture.captured_at,
            record_id=page.record_id if page else capture.warc_record_id,
            start=0,
            end=0,
            quote="",
        )
    return _Known(by_capture, {page["source_id"]: by_capture[page["capture_id"]] for page in pages})


def _cited(table: Table, known: _Known) -> Table:
    """The table with a citation at the end of each row."""
    return Table((*table.columns, CITATION), _rows(table, _citation(table.columns, known)), table.lists)


def _rows(table: Table, citation: Callable[[Row], str]) -> Iterator[Row]:
    return ((*row, citation(row)) for row in table.rows)


def _citation(columns: tuple[str, ...], known: _Known) -> Callable[[Row], str]:
    """What cites a row of these columns."""
    named = "capture_id" in columns
    key = itemgetter(columns.index("capture_id" if named else "source_id"))
    cited = known.by_capture if named else known.by_source
    if "text_start" not in columns:
        return lambda row: plain(cited[key(row)])
    start, end = (itemgetter(columns.index(name)) for name in ("text_start", "text_end"))
    return lambda row: plain(replace(cited[key(row)], start=start(row), end=end(row)))
