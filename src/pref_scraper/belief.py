"""Whether a capture is believed; pure.

Absence is an error unless the page never had anything: a page that had records and now
has none, or far fewer, is a broken capture and no emptied page. It is kept like any
other, and moves nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from .parsing import Bounds, TooMuch, parse
from .records import VIEWS, Page, Stored

FEWER = 0.5
"""A page with less than this share of the records it had is not believed."""

# What a page without a record says that is no page but a notice in its place.
_NOTICES = {
    "a maintenance notice": r"メンテナンス|工事中|(?:サービス|公開|運用)を?(?:一時)?(?:停止|休止)|アクセスが(?:集中|混み合)|混雑して",
    "a page that was not found, answered as if it were": (
        r"(?:ページ|ファイル|URL|お探し|ご?指定).{0,30}(?:見つかりません|存在しません|ございません|削除され|移動し)|Not Found"
    ),
    "a wall against robots": (
        r"ロボットではない|captcha|Just a moment|Checking your browser|Access Denied|Forbidden|不正なアクセス|JavaScriptを有効に"
    ),
    "a login form": r"ログイン|パスワード|Sign in|Log in",
}
_NOTICE = {what: re.compile(words, re.IGNORECASE | re.DOTALL) for what, words in _NOTICES.items()}
NOTICE_LENGTH = 600
"""Characters of text up to which a page without a record may be a notice; forms and glossaries are longer, or say other things."""

BOUNDS = Bounds()
MOST_RECORDS = 10_000
"""Records and unread lines that a page may have; the pages that this is for have below a thousand."""

# By the reason of WARC-Truncated (WARC 1.1, 5.13); other archives have others.
_CUT = {
    "time": "it was not complete in time",
    "disconnect": "the connection ended before it was complete",
    "length": "it is longer than what is kept of one",
}

_HTML = frozenset({"", "text/html", "application/xhtml+xml", "text/plain"})
_ANSWERS = frozenset({200, 203, 304})
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a visit: the page where it is believed and was read, else the outcome and why.

    Without a page it is `not_modified` by its bytes, and `unchanged` where these are known to read as those before.
    """

    outcome: str | None = None
    reason: str | None = None
    page: Page | None = None

    @property
    def is_good(self) -> bool:
        """Whether the capture is believed."""
        return self.page is not None or self.outcome in ("not_modified", "unchanged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a body gives, whatever the source said before: a page, or why it is none.

    `is_whole` where the end of the HTML is there.
    """

    refused: Verdict | None = None
    page: Page | None = None
    is_whole: bool = False


def judge(
    stored: Stored,
    *,
    good_payload: str | None,
    good_records: int,
    read: Callable[[], Reading],
    reads_as_good: Callable[[], bool] = lambda: False,
) -> Verdict:
    """The verdict on a visit, by its answer and by what the source's newest good capture held.

    `good_payload` is that capture's payload digest and `good_records` its number of records;
    `read` is called only where the body decides, and `reads_as_good` before it: whether it is known without reading
    that the page is the same.
    """
    if stored.status is None:
        return Verdict(outcome="failed", reason=stored.error)
    if stored.status in _GONE:
        return Verdict(outcome="gone", reason=f"the server answers {stored.status}: the page is not there any more")
    if stored.status not in _ANSWERS:
        return Verdict(outcome="failed", reason=f"the server answers {stored.status}, which is not the page")
    if stored.truncated:
        return Verdict(
            outcome="suspect", reason=f"the answer was cut short: {_CUT.get(stored.truncated, stored.truncated)}"
        )
    if good_payload is not None and stored.payload_digest == good_payload:
        return Verdict(outcome="not_modified")
    if stored.status == 304 and stored.refers_to is None:
        return Verdict(outcome="failed", reason="the server answers 304, but was not asked for changes only")
    return Verdict(outcome="unchanged") if reads_as_good() else _judge_page(read(), good_records)


def wants_body(stored: Stored) -> bool:
    """Whether the body of a visit may decide, whatever the source said before."""
    is_asked = False

    def read() -> Reading:
        nonlocal is_asked
        is_asked = True
        return Reading(refused=Verdict())

    judge(stored, good_payload=None, good_records=0, read=read)
    return is_asked


def read_page(stored: Stored, body: bytes) -> Reading:
    """What the body of a visit gives; depends on nothing but the body, its type and the source's settings."""
    if not body.strip():
        return refuse("suspect", "the page is empty")
    other = not_html(body, stored.content_type)
    if other is not None:
        return refuse("failed", f"the answer is {other} where HTML was expected")
    try:
        page = _parsed(stored, body)
    except TooMuch as reason:
        return refuse("suspect", f"{reason}: it is kept, and not read")
    except MemoryError:
        raise  # of the machine, and not of the page
    except Exception as defect:  # noqa: BLE001  # what we cannot read must not keep other pages from being read
        what = f"{type(defect).__name__}: {defect}"
        return refuse("suspect", f"reading the page failed ({what}), which is a defect of this program: it is kept")
    if not page.coverage.characters:
        return refuse("suspect", "the page has no text")
    if sum(len(page.of(view)) for view in VIEWS) > MOST_RECORDS:
        return refuse("suspect", f"the page has more than {MOST_RECORDS:,} records: it is kept, and not read")
    notice = None if page.count() else notice_in(page.text)
    if notice is not None:
        return refuse("suspect", f"the page is {notice}")
    return Reading(page=page, is_whole=_is_whole(body))


def _is_whole(body: bytes) -> bool:
    """Whether the end of the HTML is there; it is looked for in capitals and in UTF-16 only where it does not stand plainly."""
    return body.rfind(b"</html") >= 0 or b"</html" in body.replace(b"\0", b"").lower()


def _parsed(stored: Stored, body: bytes) -> Page:
    return parse(
        body,
        content_type=stored.content_type,
        url=stored.url,
        content=stored.source.content,
        encoding=stored.source.encoding,
        bounds=BOUNDS,
    )


def refuse(outcome: str, reason: str) -> Reading:
    """A body that is not read, for a reason."""
    return Reading(refused=Verdict(outcome=outcome, reason=reason))


def _judge_page(reading: Reading, good_records: int) -> Verdict:
    if reading.page is None:
        assert reading.refused is not None
        return reading.refused
    records = reading.page.count()
    if records < good_records and not reading.is_whole:
        return Verdict(
            outcome="suspect", reason=f"the page is cut off: it had {good_records} records and has {records}"
        )
    if records < good_records * FEWER:
        return Verdict(outcome="suspect", reason=f"the page had {good_records} records and now has {records}")
    return Verdict(page=reading.page)


def notice_in(text: str) -> str | None:
    """What kind of notice a page's text is, as `a maintenance notice`; None for any other text."""
    if len(text) > NOTICE_LENGTH:
        return None
    return next((what for what, words in _NOTICE.items() if words.search(text)), None)


def not_html(body: bytes, content_type: str | None = None) -> str | None:
    """What a body is that is no HTML, as `a PDF` or `image/png`; None for HTML."""
    if body.startswith(b"%PDF-"):
        return "a PDF"
    named = (content_type or "").split(";")[0].strip().lower()
    return named if named not in _HTML else None
