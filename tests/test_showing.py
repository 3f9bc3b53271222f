"""An archived page is shown with the right text marked, and with nothing in it that a browser runs or loads."""

import random
import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pref_scraper import parse
from pref_scraper.showing import show

from .editions import page
from .render import Renderer, content

SHOWN = {
    *("html", "head", "meta", "title", "style", "body"),
    *("abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "cite", "code"),
    *(
        "dd",
        "del",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    ),
    *("header", "hr", "i", "ins", "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s"),
    *("samp", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th"),
    *("thead", "time", "tr", "tt", "u", "ul", "wbr"),
}
ATTRIBUTES = {"align", "class", "colspan", "dir", "id", "lang", "rowspan", "scope", "start", "title", "value"}


def _read(shown: str) -> BeautifulSoup:
    """What another parser than the one that made it finds."""
    return BeautifulSoup(shown, "html.parser")


def _folded(text: str) -> str:
    """Text without white space and what takes no place on a line."""
    return re.sub("[\\s\u00ad\u200b-\u200d\u2060\ufeff]+", "", text)


def _marked(body: bytes, start: int, end: int, content: str | None = None) -> str:
    marks = _read(show(body, start=start, end=end, content=content)).find_all("mark", class_="hit")
    assert [mark.get("id") for mark in marks] == ["hit", *[None] * (len(marks) - 1)][: len(marks)]
    return _folded("".join(mark.get_text() for mark in marks))


def _assert_each_record_is_marked(body: bytes) -> None:
    found = parse(body)
    for view, record in found.records():
        start, end = record.text_start, record.text_end
        assert _marked(body, start, end) == _folded(found.text[start:end]), (view, record)


def test_each_record_of_the_fixture_page_is_marked_where_it_stands() -> None:
    _assert_each_record_is_marked(page())


@given(seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_each_record_of_a_rendered_page_is_marked_where_it_stands(seed: int) -> None:
    pick = random.Random(seed)
    _assert_each_record_is_marked(Renderer(pick).page(content(pick)))


@given(seed=st.integers(0, 2**32), cuts=st.tuples(st.floats(0, 1), st.floats(0, 1)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_stretch_of_the_body_is_marked(seed: int, cuts: tuple[float, float]) -> None:
    pick = random.Random(seed)
    body = Renderer(pick).page(content(pick))
    text = parse(body).text
    body_start = text.index("\n") + 1
    start, end = sorted(body_start + int(cut * (len(text) - body_start)) for cut in cuts)
    assert _marked(body, start, end) == _folded(text[start:end])


def _around(text: str) -> tuple[bytes, int, int]:
    """A page with this in its body, and the place of 28,709千円 in its visible text."""
    body = f"<title>頁</title><body><nav>28,709千円</nav><main><p>28,710千円</p>{text}</main>".encode()
    found = parse(body).text
    start = found.index("28,709千円")
    return body, start, start + len("28,709千円")


WHERE = {
    "the same figure stands in the navigation, and that one is not marked": (
        "<p>予算額：28,709千円</p>",
        "予算額：<mark>28,709千円</mark>",
    ),
    "elements part it: each piece is marked": (
        "<p>28,<b>709</b>千円</p>",
        "<mark>28,</mark><b><mark>709</mark></b><mark>千円</mark>",
    ),
    "it stands behind a script": ("<p><script>var a = '28,709千円'</script>28,709千円</p>", "<mark>28,709千円</mark>"),
    "a comment, and what takes no place, stand inside it": (
        "<p>28,&#8203;70<!-- x -->9千円</p>",
        "<mark>28,\u200b709千円</mark>",
    ),
    "white space that a browser folds stands before it": ("<p>  \n  28,709千円 </p>", "<mark>28,709千円</mark>"),
    "a form and a share link before it are not in the visible text": (
        "<form><p>28,709千円</p></form><p>このページをツイート</p><p>28,709千円</p>",
        "<div><p>28,709千円</p></div><p>このページをツイート</p><p><mark>28,709千円</mark>",
    ),
    "it is a cell": ("<table><tr><th>23</th><td>28,709千円</td></tr></table>", "<td><mark>28,709千円</mark></td>"),
    "it stands in <pre>, where elements are text": (
        "<pre>22\n<script>1</script>\n28,709千円</pre>",
        "<pre>22\n1\n<mark>28,709千円</mark></pre>",
    ),
    "a reading stands before it, and is shown": (
        "<p><ruby>額<rp>（</rp><rt>がく</rt><rp>）</rp></ruby>28,709千円</p>",
        "<rt>がく</rt><rp>）</rp></ruby><mark>28,709千円</mark>",
    ),
}


@pytest.mark.parametrize("sentence", WHERE)
def test_the_figure_is_marked(sentence: str) -> None:
    text, expected = WHERE[sentence]
    body, start, end = _around(text)
    shown = re.sub('<mark class="hit"(?: id="hit")?>', "<mark>", show(body, start=start, end=end))
    assert expected in shown
    assert shown.count("<mark>") == expected.count("<mark>")


def test_a_title_is_marked_where_it_is_shown_or_else_above_the_page() -> None:
    heading = "<title>頁 - 県</title><body><h1>頁<b>一</b></h1><main><p>本文</p></main>".encode()
    assert parse(heading).text == "頁一\n本文"
    assert '<h1><mark class="hit" id="hit">頁</mark><b><mark class="hit">一</mark></b></h1>' in show(
        heading, start=0, end=2
    )
    bare = "<title>頁</title><body><main><p>本文</p></main>".encode()
    assert '<p><mark class="hit" id="hit">頁</mark></p>' in show(bare, start=0, end=1)
    assert _marked(bare, 0, 4) == "頁本文"


def test_nothing_is_marked_where_nothing_is_meant() -> None:
    for body in (page(), b"", b"   ", "予算".encode()):
        for start, end in ((0, 0), (5, 3), (10**9, 10**9 + 1)):
            assert _marked(body, start, end) == ""


HOSTILE = {
    "a script": "<script>X()</script>",
    "a script within a script's text": "<scr<script>ipt>X()</scr</script>ipt>",
    "an event handler": '<p onclick="X()" onmouseover=X()>p</p><img src=x onerror="X()" alt="a">',
    "a link that is a script": '<a href="javascript:X()">a</a><a href=" jAva\tscript:X()">b</a><a href="data:text/html,X">c</a>',
    "a link that breaks out of its attribute": '<a href="http://a/&quot;><script>X()</script>">a</a>',
    "a picture's text that breaks out": '<img alt="&lt;script&gt;X()&lt;/script&gt;" src="http://a/b.png">',
    "a form": '<form action="http://a/"><input name=q value=X><button formaction="javascript:X()">b</button></form>',
    "a refresh": '<meta http-equiv="refresh" content="0;url=http://a/">',
    "a base": '<base href="http://a/" target="_top"><a href="b">b</a>',
    "style sheets": '<link rel=stylesheet href="http://a/c.css"><style>@import url(http://a/c.css);</style>',
    "style in attributes": '<p style="background:url(http://a/p.png)" background="http://a/p.png">p</p>',
    "a table's background": '<table background="http://a/p.png"><tr><td background="http://a/p.png">p</td></tr></table>',
    "an SVG": '<svg onload="X()"><script>X()</script><a xlink:href="javascript:X()"><text>t</text></a></svg>',
    "an SVG's use": '<svg><use href="data:image/svg+xml,X"/><image href="http://a/p.png"/></svg>',
    "frames": '<iframe src="http://a/" srcdoc="<script>X()</script>"></iframe><frameset><frame src="http://a/"></frameset>',
    "plug-ins": '<object data="http://a/x.swf"><embed src="http://a/x.swf"></object><applet code=X></applet>',
    "media": '<video src="http://a/v" poster="http://a/p"><source src="http://a/v"></video><audio src="http://a/a"></audio>',
    "a set of pictures": '<picture><source srcset="http://a/p.png"><img srcset="http://a/p.png 2x" alt="p"></picture>',
    "a template": "<template><script>X()</script></template>",
    "noscript that closes itself": '<noscript><p title="</noscript><img src=x onerror=X()>">p</p></noscript>',
    "elements that change how a parser reads": (
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=X()&gt;">'
    ),
    "foreign content left by a paragraph": '<svg></p><style><a id="</style><img src=1 onerror=X()>">',
    "a title that ends": "<title></title><script>X()</script></title>",
    "text areas that end": '<textarea></textarea><img src=x onerror="X()"></textarea>',
    "xmp and plaintext": "<xmp><script>X()</script></xmp><plaintext><script>X()</script>",
    "a comment that ends oddly": "<!--><script>X()</script>--><!--!><img src=x onerror=X()>",
    "conditional comments": "<!--[if gte IE 4]><script>X()</script><![endif]-->",
    "names for our own": '<p id="hit" class="hit">p</p><mark class="hit" id="hit">m</mark><form name=body id=documentElement></form>',
    "attributes without a known form": '<td colspan="2 onclick=X()" lang="&quot;><script>">p</td><ol start="1;X()"><li value="x">',
    "preformatted hostility": "<pre><script>X()</script><img src=x onerror=X()><style>@import 'http://a/'</style></pre>",
    "custom elements": '<x-a onclick="X()" is="x-b"><slot name=s></slot></x-a><script/src="http://a/s.js"></script>',
}


def _hostile(part: str, charset: str = "utf-8") -> bytes:
    return (
        f'<html><head><meta charset="{charset}">{part}</head><body><main>{part}<p>本文</p></main>{part}</body>'.encode()
    )


@pytest.mark.parametrize("sentence", HOSTILE)
def test_nothing_of_it_is_left(sentence: str) -> None:
    body = _hostile(HOSTILE[sentence])
    text = parse(body).text
    _assert_harmless(show(body, start=0, end=len(text), url="http://www.example.jp/"))
    assert _marked(body, 0, len(text)) == _folded(text)


def test_what_is_labelled_utf_7_is_not_read_as_that() -> None:
    shown = show(
        _hostile("+ADw-script+AD4-X()+ADw-/script+AD4-", "utf-7"),
        start=0,
        end=0,
        content_type="text/html; charset=utf-7",
    )
    _assert_harmless(shown)
    assert "+ADw-script+AD4-" in shown


@given(
    st.lists(
        st.sampled_from(
            [*HOSTILE.values(), "<p>", "</p>", "<table>", "</table>", "<pre>", "<svg>", "<!--", '"', "'", ">"]
        )
    )
)
@settings(max_examples=200, deadline=None)
def test_nothing_is_left_of_many_together(parts: list[str]) -> None:
    _assert_harmless(show(_hostile("".join(parts)), start=0, end=99, url="http://www.example.jp/"))


def _assert_harmless(shown: str) -> None:
    """Elements and attributes as listed above, one style and that ours, and no address beside a link's title."""
    read = _read(shown)
    for element in read.find_all():
        assert element.name in SHOWN, element
        is_of_the_head = element.name == "meta"
        assert is_of_the_head or set(element.attrs) <= ATTRIBUTES, element
        assert element.get("id") in (None, "hit"), element
        assert str(element.get("title", "http://")).startswith(("http://", "https://")), element
    assert len(read.find_all("style")) == len(read.find_all("title")) == 1
    assert len(read.find_all("meta")) == 2
    assert len(read.find_all(id="hit")) <= 1
    assert not re.search("url|import", read.find_all("style")[0].get_text())
