"""The plan of a fiscal year: 施策体系, 施策の目的, 施策の数値目標."""

import re
from dataclasses import replace
from typing import Any

from ..japanese.width import align
from ..japanese.years import read_year
from ..records import BasicProject, Measure, Purpose, Target
from . import grammar
from .ledger import Ledger
from .line import Line

_MEASURE_DIGITS = 3


class Plan:
    """Reads the lines of these three sections; each method claims a line or answers False."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._target_head: tuple[int, int | None, int | None] | None = None

    def enter(self) -> None:
        """Forgets the table header of the section before."""
        self._target_head = None

    def coded_name(self, line: Line, start: int, _item: object | None) -> bool:
        """A measure or a basic project, by the number of its digits."""
        match = line.coded_name
        if match is None:
            return False
        code, name = match["code"], match["name"].strip()
        place = {"text_start": start, "text_end": start + match.end()}
        self._ledger.leave_rest(line.text, match.end(), start)
        if len(code) <= _MEASURE_DIGITS:
            self._ledger.measures.append(Measure(fiscal_year=self._ledger.year, code=code, name=name, **place))
            return True
        position = self._ledger.next("basic_projects")
        self._ledger.basic_projects.append(
            BasicProject(fiscal_year=self._ledger.year, position=position, code=code, name=name, **place)
        )
        self._ledger.check_code(code, start + match.start("code"))
        return True

    def purpose(self, line: Line, start: int, _item: object | None) -> bool:
        """One or both labels of a line, each with the text up to the next."""
        text = line.text
        labels = [match for match in grammar.PURPOSE.finditer(text) if match["bracketed"] or match.start() == 0]
        if not labels or labels[0].start() != 0:
            return False
        for match, following in zip(labels, [*labels[1:], None], strict=True):
            end = following.start() if following else len(text)
            name = grammar.PURPOSE_FIELDS[match["bracketed"] or match["plain"]]
            self._put_purpose(name, text[match.end() : end].strip(), start + match.start(), start + end)
        return True

    def _put_purpose(self, name: str, value: str, start: int, end: int) -> None:
        purposes = self._ledger.purposes
        last = purposes[-1] if purposes else None
        values: dict[str, Any] = {"target": None, "intent": None, "text_start": start}
        if last is not None and getattr(last, name) is None:
            purposes.pop()
            values = {key: getattr(last, key) for key in values}
        purposes.append(Purpose(fiscal_year=self._ledger.year, **{**values, name: value or None}, text_end=end))

    def target(self, line: Line, start: int, _item: object | None) -> bool:
        """A header, an indicator, its actual value, or a note."""
        text = line.text
        if head := grammar.TARGET_HEAD.fullmatch(text):
            year = read_year(head["year"], self._ledger.year)
            actual = read_year(head["actual_year"], self._ledger.year) if head["actual_year"] else None
            self._target_head = (start, year.year if year else None, actual.year if actual else None)
            return True
        if match := grammar.TARGET_ACTUAL.fullmatch(text):
            year = read_year(match["year"], self._ledger.year)
            return self._amend_target(
                start + len(text),
                actual_year=year.year if year else None,
                actual_value=_number(match["value"]),
                actual_printed=match["value"],
            )
        if match := grammar.TARGET_NOTE.fullmatch(text):
            return self._amend_target(start + len(text), note=match["note"])
        return self._target_item(text, start)

    def _target_item(self, text: str, start: int) -> bool:
        """A row of a table: an indicator and its target value, and its actual one where the header has a year for it."""
        head_start, year, actual_year = self._target_head or (start, None, None)
        match = grammar.TARGET_ITEM_ACTUAL.fullmatch(text) if actual_year else grammar.TARGET_ITEM.fullmatch(text)
        if match is None or len(text) > 4 * grammar.NAME_LENGTH:
            return False
        position = self._ledger.next("targets")
        actual = match["actual"] if actual_year else None
        self._ledger.targets.append(
            Target(
                fiscal_year=self._ledger.year,
                position=position,
                item=match["item"].strip(),
                target_year=year,
                target_value=_number(match["value"]),
                target_printed=match["value"],
                actual_year=actual_year,
                actual_value=_number(actual) if actual else None,
                actual_printed=actual,
                unit=match["unit"] or None,
                note=None,
                text_start=head_start if position == 1 else start,
                text_end=start + len(text),
            )
        )
        return True

    def _amend_target(self, end: int, **fields: Any) -> bool:
        """Adds to the one target of the section; with several, nothing says which is meant."""
        if self._ledger.positions.get(("targets", None)) != 1 or not self._ledger.targets:
            return False
        self._ledger.targets.append(replace(self._ledger.targets.pop(), **fields, text_end=end))
        return True


def _number(printed: str) -> int | float:
    plain = re.sub(r"[,△▲]", lambda found: "" if found[0] == "," else "-", align(printed))
    return float(plain) if "." in plain else int(plain)
