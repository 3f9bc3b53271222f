"""SIGTERM and Ctrl-C: what is being written is rolled back or complete, then the process ends by that signal.

Within `stoppable` the first of these signals raises `Stopped` in the main thread, so that every
`finally` runs; a second one ends the process at once, which no archive minds. `end` lets the
shell, systemd or cron see the signal itself (exit code 130 or 143), as they expect. The first process
of a container is not ended by its own signal (pid_namespaces(7)): it leaves with that code.

`within` ends some work after a time, whatever it waits for.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):
    """Somebody wants the process to end; no `except Exception` holds it up."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    def end(self) -> None:
        """Ends the process by the signal, or else with the code that stands for it."""
        signal.signal(self.number, signal.SIG_DFL)
        os.kill(os.getpid(), self.number)
        sys.exit(128 + self.number)


@contextmanager
def stoppable() -> Iterator[None]:
    """The signals raise Stopped in here; those that the caller's shell has switched off stay so."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    yield


def _stop(number: int, _: FrameType | None) -> None:
    for one in _SIGNALS:
        if signal.getsignal(one) is _stop:
            signal.signal(one, signal.SIG_DFL)
    raise Stopped(number)


class TooLong(BaseException):
    """Time is up; no `except Exception` holds it up."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises TooLong in here after so many seconds; for the main thread, and not one within another."""
    before = signal.signal(signal.SIGALRM, _end_work)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _end_work(_: int, __: FrameType | None) -> None:
    raise TooLong
