"""What draws the charts is as it was published, and is part of what is installed."""

import hashlib
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VENDOR = ROOT / "src" / "pref_scraper" / "browse" / "static" / "vendor"
SUMS = {name: digest for digest, name in map(str.split, (VENDOR / "SHA256SUMS").read_text("ascii").splitlines())}
PUBLISHED = {f"{name}.{end}" for name in ("vega", "vega-lite", "vega-embed") for end in ("min.js", "LICENSE")}


def test_each_file_is_as_it_was_published() -> None:
    assert set(SUMS) == PUBLISHED
    assert {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in SUMS} == SUMS


def test_nothing_else_lies_there() -> None:
    ours = {"README.md", "SHA256SUMS", "bundled.LICENSE"}
    assert {path.name for path in VENDOR.iterdir()} == PUBLISHED | ours


def test_the_versions_are_said_alike_everywhere() -> None:
    asked = re.search(r"^CHARTS := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert asked is not None
    told = re.findall(r"`([a-z-]+)` ([\d.]+), `build/", (VENDOR / "README.md").read_text("utf-8"))
    assert [f"{name}@{version}" for name, version in told] == asked[1].split()
    for name, version in told:
        assert f'"{version}"' in (VENDOR / f"{name}.min.js").read_text("utf-8"), name


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is published of this project: a wheel and the sources."""
    where = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "-d", str(where), "-t", "wheel", "-t", "sdist"]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True, timeout=60)
    return where


def test_what_is_installed_has_them(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    (sources,) = built.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as zipped, tarfile.open(sources) as packed:
        root = packed.getnames()[0].partition("/")[0]
        for name in (*SUMS, "bundled.LICENSE"):
            inside = f"pref_scraper/browse/static/vendor/{name}"
            there = (VENDOR / name).read_bytes()
            assert zipped.read(inside) == there, name
            member = packed.extractfile(f"{root}/src/{inside}")
            assert member is not None
            assert member.read() == there, name
