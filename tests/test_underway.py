"""A run of many sources that is stopped, by whatever: the next one goes on with it, and no source is left out or visited twice."""

import itertools
import json
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from pref_scraper import notifying, pipeline, underway
from pref_scraper.errors import PrefScraperError
from pref_scraper.progress import T, one
from pref_scraper.services import services
from pref_scraper.sources import Directory, read_config
from pref_scraper.stopping import Stopped
from pref_scraper.world import World

from .conftest import Workshop
from .loopback import Answer, Site, answer, sources
from .postbox import Postbox
from .test_cli import command
from .test_stopping import start, wait_until

HOSTS, EACH = 4, 5
KILLS = 2


def _page(amount: int) -> Answer:
    html = f"<h2>平成23年度 施策概要</h2><p>1. 交流センター事業</p><p>予算額：（23）{amount}千円</p></html>"
    return answer(html.encode(), content_type="text/html; charset=utf-8")


def _town(stack: ExitStack, path: Path) -> list[Site]:
    """A site per host, a page per source, and the sources.toml of all."""
    sites = [stack.enter_context(Site(address=f"127.0.0.{number + 1}")) for number in range(HOSTS)]
    ids = [[f"s{host}-{number}" for number in range(EACH)] for host in range(HOSTS)]
    path.joinpath("sources.toml").write_text(
        "".join(sources(site, *own) for site, own in zip(sites, ids, strict=True)), "utf-8"
    )
    for site, own in zip(sites, ids, strict=True):
        site.answers = {f"/{each}": _page(100) for each in own}
    return sites


def _asked(sites: list[Site]) -> list[str]:
    return [path for site in sites for path in site.paths() if path != "/robots.txt"]


def _killed(sites: list[Site], path: Path, after: int) -> None:
    """A run that is killed when so many pages more were asked for."""
    before = len(_asked(sites))
    with start("run", where=path) as process:
        wait_until(lambda: process.poll() is not None or len(_asked(sites)) >= before + after)
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_however_often_it_is_killed_each_source_is_visited_once_and_told_once(tmp_path: Path) -> None:
    directory, pick = Directory(tmp_path), Random(20261126)
    with ExitStack() as stack:
        postbox = stack.enter_context(Postbox())
        sites = _town(stack, tmp_path)
        config = read_config(tmp_path)
        pipeline.run(directory, config, config.sources)
        notifying.begin(directory, services([postbox.url]), World())
        for site in sites:
            site.answers = dict.fromkeys(site.answers, _page(120))
            site.requests.clear()
        for _ in range(KILLS):
            _killed(sites, tmp_path, pick.randint(1, HOSTS * EACH // (KILLS + 1)))
        last = command("run", "--notify", postbox.url, where=tmp_path)
        asked = Counter(_asked(sites))
    assert last.returncode == 0
    assert f"{HOSTS * EACH} sources: {HOSTS * EACH} changed" in last.stdout.splitlines()
    assert last.stderr.count("going on with the run of ") == 1
    captures = json.loads(command("log", "--json", where=tmp_path).stdout)
    assert Counter(one["source_id"] for one in captures) == {source.id: 2 for source in config.sources}
    assert len(asked) == HOSTS * EACH
    assert asked.total() <= HOSTS * EACH * 2  # only what was asked for when a kill came is asked for again
    (letter,) = postbox.letters
    told = {row["capture_id"] for row in letter.changes}
    assert told == {one["capture_id"] for one in captures if one["outcome"] == "changed"}
    assert not (tmp_path / underway.NAME).exists()


# What comes between a run of the sources a to f, stopped after c, and another run: which sources that one visits.


def _move(workshop: Workshop) -> None:
    """The address of a was wrong."""
    workshop.site.answers["/elsewhere"] = _page(100)
    workshop.settings(sources(workshop.site, *SOURCES).replace('/a"', '/elsewhere"'))


def _add(workshop: Workshop) -> None:
    workshop.site.answers["/g"] = _page(100)
    workshop.settings(sources(workshop.site, *SOURCES, "g"))


def _write(text: str) -> Callable[[Workshop], None]:
    def write(workshop: Workshop) -> None:
        (workshop.path / underway.NAME).write_text(text, "utf-8")

    return write


SOURCES = "abcdef"
BETWEEN: dict[str, tuple[timedelta, Callable[[Workshop], object], str, str]] = {
    "some time": (timedelta(hours=11), lambda _: None, "d e f", "going on with"),
    "a load": (timedelta(hours=1), lambda workshop: pipeline.load(workshop.directory), "d e f", "going on with"),
    "so long that it is another day's": (timedelta(hours=13), lambda _: None, "d e f a b c", "come first"),
    "another address of a source": (timedelta(hours=1), _move, "elsewhere d e f", "going on with"),
    "another source": (timedelta(hours=1), _add, "d e f g", "going on with"),
    "a fetch of one": (
        timedelta(hours=1),
        lambda workshop: pipeline.fetch(
            workshop.directory, workshop.config, workshop.config.choose(("e",)), workshop.after(timedelta())
        ),
        "d f",
        "going on with",
    ),
    "its file is lost": (
        timedelta(hours=1),
        lambda workshop: (workshop.path / underway.NAME).unlink(),
        "a b c d e f",
        "",
    ),
    "its file is empty": (timedelta(hours=1), _write(""), "a b c d e f", ""),
    "its file has a time of no zone": (timedelta(hours=1), _write("2026-04-02T00:00:00\n"), "a b c d e f", ""),
    "its file is from the future": (timedelta(hours=1), _write("2027-04-02T00:00:00Z\n"), "a b c d e f", ""),
}


@pytest.mark.parametrize(("time", "between", "visited", "sentence"), BETWEEN.values(), ids=BETWEEN.keys())
def test_what_the_run_after_one_that_was_stopped_visits(
    workshop: Workshop, time: timedelta, between: Callable[[Workshop], object], visited: str, sentence: str
) -> None:
    _stopped_after_three(workshop)
    world = workshop.after(time)
    between(workshop)
    workshop.site.requests.clear()
    told = pipeline.run(workshop.directory, workshop.config, workshop.config.sources, world)
    assert " ".join(path[1:] for path in workshop.site.paths() if path != "/robots.txt") == visited
    assert len(told) == len(workshop.config.sources)
    assert [sentence in one for one in workshop.said] == [True] * bool(sentence)
    assert not (workshop.path / underway.NAME).exists()


def _stopped_after_three(workshop: Workshop) -> None:
    workshop.settings(sources(workshop.site, *SOURCES))
    workshop.site.answers = {f"/{each}": _page(100) for each in SOURCES}

    def stopping(
        steps: Iterable[T], length: int, label: str, weight: Callable[[T], int] = one, *, is_slow: bool = False
    ) -> Iterable[T]:
        yield from itertools.islice(steps, 3)
        raise Stopped(signal.SIGTERM)

    world = replace(workshop.tomorrow(), progress=stopping)
    with pytest.raises(Stopped):
        pipeline.run(workshop.directory, workshop.config, workshop.config.sources, world)


def test_a_run_that_was_stopped_at_its_end_is_told_by_the_next_one(workshop: Workshop) -> None:
    """All was visited and nothing could be loaded: no page is asked for again."""
    workshop.directory.database.mkdir()
    with pytest.raises(PrefScraperError):
        workshop.run()
    workshop.directory.database.rmdir()
    workshop.site.requests.clear()
    world = workshop.after(timedelta(minutes=5))
    (told,) = pipeline.run(workshop.directory, workshop.config, workshop.config.sources, world)
    assert (told.capture.captured_at, workshop.site.paths()) == ("2026-04-02T00:00:00Z", [])


def test_a_run_that_cannot_note_its_beginning_is_made_all_the_same(workshop: Workshop) -> None:
    (workshop.path / underway.NAME).mkdir()
    workshop.visit()
    assert "if this run is stopped, the next one begins anew" in workshop.said[0]
