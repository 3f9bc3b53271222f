"""Series of one page over days, with the noise that a real page of a prefecture's site has; made by us.

A page of some 261 KB that gzip makes 47 KB of, and of which each day changes: a token, the counter of
visits, the time at which it was made, two news that stand before the others, and every fifth day a paragraph.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from pref_scraper import indexing, snapshots
from pref_scraper.records import Exchange, Source, Visit

from .shelf import day

SOURCE = Source(id="s", url="http://www.pref.example.jp/NPO/35168030780.htm", name="頁")
_REQUEST = b"GET /NPO/35168030780.htm HTTP/1.1\r\nHost: www.pref.example.jp\r\nUser-Agent: pref-scraper\r\n\r\n"
_KANJI = [chr(code) for code in range(0x4E00, 0x4E00 + 400)]
_KANA = [chr(code) for code in range(0x3041, 0x3094)]


def noisy(days: int, *, seed: int = 1) -> Iterator[bytes]:
    """The page on each day: edits and noise."""
    chance = random.Random(seed)
    news = [_item(chance) for _ in range(30)]
    blocks = _blocks(chance)
    for number in range(days):
        news = [_item(chance), _item(chance), *news[:-2]]
        if number % 5 == 4:
            blocks[chance.randrange(len(blocks))] = _block(chance)
        made = f"{day(number):%Y-%m-%d} {chance.randrange(24):02d}:{chance.randrange(60):02d}"
        counter = 100_000 + 37 * number + chance.randrange(30)
        yield _page(chance, "".join(news), "".join(blocks), f"{made} {counter}")


def with_token(days: int, *, seed: int = 1) -> Iterator[bytes]:
    """A page of a fifth of that size, of which only a token differs."""
    chance = random.Random(seed)
    body = "".join(_blocks(chance)[::5])
    for _ in range(days):
        yield _page(chance, "", body, "")


def archived(folder: Path, bodies: Iterator[bytes], source: Source = SOURCE) -> Path:
    """An archive's snapshots/ with a visit a day that brought these; the file of the first year."""
    for number, body in enumerate(bodies):
        at = day(number) + timedelta(minutes=number % 7)
        head = (
            f"HTTP/1.1 200 OK\r\nDate: {at:%a, %d %b %Y %H:%M:%S} GMT\r\nServer: Apache\r\n"
            f"Content-Length: {len(body)}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        )
        answer = Exchange(url=source.url, request=_REQUEST, response=head.encode() + body, status=200, payload=body)
        snapshots.append(folder, Visit(source=source, at=at, exchanges=(answer,), answer=answer))
    indexing.update_all(folder, [source.id])
    return folder / snapshots.files(folder)[0]


def _page(chance: random.Random, news: str, body: str, noise: str) -> bytes:
    token = f"{chance.getrandbits(128):032x}"
    return (
        f'<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><meta name="csrf-token" content="{token}">'
        f"<title>施策</title></head><body><ul>{news}</ul><p>{noise}</p>{body}</body></html>"
    ).encode()


def _blocks(chance: random.Random) -> list[str]:
    return [_block(chance) for _ in range(640)]


def _block(chance: random.Random) -> str:
    return f'<div class="block"><p class="text">{_words(chance, 40)}</p></div>\n'


def _item(chance: random.Random) -> str:
    return f'<li><a href="/news/{chance.randrange(10**6):06d}.htm">{_words(chance, 8)}</a></li>\n'


def _words(chance: random.Random, number: int) -> str:
    """Text of so many words out of four thousand."""
    return "".join(_WORDS[min(int(chance.paretovariate(0.36)), len(_WORDS)) - 1] for _ in range(number))


def _vocabulary() -> list[str]:
    chance = random.Random(0)
    return ["".join(chance.choices(_KANJI, k=2)) + chance.choice(_KANA) for _ in range(4000)]


_WORDS = _vocabulary()
