"""What the questions are made of: a question and its parameters, and the SQL that several share; pure text.

Of every question the first table of the WITH is `asked`, one row with a text per parameter, empty
where nothing was given. The pieces below read it: which source, which projects, which captures.
`(SELECT source FROM asked)` and not a join, so that SQLite looks at the asked source alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..diff import MAIN
from ..labels import CHANGE_LABELS, VALUE_LABELS, VIEW_LABELS, column_label
from ..records import BODY, GOOD, PLACE, VIEWS, columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What may be asked for: `name` in the SQL, `label` on the page, an `example` for the documentation."""

    name: str
    label: str
    help: str
    help_en: str
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question; `name` is its address.

    `tables` stand in the WITH after `asked`, each as `name AS (…)`; `columns` are those of `select`.
    """

    name: str
    title: str
    title_en: str
    help: str
    help_en: str
    parameters: tuple[Parameter, ...]
    tables: tuple[str, ...]
    columns: tuple[str, ...]
    select: str

    def sql(self) -> str:
        """The question, with `:name` for each parameter."""
        return self._sql({parameter.name: f":{parameter.name}" for parameter in self.parameters})

    def example(self) -> str:
        """The question with the example of each parameter in its place, for any tool that speaks SQL."""
        return self._sql({parameter.name: _quoted(parameter.example) for parameter in self.parameters})

    def _sql(self, values: Mapping[str, str]) -> str:
        asked = ", ".join(f"trim({value}) AS {name}" for name, value in values.items())
        tables = ",\n".join((f"asked AS (SELECT {asked})", *self.tables))
        return f"WITH {tables}\n{self.select}"


@cache
def labelled_sql(question: Question) -> str:
    """The same rows with Japanese names of columns, kinds and fields."""
    listed = ", ".join(f'{_in_japanese(name)} AS "{column_label("", name)}"' for name in question.columns)
    return f"SELECT {listed} FROM (\n{question.sql()}\n)"


def _quoted(text: str) -> str:
    marked = text.replace("'", "''")
    return f"'{marked}'"


# By column: what stands in place of the program's own words.
_KINDS = VALUE_LABELS["statements", "kind"]
_SHOWN: dict[str, Mapping[str, str]] = {
    "change": CHANGE_LABELS,
    "doubtful": VALUE_LABELS["budget_series", "doubtful"],
    "field": {name: column_label("", name) for view in VIEWS for name in columns(view, BODY, PLACE)} | _KINDS,
    "kind": _KINDS,
    "record": VIEW_LABELS,
    "standing": VALUE_LABELS["budget_series", "standing"],
}


def _in_japanese(column: str) -> str:
    cases = " ".join(f"WHEN {_quoted(ours)} THEN {_quoted(theirs)}" for ours, theirs in _SHOWN.get(column, {}).items())
    return f"CASE {column} {cases} ELSE {column} END" if cases else column


OF_SOURCE = "(SELECT source FROM asked) IN ('', source_id)"
"""The condition that a row is of the asked source, or of any where none was asked for."""


PROJECTS = f"""project AS MATERIALIZED (
  SELECT source_id, fiscal_year, position, name, flag, record_id FROM projects WHERE {OF_SOURCE}
)"""

WANTED = """wanted AS MATERIALIZED (
  SELECT DISTINCT source_id, name AS project FROM (
    SELECT source_id, name, rank() OVER (ORDER BY (SELECT project FROM asked) NOT IN (name, record_id)) AS likeness
    FROM project
    WHERE (SELECT project FROM asked) = record_id OR instr(name, (SELECT project FROM asked)) > 0
  )
  WHERE likeness = 1
)"""
"""Of the table `project` the names that are asked for: of that very name or record_id, else with it as a part."""

FIGURES = f"""figure AS MATERIALIZED (
  SELECT source_id, fiscal_year, project_position, project, budget_year, amount_yen, printed, basis, record_id
  FROM budgets WHERE {OF_SOURCE}
)"""

SECTIONS = f"""section AS MATERIALIZED (
  SELECT source_id, fiscal_year, heading, min(fiscal_year) OVER same AS oldest, max(fiscal_year) OVER same AS newest
  FROM years WHERE {OF_SOURCE} WINDOW same AS (PARTITION BY source_id)
)"""
"""Every fiscal year's section, with the oldest and the newest of its page."""

SPANS = """span AS MATERIALIZED (
  SELECT source_id, name AS project, min(fiscal_year) AS first_year, max(fiscal_year) AS last_year,
    count(DISTINCT fiscal_year) AS sections
  FROM project GROUP BY source_id, name
)"""
"""The first and the last section that names each project, and how many do."""


def _time(asked: str, empty: str) -> str:
    """The time that a capture or a date means, null where it is neither. A date is its end in Japan, nine hours before UTC."""
    form = "'%Y-%m-%dT%H:%M:%SZ'"
    return f"""CASE WHEN {asked} = '' THEN {empty} ELSE coalesce(
      (SELECT captured_at FROM captures WHERE capture_id = {asked}),
      CASE WHEN {asked} LIKE '____-__-__' THEN strftime({form}, {asked} || ' 23:59:59', '-9 hours')
        WHEN {asked} GLOB '*Z' OR {asked} GLOB '*[+-]??:??' THEN strftime({form}, {asked})
        ELSE strftime({form}, {asked}, '-9 hours') END
    ) END"""


ONE_SOURCE = """one AS MATERIALIZED (
  SELECT coalesce(
    nullif(asked.source, ''),
    (SELECT source_id FROM captures WHERE capture_id IN (asked.since, asked.until)),
    (SELECT source_id FROM captures WHERE outcome = 'changed' ORDER BY captured_at DESC, capture_id DESC LIMIT 1),
    (SELECT min(source_id) FROM captures)
  ) AS source_id FROM asked
)"""
"""The table `one`: the asked source, or where none is, that of an asked capture, or the one that changed last."""


def period(since: str, until: str, of_source: str = OF_SOURCE) -> str:
    """The table `period`: of each source the good captures that two asked moments mean, SQL texts both.

    A moment means the newest good capture up to it: `since` the first where there is none, or where it is
    empty; `until` the newest where it is empty. A capture speaks for its own source alone.
    """
    return f"""named AS MATERIALIZED (
  SELECT {since} AS since, {until} AS until FROM asked
),
moment AS MATERIALIZED (
  SELECT {_time("since", "''")} AS since_time,
    {_time("until", "'~'")} AS until_time
  FROM named
),
period AS MATERIALIZED (
  SELECT source_id, coalesce(max(capture_id) FILTER (WHERE captured_at <= since_time), min(capture_id)) AS since_id,
    max(capture_id) FILTER (WHERE captured_at <= until_time) AS until_id
  FROM captures CROSS JOIN moment
  WHERE {of_source} AND outcome IN {GOOD!r} AND since_time IS NOT NULL
  GROUP BY source_id
  HAVING max(captured_at <= until_time) AND NOT EXISTS (
    SELECT 1 FROM named JOIN captures other ON other.capture_id IN (since, until)
    WHERE other.source_id <> captures.source_id
  )
)"""


def said(view: str, listed: str) -> str:
    """The rows v of a view at both ends of `period`: which `side` (since, until), source_id, and the columns listed."""
    return "\n  UNION ALL ".join(
        f"SELECT '{side}' AS side, v.source_id, {listed}\n"
        f"  FROM period CROSS JOIN {view}_at v ON v.source_id = period.source_id AND v.capture_id = period.{side}_id"
        for side in ("since", "until")
    )


CAME_OR_WENT = """came_or_went AS MATERIALIZED (
  SELECT DISTINCT source_id, since_id, until_id, record, record_id FROM period JOIN changes USING (source_id)
  WHERE capture_id > min(since_id, until_id) AND capture_id <= max(since_id, until_id)
    AND change IN ('added', 'removed', 'reappeared')
)"""
"""The records that any capture of `period` brought or took: no other stands at one of its ends alone."""


def said_of_those(view: str, listed: str) -> str:
    """The rows v of a view at both ends, of the records in `came_or_went` alone; as `said`, with the record_id."""
    return "\n  UNION ALL ".join(
        f"SELECT '{side}' AS side, v.source_id, v.record_id, {listed}\n"
        f"  FROM came_or_went t CROSS JOIN {view}_at v ON v.source_id = t.source_id AND v.capture_id = t.{side}_id"
        f" AND v.record_id = t.record_id\n  WHERE t.record = '{view}'"
        for side in ("since", "until")
    )


_DATE = "(SELECT date FROM asked)"

PAGES = f"""page AS MATERIALIZED (
  SELECT *, (
    SELECT min(other.capture_id) FROM captures c JOIN captures other USING (source_id, payload_digest)
    WHERE c.capture_id = found.capture_id
  ) AS held_by
  FROM (
    SELECT source_id, capture_id, title FROM pages WHERE {OF_SOURCE} AND {_DATE} = ''
    UNION ALL SELECT source_id, capture_id, title
    FROM period JOIN pages_at USING (source_id) WHERE capture_id = until_id AND {_DATE} <> ''
  ) found
)"""
"""The table `page`: of each source the capture at the end of `period`, and the first one of the same bytes, which holds them."""


def said_on_page(view: str, listed: str) -> str:
    """The rows v of a view on `page`: source_id and the columns listed; the newest ones, which are ready, where no date is asked."""
    return (
        f"SELECT source_id, {listed} FROM page CROSS JOIN {view} v USING (source_id) WHERE {_DATE} = ''\n"
        f"  UNION ALL SELECT source_id, {listed} FROM page CROSS JOIN {view}_at v USING (source_id, capture_id)"
        f" WHERE {_DATE} <> ''"
    )


# Where words stand: view, what the row calls it, column. Columns as they are, or SQLite would read every source.
_PROSE = (
    ("years", "'subtitle'", "subtitle"),
    ("measures", "'name'", "name"),
    ("basic_projects", "'name'", "name"),
    ("purposes", "'target'", "target"),
    ("purposes", "'intent'", "intent"),
    ("targets", "'item'", "item"),
    ("targets", "'note'", "note"),
    ("statements", "kind", "text"),
    ("projects", "'name'", "name"),
    ("projects", "'overview'", "overview"),
)
WORDS = "words AS MATERIALIZED (\n  {}\n)".format(
    "\n  UNION ALL ".join(
        f"SELECT source_id, fiscal_year, '{view}' AS record, {field} AS field, {column} AS text"
        f" FROM {view} WHERE {OF_SOURCE}"
        for view, field, column in _PROSE
    )
)

# Every record of both captures, its compared fields as one JSON object.
_COMPARED = [view for view in VIEWS if view != "problems"]
_FIELDS = {view: ", ".join(f"'{name}', v.{name}" for name in columns(view, BODY, PLACE)) for view in _COMPARED}
_YEARS = {view: "v.fiscal_year" if "fiscal_year" in columns(view) else "NULL" for view in _COMPARED}
_LABELS = {view: f"substr(v.{MAIN[view]}, 1, 40)" for view in _COMPARED} | {
    "budgets": "v.project || ' ' || v.budget_year"
}
VALUES = """record AS (
  {}
),
value AS (
  SELECT side, source_id, record, record_id, fiscal_year, label, field.key AS field, field.value AS value
  FROM record CROSS JOIN json_each(said) AS field
)""".format(
    "\n  UNION ALL ".join(
        said(
            view,
            f"'{view}' AS record, v.record_id, {_YEARS[view]} AS fiscal_year, {_LABELS[view]} AS label,"
            f" json_object({_FIELDS[view]}) AS said",
        )
        for view in _COMPARED
    )
)
