"""A fiscal year's section as its page prints it; pure.

In goes what a page says at a capture, out comes what stands under the heading of a year, in the order of the
page: blocks of records of one kind, a project with its own figures. Problems and unread text
name no year: theirs is the section in whose stretch of the text they stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import TypeVar

from ..identity import Entries
from ..records import (
    BasicProject,
    Budget,
    Measure,
    Problem,
    Project,
    Purpose,
    Record,
    Statement,
    Target,
    Unread,
    Year,
)

_R = TypeVar("_R", bound=Record)

_KINDS: dict[type[Record], str] = {
    Measure: "measures",
    BasicProject: "basic_projects",
    Purpose: "purposes",
    Target: "targets",
    Project: "projects",
}
"""What a block of such records is; statements have kinds of their own, and all other records stand in no block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A project as one section lists it, with its figures in the order of the page."""

    record_id: str
    project: Project
    figures: tuple[Budget, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What follows each other and is of one kind: a view's name, of statements issue, direction or activity.

    `group` is the printed heading above it. Projects are there as Listed, all else as records.
    """

    kind: str
    group: str | None
    items: tuple[Record | Listed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """All that stands under the heading of a fiscal year."""

    year: Year
    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...]
    unread: tuple[Unread, ...]

    def projects_of(self, basic: BasicProject) -> list[Listed]:
        """The projects of a basic project: those that are printed with its code, whatever name stands behind it."""
        listed = (one for block in self.blocks for one in block.items if isinstance(one, Listed))
        return [one for one in listed if one.project.basic_project_code == basic.code]


def fiscal_years(entries: Entries) -> list[int]:
    """The fiscal years that have a section, newest first."""
    return sorted({year.fiscal_year for year in _all(Year, entries)}, reverse=True)


def projects(entries: Entries) -> list[Listed]:
    """Every project of every section, in the order of the page."""
    figures: dict[str | None, list[Budget]] = {}
    for entry in entries.values():
        if isinstance(entry.record, Budget):
            figures.setdefault(entry.owner, []).append(entry.record)
    return [
        Listed(record_id=key, project=entry.record, figures=tuple(figures.get(key, ())))
        for key, entry in entries.items()
        if isinstance(entry.record, Project)
    ]


def section(entries: Entries, fiscal_year: int) -> Section | None:
    """The section of a fiscal year, None where the page has none."""
    years = _all(Year, entries)
    ends = [*(year.text_start for year in years), inf][1:]
    own = [(year, end) for year, end in zip(years, ends, strict=True) if year.fiscal_year == fiscal_year]
    if not own:
        return None
    return Section(
        year=own[0][0],
        blocks=tuple(_blocks(entries, fiscal_year)),
        problems=_within(own, _all(Problem, entries)),
        unread=_within(own, _all(Unread, entries)),
    )


def _all(kind: type[_R], entries: Entries) -> list[_R]:
    return [entry.record for entry in entries.values() if isinstance(entry.record, kind)]


def _within(stretches: list[tuple[Year, float]], records: list[_R]) -> tuple[_R, ...]:
    """Those that stand in one of the stretches, each from a heading to where the next one begins."""
    return tuple(one for one in records if any(year.text_start <= one.text_start < end for year, end in stretches))


def _blocks(entries: Entries, fiscal_year: int) -> Iterator[Block]:
    listed = {one.record_id: one for one in projects(entries)}
    own = [
        (key, entry.record)
        for key, entry in entries.items()
        if getattr(entry.record, "fiscal_year", None) == fiscal_year and _kind(entry.record)
    ]
    own.sort(key=lambda one: (one[1].text_start, one[1].text_end))
    for (kind, group), found in groupby(own, lambda one: (_kind(one[1]), getattr(one[1], "group_name", None))):
        yield Block(kind=str(kind), group=group, items=tuple(listed.get(key, record) for key, record in found))


def _kind(record: Record) -> str | None:
    return record.kind if isinstance(record, Statement) else _KINDS.get(type(record))
