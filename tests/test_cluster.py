"""A cluster as its user has one: a scheduler and two workers, processes that speak TCP, and snapshots in an S3 store."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import fsspec
import pytest

from pref_scraper import cluster, pipeline
from pref_scraper.cluster import connected
from pref_scraper.errors import UsageError
from pref_scraper.gathering import gather, opened
from pref_scraper.places import Place
from pref_scraper.sources import Directory

from . import large
from .shelf import tables
from .test_cli import SCRIPT, said
from .test_cli import command as installed
from .test_gathering import files
from .tools import Store

SOURCES, CAPTURES = 5, 4
QUIET = ("--no-dashboard", "--host", "127.0.0.1")


class Cluster:
    """A scheduler, and as many workers as are added, in a folder of their own and with this environment."""

    def __init__(self, path: Path, env: dict[str, str]) -> None:
        self._path = path
        self._env = env
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._start("scheduler", "--port", "0", *QUIET)
        self.address = self._said(0, r"Scheduler at: +(tcp://\S+)")
        return self

    def add(self, workers: int) -> None:
        """Starts workers, which no nanny starts again."""
        first = len(self.processes)
        for _ in range(workers):
            space = ("--local-directory", str(self._path))
            self._start("worker", self.address, "--no-nanny", "--nthreads", "1", *space, *QUIET)
        for number in range(first, first + workers):
            self._said(number, "(Registered to)")

    def _start(self, what: str, *words: str) -> None:
        with self._log(len(self.processes)).open("w") as log:
            command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *words]
            self.processes.append(subprocess.Popen(command, cwd=self._path, env=self._env, stdout=log, stderr=log))

    def _said(self, number: int, pattern: str) -> str:
        """What a process says sooner or later."""
        deadline = time.monotonic() + 60
        while not (found := re.search(pattern, self._log(number).read_text())):
            assert time.monotonic() < deadline, self._log(number).read_text()
        return found[1]

    def _log(self, number: int) -> Path:
        return self._path / f"{number}.log"

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    return large.archive(tmp_path_factory.mktemp("archive"), sources=SOURCES, captures=CAPTURES)


@pytest.fixture(scope="module")
def env() -> Iterator[dict[str, str]]:
    """An environment that names an S3 store, which this process has from now on, too."""
    with Store() as store, pytest.MonkeyPatch.context() as patch:
        for name, value in store.env.items():
            patch.setenv(name, value)
        yield {**os.environ}


@pytest.fixture(scope="module")
def stored(archive: Directory, env: dict[str, str]) -> str:
    """Its snapshots in the store."""
    store, _ = fsspec.url_to_fs("s3://bucket")
    store.put(f"{archive.snapshots}/", "bucket/snapshots/", recursive=True)
    return "s3://bucket/snapshots"


@pytest.fixture(scope="module")
def scheduler(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster"), env) as running:
        yield running


@pytest.fixture(scope="module")
def two(scheduler: Cluster) -> Cluster:
    """The same with two workers."""
    scheduler.add(2)
    return scheduler


def command(*words: str, where: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([SCRIPT, *words], cwd=where, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "127.0.0.1", "nowhere://127.0.0.1:9"])
def test_where_no_scheduler_answers_it_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with pytest.raises(UsageError, match=f"no Dask scheduler answers at {address} .*: name one"), connected(address):
        pass


def test_a_scheduler_without_workers_is_told(scheduler: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has none until the next test."""
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with pytest.raises(UsageError, match="has no worker: start some"), connected(scheduler.address):
        pass


def unknown_there(_: int) -> int:
    """What the cluster cannot import, as it does not have these tests."""
    return 0


def test_machines_without_the_program_are_told(two: Cluster) -> None:
    with (
        pytest.raises(UsageError, match="the scheduler or a worker has no tests: pip install"),
        connected(two.address) as workers,
    ):
        list(workers.each(unknown_there, [1]))


def test_a_rebuild_on_a_cluster_of_snapshots_in_a_store_has_the_same_rows(
    archive: Directory, stored: str, two: Cluster, env: dict[str, str], tmp_path: Path
) -> None:
    words = ("rebuild", "--dask", two.address, "--snapshots", stored, "--dataset", "s3://bucket/dataset")
    done = command(*words, where=tmp_path, env=env)
    assert (done.returncode, done.stdout) == (0, f"archive.db is built anew from {SOURCES * CAPTURES} captures\n")
    assert tables(tmp_path / "archive.db") == tables(archive.database)


def test_a_server_that_cannot_be_reached_is_told_and_costs_nothing(
    archive: Directory, two: Cluster, env: dict[str, str]
) -> None:
    before = archive.database.read_bytes()
    words = ("rebuild", "--dask", two.address, "--snapshots", "http://127.0.0.1:9/snapshots")
    done = command(*words, where=archive.path, env=env)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "pref-scraper: http://127.0.0.1:9/snapshots cannot be reached (Cannot connect to host "
    )
    assert archive.database.read_bytes() == before


def exporting(two: Cluster, archive: Directory, target: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    """An export on the cluster that has written its first file, and goes on."""
    words = (SCRIPT, "export", "--dask", two.address, target)
    running = subprocess.Popen(words, cwd=archive.path, env=env, stderr=subprocess.PIPE, text=True)
    while not list(target.glob("captures/*/*/*.parquet")):
        assert running.poll() is None
    return running


def test_a_worker_that_is_killed_in_the_middle_is_not_missed(
    archive: Directory, two: Cluster, env: dict[str, str], tmp_path: Path
) -> None:
    """What is written is what is written without a cluster."""
    with exporting(two, archive, tmp_path / "cut", env) as running:
        worker = two.processes[-1]
        worker.kill()
        assert worker.wait() == -signal.SIGKILL
        assert running.poll() is None
    assert running.returncode == 0
    gather(Place.of(str(archive.snapshots)), Place.of(str(tmp_path / "whole")), map)
    assert files(tmp_path / "cut") == files(tmp_path / "whole")
    fresh = Directory(tmp_path / "fresh")
    fresh.path.mkdir()
    pipeline.load_dataset(fresh, str(tmp_path / "cut"))
    assert tables(fresh.database) == tables(archive.database)


def test_a_scheduler_that_is_killed_is_told(
    archive: Directory, two: Cluster, env: dict[str, str], tmp_path: Path
) -> None:
    """The last test of this cluster."""
    with exporting(two, archive, tmp_path / "cut", env) as running:
        two.processes[0].kill()
        _, told = running.communicate(timeout=60)
    assert running.returncode == 1
    assert told == f"pref-scraper: the scheduler at {two.address} was lost: see to it and begin again\n"
    with pytest.raises(UsageError, match="is not finished"):
        opened(Place.of(str(tmp_path / "cut")))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("rebuild", "--snapshots", "s3://b/s"), "--snapshots is for --dask ADDRESS: give both, or neither"),
        (("rebuild", "--dataset", "d"), "--dataset is for --dask ADDRESS: give both, or neither"),
        (("export", "--format", "csv", "--dask", "tcp://127.0.0.1:9", "d"), "leave out --format, --at and --licence"),
        (("export", "d"), "--format is missing: give one of csv, jsonl, parquet, xlsx, wacz, or --dask ADDRESS"),
        (("load", "--parquet", "nowhere"), "nowhere has no dataset.json of this program"),
    ],
)
def test_options_that_do_not_go_together_are_told(words: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    done = installed(*words, where=tmp_path)
    assert done.returncode == 2
    assert sentence in said(done)
