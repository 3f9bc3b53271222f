"""The keyboard alone: from the front page to a figure in its archived page and back, always seeing where one is."""

import re

from playwright.sync_api import Page, expect

# The element that has the focus: what it is called, and how it shows that it has it.
_FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one)
  const called = one.labels?.[0]?.innerText || one.getAttribute("aria-label") || one.innerText || one.value || one.title || ""
  return [called.trim(), one === document.body || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)]
}"""
_MOST = 150
"""Steps after which something counts as out of reach."""


def tab_to(page: Page, name: str) -> None:
    """Goes on with Tab until something of that name has the focus; all on the way must show that they have it."""
    page.wait_for_load_state("load")  # a page without its style yet does not show where one is
    passed: list[str] = []
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        called, is_seen = page.evaluate(_FOCUSED)
        assert is_seen, called
        if called == name:
            return
        passed.append(called)
    raise AssertionError(f"{name} is out of reach: {passed}")


def test_the_keyboard_alone_leads_to_a_figure_and_back(desk: Page) -> None:
    desk.goto("/")
    tab_to(desk, "検索する語")
    desk.keyboard.type("指定管理")
    desk.keyboard.press("Enter")
    expect(desk).to_have_title(re.compile("検索: 指定管理"))
    tab_to(desk, "みえ県民交流センター指定管理事業")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("みえ県民交流センター指定管理事業")
    tab_to(desk, "29,100千円")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("blockquote")).to_have_text("29,100千円")
    tab_to(desk, "SIST 02")
    desk.go_back()  # what Alt and an arrow do where the browser has a frame around its pages
    expect(desk.get_by_role("heading", level=1)).to_have_text("みえ県民交流センター指定管理事業")


def test_every_step_through_a_table_can_be_seen(desk: Page) -> None:
    desk.goto("/archive/budgets?fiscal_year=2011")
    for name in ("検索:", "列", "条件", "値", "絞り込む"):
        tab_to(desk, name)
