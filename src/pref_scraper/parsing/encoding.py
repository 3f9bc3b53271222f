"""Bytes to text, before any HTML parser sees them.

HTML parsers given bytes lose text silently: a page declared Shift_JIS that holds ①, ㈱
or 髙 comes out empty. So everything declared is tried here, strictly, in the order byte
order mark, HTTP header, <meta>, with valid UTF-8 before any label; then the encodings of
Japanese pages; and only where nothing fits is damage marked with U+FFFD, and counted.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import webencodings
from bs4.dammit import EncodingDetector

from ..records import Encoding

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';,]+)""", re.IGNORECASE)

# Python codecs by the name that WHATWG gives to a label. Every Shift_JIS is cp932 in truth.
_CODECS = {
    "shift_jis": ("cp932",),
    "euc-jp": ("euc_jp", "euc_jis_2004"),
    "iso-2022-jp": ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2004"),
}
_USUAL = ("utf-8", "cp932", "euc_jp")
# Decode anything, so they prove nothing: believed only when no other fits.
_WESTERN = frozenset({"cp1252", "iso8859-1", "latin-1", "ascii"})


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's text and how it was found."""

    text: str
    encoding: Encoding


def decode(body: bytes, content_type: str | None = None, known: str | None = None) -> Decoded:
    """The text of a page's bytes; `known` is an encoding that a person has set for the source."""
    mark, unmarked = _byte_order_mark(body)
    labels = [label for label in (_header_charset(content_type), _meta_charset(body)) if label]
    declared = mark or (labels[0] if labels else None)
    candidates = [codec for label in labels for codec in _python_codecs(label)]
    likely = [codec for codec in candidates if codec not in _WESTERN]
    certain = [codec for codec in (known, mark) if codec]
    # Japanese text in another encoding is not valid UTF-8, so what is valid is UTF-8 under any label.
    certain += ["utf-8"] if not unmarked.isascii() else []
    for codec in (tried := dict.fromkeys([*certain, *likely, *_USUAL, *candidates])):
        try:
            return _decoded(unmarked.decode(codec), declared, codec)
        except UnicodeDecodeError:
            continue
    damaged = [_decoded(unmarked.decode(codec, "replace"), declared, codec) for codec in tried]
    return min(damaged, key=lambda decoded: decoded.encoding.replaced)


def _decoded(text: str, declared: str | None, used: str) -> Decoded:
    return Decoded(text, Encoding(declared=declared, used=used, replaced=text.count("\ufffd")))


def _byte_order_mark(body: bytes) -> tuple[str | None, bytes]:
    for mark, codec in _MARKS.items():
        if body.startswith(mark):
            return codec, body.removeprefix(mark)
    return None, body


def _header_charset(content_type: str | None) -> str | None:
    found = _CHARSET.search(content_type or "")
    return found[1] if found else None


def _meta_charset(body: bytes) -> str | None:
    label = EncodingDetector.find_declared_encoding(body[:4096], is_html=True, search_entire_document=True)
    # A <meta> that could be read as ASCII does not stand in UTF-16 (WHATWG HTML, 13.2.3.2).
    return "utf-8" if label and label.lower().startswith("utf-16") else label


def _python_codecs(label: str) -> Iterator[str]:
    known = webencodings.lookup(label)
    if known is not None and known.name != "x-user-defined":
        yield from _CODECS.get(known.name, (known.codec_info.name,))
