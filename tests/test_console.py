"""What a command says while it works: nothing for what is quick, a bar on a terminal for what is not."""

import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pref_scraper.console import Talk

from .conftest import Workshop
from .crawl import Crawl, later
from .editions import PATH, page
from .loopback import answer
from .test_cli import SCRIPT, command
from .test_importing import THEN


class Screen(io.StringIO):
    """A terminal, as far as a program asks."""

    def isatty(self) -> bool:
        return True


def seconds(steps: int, each: float) -> tuple[list[float], Iterator[int]]:
    """A clock, and steps that take so long each."""
    now = [0.0]

    def work() -> Iterator[int]:
        for number in range(steps):
            now[0] += each
            yield number

    return now, work()


def test_what_takes_long_has_a_bar_and_loses_no_step() -> None:
    screen = Screen()
    now, work = seconds(10, 0.3)
    talk = Talk(screen, lambda: now[0])
    assert list(talk.follow(work, 10, "importing")) == list(range(10))
    shown = screen.getvalue()
    assert re.findall(r"importing.*?(\d+)%", shown)[0] == "0"
    assert re.findall(r"(\d+)%", shown)[-1] == "100"


def test_slow_work_has_a_bar_before_its_first_step() -> None:
    screen = Screen()
    steps = Talk(screen).follow(iter(range(2)), 2, "visiting a", is_slow=True)
    assert next(steps) == 0
    assert re.search("visiting a .*0%", screen.getvalue())
    assert list(steps) == [1]
    assert re.findall(r"(\d+)%", screen.getvalue())[-1] == "100"


@pytest.mark.parametrize("is_slow", [False, True])
def test_nobody_sees_a_bar_in_a_pipe(is_slow: bool) -> None:
    pipe = io.StringIO()
    assert list(Talk(pipe).follow(range(10), 10, "visiting", is_slow=is_slow)) == list(range(10))
    assert pipe.getvalue() == ""


def test_a_run_says_nothing_on_stderr_but_what_is_the_matter(workshop: Workshop) -> None:
    """Cron mails what is printed; whoever sits at a terminal sees how far it has come."""
    workshop.site.answers[PATH] = answer(page())
    assert command("run", where=workshop.path).stderr == ""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        subprocess.run([SCRIPT, "run"], stderr=theirs, stdout=subprocess.PIPE, cwd=workshop.path, check=True)
        os.close(theirs)
        assert re.search("visiting mie-npo .*100%", screen.read(10_000).decode())


@pytest.mark.parametrize(("screen", "each"), [(Screen(), 0.05), (io.StringIO(), 5.0)])
def test_what_is_quick_or_nobody_sees_has_none(screen: io.StringIO, each: float) -> None:
    now, work = seconds(10, each)
    assert list(Talk(screen, lambda: now[0]).follow(work, 10, "importing")) == list(range(10))
    assert screen.getvalue() == ""


def test_a_step_counts_for_what_it_weighs() -> None:
    screen = Screen()
    now, work = seconds(4, 2.0)
    list(Talk(screen, lambda: now[0]).follow(work, 6, "checking", lambda step: step))
    assert re.findall(r"(\d+)%", screen.getvalue()) == ["0", "16", "50", "100"]


def test_a_sentence_has_a_line_of_its_own() -> None:
    screen = Screen()
    now, work = seconds(4, 2.0)
    talk = Talk(screen, lambda: now[0])
    for step in talk.follow(work, 4, "fetching"):
        if step == 2:
            talk.say("a: it answers 500")
    assert "\r\x1b[Ka: it answers 500\n" in screen.getvalue()
    talk.say("and the end")
    assert screen.getvalue().endswith("\nand the end\n")


def test_long_work_shows_bars_on_a_terminal(workshop: Workshop, tmp_path: Path) -> None:
    """The commands themselves, on a real terminal and without patience."""
    crawl = Crawl()
    for days in range(3):
        crawl.response(f"{workshop.site.url}{PATH}", later(THEN, days=days), b"<p>%d</p></html>" % days)
    crawl.save(workshop.path / "a.warc.gz")
    workshop.site.answers[PATH] = answer(b"<p>new</p></html>")
    workshop.visit()
    program = (
        "import sys; from pref_scraper import console, cli; console.PATIENCE = -1.0\n"
        "for words in (['import', 'a.warc.gz'], ['verify'], ['rebuild']):\n"
        "    cli.cli(words, standalone_mode=False)\n"
    )
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        done = subprocess.run(
            [sys.executable, "-c", program], stderr=theirs, stdout=subprocess.PIPE, cwd=workshop.path, check=True
        )
        os.close(theirs)
        shown = screen.read(60_000).decode()
    assert done.stdout.startswith(b"mie-npo  3 captures from 2012-05-01 to 2012-05-03")
    labels = ("importing mie-npo", "loading", "checking snapshots/")
    assert [label for label in labels if not re.search(rf"{label} .*100%", shown)] == []


def test_the_log_of_a_run_as_json_lines(workshop: Workshop) -> None:
    """What was said, what came of each capture, and last the exit code, also of an error; stdout is as ever."""
    workshop.site.answers[PATH] = answer(page())
    workshop.visit()
    torn = next(workshop.directory.snapshots.rglob("*.gz"))
    torn.write_bytes((whole := torn.read_bytes()) + whole[:50])  # half a record, as a killed run leaves it
    workshop.site.answers[PATH] = answer(page(2))
    changed, code, printed = _logged(workshop)
    assert code == 0
    assert printed.startswith("mie-npo  20")
    assert "ended in a half-written visit: its 50 bytes are in" in str(changed[0]["message"])
    (capture,) = changed[1:-1]
    assert re.fullmatch(r"mie-npo-20\d{6}T\d{6}Z", str(capture.pop("capture_id")))
    assert capture == {"source_id": "mie-npo", "outcome": "changed", "http_status": 200, "reason": None, "changes": 2}
    assert changed[-1] == {"exit_code": 0}
    workshop.site.answers[PATH] = answer(b"")
    suspect, code, _ = _logged(workshop)
    assert (code, suspect[-1]) == (4, {"exit_code": 4})
    (workshop.path / "sources.toml").write_text("contact = 1")
    (refused,), code, printed = _logged(workshop)
    assert (code, printed, refused["exit_code"]) == (2, "", 2)
    assert "sources.toml, line 1: contact: 1 will not do" in str(refused["message"])


def _logged(workshop: Workshop) -> tuple[list[dict[str, object]], int, str]:
    """The lines of the log without their times, the exit code, and what stands on stdout."""
    done = command("run", "--log-format", "json", where=workshop.path)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", line.pop("at")) for line in lines)
    return lines, done.returncode, done.stdout
