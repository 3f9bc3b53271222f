"""What was visited elsewhere, brought to snapshots/: from files and from servers. The lock is held by who calls.

An import, and so a backfill, begins behind everything that arrived before it, so that no id changes: identity is
decided in order of arrival (arrival.py).
"""

from collections.abc import Sequence
from pathlib import Path

from . import backfill, importing, indexing, loading, snapshots
from .errors import PrefScraperError
from .fetch import Fetcher
from .foreign import Warc
from .importing import Brought, Destination
from .memento import Memento
from .records import Source, Stored, format_time
from .world import World


def import_warcs(
    folder: Path, sources: Sequence[Source], warcs: Sequence[Warc], world: World
) -> tuple[list[Brought], list[str]]:
    """What WARC files have of the sources: what was brought, and a sentence per file that is damaged."""
    to = _destination(folder, sources, world)
    try:
        return importing.bring(to, sources, warcs, world.limits.max_bytes, world.progress)
    finally:
        indexing.update_all(folder, [source.id for source in sources])


def backfill_source(
    folder: Path, source: Source, mementos: Sequence[Memento], fetcher: Fetcher, world: World
) -> Brought:
    """The mementos of a source that are not there yet."""
    to = _destination(folder, [source], world)
    try:
        return backfill.backfill(to, source, mementos, fetcher, report=world.report, progress=world.progress)
    finally:
        indexing.update_all(folder, [source.id])


def _destination(folder: Path, sources: Sequence[Source], world: World) -> Destination:
    """Snapshots/, mended, as of now, and what is there of the sources."""
    for sentence in snapshots.settle(folder, {}):
        world.report(sentence)
    there: dict[str, dict[str, Stored]] = {source.id: {} for source in sources}
    last = ""
    for stored in loading.unloaded(folder, {}):
        if stored.source.id in there:
            last = max(last, format_time(stored.arrived))
            there[stored.source.id][format_time(stored.at)] = stored
    when = world.behind(last)
    if when is None:
        raise PrefScraperError(
            f"the clock says {format_time(world.clock())}, but the archive took something in at {last}: "
            "set the clock right; nothing was imported"
        )
    return Destination(folder=folder, when=when, there=there)
