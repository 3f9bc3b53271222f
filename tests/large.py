"""A large archive: 200 sources of 50 captures each, in real WARC files, loaded by the program itself.

    directory = archive(Path("large"))                    # 200 sources, 10,000 captures
    directory = archive(folder, sources=3, captures=8)    # a small one of the same kind

Every page is the fixture page with the figures of a source of its own, and is edited from capture to
capture: one record in a hundred where it changed. Only the edits are made up. The same call gives the
same pages at the same times; only the ids of WARC records are new. What is there already is not made again.
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zlib import crc32

from pref_scraper import indexing, pipeline, snapshots
from pref_scraper.records import Exchange, Source, Validators, Visit, format_time
from pref_scraper.sources import Directory
from pref_scraper.warc import digest_of

from .editions import page

SOURCES, CAPTURES = 200, 50
EDITS = 2
"""Of some 170 records, in a capture that changed."""

_START = datetime(2024, 1, 10, tzinfo=UTC)
_BETWEEN = timedelta(days=14)
_KEPT_IN = "PREF_SCRAPER_LARGE"
_MADE = ".made"
_AMOUNT = re.compile("([0-9][0-9,]*)千円")
_SENTENCE_END = re.compile("(など)?。(?=</li>|</p>)")
_ITEM = re.compile("<li>[^<]*。</li>\n")

# What a visit may bring, with how often it does; the first of a source brings the page.
_VISITS = {"edited": 42, "same": 30, "not_modified": 12, "token": 10, "cut": 2, "gone": 2, "failed": 2}


@contextmanager
def kept_or_made() -> Iterator[Directory]:
    """The large archive: in the folder that PREF_SCRAPER_LARGE names, to be used again, or for this once."""
    if _KEPT_IN in os.environ:
        yield archive(Path(os.environ[_KEPT_IN]))
    else:
        with tempfile.TemporaryDirectory(prefix="pref-scraper-") as folder:
            yield archive(Path(folder))


def archive(folder: Path, *, sources: int = SOURCES, captures: int = CAPTURES) -> Directory:
    """The archive in a folder, made there unless it was; loaded by this program."""
    directory, made = Directory(folder), folder / _MADE
    if not made.exists():
        directory.snapshots.mkdir(parents=True)
        for number in range(sources):
            _visit(directory.snapshots, number, captures)
        made.touch()
    pipeline.load(directory)
    return directory


def source(number: int) -> Source:
    """The source of a number, from 0."""
    return Source(
        id=f"ken-{number:03}", url=f"http://127.0.0.1/{number:03}/shisaku.htm", name=f"第{number}県 施策・事業概要"
    )


def _visit(folder: Path, number: int, captures: int) -> None:
    """All visits of a source, a fortnight and some minutes apart."""
    pick, whose = Random(number), source(number)
    html, known = _of_its_own(pick), None
    for visit in range(captures):
        at = _START + visit * _BETWEEN + timedelta(minutes=number)
        (kind,) = pick.choices(list(_VISITS), list(_VISITS.values())) if known else ("edited",)
        if known and kind in ("edited", "token"):
            html = edited(pick, html) if kind == "edited" else with_token(html, f"{pick.getrandbits(48):012x}")
        answered = answer(whose, kind, html)
        record_id = snapshots.append(folder, Visit(source=whose, at=at, exchanges=(answered,), answer=answered), known)
        if kind in ("edited", "token"):
            known = validators(whose, at, html, record_id, known)
    indexing.update_all(folder, [whose.id])


def answer(whose: Source, kind: str, html: str) -> Exchange:
    """What the server of a source answers to a visit of a kind."""
    status, body = {
        "not_modified": ("304 Not Modified", ""),
        "cut": ("200 OK", html[: len(html) // 3]),
        "gone": ("404 Not Found", "<p>ページが見つかりません</p>"),
        "failed": ("503 Service Unavailable", ""),
    }.get(kind, ("200 OK", html))
    head = f"HTTP/1.1 {status}\r\nETag: {_etag(html)}\r\nContent-Type: text/html\r\n\r\n".encode()
    request = f"GET {whose.url.removeprefix('http://127.0.0.1')} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    payload = body.encode()
    return Exchange(url=whose.url, request=request, response=head + payload, status=int(status[:3]), payload=payload)


def validators(whose: Source, at: datetime, html: str, record_id: str, known: Validators | None) -> Validators:
    """What later visits refer to that bring the same bytes: the record that has them, also where an edit left them as they were."""
    if known and known.payload_digest == digest_of(html.encode()):
        return known
    return Validators(
        etag=_etag(html),
        last_modified=None,
        payload_digest=digest_of(html.encode()),
        record_id=record_id,
        url=whose.url,
        date=format_time(at),
    )


def _etag(html: str) -> str:
    return f'"{crc32(html.encode()):08x}"'


# Editing


def _of_its_own(pick: Random) -> str:
    """The fixture page with every figure by the same factor, so that those printed twice go on to agree."""
    factor = pick.uniform(0.2, 5)
    return _AMOUNT.sub(lambda found: _printed(int(_thousands(found) * factor) + 1), page().decode())


def edited(pick: Random, html: str) -> str:
    """The page after as many edits as a change has."""
    for _ in range(EDITS):
        (edit,) = pick.choices(list(_EDITS), list(_EDITS.values()))
        html = edit(pick, html)
    return html


def _amend(pick: Random, html: str) -> str:
    """Another figure in one place."""
    return _exchanged(pick, html, _AMOUNT, lambda found: _printed(_thousands(found) + pick.randrange(1, 900)))


def _reword(pick: Random, html: str) -> str:
    """One sentence with a word more at its end, or one less."""
    return _exchanged(pick, html, _SENTENCE_END, lambda found: "。" if found[1] else "など。")


def _remove(pick: Random, html: str) -> str:
    """One item less, unless few are left."""
    return _exchanged(pick, html, _ITEM, lambda _: "") if len(_ITEM.findall(html)) > 20 else html


def _rename(pick: Random, html: str) -> str:
    """A project of another name."""
    return _exchanged(pick, html, re.compile("(推進|支援)事業</h4>"), lambda _: f"{pick.choice('強促拡')}化事業</h4>")


_EDITS: dict[Callable[[Random, str], str], int] = {_amend: 10, _reword: 14, _remove: 1, _rename: 1}


def _exchanged(pick: Random, html: str, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> str:
    """The text with one of the places that the pattern finds exchanged."""
    found = list(pattern.finditer(html))
    if not found:
        return html
    place = pick.choice(found)
    return html[: place.start()] + new(place) + html[place.end() :]


def with_token(html: str, token: str) -> str:
    """The same text in other bytes."""
    return re.sub('requestToken = "[0-9a-f]*"', f'requestToken = "{token}"', html)


def _thousands(found: re.Match[str]) -> int:
    return int(found[1].replace(",", ""))


def _printed(thousands: int) -> str:
    return f"{thousands:,}千円"
