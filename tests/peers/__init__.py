"""What others would write for the same task: small programs of ours, each with the tools of its kind, in their usual form.

They run in `.venv-bench`, with the Python and the tools of that environment, and share `grammar`, so that all of them
read the same rows.
"""

from pathlib import Path

PEERS = Path(__file__).parent.parent.parent / ".venv-bench" / "bin" / "python"
"""The Python of their environment."""
