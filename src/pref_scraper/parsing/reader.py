"""Lines to records: one pass down the body, each piece of a line claimed by a record or left unread.

A line means what it means by its words and by where it stands: the fiscal year above
it, the heading above it, the project it follows. Nothing is repaired: what is not as
its neighbours are becomes a problem beside the record, and the record says what is printed.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..japanese.money import read_amount
from ..japanese.width import align, fold
from ..japanese.years import read_year
from ..records import (
    BasicProject,
    Budget,
    Measure,
    Problem,
    Project,
    Purpose,
    Statement,
    Target,
    Unread,
    Year,
)
from . import grammar
from .document import Line

_MEASURE_DIGITS = 3
_BASIC_PROJECT_DIGITS = 5
_HEADING_LIMIT = 40
_SENTENCE_ENDS = ("。", "、")


@dataclass(slots=True)
class Found:
    """The records of a body, in page order."""

    headings: list[str] = field(default_factory=list)
    years: list[Year] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    basic_projects: list[BasicProject] = field(default_factory=list)
    purposes: list[Purpose] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def read_lines(lines: Iterable[Line], start: int) -> Found:
    """The records of a body whose first line begins at `start` of the visible text.

    Pure, and total: every character ends in some record, in a label, or in `unread`.
    """
    reader = _Reader()
    for line in lines:
        reader.read(line, start)
        start += len(line.text) + 1
    reader.close()
    return reader.found


@dataclass(frozen=True, slots=True)
class _Column:
    """What stands below a header cell: a name, an overview, or a figure with its basis, year and unit."""

    role: str
    basis: str | None = None
    year: int | None = None
    unit: str | None = None


class _Reader:
    def __init__(self) -> None:
        self.found = Found()
        self._year = 0
        self._section: str | None = None
        self._after_year = False
        self._group: str | None = None
        self._project: dict[str, Any] | None = None
        self._target_head: tuple[int, int | None, int | None] | None = None
        self._statement: dict[str, Any] | None = None
        self._item: int | None = None
        self._columns: Sequence[_Column | None] = ()
        self._unit: str | None = None
        self._positions: Counter[tuple[object, ...]] = Counter()
        self._named: list[tuple[int, str, str, int]] = []
        self._labels = {"【": self._basic_project, "基": self._basic_project, "(": self._account, "（": self._account}
        self._sections: dict[str | None, Callable[[str, int, int | None], bool]] = {
            None: self._project_line,
            grammar.MEASURES: self._coded_name,
            grammar.PURPOSES: self._purpose,
            grammar.TARGETS: self._target,
            grammar.ISSUES: self._statement_line,
            grammar.DIRECTIONS: self._statement_line,
            grammar.PROJECTS: self._project_line,
        }

    def read(self, line: Line, start: int) -> None:
        text = line.text
        after_year, self._after_year = self._after_year, False
        if self._heading(text, start) or (after_year and self._subtitle(text, start)):
            return
        if not self._year:
            if not self._page_heading(line):
                self._leave(text, start)
            return
        if not self._sections[self._section](text, start, line.item):
            self._leave(text, start)

    def close(self) -> None:
        self._close_records()
        self._compare_names()

    def _leave(self, text: str, start: int) -> None:
        """What nothing claims is unread; what follows it belongs to no record above it."""
        self._close_records()
        self._item = None
        end = start + len(text)
        self.found.unread.append(Unread(text=text, text_start=start, text_end=end))

    def _leave_rest(self, text: str, position: int, start: int) -> None:
        """The same for the rest of a line that is read up to a position."""
        rest = text[position:].strip()
        if rest:
            at = start + text.index(rest, position)
            self.found.unread.append(Unread(text=rest, text_start=at, text_end=at + len(rest)))

    def _next(self, *key: object) -> int:
        """Positions count from 1 within their list."""
        self._positions[key] += 1
        return self._positions[key]

    # Headings

    def _heading(self, text: str, start: int) -> bool:
        match = grammar.year_heading(text)
        year = read_year(match["year"]) if match else None
        if year is not None:
            self._enter(None)
            self._year = year.year
            self._after_year = True
            self.found.years.append(
                Year(
                    position=len(self.found.years) + 1,
                    fiscal_year=year.year,
                    era=year.era,
                    heading=text,
                    subtitle=None,
                    text_start=start,
                    text_end=start + len(text),
                )
            )
            return True
        section = grammar.section_of(text) if self._year else None
        if section is not None:
            self._enter(section)
        return section is not None

    def _enter(self, section: str | None) -> None:
        self._close_records()
        self._section = section
        self._group = self._target_head = self._item = self._unit = None
        self._columns = ()

    def _subtitle(self, text: str, start: int) -> bool:
        match = grammar.SUBTITLE.fullmatch(text)
        if match is None:
            return False
        year = self.found.years.pop()
        values = {name: getattr(year, name) for name in ("position", "fiscal_year", "era", "heading", "text_start")}
        self.found.years.append(Year(**values, subtitle=match["subtitle"].strip(), text_end=start + len(text)))
        return True

    def _page_heading(self, line: Line) -> bool:
        """総合計画における位置づけ: before the first year, a short line that is no sentence."""
        if len(line.text) > _HEADING_LIMIT or line.text.endswith(_SENTENCE_ENDS) or line.item is not None:
            return False
        self.found.headings.append(line.text)
        return True

    # 施策体系, 施策の目的, 施策の数値目標

    def _coded_name(self, text: str, start: int, item: int | None) -> bool:
        match = grammar.CODED_NAME.match(text)
        if match is None:
            return False
        code, name = match["code"], match["name"].strip()
        place = {"text_start": start, "text_end": start + match.end()}
        self._leave_rest(text, match.end(), start)
        if len(code) <= _MEASURE_DIGITS:
            self.found.measures.append(Measure(fiscal_year=self._year, code=code, name=name, **place))
            return True
        position = self._next("basic_projects", self._year)
        self.found.basic_projects.append(
            BasicProject(fiscal_year=self._year, position=position, code=code, name=name, **place)
        )
        self._check_code(code, start + match.start("code"))
        return True

    def _purpose(self, text: str, start: int, item: int | None) -> bool:
        """One or both labels of a line, each with the text up to the next."""
        labels = [match for match in grammar.PURPOSE.finditer(text) if match["bracketed"] or match.start() == 0]
        if not labels or labels[0].start() != 0:
            return False
        for match, following in zip(labels, [*labels[1:], None], strict=True):
            end = following.start() if following else len(text)
            name = grammar.PURPOSE_FIELDS[match["bracketed"] or match["plain"]]
            self._put_purpose(name, text[match.end() : end].strip(), start + match.start(), start + end)
        return True

    def _put_purpose(self, name: str, value: str, start: int, end: int) -> None:
        purposes = self.found.purposes
        last = purposes[-1] if purposes and purposes[-1].fiscal_year == self._year else None
        values: dict[str, Any] = {"target": None, "intent": None, "text_start": start}
        if last is not None and getattr(last, name) is None:
            purposes.pop()
            values = {key: getattr(last, key) for key in values}
        purposes.append(Purpose(fiscal_year=self._year, **{**values, name: value or None}, text_end=end))

    def _target(self, text: str, start: int, item: int | None) -> bool:
        if head := grammar.TARGET_HEAD.fullmatch(text):
            year = read_year(head["year"], self._year)
            actual = read_year(head["actual_year"], self._year) if head["actual_year"] else None
            self._target_head = (start, year.year if year else None, actual.year if actual else None)
            return True
        if match := grammar.TARGET_ACTUAL.fullmatch(text):
            year = read_year(match["year"], self._year)
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
        position = self._next("targets", self._year)
        actual = match["actual"] if actual_year else None
        self.found.targets.append(
            Target(
                fiscal_year=self._year,
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
        if self._positions["targets", self._year] != 1:
            return False
        last = self.found.targets.pop()
        values = {name: getattr(last, name) for name in Target.__dataclass_fields__}
        self.found.targets.append(Target(**{**values, **fields, "text_end": end}))
        return True

    # 現状と課題, 取組方向, 取組

    def _statement_line(self, text: str, start: int, item: int | None) -> bool:
        assert self._section is not None
        return self._list_item(text, start, item, self._section)

    def _list_item(self, text: str, start: int, item: int | None, kind: str) -> bool:
        """A list item, typed or marked up; a line that goes on with the item above is part of it."""
        bullet = grammar.BULLET.match(text) if item is None else None
        above = self._statement
        if above is not None and (item == self._item if item is not None else above["bulleted"] and bullet is None):
            above["text"] += f"\n{text}"
            above["text_end"] = start + len(text)
            return True
        self._close_records()
        self._item = item
        skipped = bullet.end() if bullet else 0
        self._statement = {
            "fiscal_year": self._year,
            "kind": kind,
            "group_name": self._group,
            "position": self._next(kind, self._year, self._group),
            "text": text[skipped:],
            "text_start": start + skipped,
            "text_end": start + len(text),
            "bulleted": bullet is not None,
        }
        return True

    # 事業

    def _project_line(self, text: str, start: int, item: int | None) -> bool:
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
            self._leave_rest(text, end.start(), start)
        return True

    def _listed_project(self, text: str, start: int) -> bool:
        match = grammar.LISTED_PROJECT.fullmatch(text) if len(text) <= grammar.NAME_LENGTH else None
        if match is None or "。" in match["name"]:
            return False
        self._open_project(match["name"].strip(), start, len(text))
        group = "amount" if match["amount"] else "inside"
        if match[group]:
            self._figure(match[group], start + match.start(group), year=self._year, basis=None)
        return True

    def _group_heading(self, text: str, start: int) -> bool:
        match = grammar.GROUP.fullmatch(text) if len(text) <= grammar.NAME_LENGTH else None
        in_project = self._project is not None and self._project["basic_project_name"] is not None
        if match is None or self._section is not None or in_project or "。" in text:
            return False
        self._close_records()
        self._group, self._item = match["group"].strip(), None
        return True

    def _activity(self, text: str, start: int, item: int | None) -> bool:
        if self._group is None or self._project is not None:
            return False
        if item is None and self._statement is None and grammar.BULLET.match(text) is None:
            return False
        return self._list_item(text, start, item, "activity")

    def _unit_line(self, text: str) -> bool:
        """(単位:千円): what the figures below have no unit for."""
        match = grammar.UNIT_LINE.fullmatch(text) if len(text) <= _HEADING_LIMIT else None
        if match is not None:
            self._unit = match["unit"]
        return match is not None

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
            self._leave_rest(text, position, start)
        return position > begin

    def _basic_project(self, text: str, position: int, start: int) -> int | None:
        match = grammar.BASIC_PROJECT.match(text, position)
        if match is None or self._project is None or self._project["basic_project_name"] is not None:
            return None
        suffix = "" if match["name"] else "_2"
        code, name = match[f"code{suffix}"], match[f"name{suffix}"].strip()
        self._project.update(basic_project_code=code, basic_project_name=name)
        if code is not None:
            self._named.append((self._year, code, name, start + match.start(f"name{suffix}")))
            self._check_code(code, start + match.start(f"code{suffix}"))
        if not suffix and match["closed"] is None:
            message = "the bracket 【 is never closed: the end of the line closes it"
            self._problem("unclosed-bracket", message, match[0], start + match.start())
        return match.end()

    def _budget_or_overview(self, text: str, position: int, start: int) -> int | None:
        if text[position] not in grammar.LABEL_SIGNS:
            return None
        return self._budget(text, position, start) or self._overview(text, position, start)

    def _account(self, text: str, position: int, start: int) -> int | None:
        match = grammar.ACCOUNT.match(text, position)
        if match is None or self._project is None or self._project["account"] is not None:
            return None
        self._project["account"] = match["account"].strip()
        return match.end()

    def _overview(self, text: str, position: int, start: int) -> int | None:
        match = grammar.OVERVIEW.match(text, position)
        if match is None or self._project is None or self._project["overview"] is not None:
            return None
        self._project["overview"] = text[match.end() :]
        return len(text)

    def _overview_goes_on(self, text: str, start: int) -> bool:
        """An overview without its label, its next paragraph, or a note below it."""
        if self._project is None or self._group is not None:
            return False
        if grammar.OTHER_FIELD.fullmatch(text):
            self._leave_rest(text, 0, start)
            return True
        amount = grammar.AMOUNT_ALONE.fullmatch(text) if len(text) <= _HEADING_LIMIT else None
        if amount is not None:
            if self._project["budgets"]:
                return False
            self._figure(text, start, year=self._year, basis=None)
        else:
            above = self._project["overview"]
            self._project["overview"] = text if above is None else f"{above}\n{text}"
        self._project["text_end"] = start + len(text)
        return True

    def _open_project(
        self, name: str, start: int, length: int, *, ordinal: int | None = None, flag: str | None = None
    ) -> None:
        self._close_records()
        self._project = {
            "fiscal_year": self._year,
            "position": self._next("projects", self._year),
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

    def _close_records(self) -> None:
        if self._project is not None:
            del self._project["budgets"]
            self.found.projects.append(Project(**self._project))
            self._project = None
        if self._statement is not None:
            del self._statement["bulleted"]
            self.found.statements.append(Statement(**self._statement))
            self._statement = None

    # 予算額

    def _budget(self, text: str, position: int, start: int) -> int | None:
        """A label and one figure or more, as far as they go."""
        label = grammar.BUDGET.match(text, position)
        if label is None:
            return None
        end = None
        position = label.end()
        while figure := grammar.FIGURE.match(text, position):
            year = read_year(figure["year"], near=self._year) if figure["year"] else None
            group = "amount" if figure["amount"] else "bare"
            self._figure(
                figure[group],
                start + figure.start(group),
                year=year.year if year else self._year,
                basis=figure["stage"] or label["basis"],
                unit=(label["unit"] or self._unit) if group == "bare" else None,
            )
            end = figure.end()
            arrow = grammar.ARROW.match(text, end)
            position = arrow.end() if arrow else end
        return end

    def _figure(self, printed: str, start: int, *, year: int, basis: str | None, unit: str | None = None) -> None:
        assert self._project is not None
        yen = None
        try:
            yen = read_amount(printed, unit)
        except ValueError:
            message = "an amount without a unit: neither the figure nor a header or caption gives one"
            self._problem("no-unit", message, printed, start)
        self._project["budgets"] += 1
        self.found.budgets.append(
            Budget(
                fiscal_year=self._year,
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

    # Tables of projects

    def _row(self, text: str, start: int, item: int | None) -> bool:
        cells = _cells(text)
        columns = [_column(cell, self._year) for _, cell in cells]
        if sum(column is not None for column in columns) >= 2 and columns[0] is not None:
            self._close_records()
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
                self._leave_rest(cell, 0, start + offset)
            elif column.role == "overview":
                self._project["overview"] = cell
            elif column.role == "budget" and not self._budget_cell(cell, start + offset, column):
                self._leave_rest(cell, 0, start + offset)
            self._project["text_end"] = start + offset + len(cell)
        return True

    def _budget_cell(self, cell: str, start: int, column: _Column) -> bool:
        figure = grammar.FIGURE.fullmatch(cell)
        if figure is None:
            return False
        year = read_year(figure["year"], near=self._year) if figure["year"] else None
        group = "amount" if figure["amount"] else "bare"
        self._figure(
            figure[group],
            start + figure.start(group),
            year=year.year if year else column.year or self._year,
            basis=figure["stage"] or column.basis,
            unit=(column.unit or self._unit) if group == "bare" else None,
        )
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
            if not self._project_line(cell, start + offset + skipped, item):
                self._leave(cell, start + offset + skipped)
        return True

    # Problems

    def _check_code(self, code: str, start: int) -> None:
        if len(code) != _BASIC_PROJECT_DIGITS:
            message = f"the code of a basic project has {_BASIC_PROJECT_DIGITS} digits, this one {len(code)}"
            self._problem("code-length", message, code, start)

    def _problem(self, kind: str, message: str, printed: str, start: int) -> None:
        self.found.problems.append(
            Problem(kind=kind, message=message, printed=printed, text_start=start, text_end=start + len(printed))
        )

    def _compare_names(self) -> None:
        """A basic project that a project names otherwise than its year's 施策体系 does."""
        names = {(basic.fiscal_year, align(basic.code)): basic.name for basic in self.found.basic_projects}
        for year, code, name, start in self._named:
            other = names.get((year, align(code)))
            if other is not None and other != name and fold(other) != fold(name):
                message = f"the 施策体系 of the same fiscal year names {code} {other}"
                self._problem("name-differs", message, name, start)
        self.found.problems.sort(key=lambda problem: problem.text_start)


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
    match = grammar.BUDGET_HEADER.fullmatch(cell) if len(cell) <= _HEADING_LIMIT else None
    if match is None:
        return None
    year = read_year(match["year"], near) if match["year"] else None
    return _Column("budget", basis=match["basis"], year=year.year if year else None, unit=match["unit"])


def _without_name_label(cell: str) -> tuple[str, int]:
    match = grammar.NAME_CELL.match(cell)
    return (cell[match.end() :], match.end()) if match else (cell, 0)


def _number(printed: str) -> int | float:
    plain = re.sub(r"[,△▲]", lambda found: "" if found[0] == "," else "-", align(printed))
    return float(plain) if "." in plain else int(plain)
