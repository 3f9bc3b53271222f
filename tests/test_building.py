"""Building anew: the same database however many work at it, one that goes on where it was stopped, and no worker left."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pref_scraper import building, pipeline
from pref_scraper.archive import Archive
from pref_scraper.errors import DamagedError
from pref_scraper.progress import Progress, T, one
from pref_scraper.sources import Directory
from pref_scraper.supply import Snapshots
from pref_scraper.written import VERSION

from .editions import page
from .shelf import SOURCE, day, put, tables

ROOT = Path(__file__).parent.parent
SOURCES = ("a", "b", "c", "d")
EACH_APART = 1
"""Bytes of a part, at least: each source is one."""


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """Four sources, the last of which began first, with an edition a day, and an import that has its oldest page last."""
    found = Directory(tmp_path)
    for number, source_id in enumerate(SOURCES):
        source = replace(SOURCE, id=source_id, url=f"http://127.0.0.1/{source_id}")
        for edition in (1, 2, 3):
            put(found, day(10 - number + edition), page(edition), source=source)
    put(found, day(5), page(2), imported=day(30), source=replace(SOURCE, id="b", url="http://127.0.0.1/b"))
    put(found, day(1), page(1), imported=day(30), source=replace(SOURCE, id="b", url="http://127.0.0.1/b"))
    return found


def captures_in(database: Path) -> int:
    with Archive.open(database, version=VERSION, read_only=True) as archive:
        return archive.number_of_captures()


def build(directory: Directory, name: str, workers: int = 1) -> Path:
    database = directory.path / name
    building.build(
        database, Snapshots(directory.snapshots), directory.path / "parts", workers=workers, least=EACH_APART
    )
    assert captures_in(database) == 14
    return database


def built_at_once(directory: Directory) -> Path:
    """The same without parts."""
    database = directory.path / "at-once.db"
    building.build(database, Snapshots(directory.snapshots), directory.path / "none")
    assert not (directory.path / "none").exists()
    return database


def test_the_database_is_the_same_byte_for_byte_however_many_work(directory: Directory) -> None:
    alone = build(directory, "alone.db").read_bytes()
    for part in (directory.path / "parts").iterdir():
        part.unlink()
    assert build(directory, "two.db", workers=2).read_bytes() == alone


@pytest.mark.parametrize("workers", [1, 2])
def test_whoever_reads_a_file_has_its_index_say_what_it_holds(directory: Directory, workers: int) -> None:
    pipeline.rebuild(directory)
    indexes = sorted(directory.snapshots.rglob("*.cdxj"))
    right = [index.read_text() for index in indexes]
    assert len(right) == 5
    for index, wrong in zip(
        indexes, ("", "nonsense\n", right[2].replace('"200"', '"404"'), right[3] * 2, None), strict=True
    ):
        index.unlink() if wrong is None else index.write_text(wrong)
    pipeline.rebuild(directory, workers=workers)
    assert [index.read_text() for index in indexes] == right
    assert not pipeline.verify(directory).findings


def test_it_says_what_one_says_that_was_built_without_parts(directory: Directory) -> None:
    """Also what is found: `b` is the first source by a capture that does not stand first in its file."""
    parted, whole = build(directory, "parted.db"), built_at_once(directory)
    assert tables(parted) == tables(whole)
    for database in (parted, whole):
        with Archive.open(database, version=VERSION, read_only=True) as archive:
            assert [one.source_id for one in sorted(archive.standings().values(), key=lambda one: one.number)] == [
                *("b", "d", "c", "a")
            ]
            found = archive._db.execute("SELECT count(*) FROM search_index WHERE search_index MATCH '協働'")
            assert found.fetchone()[0] > 4


class Stop(Exception):
    """Somebody ended the build."""


def stopping_after(parts: int) -> Progress:
    def follow(
        steps: Iterable[T], length: int, label: str, weight: Callable[[T], int] = one, *, is_slow: bool = False
    ) -> Iterator[T]:
        for number, step in enumerate(steps):
            if number == parts:
                raise Stop
            yield step

    return follow


def test_one_that_was_stopped_goes_on_behind_its_finished_parts(directory: Directory) -> None:
    where = directory.path / "parts"
    with pytest.raises(Stop):
        building.build(
            directory.path / "stopped.db", Snapshots(directory.snapshots), where, stopping_after(2), least=EACH_APART
        )
    finished = {part.name: part.stat().st_mtime_ns for part in where.glob("*.db")}
    assert len(finished) == 3
    put(directory, day(60), page(1), source=replace(SOURCE, id="d", url="http://127.0.0.1/d"))
    put(directory, day(61), page(1), source=replace(SOURCE, id="e", url="http://127.0.0.1/e"))
    building.build(directory.path / "again.db", Snapshots(directory.snapshots), where, least=EACH_APART)
    again = {part.name: part.stat().st_mtime_ns for part in where.glob("*.db")}
    assert (captures_in(directory.path / "again.db"), len(again)) == (16, 5)
    assert len(finished.items() & again.items()) == 2, "of the file that grew the part is made anew"


def test_a_rebuild_keeps_no_parts(directory: Directory) -> None:
    assert pipeline.rebuild(directory, workers=2) == 14
    assert sorted(path.name for path in directory.path.iterdir()) == ["archive.db", "snapshots"]


def test_what_a_worker_finds_damaged_is_told_as_ever(directory: Directory) -> None:
    (file,) = (directory.snapshots / "c").glob("*.gz")
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DamagedError, match=r"c-2026.warc.gz is damaged at byte \d+ \(the file ends within a record\)"):
        build(directory, "damaged.db", workers=2)
    assert multiprocessing.active_children() == []


_BUILDER = """
import sys
from pathlib import Path
from pref_scraper import building
from pref_scraper.supply import Snapshots
if __name__ == "__main__":
    path = Path(sys.argv[1])
    building.build(path / "archive.db", Snapshots(path / "snapshots"), path / "parts", workers=2, least=1)
"""


def children(process: int) -> list[int]:
    """The processes that this one began, those that look after shared memory among them."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(number) for number in found.split()]


def is_alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_end_with_the_process_that_they_work_for_and_what_they_left_is_of_use(
    directory: Directory, tmp_path: Path
) -> None:
    script = tmp_path / "builder.py"
    script.write_text(_BUILDER)
    process = subprocess.Popen([sys.executable, str(script), str(directory.path)])
    deadline = time.monotonic() + 60
    while not list((directory.path / "parts").glob("*")):
        assert time.monotonic() < deadline
    workers = children(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert len(workers) >= 2
    while any(map(is_alive, workers)):
        assert time.monotonic() < deadline
    assert tables(build(directory, "again.db")) == tables(built_at_once(directory))
