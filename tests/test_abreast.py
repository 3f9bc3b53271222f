"""Work in lines: order within a line, several at once, and nothing that waits for anything it need not."""

import subprocess
import sys
import threading
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pref_scraper.abreast import abreast

from .meeting import Meeting


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(1, 8))
@settings(deadline=None, max_examples=50)
def test_each_job_is_done_once_and_in_the_order_of_its_line(lengths: list[int], at_most: int) -> None:
    lines = [[(number, place) for place in range(length)] for number, length in enumerate(lengths)]
    done = [job for job, result in abreast(lines, lambda job: job, at_most=at_most) if result == job]
    by_line = defaultdict(list)
    for number, place in done:
        by_line[number].append((number, place))
    assert [by_line[number] for number in range(len(lines))] == lines


def test_lines_are_served_at_once_and_not_more_than_are_wanted() -> None:
    meeting = Meeting(3)

    def work(job: int) -> int:
        meeting.attend()
        return job

    found = dict(abreast([[number] for number in range(9)], work, at_most=3))
    assert found == {number: number for number in range(9)}
    assert meeting.most == 3


def test_what_a_job_raises_is_its_result() -> None:
    found = dict(abreast([["1", "x", "2"]], int, at_most=1))
    assert (found["1"], found["2"]) == (1, 2)
    assert isinstance(found["x"], ValueError)


def test_who_stops_listening_begins_no_further_job() -> None:
    begun, going_on = [], threading.Event()

    def work(job: int) -> None:
        begun.append(job)
        if job:
            going_on.wait(10)

    results = abreast([[0, 1, 2, 3]], work, at_most=1)
    next(results)
    results.close()
    before = [thread for thread in threading.enumerate() if thread.daemon]
    going_on.set()
    for thread in before:
        thread.join(10)
    assert begun in ([0], [0, 1])


@pytest.mark.parametrize("ending", ["raise SystemExit(7)", "next(results)"])
def test_a_process_need_not_wait_for_a_job(ending: str) -> None:
    program = (
        "import threading\nfrom pref_scraper.abreast import abreast\n"
        "def work(job):\n    if job: threading.Event().wait()\n    return job\n"
        f"results = abreast([[0], [1]], work, at_most=2)\nnext(results)\n{ending.replace('next(results)', 'pass')}\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=30, check=False)
    assert done.returncode == (7 if "7" in ending else 0)


def test_the_longest_line_comes_first_and_another_is_begun_where_none_is_due() -> None:
    lines = [["a1"], ["b1", "b2", "b3"], ["c1", "c2"]]
    assert [job for job, _ in abreast(lines, str, at_most=1)] == ["b1", "b2", "b3", "c1", "c2", "a1"]


def test_a_line_that_rests_lets_others_go_first() -> None:
    """Each job takes a tick, and its line rests for five then: nobody waits as long as another line is due."""
    now, rested = 0.0, {"a": 0.0, "b": 0.0, "c": 0.0}
    waited = []

    def work(job: str) -> None:
        nonlocal now
        waited.append(max(0.0, rested[job[0]] - now))
        now = max(now, rested[job[0]]) + 1
        rested[job[0]] = now + 5

    lines = [["a1", "a2", "a3"], ["b1", "b2"], ["c1"]]
    done = [job for job, _ in abreast(lines, work, at_most=1, due=lambda job: rested[job[0]], ticks=lambda: now)]
    assert done == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert waited == [0, 0, 0, 3, 0, 4]
