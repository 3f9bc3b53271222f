"""How a figure or a sentence of an archived page is cited; pure.

In goes what is known of it, out come three lines to copy: as SIST 02 has it for pages of the web
(科学技術情報流通技術基準 SIST 02-2007, 電子文献: ウェブページ), an entry for BibTeX, and plain Japanese. What is not
known is left out. The first has the page and the day that it was seen on; the others also the
record in the web archive and the place in the text, which lead to the very bytes.
"""

from dataclasses import dataclass
from datetime import datetime

from .history import JAPAN
from .names import JAPANESE, Names

QUOTED = 120
"""How many characters of what is cited are quoted."""

_WORDS = {"plain": ("プレーンテキスト", "Plain text")}

_LATEX = str.maketrans(
    {
        **{sign: rf"\{sign}" for sign in "#$%&_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_ENCODED = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """What is cited: `start` to `end` of a page's visible text at a capture; the page itself where they are equal.

    `site` is the source's name, `quote` what stands there, `updated_on` as in
    `2013-05-02`, `captured_at` as in `2026-11-22T23:20:47Z`, `record_id` that of the WARC record with the page's bytes.
    Without a `quote`, as beside the text itself, the place is named alone.
    """

    capture_id: str
    title: str | None
    site: str
    publisher: str | None
    updated_on: str | None
    url: str
    captured_at: str
    record_id: str
    start: int
    end: int
    quote: str


def citations(cited: Cited, names: Names = JAPANESE) -> dict[str, str]:
    """The forms by what they are called."""
    return {"SIST 02": sist02(cited), "BibTeX": bibtex(cited), names.words(_WORDS)["plain"]: plain(cited)}


def sist02(cited: Cited) -> str:
    """著者名. “標題”. サイト名. 更新日付. URL, (参照 日付)."""
    title = f"“{_folded(cited.title)}”" if cited.title else None
    known = (cited.publisher, title, cited.site, cited.updated_on)
    before = "".join(f"{_folded(part)}. " for part in known if part)
    return f"{before}{cited.url}, (参照 {_in_japan(cited):%Y-%m-%d})."


def bibtex(cited: Cited) -> str:
    """An entry that BibTeX and biblatex both read; names are in braces of their own, which are kept together."""
    fields = {
        "author": f"{{{_latex(cited.publisher)}}}" if cited.publisher else None,
        "title": f"{{{_latex(cited.title or cited.site)}}}",
        "howpublished": _latex(cited.site),
        "year": cited.updated_on[:4] if cited.updated_on else None,
        "url": cited.url.translate(_ENCODED),
        "urldate": f"{_in_japan(cited):%Y-%m-%d}",
        "note": _latex("，".join(_evidence(cited))),
    }
    place = f"-{cited.start}" if cited.end > cited.start else ""
    listed = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{cited.capture_id}{place},\n{listed}}}"


def plain(cited: Cited) -> str:
    """One line for a note below a text."""
    title = f"「{_folded(cited.title)}」" if cited.title else ""
    head = f"{_folded(cited.publisher or '')}{title}（{_folded(cited.site)}）"
    return f"{head}{cited.url}，{'，'.join(_evidence(cited))}"


def _evidence(cited: Cited) -> list[str]:
    """What stands where, seen when, kept in which record."""
    quote = _folded(cited.quote)
    shown = quote if len(quote) <= QUOTED else f"{quote[:QUOTED]}…"
    quoted = f"「{shown}」" if shown else ""
    place = [f"{quoted}本文{cited.start + 1}～{cited.end}字目"] if cited.end > cited.start else []
    return [*place, f"{_in_japan(cited):%Y-%m-%d %H:%M:%S}（日本時間）取得", f"WARCレコード{cited.record_id}"]


def _in_japan(cited: Cited) -> datetime:
    return datetime.fromisoformat(cited.captured_at).astimezone(JAPAN)


def _folded(text: str) -> str:
    return " ".join(text.split())


def _latex(text: str) -> str:
    return _folded(text).translate(_LATEX)
