"""Bytes to text, before any HTML parser sees them.

HTML parsers given bytes lose text silently: a page declared Shift_JIS that holds ①, ㈱
or 髙 comes out empty. So everything is decoded here, strictly first. What a page declares
(byte order mark, HTTP header, <meta>, in this order) is tried and not believed: what it
gives must look like Japanese, or else the usual encodings of Japanese pages are tried,
too, and the most plausible text wins. Only where nothing fits is damage marked with
U+FFFD, and counted.

beautifulsoup4 finds what a <meta> declares; its own detector is not asked, since it is
right on two thirds only of the pages with characters that Shift_JIS has and JIS has not.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import webencodings
from bs4.dammit import EncodingDetector

from ..records import Encoding

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';,]+)""", re.IGNORECASE)

# Python codecs by the name that WHATWG gives to a label. Every Shift_JIS is cp932 in truth.
_CODECS = {
    "shift_jis": ("cp932", "shift_jis_2004"),
    "euc-jp": ("euc_jp", "euc_jis_2004"),
    "iso-2022-jp": ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2004"),
}
_ESCAPES = (b"\x1b$", b"\x1b(")
_USUAL = ("utf-8", "cp932", "euc_jp", "euc_jis_2004", "shift_jis_2004")
# Decode anything, so they prove nothing: believed only when no other fits.
_WESTERN = frozenset({"cp1252", "iso8859-1", "latin-1", "ascii"})

# The bytes that a western reading made characters of: cp1252, with its five gaps as Latin-1 fills them.
_WESTERN_BYTES = {
    ord(char): byte for byte in range(0x80, 0xA0) if (char := bytes([byte]).decode("cp1252", "ignore")) > "\u00ff"
}

_ASCII = bytes(range(0x80))
_KANA = re.compile("[ぁ-んァ-ヶー]")
_JAPANESE = re.compile("[ぁ-んァ-ヶー一-龠々、。（）「」・：]+")
_STRANGE = re.compile("[\u0080-\u00ff\uff61-\uff9f\ue000-\uf8ff\ufffd㐀-䶿]+")
_SAMPLE = 20_000
# Shares of Japanese signs from which on a decoding is taken, and below which it is doubted.
_SURE, _DOUBTFUL = 0.8, 0.3


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's text, the same in UTF-8, and how it was found."""

    text: str
    utf8: bytes
    encoding: Encoding


def decode(body: bytes, content_type: str | None = None, known: str | None = None) -> Decoded:
    """The text of a page's bytes; `known` is an encoding that a person has set for the source."""
    mark, unmarked = _byte_order_mark(body)
    labels = [label for label in (_header_charset(content_type), _meta_charset(body)) if label]
    declared = mark or (labels[0] if labels else None)
    text, used = _best(unmarked, _candidates(unmarked, known or mark, labels), is_certain=bool(known or mark))
    undone = _undo_double(text) if used == "utf-8" else None
    if undone is not None:
        text, used = undone
    replaced = text.count("\ufffd")
    # Encoding again is left out where the page's own bytes are the same: in nearly every page of today.
    utf8 = unmarked if used == "utf-8" and not replaced else text.encode("utf-8", "replace")
    return Decoded(text, utf8, Encoding(declared=declared, used=used, replaced=replaced))


def _candidates(body: bytes, certain: str | None, labels: Iterable[str]) -> Iterator[str]:
    """Codecs to try, likeliest first."""
    if certain:
        yield certain
    if body.isascii():
        if any(escape in body for escape in _ESCAPES):
            yield from _CODECS["iso-2022-jp"]
    else:
        # Japanese text in another encoding is hardly ever valid UTF-8, so what is valid is UTF-8 under any label.
        yield "utf-8"
    declared = [codec for label in labels for codec in _python_codecs(label)]
    yield from (codec for codec in declared if codec not in _WESTERN)
    yield from _USUAL
    yield from declared


def _best(body: bytes, candidates: Iterable[str], *, is_certain: bool) -> tuple[str, str]:
    """The first strict decoding that looks Japanese, else the most plausible, else the least damaged."""
    strict: list[tuple[str, str]] = []
    tried: list[str] = []
    for codec in candidates:
        if codec in tried:
            continue
        tried.append(codec)
        try:
            text = body.decode(codec)
        except UnicodeDecodeError:
            continue
        if is_certain or codec == "utf-8" or text.isascii() or _plausibility(text) > _SURE:
            return text, codec
        strict.append((text, codec))
    found = max(strict, key=_plausible, default=None)
    if found is not None and _plausible(found) > _DOUBTFUL:
        return found
    # One damaged byte may leave only a wrong encoding that reads it strictly.
    damaged = max(((body.decode(codec, "replace"), codec) for codec in tried), key=_plausible)
    return found if found is not None and _plausible(damaged) <= _DOUBTFUL else damaged


def _plausible(found: tuple[str, str]) -> float:
    return _plausibility(found[0])


def _plausibility(text: str) -> float:
    """How much of what is not ASCII looks like Japanese, less what does not: -1 to 1."""
    sample = text[:_SAMPLE].encode("utf-8", "surrogatepass")
    other = sample.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    return (_count(_JAPANESE, other) - 2 * _count(_STRANGE, other)) / len(other) if other else 0.0


def _count(signs: re.Pattern[str], text: str) -> int:
    return len("".join(signs.findall(text)))


def _undo_double(text: str) -> tuple[str, str] | None:
    """The text of a page that was read in a western encoding and saved again as UTF-8, and how; None for others."""
    if _KANA.search(text) or not _STRANGE.search(text):
        return None
    try:
        body = text.translate(_WESTERN_BYTES).encode("latin-1")
    except UnicodeEncodeError:
        return None
    found, codec = _best(body, _candidates(body, None, []), is_certain=False)
    return (found, f"{codec} read as cp1252 and saved as utf-8") if _plausibility(found) > 0.5 else None


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
