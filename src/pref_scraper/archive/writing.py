"""What is written to archive.db: a capture at a time, with the versions that it began and ended, and what the newest say."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from .. import newest, rows, schema
from ..diff import otherwise
from ..identity import Decision, Entries
from ..records import Change, Source
from ..rows import Document
from ..search import grams
from .captures import Capture, Standing
from .reading import READ, WITH_BODY, Reading, newest_since

_Numbered = Sequence[tuple[int, Document]]

_RECORD_BITS = 20
"""Of a document's number, for the record's own: a source has no million of records."""

_COLUMNS = tuple(Capture.__dataclass_fields__)
_values = attrgetter(*_COLUMNS)


class Writing(Reading):
    """An open archive.db, to be written to."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._numbers: dict[str, dict[str, int]] = {}

    def describe(self, source: Source) -> None:
        """Has a source there as it is described now; its captures come behind it."""
        names = ("url", "name", "publisher", "content", "encoding")
        with self._db.atomic():
            self._db.execute(
                f"INSERT INTO source (source_id, {', '.join(names)}) VALUES (?, ?, ?, ?, ?, ?) "
                f"ON CONFLICT DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names)}",
                [source.id, *(getattr(source, name) for name in names)],
            )

    def add(
        self,
        capture: Capture,
        before: Entries,
        after: Entries,
        changes: Iterable[Change] = (),
        decisions: Iterable[Decision] = (),
    ) -> None:
        """Writes one capture and what it says; one transaction.

        `before` is what the source said until now: only what is otherwise makes a row.
        """
        with self._db.atomic():
            self.add_quiet([capture])
            self._put_entries(capture, before, after)
            self._insert("change", [_change_row(capture, n, change) for n, change in enumerate(changes, 1)])
            self._insert("decision", [_decision_row(capture, decision) for decision in decisions])

    def add_quiet(self, captures: Iterable[Capture]) -> None:
        """Writes captures that say what their sources said until then, or nothing that is believed; one transaction."""
        with self._db.atomic():
            self._db.conn.executemany(_insert_into("capture", _COLUMNS), map(_values, captures))

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """All that is written in here in one transaction; also what was until an error, since each capture is whole by itself."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.conn.commit()

    def take(self, part: Path) -> None:
        """Writes what another archive.db has, of which nothing was indexed; its sources are others, and begin behind these."""
        (first,) = self._db.execute("SELECT count(*) FROM source").fetchone()
        self._db.execute("PRAGMA foreign_keys = OFF")  # they were looked after when the part was made
        self._db.execute("ATTACH ? AS part", [str(part)])
        try:
            with self._db.atomic():
                for table in (*schema.HISTORY, *map(schema.newest_table, newest.KEPT)):
                    self._db.execute(f"INSERT INTO {table} SELECT * FROM part.{table} ORDER BY 1, 2")
                self._take_numbered("standing", Standing._fields[:-1], first)
                self._take_numbered("document", Document._fields, first << _RECORD_BITS)
                self._find(self._documents("document WHERE number >= ?", first << _RECORD_BITS))
        finally:
            self._db.execute("DETACH part")
            self._db.execute("PRAGMA foreign_keys = ON")

    def _take_numbered(self, table: str, columns: Sequence[str], by: int) -> None:
        """The rows of a table of the part, numbered on from here."""
        listed = ", ".join(columns)
        self._db.execute(
            f"INSERT INTO {table} (number, {listed}) SELECT number + ?, {listed} FROM part.{table} ORDER BY number",
            [by],
        )

    def set_bytes(self, read: Mapping[str, int]) -> None:
        """Notes how many bytes of each WARC file are loaded."""
        with self._db.atomic():
            self._db.conn.executemany(
                "INSERT INTO warc_file (warc_file, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
                read.items(),
            )

    def behind(self) -> list[Standing]:
        """The newest good capture of each source, and the newest one that was read, where what is kept stands elsewhere."""
        found = self._db.execute(
            "WITH begun AS (SELECT source_id, (SELECT min(captured_at) FROM capture c WHERE c.source_id = s.source_id) AS at "
            "FROM source s), numbered AS ("
            "SELECT source_id, row_number() OVER (ORDER BY at, source_id) - 1 AS number FROM begun WHERE at IS NOT NULL) "
            f"SELECT s.source_id, {newest_since('capture_id')} AS newest, {newest_since('read_id', READ)}, "
            f"{newest_since('body_id', WITH_BODY)}, s.number FROM numbered s LEFT JOIN standing USING (source_id) "
            f"WHERE newest IS NOT NULL EXCEPT SELECT {', '.join(Standing._fields)} FROM standing ORDER BY number"
        )
        return [Standing(*row) for row in found]

    def standings(self) -> dict[str, Standing]:
        """Where what is kept stands, by source."""
        found = self._db.execute(f"SELECT {', '.join(Standing._fields)} FROM standing")
        return {row[0]: Standing(*row) for row in found}

    def stand(self, said: Iterable[tuple[Standing, Collection[Document] | None]], *, is_part: bool = False) -> None:
        """Keeps what the newest capture of each source says, and makes search find its documents and no others of it.

        None for documents where the source says what it said: then only the capture is another. In a part
        nothing is found: its documents are indexed where it is taken.
        No statement in here may take another back, as an upsert may: then the index writes what it has gathered.
        """
        with self._db.atomic():
            for standing, documents in said:
                if documents is not None:
                    gone, new = self._put_documents(standing, documents)
                    self._put_newest(standing)
                    if not is_part:
                        self._forget(gone)
                        self._find(new)
                self._db.execute("DELETE FROM standing WHERE source_id = ?", [standing.source_id])
                self._db.execute(_insert_into("standing", Standing._fields), standing)

    def forget_standings(self) -> None:
        """Nothing stands any more, and nothing is found."""
        with self._db.atomic():
            for table in ("document", "standing", *map(schema.newest_table, newest.KEPT)):
                self._db.execute(f"DELETE FROM {table}")
            self._db.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")

    def _put_newest(self, standing: Standing) -> None:
        """The rows of each view in its order."""
        of_read = {"source_id": standing.source_id, "capture_id": standing.read_id}
        for view in newest.KEPT:
            table, columns = schema.newest_table(view), ("nth", *newest.columns(view))
            self._db.execute(f"DELETE FROM {table} WHERE source_id = :source_id", of_read)
            found = self._db.execute(newest.fill(view), of_read)
            kept = ((nth, *row) for nth, row in enumerate(found, 1))
            self._db.conn.executemany(_insert_into(table, columns), kept)

    def _put_documents(self, standing: Standing, documents: Collection[Document]) -> tuple[_Numbered, _Numbered]:
        """Those that are gone and those that are new, by number, since the index writes each by itself else."""
        of_record = self._db.execute("SELECT record_id, number FROM record WHERE source_id = ?", [standing.source_id])
        first = standing.number << _RECORD_BITS
        numbers = {record_id: first + number for record_id, number in of_record}
        known = {one for _, one in self._documents("document WHERE source_id = ?", standing.source_id)}
        wanted = set(documents)
        gone, new = (
            sorted((numbers[one.record_id], one) for one in found) for found in (known - wanted, wanted - known)
        )
        self._db.conn.executemany("DELETE FROM document WHERE number = ?", ((number,) for number, _ in gone))
        self._insert("document", [{"number": number, **one._asdict()} for number, one in new])
        return gone, new

    def _documents(self, of: str, *parameters: object) -> Iterator[tuple[int, Document]]:
        """The documents of a table, by their numbers, in their order."""
        fields = ", ".join(Document._fields)
        for number, *row in self._db.execute(f"SELECT number, {fields} FROM {of} ORDER BY number", parameters):
            yield number, Document(*row)

    def _find(self, documents: Iterable[tuple[int, Document]]) -> None:
        """Has these documents found."""
        self._db.conn.executemany(
            "INSERT INTO search_index (rowid, grams) VALUES (?, ?)",
            ((number, grams(one.texts())) for number, one in documents),
        )

    def _forget(self, documents: Iterable[tuple[int, Document]]) -> None:
        """Has them found no more; what the index forgets it must be told."""
        self._db.conn.executemany(
            "INSERT INTO search_index (search_index, rowid, grams) VALUES ('delete', ?, ?)",
            ((number, grams(one.texts())) for number, one in documents),
        )

    def _put_entries(self, capture: Capture, before: Entries, after: Entries) -> None:
        other = otherwise(before, after)
        gone = {key: entry for key, entry in before.items() if key not in after}
        if other or gone:
            self._db.execute("UPDATE standing SET read_id = NULL WHERE source_id = ?", [capture.source_id])
        numbers = self._number(capture, other)
        for view in dict.fromkeys(entry.view for entry in (*other.values(), *gone.values())):
            own = {key: entry for key, entry in other.items() if entry.view == view}
            ended = [key for key, entry in gone.items() if entry.view == view]
            said = {key: rows.version_row(own[key]) for key in rows.differing(before, own, rows.says(view))}
            self._put_rows(schema.version_table(view), capture, said, [*ended, *filter(before.__contains__, said)])
            if schema.place_columns(view):
                stood = {key: rows.place_row(own[key]) for key in rows.differing(before, own, rows.place_row)}
                self._put_rows("place", capture, stood, [*ended, *filter(before.__contains__, stood)])
        if gone or rows.are_moved(before, after):
            places = rows.layout(after, numbers)
            self._insert(
                "layout", [{"source_id": capture.source_id, "valid_from": capture.capture_id, "places": places}]
            )

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
            [(capture.capture_id, key) for key in ended],
        )
        since = {"valid_from": capture.capture_id, "valid_to": None}
        self._insert(table, [{"record_id": key, **since, **row} for key, row in opened.items()])

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Many rows of one shape; sqlite-utils' own insert looks at the table first, once per capture."""
        if rows:
            self._db.conn.executemany(_insert_into(table, rows[0]), [tuple(row.values()) for row in rows])


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
