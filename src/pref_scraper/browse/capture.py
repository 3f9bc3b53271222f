"""One visit and what came of it: `/capture/CAPTURE_ID`.

When it was, what its outcome means, where its bytes are kept, how many records its page has, what it changed, and
what of it could not be read; with the visits before and after it. 404 where there is no such capture.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from datasette import Response

from .. import history
from ..archive import Archive, Capture, Outcome
from ..diffpage import STYLE, details
from ..identity import Entries
from ..records import GOOD, VIEWS, Problem, Unread
from . import archives, language, links, pages

WORDS = {
    "title": ("取得", "Capture"),
    "older": ("前の取得", "Visit before"),
    "newer": ("次の取得", "Visit after"),
    "original": ("保存されたページを表示", "Show the archived page"),
    "reason": ("理由", "Reason"),
    "japan": ("日本時間", "in Japan"),
    "facts": ("記録", "What is recorded"),
    "parser_version": ("読み取りの版", "Version of the parser"),
    "arrived_at": ("保存日時", "Archived at"),
    "records": ("記載の数", "Records"),
    "no_records": (
        "この取得のページからは何も読み取っていません。",
        "No record was read from what this visit brought.",
    ),
    "brought": ("この取得で変わったこと", "What it changed"),
    "compare": ("二つの時点を比べる", "Compare two times"),
    "nothing": ("前の取得から変更はありません。", "Nothing changed since the visit before."),
    "first": ("最初の取得で、比べる相手はありません。", "It is the first one: there is none to compare with."),
    "problems": ("読み取りの問題", "What is printed irregularly"),
    "unread": ("記録に含まれない文", "What stands in no record"),
    "place": ("原文", "source"),
    "no_capture": ("取得 {} はありません。", "There is no capture {}."),
}

MEANINGS = {
    "new": ("対象ページを初めて取得しました。", "The first capture of the page."),
    "changed": ("ページの記載が変わりました。", "What the page says changed."),
    "unchanged": (
        "バイト列は変わりましたが（スクリプトやテンプレートなど）、記載は同じです。",
        "Other bytes, as of a script or of the template, around the same text.",
    ),
    "not_modified": (
        "前と同じバイト列か、サーバーが「更新なし」と答えました。",
        "The same bytes as before, or the server said so.",
    ),
    "gone": (
        "ページがありません（404・410）。記載は変わらなかったものとして扱います。",
        "The page is not there (404, 410); no record is changed.",
    ),
    "suspect": (
        "お知らせ、途切れたページ、空のページなどが返されました。保存しましたが、記載とはみなしません。",
        "A notice, or an empty or cut-off page: kept, and not believed.",
    ),
    "failed": ("使える応答が得られませんでした。", "There was no usable answer."),
}
"""What an outcome means, in a sentence."""

_FACTS = (
    "capture_id",
    "url",
    "http_status",
    "payload_digest",
    "text_digest",
    "warc_file",
    "warc_offset",
    "warc_record_id",
    "arrived_at",
    "parser_version",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A capture; `name` is its source's, `entries` what its page says, empty where it is not believed."""

    capture: Capture
    name: str
    older: str | None
    newer: str | None
    entries: Entries
    difference: history.Difference | None

    @property
    def is_good(self) -> bool:
        """Whether it is believed."""
        return self.capture.outcome in GOOD

    @property
    def counts(self) -> dict[str, int]:
        """How many records its page has, by view in their order."""
        found = Counter(entry.view for entry in self.entries.values())
        return {view: found[view] for view in VIEWS if found[view]}

    @property
    def problems(self) -> list[Problem]:
        """What is printed irregularly, in the order of the page."""
        return [entry.record for entry in self.entries.values() if isinstance(entry.record, Problem)]

    @property
    def unread(self) -> list[Unread]:
        """What stands in no record, in the order of the page."""
        return [entry.record for entry in self.entries.values() if isinstance(entry.record, Unread)]


async def page(request: Any, datasette: Any) -> Response:
    """The visit."""
    words, names = language.words(WORDS), language.names()
    capture_id = request.url_vars["capture_id"]
    found = await archives.first(datasette, partial(_seen, capture_id=capture_id))
    if found is None:
        raise pages.NotThere(words["no_capture"].format(capture_id))
    seen = found.answer
    shown = {
        "words": words,
        "meaning": language.words(MEANINGS)[seen.capture.outcome],
        "seen": seen,
        "facts": dict(_facts(seen.capture)),
        "details": seen.difference and details(seen.difference, names),
        "at": lambda start, end: datasette.urls.path(links.original(capture_id, start, end)),
        "style": STYLE,
        "links": links,
    }
    return await pages.render(datasette, request, "capture.html", shown)


ROUTES = ((r"^/capture/(?P<capture_id>[^/]+)$", pages.refusing(page)),)


def _seen(archive: Archive, *, capture_id: str) -> Seen | None:
    """The capture with all that is told of it, None where there is no such one."""
    capture = archive.by_id(capture_id)
    if capture is None:
        return None
    source_id, before = capture.source_id, capture.previous_capture_id
    older, newer = _beside(archive.outcomes(source_id)[source_id], capture_id)
    return Seen(
        capture=capture,
        name=archive.sources()[source_id]["name"],
        older=older,
        newer=newer,
        entries=archive.entries(source_id, capture_id) if capture.outcome in GOOD else {},
        difference=history.difference(archive, source_id, before, capture_id)
        if before and capture.outcome == "changed"
        else None,
    )


def _beside(captures: Sequence[Outcome], capture_id: str) -> tuple[str | None, str | None]:
    """The visits before and after one of those of a source, which are newest first."""
    ids = [one.capture_id for one in captures]
    place = ids.index(capture_id)
    return (ids[place + 1] if place + 1 < len(ids) else None, ids[place - 1] if place else None)


def _facts(capture: Capture) -> Iterator[tuple[str, object]]:
    """What is recorded of a capture, by what it is called."""
    words, names = language.words(WORDS), language.names()
    for name in _FACTS:
        value = getattr(capture, name)
        if value is not None:
            yield words.get(name) or names.column("captures", name), value
