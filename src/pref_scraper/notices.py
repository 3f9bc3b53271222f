"""What there is to tell of a source's captures: changes, troubles, recoveries; pure.

In go a source's captures in order of time, out comes a `Notice` for each thing that somebody would want to
hear of. The same captures give the same notices.

A trouble is all captures in a row that are not good, whatever they are called: a page that is first suspect and
then gone is one trouble. It is told at its first capture, on the first visit a week later, and then
every thirty days, counted in days of Japan. A source's first capture is no notice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .archive import Outcome
from .records import GOOD

_JAPAN = timezone(timedelta(hours=9))  # it knows no summer time
_AGAIN = (7, 30)
"""Days after which a trouble that lasts is told again: since its first capture, then since it was told last."""

KINDS = {
    "changed": "変更",
    "suspect": "要確認",
    "failed": "取得失敗",
    "gone": "掲載終了",
    "lasting": "継続中",
    "recovered": "回復",
}
"""Kinds of notices and what they are called, as they stand in a message: `failed`, `gone` and `suspect` are a trouble's first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell: of which source, at which capture. `since` is the time of a trouble's first capture.

    `last_good` is the time of the last good capture before a trouble, None where there was none.
    """

    kind: str
    source_id: str
    capture: Outcome
    since: str | None = None
    last_good: str | None = None

    @property
    def key(self) -> str:
        """What tells a notice from all others, whenever it is asked for: `mie-npo-20261122T232047Z changed`."""
        return f"{self.capture.capture_id} {self.kind}"


def follow(source_id: str, captures: Iterable[Outcome]) -> Iterator[Notice]:
    """The notices of a source, by its captures in order of time."""
    trouble: _Trouble | None = None
    last_good: str | None = None
    for capture in captures:
        if capture.outcome in GOOD:
            if trouble:
                yield Notice(kind="recovered", source_id=source_id, capture=capture, since=trouble.since)
            if capture.outcome == "changed":
                yield Notice(kind="changed", source_id=source_id, capture=capture)
            trouble, last_good = None, capture.captured_at
            continue
        kind = trouble.told_at(capture) if trouble else capture.outcome
        trouble = trouble or _Trouble(capture)
        if kind:
            yield Notice(kind=kind, source_id=source_id, capture=capture, since=trouble.since, last_good=last_good)


class _Trouble:
    """A row of captures that are not good, while it lasts."""

    def __init__(self, first: Outcome) -> None:
        self.since = first.captured_at
        self._told = _day(first)
        self._pauses = iter(_AGAIN)
        self._pause = next(self._pauses)

    def told_at(self, capture: Outcome) -> str | None:
        """`lasting` where it is to be told again at a capture."""
        if _day(capture) - self._told < self._pause:
            return None
        self._told = _day(capture)
        self._pause = next(self._pauses, self._pause)
        return "lasting"


def _day(capture: Outcome) -> int:
    return datetime.fromisoformat(capture.captured_at).astimezone(_JAPAN).toordinal()
