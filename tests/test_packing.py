"""Packing an archive: everything reads on as before, nothing is lost at any moment, and it can be undone."""

import json
import random
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pref_scraper import fixity, indexing, packing, packs, pipeline, snapshots, warcfiles
from pref_scraper.archive import Archive
from pref_scraper.errors import DamagedError, PrefScraperError, UsageError
from pref_scraper.original import find_original
from pref_scraper.records import format_time
from pref_scraper.sources import Directory
from pref_scraper.world import World
from pref_scraper.written import VERSION

from .editions import page
from .shelf import SOURCE, day, put, tables
from .test_cli import command
from .test_export import no_file_beyond

OTHER = replace(SOURCE, id="t")
CLOSED = ["s/s-2024.warc.gz", "s/s-2025.warc.gz", "t/t-2025.warc.gz"]
NOW = datetime(2026, 2, 1, tzinfo=UTC)
WORLD = World(clock=lambda: NOW, report=lambda _: None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sources over three years, loaded; the second's captures in 2025 alone."""
    directory = Directory(tmp_path_factory.mktemp("made"))
    for number in (-400, -20, -10, 3):
        put(directory, day(number), page(1 + number % 3))
    put(directory, day(-30), page(1), source=OTHER)
    indexing.update_all(directory.snapshots, ["s", "t"])
    pipeline.load(directory, WORLD)
    return directory.path


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Directory:
    shutil.copytree(made, tmp_path / "archive")
    return Directory(tmp_path / "archive")


def _files(directory: Directory) -> dict[str, bytes]:
    paths = (path for path in directory.snapshots.rglob("*") if path.is_file())
    return {path.relative_to(directory.snapshots).as_posix(): path.read_bytes() for path in paths}


def _packs(directory: Directory) -> list[str]:
    return sorted(file for file in _files(directory) if file.endswith(".warc.pack"))


def test_files_of_past_years_are_packed_and_come_back_byte_for_byte(directory: Directory) -> None:
    before = _files(directory)
    found = pipeline.pack(directory, [], WORLD)
    assert [(one.file, one.bytes, one.reason) for one in found] == [(file, len(before[file]), None) for file in CLOSED]
    assert [one.packed_bytes for one in found] == [len(_files(directory)[file]) for file in _packs(directory)]
    assert sorted(_files(directory)) == [
        *("s/s-2024.warc.pack", "s/s-2025.warc.pack", "s/s-2026.cdxj", "s/s-2026.warc.gz", "t/t-2025.warc.pack"),
    ]
    assert pipeline.pack(directory, [], WORLD) == []
    assert [one.file for one in pipeline.unpack(directory, [], WORLD)] == CLOSED
    assert _files(directory) == before


def test_the_commands_say_what_they_did(directory: Directory) -> None:
    (directory.path / "sources.toml").write_text('[[source]]\nid = "s"\nurl = "http://127.0.0.1/p"\nname = "n"\n')
    size = len(_files(directory)[CLOSED[2]])
    done = command("pack", "t", where=directory.path)
    packed_size = len(_files(directory)["t/t-2025.warc.pack"])
    line = f"snapshots/{CLOSED[2]}: {size:,} bytes, {packed_size:,} packed\n"
    assert (done.returncode, done.stdout) == (0, line)
    assert [row["file"] for row in json.loads(command("pack", "--json", where=directory.path).stdout)] == CLOSED[:2]
    done = command("pack", where=directory.path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "nothing to pack: only files of past years are packed, once\n"
    done = command("verify", where=directory.path)
    assert (done.returncode, "0 findings" in done.stdout) == (0, True)
    lines = command("unpack", where=directory.path).stdout.splitlines()
    assert (len(lines), lines[2], lines[3].partition(":")[0]) == (4, line.rstrip(), "3 files")
    assert command("unpack", where=directory.path).stderr == "nothing to unpack\n"


def test_one_source_is_packed_and_unpacked(directory: Directory) -> None:
    pipeline.pack(directory, ["t"], WORLD)
    assert _packs(directory) == ["t/t-2025.warc.pack"]
    pipeline.pack(directory, ["s"], WORLD)
    pipeline.unpack(directory, ["t"], WORLD)
    assert _packs(directory) == ["s/s-2024.warc.pack", "s/s-2025.warc.pack"]
    for change in (pipeline.pack, pipeline.unpack):
        with pytest.raises(UsageError, match=r"nothing is archived of 'x': .* has s, t"):
            change(directory, ["x"], WORLD)


def test_archive_db_is_the_same_and_everything_is_whole(directory: Directory) -> None:
    """A rebuild from packs, verify, a load of what comes next; and the WACZ file, which holds the WARC files."""
    before = tables(directory.database)
    (wacz,) = pipeline.export_wacz(directory, directory.path / "before")
    records = pipeline.verify(directory, WORLD).records
    pipeline.pack(directory, [], WORLD)
    verified = pipeline.verify(directory, WORLD)
    assert (verified.records, verified.findings) == (records, ())
    assert "holds every row" in verified.database
    pipeline.rebuild(directory, WORLD)
    assert tables(directory.database) == before
    (again,) = pipeline.export_wacz(directory, directory.path / "after")
    assert again.read_bytes() == wacz.read_bytes()
    put(directory, day(5), page(2))
    (loaded,) = pipeline.load(directory, WORLD)
    assert loaded.capture.outcome == "changed"


def test_each_page_is_shown_and_none_is_imported_twice(directory: Directory) -> None:
    """As received, from packs; a file that was packed is brought once more, as if it came from elsewhere."""
    foreign = directory.path / "foreign.warc.gz"
    foreign.write_bytes((directory.snapshots / CLOSED[2]).read_bytes())
    pipeline.pack(directory, [], WORLD)
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        shown = {
            capture.captured_at: find_original(archive, directory.snapshots, capture.capture_id).body
            for capture in archive.captures()
            if capture.source_id == "s"
        }
    assert shown == {format_time(day(number)): page(1 + number % 3) for number in (-400, -20, -10, 3)}
    (brought,) = pipeline.import_files(directory, [OTHER], [foreign], WORLD).brought
    assert (brought.already, brought.record_ids) == (1, ())


def test_an_answer_is_found_in_a_pack_while_it_is_new(directory: Directory) -> None:
    pipeline.pack(directory, [], WORLD)
    url = OTHER.url
    found = snapshots.newest_answer(directory.snapshots, "t", url, day(-31))
    assert found is not None
    assert (found[0], found[1].payload) == (day(-30), page(1))
    assert snapshots.newest_answer(directory.snapshots, "t", url, day(-30)) is None
    written = warcfiles.held(directory.snapshots / CLOSED[2]).stat().st_mtime
    later = datetime.fromtimestamp(written, UTC) + timedelta(seconds=1)
    assert snapshots.newest_answer(directory.snapshots, "t", url, later) is None


def test_nothing_is_appended_to_what_was_packed(directory: Directory) -> None:
    """Where the clock goes back by a year: a file beside it is begun."""
    pipeline.pack(directory, [], WORLD)
    put(directory, day(-5), page(3))
    indexing.update_all(directory.snapshots, ["s"])
    assert [file for file in snapshots.files(directory.snapshots) if "2025" in file] == [
        *("s/s-2025-2.warc.gz", "s/s-2025.warc.gz", "t/t-2025.warc.gz"),
    ]
    assert pipeline.verify(directory, WORLD).findings == ()


def test_what_another_zlib_made_is_left_as_it_is(directory: Directory) -> None:
    """One member is packed at another level, as another zlib would."""
    directory.database.unlink()
    path = directory.snapshots / CLOSED[2]
    before = _repacked(path.read_bytes())
    path.write_bytes(before)
    indexing.rebuild(directory.snapshots)
    index = snapshots.index_of(path).read_bytes()
    (found,) = pipeline.pack(directory, ["t"], WORLD)
    assert (found.file, found.packed_bytes) == (CLOSED[2], None)
    assert found.reason == "the zlib that is here would not make the same bytes again"
    assert (path.read_bytes(), snapshots.index_of(path).read_bytes()) == (before, index)
    assert _packs(directory) == []


def _repacked(warc: bytes, level: int = 1) -> bytes:
    """A WARC file whose last member is packed at another level; the same record."""
    start = warc.rindex(bytes.fromhex("1f8b08000000000000ff"))
    deflate = zlib.compressobj(level, wbits=31)
    member = deflate.compress(zlib.decompress(warc[start:], 31)) + deflate.flush()
    return warc[:start] + warc[start : start + 10] + member[10:]


def test_where_another_zlib_would_make_other_bytes_it_stays_packed(directory: Directory) -> None:
    """And is read as before; the pack is made here of a file that this zlib would not make."""
    path = directory.snapshots / CLOSED[2]
    target = warcfiles.pack_of(path)
    target.write_bytes(b"".join(packs.packed(_repacked(path.read_bytes()))))
    path.unlink()
    snapshots.index_of(path).unlink()
    before = _files(directory)
    for wanted in (pipeline.unpack, lambda *_: pipeline.export_wacz(directory, directory.path / "files")):
        with pytest.raises(PrefScraperError, match="the zlib of this machine makes others"):
            wanted(directory, ["t"], WORLD)
    assert _files(directory) == before
    assert pipeline.verify(directory, WORLD).findings == ()


@pytest.mark.parametrize("change", ["flip", "cut", "empty"])
def test_a_damaged_pack_is_told_and_kept(directory: Directory, change: str) -> None:
    pipeline.pack(directory, [], WORLD)
    path = directory.snapshots / "s" / "s-2025.warc.pack"
    whole = path.read_bytes()
    position = random.Random(1).randrange(9, len(whole) // 2)
    damaged = {
        "flip": whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :],
        "cut": whole[:-1],
        "empty": b"",
    }[change]
    path.write_bytes(damaged)
    findings = pipeline.verify(directory, WORLD).findings
    assert {finding.file for finding in findings} == {"s/s-2025.warc.pack"}
    assert {finding.advice for finding in findings} == {"put the file back from a copy"}
    with pytest.raises(DamagedError, match=r"s-2025\.warc\.pack"):
        pipeline.unpack(directory, ["s"], WORLD)
    assert path.read_bytes() == damaged
    path.write_bytes(whole)
    assert pipeline.verify(directory, WORLD).findings == ()


def test_a_pack_beside_its_file_is_looked_at_and_counts_nothing_twice(directory: Directory) -> None:
    """As in a copy in which nothing is ever deleted."""
    copy = directory.path.with_name("copy")
    shutil.copytree(directory.path, copy)
    pipeline.pack(directory, [], WORLD)
    shutil.copytree(directory.path, copy, dirs_exist_ok=True)
    records = pipeline.verify(directory, WORLD).records
    verified = pipeline.verify(Directory(copy), WORLD)
    assert (verified.records, verified.findings) == (records, ())
    path = copy / "snapshots" / "s" / "s-2025.warc.pack"
    path.write_bytes(path.read_bytes()[:99] + b"x" + path.read_bytes()[100:])
    (finding,) = pipeline.verify(Directory(copy), WORLD).findings
    assert (finding.file, finding.message) == ("s/s-2025.warc.pack", "its bytes are not those that were written")


def test_a_lost_pack_is_found(directory: Directory) -> None:
    pipeline.pack(directory, [], WORLD)
    (directory.snapshots / "t" / "t-2025.warc.pack").unlink()
    (finding,) = pipeline.verify(directory, WORLD).findings
    assert (finding.file, finding.message) == ("t/t-2025.warc.gz", "it was loaded into archive.db, and is missing")


def test_a_disk_that_is_full_leaves_all_as_it_was(directory: Directory) -> None:
    before = _files(directory)
    with no_file_beyond(1000), pytest.raises(PrefScraperError, match=r"could not be written .* all is as before"):
        packing.pack(directory.snapshots, CLOSED[0])
    assert _files(directory) == before
    pipeline.pack(directory, [], WORLD)
    before = _files(directory)
    with no_file_beyond(1000), pytest.raises(PrefScraperError, match=r"could not be written .* all is as before"):
        packing.unpack(directory.snapshots, CLOSED[0])
    assert _files(directory) == before


# Forks a child per step: the child kills itself just before the n-th time that it begins, renames or removes a file.
_KILLER = """
import os, shutil, signal, sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from pref_scraper import packing, pipeline
from pref_scraper.sources import Directory
from pref_scraper.world import World

action, archive, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
now = datetime.fromisoformat(sys.argv[4])
for number in count(1):
    folder = target / str(number)
    shutil.copytree(archive, folder)
    child = os.fork()
    if child == 0:
        left = [number]
        def strike(event, args):
            is_step = event in ("os.rename", "os.remove", "os.utime") or event == "open" and args[2] & os.O_CREAT
            if is_step and str(folder) in str(args[0]):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(strike)
        getattr(pipeline, action)(Directory(folder), [], World(clock=lambda: now, report=lambda _: None))
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
print(number)
"""


@pytest.mark.parametrize("action", ["pack", "unpack"])
def test_killed_before_any_step_nothing_is_lost_and_the_next_goes_on(
    directory: Directory, tmp_path: Path, action: str
) -> None:
    changes: dict[str, Callable[..., object]] = {"pack": pipeline.pack, "unpack": pipeline.unpack}
    rows = tables(directory.database)
    written = _files(directory)
    if action == "unpack":
        pipeline.pack(directory, [], WORLD)
    done = subprocess.run(
        [sys.executable, "-c", _KILLER, action, directory.path, tmp_path, NOW.isoformat()],
        capture_output=True,
        text=True,
        check=True,
    )
    steps = int(done.stdout)
    assert steps > 10
    goal = _files(Directory(tmp_path / str(steps)))
    for number in range(1, steps):
        left = Directory(tmp_path / str(number))
        assert snapshots.files(left.snapshots) == snapshots.files(directory.snapshots)
        findings = fixity.verify(left.snapshots, {}).findings
        assert [one for one in findings if "index" not in one.message and ".cdxj" not in one.file] == []
        pipeline.load(left, WORLD)
        assert tables(left.database) == rows
        changes[action](left, [], WORLD)
        assert _files(left) == goal, number
        shutil.rmtree(left.path)
    if action == "unpack":
        assert goal == written


def test_a_file_of_which_a_kill_left_nothing_keeps_no_other_from_it(directory: Directory) -> None:
    (directory.snapshots / "s" / "s-2023.warc.gz").write_bytes(b"")
    assert [one.file for one in pipeline.pack(directory, [], WORLD)] == CLOSED
    assert [one.file for one in pipeline.unpack(directory, [], WORLD)] == CLOSED


def test_a_pack_that_was_half_written_is_removed(directory: Directory) -> None:
    before = _files(directory)
    for path in (warcfiles.pack_of(directory.snapshots / CLOSED[0]), directory.snapshots / CLOSED[1]):
        warcfiles.beside(path).write_bytes(b"half")
    assert pipeline.verify(directory, WORLD).findings == ()
    pipeline.load(directory, WORLD)
    assert _files(directory) == before


def test_a_packed_file_without_the_extra_is_told(directory: Directory) -> None:
    pipeline.pack(directory, [], WORLD)
    program = (
        "import sys; sys.modules['zstandard'] = None\n"
        "from pathlib import Path\nfrom pref_scraper import pipeline\nfrom pref_scraper.sources import Directory\n"
        "pipeline.load(Directory(Path('.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=directory.path, capture_output=True, text=True, check=False
    )
    assert "UsageError: zstandard is not installed: pip install 'pref-scraper[pack]'" in done.stderr
