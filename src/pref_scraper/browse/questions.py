"""The fifteen questions that are asked of such an archive, as queries over the views of archive.db; pure.

Each has a title, help and parameters in Japanese and English. canned.py gives them to Datasette, in the language
of the page; docs/questions.md shows the same SQL with the views' own names. A parameter is a
text and may be empty, which means all, or the newest.

Nothing is refused here: what is asked for and is not there has no rows.
"""

from dataclasses import replace

from . import asking
from .asking import Parameter, Question, period

_SOURCE = Parameter(
    name="source",
    label="対象ページ",
    help="対象ページの識別子。空欄はすべて",
    help_en="id of a source; empty: all",
)
_ONE_SOURCE = replace(
    _SOURCE,
    help="対象ページの識別子。空欄は取得番号の対象ページ、または最後に変更のあった対象ページ",
    help_en="id of a source; empty: that of the capture_id, or the one that changed last",
)
_PROJECT = Parameter(
    name="project",
    label="事業",
    help="事業の名称、その一部、または記録番号。空欄はすべて",
    help_en="name of a project, a part of it, or its record_id; empty: all",
    example="みえ県民交流センター指定管理事業",
)
_ANY_PROJECT = replace(_PROJECT, example="")
_YEAR = Parameter(
    name="fiscal_year",
    label="年度",
    help="2011 または見出しのとおり平成23年度。空欄はすべて",
    help_en="2011, or as the heading begins, 平成23年度; empty: all",
    example="平成22年度",
)
_PHRASE = Parameter(
    name="phrase",
    label="語句",
    help="探す語句。全角と半角は区別し、大文字と小文字は区別しない",
    help_en="what to look for, in the width that the page has, in either case",
    example="協働",
)
_WHEN = "日付（日本時間のその日の終わり）または取得番号"
_WHEN_EN = "a date, which is its end in Japan, or a capture_id"
_SINCE = Parameter(
    name="since",
    label="いつから",
    help=f"{_WHEN}。空欄は最初の取得",
    help_en=f"{_WHEN_EN}; empty: the first capture",
    example="2026-04-01",
)
_UNTIL = Parameter(
    name="until",
    label="いつまで",
    help=f"{_WHEN}。空欄は最新の取得",
    help_en=f"{_WHEN_EN}; empty: the newest capture",
    example="2026-06-30",
)
_DATE = Parameter(
    name="date",
    label="時点",
    help=f"{_WHEN}。空欄は最新の取得",
    help_en=f"{_WHEN_EN}; empty: the newest capture",
)

_CITED = "v.project, v.budget_year, v.fiscal_year, v.printed, v.text_start, v.text_end, v.record_id"

QUESTIONS = (
    Question(
        name="project-figures",
        title="事業の予算額を、記載した年度ごとに",
        title_en="One project's figures as stated in each section",
        help="ある年度の予算額を、どの年度の欄がいくらと記しているか。後の年度の再掲も並べます。",
        help_en="Which section states which figure for which year; also where a later one states it again.",
        parameters=(_SOURCE, _PROJECT),
        tables=(asking.PROJECTS, asking.WANTED, asking.FIGURES),
        columns=(
            *("source_id", "project", "budget_year", "fiscal_year", "amount_yen", "printed", "basis"),
            *("standing", "record_id"),
        ),
        select="""SELECT source_id, project, budget_year, fiscal_year, amount_yen, printed, basis,
  CASE WHEN fiscal_year = budget_year THEN 'own-year' WHEN fiscal_year > budget_year THEN 'restated'
    ELSE 'forecast' END AS standing,
  record_id
FROM figure JOIN wanted USING (source_id, project)
ORDER BY source_id, project, budget_year, fiscal_year, project_position, printed""",
    ),
    Question(
        name="restated-figures",
        title="後の年度で違う額になった予算額",
        title_en="All restatements",
        help="同じ事業の同じ年度の予算額が、後の年度の欄で違う額になっているもの。",
        help_en="Figures that a later section prints differently.",
        parameters=(_SOURCE, _ANY_PROJECT),
        tables=(asking.PROJECTS, asking.WANTED),
        columns=(
            *("source_id", "project", "budget_year", "fiscal_year", "amount_yen"),
            *("later_fiscal_year", "later_amount_yen", "difference_yen"),
        ),
        select=f"""SELECT source_id, project, budget_year, fiscal_year, amount_yen,
  later_fiscal_year, later_amount_yen, difference_yen
FROM restatements
WHERE {asking.OF_SOURCE} AND (source_id, project) IN (SELECT source_id, project FROM wanted)
ORDER BY source_id, budget_year DESC, fiscal_year DESC, project""",
    ),
    Question(
        name="statements-between",
        title="二つの日付の間に現れた文、消えた文",
        title_en="Statements added or removed between two dates",
        help="現状と課題、取組方向、取組のうち、一方の日付にだけあるもの。言い回しの修正は「二つの取得の間で違う値」にあります。",
        help_en="Statements that stand at one of the dates only; one that was reworded is under value-differences.",
        parameters=(_SOURCE, _SINCE, _UNTIL),
        tables=(
            period("since", "until"),
            asking.CAME_OR_WENT,
            f"said AS (\n  {asking.said_of_those('statements', 'v.fiscal_year, v.kind, v.group_name, v.text, v.position')}\n)",
        ),
        columns=("source_id", "fiscal_year", "change", "kind", "group_name", "text", "record_id"),
        select="""SELECT source_id, fiscal_year, CASE side WHEN 'until' THEN 'added' ELSE 'removed' END AS change,
  kind, group_name, text, record_id
FROM said
GROUP BY source_id, record_id
HAVING count(*) = 1
ORDER BY source_id, fiscal_year DESC, change, kind, position""",
    ),
    Question(
        name="new-statements",
        title="その年度に初めて記された文",
        title_en="Statements new in a fiscal year",
        help="それより前のどの年度の欄にも同じ文がないもの。最も古い年度は比べるものがないので除きます。",
        help_en="Those of which no older section has the same text; the oldest section has none before it and is left out.",
        parameters=(_SOURCE, _YEAR),
        tables=(
            asking.SECTIONS,
            f"""statement AS MATERIALIZED (
  SELECT source_id, fiscal_year, kind, group_name, position, text, record_id FROM statements WHERE {asking.OF_SOURCE}
)""",
        ),
        columns=("source_id", "fiscal_year", "kind", "group_name", "position", "text", "record_id"),
        select="""SELECT source_id, fiscal_year, kind, group_name, position, text, record_id
FROM statement s JOIN (
  SELECT DISTINCT source_id, section.fiscal_year FROM section, asked
  WHERE section.fiscal_year > oldest
    AND (CAST(section.fiscal_year AS TEXT) = asked.fiscal_year OR heading LIKE asked.fiscal_year || '%')
) USING (source_id, fiscal_year)
WHERE NOT EXISTS (
  SELECT 1 FROM statement e WHERE e.source_id = s.source_id AND e.text = s.text AND e.fiscal_year < s.fiscal_year
)
ORDER BY source_id, fiscal_year DESC, kind, group_name, position""",
    ),
    Question(
        name="renamed-codes",
        title="同じコードで名称が変わった施策・基本事業",
        title_en="Codes whose name changed",
        help="一つのコードに複数の名称があるもの。各名称の最初と最後の年度、記された年度の数を示します。",
        help_en="Codes with more than one name; of each the first and last section, and how many have it.",
        parameters=(_SOURCE,),
        tables=(
            f"""named AS (
  SELECT source_id, fiscal_year, code, name FROM measures WHERE {asking.OF_SOURCE}
  UNION SELECT source_id, fiscal_year, code, name FROM basic_projects WHERE {asking.OF_SOURCE}
  UNION SELECT source_id, fiscal_year, basic_project_code, basic_project_name FROM projects
  WHERE {asking.OF_SOURCE} AND basic_project_code IS NOT NULL
)""",
        ),
        columns=("source_id", "code", "name", "first_year", "last_year", "sections"),
        select="""SELECT source_id, code, name, first_year, last_year, sections FROM (
  SELECT source_id, code, name, min(fiscal_year) AS first_year, max(fiscal_year) AS last_year,
    count(*) AS sections, count(*) OVER (PARTITION BY source_id, code) AS names
  FROM named GROUP BY source_id, code, name
)
WHERE names > 1
ORDER BY source_id, code, first_year, last_year""",
    ),
    Question(
        name="targets-and-actuals",
        title="数値目標と実績",
        title_en="Targets against actuals",
        help="同じ目標項目の同じ年度について、目標値と、どの年度の欄であれ記された実績値を並べます。",
        help_en="Of each indicator and year the target and the actual value, whichever section states it.",
        parameters=(_SOURCE,),
        tables=(
            f"target AS MATERIALIZED (\n  SELECT * FROM targets WHERE {asking.OF_SOURCE}\n)",
            """point AS (
  SELECT source_id, item, target_year AS year FROM target WHERE target_year IS NOT NULL
  UNION SELECT source_id, item, actual_year FROM target WHERE actual_year IS NOT NULL
)""",
        ),
        columns=(
            *("source_id", "item", "year", "target_value", "target_printed", "target_section"),
            *("actual_value", "actual_printed", "actual_section", "difference", "percent"),
        ),
        select="""SELECT p.source_id, p.item, p.year, t.target_value, t.target_printed, t.fiscal_year AS target_section,
  a.actual_value, a.actual_printed, a.fiscal_year AS actual_section,
  a.actual_value - t.target_value AS difference, round(100.0 * a.actual_value / t.target_value, 1) AS percent
FROM point p
LEFT JOIN target t ON t.source_id = p.source_id AND t.item = p.item AND t.target_year = p.year
LEFT JOIN target a ON a.source_id = p.source_id AND a.item = p.item AND a.actual_year = p.year
ORDER BY p.source_id, p.item, p.year""",
    ),
    Question(
        name="life-spans",
        title="事業の存続期間",
        title_en="Life span of each project",
        help="その名称の事業が最初と最後に記された年度、記された年度の数、間で記されていない年度の数。",
        help_en="The first and last section that names a project, how many do, and how many between them do not.",
        parameters=(_SOURCE, _ANY_PROJECT),
        tables=(asking.PROJECTS, asking.WANTED, asking.SPANS),
        columns=("source_id", "project", "first_year", "last_year", "sections", "missing"),
        select="""SELECT source_id, project, first_year, last_year, sections, last_year - first_year + 1 - sections AS missing
FROM span JOIN wanted USING (source_id, project)
ORDER BY source_id, first_year, last_year, project""",
    ),
    Question(
        name="totals-per-year",
        title="年度ごとの予算総額と、その根拠となる金額の数",
        title_en="Totals per year, with how many figures they rest on",
        help="当年度の欄の合計と金額の数、金額のない（－）数、一事業で二つめ以降の金額の数（二重に数えるおそれ）、翌年度の欄による合計と数。",
        help_en="The total by the year's own section, the figures in it, the dashes, the figures beyond a project's first "
        "(which may count twice), and the total by the next section.",
        parameters=(_SOURCE,),
        tables=(asking.FIGURES,),
        columns=(
            *("source_id", "budget_year", "total_yen", "figures", "dashes", "further_figures"),
            *("later_total_yen", "later_figures"),
        ),
        select="""SELECT source_id, budget_year,
  sum(amount_yen) FILTER (WHERE fiscal_year = budget_year) AS total_yen,
  count(amount_yen) FILTER (WHERE fiscal_year = budget_year) AS figures,
  count(*) FILTER (WHERE fiscal_year = budget_year AND amount_yen IS NULL) AS dashes,
  count(*) FILTER (WHERE fiscal_year = budget_year)
    - count(DISTINCT project_position) FILTER (WHERE fiscal_year = budget_year) AS further_figures,
  sum(amount_yen) FILTER (WHERE fiscal_year = budget_year + 1) AS later_total_yen,
  count(amount_yen) FILTER (WHERE fiscal_year = budget_year + 1) AS later_figures
FROM figure
GROUP BY source_id, budget_year
ORDER BY source_id, budget_year""",
    ),
    Question(
        name="year-on-year",
        title="前年度からの増減（同じ欄の記載どおり）",
        title_en="Year-on-year change as printed",
        help="一つの年度の欄が前年度と当年度の予算額を並べているとき、その増減。",
        help_en="Where one section prints the year before and its own year side by side, the change from one to the other.",
        parameters=(_SOURCE, _ANY_PROJECT),
        tables=(asking.PROJECTS, asking.WANTED, asking.FIGURES),
        columns=(
            *("source_id", "fiscal_year", "project", "previous_printed", "printed"),
            *("previous_amount_yen", "amount_yen", "difference_yen", "percent"),
        ),
        select="""SELECT source_id, b.fiscal_year, project, a.printed AS previous_printed, b.printed,
  a.amount_yen AS previous_amount_yen, b.amount_yen, b.amount_yen - a.amount_yen AS difference_yen,
  round(100.0 * (b.amount_yen - a.amount_yen) / a.amount_yen, 1) AS percent
FROM figure b JOIN figure a USING (source_id, fiscal_year, project_position, project) JOIN wanted USING (source_id, project)
WHERE b.budget_year = b.fiscal_year AND a.budget_year = b.fiscal_year - 1 AND a.basis IS b.basis
ORDER BY source_id, b.fiscal_year DESC, project_position""",
    ),
    Question(
        name="new-projects",
        title="新しい事業とその後",
        title_en="New projects, and what became of them",
        help="最も古い年度より後に初めて記された事業、または「新」「新規」と記された事業。最初と最後の年度の予算額と、最新の年度にあるか。",
        help_en="Projects that a section after the oldest is the first to name, or that are marked as new; with their first "
        "and last figure, and whether the newest section has them.",
        parameters=(_SOURCE,),
        tables=(asking.SECTIONS, asking.FIGURES, asking.PROJECTS, asking.SPANS),
        columns=(
            *("source_id", "project", "first_year", "flag", "first_printed"),
            *("last_year", "last_printed", "is_newest"),
        ),
        select="""SELECT span.source_id, span.project, first_year, p.flag, first.printed AS first_printed,
  last_year, last.printed AS last_printed, last_year = s.newest AS is_newest
FROM span
JOIN (SELECT DISTINCT source_id, oldest, newest FROM section) s USING (source_id)
JOIN (
  SELECT source_id, name AS project, fiscal_year AS first_year, min(position), flag FROM project
  GROUP BY source_id, name, fiscal_year
) p USING (source_id, project, first_year)
LEFT JOIN figure first ON first.source_id = span.source_id AND first.project = span.project
  AND first.fiscal_year = first_year AND first.budget_year = first_year
LEFT JOIN figure last ON last.source_id = span.source_id AND last.project = span.project
  AND last.fiscal_year = last_year AND last.budget_year = last_year
WHERE first_year > s.oldest OR p.flag LIKE '新%'
ORDER BY span.source_id, first_year DESC, span.project""",
    ),
    Question(
        name="vanished-projects",
        title="消えた事業と最後の予算額",
        title_en="Projects that vanished, with their last figure",
        help="最新の年度の欄にない事業が、最後に記された年度と、その欄で最も新しい年度の予算額。",
        help_en="Projects that the newest section does not name: the last section that does, and the newest figure there.",
        parameters=(_SOURCE,),
        tables=(asking.SECTIONS, asking.FIGURES, asking.PROJECTS, asking.SPANS),
        columns=("source_id", "project", "first_year", "last_year", "budget_year", "amount_yen", "printed"),
        select="""SELECT source_id, project, first_year, last_year, f.budget_year, f.amount_yen, f.printed
FROM span
JOIN (SELECT DISTINCT source_id, newest FROM section) USING (source_id)
LEFT JOIN (
  SELECT source_id, project, fiscal_year AS last_year, max(budget_year) AS budget_year, amount_yen, printed FROM figure
  GROUP BY source_id, project, fiscal_year
) f USING (source_id, project, last_year)
WHERE last_year < newest
ORDER BY source_id, last_year DESC, project""",
    ),
    Question(
        name="later-only",
        title="後の年度の欄にしかない予算額",
        title_en="Figures known only from a later section",
        help="当年度の欄に金額がなく、後の年度の欄にだけあるもの。",
        help_en="Figures that a later section prints, and the year's own does not.",
        parameters=(_SOURCE,),
        tables=(asking.FIGURES,),
        columns=("source_id", "project", "budget_year", "fiscal_year", "amount_yen", "printed", "record_id"),
        select="""SELECT source_id, project, budget_year, fiscal_year, amount_yen, printed, record_id
FROM figure f
WHERE fiscal_year > budget_year AND amount_yen IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM figure own
  WHERE own.source_id = f.source_id AND own.project = f.project AND own.budget_year = f.budget_year
    AND own.fiscal_year = f.budget_year AND own.amount_yen IS NOT NULL
)
ORDER BY source_id, budget_year, project, fiscal_year""",
    ),
    Question(
        name="phrase-by-year",
        title="語句が現れる箇所を、年度と種別ごとに",
        title_en="Where a phrase occurs, by kind and year",
        help="語句のある記録の数と、現れる回数。",
        help_en="How many records have the phrase, and how often it occurs in them.",
        parameters=(_SOURCE, _PHRASE),
        tables=(asking.WORDS,),
        columns=("source_id", "fiscal_year", "record", "field", "records", "occurrences"),
        select="""SELECT source_id, fiscal_year, record, field, count(*) AS records,
  sum((length(text) - length(replace(lower(text), lower(phrase), ''))) / length(phrase)) AS occurrences
FROM words CROSS JOIN asked
WHERE phrase <> '' AND instr(lower(text), lower(phrase)) > 0
GROUP BY source_id, fiscal_year, record, field
ORDER BY source_id, fiscal_year DESC, record, field""",
    ),
    Question(
        name="value-differences",
        title="二つの取得の間で違う値",
        title_en="Every value that differs between two captures",
        help="二つの取得または日付の間で違う項目のすべて。追加された記録は変更前が、削除された記録は変更後が空です。",
        help_en="Every field that differs; of a record that was added the old value is null, of one that was removed the new.",
        parameters=(_ONE_SOURCE, _SINCE, _UNTIL),
        tables=(asking.ONE_SOURCE, period("since", "until", "source_id = (SELECT source_id FROM one)"), asking.VALUES),
        columns=("source_id", "fiscal_year", "record", "label", "field", "old", "new", "record_id"),
        select="""SELECT source_id, fiscal_year, record,
  coalesce(max(label) FILTER (WHERE side = 'until'), max(label)) AS label, field,
  max(value) FILTER (WHERE side = 'since') AS old, max(value) FILTER (WHERE side = 'until') AS new, record_id
FROM value
GROUP BY source_id, record, record_id, field
HAVING old IS NOT new
ORDER BY source_id, fiscal_year DESC, record, record_id, field""",
    ),
    Question(
        name="citation",
        title="予算額の出典を、バイト位置まで",
        title_en="A figure's citation, down to its bytes",
        help="予算額が記された取得、その本体を収めたWARCファイルとレコード、本文での位置。事業の欄には予算額の記録番号も書けます。",
        help_en="The capture that says so, the WARC file and record that hold its bytes, and the place in the text. "
        "`project` may be the record_id of a figure, too.",
        parameters=(_SOURCE, _PROJECT, _DATE),
        tables=(
            period("''", "date"),
            asking.PAGES,
            f"project AS MATERIALIZED (\n  {asking.said_on_page('projects', 'v.name, v.record_id')}\n)",
            asking.WANTED,
            f"figure AS MATERIALIZED (\n  {asking.said_on_page('budgets', _CITED)}\n)",
        ),
        columns=(
            *("source_id", "title", "url", "captured_at", "project", "budget_year", "fiscal_year", "printed"),
            *("text_start", "text_end", "warc_file", "warc_offset", "warc_record_id", "payload_digest", "record_id"),
        ),
        select="""SELECT b.source_id, g.title, c.url, c.captured_at, b.project, b.budget_year, b.fiscal_year, b.printed,
  b.text_start, b.text_end, w.warc_file, w.warc_offset, w.warc_record_id, w.payload_digest, b.record_id
FROM figure b JOIN page g USING (source_id)
JOIN captures c ON c.capture_id = g.capture_id
JOIN captures w ON w.capture_id = g.held_by
WHERE (b.source_id, b.project) IN (SELECT source_id, project FROM wanted) OR b.record_id = (SELECT project FROM asked)
ORDER BY b.source_id, b.project, b.budget_year, b.fiscal_year, b.text_start""",
    ),
)
