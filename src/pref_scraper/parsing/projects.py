"""Projects: their names, their fields in any order, their figures, and tables of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..japanese.money import read_amount
from ..japanese.years import read_year
from ..records import Budget, Project
from . import grammar
from .items import Items
from .ledger import Ledger

_SHORT = 40


@dataclass(frozen=True, slots=True)
class _Column:
    """What stands below a header cell: a name, an overview, or a figure with its basis, year and unit."""

    role: str
    basis: str | None = None
    year: int | None = None
    unit: str | None = None


class Projects:
    """Reads the lines of a section of projects; a line is claimed, or `read` answers False."""

    def __init__(self, ledger: Ledger, items: Items) -> None:
        self._ledger = ledger
        self._items = items
        self._project: dict[str, Any] | None = None
        self._group: str | None = None
        self._may_group = False
        self._columns: Sequence[_Column | None] = ()
        self._unit: str | None = None
        self._labels = {"【": self._basic_project, "基": self._basic_project, "(": self._account, "（": self._account}

    def enter(self, *, may_group: bool) -> None:
        """Begins a section; groups of activities stand only directly below a year's heading."""
        self.close()
        self._may_group = may_group
        self._group = self._unit = None
        self._columns = ()

    def close(self) -> None:
        """Ends the project: what follows is none of its fields."""
        if self._project is not None:
            del self._project["budgets"]
            self._ledger.projects.append(Project(**self._project))
        self._project = None

    def _close_all(self) -> None:
        self.close()
        self._items.close()

    def read(self, text: str, start: int, item: int | None) -> bool:
        """A name, a field, an activity of the group above, or a row of these."""
        if "\t" in text:
            return self._row(text, start, item)
        return (
            self._fields(text, 0, start)
            or self._listed_project(text, start)
            or self._activity(text, start, item)
            or self._numbered_project(text, start)
            or self._group_heading(text, start)
            or self._unit_line(text)
            or self._overview_goes_on(text, start)
        )

    def _numbered_project(self, text: str, start: int) -> bool:
        match = grammar.PROJECT.match(text) if self._group is None else None
        if match is None:
            return False
        end = grammar.NAME_END.search(text, match.end(), match.end() + grammar.NAME_LENGTH)
        name = text[match.end() : end.start() if end else len(text)]
        if not 0 < len(name) <= grammar.NAME_LENGTH or "。" in name:
            return False
        flag = match["bracketed"] or match["flag"]
        self._open_project(name.strip(), start, match.end() + len(name), ordinal=int(match["ordinal"]), flag=flag)
        if end and not self._fields(text, end.start(), start):
            self._ledger.leave_rest(text, end.start(), start)
        return True

    def _listed_project(self, text: str, start: int) -> bool:
        match = grammar.LISTED_PROJECT.fullmatch(text) if len(text) <= grammar.NAME_LENGTH else None
        if match is None or "。" in match["name"]:
            return False
        self._open_project(match["name"].strip(), start, len(text))
        group = "amount" if match["amount"] else "inside"
        if match[group]:
            self._figure(match[group], start + match.start(group), year=self._ledger.year, basis=None)
        return True

    def _group_heading(self, text: str, start: int) -> bool:
        match = grammar.GROUP.fullmatch(text) if len(text) <= grammar.NAME_LENGTH else None
        in_project = self._project is not None and self._project["basic_project_name"] is not None
        if match is None or not self._may_group or in_project or "。" in text:
            return False
        self._close_all()
        self._group = match["group"].strip()
        return True

    def _activity(self, text: str, start: int, item: int | None) -> bool:
        if self._group is None or self._project is not None:
            return False
        if item is None and not self._items.is_open and grammar.BULLET.match(text) is None:
            return False
        self._items.read(text, start, item, "activity", self._group)
        return True

    def _unit_line(self, text: str) -> bool:
        """(単位:千円): what the figures below have no unit for."""
        match = grammar.UNIT_LINE.fullmatch(text) if len(text) <= _SHORT else None
        if match is not None:
            self._unit = match["unit"]
        return match is not None

    def _overview_goes_on(self, text: str, start: int) -> bool:
        """An overview without its label, its next paragraph, or a note below it."""
        if self._project is None or self._group is not None:
            return False
        if grammar.OTHER_FIELD.fullmatch(text):
            self._ledger.leave_rest(text, 0, start)
            return True
        amount = grammar.AMOUNT_ALONE.fullmatch(text) if len(text) <= _SHORT else None
        if amount is not None:
            if self._project["budgets"]:
                return False
            self._figure(text, start, year=self._ledger.year, basis=None)
        else:
            above = self._project["overview"]
            self._project["overview"] = text if above is None else f"{above}\n{text}"
        self._project["text_end"] = start + len(text)
        return True

    def _open_project(
        self, name: str, start: int, length: int, *, ordinal: int | None = None, flag: str | None = None
    ) -> None:
        self._close_all()
        self._project = {
            "fiscal_year": self._ledger.year,
            "position": self._ledger.next("projects", self._ledger.year),
            "ordinal": ordinal,
            "flag": flag,
            "name": name,
            "group_name": self._group,
            "basic_project_code": None,
            "basic_project_name": None,
            "account": None,
            "overview": None,
            "text_start": start,
            "text_end": start + length,
            "budgets": 0,
        }

    def _fields(self, text: str, position: int, start: int) -> bool:
        """The labelled fields of a project, one after another on a line; what is no field ends them."""
        if self._project is None:
            return False
        begin = position
        while position < len(text):
            read = self._labels.get(text[position], self._budget_or_overview)
            end = read(text, position, start)
            if end is None:
                break
            position = end
            while position < len(text) and text[position].isspace():
                position += 1
            self._project["text_end"] = start + len(text[:position].rstrip())
        if position > begin:
            self._ledger.leave_rest(text, position, start)
        return position > begin

    def _basic_project(self, text: str, position: int, start: int) -> int | None:
        match = grammar.BASIC_PROJECT.match(text, position)
        if match is None or self._project is None or self._project["basic_project_name"] is not None:
            return None
        suffix = "" if match["name"] else "_2"
        code, name = match[f"code{suffix}"], match[f"name{suffix}"].strip()
        self._project.update(basic_project_code=code, basic_project_name=name)
        if code is not None:
            self._ledger.named.append((self._ledger.year, code, name, start + match.start(f"name{suffix}")))
            self._ledger.check_code(code, start + match.start(f"code{suffix}"))
        if not suffix and match["closed"] is None:
            message = "the bracket 【 is never closed: the end of the line closes it"
            self._ledger.problem("unclosed-bracket", message, match[0], start + match.start())
        return match.end()

    def _account(self, text: str, position: int, start: int) -> int | None:
        match = grammar.ACCOUNT.match(text, position)
        if match is None or self._project is None or self._project["account"] is not None:
            return None
        self._project["account"] = match["account"].strip()
        return match.end()

    def _budget_or_overview(self, text: str, position: int, start: int) -> int | None:
        if text[position] not in grammar.LABEL_SIGNS:
            return None
        return self._budget(text, position, start) or self._overview(text, position, start)

    def _overview(self, text: str, position: int, start: int) -> int | None:
        match = grammar.OVERVIEW.match(text, position)
        if match is None or self._project is None or self._project["overview"] is not None:
            return None
        self._project["overview"] = text[match.end() :]
        return len(text)

    def _budget(self, text: str, position: int, start: int) -> int | None:
        """A label and one figure or more, as far as they go."""
        label = grammar.BUDGET.match(text, position)
        if label is None:
            return None
        end = None
        position = label.end()
        while figure := grammar.FIGURE.match(text, position):
            self._read_figure(figure, start, basis=label["basis"], year=self._ledger.year, unit=label["unit"])
            end = figure.end()
            arrow = grammar.ARROW.match(text, end)
            position = arrow.end() if arrow else end
        return end

    def _read_figure(
        self, figure: re.Match[str], start: int, *, basis: str | None, year: int, unit: str | None
    ) -> None:
        """A figure with what it says of itself, and where it says nothing, with what its label or header says."""
        own = read_year(figure["year"], near=self._ledger.year) if figure["year"] else None
        group = "amount" if figure["amount"] else "bare"
        self._figure(
            figure[group],
            start + figure.start(group),
            year=own.year if own else year,
            basis=figure["stage"] or basis,
            unit=(unit or self._unit) if group == "bare" else None,
        )

    def _figure(self, printed: str, start: int, *, year: int, basis: str | None, unit: str | None = None) -> None:
        assert self._project is not None
        yen = None
        try:
            yen = read_amount(printed, unit)
        except ValueError:
            message = "an amount without a unit: neither the figure nor a header or caption gives one"
            self._ledger.problem("no-unit", message, printed, start)
        self._project["budgets"] += 1
        self._ledger.budgets.append(
            Budget(
                fiscal_year=self._ledger.year,
                project_position=self._project["position"],
                project=self._project["name"],
                budget_year=year,
                amount_yen=yen,
                printed=printed,
                basis=basis,
                text_start=start,
                text_end=start + len(printed),
            )
        )

    def _row(self, text: str, start: int, item: int | None) -> bool:
        cells = _cells(text)
        columns = [_column(cell, self._ledger.year) for _, cell in cells]
        if sum(column is not None for column in columns) >= 2 and columns[0] is not None:
            self._close_all()
            self._columns = columns
            return True
        if self._columns and len(cells) == len(self._columns):
            return self._table_row(cells, start)
        return self._cells_as_lines(cells, text, start, item)

    def _table_row(self, cells: Sequence[tuple[int, str]], start: int) -> bool:
        """A row below a header: the name's cell opens the project, the others are its fields."""
        named = [cell for cell, column in zip(cells, self._columns, strict=True) if column and column.role == "name"]
        if len(named) != 1:
            return False
        offset, name = named[0]
        if not self._numbered_project(name, start + offset):
            self._open_project(name, start + offset, len(name))
        assert self._project is not None
        for (offset, cell), column in zip(cells, self._columns, strict=True):
            if column is None:
                self._ledger.leave_rest(cell, 0, start + offset)
            elif column.role == "overview":
                self._project["overview"] = cell
            elif column.role == "budget" and not self._budget_cell(cell, start + offset, column):
                self._ledger.leave_rest(cell, 0, start + offset)
            self._project["text_end"] = start + offset + len(cell)
        return True

    def _budget_cell(self, cell: str, start: int, column: _Column) -> bool:
        figure = grammar.FIGURE.fullmatch(cell)
        if figure is None:
            return False
        year = column.year or self._ledger.year
        self._read_figure(figure, start, basis=column.basis, year=year, unit=column.unit)
        return True

    def _cells_as_lines(self, cells: Sequence[tuple[int, str]], text: str, start: int, item: int | None) -> bool:
        """Cells that are lines of their own; a label's cell is read with the cell behind it."""
        number = 0
        while number < len(cells):
            offset, cell = cells[number]
            number += 1
            if number < len(cells) and grammar.LABEL_CELL.fullmatch(cell):
                following, value = cells[number]
                cell = text[offset : following + len(value)].replace("\t", " ")
                number += 1
            cell, skipped = _without_name_label(cell)
            if not self.read(cell, start + offset + skipped, item):
                self._ledger.leave(cell, start + offset + skipped)
        return True


def _cells(text: str) -> list[tuple[int, str]]:
    """The cells of a row, each with its place in the line."""
    cells, offset = [], 0
    for cell in text.split("\t"):
        cells.append((offset, cell))
        offset += len(cell) + 1
    return cells


def _column(cell: str, near: int) -> _Column | None:
    """What a header cell says of its column, None for a cell that is no header."""
    if cell in grammar.NAME_HEADERS:
        return _Column("name")
    if cell in grammar.OVERVIEW_HEADERS:
        return _Column("overview")
    match = grammar.BUDGET_HEADER.fullmatch(cell) if len(cell) <= _SHORT else None
    if match is None:
        return None
    year = read_year(match["year"], near) if match["year"] else None
    return _Column("budget", basis=match["basis"], year=year.year if year else None, unit=match["unit"])


def _without_name_label(cell: str) -> tuple[str, int]:
    match = grammar.NAME_CELL.match(cell)
    return (cell[match.end() :], match.end()) if match else (cell, 0)
