"""A dataset says what the snapshots say: archive.db that is built of it is the one that is built of them, byte for byte."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import fsspec
import pytest

from pref_scraper import building, gathering, packing, parse, pipeline, snapshots
from pref_scraper.belief import Reading
from pref_scraper.dataset import KINDS, LIST, Read, page_row, record_rows, to_list
from pref_scraper.errors import DamagedError, PrefScraperError, UsageError
from pref_scraper.gathering import Dataset, carry_out, gather, opened
from pref_scraper.parquet import Unpacked, packed
from pref_scraper.places import Place
from pref_scraper.records import Exchange, Source, Validators, Visit, format_time
from pref_scraper.sources import Directory
from pref_scraper.supply import Snapshots, Supply
from pref_scraper.warc import digest_of

from .editions import page
from .loopback import Site, answer
from .shelf import SOURCE, day, put
from .tools import ROOT, run_tool

OTHER = Source(id="other", url="http://127.0.0.1/other", name="別のページ", publisher="ある県", delay_seconds=2.5)
RESET = replace(OTHER, content="#nowhere")


def not_modified(directory: Directory, number: int, refers_to: str, body: bytes) -> None:
    """A 304 that says nothing of its type, and refers to a capture of the year before."""
    known = Validators(
        etag='"1"',
        last_modified=None,
        payload_digest=digest_of(body),
        record_id=refers_to,
        url=SOURCE.url,
        date=format_time(day(-10)),
    )
    answer = Exchange(url=SOURCE.url, request=b"", response=b"HTTP/1.1 304 Not Modified\r\n\r\n", status=304)
    visit = Visit(source=SOURCE, at=day(number), exchanges=(answer,), answer=answer)
    snapshots.append(directory.snapshots, visit, known)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    """A page over two years, packed and not, whose 304 brings back last year's; one read otherwise later; what is no page."""
    found = Directory(tmp_path_factory.mktemp("archive"))
    first = put(found, day(-10), page(1))
    put(found, day(-9), page(2))
    not_modified(found, 3, first, page(1))
    not_modified(found, 40, first, page(1))
    put(found, day(41), b"%PDF-1.7")
    put(found, day(42), page(1)[:4000])
    put(found, day(43), page(3))
    for number, source in ((1, OTHER), (2, OTHER), (60, RESET)):
        put(found, day(number), page(number % 3 + 1), source=source)
    put(found, day(5), page(2), imported=day(70), source=OTHER)
    packing.pack(found.snapshots, "s/s-2025.warc.gz")
    return found


def at(path: Path) -> Place:
    return Place.of(str(path))


def made(directory: Directory, path: Path) -> Dataset:
    return gather(at(directory.snapshots), at(path), map)


@pytest.fixture(scope="module")
def once(directory: Directory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its dataset, which no test changes."""
    path = tmp_path_factory.mktemp("dataset")
    made(directory, path)
    return path


def built(supply: Supply, path: Path) -> bytes:
    path.mkdir()
    building.build(path / "archive.db", supply, path / "parts")
    return (path / "archive.db").read_bytes()


def files(path: Path) -> dict[str, bytes]:
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}


def test_what_is_built_of_it_is_what_is_built_of_the_snapshots(
    directory: Directory, once: Path, tmp_path: Path
) -> None:
    dataset = opened(at(once))
    assert built(dataset, tmp_path / "a") == built(Snapshots(directory.snapshots), tmp_path / "b")
    paths = files(once)
    assert "pages/source_id=s/month=2026-02/s~s-2026.referred.parquet" in paths, "a body of another year"
    assert "captures/source_id=s/month=2025-12/s~s-2025.parquet" in paths, "of a packed file"


def test_a_task_that_is_done_twice_writes_the_same(directory: Directory, once: Path, tmp_path: Path) -> None:
    def twice(function: object, tasks: object) -> Iterator[gathering.Done]:
        for task in tasks:  # type: ignore[attr-defined]
            carry_out(task)
            yield carry_out(task)

    gather(at(directory.snapshots), at(tmp_path / "twice"), twice)
    assert files(tmp_path / "twice") == files(once)


def again(found: Reading) -> Reading | None:
    """A reading, written to rows and made of them again."""
    pages = packed(KINDS["pages"], [page_row("f", "r", found)])
    records = list(record_rows("f", "r", found))
    return Read(Unpacked(pages), Unpacked(packed(KINDS["records"], records)) if records else None).reading("r")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_page_is_made_again_as_it_was_read(number: int) -> None:
    found = Reading(page=parse(page(number)), is_whole=True)
    assert again(found) == found


@pytest.mark.parametrize("value", ["10", "10.0", "1,234.50", "１０．０", "△5"])
def test_a_number_is_made_again_as_it_was_printed(value: str) -> None:
    """So that 10 does not become 10.0, which `changes` would show."""
    html = page().decode().replace("７０．０", value)
    found = parse(html.encode())
    read = again(Reading(page=found))
    assert read is not None
    assert read.page is not None
    assert [repr(one) for one in read.page.targets] == [repr(one) for one in found.targets]


def test_one_that_was_refused_says_why_again(once: Path) -> None:
    dataset = opened(at(once))
    (stored,) = (one for one in dataset.visits("s/s-2026.warc.gz") if one.at == day(41))
    refused = gathering.Reader(dataset).read(stored).refused
    assert refused is not None
    assert (refused.outcome, refused.reason) == ("failed", "the answer is a PDF where HTML was expected")


def test_visits_are_made_again_as_they_are_stored(directory: Directory, once: Path) -> None:
    """But for the settings of a source whose newest visit has others, as `load` takes them, too."""
    dataset = opened(at(once))
    for file in ("s/s-2025.warc.gz", "s/s-2026.warc.gz", "other/other-2026-2.warc.gz"):
        assert list(dataset.visits(file)) == [stored for stored, _ in snapshots.read(directory.snapshots, file)]
    assert {one.source.content for one in dataset.visits("other/other-2026.warc.gz")} == {"#nowhere"}


def test_what_refers_to_nothing_is_told_when_it_is_asked_for(directory: Directory, tmp_path: Path) -> None:
    shutil.copytree(directory.path, tmp_path / "archive")
    for file in (tmp_path / "archive" / "snapshots" / "s").glob("s-2025.*"):
        file.unlink()
    dataset = gather(at(tmp_path / "archive" / "snapshots"), at(tmp_path / "dataset"), map)
    with pytest.raises(
        DamagedError, match=r"dataset has nothing of the page of s/s-2026.warc.gz, byte \d+: it refers to"
    ):
        built(dataset, tmp_path / "built")


def test_a_file_that_was_lost_is_named(once: Path, tmp_path: Path) -> None:
    shutil.copytree(once, tmp_path / "dataset")
    lost = "records/source_id=s/month=2025-12/s~s-2025.parquet"
    (tmp_path / "dataset" / lost).unlink()
    with pytest.raises(DamagedError, match=f"lacks {lost}: export it again"):
        built(opened(at(tmp_path / "dataset")), tmp_path / "built")


def test_what_an_earlier_dataset_left_goes_and_nothing_else(directory: Directory, once: Path, tmp_path: Path) -> None:
    (tmp_path / LIST).write_bytes((once / LIST).read_bytes())
    left = tmp_path / "captures" / "source_id=gone" / "month=2026-01" / "gone.parquet"
    left.parent.mkdir(parents=True)
    left.touch()
    (tmp_path / "notes.txt").write_text("mine")
    made(directory, tmp_path)
    assert files(tmp_path) == {**files(once), "notes.txt": b"mine"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{}", "has no dataset.json of this program"),
        (b"nothing", "has no dataset.json of this program"),
        (to_list("0.0/1", {}), "was made by version 0.0/1"),
        (to_list(gathering.SOFTWARE, None), "is not finished: export it again"),
    ],
)
def test_what_is_no_whole_dataset_of_this_version_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / LIST).write_bytes(content)
    with pytest.raises(UsageError, match=sentence):
        opened(at(tmp_path))


def test_a_folder_of_something_else_is_left_alone(directory: Directory, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds thesis.txt, and no dataset: name another place"):
        made(directory, tmp_path)
    assert files(tmp_path) == {"thesis.txt": b"mine"}


CLOSED = "http://127.0.0.1:9"
STORE_AT_CLOSED_PORT = {
    "AWS_ENDPOINT_URL": CLOSED,
    "AWS_ACCESS_KEY_ID": "reader",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_MAX_ATTEMPTS": "1",
}
LISTING = answer(b'<a href="../">up</a> <a href="a/">a</a> <a href="b/">b</a>')
FULL = answer(b'<a href="a-2026.warc.gz">a</a>')
WITHOUT: dict[str, tuple[str, type[PrefScraperError], str]] = {
    "an empty folder": ("{here}", UsageError, "lists no WARC file: name the folder snapshots/ of an archive"),
    "no folder": ("{here}/nowhere", UsageError, "/nowhere is not there: name the folder snapshots/ of an archive"),
    "an empty listing": ("{site}/empty", UsageError, "lists no WARC file: name the folder snapshots/ of an archive"),
    "404": ("{site}/nowhere", UsageError, "/nowhere is not there: name the folder snapshots/ of an archive"),
    "403": (
        "{site}/403",
        PrefScraperError,
        r"could not be listed \(the server answers 403 Forbidden\): see to its addr",
    ),
    "500": (
        "{site}/500",
        PrefScraperError,
        r"could not be listed \(the server answers 500 Broken\): see to its address",
    ),
    "500 in a folder below": (
        "{site}/part",
        PrefScraperError,
        r"/part could not be listed \(b\) \(the server answers 5",
    ),
    "404 in a folder below": ("{site}/less", PrefScraperError, r"/less could not be listed \(b\) \("),
    "no answer in a folder below": ("{site}/cut", PrefScraperError, r"/cut cannot be reached \(Server disconnected\)"),
    "a closed port": (
        f"{CLOSED}/s",
        PrefScraperError,
        r"127.0.0.1:9/s cannot be reached \(.*\): see to its address, and t",
    ),
    "a store at a closed port": (
        "s3://bucket/s",
        PrefScraperError,
        r"s3://bucket/s cannot be reached \(.*127.0.0.1:9/",
    ),
    "a store, and nothing in it": ("s3://", PrefScraperError, r"s3:// could not be listed \(.*\): see to its address"),
    "no host": ("http://", PrefScraperError, r"http:// could not be listed \(.*\): see to its address"),
}


@pytest.fixture
def closed_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store of objects that nobody serves; what fsspec keeps of one is not for other tests."""
    store = fsspec.get_filesystem_class("s3")
    store.clear_instance_cache()
    for name, value in STORE_AT_CLOSED_PORT.items():
        monkeypatch.setenv(name, value)
    yield
    store.clear_instance_cache()


@pytest.mark.usefixtures("closed_store")
@pytest.mark.parametrize(("place", "kind", "sentence"), WITHOUT.values(), ids=WITHOUT.keys())
def test_places_that_have_no_snapshots_are_told_from_those_that_cannot_be_listed(
    site: Site,
    tmp_path: Path,
    place: str,
    kind: type[PrefScraperError],
    sentence: str,
) -> None:
    """Also where it is only a folder below: nothing is made of half an archive."""
    site.answers = {
        "/empty": answer(b"<h1>Index of /empty</h1>"),
        "/403": answer(status="403 Forbidden"),
        "/500": answer(status="500 Broken"),
        **{f"/{name}": LISTING for name in ("part", "less", "cut")},
        **{f"/{name}/a": FULL for name in ("part", "less", "cut")},
        "/part/b": answer(status="500 Broken"),
        "/cut/b": b"",
    }
    with pytest.raises(PrefScraperError, match=sentence) as raised:
        gather(Place.of(place.format(here=tmp_path, site=site.url)), at(tmp_path / "dataset"), map)
    assert type(raised.value) is kind
    assert not (tmp_path / "dataset").exists()


def test_a_place_of_no_kind_is_told() -> None:
    with pytest.raises(UsageError, match=r"nope://x is no place that can be reached"):
        Place.of("nope://x")


def test_a_worker_of_another_version_reads_nothing(directory: Directory, tmp_path: Path) -> None:
    task = gathering.Task(snapshots=at(directory.snapshots), dataset=at(tmp_path), file="s/s-2026.warc.gz")
    with pytest.raises(UsageError, match=r"a worker has version .* of pref-scraper, and 9/9 is wanted"):
        carry_out(replace(task, software="9/9"))
    assert files(tmp_path) == {}


def test_snapshots_are_read_from_a_web_server_that_lists_its_files(
    directory: Directory, once: Path, tmp_path: Path
) -> None:
    """Also one that is packed there."""
    serve = partial(SimpleHTTPRequestHandler, directory=str(directory.path))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        gather(Place.of(f"http://127.0.0.1:{server.server_port}/snapshots/"), at(tmp_path / "web"), map)
        server.shutdown()
    assert files(tmp_path / "web") == files(once)


def test_what_the_workers_wrote_elsewhere_is_missed(directory: Directory, tmp_path: Path) -> None:
    def elsewhere(function: object, tasks: object) -> Iterator[gathering.Done]:
        for task in tasks:  # type: ignore[attr-defined]
            yield carry_out(replace(task, dataset=at(tmp_path / "disk-of-a-worker")))

    with pytest.raises(
        PrefScraperError, match=r"lacks captures/.*, which a worker wrote: name a place that is the same"
    ):
        gather(at(directory.snapshots), at(tmp_path / "here"), elsewhere)


def test_a_database_is_not_built_of_the_dataset_of_another_archive(once: Path, tmp_path: Path) -> None:
    mine = Directory(tmp_path / "mine")
    mine.path.mkdir()
    put(mine, day(1), page(1))
    with pytest.raises(UsageError, match=r"is not of this archive: .* has not all of other/other-2026-2.warc.gz"):
        pipeline.load_dataset(mine, str(once))
    fresh = Directory(tmp_path / "fresh")
    fresh.path.mkdir()
    assert len(pipeline.load_dataset(fresh, str(once), workers=2)) == 11
    assert sorted(one.name for one in fresh.path.iterdir()) == ["archive.db", "snapshots"]


def test_the_questions_of_the_guide_are_answered(tmp_path: Path) -> None:
    """By DuckDB, of the three editions, each visited in its month; the last one a second time."""
    made_of = Directory(tmp_path / "archive")
    made_of.path.mkdir()
    for number, edition in ((0, 1), (31, 2), (59, 3), (60, 3)):
        put(made_of, day(number), page(edition))
    made(made_of, tmp_path / "dataset")
    guide = (ROOT / "docs" / "cluster.md").read_text("utf-8")
    program = (
        f"import duckdb, json, os; os.chdir({str(tmp_path / 'dataset')!r})\n"
        f"found = [duckdb.sql(sql).fetchall() for sql in {re.findall(r'```sql.(.*?)```', guide, re.DOTALL)!r}]\n"
        "print(json.dumps(found))"
    )
    visits, figures, pages = json.loads(run_tool("python", "-X", "utf8", "-c", program))
    assert visits == [["2026-01", 1, 1], ["2026-02", 1, 1], ["2026-03", 2, 1]]
    assert figures == [
        ["2026-01-01", "28,709千円", 28_709_000],
        ["2026-02-01", "29,100千円", 29_100_000],
        ["2026-03-01", "29,100千円", 29_100_000],
        ["2026-03-02", "29,100千円", 29_100_000],
    ]
    assert [row[:2] for row in pages] == [["s", "2026-01"], ["s", "2026-02"], ["s", "2026-03"]]
    assert [has_word for *_, has_word in pages] == [False, False, True]
    assert all(90 < percent <= 100 for *_, percent, _ in pages)
