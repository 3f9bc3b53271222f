"""What the documents show is what happens."""

import subprocess
import sys
from pathlib import Path

import pytest

from pref_scraper.sources import TEMPLATE

from .readme import block

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
    for word in (
        "init",
        "fetch",
        "load",
        "run",
        "parse",
        "log",
        "show",
        "diff",
        "verify",
        "rebuild",
        "export",
        "status",
    ):
        assert f"| `{word}" in text
    for outcome in ("new", "changed", "unchanged", "not_modified", "gone", "failed", "suspect"):
        assert f"| `{outcome}` |" in text
    assert "[[source]]" in TEMPLATE


def test_the_readme_shows_the_tests_as_they_are() -> None:
    """Dots and number agree; `make readme` puts both there."""
    printed = block("make test")
    shown = int(printed.split(" passed in ")[0].split()[-1])
    assert sum(line.count(".") for line in printed.splitlines() if "%]" in line) == shown
