"""Where notices go: mail, Slack, a webhook or what else apprise knows; the door to apprise.

In go addresses such as `mailtos://user:password@example.org` and a letter, out comes whether a service took it.
Addresses hold passwords: `shown` is what may be printed of one, and `digest` what stands in the journal.
apprise keeps nothing on the disk, fetches no pictures, and follows no redirects; it has no second try.
"""

import hashlib
import logging
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

import apprise
from apprise.attachment.memory import AttachMemory

from . import __version__
from .errors import UsageError
from .letter import Letter

_PATIENCE = 30.0
"""Seconds for an answer: who answers later took the letter, perhaps, and would get it again with the next run."""
_DEADLINE = 120.0
"""Seconds for all of a sending. What is not through by then may be so later: nobody knows."""

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
    service_timeout=_DEADLINE,
)
_ENDINGS = {apprise.AppriseResultStatus.SUCCESS: "sent", apprise.AppriseResultStatus.TIMEOUT: "unsure"}


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
        if len(self._service) > self._service.retry + 1:
            raise UsageError(
                f"{which} has the addresses of several receivers: give each a URL of its own, so that what one "
                "refuses is not sent to the others again"
            )
        self._service.socket_read_timeout = max(self._service.socket_read_timeout, _PATIENCE)
        self._masked = unquote(self._service.url(privacy=True))  # type: ignore[no-untyped-call]  # apprise has no types here
        parts = urlsplit(self._masked)
        self.shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def deliver(self, letter: Letter) -> tuple[str, str]:
        """How a sending ended, `sent`, `refused` or `unsure`, and what was said of that."""
        one = apprise.Apprise(asset=_ASSET)
        one.add(self._service)
        files = [AttachMemory(content=data, name=name, mimetype="application/json") for name, data in letter.files]  # type: ignore[no-untyped-call]  # apprise has no types here
        result = one.notify(
            title=letter.title,
            body=letter.text(self._service.body_maxlen - len(letter.title)),
            body_format=apprise.NotifyFormat.TEXT.value,
            attach=files if files and self._service.attachment_support else None,
            log_level=logging.WARNING,
        )
        said = [entry.message for entry in result.logs()]
        return _ENDINGS.get(result.status, "refused"), self._harmless("; ".join(said))

    def _harmless(self, said: str) -> str:
        """What apprise said, unless it says of the address what apprise itself would not show."""
        parts = [part for part in re.split(r"[:/@?&=]+", self._address) if len(part) >= _TELLING]
        if any(part in said and part not in self._masked for part in parts):
            return "the reason has parts of the address in it, and is not shown"
        return said or "no reason is given"


def services(addresses: Iterable[str]) -> list[Service]:
    """The services of these addresses, each once."""
    each = enumerate(dict.fromkeys(addresses), 1)
    return [Service(address, f"service {number}") for number, address in each]
