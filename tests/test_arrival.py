"""Captures that arrive late: versions in order of time, identity in order of arrival."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pref_scraper import pipeline
from pref_scraper.sources import Directory
from pref_scraper.world import World

from .scripts import editions
from .shelf import day, put, said, tables

IMPORT = day(90)


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return Directory(tmp_path)


def _ids(directory: Directory) -> dict[str, list[str]]:
    return {capture_id: list(entries) for capture_id, entries in said(directory).items()}


def _outcomes(directory: Directory) -> list[str]:
    heard: list[str] = []
    found = [loaded.capture.outcome for loaded in pipeline.load(directory, World(report=heard.append))]
    return found if not heard else [*found, "anew"]


def _is_as_rebuilt(directory: Directory) -> bool:
    before = tables(directory.database)
    pipeline.rebuild(directory)
    return tables(directory.database) == before


PAGE = next(editions(1, 1)).decode()
OLDER = PAGE.replace("NPO活動支援推進事業", "NPO活動支援推進モデル事業").encode()
NEWER = PAGE.replace("1千円", "100千円").encode()


def test_an_import_of_older_captures_leaves_every_id(directory: Directory) -> None:
    put(directory, day(0), PAGE.encode())
    put(directory, day(30), NEWER)
    assert _outcomes(directory) == ["new", "changed"]
    before = _ids(directory)
    for at in (-300, -200):
        put(directory, day(at), OLDER, imported=IMPORT)
    assert _outcomes(directory) == ["new", "not_modified", "changed", "changed", "anew"]
    after = _ids(directory)
    assert len(after) == 4
    assert {capture_id: after[capture_id] for capture_id in before} == before
    assert set(next(iter(after.values()))) == set(next(iter(before.values())))  # under its older name, too
    assert _is_as_rebuilt(directory)


def test_what_comes_after_an_import_is_loaded_as_ever(directory: Directory) -> None:
    put(directory, day(0), PAGE.encode())
    put(directory, day(-300), OLDER, imported=IMPORT)
    assert _outcomes(directory) == ["new", "changed"]
    put(directory, day(91), NEWER)
    assert _outcomes(directory) == ["changed"]
    assert _is_as_rebuilt(directory)


def test_an_import_between_two_equal_captures_parts_them(directory: Directory) -> None:
    for at in (0, 10):
        put(directory, day(at), PAGE.encode())
    assert _outcomes(directory) == ["new", "not_modified"]
    (ids, _) = _ids(directory).values()
    put(directory, day(5), NEWER, imported=IMPORT)
    assert _outcomes(directory) == ["new", "changed", "changed", "anew"]
    first, _, last = _ids(directory).values()
    assert first == last == ids
    assert _is_as_rebuilt(directory)


def test_a_file_that_was_begun_before_what_is_loaded_is_built_anew(directory: Directory) -> None:
    """An import was loaded alone; then the file of visits made before it is put back."""
    put(directory, day(-300), OLDER, imported=IMPORT)
    assert _outcomes(directory) == ["new"]
    put(directory, day(0), PAGE.encode())
    assert _outcomes(directory) == ["new", "changed", "anew"]
    assert _is_as_rebuilt(directory)


@given(
    seed=st.integers(0, 10_000),
    steps=st.lists(
        st.tuples(st.integers(-200, 200), st.booleans(), st.booleans()),
        min_size=2,
        max_size=7,
        unique_by=lambda step: step[0],
    ),
)
@settings(max_examples=10, deadline=None)
def test_no_arrival_changes_an_id_that_was_given(
    tmp_path_factory: pytest.TempPathFactory, seed: int, steps: list[tuple[int, bool, bool]]
) -> None:
    """Visits and imports in order of arrival, the clock going on; after each, one may load."""
    directory = Directory(tmp_path_factory.mktemp("archive"))
    pages = dict(zip(sorted(at for at, _, _ in steps), editions(seed, len(steps)), strict=True))
    clock = -1000
    given_ids: dict[str, list[str]] = {}
    for number, (at, is_imported, is_loaded) in enumerate(steps):
        is_visit = at > clock and not is_imported
        clock = max(clock, at)
        put(directory, day(at), pages[at], imported=None if is_visit else day(clock) + timedelta(seconds=number + 1))
        if is_loaded or number == len(steps) - 1:
            pipeline.load(directory)
            found = _ids(directory)
            assert {capture_id: found[capture_id] for capture_id in given_ids} == given_ids
            given_ids = found
    assert _is_as_rebuilt(directory)
