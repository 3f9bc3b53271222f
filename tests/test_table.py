"""Rows in lines: nothing wider than the terminal, nothing lost in a pipe."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pref_scraper.table import Table, aligned, cut, display_width, tab_separated

CELLS = st.one_of(st.none(), st.integers(), st.floats(allow_nan=False), st.text(max_size=80))
COLUMNS = ("fiscal_year", "金額（円）", "name", "text")
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=8)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("NPO", 3),
        ("事業", 4),
        ("ＮＰＯ", 6),
        ("ﾐｴ", 2),
        ("か\u3099", 2),
        ("「公」", 6),
        ("…", 1),
        ("\u200b", 0),
    ],
)
def test_full_width_counts_double(text: str, width: int) -> None:
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("交流センター", 12, "交流センター"),
        ("交流センター", 11, "交流センタ…"),
        ("交流センター", 10, "交流セン…"),
        ("abc", 2, "a…"),
        ("事業", 1, "…"),
    ],
)
def test_a_text_is_cut_between_characters(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


def test_a_table_is_aligned() -> None:
    rows = [(2011, None, "事業", "一\n二"), (2010, 3_111_000, "NPO", "\x1b[2J")]
    found = aligned(Table(COLUMNS, iter(rows)), 80)
    assert found.lines == (
        "fiscal_",
        "   year  金額（円）  name  text",
        "-------  ----------  ----  -------",
        "   2011              事業  一 / 二",
        "   2010     3111000  NPO    [2J",
    )
    assert (found.rows, found.left_out) == (2, ())


def test_columns_without_room_are_named() -> None:
    rows = [(2011, 1, "あ" * 30, "い" * 30)]
    found = aligned(Table(COLUMNS, iter(rows)), 60)
    assert found.lines[-1] == "   2011           1  " + "あ" * 19 + "…"
    assert found.left_out == ("text",)


def test_a_table_without_rows_is_its_names() -> None:
    assert aligned(Table(("name",), iter(())), 80).lines == ("name", "----")


@given(rows=ROWS, width=st.integers(10, 200))
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[object, ...]], width: int) -> None:
    found = aligned(Table(COLUMNS, iter(rows)), width)
    assert all(display_width(line) <= width and line.isprintable() for line in found.lines)
    assert found.left_out == COLUMNS[len(COLUMNS) - len(found.left_out) :]


@given(rows=ROWS, width=st.integers(10, 200), more=st.integers(1, 100))
def test_a_wider_terminal_shows_no_less(rows: list[tuple[object, ...]], width: int, more: int) -> None:
    narrow, wide = (aligned(Table(COLUMNS, iter(rows)), each) for each in (width, width + more))
    assert len(wide.left_out) <= len(narrow.left_out)


@given(rows=ROWS)
def test_a_pipe_loses_nothing(rows: list[tuple[object, ...]]) -> None:
    """Reading the cells back, as the help says how, gives the values; null and an empty text are both an empty cell."""
    lines = list(tab_separated(Table(COLUMNS, iter(rows))))
    assert lines[0] == "\t".join(COLUMNS)
    back = [[_read(cell) for cell in line.split("\t")] for line in lines[1:]]
    assert back == [["" if value is None else str(value) for value in row] for row in rows]


def _read(cell: str) -> str:
    signs = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    text, is_escape = "", False
    for character, following in pairwise([*cell, ""]):
        if is_escape or character != "\\":
            text += signs[character] if is_escape else character
            is_escape = False
        else:
            assert following in signs
            is_escape = True
    return text
