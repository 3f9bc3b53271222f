"""In which form an answer is asked for: as a page, or as data; asked while the answer is made.

What is looked at need not have every row that a program wants, and a page of a thousand rows takes long. As the
language (language.py), the form is the task's that answers a request.
"""

import re
from contextvars import ContextVar

from .language import App, Message, Send

_is_page: ContextVar[bool] = ContextVar("is_page", default=False)

# `/archive/budgets.json`; of a name's own dots Datasette makes others.
_OF_DATA = re.compile(r"[.][a-z]+$")


def is_page() -> bool:
    """Whether what is being answered will be looked at; False also where nothing is being answered."""
    return _is_page.get()


def noting(app: App) -> App:
    """The application, with its form noted for each request."""

    async def noted(scope: Message, receive: object, send: Send) -> None:
        if scope["type"] == "http":
            _is_page.set(not _OF_DATA.search(scope["path"]))
        await app(scope, receive, send)

    return noted
