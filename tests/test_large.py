"""The large archive of `make bench`, made small: it has every outcome, and is the same each time."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pref_scraper import pipeline
from pref_scraper.labels import OUTCOME_LABELS
from pref_scraper.sources import Directory

from . import large

SOURCES, CAPTURES = 4, 32


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return large.archive(tmp_path_factory.mktemp("large"), sources=SOURCES, captures=CAPTURES).database


def query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


def test_captures_have_every_outcome(database: Path) -> None:
    found = Counter(outcome for (outcome,) in query(database, "SELECT outcome FROM captures"))
    assert set(found) == set(OUTCOME_LABELS)
    assert (found["new"], found.total()) == (SOURCES, SOURCES * CAPTURES)
    reasons = [reason for (reason,) in query(database, "SELECT reason FROM capture WHERE outcome = 'failed'")]
    assert set(reasons) == {"the server answers 503, which is not the page"}


def test_a_change_is_of_a_few_records_and_no_figure_is_lost(database: Path) -> None:
    changed = query(database, "SELECT count(DISTINCT record_id) FROM changes GROUP BY capture_id")
    assert {records for (records,) in changed} <= set(range(1, 2 * large.EDITS + 1))
    sizes = query(database, "SELECT source_id, count(*) FROM budgets GROUP BY 1")
    assert [size for _, size in sizes] == [53] * SOURCES


def test_it_is_whole_also_where_an_edit_left_a_page_as_it_was(database: Path) -> None:
    """Two edits may undo each other: such a visit brings the same bytes, and is none that others may refer to."""
    checked = pipeline.verify(Directory(database.parent))
    assert checked.findings == ()
    assert checked.database == "holds every row that snapshots/ say, and no other"


def test_the_same_is_made_again_and_what_is_there_is_used(database: Path, tmp_path: Path) -> None:
    again = large.archive(tmp_path, sources=SOURCES, captures=CAPTURES).database
    said = "SELECT captured_at, outcome, text_digest, payload_digest FROM captures"
    assert query(again, said) == query(database, said)
    ids = query(database, "SELECT warc_record_id FROM captures")
    large.archive(database.parent, sources=SOURCES, captures=CAPTURES)
    assert query(database, "SELECT warc_record_id FROM captures") == ids
