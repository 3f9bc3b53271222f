"""Pages as many sources have them, made of the fixture page; no two of them say the same, and only their text is made up.

other(7)                # the page of the source 7: the same form, every sentence and figure its own
alike(7)                # the same with the fixture page's sentences: only its figures are its own
with_menu(body)         # a page within as much navigation as large sites have, some 65 KB
with_token(body, 3)     # the same text in other bytes, as a template's token makes them
"""

import re
from functools import cache

from .editions import page

_KANJI = "丁上下世丘丙並丸丹主久乙乱乳乾了互井亜亡交享京亭人仁仏仕他付仙代令以仮仰仲件任企伊伍伎伏伐休会"
_WORDS = re.compile("NPO|協働|県民|市民|ボランティア|団体|活動|地域|情報|支援|管理|法人|連携")
_AMOUNT = re.compile("([0-9][0-9,]*)千円")
_CONTENT, _END = '<div class="main-text">\n', '<div id="contact">'
_BEFORE_MENU = b'<div class="breadcrumb">'


def other(number: int) -> bytes:
    """The page of a source: as the fixture page, each of its words of content and each figure the source's own."""
    word = _word(number)
    head, body, tail = _parts()
    return (head + _with_figures(number, _WORDS.sub(lambda found: f"{found[0]}{word}", body)) + tail).encode()


def alike(number: int) -> bytes:
    """The page of a source that says what the others say, of other figures."""
    head, body, tail = _parts()
    return (head + _with_figures(number, body) + tail).encode()


@cache
def _parts() -> tuple[str, str, str]:
    head, mark, rest = page().decode().partition(_CONTENT)
    body, end, tail = rest.partition(_END)
    return head + mark, body, end + tail


def _word(number: int) -> str:
    """A word of three characters that is the source's alone, up to 100,000 sources and some."""
    high, rest = divmod(number, len(_KANJI) ** 2)
    return _KANJI[high] + _KANJI[rest // len(_KANJI)] + _KANJI[rest % len(_KANJI)]


def _with_figures(number: int, body: str) -> str:
    factor = 0.2 + number % 4_801 / 1_000
    return _AMOUNT.sub(lambda found: _printed(found[1], factor), body)


def _printed(digits: str, factor: float) -> str:
    return f"{int(int(digits.replace(',', '')) * factor) + 1:,}千円"


def with_menu(body: bytes) -> bytes:
    """The page within as much navigation as large sites have."""
    return body.replace(_BEFORE_MENU, _menu() + _BEFORE_MENU)


@cache
def _menu() -> bytes:
    link = '<li class="item"><a href="/KENSEI/{0:05d}.htm" class="inner"><span>県政情報 {0}</span></a></li>\n'
    return f'<ul id="menu">{"".join(link.format(number) for number in range(340))}</ul>\n'.encode()
