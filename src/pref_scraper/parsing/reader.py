"""Lines to records: one pass down the body, each piece of a line claimed by a record or left unread.

A line means what it means by its words and by where it stands: the fiscal year above
it, the heading above it, the project it follows. Nothing is repaired: what is not as
its neighbours are becomes a problem beside the record, and the record says what is printed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

from ..japanese.years import FiscalYear
from ..records import Record, Unread, Year, shifted
from . import grammar
from .items import Items
from .ledger import Ledger
from .line import Line
from .plan import Plan
from .projects import Projects
from .stretch import KEPT, Placed, Stretch

_HEADING_LIMIT = 40
_SENTENCE_ENDS = ("。", "、")
_RECORDS = (
    *("years", "measures", "basic_projects", "purposes", "targets"),
    *("statements", "projects", "budgets", "problems", "unread"),
)

Positions = frozenset[tuple[tuple[str, str | None], int]]
_ReadLine = Callable[[Line, int, object | None], bool]


@dataclass(slots=True)
class Found:
    """What a body says: the headings before the first fiscal year, and records by view, in page order."""

    headings: list[str] = field(default_factory=list)
    records: dict[str, list[Any]] = field(default_factory=lambda: {view: [] for view in _RECORDS})


def read_body(body: Sequence[Stretch], start: int) -> Found:
    """The records of a body that begins at `start` of the visible text.

    Pure, and total: every character ends in some record, in a label, or in `unread`.
    """
    found = Found()
    positions: dict[int, Positions] = {}
    head, *sections = _sections(body)
    start = _read_head(head, start, found)
    for number, stretches in enumerate(sections, 1):
        year = _year_of(stretches[0].body[0].line).year
        section = remembered(stretches, number, positions.get(year, frozenset()))
        records, positions[year] = section.at(start)
        for view, of_view in records.items():
            found.records[view] += of_view
        start += sum([stretch.length() for stretch in stretches])
    return found


def _sections(body: Sequence[Stretch]) -> list[tuple[Stretch, ...]]:
    """What stands above the first fiscal year's heading, and then each year's section.

    A stretch whose heading is not of the body, as in a navigation, goes on with the section before.
    """
    found: list[tuple[Stretch, ...]] = [()]
    for stretch in body:
        if stretch.body and stretch.body[0].line.year is not None:
            found.append((stretch,))
        else:
            found[-1] += (stretch,)
    return found


def _year_of(heading: Line) -> FiscalYear:
    assert heading.year is not None
    return heading.year


def _lines(stretches: Iterable[Stretch]) -> list[Placed]:
    return [placed for stretch in stretches for placed in stretch.body]


def _read_head(head: tuple[Stretch, ...], start: int, found: Found) -> int:
    """総合計画における位置づけ: before the first year, a short line that is no sentence is a heading."""
    for line, item, _, _ in _lines(head):
        if line.length > _HEADING_LIMIT or line.text.endswith(_SENTENCE_ENDS) or item is not None:
            found.records["unread"].append(Unread(text=line.text, text_start=start, text_end=start + line.length))
        else:
            found.headings.append(line.text)
        start += line.length + 1
    return start


class _Section:
    """What a fiscal year's section says, wherever it stands: the `number`th of its page, in lists that go on."""

    def __init__(self, stretches: tuple[Stretch, ...], number: int, positions: Positions) -> None:
        self._stretches, self._number, self._before = stretches, number, positions
        self._placed: tuple[int, dict[str, list[Record]], Positions] | None = None

    def at(self, start: int) -> tuple[dict[str, list[Record]], Positions]:
        """Its records by view, where its first line begins at `start`; and how far its lists go."""
        if self._placed is None:
            self._placed = start, *self._read(start)
        placed, records, positions = self._placed
        if placed != start:
            by = start - placed
            records = {view: [shifted(record, by) for record in of_view] for view, of_view in records.items()}
            self._placed = start, records, positions
        return records, positions

    def _read(self, start: int) -> tuple[dict[str, list[Record]], Positions]:
        heading, *lines = _lines(self._stretches)
        reader = _Reader(heading.line, self._number, start, dict(self._before))
        start += heading.line.length + 1
        for line, item, _, _ in lines:
            reader.read(line, start, item)
            start += line.length + 1
        ledger = reader.close()
        return {view: getattr(ledger, view) for view in _RECORDS}, frozenset(ledger.positions.items())


# A stretch that is remembered is one object, so that a section of remembered stretches is, too.
remembered = lru_cache(maxsize=KEPT)(_Section)


class _Reader:
    """Knows headings, and whose line it is below each of them."""

    def __init__(self, heading: Line, number: int, start: int, positions: dict[tuple[str, str | None], int]) -> None:
        """Begins at the heading of a fiscal year, the `number`th of its page."""
        self._ledger = Ledger(_year_of(heading).year, positions)
        items = self._items = Items(self._ledger)
        plan = self._plan = Plan(self._ledger)
        projects = self._projects = Projects(self._ledger, items)
        self._readers: dict[str | None, _ReadLine] = {
            None: projects.read,
            grammar.PROJECTS: projects.read,
            grammar.ISSUES: partial(items.read, kind=grammar.ISSUES),
            grammar.DIRECTIONS: partial(items.read, kind=grammar.DIRECTIONS),
            grammar.MEASURES: plan.coded_name,
            grammar.PURPOSES: plan.purpose,
            grammar.TARGETS: plan.target,
        }
        self._enter(None)
        self._put_heading(heading, number, start)

    def read(self, line: Line, start: int, item: object | None) -> None:
        """A line below the heading."""
        if start == self._ledger.years[0].text_end + 1 and line.subtitle is not None:
            self._put_subtitle(line.subtitle, start + line.length)
        elif line.section is not None:
            self._enter(line.section)
        elif not self._read(line, start, item):
            self._close()
            self._ledger.leave(line.text, start)

    def close(self) -> Ledger:
        """The section's records."""
        self._close()
        self._ledger.close()
        return self._ledger

    def _close(self) -> None:
        self._projects.close()
        self._items.close()

    def _enter(self, section: str | None) -> None:
        self._close()
        self._read = self._readers[section]
        self._plan.enter()
        self._projects.enter(may_group=section is None)

    def _put_heading(self, line: Line, number: int, start: int) -> None:
        heading = Year(
            position=number,
            fiscal_year=self._ledger.year,
            era=_year_of(line).era,
            heading=line.text,
            subtitle=None,
            text_start=start,
            text_end=start + line.length,
        )
        self._ledger.years.append(heading)

    def _put_subtitle(self, subtitle: str, end: int) -> None:
        """(パートナーシップによる協働の推進), on the line below the year's heading."""
        year = self._ledger.years.pop()
        self._ledger.years.append(replace(year, subtitle=subtitle, text_end=end))
