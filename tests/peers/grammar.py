"""The blocks of a policy page to rows, as one would write it for this one page; the standard library alone.

In go the headings, paragraphs, items and cells of the page's content, each as its tag and its text; out come the
rows of each view, the values in the order of COLUMNS. It reads of the fixture page what the program reads, without
the places in the text, and of other pages much less.
"""

import re
from collections.abc import Iterable
from typing import Any

CONTENT, BLOCKS = "main-text", ("h2", "h3", "h4", "p", "li", "th", "td")
"""The class of the content, and the tags that are read of it."""

COLUMNS = {
    "years": ("position", "fiscal_year", "heading", "subtitle"),
    "measures": ("fiscal_year", "code", "name"),
    "basic_projects": ("fiscal_year", "position", "code", "name"),
    "purposes": ("fiscal_year", "target", "intent"),
    "targets": (
        *("fiscal_year", "position", "item", "target_year", "target_value", "target_printed"),
        *("actual_year", "actual_value", "actual_printed", "note"),
    ),
    "statements": ("fiscal_year", "kind", "group_name", "position", "text"),
    "projects": (
        *("fiscal_year", "position", "ordinal", "flag", "name", "group_name", "basic_project_code"),
        *("basic_project_name", "account", "overview"),
    ),
    "budgets": ("fiscal_year", "project_position", "project", "budget_year", "amount_yen", "printed", "basis"),
}
Rows = dict[str, list[tuple[Any, ...]]]

_YEAR = re.compile(r"平成(\d+)年度(?:　施策概要|の施策項目と事業費)")
_SECTIONS = {"施策体系", "施策の目的", "施策の数値目標", "現状と課題", "主な事業の概要", "事業概要"}
_CODED = re.compile(r"(\d{3,}) *(.+)")
_ACTUAL = re.compile(r"実績値　H(\d+)実績　([\d,]+)")
_PROJECT = re.compile(r"(\d+)．\s*(?:（(新|一部新)）|(新規|継続)\s)?\s*(.+)")
_GROUP = re.compile(r"\d+　(.+)")
_BASIC = re.compile(r"【基本事業名：(\d+)\s*([^】]+)】?")
_ACCOUNT = re.compile(r"（(第\d+款.+)）")
_BUDGET = re.compile(r"●?(当初予算額|予算額|当初予算)：?\s*(?=[（H平])")
_FIGURE = re.compile(r"(?:（(\d+)）|H(\d+)|平成(\d+)年度)\s*(([\d,]+)千円|－　千円)")
_OVERVIEW = re.compile(r"●?事業概要[：\s]\s*")
_LISTED = re.compile(r"●(\S+)(?:\s+(([\d,]+)千円))?")


def read(blocks: Iterable[tuple[str, str]]) -> Rows:
    """The rows of a page, by view."""
    reader = _Reader()
    for tag, text in blocks:
        reader.block(tag, text.strip())
    reader.close()
    return reader.rows


class _Reader:
    def __init__(self) -> None:
        self.rows: Rows = {view: [] for view in COLUMNS}
        self._year: int | None = None
        self._section = ""
        self._cells: list[str] = []
        self._group: str | None = None
        self._project: dict[str, Any] | None = None
        self._positions: dict[tuple[str, str], int] = {}

    def block(self, tag: str, text: str) -> None:
        if tag in ("h2", "h3", "h4"):
            self.close()
            getattr(self, f"_{tag}")(text)
        elif self._year is None:
            return
        elif tag == "li":
            self._item(text)
        elif tag in ("th", "td"):
            self._cells.append(text)
        else:
            for line in text.split("\n"):
                self._line(line.strip())

    def close(self) -> None:
        """Ends the project that was read last."""
        if self._project is not None:
            project, self._project = self._project, None
            self.rows["projects"].append(tuple(project[name] for name in COLUMNS["projects"]))

    def _h2(self, text: str) -> None:
        found = _YEAR.fullmatch(text)
        self._year = 1988 + int(found[1]) if found else None
        self._section, self._group, self._positions = "", None, {}
        if found:
            self.rows["years"].append((len(self.rows["years"]) + 1, self._year, text, None))

    def _h3(self, text: str) -> None:
        self._section = text if text in _SECTIONS else "取組方向" if text.endswith("の取組方向") else ""

    def _h4(self, text: str) -> None:
        if found := _PROJECT.fullmatch(text):
            self._begin(found[4], ordinal=int(found[1]), flag=found[2] or found[3])
        elif found := _GROUP.fullmatch(text):
            self._group = found[1]

    def _begin(self, name: str, **known: Any) -> None:
        empty = dict.fromkeys(COLUMNS["projects"])
        place = {"fiscal_year": self._year, "position": self._next("projects"), "group_name": self._group}
        self._project = {**empty, **place, "name": name, **known}

    def _next(self, view: str, kind: str = "") -> int:
        """Positions count from 1 within a year's list."""
        self._positions[view, kind] = number = self._positions.get((view, kind), 0) + 1
        return number

    def _item(self, text: str) -> None:
        kind = {"現状と課題": "issue", "取組方向": "direction"}.get(self._section, "activity")
        said = "\n".join(line.strip() for line in text.split("\n"))
        row = (self._year, kind, self._group, self._next("statements", f"{kind}{self._group}"), said)
        self.rows["statements"].append(row)

    def _line(self, line: str) -> None:
        if self._project is not None:
            self._of_project(self._project, line)
        elif self._section == "施策体系" and (found := _CODED.fullmatch(line)):
            self._coded(found[1], found[2])
        elif self._section == "施策の目的":
            self._purpose(line)
        elif self._section == "施策の数値目標":
            self._target(line)
        elif not self._section:
            self._listed(line)

    def _coded(self, code: str, name: str) -> None:
        if len(code) == 3:
            self.rows["measures"].append((self._year, code, name))
        else:
            self.rows["basic_projects"].append((self._year, self._next("basic_projects"), code, name))

    def _purpose(self, line: str) -> None:
        if line.startswith("（対象）"):
            self.rows["purposes"].append((self._year, line[4:], None))
        elif line.startswith("（意図）"):
            self.rows["purposes"][-1] = (*self.rows["purposes"][-1][:2], line[4:])

    def _target(self, line: str) -> None:
        if found := _ACTUAL.fullmatch(line):
            _, year, item, value = self._cells
            wanted = (1988 + int(year[1:].removesuffix("年度")), _number(value), value)
            actual = (1988 + int(found[1]), _number(found[2]), found[2])
            self.rows["targets"].append((self._year, self._next("targets"), item, *wanted, *actual, None))
            self._cells = []
        elif line.startswith("※県"):
            self.rows["targets"][-1] = (*self.rows["targets"][-1][:-1], line)

    def _listed(self, line: str) -> None:
        """A project on a line of its own, or what stands below the year's heading."""
        if found := _LISTED.fullmatch(line):
            self._begin(found[1])
            if found[2] and self._project:
                self._figure(self._project, self._year, found[3], found[2], None)
            self.close()
        elif line.startswith("（"):
            *fields, _ = self.rows["years"][-1]
            self.rows["years"][-1] = (*fields, line[1:-1])

    def _of_project(self, project: dict[str, Any], line: str) -> None:
        if found := _BASIC.fullmatch(line):
            project["basic_project_code"], project["basic_project_name"] = found[1], found[2]
        elif found := _ACCOUNT.fullmatch(line):
            project["account"] = found[1]
        elif found := _BUDGET.match(line):
            for one in _FIGURE.finditer(line, found.end()):
                year = 1988 + int(one[1] or one[2] or one[3])
                self._figure(project, year, one[5], one[4], found[1])
        elif line:
            label = _OVERVIEW.match(line)
            said = line[label.end() :] if label else line
            project["overview"] = f"{project['overview']}\n{said}" if project["overview"] else said

    def _figure(
        self, project: dict[str, Any], year: int | None, digits: str | None, printed: str, basis: str | None
    ) -> None:
        yen = _number(digits) * 1000 if digits else None
        row = (self._year, project["position"], project["name"], year, yen, printed, basis)
        self.rows["budgets"].append(row)


def _number(digits: str) -> int:
    return int(digits.replace(",", ""))
