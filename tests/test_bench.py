"""What `make bench` compares is comparable, and what it finds is put where it belongs."""

from collections import Counter
from pathlib import Path

import pytest

from pref_scraper import parse, pipeline
from pref_scraper.archive import Archive
from pref_scraper.records import Page
from pref_scraper.sources import Directory
from pref_scraper.written import VERSION

from . import bench, daily, scale
from .editions import page
from .figures import Figure, Growth, limited
from .pages import alike, other, with_menu
from .peers import grammar, soup


def _rows(page: Page) -> grammar.Rows:
    """What the program reads of a page, in the columns of the peers."""
    return {
        view: [tuple(getattr(record, name) for name in columns) for record in getattr(page, view)]
        for view, columns in grammar.COLUMNS.items()
    }


@pytest.mark.parametrize("body", [page(), with_menu(other(7)), alike(4_000)])
def test_the_peers_read_the_same_rows(body: bytes) -> None:
    _, page_id, rows = soup.parse(body)
    assert page_id == "ページID：000035861"
    assert rows == _rows(parse(body))
    assert {view: len(found) for view, found in rows.items()} == {
        "years": 9,
        "measures": 4,
        "basic_projects": 9,
        "purposes": 4,
        "targets": 3,
        "statements": 49,
        "projects": 38,
        "budgets": 53,
    }


def test_no_page_says_what_another_says() -> None:
    one, two = (_rows(parse(other(number))) for number in (7, 99_999))
    said = [{row[-1] for row in rows["statements"]} | {row[4] for row in rows["projects"]} for rows in (one, two)]
    assert len(said[0]) == 55
    assert said[0].isdisjoint(said[1])


@pytest.mark.parametrize(
    ("mix", "outcomes"),
    [
        ("token", {"new": 1, "unchanged": 28, "changed": 1}),
        ("unchanged", {"new": 1, "not_modified": 29}),
        ("edited", {"new": 1, "changed": 29}),
    ],
)
def test_an_archive_that_is_written_at_once_is_like_one_that_was_visited(
    mix: str, outcomes: dict[str, int], tmp_path: Path
) -> None:
    directory = Directory(tmp_path)
    daily.write(directory.snapshots, sources=1, days=30, mix=mix)
    pipeline.load(directory)
    assert pipeline.verify(directory).findings == ()
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        captures = archive.captures()
    assert Counter(capture.outcome for capture in captures) == outcomes


@pytest.mark.parametrize(
    ("figure", "cells"),
    [
        (
            Figure(what="speed", ours="300", other="a peer's 100", ratio=3.0, at_least=2.5),
            ("speed", "300", "a peer's 100", "3", "≥ 2.5", "yes"),
        ),
        (
            Figure(what="time", ours="3 s", other="2 s", ratio=1.5, at_most=1),
            ("time", "3 s", "2 s", "1.5", "≤ 1", "**no**"),
        ),
        (Figure(what="size", ours="1,234", other="1", ratio=1234.5), ("size", "1,234", "1", "1,234", "", "")),
        (limited("start", 80, "ms", 100), ("start", "80 ms", "limit 100 ms", "0.8", "≤ 1", "yes")),
    ],
)
def test_a_figure_says_whether_it_is_met(figure: Figure, cells: tuple[str, ...]) -> None:
    assert figure.cells() == cells


def test_growth_is_told_from_the_first_to_the_last() -> None:
    row = Growth(what="load", unit="CPU s", costs={"10": 0.5, "100": 4.0, "1,000": 42.0})
    assert row.cells() == ("load, CPU s", "0.5 (10)", "4 (100)", "42 (1,000)", "84")


def test_a_part_that_is_measured_anew_takes_its_own_place() -> None:
    first, second = list(bench.PARTS)[:2]
    document = bench.with_section("", second, "\nlate\n\n| a | b |\n")
    document = bench.with_section(document, first, "\nearly\n")
    document = bench.with_section(document, second, "\nlater")
    assert document.startswith("# Benchmarks\n")
    _, one, two = document.split("\n## ")
    assert one == f"{bench.PARTS[first].heading}\n\nearly\n"
    assert two == f"{bench.PARTS[second].heading}\n\nlater\n"


@pytest.mark.parametrize("index", [0, 1])
def test_the_tables_of_scale_are_those_that_are_reckoned(index: int) -> None:
    text = scale.DOCUMENTS[index].read_text("utf-8")
    assert [block for block in text.split("\n\n") if block.startswith("| ")] == scale.tables(index)


def test_a_prefecture_in_ten_years() -> None:
    """By hand: 1,000 pages on 3,652 days, at 1,300 bytes each where nothing changes, at 8,400 where each comes whole."""
    lines = scale.tables(0)[1].split("\n")
    assert "| snapshots/ | 4.7 MB – 31 MB | 4.7 GB – 31 GB | 223 GB – 1.4 TB | 8.5 TB – 55 TB |" in lines
    assert "| requests in ten years | 3,650 | 3,650,000 | 172,000,000 | 6,530,000,000 |" in lines
