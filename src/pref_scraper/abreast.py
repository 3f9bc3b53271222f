"""Work in lines: each line one after another, several lines abreast, the results to the caller as they come."""

import threading
from collections.abc import Callable, Generator, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def abreast(
    lines: Sequence[Sequence[Job]], work: Callable[[Job], Result], *, at_most: int
) -> Generator[tuple[Job, Result | Exception], None, None]:
    """Each job with its result, or with what it raised; at most so many lines at once.

    No more results than that wait for the caller: whoever works faster than the caller takes them, waits.

    Whoever closes it, as on an error or Ctrl-C, need not wait: no further job is begun, and
    what is under way ends with the process at the latest.
    """
    waiting: SimpleQueue[Sequence[Job]] = SimpleQueue()
    done: SimpleQueue[tuple[Job, Result | Exception]] = SimpleQueue()
    stopped = threading.Event()
    side_by_side = min(len(lines), at_most)
    room = threading.Semaphore(side_by_side)

    def serve() -> None:
        while (line := _next(waiting)) is not None:
            for job in line:
                room.acquire()
                if stopped.is_set():
                    return
                done.put((job, _result(work, job)))

    for line in lines:
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


def _next(waiting: "SimpleQueue[Sequence[Job]]") -> Sequence[Job] | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None


def _result(work: Callable[[Job], Result], job: Job) -> Result | Exception:
    try:
        return work(job)
    except Exception as error:  # noqa: BLE001  # the caller's thread raises it, or says why not
        return error
