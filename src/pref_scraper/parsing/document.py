"""Markup to lines: the visible text of a page, and which of it is the body.

What goes in is decoded HTML; what comes out are lines as a person sees them, each with
the little that markup adds: the list item it belongs to. Records are read from these
lines alone, so a heading in <h3>, in <strong> or in a table cell is the same line.

lxml builds the tree; one XSLT writes all of its text with marks where blocks begin and
end, which is several times as fast as a walk in Python. What is nested too deep for
lxml, BeautifulSoup reads.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from lxml import etree

from .bounds import Bounds
from .encoding import Decoded
from .line import CELL, LINES, Line, visible
from .selector import compiled, has_text, selector_of
from .stretch import (
    ASIDE,
    BODY,
    BREAK,
    END_ASIDE,
    END_BODY,
    END_FORM,
    END_ITEM,
    END_LIST,
    FORM,
    ITEM,
    LIST,
    MARKS,
    Placed,
    Stretch,
    pieces,
    read_stretches,
)

# Where the body stands, first match wins: the seed's site first, then the containers
# most often seen on other prefectures' pages.
CONTAINERS = (
    "/descendant::div[@class='main-text']",
    "/descendant::*/@class[contains(concat(' ', normalize-space(.), ' '), ' main-text ')]/..",
    "/descendant::div[@id='article']",
    "/descendant::*[@id='tmp_contents']",
    "/descendant::*[@id='main_body']",
    "/descendant::*[@id='main']",
    "/descendant::main",
    "/descendant::article",
    "/descendant::*[@id='contents']",
    "/descendant::*[@id='voice']",
)
# Each with the id that it asks for, if any: which ids a page has is found once, and sooner than where one of them is.
_FIND_CONTAINER = tuple((etree.XPath(path), re.findall("@id='(.+?)'", path)) for path in CONTAINERS)
_IDS = etree.XPath("/descendant::*/@id", smart_strings=False)

# They may be printed, or written as a reference: &#x10FFE0; to &#1114095;
_FORGED = re.compile("[\0\U0010ffe0-\U0010ffef]|&#(?:[xX]0*10[fF][fF][eE][0-9a-fA-F]|0*(?:111408[0-9]|111409[0-5]));?")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

HIDDEN = "script|style|head|template|noscript|iframe|object|svg|math|select|textarea|button|audio|video|canvas|rt|rp"
_BLOCKS = (
    "address|article|blockquote|body|br|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|"
    "h1|h2|h3|h4|h5|h6|header|hgroup|hr|html|legend|main|p|section|summary|table|tbody|tfoot|thead|tr"
)
_INLINE = (
    "a|abbr|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|img|ins|kbd|label|mark|q|rb|ruby|s|samp|small|span|strike|"
    "strong|sub|sup|time|tt|u|wbr"
)


def _template(match: str, before: str, after: str) -> str:
    return f'<xsl:template match="{match}">{before}<xsl:apply-templates/>{after}</xsl:template>'


def _marked(match: str, start: str, end: str) -> str:
    return _template(match, f"{BREAK}{start}{BREAK}", f"{BREAK}{end}{BREAK}")


_write_text = etree.XSLT(
    etree.XML(
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        '<xsl:output method="text" encoding="UTF-8"/>'
        + f'<xsl:template match="{HIDDEN}"/>'
        + _template(_BLOCKS, BREAK, BREAK)
        + _template("td|th", CELL, "")
        + _marked("li", ITEM, END_ITEM)
        + _marked("ul|ol|menu", LIST, END_LIST)
        + _marked("nav|footer|aside", ASIDE, END_ASIDE)
        + _marked("form", FORM, END_FORM)
        # Line breaks of the source are line breaks in <pre> alone.
        + f'<xsl:template match="pre">{BREAK}<xsl:apply-templates mode="pre"/>{BREAK}</xsl:template>'
        + f"""<xsl:template match="text()" mode="pre"><xsl:value-of select="translate(., '&#10;', '{BREAK}')"/></xsl:template>"""
        + f'<xsl:template match="br" mode="pre">{BREAK}</xsl:template>'
        + "</xsl:stylesheet>"
    )
)

# How deep the body is looked for in an unknown template; each level costs a reading of the page.
_LEVELS = 64
# A page with fewer tags that open something cannot be deeper than libxml2 reads, which is 2,048 levels.
_SHALLOW = 2_000

ZERO_WIDTH = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_PREFORMATTED = etree.XPath("//pre//text()", smart_strings=False)
_TEXT = etree.XPath("string()", smart_strings=False)
# In these all text counts, that of scripts, too.
_SCRIPT_TEXTS = etree.XPath(
    "//script[not(ancestor::pre or ancestor::h1 or ancestor::title)]/text()", smart_strings=False
)
_PARSER = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
_INLINE_NAMES = frozenset(_INLINE.split("|"))
_ASIDES = re.compile(f"{ASIDE}[^{END_ASIDE}]*{END_ASIDE}")


class Marked(NamedTuple):
    """All that is read of a page's markup: its title, the text with its marks, and whether the body is marked in it."""

    title: str | None
    text: str
    has_body: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A page's title, the stretches of its body, and the lines around it."""

    title: str | None
    body: Sequence[Stretch]
    around: Sequence[Placed]


@dataclass(frozen=True, slots=True)
class Container:
    """Where a page's body stands: the CSS selector of its element, and by what it was found.

    That is `content`, the selector of its source; `template`, for a site's template is known; or else
    `headings`: it is the innermost element that holds all headings of such pages.
    """

    selector: str
    found_by: str


def read_marked(page: Decoded, content: str | None = None, bounds: Bounds | None = None) -> Marked:
    """The marked text of a page; `content` is a CSS selector of the body, for sources that need one.

    Raises TooMuch for a page beyond the `bounds`.
    """
    root = _tree(page, bounds)
    return Marked(None, "", False) if root is None else _written(root, content, bounds)


def read_tree(
    page: Decoded, content: str | None = None, bounds: Bounds | None = None
) -> tuple[etree._Element, Marked] | None:
    """The tree of a page, and the marked text that was written from it; None without any markup or text.

    Raises TooMuch for a page beyond the `bounds`.
    """
    root = _tree(page, bounds)
    return None if root is None else (root, _written(root, content, bounds))


def script_texts(page: Decoded, end: int) -> frozenset[str]:
    """What the scripts of a page say up to a character, and no reading takes notice of; nothing of a page too deep for the parser.

    What stands behind it need not be read, unless that is how the page gets too deep.
    """
    if page.text.count("<") - page.text.count("</") < _SHALLOW:
        text = page.text[:end]
        page = Decoded(text, text.encode("utf-8", "replace"), page.encoding)
    root = _tree(page, None)
    return frozenset() if root is None else frozenset(_SCRIPT_TEXTS(root))


def find_container(page: Decoded, content: str | None, bounds: Bounds | None) -> Container | None:
    """The element that holds the body; None where none does, and all of the page is read.

    Raises TooMuch for a page beyond the `bounds`.
    """
    root = _tree(page, bounds)
    element, by = (None, "") if root is None else _body_element(root, content)
    return None if element is None else Container(selector_of(element), by)


def is_found_by_markup(root: etree._Element, content: str | None) -> bool:
    """Whether the body of a page is found whatever it says, if only it says anything."""
    element, by = _body_element(root, content)
    return element is not None and by != "headings"


def visible_text(document: Document) -> tuple[str, int]:
    """What `text_start` counts in, and where the body starts in it.

    It is the title's line, where the body does not begin with it, and then the body's lines.
    """
    texts = [stretch.text for stretch in document.body if stretch.body]
    body, title = "\n".join(texts), document.title
    if title is None or body == title or body.startswith(f"{title}\n"):
        return body, 0
    return f"{title}\n{body}", len(title) + 1


def _written(root: etree._Element, content: str | None, bounds: Bounds | None) -> Marked:
    if bounds is not None:
        bounds.check(lines=sum(text.count("\n") for text in _PREFORMATTED(root)))
    title = _title(root)
    body, _ = _body_element(root, content)
    if body is not None:
        _mark_body(body)
    return Marked(title, _dump(root), body is not None)


def _tree(page: Decoded, bounds: Bounds | None) -> etree._Element | None:
    if bounds is not None:
        bounds.check(tags=page.text.count("<"))
    data, text = page.utf8, page.text
    # libxml2 ends a text at NUL. F4 begins the marks in UTF-8, and hardly anything else.
    if "&#" in text or b"\0" in data or b"\xf4" in data:
        text = _FORGED.sub("\ufffd", text)
        data = text.encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError:
        return None
    if root is not None and _is_too_deep():
        if bounds is not None:
            bounds.check(deep_tags=text.count("<"))
        root = etree.fromstring(_flattened(text).encode("utf-8", "replace"), _PARSER)
    return root


def _is_too_deep() -> bool:
    """Whether libxml2 stopped at the 2,048th level of the page that was just read, which it only notes."""
    last = _PARSER.error_log.last_error
    return last is not None and last.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT


def _flattened(html: str) -> str:
    """The page's lines as paragraphs, read by a parser without a limit of depth."""
    soup = BeautifulSoup(html, "html.parser")
    for hidden in soup(HIDDEN.split("|")):
        hidden.decompose()
    return f"<p>{''.join(map(_flat, soup.descendants))}"


def _flat(element: PageElement) -> str:
    if isinstance(element, Tag):
        return "" if element.name in _INLINE_NAMES else "<p>"
    return escape(element) if type(element) is NavigableString else ""


def _dump(element: etree._Element) -> str:
    """The text of an element with the marks of its structure, without the signs that take no place on a line."""
    return _shown(bytes(_write_text(element)).decode())


def titles(root: etree._Element) -> list[str]:
    """All that a page's title is chosen from, and by."""
    return [*_texts(root, "h1"), *_texts(root, "title")]


def _title(root: etree._Element) -> str | None:
    """The page's own heading: of several <h1>, as a site's name may be one, the longest that <title> has, too."""
    headings = _texts(root, "h1")
    if len(headings) == 1:
        return headings[0]
    titles = _texts(root, "title")
    if titles:
        headings.sort(key=lambda text: len(text) if text in titles[0] else 0, reverse=True)
    return next(iter((*headings, *titles)), None)


def _texts(root: etree._Element, tag: str) -> list[str]:
    return [text for element in root.iter(tag) if (text := text_of(element))]


def text_of(element: etree._Element) -> str:
    """The whole text of an element on one line, as a title has it."""
    return visible(_shown(_TEXT(element)))


def _body_element(root: etree._Element, content: str | None) -> tuple[etree._Element | None, str]:
    """The element that holds the page's body, and by what it is found: `content`, `template` or `headings`."""
    configured = compiled(content)(root) if content is not None else ()
    for by, elements in (("content", configured), ("template", _containers(root))):
        for element in filter(has_text, elements):
            return element, by
    return _around_evidence(root), "headings"


def _containers(root: etree._Element) -> Iterator[etree._Element]:
    """What holds the body in the templates that are known, likeliest first."""
    ids: frozenset[str] | None = None
    for find, asked in _FIND_CONTAINER:
        if asked and ids is None:
            ids = frozenset(_IDS(root))
        if ids is None or ids.issuperset(asked):
            yield from find(root)


def _around_evidence(root: etree._Element) -> etree._Element | None:
    """The innermost element that holds every line that is a heading of such pages; None without any."""
    total = _count_evidence(root)
    if not total:
        return None
    element = root
    for _ in range(_LEVELS):
        holding = [child for child in element if isinstance(child.tag, str) and _count_evidence(child) == total]
        if not holding:
            break
        element = holding[0]
    # A heading alone is no body: what follows it stands beside it.
    while len(_lines_of(element)) == 1 and element.getparent() is not None:
        element = element.getparent()
    return element


def _count_evidence(element: etree._Element) -> int:
    return sum(line.year is not None or line.section is not None for line in _lines_of(element))


def _lines_of(element: etree._Element) -> list[Line]:
    """The lines of an element, without navigation and footers."""
    text = _ASIDES.sub("", _dump(element))
    return [line for piece in pieces(text) if piece not in MARKS and (line := LINES[piece]).text]


def _mark_body(body: etree._Element) -> None:
    body.text = f"{BREAK}{BODY}{BREAK}{_settable(body.text)}"
    end = f"{BREAK}{END_BODY}{BREAK}"
    if len(body):
        body[-1].tail = f"{_settable(body[-1].tail)}{end}"
    else:
        body.text += end


def _settable(text: str | None) -> str:
    """Text that lxml takes back: it hands out control characters (&#1;), but does not accept them."""
    return _NOT_XML.sub("\ufffd", text or "")


def _shown(text: str) -> str:
    """Text without the signs that take no place on a line."""
    for sign in ZERO_WIDTH:
        if sign in text:
            text = text.replace(sign, "")
    return text


def read_document(marked: Marked) -> Document:
    """The body up to its end; a form that holds most of the page is no form but the page's frame."""
    title, text, has_body = marked
    stretches = read_stretches(text, has_body=has_body)
    if sum(map(_form_length, stretches)) > sum(len(stretch.text) for stretch in stretches):
        stretches = read_stretches(text.replace(FORM, "").replace(END_FORM, ""), has_body=has_body)
    body: list[Stretch] = []
    around: list[Placed] = []
    tail: list[Placed] = []
    for stretch in stretches:
        around += stretch.around
        around += stretch.in_form
        if body and body[-1].ends:
            tail += stretch.body
        else:
            body.append(stretch)
        tail += stretch.chrome
    return Document(title, body, around + tail)


def _form_length(stretch: Stretch) -> int:
    return sum(placed.line.length for placed in stretch.in_form)
