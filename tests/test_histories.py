"""The made-up histories are what they say: whole pages, one number a thing, the edits that are named."""

from itertools import pairwise
from random import Random
from typing import Any

import pytest

from pref_scraper.japanese.width import fold
from pref_scraper.records import Budget

from .histories import EDITS, Capture, Edition, history

CALLED_BY = {
    "pages": "title",
    "years": "heading",
    "measures": "name",
    "basic_projects": "name",
    "purposes": "intent",
    "targets": "item",
    "statements": "text",
    "projects": "name",
    "budgets": "printed",
}


def _things(capture: Capture) -> dict[int, tuple[str, Any]]:
    return dict(zip(capture.truth, capture.page.records(), strict=True))


@pytest.mark.parametrize("records", [10, 60, 200])
def test_every_record_is_one_thing_and_stands_where_it_says(records: int) -> None:
    for capture in history(seed=records, captures=60, records=records, rate=0.05):
        things = _things(capture)
        assert len(things) == len(capture.truth)
        for view, record in things.values():
            printed = capture.page.text[record.text_start : record.text_end]
            assert printed.startswith(getattr(record, CALLED_BY[view]))
            if isinstance(record, Budget):
                owner = (record.fiscal_year, record.project_position, record.project)
                assert owner in [(p.fiscal_year, p.position, p.name) for p in capture.page.projects]
        for view in ("statements", "projects", "budgets"):
            starts = [record.text_start for record in getattr(capture.page, view)]
            assert starts == sorted(starts)


def test_a_seed_gives_one_history() -> None:
    assert list(history(3, 30)) == list(history(3, 30))
    assert list(history(3, 30)) != list(history(4, 30))


def test_edits_are_as_many_as_the_rate_says() -> None:
    captures = list(history(5, 400, records=100, rate=0.01))
    expected = sum(len(capture.truth) for capture in captures) * 0.01
    assert 0.8 * expected < sum(len(capture.edits) for capture in captures) < 1.2 * expected
    assert {edit for capture in captures for edit in capture.edits} == set(EDITS)
    # and a capture without one is the page before
    for before, after in pairwise(captures):
        assert after.edits or (after.page, after.truth) == (before.page, before.truth)


def _edited(kind: str, seed: int) -> tuple[dict[int, tuple[str, Any]], dict[int, tuple[str, Any]]]:
    edition = Edition(Random(seed))
    before = _things(edition.capture())
    assert any(edition.edit(kind) for _ in range(500))
    return before, _things(edition.capture())


@pytest.mark.parametrize(
    ("kind", "come", "gone"),
    [
        ("insert", 1, 0),
        ("remove", 0, 1),
        ("exchange", 1, 1),
        ("split", 1, 0),
        ("merge", 0, 1),
        *((kind, 0, 0) for kind in ("rename", "reorder", "renumber", "amend", "restyle", "reword", "move")),
    ],
)
def test_an_edit_brings_and_takes_what_it_says(kind: str, come: int, gone: int) -> None:
    """Budgets apart: they come and go with their project."""
    for seed in range(20):
        before, after = _edited(kind, seed)
        assert sum(view != "budgets" for view, _ in (after[n] for n in after.keys() - before.keys())) == come
        assert sum(view != "budgets" for view, _ in (before[n] for n in before.keys() - after.keys())) == gone


def test_a_rename_renames_and_a_restyle_says_the_same() -> None:
    for seed in range(20):
        before, after = _edited("rename", seed)
        called = [
            name for name in ("name", "item") for n in before if _called(before[n], name) != _called(after[n], name)
        ]
        assert len(called) == 1
        before, after = _edited("restyle", seed)
        assert [fold(str(_called(thing, "text"))) for thing in before.values()] == [
            fold(str(_called(thing, "text"))) for thing in after.values()
        ]


def _called(thing: tuple[str, Any], name: str) -> object:
    return getattr(thing[1], name, None)
