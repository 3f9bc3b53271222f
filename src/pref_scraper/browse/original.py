"""From any figure to its source: `/original/CAPTURE_ID?start=S&end=E`.

That page is ours: when the archived page was taken, from where, where its bytes are kept, and how
the stretch `S` to `E` of its visible text is cited. In a frame stands the archived page itself,
from `/original/CAPTURE_ID/page`, scrolled to what is marked: written anew without anything that a
browser runs or loads, and sent with a policy that forbids it to.

404 where there is no such capture or it brought no page, 400 where `start` and `end` are no
whole numbers, 500 where a record is damaged; each with a sentence.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from datasette import Response
from markupsafe import Markup

from .. import views
from ..cite import citations
from ..history import JAPAN
from ..labels import column_label
from ..original import Original, find_original
from ..showing import POLICY
from . import archives, language, links, pages

_Answer = TypeVar("_Answer")

# What the columns of a place are called: in the views, and in their twins.
_KEYS = ("source_id", "capture_id", "text_start", "text_end")
_PLACES = ({key: key for key in _KEYS}, {key: column_label("captures", key) for key in _KEYS})

WORDS = {
    "title": ("保存されたページ", "Archived page"),
    "cited": ("引用", "Citation"),
    "frame": ("保存されたページの内容", "What the archived page says"),
    "as_before": (
        "この取得では変更がなかったため、前の取得のページを表示しています",
        "This visit found nothing new: the page is that of an earlier one",
    ),
    "place": ("本文位置", "Place in the text"),
    "note": (
        "スクリプト・画像・リンクは取り除いてあります。",
        "Scripts, images and links were taken out.",
    ),
    "no_place": (
        "本文位置を整数で指定してください（例: start=1159&end=1167）。",
        "name the place in the text by whole numbers, such as start=1159&end=1167.",
    ),
    "no_source": ("対象ページ {} の取得はありません。", "There is no capture of a source {}."),
    "no_capture": ("取得 {} はありません。", "There is no capture {}."),
    "japan": ("（日本時間）", " in Japan,"),
}


def link(datasette: Any, table: str | None, row: Any, column: str) -> Markup | None:
    """The cell of a place in the text, as a link to it; None for other cells, and where it is not sure whose text it is.

    A row that names a capture leads to that; one of the views, which show the newest good capture of
    a source, to that one.
    """
    names = next((names for names in _PLACES if column == names["text_start"]), None)
    if names is None or row is None:
        return None
    known = dict(row)
    source_id, capture_id, start, end = (known.get(names[key]) for key in _KEYS)
    if start is None or end is None:
        return None
    if capture_id is not None:
        path = links.original(capture_id, start, end)
    elif source_id is not None and table in views.names():
        path = links.newest_original(source_id, start, end)
    else:
        return None
    return Markup('<a href="{}">{}</a>').format(datasette.urls.path(path), start)


async def newest(request: Any, datasette: Any) -> Response:
    """Leads on to the newest good capture of the source in `source_id`, which is what the views show."""
    start, end = _stretch(request)
    source_id = request.args.get("source_id") or ""
    found = await archives.first(datasette, lambda archive: archive.newest_good(source_id))
    if found is None:
        raise pages.NotThere(language.words(WORDS)["no_source"].format(source_id))
    return Response.redirect(datasette.urls.path(links.original(found.answer.capture_id, start, end)))


async def original(request: Any, datasette: Any) -> Response:
    """The facts, the citations, and the frame."""
    start, end = _stretch(request)
    found, cited = await _ask(datasette, request, lambda one: (one, one.cite(start, end)))
    words = language.words(WORDS)
    shown = {
        "words": words,
        "of": f"{found.name} {_when(found.capture.captured_at)}",
        "facts": _facts(found) | ({words["place"]: f"{start}–{end}"} if cited.quote else {}),
        "quote": cited.quote,
        "citations": citations(cited, language.names()),
        "page": f"{found.capture.capture_id}/page?start={start}&end={end}#hit",
    }
    return await pages.render(datasette, request, "original.html", shown)


async def page(request: Any, datasette: Any) -> Response:
    """The archived page, as it stands in the frame."""
    start, end = _stretch(request)
    body = await _ask(datasette, request, lambda one: one.show(start, end))
    return Response.html(body, headers={"Content-Security-Policy": POLICY, **pages.ALWAYS})


ROUTES = (
    (r"^/original$", pages.refusing(newest)),
    (r"^/original/(?P<capture_id>[A-Za-z0-9-]+)$", pages.refusing(original)),
    (r"^/original/(?P<capture_id>[A-Za-z0-9-]+)/page$", pages.refusing(page)),
)


def _stretch(request: Any) -> tuple[int, int]:
    """`start` and `end`, 0 where they are not given."""
    given = [request.args.get(name) or "0" for name in ("start", "end")]
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in given):
        raise pages.Malformed(f"start={given[0]}&end={given[1]}: {language.words(WORDS)['no_place']}")
    start, end = map(int, given)
    return start, max(start, end)


async def _ask(datasette: Any, request: Any, question: Callable[[Original], _Answer]) -> _Answer:
    """What is to be known of the original of the capture that was asked for."""
    capture_id = request.url_vars["capture_id"]
    found = await archives.first(datasette, lambda archive: archive.by_id(capture_id))
    if found is None:
        raise pages.NotThere(language.words(WORDS)["no_capture"].format(capture_id))
    folder = archives.snapshots(datasette, found.database)
    return await archives.ask(
        datasette, found.database, lambda archive: question(find_original(archive, folder, capture_id))
    )


def _facts(found: Original) -> dict[str, str]:
    """What is known of a capture and of its page, by what it is called."""
    capture, page = found.capture, found.page
    label = partial(language.names().column, "captures")
    is_as_before = page.capture_id != capture.capture_id
    return {
        label("source_id"): found.name,
        label("captured_at"): _when(capture.captured_at),
        **({language.words(WORDS)["as_before"]: _when(page.captured_at)} if is_as_before else {}),
        label("url"): page.url,
        label("capture_id"): capture.capture_id,
        label("payload_digest"): page.payload_digest or "",
        label("warc_record_id"): found.record_id,
        label("warc_file"): f"{page.warc_file}, {page.warc_offset}",
    }


def _when(at: str) -> str:
    """A time in Japan, and as archive.db has it."""
    return f"{datetime.fromisoformat(at).astimezone(JAPAN):%Y-%m-%d %H:%M:%S}{language.words(WORDS)['japan']} {at}"
