"""What the versions say: any capture's records exactly, and from one to the next by its changes alone."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pref_scraper import pipeline
from pref_scraper.archive import Archive
from pref_scraper.diff import compare
from pref_scraper.history import Loaded
from pref_scraper.identity import Decision, Entries, Entry, identify
from pref_scraper.parsing import parse
from pref_scraper.records import BODY, PLACE, Budget, Record, columns
from pref_scraper.sources import Directory
from pref_scraper.written import VERSION

from .bench_history import SOURCE, make_capture
from .scripts import editions
from .shelf import day, put, said, tables

SCRIPTS = st.tuples(st.integers(0, 10_000), st.integers(2, 6))
NOTICE = "<p>ただいまメンテナンス中です。</p>".encode()


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return Directory(tmp_path)


def _loaded(directory: Directory, pages: list[bytes]) -> list[Loaded]:
    for at, body in enumerate(pages):
        put(directory, day(at), body)
    return pipeline.load(directory)


def _lines(entries: Mapping[str, Entry]) -> list[tuple[str, Record]]:
    return [(entry.view, entry.record) for entry in entries.values()]


@given(script=SCRIPTS)
@settings(max_examples=12, deadline=None)
def test_any_capture_is_read_back_record_by_record_in_order(
    tmp_path_factory: pytest.TempPathFactory, script: tuple[int, int]
) -> None:
    """What the parser read, in page order within each view, is what the database says as of the capture."""
    directory = Directory(tmp_path_factory.mktemp("archive"))
    pages = list(editions(*script))
    _loaded(directory, pages)
    assert [_lines(entries) for entries in said(directory).values()] == [list(parse(body).records()) for body in pages]


@given(script=SCRIPTS)
@settings(max_examples=12, deadline=None)
def test_the_changes_lead_from_any_capture_to_the_next(
    tmp_path_factory: pytest.TempPathFactory, script: tuple[int, int]
) -> None:
    directory = Directory(tmp_path_factory.mktemp("archive"))
    _loaded(directory, list(editions(*script)))
    states = list(said(directory).items())
    for (_, before), (capture_id, after) in pairwise(states):
        assert _shown(_replayed(before, _changes(directory, capture_id), after)) == _shown(after)


class Row(NamedTuple):
    """A row of `changes`, as far as it tells what to do."""

    record_id: str
    change: str
    field: str | None
    old: Any
    new: Any


def _changes(directory: Directory, capture_id: str) -> list[Row]:
    with closing(sqlite3.connect(directory.database)) as connection:
        rows = connection.execute(
            f"SELECT {', '.join(Row._fields)} FROM changes WHERE capture_id = ?", [capture_id]
        ).fetchall()
    return [Row(*row) for row in rows]


def _replayed(before: Entries, changes: list[Row], after: Entries) -> dict[str, Entry]:
    """The next state, by the changes; only what is new is taken from it."""
    state = dict(before)
    for change in changes:
        if change.change in ("added", "reappeared"):
            assert (change.record_id in state, change.field) == (False, None)
            state[change.record_id] = after[change.record_id]
        elif change.change == "removed":
            del state[change.record_id]
        else:
            entry = state[change.record_id]
            assert change.field is not None
            assert getattr(entry.record, change.field) == change.old
            state[change.record_id] = entry._replace(record=replace(entry.record, **{change.field: change.new}))
    return state


def _shown(state: Entries) -> dict[str, tuple[str, list[tuple[str, object]], str | None]]:
    """What a page says: a budget's owner by its id, and nothing of the places in the text or of our own remarks."""
    return {
        key: (
            entry.view,
            [(name, getattr(entry.record, name)) for name in columns(entry.view, BODY, PLACE)],
            entry.owner,
        )
        for key, entry in state.items()
        if entry.view != "problems"
    }


@given(script=SCRIPTS, loads=st.lists(st.booleans(), min_size=8, max_size=8), bad=st.integers(0, 7))
@settings(max_examples=10, deadline=None)
def test_one_by_one_in_bulk_and_rebuilt_are_one(
    tmp_path_factory: pytest.TempPathFactory, script: tuple[int, int], loads: list[bool], bad: int
) -> None:
    """Also with a notice in between, and with an old edition that comes back."""
    directory = Directory(tmp_path_factory.mktemp("archive"))
    pages = list(editions(*script))
    pages.insert(min(bad, len(pages)), NOTICE)
    pages.append(pages[0])
    for at, (body, is_loaded) in enumerate(zip(pages, loads, strict=False)):
        put(directory, day(at), body)
        if is_loaded:
            pipeline.load(directory)
    pipeline.load(directory)
    before = tables(directory.database)
    pipeline.rebuild(directory)
    assert tables(directory.database) == before


@given(script=SCRIPTS)
@settings(max_examples=10, deadline=None)
def test_what_is_gone_is_known_as_it_stood_last(
    tmp_path_factory: pytest.TempPathFactory, script: tuple[int, int]
) -> None:
    directory = Directory(tmp_path_factory.mktemp("archive"))
    _loaded(directory, list(editions(*script)))
    last: dict[str, Entry] = {}
    for entries in said(directory).values():
        last.update(entries)
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        expected = {key: last[key] for key in sorted(last) if key not in entries}
        assert list(archive.gone("s").items()) == list(expected.items())


def test_there_and_back_again_is_three_versions_of_each_record(directory: Directory) -> None:
    page = next(editions(5, 1))
    other = page.replace(" 1千円".encode(), " 7千円".encode())
    _loaded(directory, [page, other, page])
    budgets: dict[str, list[int | None]] = {}
    for entries in said(directory).values():
        for key, entry in entries.items():
            if isinstance(entry.record, Budget) and entry.record.printed in ("1千円", "7千円"):
                budgets.setdefault(key, []).append(entry.record.amount_yen)
    assert set(map(tuple, budgets.values())) == {(1000, 7000, 1000)}
    rows = tables(directory.database)["budget_version"]
    assert {sum(row[0] == key for row in rows) for key in budgets} == {3}


def test_what_is_not_believed_moves_nothing(directory: Directory) -> None:
    page = next(editions(5, 1))
    outcomes = [loaded.capture.outcome for loaded in _loaded(directory, [page, NOTICE, b"", page])]
    assert outcomes == ["new", "suspect", "suspect", "not_modified"]
    found = tables(directory.database)
    assert found["change"] == []
    assert {row[1] for table, rows in found.items() if table.endswith("_version") for row in rows} == {
        "s-20260101T000000Z"
    }


def test_a_decision_is_a_row_and_a_plain_match_is_none(tmp_path: Path) -> None:
    """As identity tells it: here a decision is made up."""
    database = tmp_path / "archive.db"
    Archive.create(database, version=VERSION)
    entries = identify(SOURCE.id, parse(next(editions(1, 1)))).entries
    one, other = list(entries)[:2]
    decision = Decision(record_id=one, method="similarity", score=91.5, runner_up=other, runner_up_score=40.0)
    with Archive.open(database, version=VERSION) as archive:
        first = make_capture(0, None)
        second = make_capture(1, first)
        archive.describe(SOURCE)
        archive.add(first, {}, entries)
        archive.add(second, entries, entries, compare(entries, entries), [decision])
        assert archive.tables()["decision"] == [(second.capture_id, one, SOURCE.id, "similarity", 91.5, other, 40.0)]
