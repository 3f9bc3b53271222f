"""Pages that differ in the words of their scripts alone: they are known by their frames, and read the same."""

import os
import re

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pref_scraper import parse
from pref_scraper.parsing import are_scripts, differing, frame

from .editions import page

EXAMPLES = int(os.environ.get("MARKUP_EXAMPLES", "300"))
PLAIN = "".join(map(chr, (*range(0x20, 0x7F), 9, 10, 13))).replace("<", "")
# What a script may stand in, or seem to; X is what differs.
PIECES = (
    "<p>県は協働を進めます。</p>",
    "<h3>平成23年度</h3>",
    "<script>X</script>",
    "<script type='text/javascript' src=a.js>X</script >",
    "<script>\r\n//<![CDATA[\r\nX\r\n//]]>\r\n</script>",
    "<script>if (a<b) X</script>",
    "<script><!--\nX\n--></script>",
    "<script data-a='>X</script>'>X</script>",
    "<SCRIPT>X</SCRIPT>",
    "<scripts>X</scripts>",
    "<script>X",
    "</script>",
    "<!-- <script>X</script> -->",
    "<!--",
    "-->",
    "<!-->",
    "<img alt='<script>X</script>'>",
    "<a href='",
    "'",
    '"',
    "<textarea><script>X</script></textarea>",
    "<title><script>X</script></title>",
    "<style><script>X</script></style>",
    "<noscript><script>X</script></noscript>",
    "<template><script>X</script></template>",
    "<svg><script>X</script></svg>",
    "<xmp><script>X</script></xmp>",
    "<plaintext>",
    "<meta charset=euc-jp>",
    "<script>協働X</script>",
    "<?xml version='1.0' encoding='euc-jp'?>",
    "<pre>",
    "</pre>",
    "<h1>",
    "</h1>",
    "<div class='main-text'><script>X</script></div>",
    "<main><p>県</p></main>",
    "<img class='main-text <script>X</script>'>",
    "&#",
    "X",
)


def _are_known(one: bytes, other: bytes, content: str | None = None) -> bool:
    """Whether two pages are known to read the same."""
    framed = frame(one)
    return (
        framed is not None
        and framed == frame(other)
        and are_scripts(one, differing(framed, one, other), None, content, None)
    )


def _with_token(token: bytes) -> bytes:
    html, found = re.subn(rb'requestToken = "[0-9a-f]*"', b'requestToken = "%s"' % token, page())
    assert found == 1
    return html


def test_another_token_is_the_same_frame() -> None:
    one, other = (_with_token(token) for token in (b"0" * 12, b"f" * 12))
    assert one != other
    assert _are_known(one, other)
    assert parse(one) == parse(other)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<p>県</p><script>var a = 1</script>", "another sign in the text"),
        ("<p>国</p><script>var a = 10</script>", "another length"),
        ("<p>国</p><script>if(a<1)</script>", "what may end a script"),
        ("<p>国</p><script>var a = '県'</script>", "what speaks of the encoding"),
        ("<p>国</p><!-- <script>var a = 2</script> -->", "a comment"),
        ("<p>国</p><SCRIPT>var a = 2</SCRIPT>", "capitals, which are not looked for"),
    ],
)
def test_anything_else_is_another(text: str, what: str) -> None:
    assert frame(text.encode()) != frame("<p>国</p><script>var a = 1</script>".encode()), what


@pytest.mark.parametrize("codec", ["utf-16", "iso2022_jp"])
def test_encodings_in_which_signs_share_bytes_have_none(codec: str) -> None:
    assert frame("<script>var a = 1</script><p>県</p>".encode(codec)) is None


# What stands around a script whose words count, though it is a script: X is what differs.
READ = {
    "in <pre> all text is shown": "<main><h3>平成23年度 施策概要</h3><pre>文。<script>X</script></pre></main>",
    "a heading's text is the title": "<h1>頁<script>X</script></h1><p>文。</p>",
    "on the line of an XML declaration": "<?xml version='1.0'?><script>encoding='X'?></script><p>文。</p>",
    "a page too deep for the parser, which another one reads": "<script>X</script>" + "<div>" * 2_100 + "文。",
    "an attribute, and in capitals a script of the same words": "<title>X</title><b x='<script>X</script>'><SCRIPT>X</SCRIPT>",
}


@pytest.mark.parametrize("html", list(READ.values()), ids=list(READ))
def test_words_that_are_read_are_not_left_out(html: str) -> None:
    one, other = (html.replace("X", word).encode() for word in ("cp932", "utf-8"))
    assert not _are_known(one, other)


def test_a_script_of_white_space_is_no_frame_of_one_that_says_something() -> None:
    html = "<div class='main-text'><script>X</script></div><article><p>文。</p></article>"
    assert parse(html.replace("X", "   ").encode()).text != parse(html.replace("X", "a()").encode()).text
    assert frame(html.replace("X", "   ").encode()) != frame(html.replace("X", "a()").encode())


def test_a_selector_may_ask_for_the_words_of_a_script() -> None:
    one, other = (f"<div><script>{word}()</script><p>文。</p></div>".encode() for word in "ab")
    assert _are_known(one, other, "div")
    assert not _are_known(one, other, "div:contains('a')")


def _filled(parts: list[str], differs: list[bool], same: str, own: str) -> str:
    """The parts with a word behind each but the last: the page's own one where it differs."""
    words = [own if is_own else same for is_own in differs]
    return "".join(map(str.__add__, parts, (*words[1:], "")))


@given(data=st.data(), pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=8))
@settings(max_examples=EXAMPLES, deadline=None)
def test_pages_of_one_frame_read_the_same_where_the_parser_sees_its_scripts(
    data: st.DataObject, pieces: list[str]
) -> None:
    length = data.draw(st.integers(1, 12))
    word = st.text(alphabet=PLAIN, min_size=length, max_size=length)
    parts = "".join(pieces).split("X")
    same, differs = data.draw(word), data.draw(st.lists(st.booleans(), min_size=len(parts), max_size=len(parts)))
    one, other = (_filled(parts, differs, same, data.draw(word)).encode() for _ in range(2))
    if _are_known(one, other):
        event("the same frame, and scripts to the parser")
        assert _are_known(other, one)
        assert parse(one) == parse(other)
