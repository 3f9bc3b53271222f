"""Japanese names and figures on Datasette's own pages; pure.

Out come metadata in Datasette's shape, and cells: 28,709,000 for a column of yen, 2011 (平成23) for
one of years. Its key `units` is never used: it breaks the pages of tables.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from .. import views
from ..japanese.years import ERAS, format_year
from ..labels import VIEW_LABELS, column_label
from ..names import JAPANESE, Names
from ..records import VIEWS

TITLES = ("都道府県 施策・事業アーカイブ", "Archive of prefectural policy pages")

# How the names of columns end that hold such values: in English, and in Japanese also in queries.
_YEN = ("_yen", "（円）")
_YEARS = ("_year", "年度")

# By view, the columns that its rows are counted by.
_FACETS = {
    **{view: ("fiscal_year",) for view in VIEW_LABELS if "fiscal_year" in views.all_columns(view)},
    "statements": ("fiscal_year", "kind"),
    "problems": ("kind",),
    "captures": ("outcome",),
    "changes": ("fiscal_year", "record", "change"),
    "decisions": ("method",),
    "budget_series": ("budget_year", "standing"),
}

FILTERS = {
    "exact": "が次と同じ",
    "not": "が次でない",
    "contains": "が次を含む",
    "endswith": "が次で終わる",
    "startswith": "が次で始まる",
    "gt": "が次より大きい",
    "gte": "が次以上",
    "lt": "が次より小さい",
    "lte": "が次以下",
    "like": "がLIKEの形に合う",
    "notlike": "がLIKEの形に合わない",
    "glob": "がGLOBの形に合う",
    "in": "が次のいずれか",
    "notin": "が次のいずれでもない",
    "arraycontains": "の一つが次と同じ",
    "arraynotcontains": "のどれも次でない",
    "date": "が次の日",
    "isnull": "がない",
    "notnull": "がある",
    "isblank": "が空",
    "notblank": "が空でない",
}
"""What Datasette's conditions on a column are called."""


def title(name: str, names: Names = JAPANESE) -> str:
    """What a view or a twin is called: a twin by itself, a view in Japanese with its English name behind it."""
    view = views.english(name)
    return names.views[view] if name != view or names is not JAPANESE else f"{VIEW_LABELS[view]} ({name})"


def columns(name: str, names: Names = JAPANESE) -> dict[str, str]:
    """What the columns of a view are called in Japanese; a twin's say it themselves, and a view's own are English."""
    return _columns(name) if names is JAPANESE else {}


@cache
def _columns(name: str) -> dict[str, str]:
    view = views.english(name)
    return {column: column_label(view, column) for column in views.all_columns(view)} if name == view else {}


@cache
def facets(name: str) -> tuple[str, ...]:
    """The columns by which the rows of a view or of a twin are counted."""
    view = views.english(name)
    own = _FACETS.get(view, ())
    return own if name == view else tuple(column_label(view, column) for column in own)


def search_box(name: str) -> dict[str, str]:
    """What makes Datasette show a search box: where to look for words, and the column that says which rows have them."""
    view = views.english(name)
    key = "record_id" if name == view else column_label(view, "record_id")
    return {"fts_table": "search", "fts_pk": key} if view in VIEWS else {}


def title_of_all(names: Names = JAPANESE) -> str:
    """What an archive is called."""
    return TITLES[names.place]


def configuration(tables: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What Datasette does with the tables of an archive, which stand back, and with its views; by their names."""
    return {
        **{table: {"hidden": True} for table in tables},
        **{view: {"facets": list(facets(view)), **search_box(view)} for view in views.names()},
    }


def metadata(databases: Iterable[tuple[str, Iterable[str]]], names: Names = JAPANESE) -> dict[str, Any]:
    """Datasette's metadata for archives, each with its tables: the configuration, and what views and columns are called."""
    called = {view: {"title": title(view, names), "columns": dict(columns(view, names))} for view in views.names()}
    return {
        "title": title_of_all(names),
        "databases": {
            name: {
                "title": title_of_all(names),
                "tables": {one: {**ours, **called.get(one, {})} for one, ours in configuration(tables).items()},
            }
            for name, tables in databases
        },
    }


def facet(names: Names, table: str, column: str, value: Any) -> str:
    """A value of a column by which rows are counted, as people read it; an empty one is a dash."""
    view = views.english(table)
    read = cell(column, value) or ("" if value is None else str(value))
    return (names.value(view, column, read) if table == view else read) or "－"


def cell(column: str, value: object) -> str | None:
    """A figure as people read it; None where it is shown as it is."""
    if isinstance(value, int) and column.endswith(_YEN):
        return f"{value:,}"
    if isinstance(value, int) and column.endswith(_YEARS):
        return both_years(value)
    return None


def both_years(year: int) -> str | None:
    """A fiscal year as the western and the Japanese calendar count it: `2011 (平成23)`; None for one before both."""
    return f"{year} ({format_year(year).removesuffix('年度')})" if min(ERAS.values()) < year <= 9999 else None
