"""A command in a process of its own, and what it took: memory, and time of the processor, that of its own children included.

And a server in another, so that its work is not counted.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Memory is counted from the process that starts the command: a small one, which holds nothing.
_STARTER = """
import json, resource, subprocess, sys, time
begun = time.monotonic()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
seconds = time.monotonic() - begun
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stdout, done.stderr, used.ru_maxrss, used.ru_utime + used.ru_stime, seconds]))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command answered and printed, the most megabytes that a process had, the CPU seconds of all, and how long it took."""

    code: int
    stdout: str
    stderr: str
    megabytes: float
    cpu: float
    seconds: float


def measured(*words: str | Path, where: Path, timeout: float = 120) -> Measured:
    started = [sys.executable, "-S", "-c", _STARTER, *words]
    done = subprocess.run(started, cwd=where, capture_output=True, text=True, check=True, timeout=timeout)
    code, stdout, stderr, peak, cpu, seconds = json.loads(done.stdout)
    return Measured(code, stdout, stderr, peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), cpu, seconds)


def pinned(*words: str | Path, where: Path, timeout: float = 3600) -> Measured:
    """The same on one core, where there are several; the command has to succeed."""
    one_core = ("taskset", "--cpu-list", "0") if (os.cpu_count() or 1) > 1 else ()
    found = measured(*one_core, *words, where=where, timeout=timeout)
    assert found.code == 0, found.stderr
    return found


@contextmanager
def serving(*words: object) -> Iterator[int]:
    """The port that a Python program of these words prints when it listens, while it does."""
    with subprocess.Popen([sys.executable, *map(str, words)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            yield port
        finally:
            process.terminate()
