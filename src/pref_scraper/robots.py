"""robots.txt to rules (RFC 9309); pure.

In go the status and the body that an origin answered with; out comes what it allows, and
how far apart requests must be.
"""

import re
from typing import NamedTuple

from protego import Protego

from . import codings

PRODUCT = "pref-scraper"
"""The token by which robots.txt names us (RFC 9309, 2.2.1): not the whole User-Agent, whose contact may hold other names."""
MAX_BYTES = 500 * 1024
"""What is parsed of a robots.txt (RFC 9309, 2.5)."""
MAX_REDIRECTS = 5
"""RFC 9309, 2.3.1.2."""

_NAMED = re.compile(r"^([ \t]*user[- ]?agent[ \t]*:[ \t]*)([^\r\n#]*)", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"\*|[a-z_-]*", re.IGNORECASE)
_OTHER = "another"


class Answer(NamedTuple):
    """What a robots.txt was answered with; a redirect has a `location`, and `coding` is its Content-Encoding."""

    status: int
    location: str | None
    body: bytes
    coding: str | None = None


class Rules:
    """What an origin allows. Where it does not, `refusal` says why, as `disallows it`; one that `is_closed` allows nothing."""

    def __init__(self, text: str, refusal: str, *, is_closed: bool = False) -> None:
        self._rules = Protego.parse(_ours(text))
        self.is_closed = is_closed
        self.refusal = refusal
        self.crawl_delay = float(self._rules.crawl_delay(PRODUCT) or 0.0)

    def allow(self, url: str) -> bool:
        """Whether an address may be visited."""
        return not self.is_closed and bool(self._rules.can_fetch(url, PRODUCT))


def read(answer: Answer) -> Rules:
    """The rules by RFC 9309, 2.3.1: 2xx says them, 4xx and the like allow everything, 5xx nothing."""
    if 200 <= answer.status < 300:
        return _said(answer)
    if is_unwell(answer.status):
        return Rules("", f"answers {answer.status}, which forbids every visit", is_closed=True)
    return silent()


def is_unwell(status: int) -> bool:
    """Whether a server speaks of itself and not of its robots.txt: 5xx, and 429, which invites no more requests."""
    return status >= 500 or status == 429


def silent() -> Rules:
    """The rules of an origin without any: everything is allowed."""
    return Rules("", "")


def unreachable(failure: str) -> Rules:
    """The rules of an origin whose robots.txt cannot be read (RFC 9309, 2.3.1.4): nothing is allowed."""
    return Rules("", f"could not be read ({failure})", is_closed=True)


def _said(answer: Answer) -> Rules:
    try:
        body = codings.decode(answer.body, answer.coding, MAX_BYTES + 1)
    except codings.Unknown as reason:
        return unreachable(str(reason))
    return Rules(_text(body), "disallows it")


def _text(body: bytes) -> str:
    """As UTF-8, without a byte order mark, which would hide the first line; whole lines only."""
    part = body if len(body) <= MAX_BYTES else body[: body.rfind(b"\n", 0, MAX_BYTES) + 1]
    return part.decode("utf-8-sig", "replace")


def _ours(text: str) -> str:
    """Each group under the product token that it names: ours, all, or another.

    Protego takes `pref` for a name of ours, and `pref-scraper/1.0` for none.
    """
    return _NAMED.sub(lambda line: line[1] + _token(line[2]), text)


def _token(named: str) -> str:
    found = _TOKEN.match(named)
    assert found is not None
    return found[0] if found[0].lower() in ("*", PRODUCT) else _OTHER
