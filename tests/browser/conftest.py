"""A browser, the archive of the three editions on a server, and windows on it that note whatever goes wrong.

A test that takes `desk` or `phone` fails, whatever else it finds, when the browser has an error or a
warning to tell, when an answer does not come, and when anything but our server was asked for something.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from ..conftest import Workshop
from ..loopback import Site
from ..test_cli import SCRIPT
from ..test_serve import served

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_WORDS = (
    "--no-sandbox",  # there is none for root, as whom containers run
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no way out of this machine
)

_JAPAN: dict[str, Any] = {"locale": "ja-JP", "timezone_id": "Asia/Tokyo"}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all tests of this package, and closed with it: its event loop would be in the way of others'."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(f"no browser on this machine: install {_NAMES[0]}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_WORDS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def client(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The archive of the three editions, served; for what a test must know beforehand."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        workshop.visit_editions()
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        yield client


@pytest.fixture
def notes() -> list[str]:
    """What went wrong in the windows of a test, which is nothing, unless the test asks for this and clears it."""
    return []


@pytest.fixture
def desk(browser: Browser, client: httpx.Client, notes: list[str]) -> Iterator[Page]:
    """A window as wide as on a desk."""
    with window(browser, str(client.base_url), notes, **DESK) as page:
        yield page
    assert notes == []


@pytest.fixture
def phone(browser: Browser, client: httpx.Client, notes: list[str]) -> Iterator[Page]:
    """The screen of a phone, 390 pixels wide."""
    with window(browser, str(client.base_url), notes, **PHONE) as page:
        yield page
    assert notes == []


@contextmanager
def window(browser: Browser, server: str, notes: list[str], **shape: Any) -> Iterator[Page]:
    """A window without a past, of this shape, in Japan, on a server's pages."""

    def told(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            notes.append(f"{message.type}: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{server.rstrip('/')}/", "data:")):
            notes.append(f"asked for {request.url}")

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # so end those of a page that is left before they are answered
            notes.append(f"no answer from {request.url}: {request.failure}")

    context = browser.new_context(base_url=server, **_JAPAN, **shape)
    context.on("console", told)
    context.on("weberror", lambda error: notes.append(str(error.error)))
    context.on("request", asked)
    context.on("requestfailed", failed)
    try:
        yield context.new_page()
    finally:
        context.close()
