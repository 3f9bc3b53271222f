"""Who is in one place at once, for tests of what goes on side by side."""

import threading


class Meeting:
    """A place in which each waits for so many others; `most` is how many there were at once."""

    def __init__(self, wanted: int) -> None:
        self._barrier, self._lock = threading.Barrier(wanted, timeout=10), threading.Lock()
        self._now = self.most = 0

    def attend(self) -> None:
        """Comes, waits until so many are there, and goes."""
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self._barrier.wait()
        with self._lock:
            self._now -= 1
