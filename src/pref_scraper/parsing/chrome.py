"""What sites print around the body, and inside it, that is none of what the page says; patterns for whole lines."""

import re

from ..japanese.width import COLON
from ..japanese.years import read_date

END, FACT, NOISE = "end", "fact", "noise"
PAGE_ID, UPDATED, BREADCRUMBS, ORGANIZATION, CONTACT = "page_id", "updated_on", "breadcrumbs", "organization", "contact"

_COPYRIGHT = r"Copyright.*|©.*|\([cC]\).*"
_RATING = r"より良いウェブサイト.*"
_PAGE_ID = rf"(?:ページ|記事)(?:ID|ＩＤ|番号)\s*{COLON}?\s*(?P<id>\d+)"
_CONTACT = (
    rf"(?:本|この)(?:ページ|記事)(?:に関する|についての?|の)(?:ご意見・)?お?問い?合わ?せ先?(?:は?こちら)?{COLON}?"
    rf"|お?問い?合わ?せ先{COLON}?"
)
# 更新日:2024年10月25日, or a line that is nothing but a date: 平成25年05月02日
_UPDATED_LABEL = rf"(?:最終)?(?:更新|掲載)日\s*{COLON}?\s*"
_DATE = r"(?:(?:令和|平成)\S{1,8}年|\d{4}[年-])\d{1,2}[月-]\d{1,2}日?"

# What ends the body, what is a fact about the page inside it, and what a site's scripts add to it.
_TRAILERS = {
    END: rf"{_CONTACT}|{_RATING}|このページの情報は役に立ちましたか.*|{_COPYRIGHT}|All [Rr]ights [Rr]eserved.*",
    FACT: rf"{_PAGE_ID}|{_UPDATED_LABEL}{_DATE}(?:更新)?|印刷(?:大きな文字で印刷)?|印刷用ページを(?:開く|閉じる)",
    NOISE: (
        r"※?左右にフリックすると表がスライドします。?|(?:この)?ページの?(?:先頭|トップ)へ(?:戻る)?"
        r"|PDFファイルを(?:ご覧|開く).{0,80}"
    ),
}
_TRAILER = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _TRAILERS.items()))
# What any of them begins with: other lines need no closer look.
_TRAILER_SIGNS = frozenset("ペ記お問よC©(A本こP※左最更掲印")

_FACTS = re.compile(
    rf"(?P<{PAGE_ID}>{_PAGE_ID})|(?P<{UPDATED}>(?:{_UPDATED_LABEL})?(?P<date>{_DATE}))"
    rf"|(?P<{BREADCRUMBS}>現在(?:の)?(?:位置|地)\s*{COLON}?)|(?P<{ORGANIZATION}>担当所属\s*{COLON}?)|(?P<{CONTACT}>{_CONTACT})"
)
_CONTACT_END = re.compile(rf"{_RATING}|(?:ページ|記事)(?:ID|ＩＤ|番号).*|{_COPYRIGHT}")


def trailer_of(text: str) -> str | None:
    """END, FACT or NOISE for a line that is no part of the body it stands in, None for any other."""
    found = _TRAILER.fullmatch(text) if text[:1] in _TRAILER_SIGNS else None
    return found.lastgroup if found else None


def fact_of(text: str) -> tuple[str, str | None] | None:
    """A fact about the page that the whole line is, and its value; a label's value stands on the lines below it."""
    found = _FACTS.fullmatch(text)
    if found is None:
        return None
    kind = str(found.lastgroup)
    return kind, found["id"] if kind == PAGE_ID else read_date(found["date"]) if kind == UPDATED else None


def ends_contact(text: str) -> bool:
    """Whether a line stands below the address that 問い合わせ先 is the label of."""
    return _CONTACT_END.fullmatch(text) is not None
