"""The tables of archive.db, made from the vocabulary; pure text.

A record has one row in `record`, one row in `<view>_version` for each state of what it
says, and one in `place` for each printed number and position, so that a renumbered list
makes no versions. Validity is half open: from the capture that first said so up to the
one that no longer did. Where all of it stands in the text is one row of `layout`, which
holds up to the next: a word more moves everything behind it, and that must cost little.
Capture ids of one source sort by time. What is read from the tables is in views.py.

What the newest good capture says is there once more, for what is asked most: in `newest_<view>` as the
view shows it (newest.py), in `document` as the texts of each record, and in `search_index` by its grams
(search.py). `standing` names that capture, the last one whose page was read, and the last one that was answered with a
body; they are kept up to date and have no versions, and what is newer is looked for behind them alone. A document's number is made of its source's, in order of the first captures,
and of its record's: the smaller such numbers, the smaller is the index. What SQLite keeps inside of the index
depends on the order of loading, alone in archive.db; what is found by it does not.

A migration is a rebuild: archive.db is derived, so a new version makes `load` build it
anew from snapshots/, and no table is ever altered in place.
"""

import dataclasses
import functools
import types
import typing

from .records import BODY, CHROME, OWNER, PLACE, VIEWS, columns
from .search import TOKENIZE

_TABLES = """
CREATE TABLE source (
  source_id TEXT PRIMARY KEY, url TEXT NOT NULL, name TEXT NOT NULL, publisher TEXT,
  content TEXT, encoding TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE capture (
  capture_id TEXT PRIMARY KEY, source_id TEXT NOT NULL REFERENCES source, url TEXT NOT NULL,
  captured_at TEXT NOT NULL, outcome TEXT NOT NULL, http_status INTEGER, payload_digest TEXT, text_digest TEXT,
  warc_file TEXT NOT NULL, warc_offset INTEGER NOT NULL, warc_record_id TEXT NOT NULL UNIQUE,
  arrived_at TEXT NOT NULL, parser_version INTEGER, previous_capture_id TEXT REFERENCES capture, reason TEXT,
  records INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX capture_of_source ON capture (source_id, capture_id);
CREATE INDEX capture_by_time ON capture (source_id, captured_at);
-- Of what came later than it was visited, which is little, and must not be looked for among all.
CREATE INDEX capture_by_arrival ON capture (source_id, arrived_at) WHERE arrived_at <> captured_at;
CREATE TABLE warc_file (
  warc_file TEXT PRIMARY KEY, bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE record (
  record_id TEXT PRIMARY KEY, source_id TEXT NOT NULL REFERENCES source, view TEXT NOT NULL,
  number INTEGER NOT NULL, first_capture_id TEXT NOT NULL REFERENCES capture
) STRICT, WITHOUT ROWID;
CREATE INDEX record_of_source ON record (source_id, view, number);
CREATE TABLE place (
  record_id TEXT NOT NULL REFERENCES record, valid_from TEXT NOT NULL REFERENCES capture,
  valid_to TEXT REFERENCES capture, position INTEGER, ordinal INTEGER, PRIMARY KEY (record_id, valid_from)
) STRICT, WITHOUT ROWID;
-- JSON: text_start and text_end of each record in order of their numbers; 0 for those that do not stand there.
CREATE TABLE layout (
  source_id TEXT NOT NULL REFERENCES source, valid_from TEXT NOT NULL REFERENCES capture, places TEXT NOT NULL,
  PRIMARY KEY (source_id, valid_from)
) STRICT;
CREATE TABLE change (
  capture_id TEXT NOT NULL REFERENCES capture, number INTEGER NOT NULL,
  previous_capture_id TEXT NOT NULL REFERENCES capture, source_id TEXT NOT NULL REFERENCES source,
  fiscal_year INTEGER, record TEXT NOT NULL, record_id TEXT NOT NULL REFERENCES record, label TEXT NOT NULL,
  change TEXT NOT NULL, field TEXT, old ANY, new ANY, PRIMARY KEY (capture_id, number)
) STRICT, WITHOUT ROWID;
-- The runner-up may be a record that only a later capture has, where captures came out of order.
CREATE TABLE decision (
  capture_id TEXT NOT NULL REFERENCES capture, record_id TEXT NOT NULL REFERENCES record,
  source_id TEXT NOT NULL REFERENCES source, method TEXT NOT NULL, score REAL NOT NULL,
  runner_up TEXT, runner_up_score REAL, PRIMARY KEY (capture_id, record_id)
) STRICT, WITHOUT ROWID;
-- said is JSON: by the field's name, its text as printed.
CREATE TABLE document (
  number INTEGER PRIMARY KEY, record_id TEXT NOT NULL UNIQUE REFERENCES record,
  source_id TEXT NOT NULL REFERENCES source, record TEXT NOT NULL, fiscal_year INTEGER, label TEXT NOT NULL,
  said TEXT NOT NULL
) STRICT;
CREATE INDEX document_of_source ON document (source_id);
-- What hits are counted and put in order by, so that thousands of them need no text.
CREATE INDEX document_order ON document (number, record, fiscal_year, source_id);
-- read_id is NULL while the source says something else than what is kept.
CREATE TABLE standing (
  source_id TEXT PRIMARY KEY REFERENCES source, capture_id TEXT NOT NULL REFERENCES capture,
  read_id TEXT REFERENCES capture, body_id TEXT REFERENCES capture, number INTEGER NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;
"""
# Without positions and without the text: a gram is found whole, and `document` has the text.
_SEARCH_INDEX = f"""
CREATE VIRTUAL TABLE search_index USING fts5(grams, content = '', detail = none, tokenize = "{TOKENIZE}");
"""
# Bytes of grams, 16 MiB, that are gathered before they are written: the fewer the writings, the fewer have to be merged.
_GATHERED = "INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 16777216);"


def version_table(view: str) -> str:
    """The table of a view's versions: `projects` has `project_version`."""
    return f"{view.removesuffix('s')}_version"


def newest_table(view: str) -> str:
    """The table of what a view shows."""
    return f"newest_{view}"


@functools.cache
def version_columns(view: str) -> tuple[str, ...]:
    """The columns of a version that say something; the others are of its place or of its owner."""
    return columns(view, BODY, CHROME)


def place_columns(view: str) -> tuple[str, ...]:
    """The printed numbers and positions of a view's records; of some views they have none."""
    return columns(view, PLACE)


HISTORY = (
    *("source", "capture", "warc_file", "record", "place", "layout", "change", "decision"),
    *map(version_table, VIEWS),
)
"""The tables of what was captured; all others follow from them."""


def ddl() -> str:
    """Every table of archive.db."""
    return _TABLES + _SEARCH_INDEX + _GATHERED + "".join(map(_version_ddl, VIEWS))


def _version_ddl(view: str) -> str:
    kinds = {field.name: field.type for field in dataclasses.fields(VIEWS[view])}
    own = [f"{name} {_sql_type(kinds[name])}" for name in version_columns(view)]
    if columns(view, OWNER):
        own.append("project_id TEXT NOT NULL REFERENCES record")
    if view == "projects":
        own += ["name_folded TEXT NOT NULL", "name_stem TEXT NOT NULL"]
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
