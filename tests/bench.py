"""`make bench`: figures as ratios in one run, beside limits and other people's programs; docs/benchmarks.md.

    python -m tests.bench                  # all parts, the better part of an hour
    python -m tests.bench pipeline parse   # these parts; the sections of the others stay as they are

Times alone mean nothing on a shared machine. Each section says whether others were at work on it at the same time.
"""

import compileall
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from . import (
    bench_archive,
    bench_browse,
    bench_fetch,
    bench_history,
    bench_identity,
    bench_many,
    bench_pack,
    bench_parsing,
    bench_pipeline,
    bench_rebuild,
    bench_start,
)
from .figures import GROWTH_HEAD, HEAD, Figure, Growth
from .peers import PEERS

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
QUIET = 0.1
"""The share of the machine that others may use, for a section's figures to count."""


class Part(NamedTuple):
    """A section of the document: its heading, and what measures it, which says in its docstring how."""

    heading: str
    figures: Callable[[], Iterator[Figure] | Iterator[Figure | Growth]]


PARTS = {
    "pipeline": Part("The whole way of a page", bench_pipeline.figures),
    "visit": Part("A visit that finds nothing new", bench_fetch.figures),
    "parse": Part("Reading a page", bench_parsing.figures),
    "many": Part("Thousands of pages", bench_many.figures),
    "rebuild": Part("A rebuild", bench_rebuild.figures),
    "history": Part("As of a date, and the difference of two", bench_history.figures),
    "browse": Part("Pages and search", bench_browse.figures),
    "archive": Part("WARC files", bench_archive.figures),
    "pack": Part("Cold storage", bench_pack.figures),
    "identity": Part("Is the same thing recognised", bench_identity.figures),
    "start": Part("The start", bench_start.figures),
}

_HEAD = """# Benchmarks

`make bench` measures this and writes this page, in the better part of an hour; `.venv/bin/python -m tests.bench pipeline`
measures a part anew: {parts}.

Each figure stands beside a peer or a limit that was measured in the same run, by turns; the ratio is what counts, since times
differ from machine to machine. Time is that of the processor, of a process and its children, unless a row says otherwise. The
peers are other people's programs as they are installed, in an environment of their own (`constraints-bench.txt`), and small
programs of ours with their tools (`tests/peers/`). All are compiled before, as pip does when it installs. The pages are made of
the fixture page of the tests (`tests/pages.py`). What is wanted stands beside the ratio, and whether it was met. What these
figures mean for large archives: [scale.md](scale.md).
"""


def main() -> None:
    """Measures the parts that are named, or all; prints each figure, and puts it into the document."""
    names = sys.argv[1:] or list(PARTS)
    if unknown := set(names) - set(PARTS):
        sys.exit(f"no part {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    _compile()
    for name in names:
        section = _section(PARTS[name])
        DOCUMENT.write_text(with_section(_document(), name, section), "utf-8")


def _compile() -> None:
    """Ours and the peers as pip leaves what it installs: compiled, so that no start counts what happens once."""
    for folder in (ROOT / "src", PEERS.parents[1] / "lib"):
        compileall.compile_dir(folder, quiet=2)  # some packages bring templates along, which are no Python


def _document() -> str:
    return DOCUMENT.read_text("utf-8") if DOCUMENT.exists() else ""


def with_section(document: str, name: str, section: str) -> str:
    """The document with the section of a part in its place, and the head and the other sections that it has."""
    found = dict(re.findall(r"^## (.*)\n((?:(?!## ).*\n?)*)", document, re.MULTILINE))
    found[PARTS[name].heading] = section
    listed = ", ".join(f"`{one}`" for one in PARTS)
    sections = [
        f"## {part.heading}\n{found[part.heading].rstrip()}\n" for part in PARTS.values() if part.heading in found
    ]
    return "\n".join([_HEAD.format(parts=listed), *sections])


def _section(part: Part) -> str:
    """What a part says and measures, with when and where that was."""
    busy = Busy()
    rows: list[Figure | Growth] = []
    for row in part.figures():
        print(" | ".join(row.cells()), flush=True)
        rows.append(row)
    says = sys.modules[part.figures.__module__].__doc__ or ""
    figures = [row.cells() for row in rows if isinstance(row, Figure)]
    growths = [row.cells() for row in rows if isinstance(row, Growth)]
    tables = [_table(head, cells) for head, cells in ((HEAD, figures), (GROWTH_HEAD, growths)) if cells]
    return "\n" + "\n\n".join([says.strip(), *tables, _taken(busy.by_others())])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _taken(others: float) -> str:
    told = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores"
    note = "" if others <= QUIET else ": to be measured again on a quiet one"
    return f"*Measured on {told}; others used {others:.0%} of the machine meanwhile{note}.*"


class Busy:
    """How much of the machine others use from now on: the time of all processors, less that of this process and its children."""

    def __init__(self) -> None:
        self._began, self._all, self._own = time.monotonic(), _all_cpu(), _own_cpu()

    def by_others(self) -> float:
        """Their share of it."""
        available = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        return max(0.0, (_all_cpu() - self._all - _own_cpu() + self._own) / available)


def _all_cpu() -> float:
    """Seconds that the processors were in use since the machine began (proc_stat(5): user, nice, system; irq, softirq)."""
    user, nice, system, _, _, irq, softirq = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _own_cpu() -> float:
    return sum(os.times()[:4])


if __name__ == "__main__":
    main()
