"""That a run of all sources is under way, and since when: `.run-begun` in the archive's directory; the disk.

It holds a time and is there from the beginning of a run to its end, so that one that is there at the
beginning of another was left by a run that was stopped. What that has visited stands in snapshots/.
Whoever deletes it loses nothing but that knowledge; what cannot be read in it is not believed.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from .records import format_time

NAME = ".run-begun"


def begun(directory: Path) -> datetime | None:
    """When the run was begun that did not come to its end; None where there is none."""
    try:
        found = datetime.fromisoformat((directory / NAME).read_text("ascii").strip())
    except (OSError, ValueError):
        return None
    return found if found.tzinfo else None


def begin(directory: Path, at: datetime, report: Callable[[str], None]) -> None:
    """Notes that a run is begun; says so where that is not possible, since then it only cannot be gone on with."""
    path = directory / NAME
    beside = path.with_name(f"{NAME}.part")
    try:
        beside.write_text(f"{format_time(at.astimezone(UTC))}\n", "ascii")
        beside.replace(path)
    except OSError as error:
        report(f"{path} cannot be written ({error.strerror}): if this run is stopped, the next one begins anew")


def end(directory: Path) -> None:
    """Notes that it has come to its end."""
    path = directory / NAME
    if path.is_file():
        path.unlink()
