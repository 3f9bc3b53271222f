"""Statements: the sentences and list items of 現状と課題, 取組方向 and 取組."""

from dataclasses import dataclass

from ..records import Statement
from .ledger import Ledger
from .line import Line


@dataclass(slots=True)
class _Draft:
    """An item that may go on; `item` numbers the list item that markup puts it in."""

    kind: str
    group: str | None
    text: str
    start: int
    end: int
    item: object | None
    is_bulleted: bool


class Items:
    """Reads list items, typed or marked up; a line that goes on with the item above is part of it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._open: _Draft | None = None

    @property
    def is_open(self) -> bool:
        """Whether an item stands directly above."""
        return self._open is not None

    def read(self, line: Line, start: int, item: object | None, kind: str, group: str | None = None) -> bool:
        """Claims a line, whatever it says; `item` numbers the list item that markup puts it in."""
        bullet = 0 if item is not None else line.bullet
        above, end = self._open, start + line.length
        if above is not None and (item == above.item if item is not None else above.is_bulleted and not bullet):
            above.text += f"\n{line.text}"
            above.end = end
            return True
        self.close()
        self._open = _Draft(kind, group, line.text[bullet:], start + bullet, end, item, bullet > 0)
        return True

    def close(self) -> None:
        """Ends the item: what follows does not go on with it."""
        draft, self._open = self._open, None
        if draft is not None:
            statement = Statement(
                fiscal_year=self._ledger.year,
                kind=draft.kind,
                group_name=draft.group,
                position=self._ledger.next(draft.kind, draft.group),
                text=draft.text,
                text_start=draft.start,
                text_end=draft.end,
            )
            self._ledger.statements.append(statement)
