"""A mail server on loopback that keeps what it is sent, and how people and programs read it.

    with Postbox() as postbox:
        run_and_tell(workshop, postbox.url)
        postbox.letters[0].title

`is_down` makes it refuse every letter, as a server does whose disk is full; `on_letter` is called when one is
kept, before its sender hears so, `hesitation` seconds later.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from pref_scraper import notifying
from pref_scraper.archive import Archive
from pref_scraper.notifying import Sending
from pref_scraper.pipeline import run
from pref_scraper.services import services
from pref_scraper.written import VERSION

from .conftest import Workshop


@dataclass(frozen=True, slots=True)
class Received:
    """A letter as it came out: its title, its text, and what its attachment holds, None without one."""

    title: str
    text: str
    changes: Any


class Postbox:
    """Serves until it is closed."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.is_down = False
        self.hesitation = 0.0
        self.on_letter: Callable[[], None] = lambda: None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    @property
    def letters(self) -> list[Received]:
        """What came, oldest first."""
        return [read_mail(mail) for mail in self.mails]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        if self.is_down:
            return "452 insufficient system storage"
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self.on_letter()
        await asyncio.sleep(self.hesitation)
        return "250 kept"

    def __enter__(self) -> Self:
        self._thread.start()
        start = self._loop.create_server(lambda: SMTP(self, loop=self._loop, hostname="localhost"), "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result()
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"mailto://127.0.0.1:{port}?from=archive@example.org&to=reader@example.org"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        await self._server.wait_closed()


def read_mail(mail: bytes) -> Received:
    """A mail, by Python's own reader of mails."""
    message = message_from_bytes(mail, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    attached = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    changes = attached.get("changes.json")
    text = str(body.get_content()).replace("\r\n", "\n")
    return Received(str(message["subject"]), text, None if changes is None else json.loads(changes))


def run_and_tell(workshop: Workshop, *urls: str) -> list[Sending]:
    """What `run --notify` does, a day later."""
    world = workshop.tomorrow()
    notifying.begin(workshop.directory, services(urls), world)
    run(workshop.directory, workshop.config, workshop.config.sources, world)
    return tell(workshop, *urls)


def tell(workshop: Workshop, *urls: str) -> list[Sending]:
    """What `notify` does."""
    told, world = services(urls), workshop.after(timedelta())
    with Archive.open(workshop.directory.database, version=VERSION, read_only=True) as archive:
        return notifying.tell(workshop.directory, archive, told, world)
