"""A command in a process of its own, and the most memory that it took."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# Memory is counted from the process that starts the command: a small one, which holds nothing.
_STARTER = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([done.returncode, done.stdout, done.stderr, peak]))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command answered and printed, and the most megabytes that it had."""

    code: int
    stdout: str
    stderr: str
    megabytes: float


def measured(*words: str | Path, where: Path) -> Measured:
    started = [sys.executable, "-S", "-c", _STARTER, *words]
    done = subprocess.run(started, cwd=where, capture_output=True, text=True, check=True, timeout=120)
    code, stdout, stderr, peak = json.loads(done.stdout)
    return Measured(code, stdout, stderr, peak / (1 << 20 if sys.platform == "darwin" else 1 << 10))
