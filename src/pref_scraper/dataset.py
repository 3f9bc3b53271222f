"""What snapshots/ say, as a Parquet dataset: its tables, where they stand, and rows from visits and readings and back; pure.

    captures/source_id=mie-npo/month=2026-04/mie-npo~mie-npo-2026.parquet     a row per visit
    pages/source_id=mie-npo/month=2026-04/…                                   a row per page that was read in that month
    records/source_id=mie-npo/month=2026-04/…                                 a row per record of these pages
    dataset.json                                                              which files are of it

A month (UTC) stands for itself: what its visits brought is in it, also where an earlier month has it, too. `warc_file`, `month` and
`reading_id` join the tables. Whose bodies stand in another WARC file, as those of a 304, is in files that end in `.referred`.
All is of the pages alone: who is who, and what changed, is decided when archive.db is built of it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from itertools import groupby
from typing import Any

from .belief import Reading, Verdict
from .dictionary import Kind, describe
from .japanese.width import align
from .parquet import Unpacked
from .records import VIEWS, Coverage, Encoding, Page, PageInfo, Source, Stored, columns, format_time, make
from .rows import to_sql
from .table import Row
from .warcfiles import WARC

LIST = "dataset.json"
TABLES = ("captures", "pages", "records")
REFERRED = ".referred"

_SPAN = ("text_start", "text_end")
_PAGE = (*_SPAN, *columns("pages"))
_VIEWS = tuple(view for view in VIEWS if view != "pages")
_COLUMNS = {column.name: column.kind for view in _VIEWS for column in describe(view, (*_SPAN, *columns(view)))}
_PRINTED = {"target_value": "target_printed", "actual_value": "actual_printed"}
"""By a number that need not be whole: the column of how it is printed."""

# By column: what it is of a visit, or of the source that it is of.
_OF_STORED = {
    "url": "url",
    "captured_at": "at",
    "arrived_at": "arrived",
    "http_status": "status",
    "content_type": "content_type",
    "payload_digest": "payload_digest",
    "warc_file": "file",
    "warc_offset": "offset",
    "warc_record_id": "record_id",
    "refers_to": "refers_to",
    "truncated": "truncated",
    "error": "error",
    "retry_at": "retry_at",
    "retry_host": "retry_host",
}
_OF_SOURCE = {
    "source_url": "url",
    "source_name": "name",
    "publisher": "publisher",
    "delay_seconds": "delay_seconds",
    "content": "content",
    "encoding": "encoding",
}
_STORED_KINDS = {
    **dict.fromkeys(("captured_at", "arrived_at", "retry_at"), Kind.TIME),
    **dict.fromkeys(("http_status", "warc_offset"), Kind.INTEGER),
    "delay_seconds": Kind.NUMBER,
}

KINDS: dict[str, dict[str, Kind]] = {
    "captures": {name: _STORED_KINDS.get(name, Kind.TEXT) for name in (*_OF_STORED, *_OF_SOURCE, "reading_id")},
    "pages": {
        "warc_file": Kind.TEXT,
        "reading_id": Kind.TEXT,
        **{column.name: column.kind for column in describe("pages", _PAGE)},
        "text": Kind.TEXT,
        "is_whole": Kind.BOOLEAN,
        "outcome": Kind.TEXT,
        "reason": Kind.TEXT,
        "encoding_declared": Kind.TEXT,
        "encoding_used": Kind.TEXT,
        "replaced": Kind.INTEGER,
        "characters": Kind.INTEGER,
        "characters_read": Kind.INTEGER,
    },
    "records": {"warc_file": Kind.TEXT, "reading_id": Kind.TEXT, "record": Kind.TEXT, **_COLUMNS},
}
"""By table: its columns, beside `source_id` and `month`, which are in the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a dataset has of a WARC file: its source, the bytes that were read, and by table the months."""

    source_id: str
    bytes: int
    months: Mapping[str, Sequence[str]] = field(default_factory=dict)


def month_of(stored: Stored) -> str:
    """The month of a visit: `2026-04`."""
    return format_time(stored.at)[:7]


def path_of(table: str, source_id: str, month: str, file: str) -> str:
    """Where the rows of a table and a month stand that come of a WARC file; `pages.referred` are such of `pages`."""
    name, dot, more = table.partition(".")
    return f"{name}/source_id={source_id}/month={month}/{file.removesuffix(WARC).replace('/', '~')}{dot}{more}.parquet"


def to_list(version: str, files: Mapping[str, Held] | None) -> bytes:
    """The list of a dataset's files; without any, that of one which is not finished."""
    listed = None if files is None else {file: asdict(held) for file, held in sorted(files.items())}
    return json.dumps({"made_by": "pref-scraper", "version": version, "files": listed}).encode()


def from_list(content: bytes) -> tuple[str, dict[str, Held] | None]:
    """The version and the files of a list; ValueError or KeyError for what is none."""
    found = json.loads(content)
    listed = found["files"]
    return found["version"], listed and {file: Held(**held) for file, held in listed.items()}


# Rows


def capture_row(stored: Stored, reading: str | None) -> Row:
    """A visit, as its file describes it, and what names its reading."""
    values = [getattr(stored, name) for name in _OF_STORED.values()]
    of_source = [getattr(stored.source, name) for name in _OF_SOURCE.values()]
    return (*(format_time(one) if isinstance(one, datetime) else one for one in values), *of_source, reading)


def page_row(file: str, reading: str, found: Reading) -> Row:
    """A reading without its records."""
    refused, page = found.refused or Verdict(), found.page
    if page is None:
        return (file, reading, *[None] * len(_PAGE), None, found.is_whole, refused.outcome, refused.reason, *[None] * 5)
    info = (to_sql(getattr(page.page, name)) for name in _PAGE)
    used, coverage = page.encoding, page.coverage
    of_text = (used.declared, used.used, used.replaced, coverage.characters, coverage.read)
    return (file, reading, *info, page.text, found.is_whole, None, None, *of_text)


def record_rows(file: str, reading: str, found: Reading) -> Iterator[Row]:
    """The records of a reading, in the order of its page."""
    for view in _VIEWS if found.page else ():
        for record in found.page.of(view) if found.page else ():
            yield (file, reading, view, *(to_sql(getattr(record, name, None)) for name in _COLUMNS))


def stored_in(table: Unpacked, source_id: str) -> Iterator[Stored]:
    """The visits of rows of captures."""
    names = (*_OF_STORED, *_OF_SOURCE)
    for values in zip(*map(table.column, names), strict=True):
        row = dict(zip(names, values, strict=True))
        source = Source(id=source_id, **{field: row[name] for name, field in _OF_SOURCE.items()})
        yield Stored(source=source, **{field: row[name] for name, field in _OF_STORED.items()})


class Read:
    """The readings of a month, made again one by one from its rows of pages and of records, if it has any of these."""

    def __init__(self, pages: Unpacked, records: Unpacked | None) -> None:
        self._pages, self._records = pages, records
        self._numbers = {reading: number for number, reading in enumerate(pages.column("reading_id"))}
        self._spans: dict[str, tuple[int, int]] = {}
        start = 0
        for reading, rows in groupby(records.column("reading_id") if records else ()):
            stop = start + sum(1 for _ in rows)
            self._spans[reading], start = (start, stop), stop

    def reading(self, reading: str) -> Reading | None:
        """The reading of this name, None where the month has none."""
        number = self._numbers.get(reading)
        if number is None:
            return None
        row = {name: self._pages.column(name, number, number + 1)[0] for name in KINDS["pages"]}
        if row["outcome"] is not None:
            return Reading(refused=Verdict(outcome=row["outcome"], reason=row["reason"]), is_whole=row["is_whole"])
        return Reading(page=self._page(row, *self._spans.get(reading, (0, 0))), is_whole=row["is_whole"])

    def _page(self, row: Mapping[str, Any], start: int, stop: int) -> Page:
        info = PageInfo(**{name: _listed(row[name]) for name in _PAGE})
        records: dict[str, Any] = dict.fromkeys(_VIEWS, ())
        views = self._records.column("record", start, stop) if self._records else ()
        for view, rows in groupby(views):
            end = start + sum(1 for _ in rows)
            records[view], start = tuple(self._of(view, start, end)), end
        return Page(
            text=row["text"],
            page=info,
            encoding=Encoding(declared=row["encoding_declared"], used=row["encoding_used"], replaced=row["replaced"]),
            coverage=Coverage(characters=row["characters"], read=row["characters_read"]),
            **records,
        )

    def _of(self, view: str, start: int, stop: int) -> Iterator[Any]:
        """The records of a view, from the rows that are of it."""
        assert self._records is not None
        names = columns(view)
        values = {name: self._records.column(name, start, stop) for name in (*_SPAN, *names)}
        for name in _PRINTED.keys() & values.keys():
            values[name] = list(map(_number, values[name], values[_PRINTED[name]]))
        for first, last, *own in zip(*values.values(), strict=True):
            yield make(view, first, last, own)


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _number(value: float | None, printed: str | None) -> float | None:
    """A number as it was read: whole unless it is printed with a point."""
    return int(value) if value is not None and "." not in align(printed or "") else value


assert {one.name for one in fields(Stored)} == {"source", *_OF_STORED.values()}
assert {one.name for one in fields(Source)} == {"id", *_OF_SOURCE.values()}
