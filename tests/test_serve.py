"""`pref-scraper serve`: the installed command, asked over HTTP as a browser asks it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import SCRIPT, command, said


@contextmanager
def served(*words: str | Path, where: Path) -> Iterator[httpx.Client]:
    """A server of pages that runs meanwhile, and ends by the signal that it is sent."""
    started = subprocess.Popen(words, cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert started.stdout is not None
        told = next((found for line in started.stdout if (found := re.search(r"http://\S+:\d+", line))), None)
        assert told is not None
        with httpx.Client(base_url=told[0], timeout=30) as client:
            yield client
    finally:
        started.send_signal(signal.SIGTERM)
        rest, _ = started.communicate(timeout=10)
    assert "Traceback" not in rest
    assert started.returncode == -signal.SIGTERM


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with two editions of the page."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        for number in (1, 2):
            site.answers[PATH] = answer(page(number))
            workshop.visit()
    return workshop.path


@pytest.fixture(scope="module")
def client(archive: Path) -> Iterator[httpx.Client]:
    with served(SCRIPT, "serve", "--port", "0", where=archive) as client:
        yield client
    assert sorted(file.name for file in archive.iterdir()) == ["archive.db", "snapshots", "sources.toml"]


def test_every_page_says_that_it_is_in_japanese(client: httpx.Client) -> None:
    for path in ("/", "/archive", "/archive/budgets", "/archive/~E4~BA~88~E7~AE~97~E9~A1~8D", "/archive?sql=SELECT+1"):
        found = client.get(path)
        assert (found.status_code, '<html lang="ja">' in found.text) == (200, True), path


def test_views_and_columns_have_japanese_names(client: httpx.Client) -> None:
    view = client.get("/archive/budgets").text
    assert "<h1>予算額 (budgets) (view)</h1>" in view
    assert 'data-column-description="予算年度"' in view
    assert "<h1>予算額 (view)</h1>" in client.get("/archive/~E4~BA~88~E7~AE~97~E9~A1~8D").text
    assert ">project_version</a>" not in client.get("/archive").text


@pytest.mark.parametrize("column", ["予算額（円）", "amount_yen"])
def test_figures_are_shown_as_people_read_them(client: httpx.Client, column: str) -> None:
    sql = f"""SELECT 28709000 AS "{column}", NULL AS difference_yen, 2011 AS fiscal_year, 2019 AS "年度", 1200 AS persons"""
    shown = re.findall(r"<td[^>]*>(.*?)</td>", client.get("/archive", params={"sql": sql}).text, re.DOTALL)
    assert [re.sub("<.*?>", "", cell).strip() for cell in shown] == [
        *("28,709,000", "&nbsp;", "2011 (平成23)", "2019 (令和元)", "1200"),
    ]


def test_what_a_run_brings_meanwhile_is_shown(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(page(1))
    workshop.visit()
    count = "/archive.json?sql=SELECT+count(*)+FROM+captures&_shape=arrays"
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        assert client.get(count).json()["rows"] == [[1]]
        workshop.site.answers[PATH] = answer(page(2))
        assert "changed: 169 records" in command("run", where=workshop.path).stdout
        assert client.get(count).json()["rows"] == [[2]]
        assert command("rebuild", where=workshop.path).returncode == 0
        assert client.get(count).json()["rows"] == [[2]]


def test_what_stands_in_the_way_is_said(archive: Path, tmp_path: Path) -> None:
    assert "has no archive.db yet" in said(command("serve", where=tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command("serve", "--port", str(taken.getsockname()[1]), where=archive)
    assert (done.returncode, "name another with --port" in said(done)) == (2, True)


def test_without_the_extra_it_is_said_what_to_install(archive: Path, tmp_path: Path) -> None:
    """A folder before all others hides what is installed."""
    (tmp_path / "datasette.py").write_text("raise ModuleNotFoundError('no datasette here', name='datasette')")
    done = subprocess.run(
        [sys.executable, "-m", "pref_scraper", "serve"],
        cwd=archive,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "pref-scraper: datasette is not installed: pip install 'pref-scraper[browse]'\n",
    )
