"""The ledger of a section: its records in page order, and what no record claims."""

from dataclasses import dataclass, field

from ..japanese.width import align, fold
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

_BASIC_PROJECT_DIGITS = 5


@dataclass(slots=True)
class Ledger:
    """The records of one fiscal year's section, found so far.

    `positions` counts how many stand in a list already, by its name and group; `named` are
    the basic projects that projects name: code, name and place.
    """

    year: int
    positions: dict[tuple[str, str | None], int] = field(default_factory=dict)
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
    named: list[tuple[str, str, int]] = field(default_factory=list)

    def next(self, name: str, group: str | None = None) -> int:
        """The next position within a list: they count from 1."""
        position = self.positions.get((name, group), 0) + 1
        self.positions[name, group] = position
        return position

    def leave(self, text: str, start: int) -> None:
        """What nothing claims is unread."""
        self.unread.append(Unread(text=text, text_start=start, text_end=start + len(text)))

    def leave_rest(self, text: str, position: int, start: int) -> None:
        """The same for the rest of a line that is read up to a position."""
        rest = text[position:].strip() if position < len(text) else ""
        if rest:
            self.leave(rest, start + text.index(rest, position))

    def problem(self, kind: str, message: str, printed: str, start: int) -> None:
        """Something printed that is not as its neighbours are."""
        self.problems.append(
            Problem(kind=kind, message=message, printed=printed, text_start=start, text_end=start + len(printed))
        )

    def check_code(self, code: str, start: int) -> None:
        """A problem for the code of a basic project that has not five digits."""
        if len(code) != _BASIC_PROJECT_DIGITS:
            message = f"the code of a basic project has {_BASIC_PROJECT_DIGITS} digits, this one {len(code)}"
            self.problem("code-length", message, code, start)

    def close(self) -> None:
        """A problem for each basic project that a project names otherwise than its year's 施策体系 does."""
        names = {align(basic.code): basic.name for basic in self.basic_projects}
        for code, name, start in self.named:
            other = names.get(align(code))
            if other is not None and other != name and fold(other) != fold(name):
                message = f"the 施策体系 of the same fiscal year names {code} {other}"
                self.problem("name-differs", message, name, start)
        self.problems.sort(key=lambda problem: problem.text_start)
