"""An archived page as HTML that is safe to look at, with a stretch of its text marked; pure.

In go a page's bytes, how they are read, and a place in the visible text; out comes a document of
ours. It is written anew from the page's tree: of elements and attributes only those listed below,
of their values only those of a known form, and everything else as escaped text. So no script, style,
form, frame, object or picture of the page is in it, and no address that a browser would ask for;
links are text, which says where they led. The first piece of what is marked has the id `hit`.

`POLICY` is the Content-Security-Policy to send it with: a browser that finds anything to run or to
load all the same does not.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import urljoin, urlsplit

from lxml import etree

from .parsing import Bounds
from .parsing.encoding import decode
from .parsing.origin import HIDDEN_NAMES, OUR_MARKS, Origin, Span, find_origin, walk

# What an element of the page is written as; of others only what stands in them.
_AS_THEY_ARE = (
    "abbr address article aside b bdi bdo big blockquote br caption cite code dd del dfn div dl dt em figcaption "
    "figure footer h1 h2 h3 h4 h5 h6 header hr i ins kbd li main mark nav ol p pre q rp rt ruby s samp section small "
    "span strike strong sub sup table tbody td tfoot th thead time tr tt u ul wbr"
)
_WRITTEN_AS = {
    **{name: name for name in _AS_THEY_ARE.split()},
    **dict.fromkeys(("center", "details", "dialog", "fieldset", "form", "hgroup", "legend", "summary"), "div"),
    **dict.fromkeys(("dir", "menu"), "ul"),
    "a": "span",
}
_VOID = frozenset({"br", "hr", "wbr"})
# Not in the visible text, and yet on the page.
_READINGS = frozenset({"rt", "rp"})

_ATTRIBUTES = {
    "align": re.compile("left|center|right", re.IGNORECASE),
    "colspan": re.compile("[1-9][0-9]?"),
    "dir": re.compile("ltr|rtl|auto", re.IGNORECASE),
    "lang": re.compile("[A-Za-z0-9-]{1,35}"),
    "rowspan": re.compile("[1-9][0-9]{0,2}"),
    "scope": re.compile("col|row|colgroup|rowgroup", re.IGNORECASE),
    "start": re.compile("-?[0-9]{1,6}"),
    "value": re.compile("-?[0-9]{1,6}"),
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_OURS = re.compile(f"[{OUR_MARKS}]+")

_STYLE = """
body { font-family: sans-serif; line-height: 1.6; margin: 1rem; color: #111; background: #fff; overflow-wrap: anywhere }
table { border-collapse: collapse } td, th { border: 1px solid #bbb; padding: .2em .5em; vertical-align: top }
mark { background: none; color: inherit }
mark.hit { background: #ffe066; color: #000; outline: 2px solid #b58900; scroll-margin-top: 6rem }
.link { text-decoration: underline dotted } .picture { color: #555; border: 1px dotted #999 }
"""
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox",
    )
)


def show(
    body: bytes,
    *,
    start: int,
    end: int,
    content_type: str | None = None,
    url: str | None = None,
    content: str | None = None,
    encoding: str | None = None,
    bounds: Bounds | None = None,
) -> str:
    """A page as a document of ours, with `start` to `end` of its visible text marked; nothing where they are equal.

    How it is read, `content_type` to `bounds`, is as `parse` has it; `url` completes the addresses of links.
    """
    origin = find_origin(decode(body, content_type, encoding), content, start, end, bounds)
    written = "".join(_Writer(origin, url).document()) if origin else ""
    return (
        '<!DOCTYPE html>\n<html lang="ja"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>保存されたページ</title><style>{_STYLE}</style></head><body>\n{written}\n</body></html>\n"
    )


class _Writer:
    """Writes the tree of a page; knows whether something was marked already."""

    def __init__(self, origin: Origin, url: str | None) -> None:
        self._origin, self._url = origin, url
        self._is_first = True

    def document(self) -> Iterator[str]:
        """The page, piece by piece."""
        if self._origin.above is not None:
            yield f"<p>{self._mark(self._origin.above)}</p>"
        for element, is_end, is_hidden in walk(self._origin.root, HIDDEN_NAMES - _READINGS):
            if not is_hidden:
                yield _end(element) if is_end else self._start(element)
            if is_end or not is_hidden:
                text = element.tail if is_end else element.text
                yield self._text(text or "", self._origin.hits.get((element, is_end), ()))

    def _start(self, element: etree._Element) -> str:
        name = _WRITTEN_AS.get(element.tag)
        if element.tag == "img":
            return _picture(element.get("alt"))
        if name is None:
            return ""
        link = self._link(element) if element.tag == "a" else ""
        listed = (
            f' {key}="{value}"'
            for key, form in _ATTRIBUTES.items()
            if (value := element.get(key)) is not None and form.fullmatch(value)
        )
        return f"<{name}{link}{''.join(listed)}>"

    def _link(self, element: etree._Element) -> str:
        """Where a link led, to be read when a pointer rests on it."""
        try:
            address = urljoin(self._url or "", element.get("href", "").strip())
            is_web = urlsplit(address).scheme in ("http", "https")
        except ValueError:  # no address, as `http://[`
            return ""
        return f' class="link" title="{_escaped(address)}"' if is_web else ""

    def _text(self, text: str, spans: Sequence[Span]) -> str:
        """A text of the page with its stretches marked."""
        written, at = [], 0
        for start, end in spans:
            written += [_escaped(text[at:start]), self._mark(text[start:end])]
            at = end
        return "".join((*written, _escaped(text[at:])))

    def _mark(self, text: str) -> str:
        name = ' id="hit"' if self._is_first else ""
        self._is_first = False
        return f'<mark class="hit"{name}>{_escaped(text)}</mark>'


def _end(element: etree._Element) -> str:
    name = _WRITTEN_AS.get(element.tag)
    return "" if name is None or name in _VOID else f"</{name}>"


def _picture(alt: str | None) -> str:
    """What a picture says to those who cannot see it."""
    return f'<span class="picture">{_escaped(alt)}</span>' if alt and alt.strip() else ""


def _escaped(text: str) -> str:
    """Text as it goes into an element or an attribute; control characters stand as U+FFFD, marks of ours not at all."""
    return escape(_CONTROL.sub("\ufffd", _OURS.sub("", text)))
