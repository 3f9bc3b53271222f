"""The Data Package of an export as CSV (Data Package 1, Table Schema 1): what the files and their columns are; pure.

CSV has no types: a program that guesses them turns the page id 000035861 into 35861. `datapackage.json` says them,
with units, Japanese titles, meanings and sources. The licence is as it was set; until then the package says that
none is specified, by the Open Definition's id for that. It names no profile of a field of study, for which readers
would ask the network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .dictionary import VIEW_MEANINGS, Column, Kind, describe
from .labels import VIEW_LABELS

NAME = "datapackage.json"

GUARD = (
    "A text that a spreadsheet would take for a formula has an apostrophe before it: take one away from texts "
    r"that match ^'+[=+\-@＝＋－＠\t\r\n]"
)
NOT_SPECIFIED = {
    "name": "notspecified",
    "title": "Not specified: the texts belong to the publishers of the pages, whose terms nobody has looked up yet",
}

_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean", "trueValues": ["1"], "falseValues": ["0"]},
    Kind.TIME: {"type": "datetime"},
    Kind.LIST: {"type": "array"},
    Kind.ANY: {"type": "string"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an export is of: names and addresses of the sources, the time of the newest capture, the licence's id."""

    sources: Sequence[tuple[str, str]] = ()
    created: str | None = None
    licence: str | None = None


def package(views: Mapping[str, Sequence[str]], about: About) -> dict[str, Any]:
    """The package of a CSV file per view, of these columns."""
    return {
        "profile": "data-package",
        "name": "pref-scraper",
        "title": "都道府県の施策・事業・予算額",
        "description": GUARD,
        **({"created": about.created} if about.created else {}),
        "licenses": [{"name": about.licence} if about.licence else NOT_SPECIFIED],
        "sources": [{"title": name, "path": url} for name, url in about.sources],
        "resources": [_resource(view, columns) for view, columns in views.items()],
    }


def _resource(view: str, columns: Sequence[str]) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": view,
        "path": f"{view}.csv",
        "title": VIEW_LABELS[view],
        "description": VIEW_MEANINGS[view],
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": [_field(column) for column in describe(view, columns)], "missingValues": [""]},
    }


def _field(column: Column) -> dict[str, Any]:
    unit = {"unit": column.unit} if column.unit else {}
    return {"name": column.name, **_TYPES[column.kind], "title": column.title, "description": column.meaning, **unit}
