"""Which of Datasette's databases are archives of ours, and questions to one of them.

What is none of them, or one of another version, is left alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from ..archive import Archive
from ..sources import Directory
from ..written import VERSION

_Answer = TypeVar("_Answer")

_found: WeakKeyDictionary[Any, dict[str, tuple[str, ...]]] = WeakKeyDictionary()


async def find(datasette: Any) -> None:
    """Looks at every database once: hooks that must not wait ask `names` and `concerns`."""
    databases = [(name, one) for name, one in datasette.databases.items() if not one.is_memory]
    _found[datasette] = {
        name: tuple(await one.table_names()) for name, one in databases if await one.execute_fn(is_ours)
    }


def is_ours(connection: Any) -> bool:
    """Whether a connection is one to an archive of ours."""
    return Archive.is_one(connection, version=VERSION)


def names(datasette: Any) -> tuple[str, ...]:
    """The names by which Datasette knows our archives."""
    return tuple(tables(datasette))


def tables(datasette: Any) -> Mapping[str, tuple[str, ...]]:
    """Our archives by name, each with its tables."""
    return _found.get(datasette, {})


def concerns(datasette: Any, database: str | None) -> bool:
    """Whether a page is about an archive of ours: one of its database, or one of none where there is an archive."""
    return bool(names(datasette)) if database is None else database in names(datasette)


def snapshots(datasette: Any, database: str) -> Path:
    """The folder of an archive's WARC files."""
    return Directory(Path(datasette.get_database(database).path).parent).snapshots


async def ask(datasette: Any, database: str, question: Callable[[Archive], _Answer]) -> _Answer:
    """What a question finds in an archive, which stays in one state meanwhile; asked in a thread of Datasette's."""

    def asked(connection: Any) -> _Answer:
        with Archive.over(connection, version=VERSION) as archive:
            return question(archive)

    answer: _Answer = await datasette.get_database(database).execute_fn(asked)
    return answer


@dataclass(frozen=True, slots=True)
class Found(Generic[_Answer]):
    """An answer, and the database whose archive gave it."""

    database: str
    answer: _Answer


async def first(datasette: Any, question: Callable[[Archive], _Answer | None]) -> Found[_Answer] | None:
    """What the first archive that knows finds; None where none does."""
    for name in names(datasette):
        answer = await ask(datasette, name, question)
        if answer is not None:
            return Found(name, answer)
    return None
