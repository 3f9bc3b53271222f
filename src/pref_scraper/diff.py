"""What changed between two states of a source; pure.

Only what the page says is compared: where a record stands in the text, and what stands
around the body, is kept and never a change.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from operator import attrgetter
from typing import Any

from .identity import Entries, Entry
from .japanese.years import format_year
from .likeness import plain
from .records import BODY, PLACE, VIEWS, Budget, Change, Project, columns

_ORDER = {view: number for number, view in enumerate(VIEWS)}
_LABEL_LENGTH = 40

# The field that stands for a record where it comes, goes or is named.
MAIN = {
    "pages": "title",
    "years": "heading",
    "measures": "name",
    "basic_projects": "name",
    "purposes": "intent",
    "targets": "item",
    "statements": "text",
    "projects": "name",
    "budgets": "printed",
    "problems": "printed",
    "unread": "text",
}
# The program's word on the page and not the page's.
_NOT_COMPARED = frozenset({"problems"})
_SAID = {view: attrgetter(*columns(view)) for view in VIEWS}
_PLACES = frozenset((view, field) for view in VIEWS for field in columns(view, PLACE))
_NAMES = frozenset({("measures", "name"), ("basic_projects", "name"), ("targets", "item"), ("projects", "name")})


def compare(before: Entries, after: Entries, seen: Collection[str] = ()) -> list[Change]:
    """Every change from one state to the next, by view and page order.

    `seen` are the record_ids that stood in any earlier state: one of them that comes
    back has reappeared and is not added.
    """
    keys = [key for key in before if key not in after]
    keys += otherwise(before, after)
    keys.sort(key=lambda key: (*_place(after[key] if key in after else before[key]), key))
    return [change for key in keys for change in _changes(key, before.get(key), after.get(key), seen)]


def otherwise(before: Entries, after: Entries) -> dict[str, Entry]:
    """What is new, and what says anything else than it did, wherever it stands in the text: of most captures a few."""
    return {key: entry for key, entry in after.items() if not _says_the_same(before.get(key), entry)}


def _says_the_same(old: Entry | None, new: Entry) -> bool:
    if old is None or old.owner != new.owner:
        return False
    said = _SAID[new.view]
    return old.record is new.record or said(old.record) == said(new.record)


def _place(entry: Entry) -> tuple[int, int]:
    return _ORDER[entry.view], entry.record.text_start


def _changes(record_id: str, old: Entry | None, new: Entry | None, seen: Collection[str]) -> Iterator[Change]:
    entry = new or old
    assert entry is not None
    if entry.view in _NOT_COMPARED:
        return
    change = _change_of(record_id, entry)
    main = MAIN[entry.view]
    if old is None:
        kind = "reappeared" if record_id in seen else "added"
        yield change(change=kind, new=getattr(entry.record, main))
    elif new is None:
        yield change(change="removed", old=getattr(entry.record, main))
    else:
        for field in columns(entry.view, BODY, PLACE):
            was, now = getattr(old.record, field), getattr(new.record, field)
            if was != now:
                yield change(change=_kind(entry.view, field, was, now), field=field, old=was, new=now)


def _kind(view: str, field: str, old: Any, new: Any) -> str:
    if (view, field) in _PLACES:
        return "moved"
    if plain(old) == plain(new):
        return "restyled"
    return "renamed" if (view, field) in _NAMES else "modified"


def _change_of(record_id: str, entry: Entry) -> Callable[..., Change]:
    """Makes a change of what it is, its field, and its value before and after; all else is the record's."""
    project_id, project, position = _project(record_id, entry)
    return partial(
        Change,
        record=entry.view,
        record_id=record_id,
        fiscal_year=getattr(entry.record, "fiscal_year", None),
        label=label(entry),
        project_id=project_id,
        project=project,
        project_position=position,
    )


def _project(record_id: str, entry: Entry) -> tuple[str | None, str | None, int | None]:
    """The record_id, name and position of the project that a record is or belongs to."""
    if isinstance(entry.record, Project):
        return record_id, entry.record.name, entry.record.position
    if isinstance(entry.record, Budget):
        return entry.owner, entry.record.project, entry.record.project_position
    return None, None, None


def label(entry: Entry) -> str:
    """What a person calls the record: a project's name, a figure's project and year, a sentence's beginning."""
    record: Any = entry.record
    if entry.view == "budgets":
        return f"{record.project} {format_year(record.budget_year)}"
    text = str(getattr(record, MAIN[entry.view]) or "")
    return text if len(text) <= _LABEL_LENGTH else f"{text[: _LABEL_LENGTH - 1]}…"
