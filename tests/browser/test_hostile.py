"""What a captured page would do to its readers: nothing of it runs or is loaded, wherever the archive shows it."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from ..conftest import Workshop
from ..editions import PATH, page
from ..loopback import Site, answer
from ..test_cli import SCRIPT
from ..test_serve import served
from ..test_serve_original import hostile
from .conftest import DESK, window
from .kinds import KINDS, address

_NAME = "みえ県民交流センター指定管理事業"
_SCRIPT = "<script>document.title='ran'</script><img src=/x onerror=\"document.title='ran'\">"


@pytest.fixture(scope="module")
def attacked(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, httpx.Client]]:  # the browser first: without one nothing else is needed
    """Two hostile editions, of which the second has markup as a project's name; the site notes what it is asked for."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        marked_up = _SCRIPT.replace("<", "&lt;").replace(">", "&gt;")
        for body in (hostile(site.url), hostile(site.url).replace(_NAME.encode(), marked_up.encode())):
            site.answers[PATH] = answer(body)
            workshop.visit()
        site.answers[PATH] = answer(page())
        site.requests.clear()
        with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
            yield site, client


def test_nothing_of_it_runs_or_is_loaded(attacked: tuple[Site, httpx.Client], browser: Browser) -> None:
    site, client = attacked
    notes: list[str] = []
    with window(browser, str(client.base_url), notes, **DESK) as desk:
        for kind in KINDS:
            desk.goto(address(kind, client))
            desk.wait_for_load_state("networkidle")
            assert desk.title() != "ran"
        desk.goto(address("original", client))
        expect(desk.frame_locator("iframe").locator("#hit")).to_have_text("28,709千円")
        desk.goto("/search?q=document.title")
        expect(desk.get_by_text(_SCRIPT).first).to_be_visible()
    assert (notes, site.requests) == ([], [])


def test_the_same_page_by_itself_would_do_much(browser: Browser) -> None:
    """The browser of the test above does run and load what it is given."""
    notes: list[str] = []
    with Site() as site:
        site.answers[PATH] = answer(hostile(site.url))
        with window(browser, site.url, notes, **DESK) as desk:
            desk.goto(PATH, wait_until="commit")
            desk.wait_for_url("**/ran")
    assert len({*site.paths()}) > 2
    assert notes != []
