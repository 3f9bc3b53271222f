"""Pages that differ in plain texts alone: they are read by a mould of the page before, and read the same."""

import os

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pref_scraper import parse
from pref_scraper.parsing import Bounds, forget, mould
from pref_scraper.parsing.document import read_marked
from pref_scraper.parsing.encoding import Decoded, decode
from pref_scraper.parsing.mould import Mould

from .editions import page

EXAMPLES = int(os.environ.get("MARKUP_EXAMPLES", "300"))
HTML = page().decode()
# What texts stand in, or seem to; X is a text.
PIECES = (
    *("<p>X</p>", "<p> X\n</p>", "<p>\u3000X</p>", "<p>&nbsp;X</p>", "<p>X&nbsp;X</p>", "<p>X&ampX</p>", "<p>&X;</p>"),
    *("<h1>X</h1>", "<h1><b>X</b></h1>", "<title>X</title>", "<h3>平成23年度X</h3>", "<h3>X施策概要</h3>", "X", "X>X"),
    *("<div class='main-text'>X", "<div class=main-text><p>X</p></div>", "</div>", "<main>X</main>", "<nav>X</nav>"),
    *("<ul><li>X</li><li>X</ul>", "<table><tr><td>X<td>X</table>", "<table>X<tr><td>X</td></tr>X</table>", "<br>X"),
    *("<pre>X</pre>", "<PRE\n>X", "<pre<p>X", "<xmp>X</xmp>", "<plaintext>X", "<textarea>X</textarea>", "<select>X"),
    *("<script>X</script>", "<script>if (a > b) X", "<style>X</style>", "<noscript>X</noscript>", "<svg>X</svg>"),
    *("<!-- X -->", "<!-- > X", "-->", "<!-->X", "<?X?>X", "<![CDATA[X]]>", "<!DOCTYPE html>", "<!X>X", "< X >X"),
    *("<a title='a > X' href='X'>X</a>", '<a title="a > X', '"', "'", "<a href=X>X</a>", "<img alt='>X<p>X'>", "</X>X"),
    *("\U000f0001", "&#xF0002;<p>X", "&#x10FFE0;X", "<meta charset=euc-jp>", "<body>X", "<head>X", "<html>X", "\0X"),
)
TEXTS = st.sampled_from(
    (
        *(
            "県",
            "協働を進めます。",
            "平成23年度 施策概要",
            "a",
            "事業概要：あ い\nう",
            "あ\u200bい",
            "あ&amp;い",
            "い--",
            "--",
        ),
        *(
            "",
            " ",
            "\u3000",
            "\n",
            "'",
            '"',
            ">",
            "あ > い",
            "&",
            "amp;",
            "#x41;",
            "\x01",
            "\U0010ffe0",
            "\U000f0003",
            "\r\nあ",
        ),
    )
)


@given(st.data())
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_pages_of_one_markup_are_read_as_if_each_were_the_first(data: st.DataObject) -> None:
    skeleton = "".join(data.draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8)))
    skeleton = data.draw(
        st.sampled_from(("X", "<div class='main-text'><p>県</p>X</div>X", "<h1>X</h1><main>県X</main>"))
    ).replace("X", skeleton, 1)
    content = data.draw(st.sampled_from((None, "div", "p")))
    forget()
    for _ in range(4):
        texts = data.draw(st.lists(TEXTS, min_size=skeleton.count("X"), max_size=skeleton.count("X")))
        html = "".join(part for pair in zip(skeleton.split("X"), [*texts, ""], strict=True) for part in pair)
        shown = Decoded(html, html.encode(), decode(b"").encoding)
        event(f"read by a mould: {_filled(shown, content) is not None}")
        assert mould.read(shown, content, None) == read_marked(shown, content, None)


def _filled(shown: Decoded, content: str | None) -> object:
    """What the mould that is kept reads of a page; None where there is none that fits."""
    kept = mould.remembered(shown.text.count("<"), content, None).mould
    texts = kept.texts(shown) if kept else None
    return kept.fill(texts) if kept and texts is not None else None


def test_an_edited_page_is_read_by_a_mould() -> None:
    """Also sentences in front of a reference, and a project's name behind one."""
    first = Mould(decode(HTML.encode()), None, None)
    for old, new in (
        ("みえ県民交流センター指定管理事業</h4>", "みえ県民交流センター運営事業</h4>"),
        ("千円", "万円"),
        ("。", "など。"),
    ):
        edited = decode(HTML.replace(old, new).encode())
        assert edited.text != HTML, old
        texts = first.texts(edited)
        assert texts, old
        assert first.fill(texts) == read_marked(edited, None, None)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("<h4>", "<h5>", "another tag"),
        ("。", "。<br>", "one tag more"),
        ("。", '“"”。', "a quote, which may end an attribute"),
        ("。", "&amp;。", "a reference"),
        ("。", "\u200b。", "a sign that takes no place"),
    ],
)
def test_what_is_no_plain_text_is_read_anew(old: str, new: str, what: str) -> None:
    edited = decode(HTML.replace(old, new).encode())
    kept = Mould(decode(HTML.encode()), None, None)
    assert edited.text.count("<") != HTML.count("<") or kept.texts(edited) is None, what


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<div class=main-text><h1>{}</h1><p>県</p></div>", "a title"),
        ("<title>{}</title><h1>県</h1><h1>国</h1><main>県</main>", "what a title is chosen by"),
        ("<script>{}</script><main>県</main>", "a script"),
        ("<img alt='> {} <'><main>県</main>", "an attribute"),
        ("<!-- > {} <p> --><main>県</main>", "a comment"),
        ("<main><p>県</p><pre>{}</pre></main>", "lines"),
        ("<div><h3>平成23年度 施策概要</h3></div><p>{}</p>", "a page of which the body is found by what it says"),
    ],
)
def test_a_text_on_which_more_hangs_is_read_anew(html: str, what: str) -> None:
    one, other = (decode(html.format(text).encode()) for text in ("一", "二"))
    kept = Mould(one, None, None)
    texts = kept.texts(other)
    assert texts is not None, what
    assert kept.fill(texts) is None, what


def test_bounds_hold_for_each_page() -> None:
    bounds = Bounds(tags=len(HTML))
    assert parse(HTML.encode(), bounds=bounds) == parse(HTML.encode())
