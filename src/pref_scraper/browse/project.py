"""A project over the fiscal years: `/project/RECORD_ID`, for the record of any of its years, or of one of its figures.

Shown is what the newest good capture says of it, or, where that says nothing more, the last one that did. Every
figure and text leads to its place in the archived page. 404 where there is no such project.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from datasette import Response
from markupsafe import Markup

from .. import history
from ..archive import Archive, Capture
from ..cite import Cited, citations
from ..diffpage import STYLE, details
from ..errors import DamagedError, PrefScraperError
from ..japanese.money import format_amount
from ..labels import VIEW_LABELS, column_label
from ..original import find_original
from . import archives, language, links, pages, pictures, sections, series
from .sections import Listed
from .series import Row, Series

MOST_CHANGES = 50
"""Captures that changed something of the project, whose changes are told."""

WORDS = {
    "kind": ("事業", "Project"),
    "also": ("ほかの名称", "Also called"),
    "gone": (
        "最新の取得のページには、この事業の記載がありません。最後に記載があった取得を表示しています。",
        "The newest capture of the page has nothing of this project. Shown is the last one that had.",
    ),
    "years": ("記載のある年度の欄", "Sections that list it"),
    "shown": ("表示している取得", "Shown is the capture of"),
    "japan": ("日本時間", "in Japan"),
    "figures": ("予算額", "Budget"),
    "year": ("予算年度", "Budget year"),
    "own": ("当年度の欄", "Stated by its own section"),
    "others": ("ほかの年度の欄", "Stated by other sections"),
    "none": ("記載なし", "not printed"),
    "section": ("{}の欄", "section of {}"),
    "comma": ("、", ", "),
    "agrees": ("当年度の欄と同額", "same amount"),
    "differs": ("当年度の欄と異なる額", "another amount"),
    "doubtful": ("［要確認: {}］", "[doubtful: {}]"),
    "texts": ("年度ごとの記載", "What each section says"),
    "since": ("{}の欄との違いに印を付けています。", "What differs from the section of {} is marked."),
    "same": ("同じ", "same"),
    "starts": ("［{}］", "[{}]"),
    "ends": ("［{}終わり］", "[{} ends]"),
    "history": ("取得ごとの履歴", "History over captures"),
    "first_seen": ("最初に記載を確認した取得", "First seen"),
    "last_seen": ("最後に記載を確認した取得", "Last seen"),
    "no_changes": ("この間に変更はありません。", "Nothing has changed since."),
    "difference": ("この取得のすべての変更", "all that this capture changed"),
    "cited": ("引用", "Citation"),
    "not_cited": (
        "保存されたページを読めないため、引用を示せません",
        "The archived page cannot be read, so there is no citation",
    ),
    "source": ("原文", "source"),
    "others_here": ("ページの前後の事業", "Projects beside it on the page"),
    "before": ("前の事業", "Project before"),
    "after": ("次の事業", "Project after"),
    "tables": ("データ一覧で見る", "As tables"),
    "nothing": ("事業 {} はありません。", "There is no project {}."),
}

# The views, and their twins, whose records are of one project.
_OF_PROJECTS = {
    name: column
    for view in ("projects", "budgets", "budget_series")
    for name, column in ((view, "record_id"), (VIEW_LABELS[view], column_label(view, "record_id")))
}


def link(datasette: Any, table: str | None, column: str, value: object) -> Markup | None:
    """The cell of the record of a project or of one of its figures, as a link to its page; None for other cells."""
    if value is None or table is None or _OF_PROJECTS.get(table) != column:
        return None
    return Markup('<a href="{}">{}</a>').format(datasette.urls.path(links.project(str(value))), value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an archive has of a project as of a capture; `listed` are all projects that the page lists then, `own` this one.

    `cited` is what its newest text is cited by, or the sentence why it cannot be.
    """

    source_id: str
    source: str
    series: Series
    capture: Capture
    first_seen: str
    listed: tuple[Listed, ...]
    own: tuple[Listed, ...]
    rows: tuple[Row, ...]
    changes: tuple[history.Difference, ...]
    cited: Cited | str


async def page(request: Any, datasette: Any) -> Response:
    """The project, and the ways to its years, its captures and its neighbours."""
    record_id = request.url_vars["record_id"]
    known = await archives.first(datasette, lambda archive: archive.project_of(record_id))
    if known is None:
        raise pages.NotThere(language.words(WORDS)["nothing"].format(record_id))
    folder = archives.snapshots(datasette, known.database)
    told = await archives.ask(datasette, known.database, partial(_told, folder, *known.answer))
    shown = _shown(datasette, told) | {"tables": _tables(datasette, known.database, told)}
    return await pages.render(datasette, request, "project.html", shown)


ROUTES = ((r"^/project/(?P<record_id>[^/]+)$", pages.refusing(page)),)


def _told(folder: Path, source_id: str, record_id: str, archive: Archive) -> Told:
    found = series.find(archive.project_names(source_id), record_id)
    capture = _capture(archive, source_id, found.ended)
    listed = sections.projects(archive.entries(source_id, capture.capture_id))
    rows = archive.table("budget_series", source_id=source_id, until=capture.captured_at if found.ended else None)
    began = archive.by_id(found.began)
    own = found.of(listed)
    return Told(
        source_id=source_id,
        source=archive.sources()[source_id]["name"],
        series=found,
        capture=capture,
        first_seen=began.captured_at if began else "",
        listed=tuple(listed),
        own=tuple(own),
        rows=tuple(row for row in rows.objects() if row["series"] == found.key),
        changes=tuple(history.project_changes(archive, source_id, found.names, MOST_CHANGES)),
        cited=_cited(archive, folder, capture, own[0]),
    )


def _shown(datasette: Any, told: Told) -> dict[str, Any]:
    """What the template shows of a project."""
    names, name = language.names(), told.own[0].project.name
    before, after = series.neighbours(told.listed, told.series)
    return {
        "words": language.words(WORDS),
        "links": links,
        "told": told,
        "name": name,
        "also": [one for one in dict.fromkeys(one.name for one in reversed(told.series.names)) if one != name],
        "figures": series.figures(told.rows),
        "amount": _amount,
        "signed": _signed,
        "picture": pictures.project(datasette, told.rows, told.capture.capture_id, source=told.source),
        "tellings": series.tellings(told.own),
        "details": partial(details, names=names, level=3),
        "style": STYLE,
        "citations": {} if isinstance(told.cited, str) else citations(told.cited, names),
        "beside": {"before": before, "after": after},
    }


def _capture(archive: Archive, source_id: str, ended: str | None) -> Capture:
    """The newest good capture, or the last one before a project ended."""
    end = archive.by_id(ended) if ended else None
    until = archive.by_id(end.previous_capture_id or "") if end else archive.newest_good(source_id)
    if until is None:
        raise DamagedError(f"archive.db has no capture before {ended}: run `pref-scraper rebuild`")
    return until


def _cited(archive: Archive, folder: Path, capture: Capture, newest: Listed) -> Cited | str:
    """A page whose bytes are lost or damaged still has its records, and is shown without a citation."""
    try:
        found = find_original(archive, folder, capture.capture_id)
        return found.cite(newest.project.text_start, newest.project.text_end)
    except PrefScraperError as error:
        return str(error)


def _amount(row: Row) -> str:
    """A figure with separators, a dash as it is printed."""
    return row["printed"] if row["amount_yen"] is None else format_amount(row["amount_yen"])


def _signed(yen: int) -> str:
    """A difference as it is told elsewhere, too: `+391千円`."""
    return f"{'+' if yen > 0 else ''}{format_amount(yen)}"


def _tables(datasette: Any, database: str, told: Told) -> dict[str, str]:
    """The views that have rows of the project, by what they are called, each with its address."""
    names = language.names()
    wanted = {"budget_series": ("series", told.series.key), "projects": ("name", told.own[0].project.name)}
    return {
        names.views[view]: f"{datasette.urls.table(database, names.table(view))}?"
        + urlencode({_column(view, "source_id"): told.source_id, _column(view, key): value})
        for view, (key, value) in wanted.items()
    }


def _column(view: str, column: str) -> str:
    """What a column is called in the view in which people of the page's language look."""
    return column if language.names().table(view) == view else column_label(view, column)
