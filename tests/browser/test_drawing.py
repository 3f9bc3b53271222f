"""Charts in a browser: drawn by what comes with the package alone, told under the pointer, and saved."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from ..test_pictures import HOSTILE, with_charts
from .artefacts import keep
from .conftest import DESK, PHONE, window

# By project, how many points are outlined in blue, as of the year's own section, and in red, as of a later one; the words.
MARKS = {
    "みえ県民交流センター指定管理事業": (3, 0, ["記載なし"]),
    "「新しい時代の公」協働推進事業": (6, 1, []),
}


LARGEST = ".mark-rect path[fill='#0072b2']"
"""The parts of the project that has most: of 2010 and of 2011."""


@pytest.fixture(scope="module")
def charts(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where pages with charts are."""
    with with_charts(tmp_path_factory.mktemp("charts")) as client:
        yield str(client.base_url)


@pytest.fixture
def desk(browser: Browser, charts: str, notes: list[str]) -> Iterator[Page]:
    with window(browser, charts, notes, **DESK) as page:
        yield page
    assert notes == []


@pytest.fixture
def phone(browser: Browser, charts: str, notes: list[str]) -> Iterator[Page]:
    with window(browser, charts, notes, **PHONE) as page:
        yield page
    assert notes == []


def _open(page: Page, **asked: str) -> None:
    """A page with a chart that is drawn."""
    page.goto(f"/with-chart?{urlencode(asked)}")
    expect(page.locator(".picture svg")).to_be_visible()


def test_all_projects_are_stacked_by_year(desk: Page) -> None:
    """The policy of the page forbids to run text as a program, and any other server."""
    _open(desk, title="三重県")
    picture = desk.get_by_role("img", name="三重県: 年度ごとの予算額の図。同じ数値が下の表にある。")
    expect(picture).to_be_visible()
    assert {"三重県", "予算額（千円）", "200,000", "その他の事業"} <= {*picture.locator("text").all_text_contents()}
    expect(picture.locator(".mark-rect path")).to_have_count(36)
    expect(desk.get_by_role("table")).to_be_hidden()
    expect(desk.locator(".failed")).to_be_hidden()
    desk.get_by_text("数値の表").click()
    expect(desk.get_by_role("row")).to_have_count(1 + 36 + 9)
    keep(desk, "chart-all-projects")


@pytest.mark.parametrize("project", MARKS)
def test_dashes_are_words_and_restated_figures_are_marked(desk: Page, project: str) -> None:
    _open(desk, project=project)
    points = desk.locator(".mark-symbol.role-mark path")
    outlines = [point.get_attribute("stroke") for point in points.all()]
    said = desk.locator(".mark-text.role-mark text").all_text_contents()
    assert (outlines.count("#0072b2"), outlines.count("#d55e00"), said) == MARKS[project]
    keep(desk, f"chart-{project}", whole=False)


def test_the_pointer_is_told_all_that_is_stated_of_a_year(desk: Page) -> None:
    _open(desk, project="「新しい時代の公」協働推進事業")
    desk.locator(".mark-symbol.role-mark path[stroke='#0072b2']").nth(3).hover()
    expect(desk.locator(".vg-tooltip")).to_have_text(
        "年度平成20年度 (2008)予算額"
        "4,069千円 … 平成20年度の欄（当年度）\n3,899千円 … 平成21年度の欄（再掲、当年度の欄と異なる）"
    )


def test_a_finger_is_told_as_well_within_the_screen(phone: Page) -> None:
    _open(phone, title="三重県")
    phone.locator(LARGEST).first.tap()
    told = phone.locator(".vg-tooltip")
    expect(told).to_contain_text("155,568千円（6件）")
    box = told.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["viewport"]["width"]
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]
    keep(phone, "chart-phone", whole=False)
    phone.get_by_text("数値の表").tap()
    expect(told).to_be_hidden()


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_chart_is_saved_under_its_name(desk: Page, kind: str, tmp_path: Path) -> None:
    _open(desk, project="「新しい時代の公」協働推進事業")
    with desk.expect_download() as saving:
        desk.get_by_role("button", name=f"{kind.upper()}で保存").click()
    assert saving.value.suggested_filename == f"「新しい時代の公」協働推進事業.{kind}"
    saving.value.save_as(tmp_path / "chart")
    saved = (tmp_path / "chart").read_bytes()
    if kind == "svg":
        assert saved.startswith(b"<svg ")
        assert {"「新しい時代の公」協働推進事業", "後の年度の欄が記す金額"} <= {
            *re.findall(">([^<]+)</text>", saved.decode())
        }
    else:
        assert saved.startswith(b"\x89PNG\r\n")
        assert int.from_bytes(saved[16:20]) > DESK["viewport"]["width"] / 2


def test_a_chart_follows_the_width_of_its_window(desk: Page) -> None:
    _open(desk, title="三重県")
    desk.set_viewport_size({"width": 400, "height": 800})
    expect(desk.locator(".picture svg")).to_have_attribute("width", re.compile("^3[0-9][0-9]$"))
    assert desk.evaluate("document.documentElement.scrollWidth") == 400


def test_a_name_is_drawn_and_not_run(desk: Page) -> None:
    _open(desk, title=HOSTILE)
    desk.locator(LARGEST).first.hover()
    expect(desk.locator(".vg-tooltip")).to_be_visible()
    assert desk.title() != "ran"
    expect(desk.locator("img[src=x]")).to_have_count(0)


def test_without_a_script_there_is_the_table_alone(browser: Browser, charts: str, notes: list[str]) -> None:
    with window(browser, charts, notes, java_script_enabled=False, **PHONE) as page:
        page.goto("/with-chart?project=新しい公共支援基金事業")
        expect(page.get_by_text("3,111千円")).to_be_visible()
        expect(page.get_by_role("button")).to_have_count(0)
        expect(page.get_by_role("img", name="図")).to_have_count(0)
        keep(page, "chart-without-script")


def test_where_a_script_does_not_come_it_is_said_and_the_table_is_open(desk: Page, notes: list[str]) -> None:
    desk.route("**/vega.min.js", lambda route: route.abort())
    desk.goto("/with-chart?title=三重県")
    expect(desk.get_by_role("alert")).to_have_text("図を描けませんでした。数値は表にあります。")
    expect(desk.get_by_role("table")).to_be_visible()
    assert any("vega.min.js" in note for note in notes)
    notes.clear()
