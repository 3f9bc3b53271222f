"""Which record of one capture is the same thing as which record of another; pure.

A record's identity is its natural key: the fiscal year it stands under and what it is
called there, in one width; among equal keys, the order of the page. Codes and positions
are not part of it where a name is there, since 52101 has meant three things.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .japanese.width import fold
from .records import Budget, Page, Project, Record


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with the view it belongs to; `owner` is the record_id of a budget's project."""

    view: str
    record: Record
    owner: str | None = None


Entries = Mapping[str, Entry]
"""What a page says, by record_id, in page order within each view."""

# By view: what a record is called, within its source. Budgets are called after their project.
_KEYS: dict[str, Callable[[Any], tuple[object, ...]]] = {
    "pages": lambda r: (),
    "years": lambda r: (r.fiscal_year,),
    "measures": lambda r: (r.fiscal_year, fold(r.code)),
    "basic_projects": lambda r: (r.fiscal_year, fold(r.code)),
    "purposes": lambda r: (r.fiscal_year,),
    "targets": lambda r: (r.fiscal_year, fold(r.item)),
    "statements": lambda r: (r.fiscal_year, r.kind, fold(r.text)),
    "projects": lambda r: (r.fiscal_year, fold(r.name)),
    "problems": lambda r: (r.kind, fold(r.printed)),
    "unread": lambda r: (fold(r.text),),
}


def identify(source_id: str, page: Page) -> dict[str, Entry]:
    """The records of a page by record_id, which depends on source and natural key alone."""
    seen: Counter[tuple[object, ...]] = Counter()
    entries: dict[str, Entry] = {}
    owners: dict[tuple[int, int], str] = {}
    for view, record in page.records():
        owner = None
        if isinstance(record, Budget):
            owner = owners[record.fiscal_year, record.project_position]
            key: tuple[object, ...] = (view, owner, record.budget_year)
        else:
            key = (view, *_KEYS[view](record))
        seen[key] += 1
        record_id = _record_id(source_id, *key, seen[key])
        entries[record_id] = Entry(view, record, owner)
        if isinstance(record, Project):
            owners[record.fiscal_year, record.position] = record_id
    return entries


def _record_id(*key: object) -> str:
    """16 hexadecimal digits: among a million records, a collision is less likely than one in ten million."""
    return hashlib.sha256("\x1f".join(map(str, key)).encode()).hexdigest()[:16]
