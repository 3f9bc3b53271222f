"""archive.db: versions of records over captures; the database.

Written one capture per transaction, so a killed load goes on where it stopped. Nothing
in a row reads the clock or depends on when it was loaded.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from . import schema, views
from .errors import DamagedError, PrefScraperError
from .identity import Entries, Entry
from .japanese.names import stem
from .japanese.width import fold
from .records import GOOD, VIEWS, Change, Project, Source, columns
from .table import Table

_GOOD = ", ".join(f"'{outcome}'" for outcome in GOOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """取得: one visit to a source, whatever came of it; a row of `captures` and why it is so."""

    capture_id: str
    source_id: str
    url: str
    captured_at: str
    outcome: str
    http_status: int | None
    payload_digest: str | None
    text_digest: str | None
    warc_file: str
    warc_offset: int
    warc_record_id: str
    previous_capture_id: str | None = None
    reason: str | None = None
    records: int | None = None


class Archive:
    """An open archive.db."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, version: int, read_only: bool = False) -> Iterator["Archive"]:
        """The database at a path; it must exist and be of this version, or `IsStale` is raised.

        Raises DamagedError for a file that is no archive.db, PrefScraperError where the
        disk refuses to be read or written.
        """
        with _sentences(path):
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?{_mode(path)}", uri=True)
            try:
                connection.execute(f"PRAGMA query_only = {read_only}")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA busy_timeout = 30000")
                found = connection.execute("PRAGMA user_version").fetchone()[0]
                if found != version:
                    raise IsStale(f"{path} was written by another version of this program: run `pref-scraper rebuild`")
                yield cls(Database(connection))
            finally:
                connection.close()

    @classmethod
    def create(cls, path: Path, *, version: int) -> None:
        """An empty database; the path must not exist."""
        with _sentences(path):
            connection = sqlite3.connect(path)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(
                    f"BEGIN; {schema.ddl()} {views.ddl()} PRAGMA user_version = {version}; COMMIT;"
                )
            finally:
                connection.close()

    # Writing

    def add(
        self, source: Source, capture: Capture, before: Entries, after: Entries | None, changes: Iterable[Change]
    ) -> None:
        """Writes one capture and, where it is believed and was read, its records; one transaction."""
        with self._db.atomic():
            self._put_source(source)
            self._insert("capture", [{name: getattr(capture, name) for name in Capture.__dataclass_fields__}])
            if after is not None:
                self._put_entries(capture, before, after)
                self._insert("change", [_change_row(capture, n, change) for n, change in enumerate(changes, 1)])

    def set_bytes(self, read: Mapping[str, int]) -> None:
        """Notes how many bytes of each WARC file are loaded."""
        with self._db.atomic():
            rows = [{"warc_file": file, "bytes": size} for file, size in read.items()]
            self._db.table("warc_file").upsert_all(rows, pk="warc_file")

    def _put_source(self, source: Source) -> None:
        row = {
            "source_id": source.id,
            "url": source.url,
            "name": source.name,
            "publisher": source.publisher,
            "content": source.content,
            "encoding": source.encoding,
        }
        self._db.table("source").upsert(row, pk="source_id")

    def _put_entries(self, capture: Capture, before: Entries, after: Entries) -> None:
        gone = [key for key in before if key not in after]
        new = [key for key in after if key not in before]
        # Asked for, since sqlite-utils looks for a rowid after an insert that may be ignored.
        known = self.record_ids(capture.source_id)
        self._insert(
            "record",
            [
                {
                    "record_id": key,
                    "source_id": capture.source_id,
                    "view": after[key].view,
                    "first_capture_id": capture.capture_id,
                }
                for key in new
                if key not in known
            ],
        )
        for view in VIEWS:
            self._put_rows(schema.version_table(view), view, _version_row, capture, before, after, gone)
            self._put_rows("place", view, _place_row, capture, before, after, gone)

    def _put_rows(
        self, table: str, view: str, row: Any, capture: Capture, before: Entries, after: Entries, gone: Iterable[str]
    ) -> None:
        """Closes the rows that no longer hold, and opens those that newly do."""
        keys = [key for key, entry in after.items() if entry.view == view]
        changed = [key for key in keys if key not in before or row(before[key]) != row(after[key])]
        closed = [key for key in changed if key in before] + [key for key in gone if before[key].view == view]
        self._db.conn.executemany(
            f"UPDATE {table} SET valid_to = ? WHERE record_id = ? AND valid_to IS NULL",
            [(capture.capture_id, key) for key in closed],
        )
        opened = {"valid_from": capture.capture_id, "valid_to": None}
        self._insert(table, [{"record_id": key, **opened, **row(after[key])} for key in changed])

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._db.table(table).insert_all(rows)

    # Reading

    def bytes_loaded(self) -> dict[str, int]:
        """How many bytes of each WARC file are loaded."""
        return dict(self._db.execute("SELECT warc_file, bytes FROM warc_file").fetchall())

    def sources(self) -> dict[str, dict[str, Any]]:
        """The sources by id, as their last visit described them."""
        return {row["source_id"]: row for row in self._db.query("SELECT * FROM source ORDER BY source_id")}

    def record_ids(self, source_id: str, *, before: str = "~") -> set[str]:
        """Every record that this source ever had, or had `before` a capture."""
        rows = self._db.execute(
            "SELECT record_id FROM record WHERE source_id = ? AND first_capture_id < ?", [source_id, before]
        )
        return {record_id for (record_id,) in rows}

    def captures(self, source_id: str | None = None) -> list[Capture]:
        """The captures of a source, or of all, newest first."""
        where = "WHERE source_id = :source_id" if source_id else ""
        return self._captures(f"{where} ORDER BY captured_at DESC, capture_id DESC", source_id=source_id)

    def newest_good(self, source_id: str, *, until: str | None = None, with_body: bool = False) -> Capture | None:
        """The newest believed capture, of those taken `until` a time, or of those that were answered 200."""
        conditions = f"WHERE source_id = :source_id AND outcome IN ({_GOOD})"
        conditions += " AND captured_at <= :until" if until else ""
        conditions += " AND http_status = 200" if with_body else ""
        found = self._captures(f"{conditions} ORDER BY capture_id DESC LIMIT 1", source_id=source_id, until=until)
        return found[0] if found else None

    def by_record(self, warc_record_id: str) -> Capture | None:
        """The capture whose answer stands in this WARC record."""
        found = self._captures("WHERE warc_record_id = :id", id=warc_record_id)
        return found[0] if found else None

    def by_id(self, capture_id: str) -> Capture | None:
        """The capture of this id."""
        found = self._captures("WHERE capture_id = :id", id=capture_id)
        return found[0] if found else None

    def _captures(self, rest: str, **parameters: Any) -> list[Capture]:
        return [Capture(**row) for row in self._db.query(f"SELECT * FROM capture {rest}", parameters)]

    def table(self, name: str, *, source_id: str | None = None, until: str | None = None) -> Table:
        """The rows of a view or of its twin: of one source or of all, as of now or of a time."""
        text = views.select(name, at=until is not None, source=source_id is not None)
        rows = self._db.execute(text, {"source_id": source_id, "at": until})
        return Table(views.all_columns(name), rows, views.list_columns(name))

    def entries(self, source_id: str, capture_id: str) -> dict[str, Entry]:
        """What the page said at a capture, by record_id."""
        found = {}
        for view in VIEWS:
            owners = (
                dict(self._db.execute("SELECT record_id, project_id FROM budget_version").fetchall())
                if view == "budgets"
                else {}
            )
            for row in self._db.query(
                f"SELECT * FROM {view}_at WHERE source_id = ? AND capture_id = ? ORDER BY text_start, text_end",
                [source_id, capture_id],
            ):
                found[row["record_id"]] = _entry(view, row, owners.get(row["record_id"]))
        return found

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, in order: for comparing two databases."""
        names = [n for (n,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: self._db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names}

    def copy_to(self, path: Path) -> None:
        """Replaces the content of the database at a path, in one step and under the eyes of its readers."""
        with _sentences(path):
            target = sqlite3.connect(path)
            try:
                target.execute("PRAGMA busy_timeout = 30000")
                self._db.conn.backup(target)
            finally:
                target.close()


class IsStale(PrefScraperError):
    """archive.db is of another version of the schema or of the parser."""


def _mode(path: Path) -> str:
    """How to open a file: a reader that may write, too, leaves none of SQLite's side files behind."""
    is_writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    return "mode=rw" if is_writable else "mode=ro&immutable=1"


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """SQLite's errors, in words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        advice = "snapshots/ is as it was: see to the disk and its permissions, then run `pref-scraper load`"
        raise PrefScraperError(f"{path} could not be read or written ({error}): {advice}") from error
    except sqlite3.DatabaseError as error:
        advice = "move it away and run `pref-scraper rebuild`: all of it comes from snapshots/"
        raise DamagedError(f"{path} is damaged ({error}): {advice}") from error


def _version_row(entry: Entry) -> dict[str, Any]:
    row = {name: to_sql(getattr(entry.record, name)) for name in schema.version_columns(entry.view)}
    if entry.owner is not None:
        row["project_id"] = entry.owner
    if isinstance(entry.record, Project):
        row |= {"name_folded": fold(entry.record.name), "name_stem": stem(entry.record.name)}
    return row


def _place_row(entry: Entry) -> dict[str, Any]:
    names = ("position", "ordinal", "text_start", "text_end")
    return {name: getattr(entry.record, name, None) for name in names}


def _entry(view: str, row: Mapping[str, Any], owner: str | None) -> Entry:
    names = (*columns(view), "text_start", "text_end")
    lists = views.list_columns(view)
    values: dict[str, Any] = {name: tuple(json.loads(row[name])) if name in lists else row[name] for name in names}
    return Entry(view, VIEWS[view](**values), owner)


def _change_row(capture: Capture, number: int, change: Change) -> dict[str, Any]:
    return {
        "capture_id": capture.capture_id,
        "number": number,
        "previous_capture_id": capture.previous_capture_id,
        "source_id": capture.source_id,
        "fiscal_year": change.fiscal_year,
        "record": change.record,
        "record_id": change.record_id,
        "label": change.label,
        "change": change.change,
        "field": change.field,
        "old": to_sql(change.old),
        "new": to_sql(change.new),
    }


def to_sql(value: Any) -> Any:
    """A value as archive.db holds it: a list as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value
