"""What every test may rely on: no way out of this machine, an archive directory, a site."""

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pref_scraper.history import Loaded
from pref_scraper.pipeline import run
from pref_scraper.sources import Config, Directory, parse_config
from pref_scraper.wire import Network
from pref_scraper.world import World

from .editions import EDITIONS, PATH, page
from .loopback import Site, answer

_LOCAL = ("127.", "::1", "localhost", "0.0.0.0")


def _refuse_the_outside(event: str, args: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        address = args[0] if event == "socket.getaddrinfo" else args[1]
        host = address[0] if isinstance(address, tuple) else address
        if isinstance(host, str) and not host.startswith(("/", *_LOCAL)):
            raise RuntimeError(f"a test wants to reach {host}: the tests run without internet")


sys.addaudithook(_refuse_the_outside)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


class Workshop:
    """An archive directory with one source on a loopback site, and a clock that a test sets."""

    def __init__(self, path: Path, site: Site) -> None:
        self.path = path
        self.site = site
        self.directory = Directory(path)
        self.now = datetime(2026, 4, 1, tzinfo=UTC)
        self.network = Network()
        self.said: list[str] = []
        self._passing = threading.Lock()
        self.settings(f'[[source]]\nid = "mie-npo"\nurl = "{site.url}{PATH}"\nname = "三重県"\ndelay_seconds = 0\n')

    def settings(self, text: str) -> None:
        (self.path / "sources.toml").write_text(text, "utf-8")
        self.config: Config = parse_config(text)

    def tomorrow(self) -> World:
        """The world a day later."""
        return self.after(timedelta(days=1))

    def after(self, time: timedelta) -> World:
        """The world some time later; from then on time passes only by waiting."""
        self.now += time
        return World(
            clock=lambda: self.now,
            ticks=lambda: self.now.timestamp(),
            pause=self._pause,
            network=self.network,
            report=self.said.append,
        )

    def _pause(self, seconds: float) -> None:
        with self._passing:
            self.now += timedelta(seconds=seconds)

    def run(self) -> list[Loaded]:
        """`run`, a day later than the one before."""
        return run(self.directory, self.config, self.config.sources, self.tomorrow())

    def visit(self) -> Loaded:
        """`run`, for its only capture."""
        (loaded,) = self.run()
        return loaded

    def visit_editions(self) -> None:
        """The three editions, each on its day."""
        for number, edition in enumerate(EDITIONS, 1):
            self.site.answers[PATH] = answer(page(number))
            self.now = edition.at - timedelta(days=1)
            self.visit()


@pytest.fixture
def workshop(tmp_path: Path, site: Site) -> Workshop:
    return Workshop(tmp_path, site)


def pytest_make_parametrize_id(val: object) -> str | None:
    """What gzip packed says when: such a test is named alike in every process that collects it."""
    return "packed" if isinstance(val, bytes) and b"\x1f\x8b" in val else None
