"""Where two texts differ: nothing lost, no word cut, and what a reader would mark."""

import random
import re
import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pref_scraper.prose import compare

_MARKS = {"equal": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}


def _marked(old: str, new: str) -> str:
    return "".join(_MARKS[kind].format(text) for kind, text in compare(old, new))


@pytest.mark.parametrize(
    ("old", "marked", "new"),
    [
        ("県民の参加", "県民の[-参加-]{+参画+}", "県民の参画"),
        ("推進します。", "推進[-します-]{+しました+}。", "推進しました。"),
        ("県民の社会参画への支援", "県民の[-社会参画-]{+社会参画活動+}への支援", "県民の社会参画活動への支援"),
        ("ボランティアの輪", "[-ボランティア-]{+ボランテイア+}の輪", "ボランテイアの輪"),
        ("平成22年度", "平成[-22-]{+23+}年度", "平成23年度"),
        # a number is one, with its commas
        ("28,709千円", "[-28,709-]{+29,709+}千円", "29,709千円"),
        ("１，２００千円", "[-１，２００-]{+１，３００+}千円", "１，３００千円"),
        ("ＮＰＯ活動", "[-ＮＰＯ-]{+NPO+}活動", "NPO活動"),
        # what is equal by chance between two edits is no anchor
        ("支援の充実", "[-支援の充実-]{+協働の推進+}", "協働の推進"),
        ("同じ文です。古い話。", "同じ文です。[-古い話-]{+新聞記事+}。", "同じ文です。新聞記事。"),
        # of equal places, whole sentences and lines
        ("甲です。乙です。", "甲です。{+丙です。+}乙です。", "甲です。丙です。乙です。"),
        ("一つ。\n二つ。\n三つ。", "一つ。\n[-二つ。\n-]三つ。", "一つ。\n三つ。"),
        ("前、後", "前、{+中、+}後", "前、中、後"),
        ("事業名（旧）", "事業名{+（新）+}（旧）", "事業名（新）（旧）"),
        ("「公」と「民」と「私」", "「公」と[-「民」と-]「私」", "「公」と「私」"),
        ("これは、県民の、県民による", "これは、[-県民の、-]県民による", "これは、県民による"),
        # an accent belongs to its letter
        ("か\u3099く", "[-か\u3099く-]{+か\u3099け+}", "か\u3099け"),
        ("", "{+何か+}", "何か"),
        ("何か", "[-何か-]", ""),
        ("", "", ""),
        ("同じ", "同じ", "同じ"),
    ],
)
def test_a_reader_sees_the_edit(old: str, marked: str, new: str) -> None:
    assert _marked(old, new) == marked


def test_a_rewritten_sentence_keeps_what_carries_meaning() -> None:
    old = "また、NPOの支援を行ってきましたが、今後は、より一層NPOに関する情報の受発信の充実をはかる必要があります。"
    new = "また、NPOの支援を行っていますが、今後はさらにNPOに関する情報発信の充実を図ることが重要です。"
    assert [text for kind, text in compare(old, new) if kind == "equal"] == [
        "また、NPOの支援を行",
        "NPOに関する",
        "。",
    ]


# Few signs of each type, so that texts have much in common.
_TEXT = st.lists(
    st.sampled_from([*"県民交流をはかるセンターNPOｘ12３，.、。「」（）・ \n\u3000", "\u3099", "𠮷"]), max_size=60
).map("".join)
_ANY = st.text(max_size=60)


@st.composite
def _edited(draw: st.DrawFn) -> tuple[str, str]:
    """A text, and what some edits make of it."""
    old = new = draw(_TEXT)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(new)))
        end = min(len(new), start + draw(st.integers(0, 8)))
        new = new[:start] + draw(_TEXT)[:8] + new[end:]
    return old, new


_PAIRS = st.one_of(_edited(), st.tuples(_TEXT, _TEXT), st.tuples(_ANY, _ANY))


@given(_PAIRS)
def test_both_texts_come_back(pair: tuple[str, str]) -> None:
    found = compare(*pair)
    assert "".join(text for kind, text in found if kind != "added") == pair[0]
    assert "".join(text for kind, text in found if kind != "removed") == pair[1]
    assert all(text for _, text in found)
    assert all(one.kind != next_.kind for one, next_ in pairwise(found))


@given(_edited())
@example(("1", "1\u3099"))
@example(("1\u30992", "1\u3099"))
def test_no_edge_cuts_a_word(pair: tuple[str, str]) -> None:
    for text, without in zip(pair, ("added", "removed"), strict=True):
        place = 0
        for segment in [segment for segment in compare(*pair) if segment.kind != without][:-1]:
            place += len(segment.text)
            before = text[:place].rstrip("\u3099")
            assert text[place] != "\u3099"
            assert not before or _script(before[-1]) != _script(text[place]) or _script(text[place]) is None


def _script(sign: str) -> str | None:
    """A sign's script as Unicode names it; None for what is no letter, no digit and no ideograph."""
    name = re.match(r"CJK UNIFIED|HIRAGANA LETTER|KATAKANA|(?:FULLWIDTH )?(?:LATIN|DIGIT)", unicodedata.name(sign, ""))
    return name[0].removeprefix("FULLWIDTH ") if name and unicodedata.category(sign) != "Po" else None


@given(_TEXT)
def test_what_is_equal_is_said_so(text: str) -> None:
    assert [(kind, found) for kind, found in compare(text, text)] == ([("equal", text)] if text else [])


@pytest.mark.parametrize(
    "alphabet", ["。", "、。", "県の", "県民の、。\n", "ab,. \n", "".join(map(chr, range(0x3041, 0x9FFF)))]
)
def test_hostile_texts_take_no_longer_than_a_blink(alphabet: str) -> None:
    """100,000 signs without a common order, and the same with a few edits far apart."""
    pick = random.Random(20261125)
    old = "".join(pick.choices(alphabet, k=100_000))
    other = "".join(pick.choices(alphabet, k=100_000))
    edited = old[:50] + other[:30] + old[80:50_000] + old[50_010:99_000] + other[:90] + old[99_100:]
    start = time.process_time()
    compare(old, other)
    compare(old, edited)
    assert time.process_time() - start < 4
