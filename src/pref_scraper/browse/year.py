"""A fiscal year's section as its page prints it: `/year/SOURCE_ID/FISCAL_YEAR[?at=CAPTURE_ID or date]`.

Shown is what the newest good capture says, or with `at` the newest one up to that capture or date; a date is that
day's end in Japan. Which capture that is, stands on the page, and every record leads to its place in the
archived page. 404 where there is no such source or section, or nothing was captured by then; 400 where
`at` is neither a capture nor a date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from datasette import Response

from ..archive import Archive, Capture
from ..identity import Entries
from . import archives, language, links, moments, pages, sections

WORDS = {
    "printed": ("ページの見出し", "As the page heads it"),
    "older": ("前の年度", "Year before"),
    "newer": ("次の年度", "Year after"),
    "years": ("年度", "Fiscal years"),
    "shown": ("表示している取得", "Shown is the capture of"),
    "japan": ("日本時間", "in Japan"),
    "at": ("時点（日本時間のその日の終わり）", "As of the end of a day in Japan"),
    "show": ("表示", "Show"),
    "newest": ("最新の取得を表示", "Show the newest capture"),
    "place": ("原文", "source"),
    "target": ("対象", "Whom or what"),
    "intent": ("意図", "To what end"),
    "no_projects": ("この年度の欄に事業の記載はありません。", "No project of it is printed in this section."),
    "no_figures": ("予算額の記載はありません。", "No budget is printed."),
    "problems": ("読み取りの問題", "What is printed irregularly"),
    "unread": ("記録に含まれない文", "What stands in no record"),
    "no_capture": (
        "{} までに正常に取得されたページはありません。",
        "There is no good capture up to {}.",
    ),
    "no_year": ("この取得のページに {} の欄はありません。", "The page of this capture has no section of {}."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the page of a source said at a capture; `name` is the source's."""

    source_id: str
    name: str
    capture: Capture
    entries: Entries


async def page(request: Any, datasette: Any) -> Response:
    """The section, and the ways to the years beside it and to other moments."""
    words, names = language.words(moments.WORDS | WORDS), language.names()
    source_id, fiscal_year = request.url_vars["source_id"], int(request.url_vars["fiscal_year"])
    at = (request.args.get("at") or "").strip()
    found = await archives.first(datasette, partial(_said, source_id=source_id, at=at, words=words))
    if found is None:
        raise pages.no_source(source_id)
    said = found.answer
    section = sections.section(said.entries, fiscal_year)
    if section is None:
        raise pages.NotThere(words["no_year"].format(fiscal_year))
    shown = {
        "words": words,
        "said": said,
        "section": section,
        "at": at,
        "day": moments.field(at, said.capture.captured_at if at else None),
        "heading": names.both_years(fiscal_year),
        "links": links,
        "at_place": lambda start, end: datasette.urls.path(links.original(said.capture.capture_id, start, end)),
        **_beside(sections.fiscal_years(said.entries), fiscal_year),
    }
    return await pages.render(datasette, request, "year.html", shown)


ROUTES = ((r"^/year/(?P<source_id>[^/]+)/(?P<fiscal_year>[0-9]{1,9})$", pages.refusing(page)),)


def _said(archive: Archive, *, source_id: str, at: str, words: Mapping[str, str]) -> Said | None:
    """What the source said at the moment that is asked for, None where there is no such source."""
    source = archive.sources().get(source_id)
    if source is None:
        return None
    capture = archive.newest_good(source_id, until=moments.until(archive, source_id, at, words))
    if capture is None:
        raise pages.NotThere(words["no_capture"].format(at))
    return Said(
        source_id=source_id,
        name=source["name"],
        capture=capture,
        entries=archive.entries(source_id, capture.capture_id),
    )


def _beside(years: list[int], fiscal_year: int) -> dict[str, int | None]:
    """The years before and after this one that have a section, None where there is none; `years` are newest first."""
    place = years.index(fiscal_year)
    return {
        "newer": years[place - 1] if place else None,
        "older": years[place + 1] if place + 1 < len(years) else None,
    }
