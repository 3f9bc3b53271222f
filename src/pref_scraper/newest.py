"""What the newest good capture of each source says, kept as tables: the same rows that its views show; pure text.

Counting, filtering and paging read a view over and again, and putting a row together from versions, places
and layouts takes a dozen seeks. So `newest_<view>` has these rows ready, in the order of the view (`nth` counts
from 1 within a source), for the kinds of record and for what is derived from them. They are filled by the SELECT
that a view of any other moment is: no row is made here. When a thing was last seen, and in which capture, is not
in them: it is when its source was, and a visit that brings nothing new touches no row.
"""

import dataclasses
from functools import cache

from .records import VIEWS
from .schema import newest_table, sql_type
from .views import all_columns, select_of_capture

KEPT = (*VIEWS, "restatements", "budget_series")
"""The views of which the rows are kept."""

_OF_SOURCE = ("capture_id", "last_seen")

# What is no field of a record, and no text.
_NUMBERS = (
    *("text_start", "text_end", "later_fiscal_year", "later_amount_yen", "difference_yen"),
    *("is_newest", "agrees"),
)


def ddl() -> str:
    """Every table of the newest."""
    return "".join(map(_table, KEPT))


@cache
def fill(view: str) -> str:
    """The SELECT of the rows to keep of the source :source_id at the capture :capture_id, in their order."""
    return f"SELECT {', '.join(columns(view))} FROM ({select_of_capture(view)})"


def columns(view: str) -> tuple[str, ...]:
    """The columns of a view that are kept, the source first."""
    return tuple(name for name in all_columns(view) if name not in _OF_SOURCE)


def _table(view: str) -> str:
    kinds = {field.name: field.type for field in dataclasses.fields(VIEWS.get(view, VIEWS["budgets"]))}
    of_number = dict.fromkeys(_NUMBERS, int | None)
    listed = [f"{name} {sql_type(of_number.get(name) or kinds.get(name, str | None))}" for name in columns(view)[1:]]
    return (
        f"CREATE TABLE {newest_table(view)} (\n  source_id TEXT NOT NULL REFERENCES source, nth INTEGER NOT NULL,\n"
        f"  {', '.join(listed)},\n  PRIMARY KEY (source_id, nth)\n) STRICT, WITHOUT ROWID;\n"
    )
