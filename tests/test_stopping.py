"""SIGTERM, Ctrl-C and SIGKILL, sent to the installed command at work: it ends at once, and the archive is whole."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pref_scraper import pipeline
from pref_scraper.sources import Directory

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .shelf import day, put
from .test_cli import SCRIPT, command

PAGE = page().decode()


def start(*words: str, where: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([SCRIPT, *words], cwd=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def stop(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """What it said last, after a signal that has to end it by itself."""
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    assert process.returncode == -number
    return said


def scratch(path: Path) -> list[Path]:
    return list(path.glob(".rebuild-*"))


def begun(path: Path) -> list[Path]:
    """The databases that are being built."""
    return [file for folder in scratch(path) for file in folder.iterdir()]


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline


@contextmanager
def hanging(site: Site, path: str = PATH) -> Iterator[threading.Event]:
    """No answer comes of a page; is set once it was asked for."""
    asked, closing = threading.Event(), threading.Event()

    def hang(_: bytes) -> bytes:
        asked.set()
        closing.wait(30)
        return b""

    site.answers[path] = hang
    yield asked
    closing.set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_waits_for_an_answer_ends_at_once_and_is_as_before(
    workshop: Workshop, number: signal.Signals
) -> None:
    workshop.site.answers[PATH] = answer(page())
    workshop.visit()
    (warc,) = workshop.directory.snapshots.rglob("*.gz")
    before = warc.read_bytes()
    with hanging(workshop.site) as asked:
        process = start("run", where=workshop.path)
        assert asked.wait(30)
        said = stop(process, number)
    assert said.splitlines()[-1] == ("pref-scraper: stopped: all visits that were archived are kept; run it again")
    assert "Traceback" not in said
    assert warc.read_bytes() == before
    workshop.site.answers[PATH] = answer(page(2))
    assert "changed: 169 records" in command("run", where=workshop.path).stdout
    assert command("verify", where=workshop.path).returncode == 0


# Not every system lets a user be the first process of somewhere: where it does not, there is no such test.
CONTAINED = ("unshare", "--user", "--map-root-user", "--pid", "--fork")
if shutil.which("unshare") and not subprocess.run([*CONTAINED, "true"], capture_output=True).returncode:

    def test_the_first_process_of_a_container_leaves_with_the_code_of_the_signal(workshop: Workshop) -> None:
        with (
            hanging(workshop.site) as asked,
            subprocess.Popen([*CONTAINED, SCRIPT, "run"], cwd=workshop.path, stderr=subprocess.PIPE) as outer,
        ):
            assert asked.wait(30)
            (first,) = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
            os.kill(int(first), signal.SIGTERM)
            outer.communicate(timeout=10)
        assert outer.returncode == 128 + signal.SIGTERM


@pytest.fixture
def long_history(tmp_path: Path) -> Directory:
    """An archive whose rebuild takes seconds: a hundred captures, each of them other than the one before."""
    directory = Directory(tmp_path)
    for number in range(100):
        put(directory, day(number), PAGE.replace("28,709", f"{number},709").encode())
    return directory


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_rebuild_that_is_stopped_leaves_nothing_behind(long_history: Directory, number: signal.Signals) -> None:
    process = start("rebuild", where=long_history.path)
    wait_until(lambda: begun(long_history.path))
    assert "stopped" in stop(process, number)
    assert scratch(long_history.path) == []
    assert not long_history.database.exists()


def test_what_a_killed_rebuild_left_is_cleared_by_the_next(long_history: Directory) -> None:
    process = start("rebuild", where=long_history.path)
    wait_until(lambda: begun(long_history.path))
    stop(process, signal.SIGKILL)
    assert len(scratch(long_history.path)) == 1
    assert pipeline.rebuild(long_history) == 100
    assert scratch(long_history.path) == []


def test_what_the_shell_has_switched_off_stays_so(workshop: Workshop) -> None:
    """A command that a script starts in the background does not hear the Ctrl-C that is meant for the script."""
    release, asked = threading.Event(), threading.Event()

    def wait(_: bytes) -> bytes:
        asked.set()
        release.wait(30)
        found = answer(page())
        assert isinstance(found, bytes)
        return found

    workshop.site.answers[PATH] = wait
    with subprocess.Popen(
        [SCRIPT, "run"],
        cwd=workshop.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN) and None,
    ) as process:
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        release.set()
        out, _ = process.communicate(timeout=30)
    assert (process.returncode, "new: 169 records" in out) == (0, True)
