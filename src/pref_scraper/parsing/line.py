"""One line of visible text, and what its words say whatever stands above it; pure.

Most lines of a page stand on its next capture, too, and many stand on a page more than
once. So a line is an object that is made once for a text, and each question to it is
answered once: the reader asks, and adds what only the place of the line can tell.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, overload

from . import chrome, grammar

CELL = "\U0010ffe1"
"""Begins a cell in a line of the marked text."""

KEPT, KEPT_LENGTH = 8_192, 1_000
"""How many lines are remembered, and how long one may be: some 20 MB at the most."""

_SPACE = re.compile(r"[ \t\r\n\f]+")
_WIDE = "\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60"
_BROKEN_WORD = re.compile(rf"(?<=[{_WIDE}])[ \t\r\f]*\n[ \t\r\n\f]*(?=[{_WIDE}])")

BASIC_PROJECT, ACCOUNT, BUDGETS, OVERVIEW = "basic_project", "account", "budgets", "overview"
_SHORT = 40

T = TypeVar("T")


class BasicName(NamedTuple):
    """【基本事業名:52101 …】: `unclosed` is the whole print where its end is missing."""

    code: str | None
    name: str
    code_start: int
    name_start: int
    unclosed: str | None


class Figure(NamedTuple):
    """One printed figure: `year` as printed with it, `unit` that of its label where it has none of its own."""

    printed: str
    start: int
    year: str | None
    basis: str | None
    unit: str | None
    is_bare: bool


class Field(NamedTuple):
    """A labelled field: BasicName, a tuple of Figures, or the text of an account or overview."""

    kind: str
    value: Any
    start: int
    end: int


class Fields(NamedTuple):
    """The labelled fields that follow one another on a line, and where the reading of them stopped."""

    found: tuple[Field, ...]
    rest: int


_NO_FIELDS = Fields((), 0)


class Numbered(NamedTuple):
    """1.(新)名, and the fields behind it; `end` is the name's."""

    ordinal: int
    flag: str | None
    name: str
    end: int
    fields: Fields


class Listed(NamedTuple):
    """●名 26,880千円: a name, and its amount or None."""

    name: str
    amount: str | None
    start: int


class _Once(Generic[T]):
    """An attribute that is read from the text when first asked for; functools.cached_property has a lock before 3.12."""

    def __init__(self, read: Callable[[str], T]) -> None:
        self._read = read

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, line: None, owner: type) -> "_Once[T]": ...
    @overload
    def __get__(self, line: "Line", owner: type) -> T: ...
    def __get__(self, line: "Line | None", owner: type) -> "_Once[T] | T":
        if line is None:
            return self
        value = line.__dict__[self._name] = self._read(line.text)
        return value


def count_characters(text: str) -> int:
    """Non-space characters."""
    return len("".join(text.split()))


def _bullet(text: str) -> int:
    found = grammar.BULLET.match(text)
    return found.end() if found else 0


def _subtitle(text: str) -> str | None:
    found = grammar.SUBTITLE.fullmatch(text)
    return found["subtitle"].strip() if found else None


def _group(text: str) -> str | None:
    found = grammar.GROUP.fullmatch(text) if len(text) <= grammar.NAME_LENGTH and "。" not in text else None
    return found["group"].strip() if found else None


def _unit(text: str) -> str | None:
    found = grammar.UNIT_LINE.fullmatch(text) if len(text) <= _SHORT else None
    return found["unit"] if found else None


def _is_amount(text: str) -> bool:
    return len(text) <= _SHORT and grammar.AMOUNT_ALONE.fullmatch(text) is not None


def _is_other_field(text: str) -> bool:
    return grammar.OTHER_FIELD.fullmatch(text) is not None


def _listed(text: str) -> Listed | None:
    found = grammar.LISTED_PROJECT.fullmatch(text) if len(text) <= grammar.NAME_LENGTH else None
    if found is None or "。" in found["name"]:
        return None
    group = "amount" if found["amount"] else "inside"
    return Listed(found["name"].strip(), found[group], found.start(group))


def _numbered(text: str) -> Numbered | None:
    found = grammar.PROJECT.match(text)
    if found is None:
        return None
    end = grammar.NAME_END.search(text, found.end(), found.end() + grammar.NAME_LENGTH)
    stop = end.start() if end else len(text)
    name = text[found.end() : stop]
    if not 0 < len(name) <= grammar.NAME_LENGTH or "。" in name:
        return None
    fields = read_fields(text, stop) if end else Fields((), stop)
    return Numbered(int(found["ordinal"]), found["bracketed"] or found["flag"], name.strip(), stop, fields)


def _fields(text: str) -> Fields:
    return read_fields(text, 0) if text[:1] in _FIELDS else _NO_FIELDS


def read_fields(text: str, position: int) -> Fields:
    """The labelled fields of a project from a position on, as far as one follows the other."""
    found: list[Field] = []
    position = _gap_end(text, position)
    while position < len(text):
        field = _FIELDS.get(text[position], _nothing)(text, position)
        if field is None:
            break
        found.append(field)
        position = _gap_end(text, field.end)
    return Fields(tuple(found), position)


def _gap_end(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _nothing(_text: str, _position: int) -> None:
    return None


def _basic_project(text: str, position: int) -> Field | None:
    found = grammar.BASIC_PROJECT.match(text, position)
    if found is None:
        return None
    suffix = "" if found["name"] else "_2"
    unclosed = found[0] if not suffix and found["closed"] is None else None
    name = BasicName(
        found[f"code{suffix}"],
        found[f"name{suffix}"].strip(),
        found.start(f"code{suffix}"),
        found.start(f"name{suffix}"),
        unclosed,
    )
    return Field(BASIC_PROJECT, name, position, found.end())


def _account(text: str, position: int) -> Field | None:
    found = grammar.ACCOUNT.match(text, position)
    return Field(ACCOUNT, found["account"].strip(), position, found.end()) if found else None


def _budgets_or_overview(text: str, position: int) -> Field | None:
    return _budgets(text, position) or _overview(text, position)


def _overview(text: str, position: int) -> Field | None:
    found = grammar.OVERVIEW.match(text, position)
    return Field(OVERVIEW, text[found.end() :], position, len(text)) if found else None


def _budgets(text: str, position: int) -> Field | None:
    """A label and one figure or more, as far as they go."""
    label = grammar.BUDGET.match(text, position)
    if label is None:
        return None
    figures: list[Figure] = []
    end = at = label.end()
    while found := grammar.FIGURE.match(text, at):
        figures.append(read_figure(found, label["basis"], label["unit"]))
        end = at = found.end()
        arrow = grammar.ARROW.match(text, end)
        at = arrow.end() if arrow else end
    return Field(BUDGETS, tuple(figures), position, end) if figures else None


def read_figure(found: re.Match[str], basis: str | None, unit: str | None) -> Figure:
    """A match of FIGURE, with what its label or header says where it says nothing itself."""
    is_bare = found["amount"] is None
    group = "bare" if is_bare else "amount"
    own_unit = unit if is_bare else None
    return Figure(found[group], found.start(group), found["year"], found["stage"] or basis, own_unit, is_bare)


# What a field may begin with.
_FIELDS: dict[str, Callable[[str, int], Field | None]] = {
    **dict.fromkeys(grammar.LABEL_SIGNS, _budgets_or_overview),
    **dict.fromkeys("【基", _basic_project),
    **dict.fromkeys("(（", _account),
}


class Line:
    """A line, outer white space cut; cells of one table row are parted by a tab."""

    fact = _Once(chrome.fact_of)
    year = _Once(grammar.year_of)
    subtitle = _Once(_subtitle)
    bullet = _Once(_bullet)
    coded_name = _Once(grammar.CODED_NAME.match)
    fields = _Once(_fields)
    listed = _Once(_listed)
    numbered = _Once(_numbered)
    group = _Once(_group)
    unit = _Once(_unit)
    is_amount = _Once(_is_amount)
    is_other_field = _Once(_is_other_field)

    def __init__(self, text: str) -> None:
        self.text = text
        self.length = len(text)
        self.trailer = chrome.trailer_of(text)
        self.section = grammar.section_of(text)
        self.is_row = "\t" in text


def _make_line(raw: str) -> Line:
    """The line of a text that is one: as a browser lays it out, outer white space cut."""
    if "\n" in raw or "  " in raw or CELL in raw or "\t" in raw:
        raw = "\t".join(filter(None, map(visible, raw.split(CELL))))
    return Line(raw.strip())


class _Lines(dict[str, Line]):
    """Lines by what they were read from, each made once for all the times that it stands somewhere."""

    def __missing__(self, raw: str) -> Line:
        line = _make_line(raw)
        if len(raw) <= KEPT_LENGTH:
            if len(self) >= KEPT:
                self.clear()
            self[raw] = line
        return line


LINES = _Lines()


def visible(raw: str) -> str:
    """Text as a browser lays it out on one line, outer white space cut."""
    text = _BROKEN_WORD.sub("", raw) if "\n" in raw else raw
    return _SPACE.sub(" ", text).strip()


def cells(text: str) -> Sequence[tuple[int, str]]:
    """The cells of a row, each with its place in the line."""
    found, offset = [], 0
    for cell in text.split("\t"):
        found.append((offset, cell))
        offset += len(cell) + 1
    return found
