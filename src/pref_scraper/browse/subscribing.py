"""The feed of changes: `/feed.atom`, with `?source_id=…` of one source alone; byte for byte what the command prints.

404 where there is no such source, or no archive with a capture.
"""

from functools import partial
from typing import Any

from datasette import Response

from ..archive import Archive
from ..feed import TYPE, feed
from . import archives, language, pages

WORDS = {
    "feed": ("変更のフィード", "Feed of changes"),
    "no_feed": ("取得はまだありません。", "There is no capture yet."),
}
"""What leads to the feed, and what is said where there is none."""


async def page(request: Any, datasette: Any) -> Response:
    """The feed, to be subscribed to; it has no address of its own, since a server may have many names."""
    source_id = (request.args.get("source_id") or "").strip()
    found = await archives.first(datasette, partial(_feed, source_id=source_id))
    if found is None:
        raise pages.no_source(source_id) if source_id else pages.NotThere(language.words(WORDS)["no_feed"])
    return Response(f"{found.answer}\n", content_type=f"{TYPE}; charset=utf-8", headers=dict(pages.ALWAYS))


ROUTES = ((r"^/feed\.atom$", pages.refusing(page)),)


def _feed(archive: Archive, *, source_id: str) -> str | None:
    """None where this archive does not have the source, or none."""
    wanted = [known for known in archive.sources() if source_id in ("", known)]
    return feed(archive, wanted) if wanted else None
