"""What is kept of the newest captures: whole, of one moment, and in the order of its view."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pref_scraper import loading, pipeline, views
from pref_scraper.archive import Archive
from pref_scraper.newest import KEPT
from pref_scraper.sources import Directory
from pref_scraper.supply import Snapshots
from pref_scraper.written import VERSION

from .editions import page
from .shelf import day, put

OF_PAGE = "SELECT capture_id, first_seen, last_seen FROM pages"
OF_FIGURES = "SELECT DISTINCT last_seen FROM budgets"


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """The page, visited once."""
    found = Directory(tmp_path)
    put(found, day(0), page(1))
    pipeline.load(found)
    return found


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of two editions."""
    directory = Directory(tmp_path_factory.mktemp("archive"))
    for number in (1, 3):
        put(directory, day(number), page(number))
    pipeline.load(directory)
    return directory.database


def query(database: Path, sql: str, **values: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql, values).fetchall()


def test_a_visit_that_brings_nothing_new_is_when_all_was_last_seen(directory: Directory) -> None:
    kept = "SELECT * FROM newest_budgets"
    before = query(directory.database, kept)
    put(directory, day(1), page(1))
    pipeline.load(directory)
    assert query(directory.database, OF_PAGE) == [
        ("s-20260102T000000Z", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    ]
    assert query(directory.database, OF_FIGURES) == [("2026-01-02T00:00:00Z",)]
    assert (query(directory.database, kept), len(before)) == (before, 53)


def test_whoever_reads_sees_one_state_as_long_as_the_archive_is_open(directory: Directory) -> None:
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        before = archive.captures()
        put(directory, day(1), page(2))
        pipeline.load(directory)
        assert archive.captures() == before
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        assert archive.captures()[1:] == before


def test_a_load_that_ended_early_leaves_the_views_at_one_capture(directory: Directory) -> None:
    """The load is given up between the two visits that are to be loaded, as one that was killed there."""
    put(directory, day(1), page(2))
    put(directory, day(2), page(3))
    coming = loading.load_into(directory.database, Snapshots(directory.snapshots))
    assert next(coming).captured_at == "2026-01-02T00:00:00Z"
    coming.close()  # type: ignore[attr-defined]
    corrected = "SELECT count(*) FROM budgets WHERE printed = '29,100千円'"
    assert query(directory.database, OF_FIGURES) == [("2026-01-01T00:00:00Z",)]
    assert query(directory.database, corrected) == [(0,)]
    pipeline.load(directory)
    assert query(directory.database, OF_FIGURES) == [("2026-01-03T00:00:00Z",)]
    assert query(directory.database, corrected) == [(1,)]


@pytest.mark.parametrize("view", KEPT)
@pytest.mark.parametrize("whose", ["", "WHERE source_id = 's' "])
def test_the_first_rows_of_a_view_cost_no_more_than_themselves(database: Path, view: str, whose: str) -> None:
    """Nothing is sorted, and nothing is read from one end to the other but the sources."""
    plan = query(database, f"EXPLAIN QUERY PLAN SELECT * FROM {view} {whose}LIMIT 10")
    steps = [step for *_, step in plan]
    assert [step for step in steps if "TEMP B-TREE" in step] == []
    assert [step for step in steps if step.startswith("SCAN")] in ([], ["SCAN standing"], [f"SCAN newest_{view}"])


@pytest.mark.parametrize("view", KEPT)
def test_what_is_kept_is_what_the_view_of_that_moment_is(database: Path, view: str) -> None:
    for source in (False, True):
        moment = {"source_id": "s", "at": "2026-06-01T00:00:00Z"}
        kept = query(database, views.select(view, source=source), **moment)
        assert kept == query(database, views.select(view, at=True, source=source), **moment)
        assert (kept != []) == (view != "unread")
