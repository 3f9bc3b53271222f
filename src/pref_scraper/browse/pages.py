"""What every page of ours has: a template, headers that keep it to itself, and a sentence where there is nothing to show.

404 where what is asked for is not there, 400 where the question is none, 500 where a record is damaged.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

from datasette import Response
from markupsafe import Markup, escape

from ..errors import PrefScraperError, UsageError
from ..history import JAPAN, in_japan
from . import language

View = Callable[[Any, Any], Awaitable[Response]]
Route = tuple[str, View]

# Datasette's pages have small scripts and styles of their own; nothing comes from another host.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Malformed(UsageError):
    """A question that is none, as a place that is no number or a date that is no day."""


class NotThere(UsageError):
    """What is asked for is not in any archive."""


_STATUS: tuple[tuple[type[PrefScraperError], int], ...] = ((Malformed, 400), (UsageError, 404), (PrefScraperError, 500))


# By status or by Datasette's title: the title of a refusal; with a dot, what is told of it, where Datasette's words
# are not to the point.
WORDS = {
    "error": ("エラー", "Error"),
    "no_source": ("対象ページ {} はありません。", "There is no source {}."),
    "400": ("指定に誤りがあります", "This cannot be asked"),
    "403": ("許可されていません", "Not allowed"),
    "404": ("見つかりません", "Not found"),
    "404.": ("このページはありません。", "There is no such page."),
    "500": ("表示できません", "This cannot be shown"),
    "Invalid SQL": ("SQLに誤りがあります", "Invalid SQL"),
    "SQL Interrupted": ("時間内に終わりませんでした", "This took too long"),
    "SQL Interrupted.": (
        "問い合わせを途中で止めました。対象ページや年度で条件を絞ってください。",
        "The query was stopped: ask for less, as one source or one fiscal year.",
    ),
}


def no_source(source_id: str) -> NotThere:
    """What to raise for a source that is in no archive."""
    return NotThere(language.words(WORDS)["no_source"].format(source_id))


async def render(
    datasette: Any, request: Any, template: str, shown: Mapping[str, Any], *, status: int = 200
) -> Response:
    """A page made of a template and its variables."""
    body = await datasette.render_template(template, dict(shown), request=request)
    return Response.html(body, status=status, headers={"Content-Security-Policy": POLICY, **ALWAYS})


def time(at: str) -> Markup:
    """A time of archive.db as it is told in Japan, in the language of the page."""
    when, told = escape(at), escape(in_japan(at, language.names()))
    # Both are escaped; Markup.format does that, too, and takes ten times as long.
    return Markup(f'<time datetime="{when}" title="{when}">{told}</time>')  # noqa: S704


def day(at: str) -> str:
    """The day of a time of archive.db in Japan, as a field for dates takes it."""
    return f"{datetime.fromisoformat(at).astimezone(JAPAN):%Y-%m-%d}"


def refusing(view: View) -> View:
    """The view, with a page that says why where there is nothing to show."""

    @wraps(view)
    async def answered(request: Any, datasette: Any) -> Response:
        try:
            return await view(request, datasette)
        except PrefScraperError as error:
            status = next(status for kind, status in _STATUS if isinstance(error, kind))
            return await refusal(datasette, request, status, str(error))

    return answered


async def refusal(datasette: Any, request: Any, status: int, message: str, title: str | None = None) -> Response:
    """A page that says what is wrong: under a title, of Datasette's or our own, in the language of the page."""
    words = language.words(WORDS)
    shown = {
        "status": status,
        "title": words.get(title or "") or words.get(str(status), f"{words['error']} {status}"),
        "error": message,
    }
    return await render(datasette, request, "error.html", shown, status=status)


def handle(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Response]]:
    """The same for what Datasette itself refuses; who asks for JSON is answered by Datasette."""

    async def handled() -> Response:
        status, title = getattr(exception, "status", 500), getattr(exception, "title", None)
        known = language.words(WORDS).get(f"{title or status}.")
        return await refusal(datasette, request, status, known or str(getattr(exception, "message", exception)), title)

    return handled
