"""What Datasette 1.0 is told at its start, where 0.65 asks a hook for it: facets, search boxes, inner tables, questions.

There a hook is asked once and not for each page, so the names of views and questions reach a page through the
variables of its template, in its language. What a user has configured himself stays.
"""

from dataclasses import replace
from typing import Any

from .. import views
from . import archives, canned, labelling, language

_OURS = "plugin"
"""What Datasette says of a question that no user and no configuration brought."""


def is_wanted(datasette: Any) -> bool:
    """Whether this is a Datasette that must be told."""
    return hasattr(datasette, "add_query")


async def tell(datasette: Any) -> None:
    """Tells of every archive, as `archives.find` found them."""
    for database, tables in archives.tables(datasette).items():
        _configure(datasette, database, tables)
        await _add_questions(datasette, database)
    _ask_in_its_language(datasette)


def _configure(datasette: Any, database: str, tables: tuple[str, ...]) -> None:
    theirs = datasette.config.setdefault("databases", {}).setdefault(database, {}).setdefault("tables", {})
    for name, ours in labelling.configuration(tables).items():
        theirs[name] = {**ours, **theirs.get(name, {})}


async def _add_questions(datasette: Any, database: str) -> None:
    for name, question in canned.queries().items():
        known = await datasette.get_query(database, name)
        if known is None or known.source == _OURS:
            parameters = question.pop("params")
            await datasette.add_query(database, name, parameters=parameters, is_trusted=True, **question)


def _ask_in_its_language(datasette: Any) -> None:
    """Lets a question be found as the page's language has it: there is no hook between what is stored and the page."""
    stored = datasette.get_query

    async def spoken(database: str, name: str) -> Any:
        found = await stored(database, name)
        ours = canned.queries().get(name) if archives.concerns(datasette, database) else None
        if found is None or ours is None or found.source != _OURS:
            return found
        return replace(found, **{field: ours[field] for field in ("title", "description_html", "sql")})

    datasette.get_query = spoken


async def variables(datasette: Any, template: str | None, database: str | None, table: str | None) -> dict[str, Any]:
    """What the templates of a view and of an archive are told otherwise than Datasette would tell them."""
    names = language.names()
    if table in views.names():
        ours = {"title": labelling.title(table, names), "columns": labelling.columns(table, names)}
        return {"metadata": {**ours, **await datasette.get_resource_metadata(database, table)}}
    if database and template == "database.html":
        return {
            "metadata": {"title": labelling.title_of_all(names), **await datasette.get_database_metadata(database)},
            "queries": [{"name": name, **question} for name, question in canned.queries().items()],
        }
    return {}
