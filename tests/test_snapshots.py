"""snapshots/ on a real disk: what is written can be read by others, and what was touched is found."""

import gzip
import json
import os
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from pref_scraper import snapshots
from pref_scraper.errors import DamagedError, LockedError, PrefScraperError
from pref_scraper.records import Exchange, Source, Tls, Visit

AT = datetime(2026, 4, 1, tzinfo=UTC)
SOURCE = Source(id="s", url="http://127.0.0.1/p", name="頁")
BODY = "<p>予算額</p>".encode()
ANSWER = Exchange(
    url=SOURCE.url,
    request=b"GET /p HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    response=b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Type: text/html\r\n\r\n' + BODY,
    status=200,
    payload=BODY,
    address="127.0.0.1",
)
NOT_MODIFIED = replace(ANSWER, response=b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n', status=304, payload=b"")
VISIT = Visit(source=SOURCE, at=AT, exchanges=(ANSWER,), answer=ANSWER)
FILE = "s/s-2026.warc.gz"


def _visits(folder: Path) -> list[tuple[str | None, int | None]]:
    return [(stored.record_id, stored.status) for stored, _ in snapshots.read(folder, FILE)]


def test_a_visit_comes_back_as_it_was_written(tmp_path: Path) -> None:
    record_id = snapshots.append(tmp_path, VISIT)
    ((stored, end),) = snapshots.read(tmp_path, FILE)
    assert (stored.source, stored.at, stored.status) == (SOURCE, AT, 200)
    assert (stored.record_id, stored.content_type, stored.error) == (record_id, "text/html", None)
    assert snapshots.read_body(tmp_path, stored.file, stored.offset) == BODY
    assert end == (tmp_path / FILE).stat().st_size


def test_other_tools_read_the_same_bytes(tmp_path: Path) -> None:
    snapshots.append(tmp_path, VISIT)
    with (tmp_path / FILE).open("rb") as file:
        records = [(r.rec_type, r.raw_stream.read()) for r in ArchiveIterator(file, no_record_parse=True)]
    assert [kind for kind, _ in records] == ["warcinfo", "response", "request", "metadata"]
    assert dict(records)["response"] == ANSWER.response
    assert dict(records)["request"] == ANSWER.request
    check = [sys.executable, "-c", "from warcio.cli import main; main()", "check", str(tmp_path / FILE)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0


def test_what_the_archive_holds_is_referred_to_and_not_stored_again(tmp_path: Path) -> None:
    first = snapshots.append(tmp_path, VISIT)
    ((stored, size),) = snapshots.read(tmp_path, FILE)
    validators = snapshots.read_validators(tmp_path, stored.file, stored.offset)
    assert (validators.etag, validators.record_id, validators.url) == ('"1"', first, SOURCE.url)
    for exchange in (ANSWER, NOT_MODIFIED):
        visit = Visit(source=SOURCE, at=AT, exchanges=(exchange,), answer=exchange)
        snapshots.append(tmp_path, visit, validators)
    found = [stored for stored, _ in snapshots.read(tmp_path, FILE)]
    assert [stored.refers_to for stored in found] == [None, first, first]
    assert len({stored.payload_digest for stored in found}) == 1
    later = gzip.decompress((tmp_path / FILE).read_bytes()[size:])
    assert BODY not in later
    assert later.count(b"WARC-Profile: http://netpreserve.org/warc/1.1/revisit/") == 2
    assert b"HTTP/1.1 304 Not Modified" in later
    again = snapshots.read_validators(tmp_path, found[1].file, found[1].offset)
    assert again == validators


def test_a_visit_without_an_answer_leaves_a_record(tmp_path: Path) -> None:
    snapshots.append(tmp_path, Visit(source=SOURCE, at=AT, exchanges=(), answer=None, error="it refuses"))
    ((stored, _),) = snapshots.read(tmp_path, FILE)
    assert (stored.status, stored.error) == (None, "it refuses")


def test_what_no_record_has_room_for_stands_with_the_visit(tmp_path: Path) -> None:
    """The heads before the answer's, what secured the connection, why a request was made again, where a visit is from."""
    secured = replace(
        ANSWER,
        interim=b"HTTP/1.1 103 Early Hints\r\n\r\n",
        tls=Tls(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", certificate="sha256:00"),
        retried="it answered 503",
    )
    later = AT + timedelta(hours=1)
    snapshots.append(tmp_path, replace(VISIT, exchanges=(secured,), answer=secured, retry_at=later, origin={"a": "b"}))
    ((stored, _),) = snapshots.read(tmp_path, FILE)
    assert stored.retry_at == later
    with (tmp_path / FILE).open("rb") as file:
        (block,) = [r.raw_stream.read() for r in ArchiveIterator(file) if r.rec_type == "metadata"]
    description = json.loads(block.split(b": ", 1)[1])
    assert description["origin"] == {"a": "b"}
    assert description["connections"] == [
        {
            "url": SOURCE.url,
            "tls": {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "certificate": "sha256:00"},
            "interim": "HTTP/1.1 103 Early Hints\r\n\r\n",
            "retried": "it answered 503",
        }
    ]


def test_each_flipped_byte_is_found(tmp_path: Path) -> None:
    snapshots.append(tmp_path, VISIT)
    path = tmp_path / FILE
    whole = path.read_bytes()
    assert snapshots.verify(tmp_path) == (4, [])
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        _, findings = snapshots.verify(tmp_path)
        assert findings, position
        assert findings[0].file == FILE


def test_each_truncation_is_found_or_is_a_whole_visit_less(tmp_path: Path) -> None:
    snapshots.append(tmp_path, VISIT)
    path = tmp_path / FILE
    first = path.stat().st_size
    snapshots.append(tmp_path, VISIT)
    whole = path.read_bytes()
    warcinfo = zlib.decompressobj(31)
    warcinfo.decompress(whole)
    whole_without_a_visit = {first, len(whole) - len(warcinfo.unused_data)}
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        _, findings = snapshots.verify(tmp_path)
        assert bool(findings) is (length not in whole_without_a_visit), length


def test_what_does_not_belong_there_is_found(tmp_path: Path) -> None:
    snapshots.append(tmp_path, VISIT)
    (tmp_path / "README.md").write_text("kept")
    (tmp_path / "notes.doc").write_text("what is this")
    _, (finding,) = snapshots.verify(tmp_path)
    assert (finding.file, finding.message) == ("notes.doc", "not a file of this archive")


def test_a_torn_tail_is_set_aside_at_any_byte_and_nothing_else(tmp_path: Path) -> None:
    first = snapshots.append(tmp_path, VISIT)
    path = tmp_path / FILE
    end = path.stat().st_size
    snapshots.append(tmp_path, VISIT)
    whole = path.read_bytes()
    for length in range(end + 1, len(whole)):
        path.write_bytes(whole[:length])
        (sentence,) = snapshots.settle(tmp_path, {})
        aside = tmp_path / f"{FILE}.torn-{end}"
        assert aside.name in sentence
        assert aside.read_bytes() == whole[end:length]
        assert path.read_bytes() == whole[:end]
        aside.unlink()
    assert _visits(tmp_path) == [(first, 200)]
    assert snapshots.settle(tmp_path, {}) == []


def test_damage_before_the_end_is_no_torn_tail(tmp_path: Path) -> None:
    for _ in range(3):
        snapshots.append(tmp_path, VISIT)
    path = tmp_path / FILE
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    with pytest.raises(DamagedError, match="damaged at byte"):
        snapshots.settle(tmp_path, {})
    assert path.read_bytes() == whole


def test_a_disk_that_takes_no_more_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """In a process of its own that may not write files beyond a size: the kernel then refuses as a full disk does."""
    snapshots.append(tmp_path, VISIT)
    before = (tmp_path / FILE).read_bytes()
    program = (
        "import resource, sys; from pathlib import Path; from tests.test_snapshots import VISIT\n"
        "from pref_scraper import snapshots\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 100}, {len(before) + 100}))\n"
        "from pref_scraper.errors import PrefScraperError\n"
        "try:\n    snapshots.append(Path(sys.argv[1]), VISIT)\n"
        "except PrefScraperError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    assert "could not be written" in done.stdout
    assert "this visit is not archived, all earlier ones are as before" in done.stdout
    assert (tmp_path / FILE).read_bytes() == before


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("a file where a folder should be")
    with pytest.raises(PrefScraperError, match="could not be written"):
        snapshots.append(tmp_path, VISIT)


def test_a_second_run_ends_at_once_and_a_dead_one_holds_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from pref_scraper import snapshots\n"
        f"with snapshots.lock(Path({str(tmp_path)!r})):\n    print('held', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match="another run holds"), snapshots.lock(tmp_path):
            pass
        other.kill()
        other.wait()
    with snapshots.lock(tmp_path):
        assert os.listdir(tmp_path) == []  # noqa: PTH208  # the lock leaves no file
