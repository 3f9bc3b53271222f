"""10,000 simulated answers against the hosts' rules: no request too early, never two at once."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

import pytest

from pref_scraper.abreast import abreast
from pref_scraper.address import host_of
from pref_scraper.fetch import Fetcher
from pref_scraper.hosts import AT_ONCE, Hosts
from pref_scraper.limits import Limits
from pref_scraper.reach import Reach
from pref_scraper.records import Source, Visit
from pref_scraper.wire import ask
from pref_scraper.world import REAL

from .meeting import Meeting
from .simulated import Internet

ANSWERS = 10_000
NAMES = [f"{letter}.example" for letter in "abcdef"]


def _sources(internet: Internet) -> list[Source]:
    """Two or three of each host, with delays of their own; the host keeps the longest."""
    sources = []
    for host in internet.hosts.values():
        delays = [internet.random.choice([0, 0, 1, 8]) for _ in range(internet.random.choice([2, 3]))]
        host.delay = max(delays)
        for number, delay in enumerate(delays):
            url = f"http://{host.name}/{number}"
            sources.append(Source(id=f"{host.name[0]}{number}", url=url, name="n", delay_seconds=delay))
    return sources


def _fetcher(internet: Internet, sources: list[Source], before: list[Visit]) -> Fetcher:
    """A new run, which knows what the one before was told."""
    fetcher = Fetcher(None, internet.world())
    for host in internet.hosts.values():
        host.is_known = False
    for source in sources:
        fetcher.expect(source)
    for visit in before:
        if visit.retry_at is not None and visit.retry_host is not None:
            fetcher.obey(visit.retry_host, visit.retry_at)
    return fetcher


@contextmanager
def _restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_no_request_is_too_early() -> None:
    answers = visits = 0
    complaints = []
    for seed in range(100_000):
        internet = Internet(Random(seed), NAMES)
        sources = _sources(internet)
        made: list[Visit] = []
        for _ in range(6):
            fetcher = _fetcher(internet, sources, made)
            made = [fetcher.visit(source) for source in internet.random.sample(sources, len(sources))]
            visits += len(made)
            internet.pass_time(internet.random.choice([20, 1000, 50_000]))
        answers += internet.answers
        complaints += internet.complaints
        if answers >= ANSWERS:
            break
    assert complaints == []
    assert answers >= ANSWERS
    assert visits < answers


def _visited(fetcher: Fetcher, lines: list[list[Source]]) -> list[Visit | Exception]:
    """Abreast, as a run does it."""

    def due(source: Source) -> float:
        return fetcher.hosts.free(host_of(source.url))

    return [visit for _, visit in abreast(lines, fetcher.visit, at_most=8, due=due, ticks=fetcher.world.ticks)]


def test_never_two_at_once() -> None:
    answers = most_at_once = 0
    complaints = []
    with _restless():
        for seed in range(20):
            internet = Internet(Random(seed), NAMES)
            sources = _sources(internet)
            fetcher = _fetcher(internet, sources, [])
            found = _visited(fetcher, [sources[number::8] for number in range(8)])
            assert all(isinstance(visit, Visit) for visit in found)
            answers += internet.answers
            complaints += internet.complaints
            most_at_once = max(most_at_once, internet.most_at_once)
    assert complaints == []
    assert answers > 500
    assert most_at_once > 2


def test_so_many_hosts_are_asked_at_once_and_those_that_rest_are_not_among_them() -> None:
    meeting, rested, until = Meeting(AT_ONCE), threading.Event(), REAL.ticks() + 60

    def pause(_: float) -> None:
        assert rested.wait(10)

    hosts = Hosts(clock=REAL.clock, ticks=REAL.ticks, pause=pause)

    def asked(name: str) -> None:
        with hosts.turn(name, until):
            meeting.attend()

    resting, others = ([f"{kind}{number}" for number in range(2 * AT_ONCE)] for kind in "ro")
    with ThreadPoolExecutor(len(resting) + len(others)) as pool:
        for name in resting:
            hosts.leave_alone(name, 30)
        waiting = [pool.submit(asked, name) for name in resting]
        assert [*pool.map(asked, others)] == [None] * len(others)
        rested.set()
    assert [one.result() for one in waiting] == [None] * len(resting)
    assert meeting.most == AT_ONCE


@pytest.mark.parametrize("complaint", ["too early after the last one", "too early for Retry-After"])
def test_the_hosts_do_complain_of_who_does_not_keep_their_rules(complaint: str) -> None:
    internet = Internet(Random(1), NAMES)
    network = internet.world().network
    _sources(internet)
    for number in range(60):
        name = NAMES[number % len(NAMES)]
        ask(f"http://{name}/", {}, limits=Limits(), network=network, reach=Reach())
    assert any(complaint in found for found in internet.complaints)


def test_the_hosts_do_complain_of_two_at_once() -> None:
    internet = Internet(Random(1), NAMES[:1])
    network = internet.world().network
    with _restless():
        lines = [[f"http://a.example/{number}"] * 20 for number in range(8)]
        for _ in abreast(lines, lambda url: ask(url, {}, limits=Limits(), network=network, reach=Reach()), at_most=8):
            pass
    assert "a.example: two at once" in internet.complaints
