"""An element to a CSS selector of it, for a person to check in a browser and for `content` in sources.toml; pure.

In goes an element of a tree, out comes the plainest selector whose first match that has any text is this
element: its id, else its class, else its place below the nearest element that has one.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from lxml import etree
from lxml.cssselect import CSSSelector

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""Of those that CSS takes as they are (CSS Syntax 3, 4.3.11), the usual ones."""


@lru_cache(maxsize=256)
def compiled(selector: str) -> Callable[[etree._Element], list[etree._Element]]:
    """What finds the elements of a selector; raises cssselect.SelectorError for what is none."""
    found: Callable[[etree._Element], list[etree._Element]] = CSSSelector(selector, translator="html")
    return found


def has_text(element: etree._Element) -> bool:
    """Whether anything but white space stands in it."""
    return not all(map(str.isspace, element.itertext()))


def selector_of(element: etree._Element) -> str:
    """The plainest selector of an element that has text."""
    root = element.getroottree().getroot()
    at, steps = element, ""
    while (parent := at.getparent()) is not None:
        for called in _called(at):
            if _first(root, f"{called}{steps}") is element:
                return f"{called}{steps}"
        number = 1 + sum(1 for _ in at.itersiblings(etree.Element, preceding=True))
        at, steps = parent, f" > :nth-child({number}){steps}"
    return f":root{steps}"


def _first(root: etree._Element, selector: str) -> etree._Element | None:
    return next(filter(has_text, compiled(selector)(root)), None)


def _called(element: etree._Element) -> Iterator[str]:
    tag = element.tag if _NAME.fullmatch(element.tag) else "*"
    if _NAME.fullmatch(element.get("id", "")):
        yield f"{tag}#{element.get('id')}"
    names = element.get("class", "").split()
    if names and all(map(_NAME.fullmatch, names)):
        yield ".".join((tag, *names))
    if tag in ("main", "article", "body"):
        yield tag
