"""What stands around the body: breadcrumbs, department, contact, page id, date.

These belong to the capture and to no fiscal year: the department named above a text of
2003 is today's. Chrome that sites put inside the body is cut off here, too.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..japanese.width import COLON
from ..japanese.years import read_date
from .document import Line

# Lines that a site's scripts add to the body; they say nothing.
_NOISE = re.compile(
    r"※?左右にフリックすると表がスライドします。?|(?:この)?ページの?(?:先頭|トップ)へ(?:戻る)?|PDFファイルを(?:ご覧|開く).{0,80}"
)
_PAGE_ID = re.compile(rf"(?:ページ|記事)(?:ID|ＩＤ|番号)\s*{COLON}?\s*(?P<id>\d+)")
_CONTACT = re.compile(
    rf"(?:本|この)(?:ページ|記事)(?:に関する|についての?|の)(?:ご意見・)?お?問い?合わ?せ先?(?:は?こちら)?{COLON}?"
    rf"|お?問い?合わ?せ先{COLON}?"
)
# The first of these ends the body.
_BODY_END = re.compile(
    rf"{_CONTACT.pattern}|より良いウェブサイトにするために.*|このページの情報は役に立ちましたか.*"
    r"|Copyright.*|©.*|\([cC]\).*|All [Rr]ights [Rr]eserved.*"
)
_CONTACT_END = re.compile(r"より良いウェブサイト.*|(?:ページ|記事)(?:ID|ＩＤ|番号).*|Copyright.*|\([cC]\).*|©.*")
_BREADCRUMBS = re.compile(rf"現在(?:の)?(?:位置|地)\s*{COLON}?")
_ORGANIZATION = re.compile(rf"担当所属\s*{COLON}?")
# 更新日:2024年10月25日, or a line that is nothing but a date: 平成25年05月02日
_PRINTED_DATE = r"(?:(?:令和|平成)\S{1,8}年|\d{4}[年-])\d{1,2}[月-]\d{1,2}日?"
_UPDATED = re.compile(rf"(?:(?:最終)?(?:更新|掲載)日\s*{COLON}?\s*)?(?P<date>{_PRINTED_DATE})")
# Facts about the page that sites print inside its body.
_FACT = re.compile(
    rf"{_PAGE_ID.pattern}|(?:最終)?(?:更新|掲載)日\s*{COLON}?\s*{_PRINTED_DATE}(?:更新)?|印刷(?:大きな文字で印刷)?|印刷用ページを(?:開く|閉じる)"
)
# What any of these begins with: other lines need no closer look.
_TRAILER = re.compile(r"ページ|記事|お?問|より良い|Copyright|©|\(|All|本|この|PDF|※|最終|更新|掲載|印刷")
_SEPARATORS = " \t\u00a0\u2003\u3000>＞»›→"


@dataclass(frozen=True, slots=True)
class Around:
    """The facts of a page that stand outside its body, as printed; None or empty where there are none."""

    page_id: str | None
    updated_on: str | None
    breadcrumbs: tuple[str, ...]
    organization: tuple[str, ...]
    contact: tuple[str, ...]


def trim_body(body: Sequence[Line]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The body without the chrome inside it, and the chrome."""
    kept: list[Line] = []
    chrome: list[Line] = []
    for number, line in enumerate(body):
        if not _TRAILER.match(line.text):
            kept.append(line)
        elif _BODY_END.fullmatch(line.text):
            return tuple(kept), (*chrome, *body[number:])
        elif _FACT.fullmatch(line.text):
            chrome.append(line)
        elif not _NOISE.fullmatch(line.text):
            kept.append(line)
    return tuple(kept), tuple(chrome)


def read_around(lines: Sequence[Line]) -> Around:
    """The facts in the lines outside of the body."""
    return Around(
        page_id=_first(_PAGE_ID, "id", lines),
        updated_on=read_date(_first(_UPDATED, "date", lines) or ""),
        breadcrumbs=_list_after(_BREADCRUMBS, lines),
        organization=_list_after(_ORGANIZATION, lines),
        contact=_contact(lines),
    )


def _first(pattern: re.Pattern[str], group: str, lines: Sequence[Line]) -> str | None:
    matches = (pattern.fullmatch(line.text) for line in lines)
    return next((found[group] for found in matches if found), None)


def _list_after(label: re.Pattern[str], lines: Sequence[Line]) -> tuple[str, ...]:
    """The items of the list that follows a label's line, without the signs between them."""
    start = next((i + 1 for i, line in enumerate(lines) if label.fullmatch(line.text)), len(lines))
    within = lines[start].within if start < len(lines) else None
    items = itertools.takewhile(lambda line: within is not None and line.within == within, lines[start:])
    return tuple(text for line in items if (text := line.text.strip(_SEPARATORS)))


def _contact(lines: Sequence[Line]) -> tuple[str, ...]:
    start = next((i + 1 for i, line in enumerate(lines) if _CONTACT.fullmatch(line.text)), len(lines))
    end = next((i for i in range(start, len(lines)) if _CONTACT_END.fullmatch(lines[i].text)), len(lines))
    return tuple(line.text for line in lines[start:end])
