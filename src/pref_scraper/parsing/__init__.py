"""One page's bytes to its records; pure: no clock, disk or network.

bytes --encoding--> text --document--> lines --reader--> records
"""

from functools import lru_cache

from ..records import Coverage, Encoding, Page, PageInfo
from . import mould, reader, stretch
from .around import read_around
from .bounds import Bounds as Bounds
from .bounds import TooMuch as TooMuch
from .document import Container as Container
from .document import Marked, find_container, read_document, visible_text
from .encoding import decode
from .line import LINES, count_characters
from .reader import read_body
from .scripts import Frame as Frame
from .scripts import Span as Span
from .scripts import are_scripts as are_scripts
from .scripts import differing as differing
from .scripts import frame as frame

KEPT, KEPT_LENGTH = 4, 100_000
"""How many pages are remembered, and how many characters of marked text one may have: some 10 MB at the most."""


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
    marked = mould.read(decoded, content, bounds)
    read = remembered if len(marked.text) <= KEPT_LENGTH else _read
    return read(marked, decoded.encoding)


def container(
    body: bytes, *, content_type: str | None = None, content: str | None = None, bounds: Bounds | None = None
) -> Container | None:
    """Where the body of a page stands, for arguments as `parse` has them; None where all of the page is read."""
    return find_container(decode(body, content_type, None), content, bounds)


def forget() -> None:
    """Forgets the pages, sections and lines that are remembered; what is read is the same before and after."""
    mould.remembered.cache_clear()
    LINES.clear()
    remembered.cache_clear()
    stretch.remembered.cache_clear()
    reader.remembered.cache_clear()


def _read(marked: Marked, encoding: Encoding) -> Page:
    """What a page says; most captures of a page differ from the one before in nothing that is marked text."""
    document = read_document(marked)
    text, start = visible_text(document)
    found = read_body(document.body, start)
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


remembered = lru_cache(maxsize=KEPT)(_read)
