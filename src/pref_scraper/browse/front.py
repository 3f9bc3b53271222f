"""The front page: what is archived, whether its sources are well, what changed last, budgets over the years,
and the ways to all else: search, questions, views.

In goes an archive, out come the variables of `templates/index.html`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from .. import history, outline
from ..archive import Archive
from ..diffpage import is_web
from ..labels import CHANGE_LABELS, OUTCOME_LABELS, VIEW_LABELS
from ..records import GOOD, Source
from . import archives, questions, searching
from .labelling import TITLE, both_years

MOST_CHANGES = 5
"""Captures whose changes the front page tells."""

WORDS = {
    "sources": "対象ページ",
    "name": "名称",
    "health": "状態",
    "well": "良好",
    "not_well": "要確認",
    "never": "未取得",
    "last_visit": "最終取得",
    "last_change": "最終変更",
    "captures": "取得回数",
    "changes": "最近の変更",
    "no_changes": "変更はまだありません。",
    "before": "変更前",
    "after": "変更後",
    "none": "なし",
    "by": "増減",
    "totals": "予算額の合計",
    "totals_note": "各年度の欄に当年度分として記載された金額の合計。記載のない事業は合計に含まれません。",
    "year": "年度",
    "amount": "合計（円）",
    "figures": "金額の数",
    "dashes": "記載なし",
    "no_totals": "予算額の記載はありません。",
    "questions": "よくある質問",
    "tables": "データ一覧",
    "japan": "日本時間",
    "others": "その他のデータベース",
}
"""What stands on the page besides the archive's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the front page shows of an archive; `totals` by the source's id."""

    database: str
    healths: tuple[history.Health, ...]
    differences: tuple[history.Difference, ...]
    totals: dict[str, list[history.Total]]


async def variables(datasette: Any) -> dict[str, Any]:
    """The variables of the template, for all archives that Datasette has."""
    names = archives.names(datasette)
    return {
        "overviews": [await archives.ask(datasette, name, partial(overview, name)) for name in names],
        "others": [one for one in datasette.databases if one not in (*names, "_internal")],
        "page_title": TITLE,
        "words": WORDS,
        "search_words": searching.WORDS,
        "longest_query": searching.LONGEST_QUERY,
        "questions": {name: one["title"] for name, one in questions.canned().items()},
        "views": VIEW_LABELS,
        "change_labels": CHANGE_LABELS,
        "outcome_labels": OUTCOME_LABELS,
        "good": GOOD,
        "in_japan": history.in_japan,
        "both_years": both_years,
        "outline": outline,
        "is_web": is_web,
    }


def overview(database: str, archive: Archive) -> Overview:
    """What an archive has to show."""
    rows = archive.sources().values()
    sources = [Source(id=row["source_id"], url=row["url"], name=row["name"]) for row in rows]
    totals: dict[str, list[history.Total]] = {}
    for total in history.totals(archive):
        totals.setdefault(total.source_id, []).append(total)
    return Overview(
        database=database,
        healths=tuple(history.status(archive, sources)),
        differences=tuple(history.newest_changes(archive, MOST_CHANGES)),
        totals=totals,
    )
