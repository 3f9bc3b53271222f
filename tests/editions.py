"""Three editions of the fixture page. Only the first is the page's text; the edits are made up, for tests and the demo."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent / "fixtures" / "mie" / "npo"
PATH = "/NPO/35168030780.htm"


@dataclass(frozen=True, slots=True)
class Edition:
    """A day, what was edited since the edition before, and the edits: what stood there, and what stands there now."""

    at: datetime
    note: str
    edits: tuple[tuple[str, str], ...]


_LAST_OVERVIEW = "NPOの活動基盤の強化をはかります。（10団体予定）</p>\n"
_ISSUE = (
    "<li>また、みえ県民交流センターにおいて、NPOの支援を行ってきましたが、今後は、より一層NPOに関する"
    "情報の受発信の充実や広域的なNPO支援機能の向上をはかる必要があります。</li>\n"
)
_PROJECT = """<h4>５．（新）災害ボランティア受入体制整備事業</h4>
<p>【基本事業名：52103 NPOと多様な主体との協働の推進】</p>
<p>予算額：（22） －　千円　→　（23） 1,200千円</p>
<p>事業概要：災害時にボランティアを受け入れる体制を、NPOと協働して整えます。</p>
"""

EDITIONS = (
    Edition(datetime(2026, 4, 1, tzinfo=UTC), "the page as it is", ()),
    Edition(datetime(2026, 5, 1, tzinfo=UTC), "an amount is corrected", (("28,709千円", "29,100千円"),)),
    Edition(
        datetime(2026, 6, 1, tzinfo=UTC),
        "a project is added, another is for two more, an issue is removed",
        ((_LAST_OVERVIEW, _LAST_OVERVIEW.replace("10", "12") + _PROJECT), (_ISSUE, "")),
    ),
)


def page(number: int = 1) -> bytes:
    """The HTML of an edition, 1 to 3: each has the edits of those before it."""
    html = (FOLDER / "page.html").read_text("utf-8")
    for edition in EDITIONS[:number]:
        for old, new in edition.edits:
            assert html.count(old) == 1, old
            html = html.replace(old, new)
    return html.encode()


def longer(times: int) -> bytes:
    """The first edition with its body's content as many times over."""
    head, mark, rest = page().partition(b'<div class="main-text">\n')
    end = b'</div>\n</div>\n</div>\n</div>\n<div id="contact">'
    content, _, tail = rest.partition(end)
    return head + mark + content * times + end + tail
