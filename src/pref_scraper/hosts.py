"""When a host may be asked: one request at a time, not too soon after the last, and not while it wants rest.

All threads of a run share one `Hosts`. Distances are counted in `ticks`, seconds of a
clock that is never set; only the rest that a host asked for is kept as a time of day, too,
since it outlives the run.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

AT_ONCE = 8
"""How many hosts are asked at once; those that rest between two requests are not among them."""


class TooLong(Exception):
    """The turn would come too late: after so many `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(slots=True)
class _Host:
    """`distance` in seconds; ticks of the last request's end and of the end of its rest; the rest that it asked for."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    distance: float = 0.0
    last: float = float("-inf")
    rests: float = float("-inf")
    asked: datetime | None = None

    def free(self) -> float:
        """The first tick at which a request is welcome."""
        return max(self.last + self.distance, self.rests)


class Hosts:
    """The hosts of a run, by name."""

    def __init__(
        self, *, clock: Callable[[], datetime], ticks: Callable[[], float], pause: Callable[[float], None]
    ) -> None:
        self._clock = clock
        self._ticks = ticks
        self._pause = pause
        self._hosts: dict[str, _Host] = {}
        self._changing = threading.RLock()
        self._asked = threading.Semaphore(AT_ONCE)

    def keep_apart(self, name: str, seconds: float) -> None:
        """At least so long between two requests, from the end of one to the beginning of the next."""
        host = self._host(name)
        with self._changing:
            host.distance = max(host.distance, seconds)

    def leave_alone(self, name: str, seconds: float) -> None:
        """No request for so long."""
        host = self._host(name)
        with self._changing:
            host.rests = max(host.rests, self._ticks() + seconds)

    def obey(self, name: str, until: datetime) -> None:
        """No request until then, since the host asked for it (RFC 9110, 10.2.3)."""
        host = self._host(name)
        with self._changing:
            self.leave_alone(name, (until - self._clock()).total_seconds())
            host.asked = max(until, host.asked or until)

    def free(self, name: str) -> float:
        """The first tick at which a request is welcome, as far as is known now."""
        return self._host(name).free()

    def asked(self, name: str) -> datetime | None:
        """Until when the host asked to be left alone, in whole seconds; None where that is over."""
        asked = self._host(name).asked
        return _rounded_up(asked) if asked is not None and asked > self._clock() else None

    @contextmanager
    def turn(self, name: str, until: float) -> Iterator[None]:
        """Holds the host for one request, after as long a pause as is due, and as one of AT_ONCE at most.

        Raises TooLong where the turn would not come before the tick `until`.
        """
        host = self._host(name)
        left = until - self._ticks()
        if not host.turn.acquire(timeout=max(0.0, left)):
            raise TooLong(left)
        try:
            now = self._ticks()
            due = max(host.free(), now)
            if due >= until:
                raise TooLong(due - now)
            if due > now:
                self._pause(due - now)
            try:
                with self._asked:
                    yield
            finally:
                host.last = self._ticks()
        finally:
            host.turn.release()

    def _host(self, name: str) -> _Host:
        return self._hosts.setdefault(name, _Host())


def _rounded_up(at: datetime) -> datetime:
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)
