"""Kills pref-scraper with SIGKILL at random moments, again and again, and looks at what is left.

    python -m tests.killing FOLDER SITE KILLS SEED

A process of one thread that has everything imported forks a child per round, which fetches, imports, loads,
rebuilds, packs or unpacks an archive in FOLDER, and is killed at a moment of its whole time, or of one of its phases.
After every 50 kills a last run mends the archive, it is looked through, and another one is begun.
Prints, as JSON, how many kills hit which phase and what was found; ends with a sentence at the first
thing that is lost, twice or not as a rebuild makes it.
"""

import gc
import json
import mmap
import os
import random
import select
import shutil
import signal
import sqlite3
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pref_scraper import building, elsewhere, indexing, packing, pipeline, snapshots
from pref_scraper.archive import Archive
from pref_scraper.fetch import Fetcher
from pref_scraper.records import Source
from pref_scraper.sources import Directory, parse_config
from pref_scraper.wire import system_trust
from pref_scraper.world import World

from .shelf import put
from .warcs import records

KILLS_PER_ARCHIVE = 50
KILLS_IN_A_ROW = 10
START = datetime(2026, 1, 1, tzinfo=UTC)


class Phase(NamedTuple):
    """A part of the work: the function that it is, and the actions that come to it."""

    owner: Any
    function: str
    actions: str


# Where a child is; the innermost counts.
PHASES = {
    "visit": Phase(Fetcher, "visit", "run fetch"),
    "settle": Phase(snapshots, "settle", "run fetch import_files load rebuild pack unpack"),
    "append": Phase(snapshots, "_append_synced", "run fetch import_files"),
    "index": Phase(indexing, "_write", "run fetch import_files"),
    "import": Phase(elsewhere, "import_warcs", "import_files"),
    "load": Phase(pipeline, "_load", "run load"),
    "build": Phase(building, "build", "rebuild"),
    "swap": Phase(Archive, "copy_to", "rebuild"),
    "pack": Phase(packing, "pack", "pack"),
    "unpack": Phase(packing, "unpack", "unpack"),
    "put": Phase(packing, "_put", "pack unpack"),
    "remove": Phase(packing, "_remove", "pack unpack"),
}
NAMES = ["start", *PHASES]
ANY = "run run fetch import_files load rebuild pack unpack"
BETWEEN = timedelta(days=40)
"""From a round to the next: long enough that some years end, since the files of earlier years are packed."""


@dataclass(slots=True)
class Child:
    """What a child works on and what it tells: its phase in shared memory, each change of it in a pipe, acknowledged records in a file.

    `foreign` is a WARC file that it imports.
    """

    folder: Path
    foreign: Path
    acknowledged: Path
    now: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 1))

    def work(self, action: str, site: str, at: datetime, changes: int) -> None:
        """Does what a command does, as slowly as on a slow disk, and tells where it is."""
        for number, (owner, function, _) in enumerate(PHASES.values(), 1):
            setattr(owner, function, self._telling(getattr(owner, function), number, changes))
        os.write, write = _short(os.write), os.write
        snapshots.append = self._acknowledging(snapshots.append, write)
        directory = Directory(self.folder)
        config = parse_config(f'[[source]]\nid = "s"\nurl = "{site}/p"\nname = "n"\ndelay_seconds = 0\n')
        world = World(clock=lambda: at, pause=lambda _: None)
        wanted = {
            "run": (config, config.sources),
            "fetch": (config, config.sources),
            "import_files": (config.sources, [self.foreign]),
            "pack": ([],),
            "unpack": ([],),
        }
        getattr(pipeline, action)(directory, *wanted.get(action, ()), world)

    def _telling(self, function: Callable[..., Any], number: int, changes: int) -> Callable[..., Any]:
        def telling(*args: Any, **kwargs: Any) -> Any:
            before = self.now[0]
            self.now[0] = number
            os.write(changes, bytes([number]))
            try:
                return function(*args, **kwargs)
            finally:
                self.now[0] = before
                os.write(changes, bytes([before]))

        return telling

    def _acknowledging(self, append: Callable[..., str], write: Callable[[int, bytes], int]) -> Callable[..., str]:
        handle = os.open(self.acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

        def acknowledging(*args: Any, **kwargs: Any) -> str:
            record_id = append(*args, **kwargs)
            write(handle, f"{record_id}\n".encode())
            return record_id

        return acknowledging


def _short(write: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
    """A write that takes little at a time, as write(2) may."""

    def short(handle: int, data: Any) -> int:
        if len(data) > 1:
            time.sleep(0.0002)
        return write(handle, data[:256])

    return short


class Fault(Exception):
    """Something that no kill may bring about; the text says what."""


@dataclass(slots=True)
class Found:
    """What the kills hit, and what was there afterwards."""

    kills: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    captures: int = 0
    torn: int = 0


@dataclass(slots=True)
class Killer:
    """Rounds on one archive. `lasting` is how long an action or a phase took when it was left alone, in seconds."""

    child: Child
    site: str
    pick: random.Random
    found: Found
    lasting: dict[str, float]
    at: datetime = START
    cut: list[tuple[Path, bytes]] = field(default_factory=list)

    def kill(self) -> bool:
        """A round that is to be killed, every other one where it was least; whether it was.

        In no phase yet it is killed at once, or at any moment of the whole work.
        """
        least = min(NAMES, key=lambda name: self.found.kills.get(name, 0))
        aim = self.pick.choice([least, self.pick.choice(NAMES)])
        phase = aim if aim in PHASES else None
        action = self.pick.choice((PHASES[phase].actions if phase else ANY).split())
        if action == "unpack":
            self.leave_alone("pack")  # so that there is something to unpack
        moment = self.lasting.get(phase or action, 0.02) * self.pick.uniform(0, 1.1)
        if phase is None:
            moment *= self.pick.choice([0, 1])
        if not self._round(action, phase, moment):
            return False
        hit = NAMES[self.child.now[0]]
        self.found.kills[hit] = self.found.kills.get(hit, 0) + 1
        if hit == "append":
            self.cut += [(path, path.read_bytes()) for path in self._files()]
        return True

    def leave_alone(self, action: str) -> None:
        """A round to its end."""
        if self._round(action, None, float("inf")):
            raise Fault(f"{action} ended by a signal that nobody sent")

    def _round(self, action: str, phase: str | None, moment: float) -> bool:
        """Forks a child, and kills it so many seconds after it began (the phase); whether that was before its end."""
        self.at += BETWEEN
        self.child.now[0] = 0
        changes, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            _end_with(lambda: self.child.work(action, self.site, self.at, told))
        os.close(told)
        began = time.monotonic()
        marks = _watch(changes, bytes([NAMES.index(phase)]) if phase else b"", moment)
        os.close(changes)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            return True
        if status:
            raise Fault(f"{action} fails after a kill: it says why above")
        self._learn(action, began, marks)
        return False

    def _learn(self, action: str, began: float, marks: list[tuple[float, int]]) -> None:
        ends = [at for at, _ in marks[1:]]
        self.lasting |= {NAMES[number]: end - at for (at, number), end in zip(marks, ends, strict=False)}
        self.lasting[action] = time.monotonic() - began

    def _files(self) -> list[Path]:
        return sorted((self.child.folder / "snapshots").rglob("*.warc.gz"))

    def look_at_packs(self) -> None:
        """Raises Fault unless what is packed is whole, and nothing is left of packing."""
        folder = self.child.folder / "snapshots"
        _expect(any(folder.rglob("*.warc.pack")), "nothing was packed")
        verified = pipeline.verify(Directory(self.child.folder))
        _expect(verified.findings == (), f"verify finds in packs {verified.findings}")
        both = [pack for pack in folder.rglob("*.warc.pack") if pack.with_suffix(".gz").exists()]
        _expect(both == [], f"{both} stand beside their WARC files")

    def look_through(self) -> None:
        """Raises Fault unless all that was acknowledged is there once, and all is as a rebuild makes it."""
        directory = Directory(self.child.folder)
        written = [record for path in self._files() for record in records(path)]
        there = Counter(record.fields["warc-record-id"] for record in written)
        acknowledged = self.child.acknowledged.read_text().split()
        _expect({there[one] for one in acknowledged} <= {1}, "an acknowledged record is lost, or there twice")
        visits = Counter(at for path in self._files() for at in _visits(path))
        _expect(set(visits.values()) == {1}, "a visit is there twice")
        loaded = Counter(_query(directory, "SELECT warc_record_id FROM captures"))
        _expect(set(loaded.values()) == {1}, "a capture is in archive.db twice")
        _expect(len(loaded) == len(visits), "archive.db has not as many captures as snapshots/ visits")
        _expect({loaded[one] for one in acknowledged} <= {1}, "an acknowledged record is not in archive.db")
        verified = pipeline.verify(directory)
        _expect(verified.findings == (), f"verify finds {verified.findings}")
        before = _dump(directory)
        pipeline.rebuild(directory)
        _expect(_dump(directory) == before, "a rebuild makes another database")
        self.found.torn += sum(self._is_aside(path, data) for path, data in self.cut)
        self.found.acknowledged += len(acknowledged)
        self.found.captures += len(loaded)

    def _is_aside(self, path: Path, data: bytes) -> bool:
        """Whether what a kill left of a file was cut; then the rest has to stand beside it, byte for byte."""
        whole = path.read_bytes()
        if whole.startswith(data):
            return False
        asides = {
            aside: int(aside.name.split(".torn-")[1].split("-")[0]) for aside in path.parent.glob(f"{path.name}.torn-*")
        }
        kept = any(whole.startswith(data[:end]) and aside.read_bytes() == data[end:] for aside, end in asides.items())
        _expect(kept, f"the torn end of {path} is nowhere")
        return True


def _watch(changes: int, wanted: bytes, moment: float) -> list[tuple[float, int]]:
    """The changes of phase and when they came, until so long after the beginning (or the wanted one), or the child's end."""
    marks: list[tuple[float, int]] = []
    until = float("inf") if wanted else time.monotonic() + moment
    while (left := until - time.monotonic()) > 0:
        if not select.select([changes], [], [], min(left, 60))[0]:
            break
        told = os.read(changes, 4096)
        if not told:
            break
        marks += [(time.monotonic(), number) for number in told]
        if wanted and wanted in told:
            wanted = b""
            until = time.monotonic() + moment
    return marks


def _end_with(work: Callable[[], None]) -> None:
    """Does the work, and leaves the process without going back."""
    code = 1
    try:
        work()
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def _expect(is_so: bool, complaint: str) -> None:
    if not is_so:
        raise Fault(complaint)


def _visits(path: Path) -> list[str]:
    """The times of the visits that a file holds; each ends with a metadata record."""
    return [record.fields["warc-date"] for record in records(path) if record.kind == "metadata"]


def _query(directory: Directory, sql: str) -> list[str]:
    with closing(sqlite3.connect(directory.database)) as connection:
        return [value for (value,) in connection.execute(sql)]


def _dump(directory: Directory) -> list[str]:
    """All rows, without what the index of search keeps inside."""
    with closing(sqlite3.connect(directory.database)) as connection:
        return sorted(line for line in connection.iterdump() if "search_index" not in line)


def kill(folder: Path, foreign: Path, site: str, kills: int, seed: int) -> Found:
    """So many kills, on one archive after another."""
    found, pick = Found(), random.Random(seed)
    lasting: dict[str, float] = {}
    for number in range(-(-kills // KILLS_PER_ARCHIVE)):
        child = Child(folder / f"archive-{number}", foreign, folder / f"acknowledged-{number}")
        child.folder.mkdir()
        killer = Killer(child, site, pick, found, lasting)
        for action in dict.fromkeys(ANY.split()) if not number else ():
            killer.leave_alone(action)
        for kill_number in range(min(KILLS_PER_ARCHIVE, kills - number * KILLS_PER_ARCHIVE)):
            if kill_number % KILLS_IN_A_ROW == 0:
                killer.leave_alone("load")
            while not killer.kill():
                pass
        for action in ("run", "pack"):
            killer.leave_alone(action)
        killer.look_at_packs()
        killer.leave_alone("unpack")
        killer.look_through()
        shutil.rmtree(child.folder)
    return found


def _warm_up(folder: Path, site: str) -> Path:
    """Does everything once but for the network, so that no child has to find its way first; a WARC file of earlier visits."""
    directory = Directory(folder)
    directory.path.mkdir()
    source = Source(id="s", url=f"{site}/p", name="n")
    for number in range(30):
        put(directory, START - timedelta(days=number), f"<p>{number}</p>".encode(), source=source)
    pipeline.load(directory)
    pipeline.rebuild(directory)
    pipeline.pack(directory, [])
    pipeline.unpack(directory, [])
    system_trust()
    gc.freeze()
    return next(directory.snapshots.rglob("*.warc.gz"))


def main() -> None:
    """Prints what was found."""
    folder, site, kills, seed = sys.argv[1:]
    foreign = _warm_up(Path(folder) / "warm", site)
    try:
        found = kill(Path(folder), foreign, site, int(kills), int(seed))
    except Fault as fault:
        sys.exit(f"seed {seed}: {fault}")
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
