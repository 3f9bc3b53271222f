"""What a list of news calls changes, in Japanese: 【予算額の訂正】三重県 NPO 施策・事業概要; pure.

In go changes as `diff` finds them. The weightiest kind comes first; what only came or went along with its
project or its fiscal year is not told beside that, and moves and changes of width only where there is nothing else.
"""

from collections.abc import Iterable, Sequence

from . import outline
from .labels import CHANGE_LABELS, VIEW_LABELS
from .records import Change

# The weightiest first.
_ORDER = (
    "years",
    "budgets",
    "projects",
    "targets",
    "statements",
    "purposes",
    "measures",
    "basic_projects",
    "pages",
    "unread",
)
# In a list of news 未読 would be what its reader has not read yet: what stands in no record is something else.
_NAMES = {**VIEW_LABELS, "unread": "その他の記載"}
_CAME_OR_WENT = ("added", "removed", "reappeared")
_WHOLES = {"years", "projects"}
_CALLED = {("budgets", "modified"): "訂正"}
_QUIET = {"moved": "掲載順の変更", "restyled": "字形・空白のみの変更"}
_FURTHER = "ほか"
_LONGEST = 40


def title(name: str, changes: Iterable[Change]) -> str:
    """A line for the changes of a source: with what is called how, where that is one record alone.

    【予算額の訂正】三重県 NPO 施策・事業概要: みえ県民交流センター指定管理事業 平成23年度 28,709千円 → 29,100千円
    """
    told = _told(changes)
    headline = _headline(told)
    about = _about(told) if len({change.record_id for change in told}) == 1 else ""
    return f"【{headline}】{outline.clean(name)}{f': {about}' if about else ''}"


def headline(changes: Iterable[Change]) -> str:
    """The weightiest kind of change, and whether there are others: 事業の追加 or 事業の追加ほか."""
    return _headline(_told(changes))


def _headline(told: Sequence[Change]) -> str:
    kinds = list(dict.fromkeys(map(_kind, sorted(told, key=_weight))))
    return f"{kinds[0]}{_FURTHER if kinds[1:] else ''}"


def _told(changes: Iterable[Change]) -> list[Change]:
    """The changes that count, or, where there are none, the quiet ones."""
    loud, quiet = outline.split(changes)
    whole = [change for change in loud if change.record in _WHOLES and change.change in _CAME_OR_WENT]
    years = {change.fiscal_year for change in whole if change.record == "years"}
    projects = {change.record_id for change in whole if change.record == "projects"}
    told = [
        change
        for change in loud
        if change.record == "years"
        or not (change.fiscal_year in years or (change.record == "budgets" and change.project_id in projects))
    ]
    return told or [change for kind in outline.QUIET for change in quiet[kind]]


def _weight(change: Change) -> tuple[int, int]:
    return _ORDER.index(change.record), [*CHANGE_LABELS].index(change.change)


def _kind(change: Change) -> str:
    """予算額の訂正, 事業の追加"""
    if change.change in _QUIET:
        return _QUIET[change.change]
    return f"{_NAMES[change.record]}の{_CALLED.get((change.record, change.change), CHANGE_LABELS[change.change])}"


def _about(told: Sequence[Change]) -> str:
    """What the one record is called, with its name or its figure then and now where that is what changed."""
    first = min(told, key=_weight)
    if first.change == "renamed":
        return outline.clean(f"{_short(first.old)} → {_short(first.new)}")
    figure = next((change for change in told if change.field == "printed"), None)
    values = f" {figure.old} → {figure.new}" if figure else ""
    return outline.clean(f"{_short(first.label)}{values}")


def _short(text: str) -> str:
    """On one line, and not too much of it."""
    line = text.replace("\n", " ")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
