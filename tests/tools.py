"""Other people's tools, run for real on what we write: warcio, cdxj-indexer, wacz, pywb.

They live in `.venv-tools`, an environment of their own that the Makefile makes.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".venv-tools" / "bin"
HERE = Path(sys.executable).parent


def tool(name: str) -> Path:
    """A tool's command: `fastwarc` from our own environment, any other from the tools'."""
    found = (HERE if name == "fastwarc" else TOOLS) / name
    assert found.exists(), f"{found} is missing: `make {TOOLS.parent.name}/.ready` installs it"
    return found


def run_tool(name: str, *words: str | Path, code: int = 0) -> str:
    """What a tool prints, on stdout then on stderr; it must end with this code."""
    done = subprocess.run([tool(name), *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr
