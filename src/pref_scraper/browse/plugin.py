"""The plugin: what Datasette 0.65 and the 1.0 alphas ask of it, hook by hook.

A page is a pair in the `ROUTES` of its module: a pattern of its path, and `async def page(request,
datasette)`, which gives a Response of Datasette's. Databases that are no archives stay as they are.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from jinja2 import Environment
from pluggy import HookimplMarker

from ..names import JAPANESE
from . import (
    archives,
    canned,
    capture,
    difference,
    form,
    front,
    labelling,
    language,
    original,
    pages,
    problems,
    project,
    searching,
    source,
    subscribing,
    told,
    year,
)
from .loader import Templates

hookimpl = HookimplMarker("datasette")

ROUTES: tuple[pages.Route, ...] = (
    *searching.ROUTES,
    *original.ROUTES,
    *project.ROUTES,
    *year.ROUTES,
    *problems.ROUTES,
    *source.ROUTES,
    *difference.ROUTES,
    *capture.ROUTES,
    *subscribing.ROUTES,
)
"""The pages of this package, those of every module."""


@hookimpl
def startup(datasette: Any) -> Callable[[], Any]:
    """Finds our archives before the first page is asked for, and tells Datasette 1.0 of their views and questions."""

    async def start() -> None:
        await archives.find(datasette)
        if told.is_wanted(datasette):
            await told.tell(datasette)

    return start


@hookimpl
def get_metadata(datasette: Any, key: str | None) -> dict[str, Any]:
    """What the views and columns are called, for Datasette 0.65; nothing where it only asks for permissions, as for `tables`.

    Of these it asks for each table and view that it lists, and copies what it is given.
    """
    if not archives.names(datasette):
        return {}
    return (
        labelling.metadata(archives.tables(datasette).items(), language.names())
        if key in (None, "databases", "title")
        else {}
    )


@hookimpl
def render_cell(row: Any, value: object, column: str, table: str | None, database: str, datasette: Any) -> str | None:
    """Figures of archives as people read them, places in a text as links to it, and projects as links to their pages."""
    if not archives.concerns(datasette, database):
        return None
    place = original.link(datasette, table, row, column)
    return place or project.link(datasette, table, column, value) or labelling.cell(column, value)


@hookimpl(trylast=True)
def prepare_connection(conn: Any) -> None:
    """Search as ours is, in the boxes of an archive's views; last, since Datasette comes with a function of that name."""
    if archives.is_ours(conn):
        searching.search_box(conn)


@hookimpl
def canned_queries(datasette: Any, database: str) -> dict[str, dict[str, Any]]:
    """The fifteen questions, as pages of an archive; the newer alphas are told of them at the start."""
    return canned.queries() if archives.concerns(datasette, database) else {}


@hookimpl
def register_routes(datasette: Any) -> list[pages.Route]:
    """The pages of this package; of the newer alphas not the front page: they ask otherwise who may see it."""
    has_front = bool(archives.names(datasette)) and hasattr(datasette, "ensure_permissions")
    return [*ROUTES, *(front.ROUTES if has_front else ())]


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Lets every page say its language."""
    assert env.loader is not None
    env.loader = Templates(env.loader)


@hookimpl(tryfirst=True)
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Callable[[], Any] | None:
    """What Datasette refuses, in the language of the page."""
    return pages.handle(datasette, request, exception) if archives.names(datasette) and form.is_page() else None


@hookimpl
def asgi_wrapper() -> Callable[[language.App], language.App]:
    """Gives every request its language, and notes whether a page is asked for."""
    return lambda app: language.speaking(form.noting(app))


@hookimpl
def extra_template_vars(
    template: str | None, database: str | None, table: str | None, view_name: str, request: Any, datasette: Any
) -> Callable[[], Any]:
    """The language of a page about an archive, what things are called in it, and what its front page shows."""

    async def variables() -> dict[str, Any]:
        if not archives.concerns(datasette, database):
            return {}
        shown = await front.variables(datasette) if view_name == "index" else {}
        spoken = await told.variables(datasette, template, database, table) if told.is_wanted(datasette) else {}
        names = language.names()
        return {
            "page_language": names.language,
            "language_switch": language.switch(request.query_string if request else ""),
            "names": names,
            "search_title": language.words(searching.WORDS)["title"],
            "time": pages.time,
            "parameter_labels": canned.labels(),
            "filter_words": labelling.FILTERS,
            "facet_label": partial(labelling.facet, names),
            **shown,
            **spoken,
        }

    return variables


@hookimpl
def extra_css_urls(datasette: Any, database: str | None) -> list[str]:
    """Our style, on pages about an archive."""
    return (
        [datasette.urls.static_plugins("pref-scraper", "browse.css")] if archives.concerns(datasette, database) else []
    )


@hookimpl
def extra_js_urls(datasette: Any, database: str | None, view_name: str) -> list[dict[str, Any]]:
    """What translates the menus of a table's columns, which Datasette makes in the browser."""
    is_wanted = view_name == "table" and archives.concerns(datasette, database) and language.names() is JAPANESE
    return [{"url": datasette.urls.static_plugins("pref-scraper", "columns.js")}] if is_wanted else []
