"""What a list of news calls changes."""

import pytest

from pref_scraper import headlines, parse
from pref_scraper.diff import compare
from pref_scraper.identity import identify
from pref_scraper.labels import CHANGE_LABELS
from pref_scraper.records import VIEWS, Change

from .editions import page

HTML = page().decode()
NAME = "三重県 NPO"
FIRST_ISSUE = HTML[HTML.index("<li>県民一人ひとりが") : HTML.index("<li>しかし、NPOの")]
CENTRE = "みえ県民交流センター指定管理事業"
YEAR = HTML[HTML.index("<h2>平成22年度") : HTML.index("<h2>平成21年度")]
PROJECT = """<h4>５．（新）災害ボランティア受入体制整備事業</h4>
<p>予算額：（22） －　千円　→　（23） 1,200千円</p>
"""
BEHIND = "NPOの活動基盤の強化をはかります。（10団体予定）</p>\n"


def changes(*edits: tuple[str, str]) -> list[Change]:
    html = HTML
    for old, new in edits:
        assert old in html
        html = html.replace(old, new, 1)
    before = identify("s", parse(HTML.encode())).entries
    return compare(before, identify("s", parse(html.encode()), before).entries)


FIGURE = ("28,709千円", "29,100千円")
CASES = {
    "a figure, with what it was": (
        [FIGURE],
        f"【予算額の訂正】{NAME}: {CENTRE} 平成23年度 28,709千円 → 29,100千円",
    ),
    "a figure of which a dash is left": (
        [("（23） 3,111千円", "（23） －　千円")],
        f"【予算額の訂正】{NAME}: 新しい公共支援基金事業 平成23年度 3,111千円 → －　千円",
    ),
    "an overview": (
        [("推進します。</p>\n<h4>２", "推進しました。</p>\n<h4>２")],
        f"【事業の変更】{NAME}: 新しい公共支援基金事業",
    ),
    "the weightiest of two, of no record alone": ([(FIRST_ISSUE, ""), FIGURE], f"【予算額の訂正ほか】{NAME}"),
    "a name, with what it was": (
        [("52103 NPOと多様な主体", "52103 NPOと多彩な主体")],
        f"【基本事業の名称変更】{NAME}: NPOと多様な主体との協働の推進 → NPOと多彩な主体との協働の推進",
    ),
    "a project, and not its figures beside it": (
        [(BEHIND, BEHIND + PROJECT)],
        f"【事業の追加】{NAME}: 災害ボランティア受入体制整備事業",
    ),
    "a fiscal year, and nothing that went with it": ([(YEAR, "")], f"【年度の削除】{NAME}: 平成22年度　施策概要"),
    "a sentence, cut short, and not the places of those behind it": (
        [(FIRST_ISSUE, "")],
        f"【現状と課題・取組の削除】{NAME}: 県民一人ひとりが、自らの思いをもとに主体的に地域に関わり、地域づくりを行うため…",
    ),
    "width, where there is nothing else": (
        [("（23） 3,111千円", "（23） ３，１１１千円")],
        f"【字形・空白のみの変更】{NAME}: 新しい公共支援基金事業 平成23年度 3,111千円 → ３，１１１千円",
    ),
}


NOT_COMPARED = {"problems"}  # they say what a parser could not do, and no page says them


@pytest.mark.parametrize("view", [view for view in VIEWS if view not in NOT_COMPARED])
@pytest.mark.parametrize("change", CHANGE_LABELS)
def test_every_change_of_every_view_has_a_title(view: str, change: str) -> None:
    one = Change(record=view, record_id="1", fiscal_year=2011, label="名", change=change, old="旧", new="新")
    assert headlines.title(NAME, [one]).startswith("【")


@pytest.mark.parametrize("what", CASES)
def test_a_title_says_what_is_new(what: str) -> None:
    edits, expected = CASES[what]
    assert headlines.title(NAME, changes(*edits)) == expected


def test_a_sign_that_turns_a_line_around_does_not_reach_a_title() -> None:
    assert headlines.title("三重県\u202e", changes(FIGURE)).startswith("【予算額の訂正】三重県\ufffd: ")


def test_what_stands_in_no_record_is_called_something_else_that_is_printed() -> None:
    one = Change(record="unread", record_id="1", fiscal_year=None, label="お知らせ", change="added", new="お知らせ")
    assert headlines.title(NAME, [one]) == f"【その他の記載の追加】{NAME}: お知らせ"


def test_a_headline_is_without_the_name() -> None:
    assert headlines.headline(changes(FIGURE)) == "予算額の訂正"
