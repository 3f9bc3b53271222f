"""As of any date: what a view shows for a day is what it showed on that day."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from pref_scraper.records import VIEWS
from pref_scraper.views import all_columns, names

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer

NOTICE = "<p>ただいまメンテナンス中です。</p>".encode()
# What the page is on each visit; the fourth is not believed and moves nothing.
VISITS = (page(1), page(2), page(3), NOTICE, page(1), page(3))


def query(workshop: Workshop, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(workshop.directory.database)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, parameters)]


Said = dict[str, dict[str, list[dict[str, Any]]]]
"""By capture and view: the rows that the view had just after that visit."""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """An archive directory that the tests below only read, once `said` has filled it."""
    with Site() as site:
        yield Workshop(tmp_path_factory.mktemp("archive"), site)


@pytest.fixture(scope="module")
def said(workshop: Workshop) -> Said:
    then = {}
    for body in VISITS:
        workshop.site.answers[PATH] = answer(body)
        capture_id = workshop.visit().capture.capture_id
        then[capture_id] = {name: query(workshop, f'SELECT * FROM "{name}"') for name in names()}
    return then


def test_the_rows_of_every_capture_are_those_that_the_view_had_then(workshop: Workshop, said: Said) -> None:
    suspect = list(said)[3]
    for capture_id, views in said.items():
        for view in VIEWS:
            columns = ", ".join(all_columns(view))
            sql = f"SELECT {columns} FROM {view}_at WHERE capture_id = :id ORDER BY text_start, text_end"
            assert query(workshop, sql, id=capture_id) == ([] if capture_id == suspect else views[view])
    assert len({len(views["projects"]) for views in said.values()}) == 2


def test_a_view_has_the_columns_that_it_is_said_to_have(said: Said) -> None:
    newest = list(said.values())[-1]
    for name in names():
        if newest[name]:
            assert tuple(newest[name][0]) == all_columns(name)
    assert {name for name in names() if not newest[name]} == {"unread", "未読"}
