"""What an archive.db is written with: the versions of its tables and of the parser.

Either going up makes `load` build the database anew. They stand here, and not with what
they are the versions of, so that whoever only reads a database need import neither.
"""

from typing import NamedTuple

PARSER = 4
"""Goes up with every change that can read other records from the same bytes."""

SCHEMA = 8
"""Goes up with every change of the tables or views."""

VERSION = SCHEMA * 1000 + PARSER
"""SQLite's user_version of an archive.db of this program."""


class Versions(NamedTuple):
    """The two that a user_version is made of."""

    schema: int
    parser: int


def versions(version: int) -> Versions:
    """The parts of a database's version."""
    return Versions(*divmod(version, 1000))
