"""As of any date: what a view shows for a day is what it showed on that day."""

import contextlib
import json
import os
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pref_scraper import history, parse
from pref_scraper.archive import Archive
from pref_scraper.errors import UsageError
from pref_scraper.identity import identify
from pref_scraper.records import VIEWS
from pref_scraper.table import display_width
from pref_scraper.views import all_columns, names
from pref_scraper.written import VERSION

from .bench_history import SOURCE, make_capture
from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import SCRIPT, command
from .test_cli import said as refused

NOTICE = "<p>ただいまメンテナンス中です。</p>".encode()
# What the page is on each visit; the fourth is not believed and moves nothing.
VISITS = (page(1), page(2), page(3), NOTICE, page(1), page(3))


def query(workshop: Workshop, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(workshop.directory.database)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, parameters)]


Said = dict[str, dict[str, list[dict[str, Any]]]]
"""By capture and view: the rows that the view had just after that visit."""


def opened(workshop: Workshop) -> AbstractContextManager[Archive]:
    return Archive.open(workshop.directory.database, version=VERSION, read_only=True)


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """An archive directory that `said` fills with six visits, 2026-04-02 to 07, and that the tests then only read."""
    with Site() as site:
        yield Workshop(tmp_path_factory.mktemp("archive"), site)


@pytest.fixture(scope="module")
def said(six: Workshop) -> Said:
    then = {}
    for body in VISITS:
        six.site.answers[PATH] = answer(body)
        capture_id = six.visit().capture.capture_id
        then[capture_id] = {name: query(six, f'SELECT * FROM "{name}"') for name in names()}
    return then


def test_the_rows_of_every_capture_are_those_that_the_view_had_then(six: Workshop, said: Said) -> None:
    suspect = list(said)[3]
    for capture_id, views in said.items():
        for view in VIEWS:
            columns = ", ".join(all_columns(view))
            sql = f"SELECT {columns} FROM {view}_at WHERE capture_id = :id ORDER BY text_start, text_end"
            assert query(six, sql, id=capture_id) == ([] if capture_id == suspect else views[view])
    assert len({len(views["projects"]) for views in said.values()}) == 2


def test_a_view_has_the_columns_that_it_is_said_to_have(said: Said) -> None:
    newest = list(said.values())[-1]
    for name in names():
        if newest[name]:
            assert tuple(newest[name][0]) == all_columns(name)
    assert {name for name in names() if not newest[name]} == {"unread", "未読"}


@pytest.mark.parametrize("name", names())
def test_every_view_as_of_a_capture_is_what_it_showed_then(six: Workshop, said: Said, name: str) -> None:
    with opened(six) as archive:
        for capture_id, views in said.items():
            for source_id in (None, "mie-npo"):
                found = history.table(archive, name, history.moment_of(archive, source_id, capture_id))
                assert [dict(zip(found.columns, row, strict=True)) for row in found.rows] == views[name]


@pytest.mark.parametrize(
    ("when", "printed"),
    [
        ("2026-04-02", "28,709千円"),
        ("2026-04-02T23:59:59Z", "28,709千円"),
        ("2026-04-03T09:00:00", "29,100千円"),
        ("2026-04-03", "29,100千円"),
        ("2026-04-05", "29,100千円"),
        ("2026-04-06T00:00:00+00:00", "28,709千円"),
        ("2030-01-01", "29,100千円"),
        (None, "29,100千円"),
    ],
)
def test_a_date_without_a_zone_is_that_day_s_end_in_japan(
    six: Workshop, said: Said, when: str | None, printed: str
) -> None:
    assert said
    with opened(six) as archive:
        rows = list(history.table(archive, "budgets", history.moment_of(archive, None, when)).objects())
    centre = [row["printed"] for row in rows if row["project"].endswith("指定管理事業") and row["budget_year"] == 2011]
    assert centre == [printed]


def test_the_day_ends_in_japan_to_the_second(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(page(1))
    workshop.now = datetime(2026, 4, 30, 14, 59, 59, tzinfo=UTC) - timedelta(days=1)
    workshop.visit()
    workshop.site.answers[PATH] = answer(page(2))
    workshop.now = datetime(2026, 4, 30, 15, 0, 0, tzinfo=UTC) - timedelta(days=1)
    workshop.visit()
    for day, number in (("2026-04-30", 0), ("2026-05-01", 2)):
        shown = json.loads(command("show", "changes", "--at", day, "--json", where=workshop.path).stdout)
        assert len(shown) == number


def test_a_capture_that_is_named_is_that_one_though_another_came_within_its_second(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive.create(path, version=VERSION)
    first, second = (identify(SOURCE.id, parse(page(edition))).entries for edition in (1, 2))
    at = make_capture(0, None)
    again = replace(at, capture_id=f"{at.capture_id}-2", warc_record_id="<urn:uuid:2>", outcome="changed")
    with Archive.open(path, version=VERSION) as archive:
        archive.describe(SOURCE)
        archive.add(at, {}, first)
        archive.add(replace(again, previous_capture_id=at.capture_id), first, second)
        found = history.difference(archive, SOURCE.id, at.capture_id, again.capture_id)
        assert (found.before.capture_id, found.after.capture_id) == (at.capture_id, again.capture_id)
        assert found.changes
        by_then = history.difference(archive, SOURCE.id, at.captured_at, None)
        assert by_then.before.capture_id == again.capture_id


def test_of_all_sources_each_is_as_it_was_then(workshop: Workshop) -> None:
    stanza = '[[source]]\nid = "{0}"\nurl = "{1}/{0}"\nname = "n"\ndelay_seconds = 0\n'
    workshop.settings("".join(stanza.format(name, workshop.site.url) for name in ("a", "b")))
    workshop.site.answers["/a"] = answer(page(1))
    workshop.run()
    workshop.site.answers |= {"/a": answer(page(2)), "/b": answer(page(3))}
    capture_of_b = workshop.run()[1].capture.capture_id

    def figures(source_id: str | None, when: str | None) -> dict[str, int]:
        with opened(workshop) as archive:
            rows = history.table(archive, "budgets", history.moment_of(archive, source_id, when)).objects()
            return Counter(row["source_id"] for row in rows)

    assert figures(None, None) == {"a": 53, "b": 55}
    assert figures("b", None) == {"b": 55}
    assert figures(None, "2026-04-02") == {"a": 53}
    assert figures(None, capture_of_b) == {"b": 55}
    with pytest.raises(UsageError, match=f"^{capture_of_b} is a capture of b, not of a$"):
        figures("a", capture_of_b)
    with pytest.raises(UsageError, match=r"^b has no good capture up to 2026-04-02T14:59:59Z: "):
        figures("b", "2026-04-02")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("budgets", "--at", "2026-04-01"), "the archive has no good capture up to 2026-04-01T14:59:59Z"),
        (("captures", "--at", "1999-01-01"), "the archive has no good capture up to 1999-01-01T14:59:59Z"),
        (("budgets", "--at", "last week"), "'last week' is neither a capture nor a date"),
        (("budgets", "--at", "0001-01-01T00:00"), "'0001-01-01T00:00' is neither a capture nor a date"),
        (("budgets", "nobody"), "unknown source 'nobody'"),
        (("budget",), "unknown view 'budget': expected one of pages (ページ), "),
    ],
)
def test_what_cannot_be_shown_is_told(six: Workshop, said: Said, words: tuple[str, ...], sentence: str) -> None:
    assert said
    done = command("show", *words, where=six.path)
    assert done.returncode == 2
    assert sentence in refused(done)


def test_a_pipe_gets_whole_values_in_the_columns_of_the_view(six: Workshop, said: Said) -> None:
    newest = list(said.values())[-1]
    for name in ("pages", "現状と課題・取組"):
        names_line, *lines = command("show", name, where=six.path).stdout.splitlines()
        assert names_line.split("\t") == list(all_columns(name))
        shown = [line.split("\t") for line in lines]
        assert shown == [
            ["" if value is None else str(value).replace("\\", "\\\\").replace("\n", "\\n") for value in row.values()]
            for row in newest[name]
        ]


def test_json_has_lists_where_parse_has_them(six: Workshop, said: Said) -> None:
    assert said
    (row,) = json.loads(command("show", "ページ", "--json", where=six.path).stdout)
    assert list(row) == list(all_columns("ページ"))
    assert "NPO班" in row["担当所属"]


def test_a_terminal_gets_a_table_that_fits(six: Workshop, said: Said) -> None:
    assert said
    screen, talk = on_a_terminal("show", "statements", where=six.path, columns=100)
    assert max(map(display_width, screen)) == 100
    assert screen[3].startswith("mie-npo     2011  issue")
    assert screen[3].endswith("…")
    assert talk == "48 rows; no room for record_id, first_seen, last_seen, text_start, text_end: --json has them\n"


def on_a_terminal(*words: str, where: Path, columns: int) -> tuple[list[str], str]:
    """The lines that a command writes to a terminal, and what it says on stderr."""
    ours, its = os.openpty()
    width = {**os.environ, "COLUMNS": str(columns)}
    with subprocess.Popen(
        [SCRIPT, *words], cwd=where, stdout=its, stderr=subprocess.PIPE, text=True, env=width
    ) as done:
        os.close(its)
        screen = b"".join(_until_it_closes(ours)).decode()
        os.close(ours)
        assert done.stderr is not None
        return screen.splitlines(), done.stderr.read()


def _until_it_closes(terminal: int) -> Iterator[bytes]:
    with contextlib.suppress(OSError):  # how Linux says that a terminal has no writer left
        while data := os.read(terminal, 65536):
            yield data
