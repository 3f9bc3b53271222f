"""Changes arranged for a person; pure.

In go changes as `diff` finds them, out come sections by fiscal year, newest first; in each, a
group per project with its own fields and its budgets, and a group per other view; in each,
an item per record with a row per changed field. What is told twice, as a figure and its
number, is one row.

Moves and changes of width are quiet: they are counted, and shown to who asks for them. Signs
that would steer a terminal or turn a line around stand as U+FFFD.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from . import prose
from .diff import MAIN
from .japanese.money import format_amount
from .labels import CHANGE_LABELS, VIEW_LABELS
from .names import JAPANESE, Names
from .records import Change

_Key = TypeVar("_Key")

QUIET = ("moved", "restyled")

_WORDS = {"no_year": ("年度なし", "No fiscal year")}

_ORDER = {view: number for number, view in enumerate(VIEW_LABELS)}
# One in each group, or named by it.
_ALONE = frozenset({"pages", "years", "purposes", "projects"})
_YEARS = frozenset({"budget_year", "target_year", "actual_year", "fiscal_year"})
# A printed figure, and the number that it was read as.
_NUMBERS = {"printed": "amount_yen", "target_printed": "target_value", "actual_printed": "actual_value"}
_PRINTED = {number: printed for printed, number in _NUMBERS.items()}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One changed field: its name, empty where that is plain, and what stood and stands there.

    `by` is by how much a number moved, and the same in percent where that can be said:
    `+391千円`, `+1.4 %`.
    """

    label: str
    change: str
    old: str | None
    new: str | None
    is_number: bool = False
    by: tuple[str, ...] = ()

    def segments(self) -> tuple[prose.Segment, ...]:
        """Where the old and the new text differ."""
        return prose.compare(self.old or "", self.new or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A changed record. `title` is what it is called, empty where its rows or its group say it."""

    change: str
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A project, with its name, or a view; `change` is set where the project itself came or went."""

    label: str
    name: str | None
    change: str | None
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """All that changed under one fiscal year, or, where it is None, outside of them all."""

    fiscal_year: int | None
    heading: str
    groups: tuple[Group, ...]


def split(changes: Iterable[Change]) -> tuple[list[Change], dict[str, list[Change]]]:
    """The changes to be shown, and the quiet ones by kind."""
    found: dict[str, list[Change]] = {kind: [] for kind in ("", *QUIET)}
    for change in changes:
        found[change.change if change.change in QUIET else ""].append(change)
    return found.pop(""), found


def count(changes: Iterable[Change]) -> dict[str, int]:
    """How many records were added, removed and so on; one that was renamed and modified counts as both."""
    kinds = {(change.change, change.record_id) for change in changes}
    return {kind: sum(one == kind for one, _ in kinds) for kind in CHANGE_LABELS}


def arrange(changes: Iterable[Change], names: Names = JAPANESE) -> tuple[Section, ...]:
    """The changes by fiscal year, project and record."""
    years = _grouped(changes, lambda change: change.fiscal_year)
    newest_first = sorted(years, key=lambda year: (year is not None, -(year or 0)))
    return tuple(
        Section(
            fiscal_year=year,
            heading=names.both_years(year) if year else names.words(_WORDS)["no_year"],
            groups=_groups(years[year], names),
        )
        for year in newest_first
    )


def _groups(changes: Sequence[Change], names: Names) -> tuple[Group, ...]:
    found = _grouped(changes, lambda change: change.project_id or change.record)
    return tuple(_group(group, names) for group in sorted(found.values(), key=_place))


def _place(changes: Sequence[Change]) -> tuple[int, int]:
    """Where a group stands: views in their order, projects as the page lists them."""
    first = changes[0]
    return _ORDER["projects" if first.project_id else first.record], first.project_position or 0


def _group(changes: Sequence[Change], names: Names) -> Group:
    whole = [change for change in changes if change.field is None and change.record_id == change.project_id]
    rest = [change for change in changes if change not in whole]
    name = changes[0].project
    return Group(
        label=names.record("projects" if changes[0].project_id else changes[0].record),
        name=None if name is None else clean(name),
        change=whole[0].change if whole else None,
        items=tuple(_item(group, names) for group in _grouped(rest, lambda change: change.record_id).values()),
    )


def _grouped(changes: Iterable[Change], key: Callable[[Change], _Key]) -> dict[_Key, list[Change]]:
    """By key, in the order in which the keys come."""
    found: dict[_Key, list[Change]] = {}
    for change in changes:
        found.setdefault(key(change), []).append(change)
    return found


def _item(changes: Sequence[Change], names: Names) -> Item:
    rows = tuple(_rows(changes, names))
    return Item(change=changes[0].change, title=clean(_title(changes, names)), rows=rows)


def _title(changes: Sequence[Change], names: Names) -> str:
    first = changes[0]
    if first.record in _ALONE:
        return ""
    if first.record == "budgets":
        return f"{names.record('budgets')} {first.label.removeprefix(f'{first.project} ')}"
    says_it = any(change.field in (None, MAIN[first.record]) for change in changes)
    return "" if says_it else first.label


def _rows(changes: Sequence[Change], names: Names) -> Iterator[Row]:
    by_field = {change.field: change for change in changes}
    for field, change in by_field.items():
        if field is None or _PRINTED.get(field) not in by_field:
            number = by_field.get(_NUMBERS.get(field or ""), change)
            yield Row(
                label=_label(change, names),
                change=change.change,
                old=_shown(field, change.old, names),
                new=_shown(field, change.new, names),
                is_number=_is_number(change),
                by=_by(number),
            )


def _is_number(change: Change) -> bool:
    is_printed = (change.field or MAIN[change.record]) in _NUMBERS
    return is_printed or any(isinstance(value, int | float) for value in (change.old, change.new))


def _label(change: Change, names: Names) -> str:
    if change.change == "renamed":
        return names.changes["renamed"]
    if change.field in (None, MAIN[change.record]):
        return ""
    return names.column(change.record, str(change.field)).removesuffix("の表記")


def _shown(field: str | None, value: Any, names: Names) -> str | None:
    if value is None:
        return None
    if field in _YEARS:
        return names.year(value)
    if field == "amount_yen":
        return format_amount(value)
    return clean("\n".join(value) if isinstance(value, tuple) else str(value))


def clean(text: str) -> str:
    """The text without signs that steer a terminal or the order of writing."""
    return _CONTROL.sub("\ufffd", text)


def _by(change: Change) -> tuple[str, ...]:
    if change.field not in _PRINTED or change.old is None or change.new is None:
        return ()
    by = Decimal(str(change.new)) - Decimal(str(change.old))
    if change.field != "amount_yen":
        return (f"{by:+,}",)
    percent = (f"{by / abs(change.old) * 100:+.1f} %",) if change.old else ()
    return (f"{'+' if by > 0 else ''}{format_amount(int(by))}", *percent)
