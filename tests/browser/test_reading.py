"""What people come for: what is archived, words, questions, and from a figure to where it is printed."""

import re

import pytest
from playwright.sync_api import Page, expect

from .artefacts import keep


def test_the_front_page_shows_what_is_archived(desk: Page) -> None:
    desk.goto("/")
    expect(desk.get_by_role("heading", level=1)).to_have_text("都道府県 施策・事業アーカイブ")
    expect(desk.locator("html")).to_have_attribute("lang", "ja")
    row = desk.get_by_role("row").filter(has_text="三重県").first
    expect(row).to_contain_text("2026年6月1日 09:00")
    expect(row).to_contain_text("良好")
    keep(desk, "front-window", whole=False)


@pytest.mark.parametrize(
    ("query", "marked", "project"),
    [
        ("協働", {"協働"}, "「新しい時代の公」協働推進事業"),
        ("予算", {"予算"}, None),
        ("ＮＰＯ", {"NPO", "npo"}, "NPO活動支援推進事業"),
    ],
)
def test_words_are_found_from_the_front_page(desk: Page, query: str, marked: set[str], project: str | None) -> None:
    desk.goto("/")
    desk.get_by_role("searchbox").fill(query)
    desk.keyboard.press("Enter")
    expect(desk).to_have_title(re.compile(f"検索: {query}"))
    expect(desk.get_by_role("searchbox")).to_have_value(query)
    assert {*desk.locator("mark").all_inner_texts()} == marked
    if project:
        expect(desk.get_by_role("link", name=project).first).to_be_visible()
    keep(desk, f"search-{query}")


def test_a_click_leads_from_a_figure_to_where_it_is_printed(desk: Page) -> None:
    desk.goto("/archive/budgets_at?printed=28,709千円")
    desk.locator("tbody td.col-text_start a").first.click()
    expect(desk.get_by_role("blockquote")).to_have_text("28,709千円")
    hit = desk.frame_locator("iframe").locator("#hit")
    expect(hit).to_have_text("28,709千円")
    expect(hit).to_be_in_viewport()
    assert hit.evaluate("hit => getComputedStyle(hit).backgroundColor") not in (
        "rgba(0, 0, 0, 0)",
        "rgb(255, 255, 255)",
    )
    expect(desk.get_by_label("SIST 02")).to_have_value(re.compile("施策・事業概要"))
    keep(desk, "original-window", whole=False)


def test_a_project_is_told_over_the_years_with_a_picture_and_its_table(desk: Page) -> None:
    desk.goto("/search?q=新しい時代の公")
    desk.get_by_role("link", name="「新しい時代の公」協働推進事業", exact=True).first.click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("「新しい時代の公」協働推進事業")
    expect(desk.locator("figure svg, .chart svg").first).to_be_visible()
    keep(desk, "project-window", whole=False)
    years = desk.get_by_role("row").filter(has_text="平成20年度").filter(has_text="3,899千円")
    expect(years.first).to_contain_text("4,069千円")
    desk.get_by_role("link", name="3,899千円").first.click()
    expect(desk.get_by_role("blockquote")).to_have_text("3,899千円")


def test_two_dates_are_chosen_and_compared(desk: Page) -> None:
    desk.goto("/difference?source_id=mie-npo")
    desk.get_by_label("変更前の日付").fill("2026-04-15")
    desk.get_by_label("変更後の日付").fill("2026-05-15")
    desk.get_by_role("button", name="比べる").click()
    expect(desk.get_by_text("+391千円")).to_be_visible()
    expect(desk.locator("del")).to_contain_text("28,709")
    expect(desk.locator("ins")).to_contain_text("29,100")
    keep(desk, "difference-window", whole=False)
    desk.get_by_label("変更後の日付").fill("2026-06-01")
    desk.get_by_role("button", name="比べる").click()
    expect(desk.get_by_text("災害ボランティア受入体制整備事業").first).to_be_visible()


def test_questions_are_answered_for_what_is_put_into_their_fields(desk: Page) -> None:
    desk.goto("/")
    desk.get_by_role("link", name="事業の予算額を、記載した年度ごとに").click()
    desk.get_by_label("事業").fill("みえ県民交流センター指定管理事業")
    desk.get_by_role("button", name="実行").click()
    expect(desk.get_by_role("row").filter(has_text="29,100千円")).to_have_count(1)
    keep(desk, "question-answered", whole=False)


def test_english_is_a_click_away_and_stays(desk: Page) -> None:
    desk.goto("/")
    desk.get_by_role("link", name="English").click()
    expect(desk.locator("html")).to_have_attribute("lang", "en")
    desk.goto("/search")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Search")
    desk.get_by_role("link", name="日本語").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("検索")
