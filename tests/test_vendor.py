"""What draws the charts is as it was published. That it is part of what is installed is seen in test_wheel.py."""

import hashlib
import re
from pathlib import Path

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
