"""Where notices go: mail, Slack, a webhook or what else apprise knows; the door to apprise.

In go addresses such as `mailtos://user:password@example.org` and a letter, out comes whether a service took it.
Addresses hold passwords: `shown` is what may be printed of one, and `digest` what stands in the journal.
apprise keeps nothing on the disk, fetches no pictures, and follows no redirects; it has no second try.
"""

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import apprise
from apprise.attachment.memory import AttachMemory

from . import __version__
from .errors import UsageError
from .letter import Letter
from .stopping import TooLong, within

_PATIENCE = 60.0
"""Seconds for an answer: who answers later may have taken the letter."""
_DEADLINE = 120.0
"""Seconds for all of a sending: a server may take it a byte at a time for ever. Whether it took it, nobody knows then."""

logging.getLogger("apprise").setLevel(logging.DEBUG)  # it tells causes at this level alone; nothing shows its log
_CAUSE = "Socket Exception: "
_UNANSWERED = "Read timed out"
"""What requests says where a server took a letter and did not answer."""

_TELLING = 4
"""Characters of a part of an address that would tell something of it."""

_ASSET = apprise.AppriseAsset(
    app_id="pref-scraper",
    app_desc=f"pref-scraper {__version__}",
    app_url="",
    image_url_mask="",
    image_url_logo="",
    image_path_mask=False,
    async_mode=False,
    interpret_emojis=False,
    http_redirects=False,
    storage_mode="memory",
    service_timeout=0,  # or it sends in threads, which no process can end without
)


class Service:
    """One receiver of notices; raises UsageError for an address that is none, or is one of several receivers.

    `which` names the address in a message, since it must not be printed.
    """

    def __init__(self, address: str, which: str = "the service") -> None:
        self._address = address
        self.digest = hashlib.sha256(address.encode()).hexdigest()[:16]
        self._service: Any = apprise.Apprise.instantiate(address, asset=_ASSET)
        if self._service is None:
            raise UsageError(
                f"{which} has an address that apprise does not know: expected one such as "
                "mailtos://user:password@example.org, slack://… or json://example.org/path (docs/notices.md)"
            )
        self._service.retry, self._service.optional = 0, False  # the journal is what sends again
        if len(self._service) > 1:
            raise UsageError(
                f"{which} has the addresses of several receivers: give each a URL of its own, so that what one "
                "refuses is not sent to the others again"
            )
        self._service.socket_read_timeout = self._service.socket_connect_timeout = _PATIENCE
        masked = urlsplit(self._service.url(privacy=True))  # type: ignore[no-untyped-call]  # apprise has no types here
        self.shown = f"{masked.scheme}://{masked.netloc.rpartition('@')[2]}"

    def deliver(self, letter: Letter) -> tuple[str, str]:
        """How a sending ended, `sent`, `refused` or `unsure`, and what was said of that."""
        one = apprise.Apprise(asset=_ASSET)
        one.add(self._service)
        files = [AttachMemory(content=data, name=name, mimetype="application/json") for name, data in letter.files]  # type: ignore[no-untyped-call]  # apprise has no types here
        try:
            with within(_DEADLINE):
                result = one.notify(
                    title=letter.title,
                    body=letter.text(self._service.body_maxlen - len(letter.title)),
                    body_format=apprise.NotifyFormat.TEXT.value,
                    attach=files if files and self._service.attachment_support else None,
                    log_level=logging.DEBUG,
                )
        except TooLong:
            return "unsure", f"it took longer than {_DEADLINE:.0f} seconds"
        said = "; ".join(_said(result))
        return "sent" if result else "unsure" if _UNANSWERED in said else "refused", self._harmless(said)

    def _harmless(self, said: str) -> str:
        """What apprise said, with … for what is of the address and is not to be shown."""
        for part in sorted(_parts(self._address), key=len, reverse=True):
            said = said if part in self.shown else said.replace(part, "…")
        return said


def _parts(address: str) -> set[str]:
    """Users, passwords, hosts, tokens and receivers of an address, as they stand there and as they are meant."""
    whole = urlsplit(address)
    values = (whole.netloc, whole.path, whole.fragment, *(value for _, value in parse_qsl(whole.query)))
    return {
        part
        for value in values
        for text in (value, unquote(value))
        for part in re.split("[:/@]+", text)
        if len(part) >= _TELLING
    }


def _said(result: apprise.AppriseResult) -> Iterator[str]:
    """What apprise warns of, and the cause, which it tells only those who look for defects."""
    for entry in result.logs():
        if entry.level in ("WARNING", "ERROR") or entry.message.startswith(_CAUSE):
            yield entry.message.removeprefix(_CAUSE)


def services(addresses: Iterable[str]) -> list[Service]:
    """The services of these addresses, each once."""
    each = enumerate(dict.fromkeys(addresses), 1)
    return [Service(address, f"service {number}") for number, address in each]
