"""What the newest good capture of each source says, kept as tables: the same rows that its views show; pure text.

Counting, filtering and paging read a view over and again, and putting a row together from versions, places
and layouts takes a dozen seeks. So `newest_<view>` has these rows ready, in the order of the view (`nth` counts
from 1 within a source), for the kinds of record and for what is derived from them, of the rows that are kept. They are
filled by the SELECT that a view of any other moment is: no row is made here. When a thing was last seen, and in which
capture, is not in them: it is when its source was, and a visit that brings nothing new touches no row.
"""

from functools import cache

from .dictionary import Kind, describe
from .records import VIEWS
from .schema import newest_table
from .views import all_columns, select_of_capture, select_of_kept

KEPT = (*VIEWS, "restatements", "budget_series")
"""The views of which the rows are kept, in the order in which they are filled."""

_OF_SOURCE = ("capture_id", "last_seen")

# What is no text in SQLite: a number of either kind stays what it is.
_TYPES = {Kind.INTEGER: "INTEGER", Kind.BOOLEAN: "INTEGER", Kind.NUMBER: "ANY", Kind.ANY: "ANY"}


def ddl() -> str:
    """Every table of the newest."""
    return "".join(map(_table, KEPT))


@cache
def fill(view: str) -> str:
    """The SELECT of the rows to keep of the source :source_id at the capture :capture_id, in their order."""
    rows = select_of_capture(view) if view in VIEWS else select_of_kept(view)
    return f"SELECT {', '.join(columns(view))} FROM ({rows})"


def columns(view: str) -> tuple[str, ...]:
    """The columns of a view that are kept, the source first."""
    return tuple(name for name in all_columns(view) if name not in _OF_SOURCE)


def _table(view: str) -> str:
    described = describe(view, columns(view)[1:])
    listed = ", ".join(f"{column.name} {_TYPES.get(column.kind, 'TEXT')}" for column in described)
    return (
        f"CREATE TABLE {newest_table(view)} (\n  source_id TEXT NOT NULL REFERENCES source, nth INTEGER NOT NULL,\n"
        f"  {listed},\n  PRIMARY KEY (source_id, nth)\n) STRICT, WITHOUT ROWID;\n"
    )
