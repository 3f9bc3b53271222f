"""The front page: what is archived, whether its sources are well, what changed last, budgets over the years,
and the ways to all else: search, questions, views.

In goes an archive, out come the variables of `templates/index.html`, and with `page` the page at `/`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from datasette import Response
from markupsafe import Markup

from .. import history, outline
from ..archive import Archive
from ..diffpage import STYLE, details, is_web
from ..records import GOOD, Source
from . import archives, canned, language, links, pages, searching, subscribing
from .labelling import TITLES, both_years

MOST_CHANGES = 5
"""Captures whose changes the front page tells."""

MOST_SOURCES = 10
"""Sources that are all shown at once, each with a table of its totals; of more, those that are well are folded away."""

MOST_YEARS = 10
"""Fiscal years whose totals stand side by side, where there are more sources."""

WORDS = {
    "title": TITLES,
    "sources": ("対象ページ", "Sources"),
    "name": ("名称", "Name"),
    "health": ("状態", "Health"),
    "well": ("良好", "Well"),
    "not_well": ("要確認", "Not well"),
    "never": ("未取得", "Never visited"),
    "last_visit": ("最終取得", "Last visit"),
    "last_change": ("最終変更", "Last change"),
    "captures": ("取得回数", "Captures"),
    "changes": ("最近の変更", "Newest changes"),
    "no_changes": ("変更はまだありません。", "There are no changes yet."),
    "totals": ("予算額の合計", "Budget totals"),
    "totals_note": (
        "各年度の欄に当年度分として記載された金額の合計。記載のない事業は合計に含まれません。",
        "The sum of what each fiscal year's section states for that year itself; where no figure is printed, none counts.",
    ),
    "year": ("年度", "Fiscal year"),
    "amount": ("合計（円）", "Total (yen)"),
    "figures": ("金額の数", "Figures"),
    "dashes": ("記載なし", "Not printed"),
    "show_well": ("良好な{}ページを表示", "Show the {} that are well"),
    "compare": ("二つの日付を比べる", "Compare two dates"),
    "problems": ("読み取れなかった記載", "What could not be read"),
    "no_totals": ("予算額の記載はありません。", "No budgets are printed."),
    "questions": ("よくある質問", "Questions"),
    "tables": ("データ一覧", "Tables"),
    "others": ("その他のデータベース", "Other databases"),
}
"""What stands on the page besides the archive's own words."""


_overviews: WeakKeyDictionary[Any, dict[str, tuple[object, "Overview"]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the front page shows of an archive; `totals` by the source's id and the fiscal year, newest first."""

    database: str
    not_well: tuple[history.Health, ...]
    well: tuple[history.Health, ...]
    differences: tuple[history.Difference, ...]
    totals: dict[str, dict[int, history.Total]]

    @property
    def sources(self) -> tuple[history.Health, ...]:
        """All sources, those that are not well before the others."""
        return (*self.not_well, *self.well)

    @property
    def has_few(self) -> bool:
        """Whether all sources are shown at once."""
        return len(self.sources) <= MOST_SOURCES

    @property
    def years(self) -> list[int]:
        """The newest fiscal years that any source has a section of."""
        return sorted({year for of_source in self.totals.values() for year in of_source}, reverse=True)[:MOST_YEARS]

    def amounts(self, source_id: str, years: list[int]) -> Markup:
        """The cells of a source's totals in these years, made at once: one by one they are what the page takes longest for."""
        known = self.totals.get(source_id, {})
        cells = (f'<td class="number">{_printed(known.get(year))}</td>' for year in years)
        return Markup("".join(cells))  # noqa: S704 -- numbers and dashes


def _printed(total: history.Total | None) -> str:
    """A total as it stands in a table, a dash where none of its figures is printed, nothing where there is no section."""
    if total is None:
        return ""
    return "－" if total.amount_yen is None else f"{total.amount_yen:,}"


async def variables(datasette: Any) -> dict[str, Any]:
    """The variables of the template, for all archives that Datasette has."""
    names = archives.names(datasette)
    return {
        "overviews": [await archives.ask(datasette, name, partial(_kept, datasette, name)) for name in names],
        "others": [one for one in datasette.databases if one not in (*names, "_internal")],
        "words": language.words(subscribing.WORDS | WORDS),
        "search_words": language.words(searching.WORDS),
        "longest_query": searching.LONGEST_QUERY,
        "questions": canned.titles(),
        "views": {language.names().table(view): label for view, label in language.names().views.items()},
        "good": GOOD,
        "both_years": both_years,
        "count": outline.count,
        "details": partial(details, names=language.names()),
        "is_web": is_web,
        "links": links,
        "style": STYLE,
    }


async def page(request: Any, datasette: Any) -> Response:
    """The page. Datasette's own asks of every table and view whether it may be seen, which takes longer than all else."""
    await datasette.ensure_permissions(request.actor, ["view-instance"])
    shown = {"metadata": datasette.metadata(), **await variables(datasette)}
    return await pages.render(datasette, request, "index.html", shown)


ROUTES: tuple[pages.Route, ...] = ((r"^/$", page),)


def _kept(datasette: Any, database: str, archive: Archive) -> Overview:
    """The overview as it was made for this state of the archive: a run writes a few times a day, and many look."""
    state, kept = archive.state(), _overviews.setdefault(datasette, {})
    if database not in kept or kept[database][0] != state:
        kept[database] = state, overview(database, archive)
    return kept[database][1]


def overview(database: str, archive: Archive) -> Overview:
    """What an archive has to show."""
    rows = archive.sources().values()
    sources = [Source(id=row["source_id"], url=row["url"], name=row["name"]) for row in rows]
    healths = history.status(archive, sources)
    totals: dict[str, dict[int, history.Total]] = {}
    for total in history.totals(archive):
        totals.setdefault(total.source_id, {})[total.fiscal_year] = total
    return Overview(
        database=database,
        not_well=tuple(one for one in healths if one.outcome not in GOOD),
        well=tuple(one for one in healths if one.outcome in GOOD),
        differences=tuple(history.newest_changes(archive, MOST_CHANGES)),
        totals=totals,
    )
