"""Where the peers put the rows: a SQLite database with a table for each view, every capture's rows in full."""

import sqlite3
from pathlib import Path

from .grammar import COLUMNS, Rows

KEY = ("url", "captured_at")


def create(path: Path) -> sqlite3.Connection:
    """A database with the tables of the views, and of pages."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    for view, columns in {"pages": ("title", "page_id"), **COLUMNS}.items():
        connection.execute(f"CREATE TABLE {view} ({', '.join((*KEY, *columns))})")
    return connection


def insert(
    connection: sqlite3.Connection, url: str, at: str, title: str | None, page_id: str | None, rows: Rows
) -> None:
    """All rows of one capture; the caller commits."""
    connection.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", (url, at, title, page_id))
    for view, columns in COLUMNS.items():
        places = ", ".join("?" * (len(KEY) + len(columns)))
        connection.executemany(f"INSERT INTO {view} VALUES ({places})", ((url, at, *row) for row in rows[view]))
