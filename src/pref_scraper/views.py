"""The views of archive.db, and the same rows as of any moment; pure text.

`<view>_at` has the rows of every good capture, with its capture_id. All else is this and a
moment: which capture of each source counts. `select(view, at=True)` takes the newest good one up
to a time, and a person's own SQL any other. What the newest ones say is kept as tables (newest.py),
so that it is read and counted at once, however many sources there are: the view of a kind of record
shows these. For every view there is a twin with Japanese names. Beside them is `search`: what the
newest captures say, to be found by the grams of search.py.
"""

import dataclasses
from functools import cache

from .labels import VALUE_LABELS, VIEW_LABELS, column_label
from .records import GOOD, OWNER, VIEWS, columns
from .schema import newest_table, place_columns, version_table

CAPTURES = (
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
)
CHANGES = (
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
)
DECISIONS = ("capture_id", "source_id", "record_id", "method", "score", "runner_up", "runner_up_score")
RESTATEMENTS = (
    "source_id",
    "project",
    "budget_year",
    "fiscal_year",
    "amount_yen",
    "later_fiscal_year",
    "later_amount_yen",
    "difference_yen",
)
BUDGET_SERIES = (
    "source_id",
    "series",
    "project",
    "budget_year",
    "fiscal_year",
    "amount_yen",
    "printed",
    "basis",
    "standing",
    "is_newest",
    "agrees",
    "doubtful",
    "record_id",
    "text_start",
    "text_end",
)
_DERIVED = {
    "captures": CAPTURES,
    "changes": CHANGES,
    "decisions": DECISIONS,
    "restatements": RESTATEMENTS,
    "budget_series": BUDGET_SERIES,
}

# `WHERE search MATCH …` goes to the index; its rowid is the record's id, so that what asks an index
# of full text for rowids, as Datasette's search box does, can pick the rows of any view by it.
_SEARCH = """
CREATE VIEW search AS
SELECT d.record_id AS rowid, d.source_id, d.record, d.record_id, d.fiscal_year, d.label, d.said, i.search_index AS search
FROM search_index i CROSS JOIN document d ON d.number = i.rowid;
"""

# Where a record r stands in the text, by the layout y.
_SPAN = {
    "text_start": "json_extract(y.places, '$[' || (2 * r.number - 2) || ']')",
    "text_end": "json_extract(y.places, '$[' || (2 * r.number - 1) || ']')",
}


def ddl() -> str:
    """Every view of archive.db."""
    over_all = "".join(f"CREATE VIEW {view}_at AS\n{_over_all(view)};\n" for view in VIEWS)
    newest = "".join(f"CREATE VIEW {view} AS\n{select(view)};\n" for view in VIEW_LABELS)
    return (
        _SEARCH
        + over_all
        + newest
        + "".join(f'CREATE VIEW "{VIEW_LABELS[view]}" AS {_twin(view)};\n' for view in VIEW_LABELS)
    )


def names() -> tuple[str, ...]:
    """Every view, each followed by its Japanese twin."""
    return tuple(name for pair in VIEW_LABELS.items() for name in pair)


def english(name: str) -> str:
    """The view that a view or a twin shows: `budgets` for 予算額."""
    return next((view for view, label in VIEW_LABELS.items() if label == name), name)


def all_columns(name: str) -> tuple[str, ...]:
    """The columns of a view or of a twin, in order."""
    view = english(name)
    head = ("source_id", "capture_id") if view == "pages" else ("source_id",)
    own = _DERIVED.get(view) or (*head, *_record_columns(view))
    return own if name == view else tuple(column_label(view, column) for column in own)


def list_columns(name: str) -> frozenset[str]:
    """The columns of a view or of a twin that hold a list, as JSON."""
    view = english(name)
    kinds = {f.name: str(f.type) for f in dataclasses.fields(VIEWS[view])} if view in VIEWS else {}
    pairs = zip(all_columns(view), all_columns(name), strict=True)
    return frozenset(shown for column, shown in pairs if "tuple" in kinds.get(column, ""))


def select(name: str, *, at: bool = False, source: bool = False) -> str:
    """The SELECT of a view or of a twin: as it is now, or `at` the time :at; of `source` :source_id alone, or of all."""
    view = english(name)
    if view in _EVENTS:
        text = _up_to(view, at=at, source=source)
    else:
        text = _of_moment(view, _moment(source)) if at else _newest(view, source)
    return text if name == view else _twin(view, f"({text})")


def select_of_capture(view: str) -> str:
    """The SELECT of what the capture :capture_id of the source :source_id says, as a view of records shows it."""
    return _of_moment(view, "moment AS (SELECT :source_id AS source_id, :capture_id AS capture_id)")


def select_of_kept(view: str) -> str:
    """The SELECT of a view that is derived from others, of those rows that are kept of the source :source_id."""
    return f"WITH {_SERIES_KEPT}{_DERIVE[view]}"


def _newest(view: str, source: bool) -> str:
    """What is kept of the newest captures; a source's last visit is when all that it says was last seen."""
    table, listed = newest_table(view), ", ".join(all_columns(view))
    where = "WHERE source_id = :source_id\n" if source else ""
    seen = f"standing JOIN (SELECT capture_id, captured_at AS last_seen FROM capture) USING (capture_id)\nCROSS JOIN {table} USING (source_id)"
    return f"SELECT {listed}\nFROM {seen if view in VIEWS else table}\n{where}ORDER BY source_id, nth"


def _record_columns(view: str) -> tuple[str, ...]:
    return (*columns(view), "record_id", "first_seen", "last_seen", "text_start", "text_end")


def _over_all(view: str, *more: str) -> str:
    """The rows of every good capture: what was said then, and where it stood; with `more` columns."""
    expressions = {
        "record_id": "v.record_id",
        "first_seen": "f.captured_at AS first_seen",
        "last_seen": "c.captured_at AS last_seen",
        "project": "o.name AS project",
        "project_position": "op.position AS project_position",
        **{name: f"p.{name}" for name in place_columns(view)},
        **{name: f"{value} AS {name}" for name, value in _SPAN.items()},
    }
    listed = ", ".join((*(expressions.get(name, f"v.{name}") for name in _record_columns(view)), *more))
    place = f"LEFT JOIN place p ON {_holding('p', 'place', 'r.record_id')}\n" if place_columns(view) else ""
    owner = (
        f"LEFT JOIN project_version o ON {_holding('o', 'project_version', 'v.project_id')}\n"
        f"LEFT JOIN place op ON {_holding('op', 'place', 'v.project_id')}\n"
        if columns(view, OWNER)
        else ""
    )
    return (
        f"SELECT r.source_id, c.capture_id, {listed}\n"
        f"FROM capture c JOIN record r ON r.source_id = c.source_id AND r.view = '{view}'\n"
        f"JOIN {version_table(view)} v ON {_holding('v', version_table(view), 'r.record_id')}\n"
        f"{place}{owner}LEFT JOIN layout y ON {_last('y', 'layout', 'r.source_id', '<= c.capture_id', key='source_id')}\n"
        f"LEFT JOIN capture f ON f.capture_id = r.first_capture_id\n"
        f"WHERE c.outcome IN {GOOD!r}"
    )


def _holding(alias: str, table: str, record_id: str) -> str:
    """The row that held at capture c: the last one begun by then, if it had not ended."""
    begun = _last(alias, table, record_id, "<= c.capture_id")
    return f"{begun} AND ({alias}.valid_to IS NULL OR {alias}.valid_to > c.capture_id)"


def _last(alias: str, table: str, of: str, begun: str, *, key: str = "record_id") -> str:
    """The last row of a record, or of what else is the key, that was begun by then."""
    return f"{alias}.{key} = {of} AND {alias}.valid_from = {_in_last('valid_from', table, of, begun, key=key)}"


def _in_last(column: str, table: str, of: str, begun: str, *, key: str = "record_id") -> str:
    """What stands in that row: one seek, however many there are; with `max()` it is the same and takes SQLite longer."""
    return f"(SELECT {column} FROM {table} WHERE {key} = {of} AND valid_from {begun} ORDER BY valid_from DESC LIMIT 1)"


@cache
def select_entries(view: str, *, gone: bool = False) -> str:
    """The SELECT of the records themselves: record_id, the owner's record_id, number, own columns.

    They are those of :source_id as of :capture_id, whose owners are among them and have the columns that are theirs; with
    `gone` those that stand no more, each as it stood last, and before their own columns `layout`, the capture since which
    the text was laid out as it was then.
    """
    table = version_table(view)
    begun = "IS NOT NULL" if gone else "<= :capture_id"
    ended = "v.valid_to IS NOT NULL" if gone else "(v.valid_to IS NULL OR v.valid_to > :capture_id)"
    by_then = "< v.valid_to" if gone else begun
    expressions = {
        "project": _in_last("name", "project_version", "v.project_id", by_then) if gone else "NULL",
        "project_position": _in_last("position", "place", "v.project_id", by_then) if gone else "NULL",
        **{name: _in_last(name, "place", "r.record_id", by_then) for name in place_columns(view)},
    }
    listed = ", ".join(expressions.get(name, f"v.{name}") for name in columns(view))
    owner = "v.project_id" if columns(view, OWNER) else "NULL"
    layout = f"{_in_last('valid_from', 'layout', ':source_id', by_then, key='source_id')}, " if gone else ""
    return (
        f"SELECT v.record_id, {owner}, r.number, {layout}{listed}\n"
        f"FROM record r CROSS JOIN {table} v ON {_last('v', table, 'r.record_id', begun)} AND {ended}\n"
        f"WHERE r.source_id = :source_id AND r.view = '{view}'"
    )


def _moment(source: bool) -> str:
    """Which capture of each source counts at the time :at, as the first table of a WITH."""
    return (
        "moment AS MATERIALIZED (\n"
        "  SELECT s.source_id, (\n"
        f"    SELECT capture_id FROM capture WHERE source_id = s.source_id AND outcome IN {GOOD!r}"
        " AND captured_at <= :at\n"
        "    ORDER BY captured_at DESC, capture_id DESC LIMIT 1\n"
        f"  ) AS capture_id FROM source s{' WHERE s.source_id = :source_id' if source else ''}\n"
        ")"
    )


def _of_moment(view: str, moment: str) -> str:
    """The rows of a view when the captures of a moment count."""
    return f"WITH {moment}{_series_of_moment() + _DERIVE[view] if view in _DERIVE else _rows_at(view)}"


def _rows_at(view: str) -> str:
    return (
        f"\nSELECT {', '.join(all_columns(view))}\nFROM moment CROSS JOIN {view}_at USING (source_id, capture_id)\n"
        "ORDER BY source_id, text_start, text_end"
    )


def select_totals(*, source: bool = False) -> str:
    """The SELECT of the columns of a total: what the section of each year says of that year, newest first."""
    return (
        "SELECT source_id, fiscal_year, sum(amount_yen) AS amount_yen,\n"
        "  count(amount_yen) AS figures, count(*) - count(amount_yen) AS dashes\n"
        f"FROM {newest_table('budgets')} WHERE budget_year = fiscal_year"
        f"{' AND source_id = :source_id' if source else ''}\n"
        "GROUP BY source_id, fiscal_year ORDER BY source_id, fiscal_year DESC"
    )


def _up_to(view: str, *, at: bool, source: bool) -> str:
    """The rows of what happened, in its order; or those whose capture had been taken by then."""
    table, order = _EVENTS[view]
    conditions = ["capture_id IN (SELECT capture_id FROM capture WHERE captured_at <= :at)"] if at else []
    conditions += ["source_id = :source_id"] if source else []
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {', '.join(all_columns(view))} FROM {table}{where} ORDER BY {order}"


def _series_of_moment() -> str:
    """The projects of a moment and their budgets, each with the series that it belongs to: the project's name in one width."""
    projects = _over_all("projects", "v.name_folded AS series", "v.name_stem AS stem")
    budgets = _over_all("budgets", "o.name_folded AS series")
    return f",\n{_rows_of_moment('project', projects)},\n{_rows_of_moment('figure', budgets)}"


# The same of the rows that are kept. A name is in one width what it ever was.
_SERIES_KEPT = f"""project AS MATERIALIZED (
  SELECT DISTINCT p.*, name_folded AS series, name_stem AS stem
  FROM {newest_table("projects")} p CROSS JOIN project_version USING (record_id, name) WHERE p.source_id = :source_id
),
figure AS MATERIALIZED (
  SELECT b.*, series FROM {newest_table("budgets")} b
  CROSS JOIN (SELECT DISTINCT name, series FROM project) ON name = project WHERE b.source_id = :source_id
)"""


def _rows_of_moment(name: str, over_all: str) -> str:
    """A table of a WITH that is read once; CROSS JOIN so that SQLite goes by the moment and not through all captures."""
    return (
        f"{name} AS MATERIALIZED (\n  SELECT * FROM moment CROSS JOIN ({over_all})\n  USING (source_id, capture_id)\n)"
    )


# One figure in two sections, each with the next section that prints it again.
_RESTATEMENTS = """
SELECT a.source_id, a.project, a.budget_year, a.fiscal_year, a.amount_yen,
  b.fiscal_year AS later_fiscal_year, b.amount_yen AS later_amount_yen, b.amount_yen - a.amount_yen AS difference_yen
FROM figure a JOIN figure b USING (source_id, series, budget_year)
WHERE b.amount_yen IS NOT a.amount_yen AND b.fiscal_year = (
  SELECT min(c.fiscal_year) FROM figure c
  WHERE c.source_id = a.source_id AND c.series = a.series AND c.budget_year = a.budget_year
    AND c.fiscal_year > a.fiscal_year
)
ORDER BY a.source_id, a.budget_year DESC, a.fiscal_year DESC, a.project, a.text_start, b.text_start"""


# Every figure of a project over the years: whether its own year's section states it, and whether they agree; what its series is
# called in its newest section, and how sure it is in each of its sections: two projects of the name may stand there, or a
# name of the same stem anywhere on the page.
_BUDGET_SERIES = """,
name AS (
  SELECT DISTINCT source_id, fiscal_year, series,
    first_value(name) OVER (PARTITION BY source_id, series ORDER BY fiscal_year DESC, text_start) AS newest,
    count(*) OVER (PARTITION BY source_id, series, fiscal_year) AS projects,
    min(series) OVER (PARTITION BY source_id, stem) <> max(series) OVER (PARTITION BY source_id, stem) AS has_similar
  FROM project
),
stated AS (
  SELECT *, fiscal_year = budget_year AS is_own,
    count(*) OVER (PARTITION BY source_id, series, budget_year, fiscal_year) AS figures
  FROM figure JOIN name USING (source_id, fiscal_year, series)
)
SELECT source_id, series, newest AS project, budget_year, fiscal_year, amount_yen, printed, basis,
  CASE WHEN is_own THEN 'own-year' WHEN fiscal_year > budget_year THEN 'restated' ELSE 'forecast' END AS standing,
  fiscal_year = max(fiscal_year) OVER same AS is_newest,
  CASE WHEN NOT is_own AND sum(projects) FILTER (WHERE is_own) OVER same = 1
    THEN amount_yen IS max(amount_yen) FILTER (WHERE is_own) OVER same END AS agrees,
  CASE WHEN projects > 1 THEN 'two-projects' WHEN figures > 1 THEN 'two-figures'
    WHEN has_similar THEN 'similar-name' END AS doubtful,
  record_id, text_start, text_end
FROM stated
WINDOW same AS (PARTITION BY source_id, series, budget_year)
ORDER BY source_id, series, budget_year, fiscal_year, text_start"""


# By view: the table of what happened, and its order.
_EVENTS = {
    "captures": ("capture", "captured_at, capture_id"),
    "changes": ("change", "capture_id, number"),
    "decisions": ("decision", "capture_id, record_id"),
}
# By view: what follows the projects and the figures in the WITH.
_DERIVE = {"restatements": _RESTATEMENTS, "budget_series": _BUDGET_SERIES}


def _twin(view: str, rows: str | None = None) -> str:
    listed = ", ".join(f'{_twin_value(view, name)} AS "{column_label(view, name)}"' for name in all_columns(view))
    return f"SELECT {listed} FROM {rows or view}"


def _twin_value(view: str, name: str) -> str:
    words = VALUE_LABELS.get((view, name))
    if words is None:
        return name
    cases = " ".join(f"WHEN '{ours}' THEN '{theirs}'" for ours, theirs in words.items())
    return f"CASE {name} {cases} ELSE {name} END"
