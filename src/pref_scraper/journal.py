"""notices.jsonl: what every service was told; the disk. Only ever appended to, and synced, a JSON object per line.

    {"at": "…Z", "service": "9f86d081…", "event": "heard", "through": "…Z"}
    {"at": "…Z", "service": "9f86d081…", "event": "sending", "through": "…Z", "notices": ["mie-npo-… failed"]}
    {"at": "…Z", "service": "9f86d081…", "event": "sent"}

A service is known by a digest of its address, which is a secret. It has heard of all captures `through` a time. What it
was being sent is `sent`, or `refused` and owed, or `unsure` where a process ended between: then nobody knows, and
it is not sent again. A last line that was half written tells nothing and is cut; any other that cannot be read
raises DamagedError, and a disk that refuses raises PrefScraperError.
"""

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .errors import DamagedError, PrefScraperError
from .records import format_time

NAME = "notices.jsonl"


@dataclass(slots=True)
class Standing:
    """What a service heard: of all captures `through` a time, None where it is new, but for the notices that it is `owed`.

    `sending` are those whose sending was begun, at `begun`, and has no end yet; `unsure` the times of earlier
    sendings that have none and of which it was not told.
    """

    through: str | None = None
    owed: set[str] = field(default_factory=set)
    sending: tuple[str, ...] = ()
    begun: str = ""
    unsure: list[str] = field(default_factory=list)

    def follow(self, line: dict[str, Any]) -> None:
        """Takes in a line of the journal."""
        _EVENTS[line["event"]](self, line)

    def _heard(self, line: dict[str, Any]) -> None:
        self.through = line["through"]

    def _sending(self, line: dict[str, Any]) -> None:
        self.through, self.sending, self.begun = line["through"], tuple(line["notices"]), line["at"]
        self.owed.difference_update(self.sending)

    def _sent(self, _: dict[str, Any]) -> None:
        self.sending, self.unsure = (), []

    def _refused(self, _: dict[str, Any]) -> None:
        self.owed.update(self.sending)
        self.sending = ()

    def _unsure(self, _: dict[str, Any]) -> None:
        self.unsure.append(self.begun)
        self.sending = ()


_EVENTS: dict[str, Callable[[Standing, dict[str, Any]], None]] = {
    "heard": Standing._heard,
    "sending": Standing._sending,
    "sent": Standing._sent,
    "refused": Standing._refused,
    "unsure": Standing._unsure,
}


class Journal:
    """An open journal, which one process has at a time."""

    def __init__(self, path: Path, handle: int, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._handle = handle
        self._clock = clock
        self._standings: defaultdict[str, Standing] = defaultdict(Standing)
        for number, line in enumerate(self._lines(), 1):
            self._take_in(number, line)

    @classmethod
    @contextmanager
    def open(cls, directory: Path, clock: Callable[[], datetime]) -> Iterator["Journal"]:
        """The journal of an archive directory; waits until no other process has it."""
        path = directory / NAME
        with _sentences(path):
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield cls(path, handle, clock)
        finally:
            os.close(handle)

    def standing(self, service: str) -> Standing:
        """What a service heard."""
        return self._standings[service]

    def heard(self, service: str, through: str) -> None:
        """There is nothing to tell it of the captures up to a time."""
        self._write(service, "heard", through=through)

    def sending(self, service: str, through: str, keys: Sequence[str]) -> None:
        """It is about to be sent these notices, and has heard of all up to a time then."""
        self._write(service, "sending", through=through, notices=list(keys))

    def ended(self, service: str, ending: str) -> None:
        """What it was being sent is `sent`, `refused` or `unsure`."""
        self._write(service, ending)

    def _write(self, service: str, event: str, **facts: Any) -> None:
        line = {"at": format_time(self._clock()), "service": service, "event": event, **facts}
        data = memoryview(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        with _sentences(self._path):
            while data:
                data = data[os.write(self._handle, data) :]
            os.fsync(self._handle)
        self._standings[service].follow(line)

    def _lines(self) -> list[bytes]:
        """The whole lines; what stands behind the last of them is cut."""
        with _sentences(self._path):
            data = self._path.read_bytes()
            whole = data[: data.rfind(b"\n") + 1]
            if len(whole) < len(data):
                os.ftruncate(self._handle, len(whole))
        return whole.splitlines()

    def _take_in(self, number: int, line: bytes) -> None:
        try:
            found = json.loads(line)
            self._standings[str(found["service"])].follow(found)
        except (ValueError, TypeError, KeyError) as error:
            raise DamagedError(
                f"{self._path}, line {number} is none of this program: put the file back from a copy, or move it away, "
                "and the services hear only of what comes then"
            ) from error


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PrefScraperError(
            f"{path} could not be read or written ({error.strerror}): see that the disk has room, and that you may write "
            "there, then run `pref-scraper notify`"
        ) from error
