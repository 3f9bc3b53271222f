"""What the documents show is what happens."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from pref_scraper import fetch, hosts, limits, retries, robots, visiting
from pref_scraper.sources import TEMPLATE

from .conftest import Workshop
from .loopback import Site
from .readme import block
from .test_cli import COMMANDS

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The output of the demo's second run, in a directory where it was run before."""
    where = tmp_path_factory.mktemp("demo")
    run = [sys.executable, "-m", "tests.demo", str(where / "demo")]
    for _ in range(2):
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert sorted(path.name for path in (where / "demo").iterdir()) == ["archive.db", "snapshots", "sources.toml"]
    return done.stdout.replace(str(where / "demo"), "demo")


def test_the_readme_shows_the_demo_as_it_is(demo: str) -> None:
    assert block("make demo") == demo


def test_the_demo_leaves_alone_what_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", "tests.demo", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "move it away first" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_the_readme_lists_every_command_and_outcome() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for word in COMMANDS.split():
        assert f"| `{word}" in text
    for outcome in ("new", "changed", "unchanged", "not_modified", "gone", "failed", "suspect"):
        assert f"| `{outcome}` |" in text
    assert "[[source]]" in TEMPLATE


def test_the_readme_shows_the_tests_as_they_are() -> None:
    """Dots and number agree; `make readme` puts both there."""
    printed = block("make test")
    shown = int(printed.split(" passed in ")[0].split()[-1])
    assert sum(line.count(".") for line in printed.splitlines() if "%]" in line) == shown


def test_the_pictures_are_shown_and_not_heavy() -> None:
    shown = {
        (document.parent / path).resolve()
        for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
        for path in re.findall(r"!\[[^]]+\]\(([^)]+)\)", document.read_text("utf-8"))
    }
    pictures = set((ROOT / "docs" / "images").iterdir())
    assert shown == {path for path in pictures if not path.name.endswith(".ja.svg")}
    assert all(path.stat().st_size < 200_000 for path in pictures)


def _sql_of(document: str) -> list[str]:
    return re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / document).read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def three_editions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an archive of the three editions, each visited on its day."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        workshop.visit_editions()
    return workshop.directory.database


def test_the_sql_about_time_gives_what_it_is_said_to_give(three_editions: Path) -> None:
    with closing(sqlite3.connect(three_editions)) as connection:
        then, projects, changed, states, restated, series = (
            connection.execute(sql).fetchall() for sql in _sql_of("time.md")
        )
    assert len(then) == 53
    assert ("mie-npo", 2011, "みえ県民交流センター指定管理事業", 2011, 29_100_000, "29,100千円") in then
    assert [position for _, position, _ in projects] == [1, 2, 3, 4, 5]
    assert projects[-1] == (2011, 5, "災害ボランティア受入体制整備事業")
    assert changed == [
        (
            *("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "みえ県民交流センター指定管理事業 平成23年度"),
            *("modified", "printed", "28,709千円", "29,100千円"),
        )
    ]
    assert states == [
        ("28,709千円", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"),
        ("29,100千円", "2026-05-01T00:00:00Z", None),
    ]
    assert [(project, later - amount) for project, _, _, amount, _, later in restated] == [
        ("NPO活動支援推進事業", -147_000),
        ("「新しい時代の公」協働推進事業", -170_000),
        ("地域市民活動センター連携事業", -186_000),
    ]
    assert series == [
        (2008, 2008, 4_069_000, "own-year", None),
        (2008, 2009, 3_899_000, "restated", 0),
        (2009, 2009, 3_011_000, "own-year", None),
        (2009, 2010, 3_011_000, "restated", 1),
        (2010, 2010, 2_612_000, "own-year", None),
    ]


def test_the_sql_about_a_date_gives_the_rows_that_show_gives(three_editions: Path) -> None:
    as_of, *_ = _sql_of("time.md")
    with closing(sqlite3.connect(three_editions)) as connection:
        connection.row_factory = sqlite3.Row
        then = [dict(row) for row in connection.execute(as_of)]
    done = subprocess.run(
        [sys.executable, "-m", "pref_scraper", "show", "budgets", "--at", "2026-05-15", "--json"],
        cwd=three_editions.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert then == [{name: row[name] for name in then[0]} for row in json.loads(done.stdout)]


def test_the_sql_about_search_finds_what_the_page_says(three_editions: Path) -> None:
    with closing(sqlite3.connect(three_editions)) as connection:
        both, budgets = (connection.execute(sql).fetchall() for sql in _sql_of("search.md"))
    assert [(record, year) for record, year, _ in both] == [
        *(("projects", year) for year in (2011, 2010, 2009, 2007, 2006, 2006, 2005)),
        *(("statements", year) for year in (2004, 2003)),
    ]
    assert len(budgets) == 12
    assert (2011, "みえ県民交流センター指定管理事業", 2011, "29,100千円") in budgets


def test_the_limits_of_a_fetch_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "fetching.md").read_text("utf-8").partition("## Limits")[2]
    rows = dict(re.findall(r"^\| (.+) \| (\d+) \|$", text, re.MULTILINE))
    assert rows == {
        "tries of one request": str(retries.TRIES),
        "seconds without a byte": f"{limits.TIMEOUT:g}",
        "seconds for one exchange": f"{limits.DEADLINE:g}",
        "seconds for one visit, with all waits, robots.txt, redirects and tries": f"{limits.VISIT:g}",
        "redirects": str(fetch.MAX_REDIRECTS),
        "bytes of one answer, head and framing included": str(limits.MAX_BYTES),
        "bytes of robots.txt that are read": str(robots.MAX_BYTES),
        "redirects of robots.txt": str(robots.MAX_REDIRECTS),
        "hosts asked at once": str(hosts.AT_ONCE),
        "visits under way": str(visiting.UNDER_WAY),
        "hours after which a run that was stopped is not gone on with": f"{visiting.GOES_ON / timedelta(hours=1):g}",
        "seconds of the longest Retry-After that is believed": f"{retries.LONGEST_REST.total_seconds():.0f}",
    }
