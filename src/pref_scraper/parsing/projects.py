"""Projects: their names, their fields in any order, their figures, and tables of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..japanese.money import read_amount
from ..japanese.years import read_year
from ..records import Budget, Project
from . import grammar
from .items import Items
from .ledger import Ledger
from .line import (
    ACCOUNT,
    BASIC_PROJECT,
    BUDGETS,
    LINES,
    OVERVIEW,
    BasicName,
    Field,
    Fields,
    Figure,
    Line,
    cells,
    read_figure,
)

_SHORT = 40


@dataclass(frozen=True, slots=True)
class _Column:
    """What stands below a header cell: a name, an overview, or a figure with its basis, year and unit."""

    role: str
    basis: str | None = None
    year: int | None = None
    unit: str | None = None


@dataclass(slots=True)
class _Draft:
    """A project whose fields may go on."""

    position: int
    name: str
    start: int
    end: int
    ordinal: int | None
    flag: str | None
    basic_code: str | None = None
    basic_name: str | None = None
    account: str | None = None
    overview: str | None = None
    has_budget: bool = False


class Projects:
    """Reads the lines of a section of projects; a line is claimed, or `read` answers False."""

    def __init__(self, ledger: Ledger, items: Items) -> None:
        self._ledger = ledger
        self._items = items
        self._project: _Draft | None = None
        self._group: str | None = None
        self._may_group = False
        self._columns: Sequence[_Column | None] = ()
        self._unit: str | None = None

    def enter(self, *, may_group: bool) -> None:
        """Begins a section; groups of activities stand only directly below a year's heading."""
        self.close()
        self._may_group = may_group
        self._group = self._unit = None
        self._columns = ()

    def close(self) -> None:
        """Ends the project: what follows is none of its fields."""
        draft, self._project = self._project, None
        if draft is not None:
            project = Project(
                fiscal_year=self._ledger.year,
                position=draft.position,
                ordinal=draft.ordinal,
                flag=draft.flag,
                name=draft.name,
                group_name=self._group,
                basic_project_code=draft.basic_code,
                basic_project_name=draft.basic_name,
                account=draft.account,
                overview=draft.overview,
                text_start=draft.start,
                text_end=draft.end,
            )
            self._ledger.projects.append(project)

    def _close_all(self) -> None:
        self.close()
        self._items.close()

    def read(self, line: Line, start: int, item: object | None) -> bool:
        """A name, a field, an activity of the group above, or a row of these."""
        if line.is_row:
            return self._row(line, start, item)
        return (
            self._read_fields(line.text, line.fields, start)
            or self._listed_project(line, start)
            or self._activity(line, start, item)
            or self._numbered_project(line, start)
            or self._group_heading(line)
            or self._unit_line(line)
            or self._overview_goes_on(line, start)
        )

    # Names

    def _open_project(
        self, name: str, start: int, end: int, *, ordinal: int | None = None, flag: str | None = None
    ) -> _Draft:
        self._close_all()
        position = self._ledger.next("projects")
        self._project = _Draft(position, name, start, end, ordinal, flag)
        return self._project

    def _numbered_project(self, line: Line, start: int) -> bool:
        found = line.numbered if self._group is None else None
        if found is None:
            return False
        self._open_project(found.name, start, start + found.end, ordinal=found.ordinal, flag=found.flag)
        if not self._read_fields(line.text, found.fields, start):
            self._ledger.leave_rest(line.text, found.end, start)
        return True

    def _listed_project(self, line: Line, start: int) -> bool:
        found = line.listed
        if found is None:
            return False
        project = self._open_project(found.name, start, start + line.length)
        if found.amount is not None:
            self._put_figure(project, Figure(found.amount, found.start, None, None, None, False), start)
        return True

    def _group_heading(self, line: Line) -> bool:
        in_project = self._project is not None and self._project.basic_name is not None
        if not self._may_group or in_project or line.group is None:
            return False
        self._close_all()
        self._group = line.group
        return True

    def _activity(self, line: Line, start: int, item: object | None) -> bool:
        if self._group is None or self._project is not None:
            return False
        if item is None and not self._items.is_open and not line.bullet:
            return False
        return self._items.read(line, start, item, "activity", self._group)

    # Fields

    def _read_fields(self, text: str, fields: Fields, start: int) -> bool:
        """The fields of a line for the project above, up to one that it has already; what is behind is unread."""
        project = self._project
        if project is None or not fields.found:
            return False
        rest = fields.rest
        for number, field in enumerate(fields.found):
            if not self._PUT[field.kind](self, project, field, start):
                if not number:
                    return False
                rest = field.start
                break
            project.end = start + field.end
        self._ledger.leave_rest(text, rest, start)
        return True

    def _put_basic_project(self, project: _Draft, field: Field, start: int) -> bool:
        if project.basic_name is not None:
            return False
        found: BasicName = field.value
        project.basic_code, project.basic_name = found.code, found.name
        if found.code is not None:
            self._ledger.named.append((found.code, found.name, start + found.name_start))
            self._ledger.check_code(found.code, start + found.code_start)
        if found.unclosed is not None:
            message = "the bracket 【 is never closed: the end of the line closes it"
            self._ledger.problem("unclosed-bracket", message, found.unclosed, start + field.start)
        return True

    def _put_account(self, project: _Draft, field: Field, _start: int) -> bool:
        if project.account is not None:
            return False
        project.account = field.value
        return True

    def _put_overview(self, project: _Draft, field: Field, _start: int) -> bool:
        if project.overview is not None:
            return False
        project.overview = field.value
        return True

    def _put_budgets(self, project: _Draft, field: Field, start: int) -> bool:
        for figure in field.value:
            self._put_figure(project, figure, start)
        return True

    # Of the class, since bound methods within an object would keep it alive until the collector comes.
    _PUT: ClassVar[Mapping[str, Callable[["Projects", _Draft, Field, int], bool]]] = {
        BASIC_PROJECT: _put_basic_project,
        ACCOUNT: _put_account,
        BUDGETS: _put_budgets,
        OVERVIEW: _put_overview,
    }

    def _put_figure(self, project: _Draft, figure: Figure, start: int, *, year: int | None = None) -> None:
        """A figure for its own year, or else its column's, or else that of the section."""
        own = read_year(figure.year, self._ledger.year) if figure.year else None
        yen = None
        try:
            yen = read_amount(figure.printed, (figure.unit or self._unit) if figure.is_bare else None)
        except ValueError:
            message = "an amount without a unit: neither the figure nor a header or caption gives one"
            self._ledger.problem("no-unit", message, figure.printed, start + figure.start)
        project.has_budget = True
        budget = Budget(
            fiscal_year=self._ledger.year,
            project_position=project.position,
            project=project.name,
            budget_year=own.year if own else year or self._ledger.year,
            amount_yen=yen,
            printed=figure.printed,
            basis=figure.basis,
            text_start=start + figure.start,
            text_end=start + figure.start + len(figure.printed),
        )
        self._ledger.budgets.append(budget)

    def _unit_line(self, line: Line) -> bool:
        """(単位:千円): what the figures below have no unit for."""
        if line.unit is None:
            return False
        self._unit = line.unit
        return True

    def _overview_goes_on(self, line: Line, start: int) -> bool:
        """An overview without its label, its next paragraph, or a note below it; or the amount alone."""
        project = self._project
        if project is None or self._group is not None:
            return False
        if line.is_other_field:
            self._ledger.leave_rest(line.text, 0, start)
            return True
        if not line.is_amount:
            project.overview = line.text if project.overview is None else f"{project.overview}\n{line.text}"
        elif project.has_budget:
            return False
        else:
            self._put_figure(project, Figure(line.text, 0, None, None, None, False), start)
        project.end = start + line.length
        return True

    # Tables

    def _row(self, line: Line, start: int, item: object | None) -> bool:
        row = cells(line.text)
        columns = [_column(cell, self._ledger.year) for _, cell in row]
        if sum(column is not None for column in columns) >= 2 and columns[0] is not None:
            self._close_all()
            self._columns = columns
            return True
        if self._columns and len(row) == len(self._columns):
            return self._table_row(row, start)
        return self._cells_as_lines(row, line.text, start, item)

    def _table_row(self, row: Sequence[tuple[int, str]], start: int) -> bool:
        """A row below a header: the name's cell opens the project, the others are its fields."""
        named = [cell for cell, column in zip(row, self._columns, strict=True) if column and column.role == "name"]
        if len(named) != 1:
            return False
        offset, name = named[0]
        if not self._numbered_project(LINES[name], start + offset):
            self._open_project(name, start + offset, start + offset + len(name))
        assert self._project is not None
        for (offset, cell), column in zip(row, self._columns, strict=True):
            if column is None:
                self._ledger.leave_rest(cell, 0, start + offset)
            elif column.role == "overview":
                self._project.overview = cell
            elif column.role == "budget" and not self._budget_cell(self._project, cell, start + offset, column):
                self._ledger.leave_rest(cell, 0, start + offset)
            self._project.end = start + offset + len(cell)
        return True

    def _budget_cell(self, project: _Draft, cell: str, start: int, column: _Column) -> bool:
        found = grammar.FIGURE.fullmatch(cell)
        if found is None:
            return False
        self._put_figure(project, read_figure(found, column.basis, column.unit), start, year=column.year)
        return True

    def _cells_as_lines(self, row: Sequence[tuple[int, str]], text: str, start: int, item: object | None) -> bool:
        """Cells that are lines of their own; a label's cell is read with the cell behind it."""
        number = 0
        while number < len(row):
            offset, cell = row[number]
            number += 1
            if number < len(row) and grammar.LABEL_CELL.fullmatch(cell):
                following, value = row[number]
                cell = text[offset : following + len(value)].replace("\t", " ")
                number += 1
            named = grammar.NAME_CELL.match(cell)
            skipped = named.end() if named else 0
            if not self.read(LINES[cell[skipped:]], start + offset + skipped, item):
                self._ledger.leave(cell[skipped:], start + offset + skipped)
        return True


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
