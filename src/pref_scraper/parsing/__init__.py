"""One page's bytes to its records; pure: no clock, disk or network.

bytes --encoding--> text --document--> lines --reader--> records
"""

from ..records import Coverage, Encoding, Page, PageInfo
from . import reader, stretch
from .around import read_around
from .bounds import Bounds as Bounds
from .bounds import TooMuch as TooMuch
from .document import Container as Container
from .document import Document, find_container, read_document, visible_text
from .encoding import decode
from .line import LINES, count_characters
from .reader import Found, read_body
from .scripts import Frame as Frame
from .scripts import are_scripts as are_scripts
from .scripts import frame as frame


def parse(
    body: bytes,
    *,
    content_type: str | None = None,
    url: str | None = None,
    content: str | None = None,
    encoding: str | None = None,
    bounds: Bounds | None = None,
) -> Page:
    """All records of one HTML page.

    `content_type` is the HTTP header's value, `url` the page's address, `content` a CSS
    selector of the body and `encoding` a known encoding, for sources whose pages need
    them. Any bytes give a Page; what cannot be read stands in `unread`. With `bounds`, a
    page that is larger raises TooMuch instead, before it takes the memory.
    """
    if bounds is not None:
        bounds.check(size=len(body))
    decoded = decode(body, content_type, encoding)
    document = read_document(decoded, content, bounds)
    text, start = visible_text(document)
    return _page(document, text, read_body(document.body, start), decoded.encoding)


def container(
    body: bytes, *, content_type: str | None = None, content: str | None = None, bounds: Bounds | None = None
) -> Container | None:
    """Where the body of a page stands, for arguments as `parse` has them; None where all of the page is read."""
    return find_container(decode(body, content_type, None), content, bounds)


def forget() -> None:
    """Forgets the lines and sections that are remembered; what is read is the same before and after."""
    LINES.clear()
    stretch.remembered.cache_clear()
    reader.remembered.cache_clear()


def _page(document: Document, text: str, found: Found, encoding: Encoding) -> Page:
    around = read_around(document.around)
    characters = sum(stretch.characters for stretch in document.body)
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
