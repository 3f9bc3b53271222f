"""archive.db: versions of records over captures; the database.

Written one capture per transaction, so a killed load goes on where it stopped. Nothing
in a row reads the clock or depends on when it was loaded.
"""

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from . import newest, rows, schema, views
from .errors import DamagedError, PrefScraperError
from .identity import Decision, Entries, Entry
from .records import GOOD, VIEWS, Change, Source
from .rows import Document
from .search import grams
from .table import Table

PATIENCE_MS = 30_000
"""Milliseconds to wait for another program that writes to archive.db."""

_RECORD_BITS = 20
"""Of a document's number, for the record's own: a source has no million of records."""

# The records of some projects of a source and of their figures, each with its project's.
_WITH_FIGURES = """
SELECT record_id, max(project_id) AS project_id FROM (
  SELECT value AS record_id, value AS project_id FROM json_each(:projects)
  UNION ALL SELECT v.record_id, v.project_id FROM record r CROSS JOIN budget_version v USING (record_id)
  WHERE r.source_id = :source_id AND r.view = 'budgets' AND v.project_id IN (SELECT value FROM json_each(:projects))
) GROUP BY record_id
"""

_GOOD = ", ".join(f"'{outcome}'" for outcome in GOOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """取得: one visit to a source, whatever came of it; a row of `captures` and why it is so.

    `arrived_at` is when it came into the archive, `parser_version` what read its page, None where none was read.
    """

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
    arrived_at: str
    parser_version: int | None = None
    previous_capture_id: str | None = None
    reason: str | None = None
    records: int | None = None


class Outcome(NamedTuple):
    """What came of a capture, and why; its time as `captures` has it."""

    capture_id: str
    captured_at: str
    outcome: str
    reason: str | None


class Standing(NamedTuple):
    """Where what is kept of the newest captures stands: at a source's `capture_id`, as the page of `read_id` says.

    `number` is the source's, from 0 in order of the first captures.
    """

    source_id: str
    capture_id: str
    read_id: str
    number: int


class Named(NamedTuple):
    """What a project was called from one capture on, until another where that has come; `series` is it in one width."""

    record_id: str
    name: str
    series: str
    valid_from: str
    valid_to: str | None


def capture_id(source_id: str, captured_at: str) -> str:
    """`mie-npo-20261122T232047Z`: from source and time alone, so that no other capture's coming changes it.

    The ids of one source sort by time, also with the number that a second capture within one second has behind it.
    """
    return f"{source_id}-{captured_at.replace('-', '').replace(':', '')}"


class Archive:
    """An open archive.db."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._numbers: dict[str, dict[str, int]] = {}

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
                connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
                # A power cut may take the last captures of this file; the next load brings them back.
                connection.execute("PRAGMA synchronous = NORMAL")
                if _version(connection) != version:
                    raise IsStale(f"{path} was written by another version of this program: run `pref-scraper rebuild`")
                yield cls(Database(connection))
            finally:
                connection.close()

    @classmethod
    def is_one(cls, connection: sqlite3.Connection, *, version: int) -> bool:
        """Whether a connection that somebody else keeps is one to an archive.db of this version."""
        found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('source', 'capture', 'record')")
        return _version(connection) == version and int(found.fetchone()[0]) == 3

    @classmethod
    @contextmanager
    def over(cls, connection: sqlite3.Connection, *, version: int) -> Iterator["Archive"]:
        """The archive at a connection that somebody else keeps: for reading, and in one state as long as it lasts."""
        connection.execute("BEGIN")
        try:
            if not cls.is_one(connection, version=version):
                raise IsStale("archive.db was written by another version of this program: run `pref-scraper rebuild`")
            yield cls(Database(connection))
        finally:
            connection.execute("ROLLBACK")

    @classmethod
    def create(cls, path: Path, *, version: int) -> None:
        """An empty database; the path must not exist."""
        with _sentences(path):
            connection = sqlite3.connect(path)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(
                    f"BEGIN; {schema.ddl()} {newest.ddl()} {views.ddl()} PRAGMA user_version = {version}; COMMIT;"
                )
            finally:
                connection.close()

    @classmethod
    def version_of(cls, path: Path) -> int:
        """The version that a database was written with; raises DamagedError for a file that is none."""
        with _sentences(path), closing(_read_only(path)) as connection:
            return _version(connection)

    @classmethod
    def copy(cls, path: Path, target: Path) -> None:
        """The database at a path, of whatever version, as a new file."""
        with _sentences(path), closing(_read_only(path)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)

    # Writing

    def add(
        self,
        source: Source,
        capture: Capture,
        before: Entries,
        after: Entries | None,
        changes: Iterable[Change] = (),
        decisions: Iterable[Decision] = (),
    ) -> None:
        """Writes one capture and, where it is believed and was read, its records; one transaction.

        `before` is what the source said until now: only what is otherwise makes a row.
        """
        with self._db.atomic():
            self._put_source(source)
            self._insert("capture", [{name: getattr(capture, name) for name in Capture.__dataclass_fields__}])
            if after is not None:
                self._put_entries(capture, before, after)
                self._insert("change", [_change_row(capture, n, change) for n, change in enumerate(changes, 1)])
                self._insert("decision", [_decision_row(capture, decision) for decision in decisions])

    def set_bytes(self, read: Mapping[str, int]) -> None:
        """Notes how many bytes of each WARC file are loaded."""
        with self._db.atomic():
            rows = [{"warc_file": file, "bytes": size} for file, size in read.items()]
            self._db.table("warc_file").upsert_all(rows, pk="warc_file")

    def behind(self) -> list[Standing]:
        """The newest good capture of each source, and the newest one that was read, where what is kept stands elsewhere."""
        found = self._db.execute(
            "WITH numbered AS ("
            "SELECT source_id, row_number() OVER (ORDER BY min(captured_at), source_id) - 1 AS number FROM capture GROUP BY 1"
            ") SELECT source_id, max(capture_id), max(capture_id) FILTER (WHERE outcome <> 'not_modified'), number "
            f"FROM capture JOIN numbered USING (source_id) WHERE outcome IN ({_GOOD}) GROUP BY source_id "
            f"EXCEPT SELECT {', '.join(Standing._fields)} FROM standing ORDER BY number"
        )
        return [Standing(*row) for row in found]

    def standings(self) -> dict[str, Standing]:
        """Where what is kept stands, by source."""
        found = self._db.execute(f"SELECT {', '.join(Standing._fields)} FROM standing")
        return {row[0]: Standing(*row) for row in found}

    def stand(self, said: Iterable[tuple[Standing, Collection[Document] | None]]) -> None:
        """Keeps what the newest capture of each source says, and makes search find its documents and no others of it.

        None for documents where the page is still the one that was read: then only the capture is another.
        """
        with self._db.atomic():
            for standing, documents in said:
                if documents is not None:
                    self._put_documents(standing, documents)
                    self._put_newest(standing)
                self._db.table("standing").upsert(standing._asdict(), pk="source_id")

    def _put_newest(self, standing: Standing) -> None:
        """The rows of each view in its order."""
        of_read = {"source_id": standing.source_id, "capture_id": standing.read_id}
        for view in newest.KEPT:
            table, columns = schema.newest_table(view), ("nth", *newest.columns(view))
            self._db.execute(f"DELETE FROM {table} WHERE source_id = :source_id", of_read)
            found = self._db.execute(newest.fill(view), of_read)
            kept = ((nth, *row) for nth, row in enumerate(found, 1))
            self._db.conn.executemany(_insert_into(table, columns), kept)

    def _put_documents(self, standing: Standing, documents: Collection[Document]) -> None:
        """By number, since the index writes each by itself else; what it forgets it must be told."""
        of_record = self._db.execute("SELECT record_id, number FROM record WHERE source_id = ?", [standing.source_id])
        first = standing.number << _RECORD_BITS
        numbers = {record_id: first + number for record_id, number in of_record}
        fields = ", ".join(Document._fields)
        rows = self._db.execute(f"SELECT {fields} FROM document WHERE source_id = ?", [standing.source_id])
        known, wanted = {Document(*row) for row in rows}, set(documents)
        gone, new = (
            sorted((numbers[one.record_id], one) for one in found) for found in (known - wanted, wanted - known)
        )
        execute = self._db.conn.executemany
        execute(
            "INSERT INTO search_index (search_index, rowid, grams) VALUES ('delete', ?, ?)",
            ((number, grams(one.texts())) for number, one in gone),
        )
        execute("DELETE FROM document WHERE number = ?", ((number,) for number, _ in gone))
        self._insert("document", [{"number": number, **one._asdict()} for number, one in new])
        execute(
            "INSERT INTO search_index (rowid, grams) VALUES (?, ?)",
            ((number, grams(one.texts())) for number, one in new),
        )

    def _put_source(self, source: Source) -> None:
        names = ("url", "name", "publisher", "content", "encoding")
        self._db.execute(
            f"INSERT INTO source (source_id, {', '.join(names)}) VALUES (?, ?, ?, ?, ?, ?) "
            f"ON CONFLICT DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names)}",
            [source.id, *(getattr(source, name) for name in names)],
        )

    def _put_entries(self, capture: Capture, before: Entries, after: Entries) -> None:
        other = {key: entry for key, entry in after.items() if before.get(key) != entry}
        gone = {key: entry for key, entry in before.items() if key not in after}
        numbers = self._number(capture, other)
        for view in dict.fromkeys(entry.view for entry in (*other.values(), *gone.values())):
            own = {key: entry for key, entry in other.items() if entry.view == view}
            ended = [key for key, entry in gone.items() if entry.view == view]
            said = {key: rows.version_row(own[key]) for key in rows.differing(before, own, rows.says(view))}
            self._put_rows(schema.version_table(view), capture, said, ended)
            if schema.place_columns(view):
                stood = {key: rows.place_row(own[key]) for key in rows.differing(before, own, rows.place_row)}
                self._put_rows("place", capture, stood, ended)
        if gone or rows.differing(before, other, rows.span):
            places = json.dumps({numbers[key]: rows.span(entry) for key, entry in after.items()}, separators=(",", ":"))
            layout = {"source_id": capture.source_id, "valid_from": capture.capture_id, "places": places}
            self._insert("layout", [layout])

    def _number(self, capture: Capture, entries: Entries) -> dict[str, int]:
        """The numbers of the source's records, by record_id; those that are new get the next ones."""
        numbers = self._numbers.get(capture.source_id)
        if numbers is None:
            known = self._db.execute("SELECT record_id, number FROM record WHERE source_id = ?", [capture.source_id])
            numbers = self._numbers[capture.source_id] = dict(known.fetchall())
        new = [key for key in entries if key not in numbers]
        numbers.update((key, number) for number, key in enumerate(new, len(numbers) + 1))
        names = ("record_id", "source_id", "view", "number", "first_capture_id")
        found = [(key, capture.source_id, entries[key].view, numbers[key], capture.capture_id) for key in new]
        self._insert("record", [dict(zip(names, row, strict=True)) for row in found])
        return numbers

    def _put_rows(self, table: str, capture: Capture, opened: dict[str, dict[str, Any]], ended: list[str]) -> None:
        """Closes the rows that no longer hold, and opens those that newly do; both by record_id."""
        self._db.conn.executemany(
            f"UPDATE {table} SET valid_to = ? WHERE record_id = ? AND valid_to IS NULL",
            [(capture.capture_id, key) for key in (*opened, *ended)],
        )
        since = {"valid_from": capture.capture_id, "valid_to": None}
        self._insert(table, [{"record_id": key, **since, **row} for key, row in opened.items()])

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Many rows of one shape; sqlite-utils' own insert looks at the table first, once per capture."""
        if rows:
            self._db.conn.executemany(_insert_into(table, rows[0]), [tuple(row.values()) for row in rows])

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

    def newest(self) -> dict[str, tuple[str, str]]:
        """By source, the newest capture's time and the last arrival's."""
        rows = self._db.execute("SELECT source_id, max(captured_at), max(arrived_at) FROM capture GROUP BY source_id")
        return {source_id: (at, arrived) for source_id, at, arrived in rows}

    def captures(
        self, source_id: str | None = None, *, before: str | None = None, most: int | None = None
    ) -> list[Capture]:
        """The captures of a source, or of all, newest first: those before a capture of the source, and so many at most."""
        where = f"WHERE source_id = :source_id{' AND capture_id < :before' if before else ''}" if source_id else ""
        limit = "LIMIT :most" if most else ""
        return self._captures(
            f"{where} ORDER BY captured_at DESC, capture_id DESC {limit}", source_id=source_id, before=before, most=most
        )

    def changed_records(self, source_id: str) -> dict[str, dict[str, int]]:
        """How many records each capture of a source changed, by kind of change."""
        found: dict[str, dict[str, int]] = {}
        for capture_id, change, records in self._db.execute(
            "SELECT capture_id, change, count(DISTINCT record_id) FROM capture c CROSS JOIN change USING (capture_id) "
            "WHERE c.source_id = ? GROUP BY capture_id, change ORDER BY capture_id, min(number)",
            [source_id],
        ):
            found.setdefault(capture_id, {})[change] = records
        return found

    def outcomes(self, source_id: str | None = None) -> dict[str, list[Outcome]]:
        """What came of every capture, by source, newest first, or of one source: quicker than the captures themselves."""
        found: dict[str, list[Outcome]] = {}
        where = "WHERE source_id = :source_id" if source_id else ""
        for owner, *row in self._db.execute(
            f"SELECT source_id, {', '.join(Outcome._fields)} FROM capture {where} "
            "ORDER BY captured_at DESC, capture_id DESC",
            {"source_id": source_id},
        ):
            found.setdefault(owner, []).append(Outcome(*row))
        return found

    def newest_good(self, source_id: str, *, until: str | None = None, with_body: bool = False) -> Capture | None:
        """The newest believed capture, of those taken `until` a time, or of those that were answered 200."""
        last = f"{capture_id(source_id, until)}~" if until else None
        conditions = f"WHERE source_id = :source_id AND outcome IN ({_GOOD})"
        conditions += " AND capture_id <= :last" if until else ""
        conditions += " AND http_status = 200" if with_body else ""
        found = self._captures(f"{conditions} ORDER BY capture_id DESC LIMIT 1", source_id=source_id, last=last)
        return found[0] if found else None

    def failed_last(self) -> list[Capture]:
        """The newest capture of each source of which it is one that failed."""
        newest = "SELECT max(capture_id) FROM capture GROUP BY source_id"
        return self._captures(f"WHERE outcome = 'failed' AND capture_id IN ({newest})")

    def changed_last(self, most: int) -> list[Capture]:
        """The newest captures that changed what their source says, newest first."""
        return self._captures(
            "WHERE outcome = 'changed' ORDER BY captured_at DESC, capture_id DESC LIMIT :most", most=most
        )

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

    def totals(self, source_id: str | None = None) -> list[dict[str, Any]]:
        """The budgets of a source, or of each, by fiscal year, newest first."""
        return list(self._db.query(views.select_totals(source=source_id is not None), {"source_id": source_id}))

    def entries(self, source_id: str, capture_id: str) -> dict[str, Entry]:
        """What the page said at a capture, by record_id, in page order within each view."""
        return self._entries(gone=False, source_id=source_id, capture_id=capture_id)

    def gone(self, source_id: str) -> dict[str, Entry]:
        """Every record that the page said once and says no more, as it stood last; by record_id, in its order."""
        return dict(sorted(self._entries(gone=True, source_id=source_id).items()))

    def _entries(self, *, gone: bool, source_id: str, **parameters: str) -> dict[str, Entry]:
        """The records in page order within each view."""
        parameters["source_id"] = source_id
        layouts: dict[str, dict[str, list[int]]] = {}
        found = []
        for order, view in enumerate(VIEWS):
            for record_id, owner, number, layout, *values in self._db.execute(
                views.select_entries(view, gone=gone), parameters
            ):
                if layout not in layouts:
                    layouts[layout] = self._layout(source_id, layout)
                span = layouts[layout][str(number)]
                found.append((order, span, record_id, rows.entry(view, values, span, owner)))
        return {record_id: entry for _, _, record_id, entry in sorted(found, key=lambda row: row[:3])}

    def project_of(self, record_id: str) -> tuple[str, str] | None:
        """The source and the record_id of a project, from that or from the record_id of one of its figures."""
        found = self._db.execute(
            "SELECT r.source_id, coalesce(b.project_id, r.record_id) FROM record r LEFT JOIN budget_version b USING (record_id) "
            "WHERE record_id = ? AND r.view IN ('projects', 'budgets') ORDER BY b.valid_from DESC LIMIT 1",
            [record_id],
        ).fetchone()
        return found and (found[0], found[1])

    def project_names(self, source_id: str) -> list[Named]:
        """What every project that a source ever listed was called, and when; oldest first."""
        found = self._db.execute(
            "SELECT v.record_id, v.name, v.name_folded, v.valid_from, v.valid_to "
            "FROM record r CROSS JOIN project_version v USING (record_id) "
            "WHERE r.source_id = ? AND r.view = 'projects' ORDER BY v.valid_from, r.number",
            [source_id],
        )
        return [Named(*row) for row in found]

    def project_changes(self, source_id: str, record_ids: Collection[str]) -> list[tuple[str, str, Change]]:
        """What changed of some projects and of their figures: between which captures, the earlier first; newest first."""
        listed = "c.fiscal_year, c.record, c.record_id, c.label, c.change, c.field, c.old, c.new, own.project_id"
        found = self._db.query(
            f"WITH own AS ({_WITH_FIGURES}) SELECT a.capture_id, c.previous_capture_id, {listed} "
            "FROM capture a CROSS JOIN change c USING (capture_id) JOIN own USING (record_id) "
            "WHERE a.source_id = :source_id ORDER BY a.capture_id DESC, c.number",
            {"source_id": source_id, "projects": json.dumps([*record_ids])},
        )
        return [(row.pop("previous_capture_id"), row.pop("capture_id"), Change(**row)) for row in found]

    def _layout(self, source_id: str, since: str) -> dict[str, list[int]]:
        """Where the source's records stand in the text, by their numbers."""
        ((places,),) = self._db.execute(
            "SELECT places FROM layout WHERE source_id = ? AND valid_from = ?", [source_id, since]
        )
        found: dict[str, list[int]] = json.loads(places)
        return found

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, in order: for comparing two databases. Not what the index of search keeps inside."""
        text = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_index%' ORDER BY name"
        names = [name for (name,) in self._db.execute(text)]
        return {name: self._db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names}

    def copy_to(self, path: Path) -> None:
        """Replaces the content of the database at a path, in one step and under the eyes of its readers."""
        with _sentences(path):
            target = sqlite3.connect(path)
            try:
                target.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
                self._db.conn.backup(target)
            finally:
                target.close()


class IsStale(PrefScraperError):
    """archive.db is of another version of the schema or of the parser."""


def _read_only(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{_mode(path)}", uri=True)
    connection.execute("PRAGMA query_only = 1")
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def may_write(path: Path) -> bool:
    """Whether a database may be written to, and files beside it, which SQLite needs to read what others write."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _mode(path: Path) -> str:
    """How to open a file: a reader that may write, too, leaves none of SQLite's side files behind."""
    return "mode=rw" if may_write(path) else "mode=ro&immutable=1"


# By SQLite's result code.
_ADVICE = {
    sqlite3.SQLITE_BUSY: "another program is writing to it: wait until that has ended",
    sqlite3.SQLITE_CANTOPEN: "see that it is a file, and that you may write there",
    sqlite3.SQLITE_READONLY: "see that you may write there",
}


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """SQLite's errors, in words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        advice = _ADVICE.get(error.sqlite_errorcode & 0xFF, "see that the disk has room, and that you may write there")
        raise PrefScraperError(
            f"{path} could not be read or written ({error}): {advice}, then run `pref-scraper load`; "
            "all visits are kept in snapshots/"
        ) from error
    except sqlite3.DatabaseError as error:
        advice = "move it away and run `pref-scraper rebuild`: all of it comes from snapshots/"
        raise DamagedError(f"{path} is damaged ({error}): {advice}") from error


def _insert_into(table: str, columns: Collection[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _decision_row(capture: Capture, decision: Decision) -> dict[str, Any]:
    return {"capture_id": capture.capture_id, "source_id": capture.source_id, **asdict(decision)}


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
        "old": rows.to_sql(change.old),
        "new": rows.to_sql(change.new),
    }
