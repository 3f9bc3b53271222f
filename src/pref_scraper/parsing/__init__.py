"""One page's bytes to its records; pure: no clock, disk or network.

bytes --encoding--> text --document--> lines --reader--> records
"""

from collections.abc import Sequence

from ..records import Coverage, Encoding, Page, PageInfo
from .around import read_around, trim_body
from .document import Document, read_document
from .encoding import decode
from .line import LINES, Placed, count_characters
from .reader import Found, read_lines, remembered


def parse(
    body: bytes,
    *,
    content_type: str | None = None,
    url: str | None = None,
    content: str | None = None,
    encoding: str | None = None,
) -> Page:
    """All records of one HTML page.

    `content_type` is the HTTP header's value, `url` the page's address, `content` a CSS
    selector of the body and `encoding` a known encoding, for sources whose pages need
    them. Any bytes give a Page; what cannot be read stands in `unread`.
    """
    decoded = decode(body, content_type, encoding)
    document = read_document(decoded, content)
    lines, tail = trim_body(document.body)
    text, start = _visible_text(document.title, lines)
    found = read_lines(lines, start)
    return _page(document, lines, text, found, tail, decoded.encoding)


def forget() -> None:
    """Forgets the lines and sections that are remembered; what is read is the same before and after."""
    LINES.clear()
    remembered.cache_clear()


def _visible_text(title: str | None, lines: Sequence[Placed]) -> tuple[str, int]:
    """The title's line, where the body does not begin with it, then the body's; and where the body starts."""
    body = "\n".join([line.text for line, _, _ in lines])
    if title is None or (lines and lines[0][0].text == title):
        return body, 0
    return f"{title}\n{body}", len(title) + 1


def _page(
    document: Document,
    lines: Sequence[Placed],
    text: str,
    found: Found,
    tail: Sequence[Placed],
    encoding: Encoding,
) -> Page:
    around = read_around((*document.around, *tail))
    characters = sum([line.characters for line, _, _ in lines])
    unread = sum(count_characters(record.text) for record in found.records["unread"])
    info = PageInfo(
        title=document.title,
        page_id=around.page_id,
        updated_on=around.updated_on,
        headings=tuple(found.headings),
        breadcrumbs=around.breadcrumbs,
        organization=around.organization,
        contact=around.contact,
        text_start=0,
        text_end=len(document.title or ""),
    )
    return Page(
        text=text,
        page=info,
        **{view: tuple(records) for view, records in found.records.items()},
        encoding=encoding,
        coverage=Coverage(characters=characters, read=characters - unread),
    )
