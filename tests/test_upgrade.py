"""After an upgrade of the parser: everything is read anew, and what only the parser differs in is listed apart.

There is no older parser here. Its databases are made from ours: a version set back, a figure
as an older parser might have misread it.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pref_scraper import pipeline
from pref_scraper.errors import UsageError
from pref_scraper.sources import Directory
from pref_scraper.written import VERSION, versions

from .scripts import editions
from .shelf import day, put
from .test_cli import command, said

PAGE, OTHER = editions(3, 2)
OLDER_PARSER = VERSION - 1
OLDER_TABLES = VERSION - 1000


def _written_by(database: Path, version: int) -> None:
    """Makes a database what another version of this program would have left there."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE capture SET parser_version = ?", [versions(version).parser])
        for table in ("budget_version", "newest_budgets"):
            connection.execute(f"UPDATE {table} SET amount_yen = 1 WHERE amount_yen = 2000")
        connection.execute(f"PRAGMA user_version = {version}")


def _query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    found = Directory(tmp_path)
    put(found, day(0), PAGE)
    put(found, day(1), PAGE.replace(b"</body>", b"<!-- 17 --></body>"))
    pipeline.load(found)
    return found


FIGURES = "SELECT count(*) FROM budgets WHERE amount_yen = 1"


@pytest.mark.parametrize("is_loaded", [False, True])
def test_what_only_the_parser_differs_in_is_listed_and_is_no_change(directory: Directory, is_loaded: bool) -> None:
    """Before the upgrade's first load, and after it."""
    _written_by(directory.database, OLDER_PARSER)
    ((misread,),) = _query(directory.database, FIGURES)
    assert misread > 0
    if is_loaded:
        pipeline.load(directory)
        assert _query(directory.database, FIGURES) == [(0,)]
        assert _query(directory.before, FIGURES) == [(misread,)]
    (found,) = pipeline.parser_differences(directory)
    assert {(change.field, change.old, change.new) for change in found.changes} == {("amount_yen", 1, 2_000)}
    assert len(found.changes) == misread
    assert (found.before.parser_version, found.after.parser_version) == (
        versions(VERSION).parser - 1,
        versions(VERSION).parser,
    )
    assert _query(directory.database, "SELECT count(*) FROM changes") == [(0,)]


def test_the_capture_s_row_says_which_parser_read_it(directory: Directory) -> None:
    put(directory, day(2), b"")
    pipeline.load(directory)
    parser = versions(VERSION).parser
    rows = _query(directory.database, "SELECT outcome, parser_version FROM capture ORDER BY capture_id")
    assert rows == [("new", parser), ("unchanged", parser), ("suspect", None)]


def test_only_what_another_parser_wrote_is_kept(directory: Directory) -> None:
    pipeline.rebuild(directory)
    _written_by(directory.database, OLDER_TABLES)
    pipeline.load(directory)
    assert not directory.before.exists()
    assert pipeline.parser_differences(directory) == []


def test_the_next_upgrade_keeps_its_own(directory: Directory) -> None:
    for version in (VERSION - 2, OLDER_PARSER):
        _written_by(directory.database, version)
        pipeline.load(directory)
        assert _query(directory.before, "PRAGMA user_version") == [(version,)]
    assert sorted(path.name for path in directory.path.iterdir()) == ["archive.db", "archive.db.before", "snapshots"]


def test_other_tables_cannot_be_compared(directory: Directory) -> None:
    _written_by(directory.database, OLDER_TABLES - 1)
    pipeline.load(directory)
    with pytest.raises(UsageError, match=r"archive\.db\.before has other tables than this version of the program"):
        pipeline.parser_differences(directory)


def test_the_command_says_it(directory: Directory) -> None:
    where = directory.path
    done = command("diff", "--parser", where=where)
    assert (done.returncode, done.stdout.startswith("nothing to compare")) == (0, True)
    assert json.loads(command("diff", "--parser", "--format", "json", where=where).stdout) == []
    _written_by(directory.database, OLDER_PARSER)
    done = command("diff", "--parser", "s", "--exit-code", where=where)
    assert done.returncode == 1
    old, new = versions(OLDER_PARSER).parser, versions(VERSION).parser
    assert done.stdout.startswith(f"s: 2026-01-02T00:00:00Z, as parser {old} and parser {new} read it\n")
    assert "unknown source 'nobody'" in said(command("diff", "nobody", "--parser", where=where))
    assert "leave out --from and --to" in said(command("diff", "--parser", "--to", "2026-01-02", where=where))
