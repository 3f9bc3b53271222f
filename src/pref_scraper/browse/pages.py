"""What every page of ours has: a template, headers that keep it to itself, and a sentence where there is nothing to show.

404 where what is asked for is not there, 400 where the question is none, 500 where a record is damaged.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any

from datasette import Response
from markupsafe import Markup

from ..errors import PrefScraperError, UsageError
from ..history import in_japan
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


async def render(
    datasette: Any, request: Any, template: str, shown: Mapping[str, Any], *, status: int = 200
) -> Response:
    """A page made of a template and its variables."""
    body = await datasette.render_template(template, dict(shown), request=request)
    return Response.html(body, status=status, headers={"Content-Security-Policy": POLICY, **ALWAYS})


def time(at: str) -> Markup:
    """A time of archive.db as it is told in Japan, in the language of the page."""
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(at, in_japan(at, language.names()))


def refusing(view: View) -> View:
    """The view, with a page that says why where there is nothing to show."""

    @wraps(view)
    async def answered(request: Any, datasette: Any) -> Response:
        try:
            return await view(request, datasette)
        except PrefScraperError as error:
            status = next(status for kind, status in _STATUS if isinstance(error, kind))
            return await render(
                datasette, request, "error.html", {"status": status, "error": str(error)}, status=status
            )

    return answered
