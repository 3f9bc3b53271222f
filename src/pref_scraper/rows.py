"""Records as rows of archive.db, and back; pure.

An entry is kept in three places: what it says in a version, its printed number and
position in a place, and where it stands in the text in its source's layout. What can be
searched of it is in a document.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from . import schema
from .diff import label
from .identity import Entries, Entry
from .japanese.names import stem
from .japanese.width import fold
from .records import VIEWS, Change, Project, columns, make

# What is said in our words, and not in the page's.
_OURS = frozenset({"kind", "message"})
_SPAN = attrgetter("text_start", "text_end")

SEARCHED = 10_000
"""Signs of one text that can be searched: many times what a page prints in a field. The index of each takes memory."""


class Document(NamedTuple):
    """What can be searched of a record; `said` is JSON, by field, of the text as printed."""

    record_id: str
    source_id: str
    record: str
    fiscal_year: int | None
    label: str
    said: str

    def texts(self) -> list[str]:
        """The texts that it is found by."""
        return list(json.loads(self.said).values())


def documents(source_id: str, said: Entries) -> list[Document]:
    """What can be searched of all that a source says."""
    return [_document(source_id, key, entry) for key, entry in said.items()]


def _document(source_id: str, record_id: str, entry: Entry) -> Document:
    """Every text that an entry has of the page, a list as lines."""
    fields = {name: getattr(entry.record, name) for name in columns(entry.view) if name not in _OURS}
    texts = {name: "\n".join(value) if isinstance(value, tuple) else value for name, value in fields.items()}
    said = {name: text[:SEARCHED] for name, text in texts.items() if text and isinstance(text, str)}
    year = getattr(entry.record, "fiscal_year", None)
    return Document(record_id, source_id, entry.view, year, label(entry), json.dumps(said, ensure_ascii=False))


def differing(before: Entries, after: Entries, says: Callable[[Entry], object]) -> list[str]:
    """The record_ids of what is new, or of which something else is said."""
    return [key for key, entry in after.items() if key not in before or says(before[key]) != says(entry)]


def says(view: str) -> Callable[[Entry], object]:
    """What makes a version of a view's record, read from its entry."""
    return attrgetter("owner", *(f"record.{name}" for name in schema.version_columns(view)))


def version_row(entry: Entry) -> dict[str, Any]:
    """What an entry says."""
    row = {name: to_sql(getattr(entry.record, name)) for name in schema.version_columns(entry.view)}
    if entry.owner is not None:
        row["project_id"] = entry.owner
    if isinstance(entry.record, Project):
        row |= {"name_folded": fold(entry.record.name), "name_stem": stem(entry.record.name)}
    return row


def place_row(entry: Entry) -> dict[str, Any]:
    """Its printed number and position."""
    return {name: getattr(entry.record, name, None) for name in ("position", "ordinal")}


def are_moved(before: Entries, after: Entries) -> bool:
    """Whether any of these is new, or stands elsewhere in the text."""
    return any(key not in before or _SPAN(before[key].record) != _SPAN(entry.record) for key, entry in after.items())


def layout(said: Entries, numbers: Mapping[str, int]) -> str:
    """Where all of these stand in the text: JSON, start and end of each in order of their numbers; 0 for any other."""
    places = [0] * (2 * max((numbers[key] for key in said), default=0))
    for key, entry in said.items():
        behind = 2 * numbers[key]
        places[behind - 2 : behind] = _SPAN(entry.record)
    return json.dumps(places, separators=(",", ":"))


def entry(view: str, values: list[Any], where: Sequence[int], owner: str | None, project: Entry | None = None) -> Entry:
    """The entry of a view's own columns, its span, and its owner's record_id; what is the owner's, is taken of `project`."""
    for place in _lists(view):
        values[place] = tuple(json.loads(values[place]))
    if project is not None:
        for place, name in _of_project(view):
            values[place] = getattr(project.record, name)
    return Entry(view, make(view, where[0], where[1], values), owner)


@cache
def _of_project(view: str) -> tuple[tuple[int, str], ...]:
    """Which of a view's own columns are of its owner, and what that calls them."""
    own = columns(view)
    return (own.index("project"), "name"), (own.index("project_position"), "position")


@cache
def _lists(view: str) -> tuple[int, ...]:
    """Which of a view's own columns hold lists."""
    kinds = VIEWS[view].__dataclass_fields__
    return tuple(place for place, name in enumerate(columns(view)) if "tuple" in str(kinds[name].type))


def change_rows(
    changes: Iterable[Change], source_id: str, capture_id: str, previous_capture_id: str | None
) -> list[dict[str, Any]]:
    """Changes as rows of the view `changes`."""
    between = {"capture_id": capture_id, "previous_capture_id": previous_capture_id, "source_id": source_id}
    order = ("fiscal_year", "record", "record_id", "label", "change", "field", "old", "new")
    return [{**between, **{name: to_sql(getattr(change, name)) for name in order}} for change in changes]


def to_sql(value: Any) -> Any:
    """A value as archive.db holds it: a list as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value
