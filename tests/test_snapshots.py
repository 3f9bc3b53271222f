"""snapshots/ on a real disk: what is written can be read by others, and what was touched is found."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from pref_scraper import fixity, indexing, snapshots
from pref_scraper.errors import DamagedError, LockedError, PrefScraperError
from pref_scraper.fixity import Finding
from pref_scraper.records import Exchange, Source, Tls, Validators, Visit
from pref_scraper.visits import description_in
from pref_scraper.warc import Draft, is_digest, parse_record

from .tools import run_tool
from .warcs import base32, described, in_hexadecimal

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


def _append(folder: Path, visit: Visit, validators: Validators | None = None) -> str:
    record_id = snapshots.append(folder, visit, validators)
    indexing.update_all(folder, [visit.source.id])
    return record_id


def _verify(folder: Path) -> tuple[int, tuple[Finding, ...]]:
    checked = fixity.verify(folder, {})
    return checked.records, checked.findings


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
    run_tool("warcio", "check", tmp_path / FILE)


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
    description = described(block)
    assert description["origin"] == {"a": "b"}
    assert description["connections"] == [
        {
            "url": SOURCE.url,
            "tls": {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "certificate": "sha256:00"},
            "interim": "HTTP/1.1 103 Early Hints\r\n\r\n",
            "retried": "it answered 503",
        }
    ]


@pytest.mark.parametrize(
    ("block", "status"),
    [
        (b'pref-scraper-visit: {"source":{"id":"s"},"status":200}\r\n', 200),
        (b'visit: {"status":200}\r\n', 200),
        (b"status: 200\r\n", 200),
        (b"error: null\r\n", None),
        (b"outlinks: http://127.0.0.1/q\r\n", "of another's"),
        (b"", "of another's"),
    ],
    ids=["as in the first archives", "as one object", "as now", "with nothing to say", "a crawler's", "an empty one"],
)
def test_what_is_said_of_a_visit_is_read_as_it_ever_was_written(block: bytes, status: object) -> None:
    draft = Draft("metadata", "<urn:uuid:0>", "2026-04-01T00:00:00Z", {}, block)
    found = description_in(parse_record(gzip.decompress(draft.member())))
    assert (found.get("status") if found is not None else "of another's") == status


def test_a_visit_of_which_there_is_nothing_to_say_ends_all_the_same(tmp_path: Path) -> None:
    snapshots.append(tmp_path, Visit(source=SOURCE, at=AT, exchanges=(), answer=None))
    ((stored, _),) = snapshots.read(tmp_path, FILE)
    assert (stored.status, stored.error) == (None, None)


def test_the_archive_of_a_304_is_small(tmp_path: Path) -> None:
    """A limit that `make bench` measures: 1,024 bytes, where the head has one field and the request little more than that."""
    snapshots.append(tmp_path, VISIT)
    ((stored, _),) = snapshots.read(tmp_path, FILE)
    validators = snapshots.read_validators(tmp_path, stored.file, stored.offset)
    before = (tmp_path / FILE).stat().st_size
    request = (
        b"GET /p HTTP/1.1\r\nHost: 127.0.0.1:47871\r\nAccept: text/html, */*;q=0.1\r\nAccept-Encoding: identity\r\n"
        b'Connection: close\r\nUser-Agent: pref-scraper/0.1.0\r\nIf-None-Match: "1"\r\n\r\n'
    )
    for minutes in range(1, 21):
        exchange = replace(NOT_MODIFIED, request=request)
        visit = replace(VISIT, at=AT + timedelta(minutes=minutes), exchanges=(exchange,), answer=exchange)
        snapshots.append(tmp_path, visit, validators)
    assert (tmp_path / FILE).stat().st_size - before <= 20 * 1024


@pytest.mark.parametrize("written", [base32, in_hexadecimal], ids=["as in the first archives", "as now"])
def test_a_digest_is_known_in_either_form(written: Callable[[bytes], str]) -> None:
    label = written(BODY)
    assert is_digest(label, BODY)
    assert not is_digest(label, BODY[1:])
    assert not is_digest(label[:-1], BODY)


def test_each_flipped_byte_is_found(tmp_path: Path) -> None:
    _append(tmp_path, VISIT)
    path = tmp_path / FILE
    whole = path.read_bytes()
    assert _verify(tmp_path) == (4, ())
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        _, findings = _verify(tmp_path)
        assert findings, position
        assert findings[0].file == FILE


def test_each_truncation_is_found(tmp_path: Path) -> None:
    """Between two visits, too, where the index names more than is left."""
    for _ in range(2):
        _append(tmp_path, VISIT)
    path = tmp_path / FILE
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert _verify(tmp_path)[1], length


def test_a_file_that_lost_whole_visits_is_told_before_the_next_is_appended(tmp_path: Path) -> None:
    _append(tmp_path, VISIT)
    path = tmp_path / FILE
    first = path.read_bytes()
    _append(tmp_path, VISIT)
    path.write_bytes(first)
    for mend in (lambda: snapshots.settle(tmp_path, {}), lambda: indexing.rebuild(tmp_path)):
        with pytest.raises(DamagedError, match="its index names a record up to byte"):
            mend()
    snapshots.index_of(path).unlink()
    assert snapshots.settle(tmp_path, {}) == []
    assert _verify(tmp_path)[1] == ()


def test_what_is_missing_and_was_loaded_is_found(tmp_path: Path) -> None:
    _append(tmp_path, VISIT)
    size = (tmp_path / FILE).stat().st_size
    known = {FILE: size + 1, "t/t-2025.warc.gz": 9}
    found = fixity.verify(tmp_path, known).findings
    assert [(finding.file, finding.offset, finding.message) for finding in found] == [
        (FILE, size, f"it has {size} bytes, where {size + 1} were loaded into archive.db"),
        ("t/t-2025.warc.gz", None, "it was loaded into archive.db, and is missing"),
    ]


def test_a_revisit_whose_body_is_in_no_file_is_found(tmp_path: Path) -> None:
    """Each year is a file of its own; the first year's is lost, with its index."""
    _append(tmp_path, VISIT)
    ((stored, _),) = snapshots.read(tmp_path, FILE)
    validators = snapshots.read_validators(tmp_path, stored.file, stored.offset)
    _append(tmp_path, replace(VISIT, at=AT + timedelta(days=365)), validators)
    assert _verify(tmp_path)[1] == ()
    (tmp_path / FILE).unlink()
    alone, lost = _verify(tmp_path)[1]
    assert (alone.file, alone.message) == ("s/s-2026.cdxj", "its WARC file s-2026.warc.gz is missing")
    assert (lost.file, lost.message) == (
        "s/s-2027.warc.gz",
        f"it refers to {stored.record_id}, which is in no file",
    )


def test_an_index_that_disagrees_is_found_and_made_anew(tmp_path: Path) -> None:
    _append(tmp_path, VISIT)
    index = snapshots.index_of(tmp_path / FILE)
    right = index.read_text()
    for wrong in ("", right.replace('"200"', '"404"'), "nonsense\n", right + right):
        index.write_text(wrong)
        (finding,) = _verify(tmp_path)[1]
        assert "its index s-2026.cdxj" in finding.message
        indexing.rebuild(tmp_path)
        assert index.read_text() == right
    index.rename(tmp_path / "s" / ".s-2026.cdxj.part")  # a killed run left it
    assert [found.message for found in _verify(tmp_path)[1]] == [
        "not a file of this archive",
        "its index s-2026.cdxj is missing",
    ]
    assert snapshots.settle(tmp_path, {}) == []
    assert _verify(tmp_path)[1] == ()
    assert index.read_text() == right


def test_only_what_was_appended_is_looked_at_for_the_indexes(tmp_path: Path) -> None:
    """A file that was loaded whole had a whole index then: ten years of them need not be read a day."""
    _append(tmp_path, VISIT)
    path = tmp_path / FILE
    index, size = snapshots.index_of(path), path.stat().st_size
    index.unlink()
    indexing.update_all(tmp_path, ["s"], {FILE: size})
    assert not index.exists()
    snapshots.append(tmp_path, VISIT)
    indexing.update_all(tmp_path, ["s"], {FILE: size})
    assert index.read_text().splitlines() == indexing.made(path)


def test_the_index_says_where_each_record_stands(tmp_path: Path) -> None:
    _append(tmp_path, VISIT)
    (line,) = snapshots.index_of(tmp_path / FILE).read_text().splitlines()
    key, stamp, fields = line.split(" ", 2)
    assert (key, stamp) == ("1,0,0,127)/p", "20260401000000")
    said = json.loads(fields)
    member = (tmp_path / FILE).read_bytes()[int(said["offset"]) :][: int(said["length"])]
    assert gzip.decompress(member).endswith(BODY + b"\r\n\r\n")
    assert {name: said[name] for name in ("url", "mime", "status", "filename")} == {
        "url": SOURCE.url,
        "mime": "text/html",
        "status": "200",
        "filename": "s-2026.warc.gz",
    }


def test_an_answer_is_found_by_its_address_while_it_is_new(tmp_path: Path) -> None:
    for hours in (0, 5):
        _append(tmp_path, replace(VISIT, at=AT + timedelta(hours=hours)))
    later = AT + timedelta(hours=5)
    found = snapshots.newest_answer(tmp_path, "s", SOURCE.url, AT)
    assert found is not None
    assert (found[0], found[1].status, found[1].payload) == (later, 200, BODY)
    assert snapshots.newest_answer(tmp_path, "s", SOURCE.url.replace("http:", "https:"), AT) is None
    assert snapshots.newest_answer(tmp_path, "s", SOURCE.url, later) is None
    assert snapshots.newest_answer(tmp_path, "s", f"{SOURCE.url}/other", AT) is None
    assert snapshots.newest_answer(tmp_path, "t", SOURCE.url, AT) is None


def test_an_answer_cut_short_is_none_to_go_by(tmp_path: Path) -> None:
    cut = replace(ANSWER, truncated="disconnect")
    snapshots.append(tmp_path, replace(VISIT, exchanges=(cut,), answer=cut))
    assert snapshots.newest_answer(tmp_path, "s", SOURCE.url, AT - timedelta(hours=1)) is None


def test_other_settings_begin_another_file(tmp_path: Path) -> None:
    """A file is of one source as it was set; each visit comes back with the settings that it was made with."""
    other = replace(SOURCE, name="別の名")
    for source in (SOURCE, other, SOURCE):
        _append(tmp_path, replace(VISIT, source=source))
    assert snapshots.files(tmp_path) == [FILE.replace("2026", "2026-2"), FILE]
    found = {
        file: [stored.source for stored, _ in snapshots.read(tmp_path, file)] for file in snapshots.files(tmp_path)
    }
    assert found == {FILE: [SOURCE, SOURCE], FILE.replace("2026", "2026-2"): [other]}


def test_what_does_not_belong_there_is_found(tmp_path: Path) -> None:
    _append(tmp_path, VISIT)
    (tmp_path / "README.md").write_text("kept")
    (tmp_path / "notes.doc").write_text("what is this")
    _, (finding,) = _verify(tmp_path)
    assert (finding.file, finding.message) == ("notes.doc", "not a file of this archive")


def test_a_torn_tail_is_set_aside_at_any_byte_and_nothing_else(tmp_path: Path) -> None:
    first = _append(tmp_path, VISIT)
    path = tmp_path / FILE
    end, index = path.stat().st_size, snapshots.index_of(path).read_bytes()
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
    assert snapshots.index_of(path).read_bytes() == index


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


def test_only_what_stands_behind_the_index_is_looked_at_before_it_is_read(tmp_path: Path) -> None:
    """What an index names was whole once; whether it still is, says whoever reads it."""
    ids = [_append(tmp_path, VISIT), snapshots.append(tmp_path, VISIT)]
    path = tmp_path / FILE
    whole = path.read_bytes()
    assert snapshots.settle(tmp_path, {}) == []
    assert _visits(tmp_path) == [(record_id, 200) for record_id in ids]
    path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    assert snapshots.settle(tmp_path, {}) == []
    with pytest.raises(DamagedError, match="damaged at byte 0"):
        _visits(tmp_path)
    snapshots.index_of(path).unlink()
    with pytest.raises(DamagedError, match="damaged at byte 0"):
        snapshots.settle(tmp_path, {})


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


def test_a_file_of_somebody_else_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    """A crawl that was copied into the folder: it is whole, and would be taken for a half-written visit."""
    theirs = tmp_path / "s" / "crawl.warc.gz"
    theirs.parent.mkdir()
    head = b"WARC/1.0\r\nWARC-Type: warcinfo\r\nWARC-Record-ID: <urn:uuid:0>\r\nWARC-Date: 2012-04-01T00:00:00Z\r\n"
    before = gzip.compress(head + b"Content-Length: 20\r\n\r\nsoftware: another\r\n\r\n\r\n\r\n")
    theirs.write_bytes(before)
    with pytest.raises(DamagedError, match=r"crawl.warc.gz is not of this archive .* `pref-scraper import` it"):
        snapshots.settle(tmp_path, {})
    assert theirs.read_bytes() == before
    assert _verify(tmp_path)[1] != ()


def test_the_first_archives_are_read_and_go_on(tmp_path: Path) -> None:
    """A file as it was written before its head said of which source it is (tests/fixtures/first/README.md)."""
    source = Source(id="mie-npo", url="http://127.0.0.1/NPO/35168030780.htm", name="三重県", delay_seconds=0)
    path = tmp_path / "mie-npo" / "mie-npo-2026.warc.gz"
    path.parent.mkdir()
    path.write_bytes((Path(__file__).parent / "fixtures" / "first" / path.name).read_bytes())
    assert snapshots.settle(tmp_path, {}) == []
    assert _verify(tmp_path) == (25, ())
    found = [stored for stored, _ in snapshots.read(tmp_path, "mie-npo/mie-npo-2026.warc.gz")]
    assert [(stored.status, stored.refers_to is not None) for stored in found] == [
        (200, False),
        (304, True),
        (200, True),
        (404, False),
        (None, False),
    ]
    assert {(stored.source.id, stored.source.name) for stored in found} == {("mie-npo", "三重県")}
    assert "予算額：28,709千円".encode() in snapshots.read_body(tmp_path, found[0].file, found[0].offset)
    _append(tmp_path, replace(VISIT, source=source))
    assert snapshots.files(tmp_path) == ["mie-npo/mie-npo-2026-2.warc.gz", "mie-npo/mie-npo-2026.warc.gz"]
    whole = path.read_bytes()
    for position in range(0, len(whole), 97):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert _verify(tmp_path)[1], position
