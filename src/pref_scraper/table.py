"""Rows with named columns, as a person, a pipe and a program read them; pure.

`aligned` is for a terminal of so many columns: it cuts, and says what it left out.
`tab_separated` and `objects` are whole.
"""

import itertools
import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Row = tuple[Any, ...]

_GAP = "  "
_CUT = "…"
# No column is made narrower than the first, or than what it holds; none is added to the right
# of others while these have less than the second.
_READABLE = 24
_COMFORTABLE = 30

# What would break a line of cells, and a backslash, so that each can be told from the other.
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, each a value per column; `lists` are the columns that hold a list as JSON text. Rows are read once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
    lists: frozenset[str] = frozenset()

    def objects(self) -> Iterator[dict[str, Any]]:
        """Each row as a dict, its lists as lists."""
        for row in self.rows:
            named = dict(zip(self.columns, row, strict=True))
            yield {name: json.loads(value) if name in self.lists else value for name, value in named.items()}


@dataclass(frozen=True, slots=True)
class Aligned:
    """Lines for a terminal, the number of rows, and the columns that found no room."""

    lines: tuple[str, ...]
    rows: int
    left_out: tuple[str, ...]


def tab_separated(table: Table) -> Iterator[str]:
    r"""A line of column names, then a line per row; null is an empty cell, a line break `\n`, a tab `\t`."""
    yield "\t".join(table.columns)
    for row in table.rows:
        yield "\t".join("" if value is None else str(value).translate(_ESCAPES) for value in row)


def aligned(table: Table, width: int) -> Aligned:
    """The table in lines of at most `width`: columns from the left, as many as stay readable, long texts cut."""
    rows = list(table.rows)
    cells = [[_cell(value) for value in row] for row in rows]
    heads = [_head(name) for name in table.columns]
    natural = [
        max(map(display_width, column))
        for column in zip(*cells, *itertools.zip_longest(*heads, fillvalue=""), strict=True)
    ]
    widths = _fit(natural, width)
    is_number = [_is_number([row[n] for row in rows]) for n in range(len(widths))]
    height = max(len(head) for head in heads[: len(widths)])
    lines = [[""] * (height - len(head)) + head for head in heads[: len(widths)]]
    return Aligned(
        lines=(
            *(_line(line, widths, is_number) for line in zip(*lines, strict=True)),
            _GAP.join("-" * each for each in widths),
            *(_line(line[: len(widths)], widths, is_number) for line in cells),
        ),
        rows=len(rows),
        left_out=table.columns[len(widths) :],
    )


def display_width(text: str) -> int:
    """How many columns of a terminal a text takes: full-width characters two, combining ones none."""
    return sum(map(_width, text))


def cut(text: str, width: int) -> str:
    """The text, or as much of its beginning as fits with `…` behind it."""
    if display_width(text) <= width:
        return text
    room = width - display_width(_CUT)
    ends = itertools.accumulate(map(_width, text))
    return text[: sum(end <= room for end in ends)] + _CUT


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _cell(value: Any) -> str:
    """A value in one line, with nothing in it that a terminal would obey."""
    if value is None:
        return ""
    line = str(value).replace("\n", " / ")
    return "".join(character if character.isprintable() else " " for character in line)


def _head(name: str) -> list[str]:
    """A column's name, in several lines where it has several words: `fiscal_year` stands above four digits."""
    words = name.split("_")
    return [f"{word}_" for word in words[:-1]] + words[-1:]


def _is_number(values: Sequence[Any]) -> bool:
    kinds = {isinstance(value, int | float) for value in values if value is not None}
    return kinds == {True}


def _fit(natural: Sequence[int], width: int) -> list[int]:
    """The widths of the columns that find room. What is left goes to those that want the least, first."""
    least = [min(each, _READABLE) for each in natural]
    starts = itertools.accumulate((min(each, _COMFORTABLE) + len(_GAP) for each in natural), initial=0)
    fitting = sum(start + each <= width for start, each in zip(starts, least, strict=False))
    widths = least[: max(1, fitting)]
    spare = width - sum(widths) - len(_GAP) * (len(widths) - 1)
    by_want = sorted(range(len(widths)), key=lambda n: natural[n] - widths[n])
    for waiting, n in zip(range(len(widths), 0, -1), by_want, strict=True):
        given = max(0, min(natural[n] - widths[n], spare // waiting))
        widths[n] += given
        spare -= given
    return [min(each, width) for each in widths]


def _line(cells: Sequence[str], widths: Sequence[int], is_number: Sequence[bool]) -> str:
    padded = []
    for text, width, is_right in zip(cells, widths, is_number, strict=True):
        shown = cut(text, width)
        space = " " * (width - display_width(shown))
        padded.append(space + shown if is_right else shown + space)
    return _GAP.join(padded).rstrip()
