"""The data dictionary: what each view is, and of each of its columns the type, the unit and the meaning; pure.

Types are those of the records (records.py); of what is derived from them, those in the tables below. Whoever
writes rows for other programs, or documents them, asks here. KeyError for a column that no view has.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .labels import column_label
from .records import VIEWS


class Kind(StrEnum):
    """What a column holds. In archive.db a list is JSON, a boolean 0 or 1, and a time a text as `2026-11-22T23:20:47Z`."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    LIST = "list"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a view: `title` is its Japanese name, `unit` a word or, of money, its ISO 4217 code."""

    name: str
    kind: Kind
    title: str
    unit: str | None
    meaning: str


VIEW_MEANINGS = {
    "pages": "the pages themselves: their facts, and headings that name no field",
    "years": "the sections of fiscal years",
    "measures": "施策: the first level of the plan, named by each year's section",
    "basic_projects": "基本事業: the second level of the plan",
    "purposes": "施策の目的: whom a measure is for, and to what end",
    "targets": "数値目標: indicators with target and actual value",
    "statements": "現状と課題, 取組方向 and 取組: a sentence or list item a row",
    "projects": "事業: the projects that each year's section lists",
    "budgets": "予算額: each printed figure, of which year, in the section of which year",
    "problems": "what is printed and could not be read as its neighbours are",
    "unread": "what stands in the body of a page and in no record",
    "captures": "every visit, whatever came of it",
    "changes": "what changed from one capture to the next, a row per field",
    "decisions": "how records were recognised that are not plainly the same",
    "restatements": "one figure that two sections print differently",
    "budget_series": "every figure of a project over the years",
}

_MEANINGS = {
    "account": "款項目 of the budget, without its brackets",
    "actual_printed": "the actual value as printed",
    "actual_value": "the actual value, in the unit that `unit` names",
    "actual_year": "the fiscal year of the actual value",
    "agrees": "whether the figure is that of its own year's section; null where that cannot be said",
    "amount_yen": "the amount; null where a dash is printed",
    "basic_project_code": "the code of the basic project, as printed",
    "basic_project_name": "the basic project that it belongs to",
    "basis": "the label printed with the figure",
    "breadcrumbs": "the way to the page, as the site shows it",
    "budget_year": "the fiscal year that the figure is for",
    "capture_id": "the capture: source and time",
    "captured_at": "when it was visited",
    "change": "added, removed, reappeared, renamed, modified, moved or restyled",
    "citation": "where it stands, to be copied: page, place in its visible text, time of capture, WARC record",
    "code": "the code as printed; it means something only within its fiscal year",
    "contact": "whom the page names for questions",
    "difference_yen": "the later amount less the earlier",
    "doubtful": "why the join is doubtful; null where it is not",
    "era": "the era as printed",
    "field": "the field that changed; null where all of the record came or went",
    "first_seen": "the first capture that had it",
    "fiscal_year": "the fiscal year in whose section it stands: 2011 is April 2011 to March 2012",
    "flag": "新規, 継続 and the like, without brackets",
    "group_name": "the heading of the group that it stands in",
    "heading": "the whole printed line",
    "headings": "the headings of the body that name no field",
    "http_status": "the status of the answer; null where there was none",
    "intent": "to what end",
    "is_newest": "whether no later section prints a figure of this year",
    "item": "what is measured",
    "kind": "which kind of it",
    "label": "what it is called in the newer of the two captures that has it",
    "last_seen": "the newest capture that had it",
    "later_amount_yen": "the amount in the later section",
    "later_fiscal_year": "the next fiscal year whose section prints the figure again",
    "message": "what could not be read",
    "method": "content, order, similarity or reappearance",
    "name": "the name as printed",
    "new": "what it says now",
    "note": "a note printed with it",
    "old": "what it said before",
    "ordinal": "the number printed before it",
    "organization": "the offices named as responsible for the page",
    "outcome": "what came of the visit: new, changed, unchanged, not_modified, gone, suspect or failed",
    "overview": "事業概要: what the project does",
    "page_id": "the site's number of the page: a text, since it begins with zeros",
    "payload_digest": "the digest of the bytes",
    "position": "its place in its list, from 1",
    "previous_capture_id": "the capture before, which it is compared with",
    "printed": "the figure as printed",
    "project": "the name of the project",
    "project_position": "the project's place in its list, from 1",
    "record": "the view of the record",
    "record_id": "names the same thing in every capture",
    "runner_up": "the record_id of the next best candidate",
    "runner_up_score": "how alike the next best candidate was",
    "score": "how alike it was",
    "series": "the project's name in one width, which joins the figures",
    "source_id": "the source, by its id in sources.toml",
    "standing": "own-year, restated or forecast: in which section the figure stands",
    "subtitle": "what is printed below the heading",
    "target": "whom it is for",
    "target_printed": "the target value as printed",
    "target_value": "the target value, in the unit that `unit` names",
    "target_year": "the fiscal year of the target value",
    "text": "the text as printed",
    "text_digest": "the digest of the visible text",
    "text_end": "where it ends in the visible text of the page",
    "text_start": "where it begins in the visible text of the page, from 0",
    "title": "the title of the page",
    "unit": "the unit as printed",
    "updated_on": "the day of the page's last update, as the page has it: 2013-05-02",
    "url": "the address that was visited",
    "warc_file": "the WARC file of the capture, in snapshots/",
    "warc_offset": "where the record begins in its WARC file",
    "warc_record_id": "the WARC record of the answer",
}
_OWN_MEANINGS = {
    ("problems", "kind"): "which kind of problem",
    ("problems", "printed"): "what is printed there",
    ("statements", "kind"): "issue (現状と課題), direction (取組方向) or activity (取組)",
}
_UNITS = {
    **dict.fromkeys(("amount_yen", "later_amount_yen", "difference_yen"), "JPY"),
    **dict.fromkeys(("text_start", "text_end"), "characters"),
    **dict.fromkeys(("score", "runner_up_score"), "percent"),
    "warc_offset": "bytes",
}
_DERIVED_KINDS = {
    **dict.fromkeys(
        ("http_status", "warc_offset", "later_fiscal_year", "later_amount_yen", "difference_yen"), Kind.INTEGER
    ),
    **dict.fromkeys(("score", "runner_up_score"), Kind.NUMBER),
    **dict.fromkeys(("is_newest", "agrees"), Kind.BOOLEAN),
    **dict.fromkeys(("first_seen", "last_seen", "captured_at"), Kind.TIME),
    **dict.fromkeys(("old", "new"), Kind.ANY),
}


def describe(view: str, columns: Sequence[str]) -> list[Column]:
    """The columns of these names of a view."""
    return [
        Column(
            name=name,
            kind=_KINDS.get(name, Kind.TEXT),
            title=column_label(view, name),
            unit=_UNITS.get(name),
            meaning=_OWN_MEANINGS.get((view, name)) or _MEANINGS[name],
        )
        for name in columns
    ]


# By what a field of a record is declared as; what may be None is of the kind that it else is.
_DECLARED: dict[Any, Kind] = {int: Kind.INTEGER, str: Kind.TEXT, int | float: Kind.NUMBER, tuple[str, ...]: Kind.LIST}
_DECLARED |= {int | None: Kind.INTEGER, str | None: Kind.TEXT, int | float | None: Kind.NUMBER}

# By name: what has one name in several views is of one kind in all.
_KINDS = {
    field.name: _DECLARED[field.type] for record in VIEWS.values() for field in dataclasses.fields(record)
} | _DERIVED_KINDS
