"""A project over the fiscal years; pure.

Sections name a project each for itself: those of one name, in whatever width, are one project, as in the view
`budget_series`. In go the names that projects had, what a page says at a capture, and rows of that view; out
comes which records are the project, its figures by the year they are for, its texts with what each section
changed of the one before, and its neighbours on the page.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .. import prose
from ..archive import Named
from ..japanese.width import fold
from ..prose import Segment
from ..records import Project
from .sections import Listed

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The records that are one project; `names` are all that they ever had, by record and time.

    `began` is the capture that first had one of them, `ended` the one that no longer had the last, None where one stands.
    """

    key: str
    names: tuple[Named, ...]
    began: str
    ended: str | None

    def lists(self, one: Listed) -> bool:
        """Whether a section's project is this one."""
        return any(one.record_id == name.record_id for name in self.names)

    def of(self, listed: Iterable[Listed]) -> list[Listed]:
        """The project as the sections list it, the newest section first, whichever the page begins with."""
        return sorted(filter(self.lists, listed), key=lambda one: -one.project.fiscal_year)


def find(names: Sequence[Named], record_id: str) -> Series:
    """The project that a record is of: of all whose last name is the last one of this record."""
    last = {one.record_id: one for one in sorted(names, key=lambda one: one.valid_from)}
    key = last[record_id].series
    own = tuple(one for one in names if last[one.record_id].series == key)
    ends = [last[one.record_id].valid_to for one in own]
    return Series(
        key=key,
        names=own,
        began=min(one.valid_from for one in own),
        ended=None if None in ends else max(end for end in ends if end),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is printed for a budget year: by its own section, and by others, each with by how much that is more."""

    budget_year: int
    own: tuple[Row, ...]
    others: tuple[tuple[Row, int | None], ...]


def figures(rows: Iterable[Row]) -> list[Figures]:
    """The rows of one series by budget year, newest first; within it as they come."""
    by_year: dict[int, list[Row]] = {}
    for row in rows:
        by_year.setdefault(row["budget_year"], []).append(row)
    return [_figures(year, by_year[year]) for year in sorted(by_year, reverse=True)]


def _figures(year: int, rows: list[Row]) -> Figures:
    own = tuple(row for row in rows if row["standing"] == "own-year")
    amounts = {row["amount_yen"] for row in own if row["amount_yen"] is not None}
    others = (row for row in rows if row["standing"] != "own-year")
    return Figures(budget_year=year, own=own, others=tuple((row, _more(row, amounts)) for row in others))


def _more(row: Row, amounts: set[int]) -> int | None:
    """By how much a figure that does not agree is more than its year's own; None where that is not to be said."""
    is_plain = row["agrees"] == 0 and row["amount_yen"] is not None and len(amounts) == 1
    return row["amount_yen"] - max(amounts) if is_plain else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A field of a project in one section, against the section before that lists it.

    `segments` are what both say and what came and went; `is_same` where nothing did.
    """

    field: str
    segments: tuple[Segment, ...]
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a section says of a project; `since` is the year of the section that it is compared with, if there is one."""

    listed: Listed
    since: int | None
    parts: tuple[Part, ...]


def tellings(listed: Sequence[Listed]) -> list[Telling]:
    """What each section says of the project, newest first; where one lists it twice, each with its like before."""
    by_year: dict[int, list[Listed]] = {}
    for one in listed:
        by_year.setdefault(one.project.fiscal_year, []).append(one)
    years = sorted(by_year, reverse=True)
    before: dict[int, list[Listed]] = {year: by_year[older] for year, older in pairwise(years)}
    return [
        _telling(one, before[year][min(nth, len(before[year]) - 1)] if year in before else None)
        for year in years
        for nth, one in enumerate(by_year[year])
    ]


def _telling(listed: Listed, before: Listed | None) -> Telling:
    return Telling(
        listed=listed,
        since=before.project.fiscal_year if before else None,
        parts=tuple(_parts(listed.project, before.project if before else None)),
    )


def _parts(project: Project, before: Project | None) -> Iterator[Part]:
    old = dict(_fields(before)) if before else None
    for field, text in _fields(project):
        was = text if old is None else old[field]
        if text or was:
            yield Part(field=field, segments=prose.compare(was, text), is_same=old is not None and was == text)


def _fields(project: Project) -> Iterator[tuple[str, str]]:
    """What is told of a project, by the column that it is called after; empty where it is not printed."""
    code, name = project.basic_project_code or "", project.basic_project_name or ""
    yield "basic_project_name", f"{code} {name}".strip()
    for field in ("flag", "group_name", "account", "overview"):
        yield field, getattr(project, field) or ""


def neighbours(listed: Sequence[Listed], series: Series) -> tuple[Listed | None, Listed | None]:
    """The projects before and after it, by where the page first lists each."""
    firsts: dict[str, Listed] = {}
    for one in listed:
        firsts.setdefault(series.key if series.lists(one) else fold(one.project.name), one)
    place = [*firsts].index(series.key)
    in_order = [None, *firsts.values(), None]
    return in_order[place], in_order[place + 2]
