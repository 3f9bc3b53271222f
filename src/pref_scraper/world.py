"""What lies outside of the program, in one value: whoever passes another one has another world."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from .limits import Limits
from .progress import Progress, silent
from .records import format_time
from .wire import Network


def now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def _say_nothing(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The time, waiting, the network, chance, limits, and who hears and sees how it goes.

    `clock` says what time it is, `ticks` counts seconds and is never set; only `pause` waits.
    """

    clock: Callable[[], datetime] = now
    ticks: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    network: Network = field(default_factory=Network)
    random: Random = field(default_factory=Random)
    limits: Limits = field(default_factory=Limits)
    report: Callable[[str], None] = _say_nothing
    progress: Progress = silent

    def behind(self, last: str) -> datetime | None:
        """The time, once it is in a later second than `last`; None where it does not become so within two."""
        for _ in range(20):
            now = self.clock()
            if format_time(now) > last:
                return now
            self.pause(0.1)
        return None


REAL = World()
