"""What stands around the body: breadcrumbs, department, contact, page id, date.

These belong to the capture and to no fiscal year: the department named above a text of
2003 is today's. Chrome that sites put inside the body is cut off here, too.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..japanese.width import align
from ..japanese.years import read_date
from .document import Line

# Lines that a site's scripts add to the body; they say nothing.
_NOISE = re.compile(
    r"※?左右にフリックすると表がスライドします。?|このページの先頭へ(?:戻る)?|ページの?トップへ(?:戻る)?"
)
# The first of these ends the body.
_BODY_END = re.compile(
    r"(?:本|この)ページ(?:に関する|についての?|の)お?問い?合わ?せ先?|より良いウェブサイトにするために.*|(?:ページ|記事)(?:ID|番号)\s*:?\s*\d+"
)
_CONTACT = re.compile(r"(?:本|この)ページ(?:に関する|についての?|の)お?問い?合わ?せ先?:?")
_CONTACT_END = re.compile(r"より良いウェブサイト.*|(?:ページ|記事)(?:ID|番号).*|Copyright.*|\(C\).*|©.*", re.IGNORECASE)
_BREADCRUMBS = re.compile(r"現在(?:の)?(?:位置|地)\s*:?")
_ORGANIZATION = re.compile(r"担当所属\s*:?")
_PAGE_ID = re.compile(r"(?:ページ|記事)(?:ID|番号)\s*:?\s*(?P<id>\d+)")
# 更新日:2024年10月25日, or a line that is nothing but a date: 平成25年05月02日
_UPDATED = re.compile(
    r"(?:(?:最終)?(?:更新|掲載)日\s*:?\s*)?(?P<date>(?:(?:令和|平成)\S{1,8}年|\d{4}[年-])\d{1,2}[月-]\d{1,2}日?)"
)
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
    """The body without the noise inside it, and the chrome that follows in the same container."""
    end = next((i for i, line in enumerate(body) if _BODY_END.fullmatch(align(line.text))), len(body))
    return tuple(line for line in body[:end] if not _NOISE.fullmatch(line.text)), tuple(body[end:])


def read_around(lines: Sequence[Line]) -> Around:
    """The facts in the lines outside of the body."""
    aligned = [align(line.text) for line in lines]
    return Around(
        page_id=_first(_PAGE_ID, "id", aligned),
        updated_on=_updated_on(aligned),
        breadcrumbs=_list_after(_BREADCRUMBS, lines, aligned),
        organization=_list_after(_ORGANIZATION, lines, aligned),
        contact=_contact(lines, aligned),
    )


def _first(pattern: re.Pattern[str], group: str, aligned: Sequence[str]) -> str | None:
    matches = (pattern.fullmatch(text) for text in aligned)
    return next((found[group] for found in matches if found), None)


def _updated_on(aligned: Sequence[str]) -> str | None:
    labelled = _first(_UPDATED, "date", aligned)
    return read_date(labelled) if labelled else None


def _list_after(label: re.Pattern[str], lines: Sequence[Line], aligned: Sequence[str]) -> tuple[str, ...]:
    """The items of the list that follows a label's line, without the signs between them."""
    start = next((i + 1 for i, text in enumerate(aligned) if label.fullmatch(text)), len(lines))
    within = lines[start].within if start < len(lines) else None
    items = itertools.takewhile(lambda line: within is not None and line.within == within, lines[start:])
    return tuple(text for line in items if (text := line.text.strip(_SEPARATORS)))


def _contact(lines: Sequence[Line], aligned: Sequence[str]) -> tuple[str, ...]:
    start = next((i + 1 for i, text in enumerate(aligned) if _CONTACT.fullmatch(text)), len(lines))
    end = next((i for i in range(start, len(lines)) if _CONTACT_END.fullmatch(aligned[i])), len(lines))
    return tuple(line.text for line in lines[start:end])
