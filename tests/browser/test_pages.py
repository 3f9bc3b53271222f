"""What every kind of page must be: open to who uses it by ear or by finger, fit for a phone and for paper."""

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .artefacts import keep
from .kinds import KINDS, address

_AXE = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""Also whether what is to be touched is large enough, which axe-core does not ask of itself."""

_DATASETTES = {"heading-order"}
"""What remains of Datasette's own pages: headings that skip a level."""

# What reaches beyond the screen, but for what stands in a box that scrolls.
_BEYOND = """() => {
  const width = screen.width
  const scrolls = one => one && (/auto|scroll|hidden/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement))
  return [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > width + 0.5 && !scrolls(one.parentElement))
    .map(one => one.outerHTML.slice(0, 160)).slice(0, 3)
}"""


def _shut_out(page: Page) -> list[tuple[str, str, str]]:
    """What axe-core finds wrong: how grave, which of its rules, and where."""
    found = Axe().run(page, options=_AXE).response["violations"]
    return [
        (rule["impact"], rule["id"], f"{node['target']} {node['html'][:120]}")
        for rule in found
        for node in rule["nodes"]
        if rule["id"] not in _DATASETTES
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_on_a_desk_nobody_is_shut_out(kind: str, desk: Page, client: httpx.Client) -> None:
    desk.goto(address(kind, client))
    expect(desk.locator("html")).to_have_attribute("lang", "ja")
    keep(desk, kind)
    assert _shut_out(desk) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_shows_all_of_it(kind: str, phone: Page, client: httpx.Client) -> None:
    phone.goto(address(kind, client))
    keep(phone, f"{kind}-phone")
    assert phone.evaluate(_BEYOND) == []
    phone.goto(address(kind, client, _lang="en"))
    expect(phone.locator("html")).to_have_attribute("lang", "en")
    assert phone.evaluate(_BEYOND) == []
    assert _shut_out(phone) == []


@pytest.mark.parametrize("kind", ["front", "project", "original"])
def test_paper_has_what_was_read_and_not_what_was_clicked(kind: str, desk: Page, client: httpx.Client) -> None:
    desk.goto(address(kind, client))
    desk.emulate_media(media="print")
    keep(desk, f"{kind}-print")
    expect(desk.get_by_role("heading", level=1)).to_be_visible()
    expect(desk.get_by_role("banner")).to_be_hidden()
    expect(desk.get_by_role("searchbox")).to_be_hidden()


@pytest.mark.parametrize("path", ["/original/none?start=1&end=2", "/project/none", "/year/mie-npo/1900", "/none"])
def test_what_is_refused_is_a_page_like_the_others(path: str, desk: Page, notes: list[str]) -> None:
    answer = desk.goto(path)
    assert (answer and answer.status) == 404
    expect(desk.locator("html")).to_have_attribute("lang", "ja")
    assert _shut_out(desk) == []
    desk.wait_for_function("document.readyState === 'complete'")
    assert all("status of 404" in note for note in notes), notes
    notes.clear()
