"""How archive.db is opened, made and copied, and SQLite's errors in words."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from .. import newest, schema, views
from ..errors import DamagedError, PrefScraperError
from .writing import Writing

PATIENCE_MS = 30_000
"""Milliseconds to wait for another program that writes to archive.db."""


class Archive(Writing):
    """An open archive.db."""

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, version: int, read_only: bool = False) -> Iterator["Archive"]:
        """The database at a path; it must exist and be of this version, or `IsStale` is raised.

        Where it is only read, it is in one state as long as it is open, and locked once and not for every question.
        Raises DamagedError for a file that is no archive.db, PrefScraperError where the
        disk refuses to be read or written.
        """
        with _sentences(path):
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?{_mode(path)}", uri=True)
            try:
                connection.execute(f"PRAGMA query_only = {read_only}")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
                # A power cut may take the last captures of this file; the next load brings them back.
                connection.execute("PRAGMA synchronous = NORMAL")
                if read_only:
                    connection.execute("BEGIN")
                if _version(connection) != version:
                    raise IsStale(f"{path} was written by another version of this program: run `pref-scraper rebuild`")
                yield cls(Database(connection))
            finally:
                connection.close()

    @classmethod
    def is_one(cls, connection: sqlite3.Connection, *, version: int) -> bool:
        """Whether a connection that somebody else keeps is one to an archive.db of this version."""
        found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('source', 'capture', 'record')")
        return _version(connection) == version and int(found.fetchone()[0]) == 3

    @classmethod
    @contextmanager
    def over(cls, connection: sqlite3.Connection, *, version: int) -> Iterator["Archive"]:
        """The archive at a connection that somebody else keeps: for reading, and in one state as long as it lasts."""
        connection.execute("BEGIN")
        try:
            if not cls.is_one(connection, version=version):
                raise IsStale("archive.db was written by another version of this program: run `pref-scraper rebuild`")
            yield cls(Database(connection))
        finally:
            connection.execute("ROLLBACK")

    @classmethod
    def create(cls, path: Path, *, version: int) -> None:
        """An empty database; the path must not exist."""
        with _sentences(path):
            connection = sqlite3.connect(path)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(
                    f"BEGIN; {schema.ddl()} {newest.ddl()} {views.ddl()} PRAGMA user_version = {version}; COMMIT;"
                )
            finally:
                connection.close()

    @classmethod
    def version_of(cls, path: Path) -> int:
        """The version that a database was written with; raises DamagedError for a file that is none."""
        with _sentences(path), closing(_read_only(path)) as connection:
            return _version(connection)

    @classmethod
    def copy(cls, path: Path, target: Path) -> None:
        """The database at a path, of whatever version, as a new file."""
        with _sentences(path), closing(_read_only(path)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)

    def copy_to(self, path: Path) -> None:
        """Replaces the content of the database at a path, in one step and under the eyes of its readers."""
        with _sentences(path):
            target = sqlite3.connect(path)
            try:
                target.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
                self._db.conn.backup(target)
            finally:
                target.close()


class IsStale(PrefScraperError):
    """archive.db is of another version of the schema or of the parser."""


def _read_only(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{_mode(path)}", uri=True)
    connection.execute("PRAGMA query_only = 1")
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def may_write(path: Path) -> bool:
    """Whether a database may be written to, and files beside it, which SQLite needs to read what others write."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _mode(path: Path) -> str:
    """How to open a file: a reader that may write, too, leaves none of SQLite's side files behind."""
    return "mode=rw" if may_write(path) else "mode=ro&immutable=1"


# By SQLite's result code.
_ADVICE = {
    sqlite3.SQLITE_BUSY: "another program is writing to it: wait until that has ended",
    sqlite3.SQLITE_CANTOPEN: "see that it is a file, and that you may write there",
    sqlite3.SQLITE_READONLY: "see that you may write there",
}


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """SQLite's errors, in words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        advice = _ADVICE.get(error.sqlite_errorcode & 0xFF, "see that the disk has room, and that you may write there")
        raise PrefScraperError(
            f"{path} could not be read or written ({error}): {advice}, then run `pref-scraper load`; "
            "all visits are kept in snapshots/"
        ) from error
    except sqlite3.DatabaseError as error:
        advice = "move it away and run `pref-scraper rebuild`: all of it comes from snapshots/"
        raise DamagedError(f"{path} is damaged ({error}): {advice}") from error
