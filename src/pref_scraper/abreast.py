"""Work in lines: each line one after another, several lines abreast, the results to the caller as they come."""

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from heapq import heapify, heappop, heappush
from queue import SimpleQueue
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def abreast(
    lines: Sequence[Sequence[Job]],
    work: Callable[[Job], Result],
    *,
    at_most: int,
    due: Callable[[Job], float] = lambda _: 0.0,
    ticks: Callable[[], float] = lambda: 0.0,
) -> Generator[tuple[Job, Result | Exception], None, None]:
    """Each job with its result, or with what it raised; at most so many at once, and none of one line beside another.

    A line lets others go first until its next job is `due`, a tick of the clock `ticks`. Of several that are, the
    longest comes first, so that none is left to go on alone; another is begun only where none is due, so that few are
    under way.

    No more results than `at_most` wait for the caller: whoever works faster than the caller takes them, waits.

    Whoever closes it, as on an error or Ctrl-C, need not wait: no further job is begun, and
    what is under way ends with the process at the latest.
    """
    waiting = _Waiting(lines, due, ticks)
    done: SimpleQueue[tuple[Job, Result | Exception]] = SimpleQueue()
    stopped = threading.Event()
    side_by_side = min(len(lines), at_most)
    room = threading.Semaphore(side_by_side)

    def serve() -> None:
        while (line := waiting.take()) is not None:
            room.acquire()
            if stopped.is_set():
                return
            job = line.pop()
            done.put((job, _result(work, job)))
            waiting.put(line)

    for _ in range(side_by_side):
        threading.Thread(target=serve, daemon=True).start()
    try:
        for _ in range(sum(map(len, lines))):
            yield done.get()
            room.release()
    finally:
        stopped.set()
        room.release(side_by_side + 1)  # whoever waits for room sees that it is over


class _Waiting(Generic[Job]):
    """The lines that nobody serves, each with its last job first: those not begun, those that rest, those that are due."""

    def __init__(self, lines: Iterable[Sequence[Job]], due: Callable[[Job], float], ticks: Callable[[], float]) -> None:
        self._due = due
        self._ticks = ticks
        self._new = [(-len(line), number, [*reversed(line)]) for number, line in enumerate(lines) if line]
        self._resting: list[tuple[float, int, int, list[Job]]] = []
        self._ready: list[tuple[int, int, list[Job]]] = []
        self._changing = threading.Lock()
        self._put = 0
        heapify(self._new)

    def put(self, line: list[Job]) -> None:
        """Back with a line, unless all of it is done."""
        with self._changing:
            if line:
                self._put += 1
                heappush(self._resting, (self._due(line[-1]), -len(line), self._put, line))

    def take(self) -> list[Job] | None:
        """The line to go on with, None where there is none: then those who serve others go on with these."""
        with self._changing:
            now = self._ticks()
            while self._resting and self._resting[0][0] <= now:
                _, length, number, line = heappop(self._resting)
                heappush(self._ready, (length, number, line))
            if self._ready or self._new:
                return heappop(self._ready or self._new)[-1]
            return heappop(self._resting)[-1] if self._resting else None


def _result(work: Callable[[Job], Result], job: Job) -> Result | Exception:
    try:
        return work(job)
    except Exception as error:  # noqa: BLE001  # the caller's thread raises it, or says why not
        return error
