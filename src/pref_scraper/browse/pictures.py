"""Charts as parts of our pages: from rows of the view `budget_series` to what `templates/_chart.html` shows.

A page that has one asks for it, gives it to its template, and writes there

    {% from "_chart.html" import chart, chart_head %}
    {% block extra_head %}{{ super() }}{{ chart_head(urls) }}{% endblock %}
    … {{ chart(picture) }}

Without a printed figure there is nothing to draw, and the part is a table alone; without rows a sentence.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .. import charts
from ..charts import Row, Spec, Told
from . import language, links

WORDS = {
    "project_note": (
        "線は、各年度の欄が当年度分として記す金額を結ぶ。記載のない年度では途切れる。",
        "The line joins what each fiscal year's section states for that year; it breaks where nothing is printed.",
    ),
    "measure_note": (
        "各年度の欄が当年度分として記す金額を事業ごとに積み上げたもの。記載のない事業は含まない。",
        "What each fiscal year's section states for that year, project by project; where nothing is printed, none counts.",
    ),
    "aloud": (
        "{title}: 年度ごとの予算額の図。同じ数値が下の表にある。",
        "{title}: a chart of the budget by fiscal year. The table below has the same figures.",
    ),
    "svg": ("SVGで保存", "Save as SVG"),
    "png": ("PNGで保存", "Save as PNG"),
    "table": ("数値の表", "Table of the figures"),
    "place": ("原文", "Source"),
    "failed": (
        "図を描けませんでした。数値は表にあります。",
        "The chart could not be drawn. The table has the figures.",
    ),
    "nothing": ("予算額の記載はありません。", "No budgets are printed."),
}

_FOR_NO_FILE = re.compile(r'[\x00-\x1f\\/:*?"<>|]+')
_LONGEST_FILE_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart with its table.

    `spec` is for Vega-Lite, None where no figure is printed; `aloud` is what it is in a sentence, `note` how it is
    read; `figures` are the rows in words, each with the address of its place in the archived page, `totals` their sums by
    year, None for a single project; `file` is the name, without an ending, under which the chart is saved.
    """

    title: str
    spec: Spec | None
    aloud: str
    note: str
    file: str
    figures: tuple[tuple[Told, str], ...]
    totals: dict[str, str] | None
    words: dict[str, str]


def project(datasette: Any, rows: Iterable[Row], capture_id: str | None = None, *, source: str = "") -> Picture:
    """The chart of the rows of one series, as of a capture, or of the newest good one as the view has them.

    `source` is the source's name, which then stands in what is saved.
    """
    listed = [*rows]
    title = listed[0]["project"] if listed else ""
    spec = charts.project(listed, language.names(), source)
    return _picture(datasette, listed, capture_id, title=title, spec=spec, note="project_note")


def measure(datasette: Any, rows: Iterable[Row], title: str, capture_id: str | None = None) -> Picture:
    """The chart of all projects of one source; `title` is the source's name."""
    own = [row for row in rows if row["standing"] == "own-year"]
    spec = charts.measure(own, language.names(), title)
    totals = charts.totals(own, language.names())
    return _picture(datasette, own, capture_id, title=title, spec=spec, note="measure_note", totals=totals)


def _picture(
    datasette: Any,
    rows: Iterable[Row],
    capture_id: str | None,
    *,
    title: str,
    spec: Spec | None,
    note: str,
    totals: dict[str, str] | None = None,
) -> Picture:
    words = language.words(charts.WORDS) | language.words(WORDS)
    told = charts.told(rows, language.names())
    return Picture(
        title=title,
        spec=spec,
        aloud=words["aloud"].format(title=title),
        note=words[note],
        file=_FOR_NO_FILE.sub("_", title)[:_LONGEST_FILE_NAME],
        figures=tuple((one, datasette.urls.path(_place(one.row, capture_id))) for one in told),
        totals=totals,
        words=words,
    )


def _place(row: Row, capture_id: str | None) -> str:
    """Where a figure stands in the archived page."""
    stretch = row["text_start"], row["text_end"]
    return links.original(capture_id, *stretch) if capture_id else links.newest_original(row["source_id"], *stretch)
