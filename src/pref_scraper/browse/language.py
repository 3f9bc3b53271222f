"""The language of a page: Japanese, or English for who asks for it; asked for while the page is made.

`?_lang=en` or `?_lang=ja` on any address switches, and a cookie keeps it for the pages to come. All
that answers one request is one task, and the language is the task's: also what Datasette asks hooks for
without saying on whose behalf has it.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from ..names import ENGLISH, JAPANESE, Names

PARAMETER = "_lang"
"""The parameter of an address that switches; Datasette leaves those alone that begin with `_`."""

_LANGUAGES = {names.language: names for names in (JAPANESE, ENGLISH)}
_SWITCHES = {"ja": ("en", "English"), "en": ("ja", "日本語")}
_COOKIE = "pref_scraper_language"
_YEAR = 365 * 24 * 60 * 60

_spoken: ContextVar[Names] = ContextVar("spoken", default=JAPANESE)

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Any, Send], Awaitable[None]]


def names() -> Names:
    """What things are called on the page that is being made."""
    return _spoken.get()


def words(table: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """The words of a module's table of pairs, Japanese first, as the page has them."""
    return names().words(table)


def switch(query: str) -> dict[str, str]:
    """The link that shows a page in the other language: its `language`, `label` and `href`, from the page itself."""
    other, label = _SWITCHES[names().language]
    rest = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != PARAMETER]
    return {"language": other, "label": label, "href": f"?{urlencode([*rest, (PARAMETER, other)])}"}


def speaking(app: App) -> App:
    """The application, with a language for each request."""

    async def spoken(scope: Message, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(PARAMETER, [""])[-1]
        _spoken.set(_LANGUAGES.get(asked) or _LANGUAGES.get(_kept(scope), JAPANESE))
        await app(scope, receive, _with_headers(send, asked))

    return spoken


def _kept(scope: Message) -> str:
    """The language in the cookie, empty where there is none."""
    sent = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    try:
        cookies = SimpleCookie(sent.decode("latin-1"))
    except CookieError:  # another program's, on the same host
        return ""
    return cookies[_COOKIE].value if _COOKIE in cookies else ""


def _with_headers(send: Send, asked: str) -> Send:
    """What keeps the language, where it was asked for, and keeps caches from mixing two."""
    headers = [(b"vary", b"cookie")]
    if asked in _LANGUAGES:
        headers.append((b"set-cookie", f"{_COOKIE}={asked}; Path=/; Max-Age={_YEAR}; SameSite=Lax".encode()))

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *headers]}
        await send(message)

    return sent
