"""Datasette's templates as we need them: read where they stand, and changed on the way, so that we keep no copies."""

import re
from collections.abc import Callable

from jinja2 import BaseLoader, Environment

_HTML = re.compile("<html[^>]*>")
_IN_ITS_LANGUAGE = '<html lang="{{ page_language|default("en") }}">'


class Templates(BaseLoader):
    """The templates of another loader, whose base says which language a page is in: as `page_language`, or English.

    Datasette's own says nothing (0.65), or always English (1.0).
    """

    def __init__(self, stock: BaseLoader) -> None:
        self._stock = stock

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, file, is_current = self._stock.get_source(environment, template)
        if template == "base.html":
            source = _HTML.sub(lambda _: _IN_ITS_LANGUAGE, source, count=1)
        return source, file, is_current

    def list_templates(self) -> list[str]:
        return self._stock.list_templates()
