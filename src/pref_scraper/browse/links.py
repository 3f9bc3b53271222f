"""Where the pages are; pure.

Each gives a path from the root, which goes through `datasette.urls.path`, since a Datasette may stand below a prefix.
"""

from urllib.parse import quote, urlencode


def source(source_id: str, before: str | None = None) -> str:
    """A source over time; its visits those before a capture, or the newest."""
    return f"/source/{quote(source_id)}{_query(before=before)}"


def year(source_id: str, fiscal_year: int, at: str | None = None) -> str:
    """A fiscal year's section as the page prints it: now, or at a capture or a date."""
    return f"/year/{quote(source_id)}/{fiscal_year}{_query(at=at)}"


def project(record_id: str) -> str:
    """A project over the years; the record of any of its years leads there."""
    return f"/project/{quote(record_id)}"


def capture(capture_id: str) -> str:
    """One visit, and what came of it."""
    return f"/capture/{quote(capture_id)}"


def difference(source_id: str, start: str | None = None, end: str | None = None) -> str:
    """What changed between two captures or dates; without them the last change."""
    return f"/difference{_query(source_id=source_id, **{'from': start, 'to': end})}"


def feed(source_id: str | None = None) -> str:
    """What changed, as a feed to subscribe to: of a source or of all."""
    return f"/feed.atom{_query(source_id=source_id)}"


def problems(source_id: str | None = None) -> str:
    """What could not be read, of a source or of all."""
    return f"/problems{_query(source_id=source_id)}"


def original(capture_id: str, start: int, end: int) -> str:
    """A stretch of a capture's visible text in the archived page."""
    return f"/original/{quote(capture_id)}{_query(start=start, end=end)}"


def newest_original(source_id: str, start: int, end: int) -> str:
    """The same of the newest good capture of a source, which is what the views show."""
    return f"/original{_query(source_id=source_id, start=start, end=end)}"


def _query(**given: object) -> str:
    """What is given, as the query of an address."""
    pairs = {key: value for key, value in given.items() if value is not None}
    return f"?{urlencode(pairs)}" if pairs else ""
