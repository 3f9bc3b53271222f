"""Markup to lines: the visible text of a page, and which of it is the body.

What goes in is decoded HTML; what comes out are lines as a person sees them, each with
the little that markup adds: the list item it belongs to. Records are read from these
lines alone, so a heading in <h3>, in <strong> or in a table cell is the same line.

lxml builds the tree; one XSLT writes all of its text with marks where blocks begin and
end, which is several times as fast as a walk in Python.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

import lxml.html
from lxml import etree
from lxml.cssselect import CSSSelector

from .grammar import is_evidence

# Where the body stands, first match wins: the seed's site first, then the containers
# most often seen on other prefectures' pages.
CONTAINERS = (
    "//div[@class='main-text']",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' main-text ')]",
    "//div[@id='article']",
    "//*[@id='tmp_contents']",
    "//*[@id='main_body']",
    "//*[@id='main']",
    "//main",
    "//article",
    "//*[@id='contents']",
    "//*[@id='voice']",
)
_FIND_CONTAINER = tuple(etree.XPath(path) for path in CONTAINERS)

# Noncharacters stand for structure in the text that the XSLT writes; none is ever a page's own.
_BREAK, _CELL, _ITEM, _END_ITEM, _LIST, _END_LIST = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5"
_BODY, _END_BODY, _ASIDE, _END_ASIDE, _FORM, _END_FORM = "\ufdd6\ufdd7\ufdd8\ufdd9\ufdda\ufddb"
_MARKS = frozenset("\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5\ufdd6\ufdd7\ufdd8\ufdd9\ufdda\ufddb")
# They may be printed, or written as a reference: &#xFDD0; to &#64999;
_NONCHARACTERS = re.compile(
    "[\x00\ufdd0-\ufdef]|&#(?:[xX]0*[fF][dD][dDeE][0-9a-fA-F]|0*(?:6497[6-9]|649[89]\\d|6500[0-7]));?"
)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_HIDDEN = "script|style|head|template|noscript|iframe|object|svg|math|select|textarea|button|audio|video|canvas|rt|rp"
_BLOCKS = (
    "address|article|blockquote|body|br|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|"
    "h1|h2|h3|h4|h5|h6|header|hgroup|hr|html|legend|main|p|section|summary|table|tbody|tfoot|thead|tr"
)


def _template(match: str, before: str, after: str) -> str:
    return f'<xsl:template match="{match}">{before}<xsl:apply-templates/>{after}</xsl:template>'


def _marked(match: str, start: str, end: str) -> str:
    return _template(match, f"{_BREAK}{start}{_BREAK}", f"{_BREAK}{end}{_BREAK}")


_write_text = etree.XSLT(
    etree.XML(
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        '<xsl:output method="text" encoding="UTF-8"/>'
        + f'<xsl:template match="{_HIDDEN}"/>'
        + _template(_BLOCKS, _BREAK, _BREAK)
        + _template("td|th", _CELL, "")
        + _marked("li", _ITEM, _END_ITEM)
        + _marked("ul|ol|menu", _LIST, _END_LIST)
        + _marked("nav|footer|aside", _ASIDE, _END_ASIDE)
        + _marked("form", _FORM, _END_FORM)
        # Line breaks of the source are line breaks in <pre> alone.
        + f'<xsl:template match="pre">{_BREAK}<xsl:apply-templates mode="pre"/>{_BREAK}</xsl:template>'
        + f"""<xsl:template match="text()" mode="pre"><xsl:value-of select="translate(., '&#10;', '{_BREAK}')"/></xsl:template>"""
        + f'<xsl:template match="br" mode="pre">{_BREAK}</xsl:template>'
        + "</xsl:stylesheet>"
    )
)

# How deep the body is looked for in an unknown template; each level costs a reading of the page.
_LEVELS = 64

_SPACE = re.compile(r"[ \t\r\n\f]+")
_WIDE = "\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60"
_BROKEN_WORD = re.compile(rf"(?<=[{_WIDE}])[ \t\r\f]*\n[ \t\r\n\f]*(?=[{_WIDE}])")
_ZERO_WIDTH = "\u00ad\u200b\u200c\u200d\u2060\ufeff"


class Line(NamedTuple):
    """A line of visible text, outer white space cut; cells of one table row are parted by a tab.

    `item` numbers the list item that the line belongs to and `within` its list, None outside of lists.
    """

    text: str
    item: int | None = None
    within: int | None = None


_ASIDES = re.compile(f"{_ASIDE}[^{_END_ASIDE}]*{_END_ASIDE}")


@dataclass(frozen=True, slots=True)
class Document:
    """A page's lines: those of the body, and those around it."""

    title: str | None
    body: tuple[Line, ...]
    around: tuple[Line, ...]


def read_document(html: str, content: str | None = None) -> Document:
    """The lines of a decoded page; `content` is a CSS selector of the body, for sources that need one."""
    root = _tree(html)
    if root is None:
        return Document(None, (), ())
    title = _title(root)
    body = _body_element(root, content)
    if body is not None:
        _mark_body(body)
    text = str(_write_text(root))
    return _document(title, _shown(text), has_body=body is not None)


def _tree(html: str) -> lxml.html.HtmlElement | None:
    # libxml2 ends a text at NUL and refuses a str that declares an encoding.
    data = html.encode("utf-8", "replace")
    if b"\0" in data or b"&#" in data or b"\xef\xb7" in data:  # as the noncharacters begin in UTF-8
        data = _NONCHARACTERS.sub("\ufffd", html).encode("utf-8", "replace")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(data, parser=parser)
    except etree.ParserError:
        return None


def _title(root: lxml.html.HtmlElement) -> str | None:
    """The page's own heading: of several <h1>, as a site's name may be one, the longest that <title> has, too."""
    headings, titles = (
        [text for element in root.iter(tag) if (text := _visible(_shown(element.text_content())))]
        for tag in ("h1", "title")
    )
    if len(headings) > 1 and titles:
        headings.sort(key=lambda text: len(text) if text in titles[0] else 0, reverse=True)
    return next(iter((*headings, *titles)), None)


def _body_element(root: lxml.html.HtmlElement, content: str | None) -> lxml.html.HtmlElement | None:
    """The element that holds the page's body: as configured, a known container, or what holds all headings."""
    finders = [CSSSelector(content, translator="html")] if content is not None else []
    for find in (*finders, *_FIND_CONTAINER):
        for element in find(root):
            if element.text_content().strip():
                return element
    return _around_evidence(root)


def _around_evidence(root: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
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
    while len(_pieces(element)) == 1 and element.getparent() is not None:
        element = element.getparent()
    return element


def _count_evidence(element: lxml.html.HtmlElement) -> int:
    return sum(map(is_evidence, _pieces(element)))


def _pieces(element: lxml.html.HtmlElement) -> list[str]:
    """The lines of an element, without navigation and footers."""
    text = _ASIDES.sub("", _shown(str(_write_text(element))))
    return [line for piece in text.split(_BREAK) if piece not in _MARKS and (line := _row(piece))]


def _mark_body(body: lxml.html.HtmlElement) -> None:
    body.text = f"{_BREAK}{_BODY}{_BREAK}{_settable(body.text)}"
    end = f"{_BREAK}{_END_BODY}{_BREAK}"
    if len(body):
        body[-1].tail = f"{_settable(body[-1].tail)}{end}"
    else:
        body.text += end


def _settable(text: str | None) -> str:
    """Text that lxml takes back: it hands out control characters (&#1;), but does not accept them."""
    return _NOT_XML.sub("\ufffd", text or "")


def _shown(text: str) -> str:
    """Text without the signs that take no place on a line."""
    for sign in _ZERO_WIDTH:
        if sign in text:
            text = text.replace(sign, "")
    return text


def _visible(raw: str) -> str:
    """Text as a browser lays it out on one line, outer white space cut."""
    text = _BROKEN_WORD.sub("", raw) if "\n" in raw else raw
    return _SPACE.sub(" ", text).strip()


def _document(title: str | None, text: str, *, has_body: bool) -> Document:
    """The lines of a marked text. A form that holds most of the page is no form but the page's frame."""
    body: list[Line] = []
    around: list[Line] = []
    in_form: list[Line] = []
    items: list[int] = []
    lists: list[int] = []
    state = {_BODY: not has_body, _ASIDE: 0, _FORM: 0}
    for number, piece in enumerate(filter(None, map(str.strip, text.split(_BREAK)))):
        if piece in _MARKS:
            _step(piece, number, state, items, lists)
            continue
        if "\n" in piece or "  " in piece or _CELL in piece or "\t" in piece:
            piece = _row(piece)
            if not piece:
                continue
        line = Line(piece, items[-1] if items else None, lists[-1] if lists else None)
        if not state[_BODY] or state[_ASIDE]:
            around.append(line)
        else:
            (in_form if state[_FORM] else body).append(line)
    if sum(len(line.text) for line in in_form) > sum(len(line.text) for line in body):
        return _document(title, text.replace(_FORM, "").replace(_END_FORM, ""), has_body=has_body)
    return Document(title, tuple(body), (*around, *in_form))


def _row(piece: str) -> str:
    """A line's text, a row's cells parted by tabs."""
    return "\t".join(filter(None, map(_visible, piece.split(_CELL))))


def _step(mark: str, number: int, state: dict[str, int], items: list[int], lists: list[int]) -> None:
    """What a mark changes for the lines behind it."""
    if mark == _ITEM:
        items.append(number)
    elif mark == _END_ITEM:
        items.pop()
    elif mark == _LIST:
        lists.append(number)
    elif mark == _END_LIST:
        lists.pop()
    elif mark in (_BODY, _END_BODY):
        state[_BODY] = mark == _BODY
    elif mark in (_ASIDE, _END_ASIDE):
        state[_ASIDE] += 1 if mark == _ASIDE else -1
    elif mark in (_FORM, _END_FORM):
        state[_FORM] += 1 if mark == _FORM else -1
