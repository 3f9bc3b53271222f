"""One page's bytes to its records; pure: no clock, disk or network.

bytes --encoding--> text --document--> lines --reader--> records
"""

from ..records import Coverage, Encoding, Page, PageInfo
from .around import read_around, trim_body
from .document import Document, Line, read_document
from .encoding import decode
from .ledger import Ledger
from .reader import read_lines

VERSION = 2
"""Goes up with every change that can read other records from the same bytes."""


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
    document = read_document(decoded.text, content)
    lines, tail = trim_body(document.body)
    text, start = _visible_text(document.title, lines)
    found = read_lines(lines, start)
    return _page(document, text, start, found, tail, decoded.encoding)


def _visible_text(title: str | None, lines: tuple[Line, ...]) -> tuple[str, int]:
    """The title's line, where the body does not begin with it, then the body's; and where the body starts."""
    body = "\n".join(line.text for line in lines)
    if title is None or (lines and lines[0].text == title):
        return body, 0
    return f"{title}\n{body}", len(title) + 1


def _page(document: Document, text: str, start: int, found: Ledger, tail: tuple[Line, ...], encoding: Encoding) -> Page:
    around = read_around((*document.around, *tail))
    characters = _count(text[start:])
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
        years=tuple(found.years),
        measures=tuple(found.measures),
        basic_projects=tuple(found.basic_projects),
        purposes=tuple(found.purposes),
        targets=tuple(found.targets),
        statements=tuple(found.statements),
        projects=tuple(found.projects),
        budgets=tuple(found.budgets),
        problems=tuple(found.problems),
        unread=tuple(found.unread),
        encoding=encoding,
        coverage=Coverage(characters=characters, read=characters - sum(_count(unread.text) for unread in found.unread)),
    )


def _count(text: str) -> int:
    """Non-space characters."""
    return len("".join(text.split()))
