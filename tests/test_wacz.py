"""The WACZ file: the same captures, for other people's tools."""

import gzip
import hashlib
import json
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from pref_scraper import pipeline, snapshots, wacz
from pref_scraper.archive import Archive
from pref_scraper.errors import DamagedError
from pref_scraper.records import Exchange, Visit
from pref_scraper.sources import Directory
from pref_scraper.written import VERSION

from .conftest import Workshop
from .editions import page
from .loopback import Site, answer
from .shelf import SOURCE, day, put
from .test_cli import command, said
from .tools import run_tool, tool

KINDS = ["response", "request", "revisit", "metadata", "warcinfo"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Two sources, visited on five days: three editions, a 304, a 404; the tests only read it."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        stanza = '[[source]]\nid = "{0}"\nurl = "{1}/{0}"\nname = "名{0}"\ndelay_seconds = 0\n'
        workshop.settings("".join(stanza.format(name, site.url) for name in ("a", "b")))
        for number in (1, 2, 3):
            site.answers |= {"/a": answer(page(number), etag=f'"{number}"'), "/b": answer(b"<h1>b</h1><p>b</p>")}
            workshop.run()
        workshop.run()
        site.answers = {}
        workshop.run()
        yield workshop


@pytest.fixture(scope="module")
def file(archive: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (path,) = pipeline.export_wacz(archive.directory, tmp_path_factory.mktemp("files"))
    return path


def records(warc: bytes) -> list[tuple[str, str]]:
    return [(r.rec_type, r.rec_headers.get_header("WARC-Record-ID")) for r in ArchiveIterator(BytesIO(warc))]


def test_the_command_writes_one_file(archive: Workshop, file: Path, tmp_path: Path) -> None:
    """And the same bytes as at any other time; what is in the way is left."""
    done = command("export", "--format", "wacz", tmp_path / "files", where=archive.path)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'files' / 'archive.wacz'}\n")
    assert sorted(path.name for path in (tmp_path / "files").iterdir()) == ["archive.wacz", "export.json"]
    assert (tmp_path / "files" / "archive.wacz").read_bytes() == file.read_bytes()
    (tmp_path / "archive.wacz").write_text("mine")
    done = command("export", "--format", "wacz", tmp_path, where=archive.path)
    assert (done.returncode, "is not of an earlier export" in said(done)) == (2, True)
    assert (tmp_path / "archive.wacz").read_text() == "mine"
    done = command("export", "--format", "wacz", "--at", "2026-04-02", tmp_path / "new", where=archive.path)
    assert (done.returncode, "wacz holds every capture" in said(done)) == (2, True)


def test_another_tool_finds_it_valid(file: Path) -> None:
    assert "the passed WACZ is valid" in run_tool("wacz", "validate", "--file", file)


def test_it_holds_the_warc_files_byte_for_byte(archive: Workshop, file: Path) -> None:
    with zipfile.ZipFile(file) as found:
        held = {name: found.read(name) for name in found.namelist() if name.startswith("archive/")}
        assert all(info.compress_type == zipfile.ZIP_STORED for info in found.infolist())
    paths = archive.directory.snapshots.rglob("*.warc.gz")
    assert held == {f"archive/{path.name}": path.read_bytes() for path in paths}


def test_the_index_names_every_answer(file: Path) -> None:
    """Each line leads to a record of its kind, and none is missing; packs begin where the second index says."""
    with zipfile.ZipFile(file) as found:
        packs, idx = found.read("indexes/index.cdx.gz"), found.read("indexes/index.idx").decode().splitlines()
        lines = gzip.decompress(packs).decode().splitlines()
        warcs = {name.removeprefix("archive/"): found.read(name) for name in found.namelist() if "archive/" in name}
    assert lines == sorted(lines)
    led_to = []
    for line in lines:
        place = json.loads(line.split(" ", 2)[2])
        start = int(place["offset"])
        led_to += records(warcs[place["filename"]][start : start + int(place["length"])])
    answers = [one for warc in warcs.values() for one in records(warc) if one[0] in ("response", "revisit")]
    assert sorted(led_to) == sorted(answers)
    meta, *places = idx
    assert meta == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'
    ((key, stamp, where),) = (line.split(" ", 2) for line in places)
    assert lines[0].startswith(f"{key} {stamp} ")
    place = json.loads(where)
    pack = packs[place["offset"] : place["offset"] + place["length"]]
    assert (pack, place["digest"]) == (packs, f"sha256:{hashlib.sha256(packs).hexdigest()}")


def test_a_long_index_is_packed_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wacz, "LINES", 2)
    directory = Directory(tmp_path)
    for number in range(5):
        put(directory, day(number), b"<p>%d</p>" % number)
    wacz.write(directory.snapshots, tmp_path / "a.wacz")
    with zipfile.ZipFile(tmp_path / "a.wacz") as found:
        packs, idx = found.read("indexes/index.cdx.gz"), found.read("indexes/index.idx").decode().splitlines()
    lines = gzip.decompress(packs).decode().splitlines()
    parts = []
    for line in idx[1:]:
        key, stamp, where = line.split(" ", 2)
        place = json.loads(where)
        part = gzip.decompress(packs[place["offset"] : place["offset"] + place["length"]]).decode().splitlines()
        assert part[0].startswith(f"{key} {stamp} ")
        parts.append(part)
    assert [len(part) for part in parts] == [2, 2, 1]
    assert [line for part in parts for line in part] == lines


def test_the_pages_are_the_captures_that_show_one(archive: Workshop, file: Path) -> None:
    with zipfile.ZipFile(file) as found:
        head, *pages = map(json.loads, found.read("pages/pages.jsonl").decode().splitlines())
        package = json.loads(found.read("datapackage.json"))
    assert head["format"] == "json-pages-1.0"
    title = "施策・事業概要（平成15年度～平成23年度）"
    assert [(one["url"].rpartition("/")[2], one["ts"], one["title"]) for one in pages] == [
        (name, f"2026-04-0{number}T00:00:00Z", title if name == "a" else "b")
        for number in (2, 3, 4, 5)
        for name in ("a", "b")
    ]
    assert len({one["id"] for one in pages}) == 8
    assert (package["wacz_version"], package["created"]) == ("1.1.1", "2026-04-06T00:00:00Z")


def test_a_capture_that_cannot_be_read_is_called_after_its_source(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    for number, (coding, body) in enumerate({"zstd": b"(packed)", "identity": b"%PDF-1.7"}.items()):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: {coding}\r\n\r\n".encode()
        exchange = Exchange(url=SOURCE.url, request=b"", response=head + body, status=200, payload=body)
        visit = Visit(source=SOURCE, at=day(number), exchanges=(exchange,), answer=exchange)
        snapshots.append(directory.snapshots, visit)
    wacz.write(directory.snapshots, tmp_path / "a.wacz")
    with zipfile.ZipFile(tmp_path / "a.wacz") as found:
        _, *pages = map(json.loads, found.read("pages/pages.jsonl").decode().splitlines())
    assert [one["title"] for one in pages] == [SOURCE.name] * 2


def test_another_replay_tool_takes_it_in(archive: Workshop, file: Path, tmp_path: Path) -> None:
    """pywb's manager unpacks it into a collection, and its index then names each capture."""
    manager = [tool("wb-manager")]
    for words in (["init", "c"], ["add", "--unpack-wacz", "c", file]):
        subprocess.run([*manager, *words], cwd=tmp_path, check=True, capture_output=True)
    lines = (tmp_path / "collections" / "c" / "indexes" / "index.cdxj").read_text("utf-8").splitlines()
    stamps = [line.split(" ")[1] for line in lines if line.split(" ")[0].endswith(")/a")]
    assert stamps == [f"2026040{number}000000" for number in (2, 3, 4, 5, 6)]


def test_another_archive_of_ours_takes_it_in(archive: Workshop, file: Path, tmp_path: Path) -> None:
    """Every capture at its time, with what came of it and what it says."""
    directory = Directory(tmp_path)
    found = pipeline.import_files(directory, archive.config.sources, [file])
    assert [one.left for one in found.brought] == [{}, {}]

    def captures(of: Directory) -> list[tuple[object, ...]]:
        with Archive.open(of.database, version=VERSION, read_only=True) as opened:
            return [
                (one.capture_id, one.outcome, one.http_status, one.payload_digest, one.text_digest, one.records)
                for one in opened.captures()
            ]

    assert captures(directory) == captures(archive.directory)
    assert pipeline.verify(directory).findings == ()


def test_nothing_and_what_is_damaged_is_not_exported(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    done = command("export", "--format", "wacz", tmp_path / "files", where=tmp_path / "archive")
    assert (done.returncode, "has no capture yet" in said(done)) == (2, True)
    directory = Directory(tmp_path / "archive")
    put(directory, datetime(2026, 4, 1, tzinfo=UTC), b"<p>")
    (warc,) = directory.snapshots.rglob("*.warc.gz")
    warc.write_bytes(warc.read_bytes()[:-9])
    with pytest.raises(DamagedError, match="verify"):
        pipeline.export_wacz(directory, tmp_path / "files")
    assert not (tmp_path / "files" / "archive.wacz").exists()
