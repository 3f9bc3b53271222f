"""What is archived, shown by pywb: each capture at its own time, as it was received, with its text intact."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import NamedTuple

import pytest

from pref_scraper import pipeline
from pref_scraper.world import World

from .conftest import Workshop
from .loopback import Answer, Site, answer, sources
from .tools import Pywb, Replayed

# By source: the label that the server gives, the codec, and a text with characters of that label's own.
ENCODINGS = {
    "sjis": ("Shift_JIS", "cp932", "予算額：3,500千円 ～ ㈱髙木①"),
    "eucjp": ("EUC-JP", "euc_jis_2004", "予算額：3,500千円 〜 ①"),
    "utf8": ("UTF-8", "utf-8", "予算額：3,500千円 ～ 𠮷野①"),
}


def _page(source_id: str, number: int) -> bytes:
    _, codec, text = ENCODINGS[source_id]
    return f"<title>事業概要</title><p><!-- {number} -->{text}</p>".encode(codec)


def _answer(source_id: str, number: int, etag: str | None) -> Answer:
    return answer(_page(source_id, number), content_type=f"text/html; charset={ENCODINGS[source_id][0]}", etag=etag)


class _Day(NamedTuple):
    """What the site answers, given a source; and what pywb has to show: a status, and the body of what page."""

    answer: Callable[[str], Answer]
    status: int | None
    number: int | None = None


def _after(first: bytes, source_id: str) -> Answer:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset={ENCODINGS[source_id][0]}\r\n\r\n".encode()
    answers = iter([first, head + _page(source_id, 3)])
    return lambda _: next(answers)


_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\nbusy"
_CUT = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 99\r\n\r\n<title>"

DAYS = [
    _Day(lambda source_id: _answer(source_id, 1, '"1"'), 200, 1),
    _Day(lambda source_id: _answer(source_id, 1, '"1"'), 200, 1),  # 304
    _Day(lambda source_id: _answer(source_id, 2, '"2"'), 200, 2),
    _Day(lambda source_id: _answer(source_id, 2, None), 200, 2),  # the same bytes again
    _Day(lambda _: answer(b"oops", status="500 Internal Server Error"), 500),
    _Day(lambda _: b"", None),  # the connection is closed without a word
    _Day(partial(_after, _BUSY), 200, 3),  # asked again, the page
    _Day(partial(_after, _CUT), 200, 3),  # cut short, and asked again the page
    _Day(lambda source_id: _answer(source_id, 1, None), 200, 1),  # bytes that the archive has, of another day
]


@dataclass(frozen=True, slots=True)
class Shown:
    """An archive of a source per encoding, visited on each of the days, and pywb on it."""

    site: str
    pywb: Pywb


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        workshop.settings(sources(site, *ENCODINGS))
        for number, day in enumerate(DAYS):
            site.answers |= {f"/{source_id}": day.answer(source_id) for source_id in ENCODINGS}
            world = World(clock=partial(_at, number), pause=lambda _: None)
            pipeline.run(workshop.directory, workshop.config, workshop.config.sources, world)
        with Pywb(workshop.path) as pywb:
            yield Shown(site.url, pywb)


def _at(number: int) -> datetime:
    return datetime(2026, 4, 2 + number, tzinfo=UTC)


def test_each_capture_is_shown_at_its_time_as_it_was_received(shown: Shown) -> None:
    for source_id in ENCODINGS:
        for number, day in enumerate(DAYS):
            if day.status is not None:
                found = shown.pywb.replay(source_id, _at(number), f"{shown.site}/{source_id}")
                body = b"oops" if day.number is None else _page(source_id, day.number)
                assert found == Replayed(status=day.status, at=_at(number), body=body), (source_id, number)


def test_a_visit_without_an_answer_is_not_shown(shown: Shown) -> None:
    page = f"{shown.site}/utf8"
    answered = [_at(number) for number, day in enumerate(DAYS) if day.status is not None]
    listed = re.findall(r'rel="memento"; datetime="(.*?)"', shown.pywb.get(f"utf8/timemap/link/{page}").text)
    assert {parsedate_to_datetime(at) for at in listed} == set(answered)
    lines = shown.pywb.get("utf8/cdx", url=page, output="json").text.splitlines()
    assert {json.loads(line)["timestamp"] for line in lines} == {f"{at:%Y%m%d%H%M%S}" for at in answered}


def test_the_text_of_a_page_is_intact_as_a_browser_gets_it(shown: Shown) -> None:
    for source_id, (label, codec, text) in ENCODINGS.items():
        found = shown.pywb.get(f"all/{_at(0):%Y%m%d%H%M%S}mp_/{shown.site}/{source_id}")
        assert found.headers["Content-Type"] == f"text/html; charset={label}"
        assert f"<!-- 1 -->{text}</p>" in found.content.decode(codec)
