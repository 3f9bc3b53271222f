"""From any figure to its source: `/original/CAPTURE_ID?start=S&end=E`.

That page is ours: when the archived page was taken, from where, where its bytes are kept, and how
the stretch `S` to `E` of its visible text is cited. In a frame stands the archived page itself,
from `/original/CAPTURE_ID/page`, scrolled to what is marked: written anew without anything that a
browser runs or loads, and sent with a policy that forbids it to.

404 where there is no such capture or it brought no page, 400 where `start` and `end` are no
whole numbers, 500 where a record is damaged; each with a sentence.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from datasette import Response
from markupsafe import Markup

from .. import views
from ..archive import Archive
from ..cite import citations
from ..errors import PrefScraperError, UsageError
from ..history import JAPAN
from ..labels import column_label
from ..original import Original, find_original
from ..showing import POLICY
from ..sources import Directory
from . import archives

_Answer = TypeVar("_Answer")
_View = Callable[[Any, Any], Awaitable[Response]]

# Datasette's pages have small scripts and styles of their own; nothing comes from another host.
_OUTER_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class _NoPlaceError(UsageError):
    """`start` and `end` are no places in a text."""


_STATUS: dict[type[PrefScraperError], int] = {_NoPlaceError: 400, UsageError: 404}
_ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

# What the columns of a place are called: in the views, and in their twins.
_KEYS = ("source_id", "capture_id", "text_start", "text_end")
_PLACES = ({key: key for key in _KEYS}, {key: column_label("captures", key) for key in _KEYS})

WORDS = {
    "title": "保存されたページ",
    "cited": "引用",
    "frame": "保存されたページの内容",
    "as_before": "この取得では変更がなかったため、前の取得のページを表示しています",
    "place": "本文位置",
    "note": "スクリプト・画像・リンクは取り除いてあります。",
}


def address(capture_id: str, start: int, end: int) -> str:
    """Where a stretch of a capture's visible text is shown; goes through `datasette.urls.path`."""
    return f"/original/{capture_id}?{_query(start, end)}"


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
        path = address(capture_id, start, end)
    elif source_id is not None and table in views.names():
        path = f"/original?{_query(start, end, source_id=source_id)}"
    else:
        return None
    return Markup('<a href="{}">{}</a>').format(datasette.urls.path(path), start)


async def newest(request: Any, datasette: Any) -> Response:
    """Leads on to the newest good capture of the source in `source_id`, which is what the views show."""
    start, end = _stretch(request)
    source_id = request.args.get("source_id") or ""
    for name in archives.names(datasette):
        found = await archives.ask(datasette, name, lambda archive: archive.newest_good(source_id))
        if found is not None:
            return Response.redirect(datasette.urls.path(address(found.capture_id, start, end)))
    raise UsageError(f"対象ページ {source_id} の取得はありません。")


async def original(request: Any, datasette: Any) -> Response:
    """The facts, the citations, and the frame."""
    start, end = _stretch(request)
    found, cited = await _ask(datasette, request, lambda one: (one, one.cite(start, end)))
    shown = {
        "words": WORDS,
        "of": f"{found.name} {_when(found.capture.captured_at)}",
        "facts": _facts(found) | ({WORDS["place"]: f"{start}–{end}"} if cited.quote else {}),
        "quote": cited.quote,
        "citations": citations(cited),
        "page": f"{found.capture.capture_id}/page?{_query(start, end)}#hit",
    }
    body = await datasette.render_template("original.html", shown, request=request)
    return Response.html(body, headers={"Content-Security-Policy": _OUTER_POLICY, **_ALWAYS})


async def page(request: Any, datasette: Any) -> Response:
    """The archived page, as it stands in the frame."""
    start, end = _stretch(request)
    body = await _ask(datasette, request, lambda one: one.show(start, end))
    return Response.html(body, headers={"Content-Security-Policy": POLICY, **_ALWAYS})


def _refusing(view: _View) -> _View:
    """The view, with a page that says why where there is nothing to show."""

    @wraps(view)
    async def answered(request: Any, datasette: Any) -> Response:
        try:
            return await view(request, datasette)
        except PrefScraperError as error:
            shown = {"status": _STATUS.get(type(error), 500), "error": str(error)}
            body = await datasette.render_template("error.html", shown, request=request)
            return Response.html(body, status=shown["status"], headers=_ALWAYS)

    return answered


ROUTES = (
    (r"^/original$", _refusing(newest)),
    (r"^/original/(?P<capture_id>[A-Za-z0-9-]+)$", _refusing(original)),
    (r"^/original/(?P<capture_id>[A-Za-z0-9-]+)/page$", _refusing(page)),
)


def _query(start: int, end: int, **whose: str) -> str:
    return urlencode({**whose, "start": start, "end": end})


def _stretch(request: Any) -> tuple[int, int]:
    """`start` and `end`, 0 where they are not given."""
    given = [request.args.get(name) or "0" for name in ("start", "end")]
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in given):
        raise _NoPlaceError(
            f"start={given[0]}&end={given[1]}: 本文位置を整数で指定してください（例: start=1159&end=1167）。"
        )
    start, end = map(int, given)
    return start, max(start, end)


async def _ask(datasette: Any, request: Any, question: Callable[[Original], _Answer]) -> _Answer:
    """What is to be known of the original of the capture that was asked for."""
    capture_id = request.url_vars["capture_id"]
    for name in archives.names(datasette):
        folder = Directory(Path(datasette.get_database(name).path).parent).snapshots
        asked = partial(_asked, folder=folder, capture_id=capture_id, question=question)
        answer: tuple[_Answer] | None = await archives.ask(datasette, name, asked)
        if answer is not None:
            return answer[0]
    raise UsageError(f"取得 {capture_id} はありません。")


def _asked(
    archive: Archive, *, folder: Path, capture_id: str, question: Callable[[Original], _Answer]
) -> tuple[_Answer] | None:
    return (question(find_original(archive, folder, capture_id)),) if archive.by_id(capture_id) else None


def _facts(found: Original) -> dict[str, str]:
    """What is known of a capture and of its page, by what it is called."""
    capture, page = found.capture, found.page
    is_as_before = page.capture_id != capture.capture_id
    return {
        column_label("captures", "source_id"): found.name,
        column_label("captures", "captured_at"): _when(capture.captured_at),
        **({WORDS["as_before"]: _when(page.captured_at)} if is_as_before else {}),
        column_label("captures", "url"): page.url,
        column_label("captures", "capture_id"): capture.capture_id,
        column_label("captures", "payload_digest"): page.payload_digest or "",
        column_label("captures", "warc_record_id"): found.record_id,
        column_label("captures", "warc_file"): f"{page.warc_file}, {page.warc_offset}",
    }


def _when(at: str) -> str:
    """A time in Japan, and as archive.db has it."""
    return f"{datetime.fromisoformat(at).astimezone(JAPAN):%Y-%m-%d %H:%M:%S}（日本時間） {at}"
