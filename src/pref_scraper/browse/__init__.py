"""Looking at an archive in a browser: a plugin for Datasette, and `serve`, which runs Datasette with it.

Datasette finds the plugin by the entry point of this package, and with it `templates/` and `static/`.
"""

from .plugin import (
    asgi_wrapper,
    canned_queries,
    extra_css_urls,
    extra_js_urls,
    extra_template_vars,
    get_metadata,
    handle_exception,
    prepare_connection,
    prepare_jinja2_environment,
    register_routes,
    render_cell,
    startup,
)

__all__ = [
    "asgi_wrapper",
    "canned_queries",
    "extra_css_urls",
    "extra_js_urls",
    "extra_template_vars",
    "get_metadata",
    "handle_exception",
    "prepare_connection",
    "prepare_jinja2_environment",
    "register_routes",
    "render_cell",
    "startup",
]
