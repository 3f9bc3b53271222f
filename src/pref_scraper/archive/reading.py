"""What is asked of archive.db: captures, the records of a moment, and the rows of its views."""

import json
from collections.abc import Collection
from typing import Any

from sqlite_utils import Database

from .. import rows, schema, views
from ..identity import Entry
from ..records import GOOD, VIEWS, Change
from ..table import Table
from .captures import Capture, Last, Named, Outcome, capture_id

# The records of some projects of a source and of their figures, each with its project's.
_WITH_FIGURES = """
SELECT record_id, max(project_id) AS project_id FROM (
  SELECT value AS record_id, value AS project_id FROM json_each(:projects)
  UNION ALL SELECT v.record_id, v.project_id FROM record r CROSS JOIN budget_version v USING (record_id)
  WHERE r.source_id = :source_id AND r.view = 'budgets' AND v.project_id IN (SELECT value FROM json_each(:projects))
) GROUP BY record_id
"""

READ, WITH_BODY = "c.outcome <> 'not_modified'", "c.http_status = 200"


def newest_since(kept: str, condition: str = "TRUE") -> str:
    """The newest good capture of a source s of such a kind: one behind what stands, or else the one that is kept there.

    Captures that are not looked at may be decades of answers without a body.
    """
    return (
        "coalesce((SELECT c.capture_id FROM capture c WHERE c.source_id = s.source_id AND c.capture_id > "
        f"coalesce(standing.capture_id, '') AND c.outcome IN {GOOD!r} AND {condition} "
        f"ORDER BY c.capture_id DESC LIMIT 1), standing.{kept})"
    )


class Reading:
    """An open archive.db, to be read."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def bytes_loaded(self) -> dict[str, int]:
        """How many bytes of each WARC file are loaded."""
        return dict(self._db.execute("SELECT warc_file, bytes FROM warc_file").fetchall())

    def sources(self) -> dict[str, dict[str, Any]]:
        """The sources by id, as their last visit described them."""
        return {row["source_id"]: row for row in self._db.query("SELECT * FROM source ORDER BY source_id")}

    def state(self) -> tuple[object, ...]:
        """What tells one state of the database from any other: a load adds bytes of files, and then has the newest stand."""
        loaded = self._db.execute("SELECT count(*), sum(bytes) FROM warc_file").fetchone()
        return *loaded, *self._db.execute("SELECT source_id, capture_id FROM standing ORDER BY source_id")

    def known(self, record_ids: Collection[str], *, before: str) -> set[str]:
        """Those of some records that their source had before a capture."""
        rows = self._db.execute(
            "SELECT record_id FROM json_each(?) CROSS JOIN record ON record_id = value WHERE first_capture_id < ?",
            [json.dumps([*record_ids]), before],
        )
        return {record_id for (record_id,) in rows}

    def newest(self) -> dict[str, tuple[str, str]]:
        """By source, the newest capture's time and the last arrival's."""
        of_source = "FROM capture c WHERE c.source_id = s.source_id"
        rows = self._db.execute(
            f"SELECT source_id, (SELECT max(captured_at) {of_source}) AS at, "
            f"(SELECT max(arrived_at) {of_source} AND arrived_at <> captured_at) FROM source s WHERE at IS NOT NULL"
        )
        return {source_id: (at, max(at, arrived or at)) for source_id, at, arrived in rows}

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
        for key, change, records in self._db.execute(
            "SELECT capture_id, change, count(DISTINCT record_id) FROM capture c CROSS JOIN change USING (capture_id) "
            "WHERE c.source_id = ? GROUP BY capture_id, change ORDER BY capture_id, min(number)",
            [source_id],
        ):
            found.setdefault(key, {})[change] = records
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
        conditions = f"WHERE source_id = :source_id AND outcome IN {GOOD!r}"
        conditions += " AND capture_id <= :last" if until else ""
        conditions += " AND http_status = 200" if with_body else ""
        found = self._captures(f"{conditions} ORDER BY capture_id DESC LIMIT 1", source_id=source_id, last=last)
        return found[0] if found else None

    def last(self) -> list[Last]:
        """The newest capture of each source."""
        newest = "SELECT max(capture_id) FROM capture WHERE source_id = s.source_id"
        found = self._db.execute(
            "SELECT s.source_id, s.url, content, encoding, captured_at, outcome, warc_file, warc_offset, warc_record_id "
            f"FROM source s CROSS JOIN capture c ON capture_id = ({newest})"
        )
        return [Last(*row) for row in found]

    def bodies(self, source_ids: Collection[str]) -> dict[str, tuple[str, int]]:
        """By source, the file and the place of the newest believed answer of 200."""
        found = self._db.execute(
            "SELECT c.source_id, warc_file, warc_offset FROM json_each(?) "
            "CROSS JOIN source s ON s.source_id = value LEFT JOIN standing USING (source_id) "
            f"CROSS JOIN capture c ON c.capture_id = {newest_since('body_id', WITH_BODY)}",
            [json.dumps([*source_ids])],
        )
        return {source_id: (file, offset) for source_id, file, offset in found}

    def changed_last(self, most: int, source_ids: Collection[str] = ()) -> list[Capture]:
        """The newest captures that changed what their source says, newest first; of some sources, or of all."""
        of_some = "AND source_id IN (SELECT value FROM json_each(:sources))" if source_ids else ""
        return self._captures(
            f"WHERE outcome = 'changed' {of_some} ORDER BY captured_at DESC, capture_id DESC LIMIT :most",
            most=most,
            sources=json.dumps([*source_ids]),
        )

    def number_of_captures(self) -> int:
        """How many captures there are."""
        return int(self._db.execute("SELECT count(*) FROM capture").fetchone()[0])

    def warc_record_ids(self) -> list[str]:
        """The WARC record of each capture, in order of time."""
        return [
            record_id for (record_id,) in self._db.execute("SELECT warc_record_id FROM capture ORDER BY captured_at")
        ]

    def loaded_of(self, source_id: str, *, since: str) -> set[str]:
        """The WARC records of a source's captures from a time on."""
        found = self._db.execute(
            "SELECT warc_record_id FROM capture WHERE source_id = ? AND captured_at >= ?", [source_id, since]
        )
        return {record_id for (record_id,) in found}

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

    def count(self, view: str, capture: Capture) -> int:
        """How many records of a view the page had at a capture."""
        found = self._db.execute(
            f"SELECT count(*) FROM record r CROSS JOIN {schema.version_table(view)} v USING (record_id) "
            "WHERE r.source_id = :source_id AND r.view = :view "
            "AND v.valid_from <= :at AND (v.valid_to IS NULL OR v.valid_to > :at)",
            {"source_id": capture.source_id, "view": view, "at": capture.capture_id},
        )
        return int(found.fetchone()[0])

    def entries(self, source_id: str, capture_id: str) -> dict[str, Entry]:
        """What the page said at a capture, by record_id, in page order within each view."""
        moment = {"source_id": source_id, "capture_id": capture_id}
        places = self._layout(source_id, capture_id)
        said: dict[str, Entry] = {}
        for view in VIEWS:
            found = []
            for record_id, owner, number, *values in self._db.execute(views.select_entries(view), moment):
                start, end = span = places[2 * number - 2 : 2 * number]
                # Projects come before their figures.
                found.append((start, end, record_id, rows.entry(view, values, span, owner, said.get(owner))))
            found.sort()
            said |= {record_id: entry for _, _, record_id, entry in found}
        return said

    def gone(self, source_id: str) -> dict[str, Entry]:
        """Every record that the page said once and says no more, as it stood last; by record_id, in its order."""
        layouts: dict[str, list[int]] = {}
        said: dict[str, Entry] = {}
        for view in VIEWS:
            found = self._db.execute(views.select_entries(view, gone=True), {"source_id": source_id})
            for record_id, owner, number, layout, *values in found:
                if layout not in layouts:
                    layouts[layout] = self._layout(source_id, layout)
                span = layouts[layout][2 * number - 2 : 2 * number]
                said[record_id] = rows.entry(view, values, span, owner)
        return dict(sorted(said.items()))

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

    def _layout(self, source_id: str, capture_id: str) -> list[int]:
        """Where the source's records stood in the text at a capture, start and end of each in order of their numbers."""
        found = self._db.execute(
            "SELECT places FROM layout WHERE source_id = ? AND valid_from <= ? ORDER BY valid_from DESC LIMIT 1",
            [source_id, capture_id],
        ).fetchone()
        places: list[int] = json.loads(found[0]) if found else []
        return places

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, in order: for comparing two databases. Not what the index of search keeps inside."""
        text = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_index%' ORDER BY name"
        names = [name for (name,) in self._db.execute(text)]
        return {name: self._db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names}
