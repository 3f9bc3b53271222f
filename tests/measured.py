"""A command in a process of its own, and what it took: memory, and time of the processor, that of its own children included."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# Memory is counted from the process that starts the command: a small one, which holds nothing.
_STARTER = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stdout, done.stderr, used.ru_maxrss, used.ru_utime + used.ru_stime]))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command answered and printed, the most megabytes that a process had, and the CPU seconds of all of them."""

    code: int
    stdout: str
    stderr: str
    megabytes: float
    cpu: float


def measured(*words: str | Path, where: Path, timeout: float = 120) -> Measured:
    started = [sys.executable, "-S", "-c", _STARTER, *words]
    done = subprocess.run(started, cwd=where, capture_output=True, text=True, check=True, timeout=timeout)
    code, stdout, stderr, peak, cpu = json.loads(done.stdout)
    return Measured(code, stdout, stderr, peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), cpu)
