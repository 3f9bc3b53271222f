"""Search: what is typed is found where it stands, in any width, and nowhere else; in SQLite itself."""

import sqlite3
from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pref_scraper.search import LONGEST, TOKENIZE, Piece, Span, expression, find, fold, grams, snippet, words

# Signs that fold, melt, steer or quote, beside plain ones: close together, so that much is equal.
SIGNS = "協働県のＮnＰpo１1①㈱　 \n・（(～〜—-ー\"'*:^%_ガｶﾞか\u3099é𠮷\x00\ufffd"
TEXT = st.text(alphabet=SIGNS, max_size=40) | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
LONG = "特定非営利活動促進法に基づく認証事務を行います。"


def indexed(*texts: list[str]) -> sqlite3.Connection:
    """An index as archive.db has it, of a row per list of texts."""
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE VIRTUAL TABLE t USING fts5(said, content='', detail=none, tokenize=\"{TOKENIZE}\")")
    database.executemany("INSERT INTO t (rowid, said) VALUES (?, ?)", enumerate(map(grams, texts), 1))
    return database


def found(database: sqlite3.Connection, match: str) -> list[int]:
    return [row for (row,) in database.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rowid", [match])]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("協働", ("協働",)),
        ("  ", ()),
        ("ＮＰＯ　Npo", ("npo",)),
        ("県 協働", ("県", "協働")),
        ('"県 協働"', ("県 協働",)),
        ('県"協　働"', ("県", "協 働")),
        ('"県 協', ("県 協",)),
        ('""', ()),
        ("＂ボランティア 活動＂", ("ボランティア 活動",)),
        ("ﾎﾞﾗﾝﾃｨｱ", ("ボランティア",)),
        ("a\x00b", ("a\ufffdb",)),
    ],
)
def test_a_query_is_words_in_one_form(query: str, expected: tuple[str, ...]) -> None:
    assert words(query) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], '""'),
        (["協働"], '"協働"'),
        (["県", "協働"], '"県" AND "協働"'),
        (['a"b'], '"a""b"'),
        (["あいうえおかきくけこさし"], '"あいうえおかきくけこさし"'),
        (["あいうえおかきくけこさしす"], '"あいうえおかきくけこさし" AND "いうえおかきくけこさしす"'),
    ],
)
def test_words_are_grams_for_the_index(wanted: list[str], expected: str) -> None:
    assert expression(wanted) == expected


@given(text=TEXT, data=st.data())
@settings(deadline=None)
def test_every_stretch_of_a_text_is_found(text: str, data: st.DataObject) -> None:
    """Of the folded text, as a person types it; up to LONGEST signs."""
    folded = fold(text)
    start = data.draw(st.integers(0, len(folded)))
    word = folded[start : start + data.draw(st.integers(1, LONGEST))].strip()
    if word:
        with closing(indexed([text], ["別"])) as database:
            assert 1 in found(database, expression([word]))
        assert any(word in fold(text[span.start : span.end]) for span in find(text, [word]))


@given(texts=st.lists(TEXT, min_size=1, max_size=3), query=st.text(alphabet=SIGNS, min_size=1, max_size=LONGEST))
@settings(deadline=None)
def test_nothing_is_found_where_it_does_not_stand(texts: list[str], query: str) -> None:
    wanted = words(query)
    if wanted:
        with closing(indexed(*([text] for text in texts))) as database:
            expected = [n for n, text in enumerate(texts, 1) if all(word in fold(text) for word in wanted)]
            assert found(database, expression(wanted)) == expected


@given(text=TEXT)
def test_hits_are_in_order_apart_and_within_the_text(text: str) -> None:
    spans = find(text, [fold(text)[:1].strip() or "協", "n", "か"])
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


def test_a_long_word_is_found_by_the_grams_that_cover_it_and_checked_in_the_text() -> None:
    """The second text has every gram that covers the word, and not the word."""
    word = LONG[:18]
    elsewhere = f"{word[:12]}、{word[6:]}"
    with closing(indexed([LONG], [elsewhere])) as database:
        assert found(database, expression([word])) == [1, 2]
    assert find(LONG, [word]) == [Span(0, 18)]
    assert find(elsewhere, [word]) == []


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("NPO法人の設立", "ＮＰＯ", [Span(0, 3)]),
        ("ﾎﾞﾗﾝﾃｨｱ活動", "ボラ", [Span(0, 3)]),
        ("新しい㈱三重", "株", [Span(3, 4)]),
        ("県と県民", "県 県民", [Span(0, 1), Span(2, 4)]),
        ("災害　\n ボランティア", '"害 ボ"', [Span(1, 6)]),
        ("（２２）　－　千円", "(22) - 千円", [Span(0, 4), Span(5, 6), Span(7, 9)]),
        ("ああああ", "ああ", [Span(0, 4)]),
        ("協働", "共同", []),
    ],
)
def test_hits_are_places_in_the_text_as_printed(text: str, query: str, expected: list[Span]) -> None:
    assert find(text, words(query)) == expected


@pytest.mark.parametrize(
    ("text", "hits", "expected"),
    [
        ("県民との協働", [Span(4, 6)], [Piece("…", False), Piece("との", False), Piece("協働", True)]),
        ("あいうえおかきくけこ", [Span(5, 6)], [Piece("…", False), Piece("えお", False), Piece("か", True), Piece("きく", False), Piece("…", False)]),
        ("あいうえおかきくけこ", [Span(0, 1), Span(9, 10)], [Piece("あ", True), Piece("いう", False), Piece("…", False), Piece("くけ", False), Piece("こ", True)]),
        ("あいうえおか", [], [Piece("あいうえ", False), Piece("…", False)]),
        ("", [], []),
    ],
)  # fmt: skip
def test_a_snippet_is_what_stands_around_the_hits(text: str, hits: list[Span], expected: list[Piece]) -> None:
    assert snippet(text, hits, around=2) == expected


def test_a_word_that_stands_everywhere_makes_no_long_snippet() -> None:
    text = ("県" + "あ" * 200) * 50
    assert sum(len(piece.text) for piece in snippet(text, find(text, ["県"]))) < 200
