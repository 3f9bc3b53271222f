"""A source over time: `/source/SOURCE_ID[?before=CAPTURE_ID]`.

What it is and whether it is well, its budgets as a chart, its fiscal years and projects as the newest good capture has
them, and its visits, newest first: those in a row that brought nothing new are one line. `before` goes on with the
visits before a capture. 404 where there is no such source.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from datasette import Response

from .. import history
from ..archive import Archive, Capture
from ..charts import Row
from ..diffpage import is_web
from ..japanese.width import fold
from ..records import GOOD, Source
from . import archives, canned, capture, difference, language, links, pages, pictures, sections, subscribing, timeline
from .labelling import both_years

MOST_VISITS = 500
"""Captures that a page tells of."""

WORDS = {
    "url": ("アドレス", "Address"),
    "publisher": ("公表者", "Publisher"),
    "health": ("状態", "Health"),
    "well": ("良好", "Well"),
    "not_well": ("要確認", "Not well"),
    "last_visit": ("最終取得", "Last visit"),
    "failures": ("良好でない取得が{}回続いています。", "Not well {} times in a row."),
    "first_visit": ("初回取得", "First visit"),
    "last_good": ("最後に正常な取得", "Last good capture"),
    "last_change": ("最終変更", "Last change"),
    "never": ("なし", "never"),
    "captures": ("取得回数", "Captures"),
    "problems": ("読み取れなかった記載", "What could not be read"),
    "budgets": ("予算額", "Budgets"),
    "years": ("年度の欄", "Fiscal years"),
    "total": ("当年度分の合計（円）", "Total of the year itself (yen)"),
    "figures": ("金額の数", "Figures"),
    "dashes": ("記載なし", "Not printed"),
    "projects": ("事業", "Projects"),
    "in_years": ("記載のある年度の欄", "Fiscal years whose sections list it"),
    "no_records": ("正常な取得はまだありません。", "There is no good capture yet."),
    "visits": ("取得の履歴", "Visits"),
    "times": ("{}回", "{} times"),
    "since": ("～", "to"),
    "brought": ("変更を見る", "Show the changes"),
    "older": ("これより前の取得", "Earlier visits"),
    "newest": ("最新の取得から", "From the newest visit"),
    "questions": ("この対象ページについての質問", "Questions about this source"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A project, as its newest section lists it, and the fiscal years whose sections do, newest first."""

    newest: sections.Listed
    years: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an archive has of a source; `row` is its own, `captures` its visits, newest first, at most `MOST_VISITS`.

    `marks` are all of its visits on a strip of time.
    """

    database: str
    row: Mapping[str, Any]
    health: history.Health
    first_visit: str
    marks: tuple[timeline.Marks, ...]
    series: tuple[Row, ...]
    totals: Mapping[int, history.Total]
    projects: tuple[Span, ...]
    years: tuple[int, ...]
    captures: tuple[Capture, ...]
    changes: Mapping[str, Mapping[str, int]]
    older: str | None


async def page(request: Any, datasette: Any) -> Response:
    """The source, and the ways to all that is known of it."""
    source_id, words = request.url_vars["source_id"], language.words(subscribing.WORDS | WORDS)
    found = await archives.first(datasette, lambda archive: archive.sources().get(source_id))
    if found is None:
        raise pages.no_source(source_id)
    before = request.args.get("before")
    told = await archives.ask(datasette, found.database, partial(_told, found.database, found.answer, before))
    shown = {
        "words": words,
        "comparing": language.words(difference.WORDS),
        "links": links,
        "told": told,
        "before": before,
        "good": GOOD,
        "is_web": is_web,
        "both_years": both_years,
        "picture": pictures.measure(datasette, told.series, told.row["name"]),
        "meanings": language.words(capture.MEANINGS),
        "steps": timeline.STEPS,
        "day": pages.day,
        "visits": timeline.stretches(told.captures, told.changes),
        "questions": _questions(datasette, told),
    }
    return await pages.render(datasette, request, "source.html", shown)


ROUTES = ((r"^/source/(?P<source_id>[^/]+)$", pages.refusing(page)),)


def _told(database: str, row: Mapping[str, Any], before: str | None, archive: Archive) -> Told:
    source_id = row["source_id"]
    source = Source(id=source_id, url=row["url"], name=row["name"])
    outcomes = archive.outcomes(source_id)[source_id]
    newest = archive.newest_good(source_id)
    entries = archive.entries(source_id, newest.capture_id) if newest else {}
    captures = archive.captures(source_id, before=before, most=MOST_VISITS + 1)
    return Told(
        database=database,
        row=row,
        health=history.health(source, outcomes),
        first_visit=outcomes[-1].captured_at,
        marks=tuple(timeline.strip(outcomes)),
        series=tuple(archive.table("budget_series", source_id=source_id).objects()),
        totals={one.fiscal_year: one for one in history.totals(archive, source_id)},
        projects=tuple(spans(sections.projects(entries))),
        years=tuple(sections.fiscal_years(entries)),
        captures=tuple(captures[:MOST_VISITS]),
        changes=archive.changed_records(source_id),
        older=captures[MOST_VISITS - 1].capture_id if len(captures) > MOST_VISITS else None,
    )


def spans(listed: Iterable[sections.Listed]) -> list[Span]:
    """The projects that sections list, each of one name in whatever width, those of the newest section first."""
    by_name: dict[str, list[sections.Listed]] = {}
    for one in sorted(listed, key=lambda one: -one.project.fiscal_year):
        by_name.setdefault(fold(one.project.name), []).append(one)
    return [
        Span(newest=same[0], years=tuple(dict.fromkeys(one.project.fiscal_year for one in same)))
        for same in by_name.values()
    ]


def _questions(datasette: Any, told: Told) -> dict[str, str]:
    """The questions, each asked of this source, by its address."""
    asked = urlencode({"source": told.row["source_id"]})
    return {f"{datasette.urls.query(told.database, name)}?{asked}": title for name, title in canned.titles().items()}
