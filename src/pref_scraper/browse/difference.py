"""What changed in a source between two captures or dates: `/difference?source_id=…&from=…&to=…`.

A date is that day's end in Japan, and means the newest good capture up to then. Without `to` it is the newest
good capture, without `from` the one before `to`, without either the last change; without `source_id` that of
the source which changed last. The permanent link has the ids of both captures.

400 with a sentence beside the form where a date is none, lies before the first good capture or
behind the other one; 404 where there is no such source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from datasette import Response

from .. import history
from ..archive import Archive, Capture, Outcome
from ..diffpage import STYLE, part
from ..records import GOOD
from . import archives, language, links, moments, pages

MOST_CHANGES = 200
"""Captures that brought a change, of those that can be chosen."""

WORDS = {
    "title": ("二つの時点を比べる", "Compare two times"),
    "from": ("変更前の日付", "From the date"),
    "to": ("変更後の日付", "To the date"),
    "help": (
        "日付は日本時間のその日の終わりを指し、それまでに取得された最新の内容を比べます。",
        "A date is the end of that day in Japan; compared is the newest that had been captured by then.",
    ),
    "compare": ("比べる", "Compare"),
    "change": ("変更のあった取得", "Capture that brought a change"),
    "show": ("変更を表示", "Show the change"),
    "permanent": ("この比較への固定リンク", "Permanent link to this difference"),
    "before": ("変更前の取得", "Capture before"),
    "after": ("変更後の取得", "Capture after"),
    "same": (
        "どちらの時点も同じ取得を指しています。",
        "Both times mean the same capture.",
    ),
    "no_change": ("変更はまだありません。", "There are no changes yet."),
    "no_archive": ("対象ページはまだありません。", "There is no source yet."),
    "too_early": (
        "{} までに正常な取得はありません。最初の正常な取得は {} です。",
        "There is no good capture up to {}: the first one is of {}.",
    ),
    "never": ("正常な取得はまだありません。", "There is no good capture yet."),
    "swapped": (
        "変更前 {} が変更後 {} より後になっています。二つの日付を入れ替えてください。",
        "From {} is later than to {}: swap the two.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A source with its captures, newest first, and what changed between two of them, or why that cannot be said."""

    source_id: str
    name: str
    captures: tuple[Outcome, ...]
    difference: history.Difference | None
    refusal: str | None

    @property
    def changes(self) -> list[Outcome]:
        """The captures that brought a change, newest first."""
        return [one for one in self.captures if one.outcome == "changed"][:MOST_CHANGES]


async def page(request: Any, datasette: Any) -> Response:
    """The form, and what changed."""
    words = language.words(moments.WORDS | WORDS)
    source_id, start, end = ((request.args.get(name) or "").strip() for name in ("source_id", "from", "to"))
    ask = partial(_compared, source_id=source_id, start=start, end=end, words=words)
    found = await archives.first(datasette, ask)
    if found is None:
        raise pages.no_source(source_id) if source_id else pages.NotThere(words["no_archive"])
    compared = found.answer
    shown = {
        "words": words,
        "compared": compared,
        "fields": _fields(compared, start, end),
        "part": compared.difference and part(compared.difference, language.names()),
        "style": STYLE,
        "links": links,
    }
    return await pages.render(datasette, request, "difference.html", shown, status=400 if compared.refusal else 200)


ROUTES = ((r"^/difference$", pages.refusing(page)),)


def _compared(archive: Archive, *, source_id: str, start: str, end: str, words: Mapping[str, str]) -> Compared | None:
    """What is asked for, None where there is no such source."""
    sources = archive.sources()
    chosen = source_id or _changed_last(archive) or next(iter(sources), "")
    if chosen not in sources:
        return None
    captures = archive.outcomes(chosen).get(chosen, [])
    shape = partial(Compared, source_id=chosen, name=sources[chosen]["name"], captures=tuple(captures))
    try:
        return shape(difference=_difference(archive, chosen, captures, start, end, words), refusal=None)
    except pages.Malformed as reason:
        return shape(difference=None, refusal=str(reason))


def _changed_last(archive: Archive) -> str | None:
    return next((capture.source_id for capture in archive.changed_last(1)), None)


def _difference(
    archive: Archive, source_id: str, captures: list[Outcome], start: str, end: str, words: Mapping[str, str]
) -> history.Difference | None:
    """What changed, None without a change where none was asked for; raises Malformed."""
    if not (start or end):
        last = next((one.capture_id for one in captures if one.outcome == "changed"), None)
        return history.difference(archive, source_id, None, last) if last else None
    good = [one for one in captures if one.outcome in GOOD]
    if not good:
        raise pages.Malformed(words["never"])
    first = pages.day(good[-1].captured_at)
    before, after = (_good(archive, source_id, asked, first, words) if asked else None for asked in (start, end))
    after = after or archive.newest_good(source_id)
    if before and after and before.captured_at > after.captured_at:
        raise pages.Malformed(words["swapped"].format(start, end or pages.day(after.captured_at)))
    return history.difference(
        archive, source_id, before.capture_id if before else None, after.capture_id if after else None
    )


def _good(archive: Archive, source_id: str, asked: str, first: str, words: Mapping[str, str]) -> Capture:
    """The good capture that a date or a capture means; `first` is the day of the first one."""
    found = archive.newest_good(source_id, until=moments.until(archive, source_id, asked, words))
    if found is None:
        raise pages.Malformed(words["too_early"].format(asked, first))
    return found


def _fields(compared: Compared, start: str, end: str) -> dict[str, str]:
    """What stands in the fields for dates, and the first day that there is something to compare of."""
    found = compared.difference
    return {
        "from": moments.field(start, found.before.captured_at if found else None),
        "to": moments.field(end, found.after.captured_at if found else None),
        "first": pages.day(compared.captures[-1].captured_at) if compared.captures else "",
    }
