"""Markup to lines: the visible text of a page, and which of it is the body.

What goes in is decoded HTML; what comes out are lines as a person sees them, each with
the little that markup adds: the list item it belongs to. Records are read from these
lines alone, so a heading in <h3>, in <strong> or in a table cell is the same line.
"""

import re
from dataclasses import dataclass

import lxml.html
from lxml import etree
from lxml.cssselect import CSSSelector

# Where the body stands, first match wins: the seed's site first, then the containers
# most often seen on other prefectures' pages.
CONTAINERS = (
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' main-text ')]",
    "//div[@id='article']",
    "//*[@id='tmp_contents']",
    "//*[@id='main_body']",
    "//*[@id='main']",
    "//main",
    "//article",
    "//*[@id='contents']",
    "//*[@id='voice']",
    "//body",
)
_FIND_CONTAINER = tuple(etree.XPath(path) for path in CONTAINERS)

_INVISIBLE = frozenset(
    {"script", "style", "template", "noscript", "head", "iframe", "object", "svg", "select", "textarea", "button"}
)
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "img", "input"}
    | {"ins", "kbd", "label", "mark", "q", "ruby", "rb", "s", "samp", "small", "span", "strike", "strong"}
    | {"sub", "sup", "time", "tt", "u", "var", "wbr"}
)
_CELLS = frozenset({"td", "th"})
_LISTS = frozenset({"ul", "ol", "menu"})
_READINGS = frozenset({"rt", "rp"})

_SPACE = re.compile(r"[ \t\r\n\f]+")
_WIDE = "\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60"
_BROKEN_WORD = re.compile(rf"(?<=[{_WIDE}])[ \t\r\f]*\n[ \t\r\n\f]*(?=[{_WIDE}])")
_ZERO_WIDTH = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_CELL = "\x1f"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of visible text, outer white space cut; cells of one table row are parted by a tab.

    `item` numbers the list item that the line belongs to and `within` its list, None outside of lists.
    """

    text: str
    item: int | None
    within: int | None


@dataclass(frozen=True, slots=True)
class Document:
    """A page's lines: those of the body, and those around it, before and after."""

    title: str | None
    before: tuple[Line, ...]
    body: tuple[Line, ...]
    after: tuple[Line, ...]


def read_document(html: str, content: str | None = None) -> Document:
    """The lines of a decoded page; `content` is a CSS selector of the body, for sources that need one."""
    root = _tree(html)
    if root is None:
        return Document(None, (), (), ())
    body = _body_element(root, content)
    lines = _Lines()
    regions: list[int] = []
    _walk(root, body, lines, regions)
    start, end = regions or (0, len(lines.done))
    return Document(_title(root), tuple(lines.done[:start]), tuple(lines.done[start:end]), tuple(lines.done[end:]))


def _tree(html: str) -> lxml.html.HtmlElement | None:
    # libxml2 ends a text at NUL and refuses a str that declares an encoding.
    data = html.replace("\x00", "\ufffd").encode("utf-8", "replace")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(data, parser=parser)
    except etree.ParserError:
        return None


def _body_element(root: lxml.html.HtmlElement, content: str | None) -> lxml.html.HtmlElement | None:
    if content is not None:
        chosen = CSSSelector(content, translator="html")(root)
        if chosen:
            return chosen[0]
    for find in _FIND_CONTAINER:
        for element in find(root):
            if element.text_content().strip():
                return element
    return None


def _title(root: lxml.html.HtmlElement) -> str | None:
    for path in ("//h1", "//title"):
        for element in root.xpath(path):
            text = _visible(element.text_content())
            if text:
                return text
    return None


def _visible(raw: str) -> str:
    """Text as a browser lays it out on one line, outer white space cut."""
    text = _BROKEN_WORD.sub("", raw) if "\n" in raw else raw
    return _SPACE.sub(" ", text).translate(_ZERO_WIDTH).replace(_CELL, "\t").strip()


class _Lines:
    """Collects text until a line ends."""

    def __init__(self) -> None:
        self.done: list[Line] = []
        self._pieces: list[str] = []
        self._items: list[tuple[int, int]] = []
        self._lists: list[int] = []
        self._count = 0

    def add(self, text: str | None) -> None:
        if text:
            self._pieces.append(text)

    def end(self) -> None:
        if self._pieces:
            text = _visible("".join(self._pieces))
            self._pieces.clear()
            if text:
                item, within = self._items[-1] if self._items else (None, None)
                self.done.append(Line(text, item, within))

    def open(self, tag: str) -> None:
        self._count += 1
        if tag == "li":
            self._items.append((self._count, self._lists[-1] if self._lists else 0))
        elif tag in _LISTS:
            self._lists.append(self._count)

    def close(self, tag: str) -> None:
        if tag == "li":
            self._items.pop()
        elif tag in _LISTS:
            self._lists.pop()


def _walk(root: lxml.html.HtmlElement, body: lxml.html.HtmlElement | None, lines: _Lines, regions: list[int]) -> None:
    """Feeds all visible text to `lines`; notes in `regions` how many lines lie before and up to the body's end."""
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        opening = event == "start"
        if element is body:
            lines.end()
            regions.append(len(lines.done))
        if tag in _INVISIBLE or tag in _READINGS:
            hidden += 1 if opening else -1
        elif not hidden and tag not in _INLINE:
            _boundary(tag, opening, lines)
        if opening and not hidden:
            lines.add(element.text)
        if not opening and hidden == 0:
            lines.add(element.tail)
    lines.end()


def _boundary(tag: str, opening: bool, lines: _Lines) -> None:
    """What a tag that is not inline does to the line: a cell parts it, all others end it."""
    if tag in _CELLS:
        lines.add(_CELL if opening else None)
        return
    lines.end()
    if opening:
        lines.open(tag)
    else:
        lines.close(tag)
