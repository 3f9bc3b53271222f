"""Lines to records: one pass down the body, each piece of a line claimed by a record or left unread.

A line means what it means by its words and by where it stands: the fiscal year above
it, the heading above it, the project it follows. Nothing is repaired: what is not as
its neighbours are becomes a problem beside the record, and the record says what is printed.
"""

from collections.abc import Iterable

from ..japanese.years import read_year
from ..records import Year
from . import grammar
from .document import Line
from .items import Items
from .ledger import Ledger
from .plan import Plan
from .projects import Projects

_HEADING_LIMIT = 40
_SENTENCE_ENDS = ("。", "、")


def read_lines(lines: Iterable[Line], start: int) -> Ledger:
    """The records of a body whose first line begins at `start` of the visible text.

    Pure, and total: every character ends in some record, in a label, or in `unread`.
    """
    reader = _Reader()
    for line in lines:
        reader.read(line, start)
        start += len(line.text) + 1
    return reader.close()


class _Reader:
    """Knows headings, and whose line it is below each of them."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._items = Items(self._ledger)
        self._plan = Plan(self._ledger)
        self._projects = Projects(self._ledger, self._items)
        self._section: str | None = None
        self._after_year = False

    def read(self, line: Line, start: int) -> None:
        text = line.text
        after_year, self._after_year = self._after_year, False
        if self._year_heading(text, start) or (after_year and self._subtitle(text, start)):
            return
        if self._ledger.year and self._section_heading(text):
            return
        if not (self._content(text, start, line.item) if self._ledger.year else self._page_heading(line)):
            self._close()
            self._ledger.leave(text, start)

    def close(self) -> Ledger:
        self._close()
        self._ledger.close()
        return self._ledger

    def _close(self) -> None:
        self._projects.close()
        self._items.close()

    def _content(self, text: str, start: int, item: int | None) -> bool:
        """A line below the headings, for the section that it stands in."""
        match self._section:
            case grammar.MEASURES:
                return self._plan.coded_name(text, start)
            case grammar.PURPOSES:
                return self._plan.purpose(text, start)
            case grammar.TARGETS:
                return self._plan.target(text, start)
            case grammar.ISSUES | grammar.DIRECTIONS:
                self._items.read(text, start, item, self._section)
                return True
        return self._projects.read(text, start, item)

    def _year_heading(self, text: str, start: int) -> bool:
        match = grammar.year_heading(text)
        year = read_year(match["year"]) if match else None
        if year is None:
            return False
        self._enter(None)
        self._ledger.year = year.year
        self._after_year = True
        self._ledger.years.append(
            Year(
                position=len(self._ledger.years) + 1,
                fiscal_year=year.year,
                era=year.era,
                heading=text,
                subtitle=None,
                text_start=start,
                text_end=start + len(text),
            )
        )
        return True

    def _section_heading(self, text: str) -> bool:
        section = grammar.section_of(text)
        if section is not None:
            self._enter(section)
        return section is not None

    def _enter(self, section: str | None) -> None:
        self._close()
        self._section = section
        self._plan.enter()
        self._projects.enter(may_group=section is None)

    def _subtitle(self, text: str, start: int) -> bool:
        """(パートナーシップによる協働の推進), on the line below the year's heading."""
        match = grammar.SUBTITLE.fullmatch(text)
        if match is None:
            return False
        year = self._ledger.years.pop()
        values = {name: getattr(year, name) for name in ("position", "fiscal_year", "era", "heading", "text_start")}
        self._ledger.years.append(Year(**values, subtitle=match["subtitle"].strip(), text_end=start + len(text)))
        return True

    def _page_heading(self, line: Line) -> bool:
        """総合計画における位置づけ: before the first year, a short line that is no sentence."""
        if len(line.text) > _HEADING_LIMIT or line.text.endswith(_SENTENCE_ENDS) or line.item is not None:
            return False
        self._ledger.headings.append(line.text)
        return True
