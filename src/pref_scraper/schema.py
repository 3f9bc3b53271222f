"""The schema of archive.db, made from the vocabulary; pure text.

A record has one row in `record`, one row in `<view>_version` for each state of what it
says, and one in `place` for each state of where it stands, so that a renumbered list
makes no versions. Validity is half open: from the capture that first said so up to the
one that no longer did. Capture ids of one source sort by time.

The views show the newest good capture of each source; `select(view, at=True)` is the same
for any capture. For every view there is a twin with Japanese names.
"""

import dataclasses
import types
import typing

from .labels import VIEW_LABELS, column_label
from .records import BODY, CHROME, GOOD, OWNER, PLACE, VIEWS, columns

VERSION = 1
"""Goes up with every change of the tables; an older archive.db is built anew."""

_STATEMENT_KINDS = "CASE kind WHEN 'issue' THEN '現状と課題' WHEN 'direction' THEN '取組方向' ELSE '取組' END"

_TABLES = """
CREATE TABLE source (
  source_id TEXT PRIMARY KEY, url TEXT NOT NULL, name TEXT NOT NULL, publisher TEXT,
  content TEXT, encoding TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE capture (
  capture_id TEXT PRIMARY KEY, source_id TEXT NOT NULL REFERENCES source, url TEXT NOT NULL,
  captured_at TEXT NOT NULL, outcome TEXT NOT NULL, http_status INTEGER, payload_digest TEXT, text_digest TEXT,
  warc_file TEXT NOT NULL, warc_offset INTEGER NOT NULL, warc_record_id TEXT NOT NULL UNIQUE,
  previous_capture_id TEXT REFERENCES capture, reason TEXT, records INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX capture_of_source ON capture (source_id, capture_id);
CREATE INDEX capture_payload ON capture (source_id, payload_digest);
CREATE TABLE warc_file (
  warc_file TEXT PRIMARY KEY, bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE record (
  record_id TEXT PRIMARY KEY, source_id TEXT NOT NULL REFERENCES source, view TEXT NOT NULL,
  first_capture_id TEXT NOT NULL REFERENCES capture
) STRICT, WITHOUT ROWID;
CREATE INDEX record_of_source ON record (source_id, view);
CREATE TABLE place (
  record_id TEXT NOT NULL REFERENCES record, valid_from TEXT NOT NULL REFERENCES capture,
  valid_to TEXT REFERENCES capture, position INTEGER, ordinal INTEGER,
  text_start INTEGER NOT NULL, text_end INTEGER NOT NULL, PRIMARY KEY (record_id, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE change (
  capture_id TEXT NOT NULL REFERENCES capture, number INTEGER NOT NULL,
  previous_capture_id TEXT NOT NULL REFERENCES capture, source_id TEXT NOT NULL REFERENCES source,
  fiscal_year INTEGER, record TEXT NOT NULL, record_id TEXT NOT NULL REFERENCES record, label TEXT NOT NULL,
  change TEXT NOT NULL, field TEXT, old ANY, new ANY, PRIMARY KEY (capture_id, number)
) STRICT, WITHOUT ROWID;
"""

CAPTURES = [
    "capture_id",
    "source_id",
    "url",
    "captured_at",
    "outcome",
    "http_status",
    "payload_digest",
    "text_digest",
    "warc_file",
    "warc_offset",
    "warc_record_id",
]
CHANGES = [
    "capture_id",
    "previous_capture_id",
    "source_id",
    "fiscal_year",
    "record",
    "record_id",
    "label",
    "change",
    "field",
    "old",
    "new",
]
RESTATEMENTS = [
    "source_id",
    "project",
    "budget_year",
    "fiscal_year",
    "amount_yen",
    "later_fiscal_year",
    "later_amount_yen",
    "difference_yen",
]

# One figure in two sections, each with the next section that prints it again.
_RESTATEMENTS = """
CREATE VIEW restatements AS
WITH figure AS (
  SELECT r.source_id, p.name AS project, p.name_folded, b.budget_year, b.fiscal_year, b.amount_yen
  FROM budget_version b JOIN record r USING (record_id)
  JOIN project_version p ON p.record_id = b.project_id AND p.valid_to IS NULL
  WHERE b.valid_to IS NULL
)
SELECT a.source_id, a.project, a.budget_year, a.fiscal_year, a.amount_yen,
  b.fiscal_year AS later_fiscal_year, b.amount_yen AS later_amount_yen, b.amount_yen - a.amount_yen AS difference_yen
FROM figure a JOIN figure b USING (source_id, name_folded, budget_year)
WHERE b.amount_yen IS NOT a.amount_yen AND b.fiscal_year = (
  SELECT min(c.fiscal_year) FROM figure c
  WHERE c.source_id = a.source_id AND c.name_folded = a.name_folded AND c.budget_year = a.budget_year
    AND c.fiscal_year > a.fiscal_year
)
ORDER BY a.source_id, a.budget_year DESC, a.fiscal_year DESC, a.project;
"""


def version_table(view: str) -> str:
    """The table of a view's versions: `projects` has `project_version`."""
    return f"{view.removesuffix('s')}_version"


def version_columns(view: str) -> tuple[str, ...]:
    """The columns of a version that say something; the others are of its place or of its owner."""
    return columns(view, BODY, CHROME)


def place_columns(view: str) -> tuple[str, ...]:
    """Where a record of this view stands."""
    return (*columns(view, PLACE), "text_start", "text_end")


def ddl() -> str:
    """Every table and view of archive.db."""
    versions = "".join(map(_version_ddl, VIEWS))
    current = "".join(f"CREATE VIEW {view} AS\n{select(view)};\n" for view in VIEWS)
    plain = f"""
CREATE VIEW captures AS SELECT {", ".join(CAPTURES)} FROM capture ORDER BY captured_at, capture_id;
CREATE VIEW changes AS SELECT {", ".join(CHANGES)} FROM change ORDER BY capture_id, number;
"""
    twins = "".join(_twin(view, all_columns(view)) for view in VIEWS)
    more = {"captures": CAPTURES, "changes": CHANGES, "restatements": RESTATEMENTS}
    twins += "".join(_twin(view, names) for view, names in more.items())
    return _TABLES + versions + current + plain + _RESTATEMENTS + twins


def all_columns(view: str) -> list[str]:
    """The columns of a view, in order."""
    head = ["source_id", "capture_id"] if view == "pages" else ["source_id"]
    return [*head, *columns(view), "record_id", "first_seen", "last_seen", "text_start", "text_end"]


def select(view: str, *, at: bool = False) -> str:
    """The SELECT of a view; with `at` for one source as of a capture, by :source_id and :capture_id."""
    valid = _valid_at if at else _valid_now
    newest = "AND c.capture_id <= :capture_id" if at else ""
    expressions = {
        "source_id": "r.source_id",
        "capture_id": "l.capture_id",
        "record_id": "v.record_id",
        "first_seen": "f.captured_at AS first_seen",
        "last_seen": "l.captured_at AS last_seen",
        "project": "o.name AS project",
        "project_position": "op.position AS project_position",
        **{name: f"p.{name}" for name in place_columns(view)},
    }
    listed = ", ".join(expressions.get(name, f"v.{name}") for name in all_columns(view))
    owner = (
        f"JOIN project_version o ON o.record_id = v.project_id AND {valid('o')}\n"
        f"JOIN place op ON op.record_id = v.project_id AND {valid('op')}\n"
        if columns(view, OWNER)
        else ""
    )
    return (
        f"SELECT {listed}\nFROM {version_table(view)} v JOIN record r ON r.record_id = v.record_id\n"
        f"JOIN place p ON p.record_id = v.record_id AND {valid('p')}\n{owner}"
        f"JOIN capture f ON f.capture_id = r.first_capture_id\n"
        f"JOIN capture l ON l.capture_id = (SELECT max(c.capture_id) FROM capture c"
        f" WHERE c.source_id = r.source_id AND c.outcome IN {GOOD!r} {newest})\n"
        f"WHERE {valid('v')}{' AND r.source_id = :source_id' if at else ''}\n"
        f"ORDER BY r.source_id, p.text_start, p.text_end"
    )


def _valid_now(alias: str) -> str:
    return f"{alias}.valid_to IS NULL"


def _valid_at(alias: str) -> str:
    return f"{alias}.valid_from <= :capture_id AND ({alias}.valid_to IS NULL OR {alias}.valid_to > :capture_id)"


def _version_ddl(view: str) -> str:
    kinds = {field.name: field.type for field in dataclasses.fields(VIEWS[view])}
    own = [f"{name} {_sql_type(kinds[name])}" for name in version_columns(view)]
    if columns(view, OWNER):
        own.append("project_id TEXT NOT NULL REFERENCES record")
    if view == "projects":
        own.append("name_folded TEXT NOT NULL")
    return (
        f"CREATE TABLE {version_table(view)} (\n"
        f"  record_id TEXT NOT NULL REFERENCES record, valid_from TEXT NOT NULL REFERENCES capture,\n"
        f"  valid_to TEXT REFERENCES capture, {', '.join(own)},\n  PRIMARY KEY (record_id, valid_from)\n"
        f") STRICT, WITHOUT ROWID;\n"
        f"CREATE INDEX {version_table(view)}_now ON {version_table(view)} (record_id) WHERE valid_to IS NULL;\n"
    )


def _sql_type(kind: object) -> str:
    """INTEGER, TEXT (also for lists, as JSON) or ANY for a number of either kind; NOT NULL unless it may be None."""
    parts: set[object] = set(typing.get_args(kind)) if isinstance(kind, types.UnionType) else {kind}
    optional = types.NoneType in parts
    parts.discard(types.NoneType)
    name = "INTEGER" if parts == {int} else "ANY" if parts == {int, float} else "TEXT"
    return name if optional else f"{name} NOT NULL"


def _twin(view: str, names: list[str]) -> str:
    listed = ", ".join(f'{_twin_value(view, name)} AS "{column_label(view, name)}"' for name in names)
    return f'CREATE VIEW "{VIEW_LABELS[view]}" AS SELECT {listed} FROM {view};\n'


def _twin_value(view: str, name: str) -> str:
    return _STATEMENT_KINDS if (view, name) == ("statements", "kind") else name
