"""`make readme`: runs the commands that the README shows, and puts there what they printed, in both languages."""

import re
import subprocess
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BOTH = (README, README.with_name("README.ja.md"))
COMMANDS = ("make demo", "make test")


def block(command: str) -> str:
    """What the README shows below a command."""
    found = re.search(_pattern(command), README.read_text("utf-8"), re.DOTALL)
    return found[1] if found else ""


def _pattern(command: str) -> str:
    return rf"(?<=```console\n\$ {re.escape(command)}\n)(.*?)(?=```)"


def _show(command: str) -> None:
    words = [*command.split(), "--silent"]
    output = subprocess.run(words, cwd=README.parent, capture_output=True, text=True, check=True).stdout
    shown = block(command)
    for document in BOTH:
        document.write_text(document.read_text("utf-8").replace(shown, output), "utf-8")


if __name__ == "__main__":
    for shown in COMMANDS:
        _show(shown)
