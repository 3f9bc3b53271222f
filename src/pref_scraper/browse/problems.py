"""What could not be read: `/problems[?source_id=ID]`.

Of one source each problem, with what is printed, what is wrong with it in words, and the way to its place in the
archived page; and what stands in the page's body and in no record. Of all sources how many there are of each. Shown
is what the newest good captures say. 404 where there is no such source.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from datasette import Response

from ..archive import Archive
from . import archives, language, links, pages

WORDS = {
    "title": ("読み取れなかった記載", "What could not be read"),
    "note": (
        "ページの記載で、ほかの記載と形が違うもの（記載のまま保存し、推測で直していません）と、どの記録にも含まれない文。",
        "What is printed otherwise than its neighbours, kept as printed and never guessed; and what stands in no record.",
    ),
    "problems": ("読み取りの問題", "Printed irregularly"),
    "unread": ("記録に含まれない文", "In no record"),
    "no_problems": ("読み取りの問題はありません。", "Nothing is printed irregularly."),
    "no_unread": ("本文のすべてがいずれかの記録に含まれます。", "All of the body stands in a record."),
    "source": ("対象ページ", "Source"),
    "place": ("原文", "source"),
    "outside": ("年度の欄の外", "Outside of the fiscal years"),
    "all": ("すべての対象ページ", "All sources"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is found under one fiscal year's heading; None is before the first."""

    fiscal_year: int | None
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Of one source, in the order of its page."""

    source_id: str
    name: str
    problems: tuple[Part, ...]
    unread: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many there are of one source."""

    source_id: str
    name: str
    problems: int
    unread: int


async def page(request: Any, datasette: Any) -> Response:
    """The problems of the source that is asked for, or how many each has."""
    words = language.words(WORDS)
    source_id = request.args.get("source_id") or await _only_source(datasette)
    found = await archives.first(datasette, partial(find, source_id=source_id)) if source_id else None
    if source_id and found is None:
        raise pages.no_source(source_id)
    counted = [] if found else [await archives.ask(datasette, name, count) for name in archives.names(datasette)]
    shown = {
        "words": words,
        "links": links,
        "found": found and found.answer,
        "counted": [*chain.from_iterable(counted)],
        "at": lambda start, end: datasette.urls.path(links.newest_original(source_id, start, end)),
    }
    return await pages.render(datasette, request, "problems.html", shown)


ROUTES = ((r"^/problems$", pages.refusing(page)),)


async def _only_source(datasette: Any) -> str:
    """The source of which there is no other; empty where there are several or none."""
    listed = [key for name in archives.names(datasette) for key in await archives.ask(datasette, name, Archive.sources)]
    return listed[0] if len(listed) == 1 else ""


def count(archive: Archive) -> list[Counted]:
    """How many there are of each source."""
    problems, unread = (
        Counter(row["source_id"] for row in archive.table(view).objects()) for view in ("problems", "unread")
    )
    return [
        Counted(source_id=key, name=source["name"], problems=problems[key], unread=unread[key])
        for key, source in archive.sources().items()
    ]


def find(archive: Archive, source_id: str) -> Found | None:
    """What is found of one source, None where there is none of that id."""
    source = archive.sources().get(source_id)
    if source is None:
        return None
    rows = {view: [*archive.table(view, source_id=source_id).objects()] for view in ("years", "problems", "unread")}
    problems, unread = (by_year(rows[view], rows["years"]) for view in ("problems", "unread"))
    return Found(source_id=source_id, name=source["name"], problems=problems, unread=unread)


def by_year(rows: list[dict[str, Any]], years: list[dict[str, Any]]) -> tuple[Part, ...]:
    """The rows under the heading that stands last before each; all in the order of the page."""
    starts = [year["text_start"] for year in years]
    parts: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        parts.setdefault(bisect_right(starts, row["text_start"]), []).append(row)
    return tuple(
        Part(fiscal_year=years[place - 1]["fiscal_year"] if place else None, rows=tuple(found))
        for place, found in sorted(parts.items())
    )
