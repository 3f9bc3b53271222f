"""Layouts that stand beside the seed page on the same site, each as a small page made up for the purpose.

What they share with the seed page is read; the rest stands in `unread`, and in no wrong record.
"""

import pytest

from pref_scraper import Page, parse

YEAR = "<h2>平成23年度 施策概要</h2>"


def read(body: str) -> Page:
    found = parse(f"<html><body><h1>頁</h1><main>{YEAR}{body}</main></body></html>".encode())
    for view, field in (("budgets", "printed"), ("unread", "text"), ("problems", "printed")):
        for record in getattr(found, view):
            assert found.text[record.text_start : record.text_end] == getattr(record, field)
    unread = sum(len("".join(record.text.split())) for record in found.unread)
    assert found.coverage.read == found.coverage.characters - unread
    return found


def budgets(found: Page) -> list[tuple[str, int, int | None, str, str | None]]:
    return [(b.project, b.budget_year, b.amount_yen, b.printed, b.basis) for b in found.budgets]


def unread(found: Page) -> list[str]:
    return [record.text for record in found.unread]


def test_the_unit_stands_in_the_header_and_the_name_in_a_cell() -> None:
    found = read(
        "<h3>事業概要</h3><table><tr><th>事業名</th><th>予算額（千円）</th><th>事業概要</th></tr>"
        "<tr><td>1.(新)協働推進事業</td><td>3,111</td><td>協働を進めます。</td></tr>"
        "<tr><td>2.交流事業</td><td>－</td><td>交流を進めます。</td></tr></table>"
    )
    assert budgets(found) == [
        ("協働推進事業", 2011, 3_111_000, "3,111", "予算額"),
        ("交流事業", 2011, None, "－", "予算額"),
    ]
    assert [(p.ordinal, p.flag, p.overview) for p in found.projects] == [
        (1, "新", "協働を進めます。"),
        (2, None, "交流を進めます。"),
    ]
    assert unread(found) == []


def test_each_stage_of_a_year_keeps_its_basis() -> None:
    found = read(
        "<h3>事業概要</h3><table><tr><td>事業名</td><td>要求額(千円)</td><td>査定額(千円)</td></tr>"
        "<tr><td>協働推進事業</td><td>3,500</td><td>3,111</td></tr></table>"
        "<p>2.交流事業</p><p>予算額：当初 1,000千円 → 補正後 1,200千円</p>"
    )
    assert budgets(found) == [
        ("協働推進事業", 2011, 3_500_000, "3,500", "要求額"),
        ("協働推進事業", 2011, 3_111_000, "3,111", "査定額"),
        ("交流事業", 2011, 1_000_000, "1,000千円", "当初"),
        ("交流事業", 2011, 1_200_000, "1,200千円", "補正後"),
    ]


def test_the_unit_stands_in_a_caption() -> None:
    found = read("<h3>事業概要</h3><p>（単位：百万円）</p><p>1.協働推進事業</p><p>予算額：12</p>")
    assert budgets(found) == [("協働推進事業", 2011, 12_000_000, "12", "予算額")]


def test_a_number_without_any_unit_is_no_amount_and_a_problem() -> None:
    found = read("<h3>事業概要</h3><p>1.協働推進事業</p><p>予算額：3,111</p>")
    assert budgets(found) == [("協働推進事業", 2011, None, "3,111", "予算額")]
    assert [(p.kind, p.printed) for p in found.problems] == [("no-unit", "3,111")]


def test_the_amount_stands_on_the_line_after_the_name() -> None:
    found = read("<h3>事業概要</h3><p>○協働推進事業<br>31,319千円</p><p>○交流事業<br>６億1,966万3千円</p>")
    assert budgets(found) == [
        ("協働推進事業", 2011, 31_319_000, "31,319千円", None),
        ("交流事業", 2011, 619_663_000, "６億1,966万3千円", None),
    ]


def test_the_amount_stands_in_brackets_after_the_name() -> None:
    found = read("<h3>事業概要</h3><p>○協働推進事業（31,319千円）<br>●交流事業(△5千円)</p>")
    assert budgets(found) == [
        ("協働推進事業", 2011, 31_319_000, "31,319千円", None),
        ("交流事業", 2011, -5_000, "△5千円", None),
    ]


def test_a_table_of_measures_is_no_table_of_projects() -> None:
    found = read(
        "<h3>施策体系</h3><table><tr><th>施策番号</th><th>施策名</th><th>要求額（百万円）</th></tr>"
        "<tr><td>111</td><td>人権の尊重</td><td>1,234</td></tr></table>"
    )
    assert found.budgets == ()
    assert [(m.code, m.name) for m in found.measures] == [("111", "人権の尊重")]
    assert unread(found) == ["施策番号\t施策名\t要求額（百万円）", "1,234"]


def test_a_label_is_glued_to_its_value() -> None:
    found = read("<h3>事業概要</h3><p>1.協働推進事業</p><p>予算額3,111千円</p><p>事業概要：協働を進めます。</p>")
    assert budgets(found) == [("協働推進事業", 2011, 3_111_000, "3,111千円", "予算額")]


def test_target_and_actual_stand_under_columns_of_years() -> None:
    found = read(
        "<h3>数値目標</h3><table><tr><th>目標項目</th><th>H23年度</th><th>H21実績</th></tr>"
        "<tr><td>NPOの数</td><td>2,140</td><td>1,931</td></tr></table>"
    )
    assert [(t.item, t.target_year, t.target_value, t.actual_year, t.actual_value) for t in found.targets] == [
        ("NPOの数", 2011, 2140, 2009, 1931)
    ]


def test_rows_of_targets_and_actuals_that_nothing_tells_apart_are_unread() -> None:
    found = read(
        "<h3>数値目標</h3><table><tr><th>指標</th><th>区分</th><th>平成22年度</th><th>平成23年度</th></tr>"
        "<tr><td>NPOの数</td><td>目標</td><td>2,000</td><td>2,140</td></tr>"
        "<tr><td></td><td>実績</td><td>1,931</td><td>-</td></tr></table>"
    )
    assert found.targets == ()
    assert len(unread(found)) == 3


@pytest.mark.parametrize(
    "line",
    [
        "担当課：環境生活部",
        "生活部→環境生活部",
        "参加者 1,200人 → 1,500人",
        "予算額：120人",
        "予算額：5千円/時間",
        "予算額：3,111件",
        "予算額：10%",
        "予算額：1/2",
    ],
)
def test_what_is_no_money_gives_no_budget(line: str) -> None:
    found = read(f"<h3>事業概要</h3><p>1.協働推進事業</p><p>{line}</p><p>事業概要：協働を進めます。</p>")
    assert found.budgets == ()
    assert unread(found) == [line]
    assert [project.overview for project in found.projects] == ["協働を進めます。"]


def test_what_follows_a_figure_is_unread_and_no_part_of_it() -> None:
    found = read("<h3>事業概要</h3><p>1.協働推進事業</p><p>予算額：412千円(416千円)</p>")
    assert budgets(found) == [("協働推進事業", 2011, 412_000, "412千円", "予算額")]
    assert unread(found) == ["(416千円)"]


def test_chrome_is_no_record_even_with_an_amount() -> None:
    page = (
        "<html><body><nav><ul><li>予算額：9,999千円</li></ul></nav><header><h1>頁</h1></header><div><div>"
        f"{YEAR}<h3>事業概要</h3><p>1.協働推進事業</p><p>予算額：412千円</p></div>"
        "<form><p>予算額：1千円</p><input type=text><button>予算額：2千円</button></form>"
        "<aside><p>●おすすめ事業 3千円</p></aside></div><footer><p>●事業 4千円</p></footer></body></html>"
    )
    assert budgets(parse(page.encode())) == [("協働推進事業", 2011, 412_000, "412千円", "予算額")]
