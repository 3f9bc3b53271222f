"""Lines to records: one pass down the body, each line claimed by a record or left unread.

A line means what it means by its words and by where it stands: the fiscal year above
it, the heading above it, the project it follows. Nothing is repaired: what is not as
its neighbours are becomes a problem beside the record, and the record says what is printed.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..japanese.money import read_amount
from ..japanese.width import align, fold
from ..japanese.years import FiscalYear, read_year
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

_CODE_DIGITS = {"measure": 3, "basic project": 5}
_HEADING_LIMIT = 40


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line and its place in the visible text; `aligned` is it in half width, character by character."""

    printed: str
    aligned: str
    item: int | None
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.printed)


def place_lines(lines: Iterable[Line], start: int) -> Iterator[PlacedLine]:
    """Lines of a text that begins at `start`, parted by one line break each."""
    for line in lines:
        yield PlacedLine(line.text, align(line.text), line.item, start)
        start += len(line.text) + 1


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


def read_lines(lines: Iterable[PlacedLine]) -> Found:
    """The records that the lines of a body hold; pure, and total: every line ends in some record or unread."""
    reader = _Reader()
    for line in lines:
        reader.read(line)
    reader.close()
    return reader.found


class _Reader:
    def __init__(self) -> None:
        self.found = Found()
        self._year: Year | None = None
        self._section: str | None = None
        self._group: str | None = None
        self._project: Project | None = None
        self._target_head: tuple[int, FiscalYear] | None = None
        self._item: int | None = None
        self._bulleted = False
        self._after_year = False
        self._named: list[tuple[int, str, PlacedLine, re.Match[str]]] = []
        self._sections: dict[str | None, Callable[[PlacedLine], bool]] = {
            None: self._project_line,
            grammar.MEASURES: self._coded_name,
            grammar.PURPOSES: self._purpose,
            grammar.TARGETS: self._target,
            grammar.ISSUES: self._statement,
            grammar.DIRECTIONS: self._statement,
            grammar.PROJECTS: self._project_line,
        }

    def read(self, line: PlacedLine) -> None:
        after_year, self._after_year = self._after_year, False
        claimed = (
            self._year_heading(line)
            or (after_year and self._subtitle(line))
            or self._section_heading(line)
            or (self._sections[self._section](line) if self._year else self._page_heading(line))
        )
        if not claimed:
            self._close_project()
            self.found.unread.append(Unread(text=line.printed, text_start=line.start, text_end=line.end))

    def close(self) -> None:
        self._close_project()
        self._compare_names()

    # Headings

    def _year_heading(self, line: PlacedLine) -> bool:
        match = grammar.YEAR_HEADING.fullmatch(line.aligned)
        year = read_year(match["year"]) if match else None
        if year is None:
            return False
        self._enter_section(None)
        self._year = Year(
            position=len(self.found.years) + 1,
            fiscal_year=year.year,
            era=year.era,
            heading=line.printed,
            subtitle=None,
            text_start=line.start,
            text_end=line.end,
        )
        self.found.years.append(self._year)
        self._after_year = True
        return True

    def _subtitle(self, line: PlacedLine) -> bool:
        match = grammar.SUBTITLE.fullmatch(line.aligned)
        if match is None:
            return False
        year = replace(self.found.years[-1], subtitle=_printed(line, match, "subtitle"), text_end=line.end)
        self._year = self.found.years[-1] = year
        return True

    def _section_heading(self, line: PlacedLine) -> bool:
        match = grammar.SECTION_HEADING.fullmatch(line.aligned)
        if match is None or self._year is None:
            return False
        self._enter_section(grammar.SECTIONS[match["section"]])
        return True

    def _enter_section(self, section: str | None) -> None:
        self._close_project()
        self._section = section
        self._group = self._target_head = self._item = None
        self._bulleted = False

    def _page_heading(self, line: PlacedLine) -> bool:
        """総合計画における位置づけ: before the first year, a short line that is no sentence."""
        if len(line.printed) > _HEADING_LIMIT or line.printed.endswith(("。", "．", "、")) or line.item is not None:
            return False
        self.found.headings.append(line.printed)
        return True

    # 施策体系, 施策の目的, 施策の数値目標

    def _coded_name(self, line: PlacedLine) -> bool:
        match = grammar.CODED_NAME.fullmatch(line.aligned)
        if match is None:
            return False
        code, name = _printed(line, match, "code"), _printed(line, match, "name")
        place = {"text_start": line.start, "text_end": line.end}
        if len(code) <= _CODE_DIGITS["measure"]:
            self.found.measures.append(Measure(fiscal_year=self._fiscal_year, code=code, name=name, **place))
            return True
        position = sum(other.fiscal_year == self._fiscal_year for other in self.found.basic_projects) + 1
        self.found.basic_projects.append(
            BasicProject(fiscal_year=self._fiscal_year, position=position, code=code, name=name, **place)
        )
        self._check_code(line, match)
        return True

    def _purpose(self, line: PlacedLine) -> bool:
        match = grammar.PURPOSE.fullmatch(line.aligned)
        if match is None:
            return False
        purposes, label = self.found.purposes, grammar.PURPOSE_FIELDS[match["label"]]
        if not purposes or purposes[-1].fiscal_year != self._fiscal_year or getattr(purposes[-1], label) is not None:
            place = {"text_start": line.start, "text_end": line.end}
            purposes.append(Purpose(fiscal_year=self._fiscal_year, target=None, intent=None, **place))
        text = _printed(line, match, "text")
        last = purposes[-1]
        purposes[-1] = replace(last, text_end=line.end, **{label: text})  # type: ignore[arg-type]  # label is a table's value
        return True

    def _target(self, line: PlacedLine) -> bool:
        if head := grammar.TARGET_HEAD.fullmatch(line.aligned):
            year = read_year(head["year"], self._fiscal_year)
            self._target_head = (line.start, year) if year else None
            return year is not None
        if actual := grammar.TARGET_ACTUAL.fullmatch(line.aligned):
            return self._target_actual(line, actual)
        if note := grammar.TARGET_NOTE.fullmatch(line.aligned):
            return self._amend_target(line, note=_printed(line, note, "note"))
        if item := grammar.TARGET_ITEM.fullmatch(line.aligned):
            return self._target_item(line, item)
        return False

    def _target_item(self, line: PlacedLine, match: re.Match[str]) -> bool:
        start, year = self._target_head or (line.start, None)
        first = not self._own_targets()
        self.found.targets.append(
            Target(
                fiscal_year=self._fiscal_year,
                position=len(self._own_targets()) + 1,
                item=_printed(line, match, "item"),
                target_year=year.year if year else None,
                target_value=_number(match["value"]),
                target_printed=_printed(line, match, "value"),
                actual_year=None,
                actual_value=None,
                actual_printed=None,
                unit=_printed(line, match, "unit") or None,
                note=None,
                text_start=start if first else line.start,
                text_end=line.end,
            )
        )
        return True

    def _target_actual(self, line: PlacedLine, match: re.Match[str]) -> bool:
        year = read_year(match["year"], self._fiscal_year)
        return self._amend_target(
            line,
            actual_year=year.year if year else None,
            actual_value=_number(match["value"]),
            actual_printed=_printed(line, match, "value"),
        )

    def _amend_target(self, line: PlacedLine, **fields: object) -> bool:
        """Adds to the one target of the section; with several, nothing says which is meant."""
        if len(self._own_targets()) != 1:
            return False
        last = self.found.targets[-1]
        self.found.targets[-1] = replace(last, text_end=line.end, **fields)  # type: ignore[arg-type]  # columns of Target
        return True

    def _own_targets(self) -> list[Target]:
        return [target for target in self.found.targets if target.fiscal_year == self._fiscal_year]

    # 現状と課題, 取組方向, 取組

    def _statement(self, line: PlacedLine) -> bool:
        assert self._section is not None
        return self._list_item(line, self._section)

    def _list_item(self, line: PlacedLine, kind: str) -> bool:
        """A list item, typed or marked up; a line that goes on with the item above is part of it."""
        bullet = grammar.BULLET.fullmatch(line.aligned) if line.item is None else None
        goes_on = line.item == self._item if line.item is not None else self._bulleted and bullet is None
        if goes_on:
            last = self.found.statements[-1]
            self.found.statements[-1] = replace(last, text=f"{last.text}\n{line.printed}", text_end=line.end)
            return True
        self._item, self._bulleted = line.item, bullet is not None
        key = (self._fiscal_year, kind, self._group)
        position = sum((s.fiscal_year, s.kind, s.group_name) == key for s in self.found.statements) + 1
        self.found.statements.append(
            Statement(
                fiscal_year=self._fiscal_year,
                kind=kind,
                group_name=self._group,
                position=position,
                text=_printed(line, bullet, "text") if bullet else line.printed,
                text_start=line.start + (bullet.start("text") if bullet else 0),
                text_end=line.end,
            )
        )
        return True

    # 事業

    def _project_line(self, line: PlacedLine) -> bool:
        return (
            self._basic_project(line)
            or self._account(line)
            or self._budget(line)
            or self._overview(line)
            or self._listed_project(line)
            or self._activity(line)
            or self._numbered_project(line)
            or self._group_heading(line)
            or self._overview_goes_on(line)
        )

    def _numbered_project(self, line: PlacedLine) -> bool:
        match = grammar.PROJECT.fullmatch(line.aligned)
        if match is None or self._group is not None:
            return False
        flag = "bracketed" if match["bracketed"] else "flag"
        self._open_project(
            line,
            name=_printed(line, match, "name"),
            ordinal=int(match["ordinal"]),
            flag=_printed(line, match, flag) or None,
        )
        return True

    def _listed_project(self, line: PlacedLine) -> bool:
        match = grammar.LISTED_PROJECT.fullmatch(line.aligned)
        if match is None:
            return False
        self._open_project(line, name=_printed(line, match, "name"), ordinal=None, flag=None)
        self._bulleted = False
        if match["amount"]:
            self._figure(line, match, year=self._fiscal_year, basis=None)
        return True

    def _group_heading(self, line: PlacedLine) -> bool:
        match = grammar.GROUP.fullmatch(line.aligned)
        if match is None or self._section is not None or self._project_has_fields():
            return False
        self._close_project()
        self._group, self._item, self._bulleted = _printed(line, match, "group"), None, False
        return True

    def _project_has_fields(self) -> bool:
        return self._project is not None and self._project.basic_project_name is not None

    def _activity(self, line: PlacedLine) -> bool:
        if self._group is None or self._project is not None:
            return False
        if line.item is None and not self._bulleted and grammar.BULLET.fullmatch(line.aligned) is None:
            return False
        return self._list_item(line, "activity")

    def _basic_project(self, line: PlacedLine) -> bool:
        match = grammar.BASIC_PROJECT.fullmatch(line.aligned)
        if match is None or self._project is None:
            return False
        code = _printed(line, match, "code") or None
        self._amend_project(line, basic_project_code=code, basic_project_name=_printed(line, match, "name"))
        if code is not None:
            self._named.append((self._fiscal_year, code, line, match))
            self._check_code(line, match)
        if match["closed"] is None:
            self._problem("unclosed-bracket", "the bracket 【 is never closed: the end of the line closes it", line)
        return True

    def _account(self, line: PlacedLine) -> bool:
        match = grammar.ACCOUNT.fullmatch(line.aligned)
        if match is None or self._project is None:
            return False
        return self._amend_project(line, account=_printed(line, match, "account"))

    def _budget(self, line: PlacedLine) -> bool:
        match = grammar.BUDGET.fullmatch(line.aligned)
        if match is None or self._project is None:
            return False
        for figure in grammar.FIGURE.finditer(line.aligned, match.start("figures")):
            year = read_year(figure["year"], near=self._fiscal_year) if figure["year"] else None
            self._figure(
                line, figure, year=year.year if year else self._fiscal_year, basis=_printed(line, match, "basis")
            )
        return self._amend_project(line)

    def _figure(self, line: PlacedLine, match: re.Match[str], *, year: int, basis: str | None) -> None:
        assert self._project is not None
        self.found.budgets.append(
            Budget(
                fiscal_year=self._fiscal_year,
                project_position=self._project.position,
                project=self._project.name,
                budget_year=year,
                amount_yen=read_amount(match["amount"]),
                printed=_printed(line, match, "amount"),
                basis=basis,
                text_start=line.start + match.start("amount"),
                text_end=line.start + match.end("amount"),
            )
        )

    def _overview(self, line: PlacedLine) -> bool:
        match = grammar.OVERVIEW.fullmatch(line.aligned)
        if match is None or self._project is None or self._project.overview is not None:
            return False
        return self._amend_project(line, overview=_printed(line, match, "text"))

    def _overview_goes_on(self, line: PlacedLine) -> bool:
        """An overview without its label, its next paragraph, or a note below it."""
        if self._project is None or self._group is not None:
            return False
        above = self._project.overview
        return self._amend_project(line, overview=line.printed if above is None else f"{above}\n{line.printed}")

    def _open_project(self, line: PlacedLine, *, name: str, ordinal: int | None, flag: str | None) -> None:
        self._close_project()
        position = sum(other.fiscal_year == self._fiscal_year for other in self.found.projects) + 1
        self._project = Project(
            fiscal_year=self._fiscal_year,
            position=position,
            ordinal=ordinal,
            flag=flag,
            name=name,
            group_name=self._group,
            basic_project_code=None,
            basic_project_name=None,
            account=None,
            overview=None,
            text_start=line.start,
            text_end=line.end,
        )

    def _amend_project(self, line: PlacedLine, **fields: object) -> bool:
        assert self._project is not None
        self._project = replace(self._project, text_end=line.end, **fields)  # type: ignore[arg-type]  # columns of Project
        return True

    def _close_project(self) -> None:
        if self._project is not None:
            self.found.projects.append(self._project)
            self._project = None

    # Problems

    def _check_code(self, line: PlacedLine, match: re.Match[str]) -> None:
        code = match["code"]
        expected = _CODE_DIGITS["basic project"]
        if len(code) != expected:
            message = f"the code of a basic project has {expected} digits, this one {len(code)}"
            self._problem("code-length", message, line, match, "code")

    def _problem(
        self, kind: str, message: str, line: PlacedLine, match: re.Match[str] | None = None, group: str = ""
    ) -> None:
        start, end = match.span(group) if match else (0, len(line.printed))
        self.found.problems.append(
            Problem(
                kind=kind,
                message=message,
                printed=line.printed[start:end],
                text_start=line.start + start,
                text_end=line.start + end,
            )
        )

    def _compare_names(self) -> None:
        """A basic project that a project names otherwise than its year's 施策体系 does."""
        names = {(basic.fiscal_year, fold(basic.code)): basic.name for basic in self.found.basic_projects}
        for year, code, line, match in self._named:
            name = names.get((year, fold(code)))
            if name is not None and fold(name) != fold(match["name"]):
                message = f"the 施策体系 of the same fiscal year names {code} {name}"
                self._problem("name-differs", message, line, match, "name")
        self.found.problems.sort(key=lambda problem: problem.text_start)

    @property
    def _fiscal_year(self) -> int:
        assert self._year is not None
        return self._year.fiscal_year


def _printed(line: PlacedLine, match: re.Match[str], group: str) -> str:
    """What is printed where the group matched; empty where it did not."""
    start, end = match.span(group)
    return line.printed[start:end].strip() if start >= 0 else ""


def _number(printed: str) -> int | float:
    plain = printed.replace(",", "")
    return float(plain) if "." in plain else int(plain)
