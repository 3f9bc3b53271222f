"""Statements: the sentences and list items of 現状と課題, 取組方向 and 取組."""

from typing import Any

from ..records import Statement
from . import grammar
from .ledger import Ledger


class Items:
    """Reads list items, typed or marked up; a line that goes on with the item above is part of it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._open: dict[str, Any] | None = None
        self._item: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether an item stands directly above."""
        return self._open is not None

    def read(self, text: str, start: int, item: int | None, kind: str, group: str | None = None) -> None:
        """Claims a line; `item` numbers the list item that markup puts it in."""
        bullet = grammar.BULLET.match(text) if item is None else None
        above = self._open
        if above is not None and (item == self._item if item is not None else above["bulleted"] and bullet is None):
            above["text"] += f"\n{text}"
            above["text_end"] = start + len(text)
            return
        self.close()
        self._item = item
        skipped = bullet.end() if bullet else 0
        self._open = {
            "fiscal_year": self._ledger.year,
            "kind": kind,
            "group_name": group,
            "position": self._ledger.next(kind, self._ledger.year, group),
            "text": text[skipped:],
            "text_start": start + skipped,
            "text_end": start + len(text),
            "bulleted": bullet is not None,
        }

    def close(self) -> None:
        """Ends the item: what follows does not go on with it."""
        if self._open is not None:
            del self._open["bulleted"]
            self._ledger.statements.append(Statement(**self._open))
        self._open = None
