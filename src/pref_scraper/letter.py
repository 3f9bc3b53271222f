"""A message of a run to a service: its title, its text, and the changes as a file for programs; pure.

In go the notices with what is known of their sources, out comes a `Letter`: one for all, whatever is in it. What was
changed and why a page is not believed are told as `diff` and `log` tell them.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from . import headlines, outline, report
from .history import Difference, in_japan
from .notices import KINDS, Notice
from .rows import change_rows

CHANGES = "changes.json"

_TEST = "試験送信"
_UNSURE = "{at} の通知は届いていない可能性があります（送信中に中断しました）。"
_MORE = "… ほか {lines} 行（pref-scraper status, pref-scraper diff）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice, of a source with a name and an address; `difference` is what changed, where it tells of a change."""

    notice: Notice
    name: str
    url: str
    difference: Difference | None = None

    @property
    def is_loud(self) -> bool:
        """Whether somebody would want to hear of it: not where only places or widths changed."""
        return self.difference is None or bool(outline.split(self.difference.changes)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is sent; `files` are named JSON documents."""

    title: str
    lines: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...] = ()

    def text(self, room: int) -> str:
        """The lines in so many characters; where they find no room, whole lines and how many more there are."""
        whole = "\n".join(self.lines)
        if len(whole) <= room:
            return whole
        left = room - len(_MORE) - len(str(len(self.lines)))
        kept = 0
        for line in self.lines:
            left -= len(line) + 1
            if left < 0:
                break
            kept += 1
        return "\n".join((*self.lines[:kept], _MORE.format(lines=len(self.lines) - kept)))


def write(told: Sequence[Told], unsure: Iterable[str] = ()) -> Letter:
    """The letter that tells it all; `unsure` are the times of letters before it that may not have arrived."""
    lines = [line for one in told for line in (*_lines(one), "")]
    lines += [_UNSURE.format(at=in_japan(at)) for at in unsure]
    lines += ["すべての対象ページの状態: pref-scraper status"]
    return Letter(title=_title(told), lines=tuple(lines), files=tuple(_files(told)))


def trial() -> Letter:
    """A letter that tells nothing, to see whether it arrives."""
    text = "pref-scraper の通知はこのように届きます。変更 (changes) は JSON としても添付されます。"
    return Letter(title=f"【{_TEST}】pref-scraper", lines=(text,), files=((CHANGES, b"[]\n"),))


def _title(told: Sequence[Told]) -> str:
    if len(told) == 1:
        (one,) = told
        return headlines.title(one.name, one.difference.changes) if one.difference else _headed(one)
    counted = Counter(one.notice.kind for one in told)
    return "・".join(f"{called} {counted[kind]}件" for kind, called in KINDS.items() if counted[kind])


def _headed(one: Told) -> str:
    """【取得失敗】三重県 NPO 施策・事業概要"""
    return f"【{KINDS[one.notice.kind]}】{outline.clean(one.name)}"


def _lines(one: Told) -> Iterator[str]:
    notice = one.notice
    yield f"■ {headlines.title(one.name, one.difference.changes) if one.difference else _headed(one)}"
    yield one.url
    if one.difference:
        yield from report.difference(one.difference)
        between = f"--from {one.difference.before.capture_id} --to {one.difference.after.capture_id}"
        yield f"詳しく: pref-scraper diff {notice.source_id} {between}"
        return
    yield f"取得日時: {in_japan(notice.capture.captured_at)}"
    if notice.since and notice.since != notice.capture.captured_at:
        yield f"異常の始まり: {in_japan(notice.since)}"
    if notice.kind != "recovered":
        yield f"最後の正常な取得: {in_japan(notice.last_good) if notice.last_good else 'なし'}"
        yield f"理由: {notice.capture.outcome}: {notice.capture.reason}"
    yield f"詳しく: pref-scraper log {notice.source_id}"


def _files(told: Sequence[Told]) -> Iterator[tuple[str, bytes]]:
    """The changes as `diff --format json` has them, where there are any."""
    found = [one.difference for one in told if one.difference]
    rows = [
        row
        for one in found
        for row in change_rows(one.changes, one.source_id, one.after.capture_id, one.before.capture_id)
    ]
    if rows:
        yield CHANGES, f"{json.dumps(rows, ensure_ascii=False, indent=2)}\n".encode()
