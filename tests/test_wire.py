"""From the wire into the archive: each byte, for every shape of an answer, read back by other people's readers and tools."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastWarc
from warcio.archiveiterator import ArchiveIterator as Warcio

from pref_scraper import fixity, pipeline
from pref_scraper.limits import Limits
from pref_scraper.sources import Directory, parse_config
from pref_scraper.world import World

from .loopback import Site, sources
from .tools import Pywb, Replayed, run_tool
from .warcs import Raw, base32, described, in_hexadecimal, records
from .wire import LIMIT, LONG_HEAD, SHAPES, Shape

AT = datetime(2026, 4, 1, 9, 30, 15, tzinfo=UTC)
LONG = "a head longer than FastWARC reads"
ALL = {**SHAPES, LONG: LONG_HEAD}
IDS = {name: f"shape-{number:02}" for number, name in enumerate(ALL)}


@dataclass(frozen=True, slots=True)
class Kept:
    """An archive of a visit to each shape, and the requests that the site got, by path."""

    directory: Directory
    url: str
    requests: dict[str, list[bytes]]

    def file(self, name: str) -> Path:
        return self.directory.snapshots / IDS[name] / f"{IDS[name]}-2026.warc.gz"

    def records(self, name: str, kind: str) -> list[Raw]:
        """The records of a shape's own visit, without those of robots.txt."""
        robots = f"{self.url}/robots.txt"
        return [record for record in records(self.file(name)) if record.kind == kind and record.url != robots]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """All shapes, each a source of its own, visited in one `fetch`."""
    directory = Directory(tmp_path_factory.mktemp("wire"))
    with Site() as site:
        config = parse_config(sources(site, *IDS.values()))
        site.answers |= {f"/{IDS[name]}": shape.interim + shape.wire for name, shape in ALL.items()}
        world = World(clock=lambda: AT, pause=lambda _: None, limits=Limits(max_bytes=LIMIT))
        pipeline.fetch(directory, config, config.sources, world)
        by_path = {
            path: [r for r, p in zip(site.requests, site.paths(), strict=True) if p == path] for path in site.paths()
        }
        yield Kept(directory, site.url, by_path)


each_shape = pytest.mark.parametrize(("name", "shape"), ALL.items(), ids=ALL)


@each_shape
def test_every_byte_is_archived_as_it_crossed_the_wire(kept: Kept, name: str, shape: Shape) -> None:
    answers, requests = kept.records(name, "response"), kept.records(name, "request")
    assert {answer.block for answer in answers} == {shape.wire[:LIMIT]}
    assert [request.block for request in requests] == kept.requests[f"/{IDS[name]}"]
    assert len(answers) == len(requests)
    assert _interim(kept, name) == ([shape.interim] * len(answers) if shape.interim else [])


def _interim(kept: Kept, name: str) -> list[bytes]:
    """The heads before the answers', as the visit's metadata record has them: a character per byte."""
    (record,) = kept.records(name, "metadata")
    description = described(record.block)
    return [
        connection["interim"].encode("latin-1")
        for connection in description.get("connections", [])
        if "interim" in connection
    ]


@each_shape
def test_the_fields_are_those_of_the_standard(kept: Kept, name: str, shape: Shape) -> None:
    for answer in kept.records(name, "response"):
        fields = answer.fields
        assert fields["content-type"] == "application/http; msgtype=response"
        assert fields["warc-ip-address"] == "127.0.0.1"
        assert fields.get("warc-truncated") == shape.truncated
        if shape.truncated != "length":
            assert fields.get("warc-payload-digest") == (base32(shape.payload) if shape.status else None)
    for record in records(kept.file(name)):
        assert record.version == b"WARC/1.1"
        assert record.fields["warc-date"] == "2026-04-01T09:30:15Z"
        assert record.fields["warc-block-digest"] == in_hexadecimal(record.block)
        assert re.fullmatch(r"<urn:uuid:[0-9a-f-]{36}>", record.fields["warc-record-id"])


def test_the_records_of_a_visit_name_each_other(kept: Kept) -> None:
    """Ids are unique in the whole archive; request and metadata name their answer (WARC 1.1, 6.4 and 6.6)."""
    found = [record for name in ALL for record in records(kept.file(name))]
    ids = [record.fields["warc-record-id"] for record in found]
    assert len(set(ids)) == len(ids)
    for name in SHAPES:
        answers = [answer.fields["warc-record-id"] for answer in kept.records(name, "response")]
        assert [request.fields["warc-concurrent-to"] for request in kept.records(name, "request")] == answers
        (metadata,) = kept.records(name, "metadata")
        assert metadata.fields.get("warc-concurrent-to") in {*answers, None}
        first, *_ = records(kept.file(name))
        assert (first.kind, first.fields["warc-filename"]) == ("warcinfo", kept.file(name).name)


def _by_warcio(path: Path) -> list[tuple[str, bytes]]:
    with path.open("rb") as file:
        found = Warcio(file, no_record_parse=True)
        return [(record.rec_headers.get_header("WARC-Record-ID"), record.raw_stream.read()) for record in found]


def _by_fastwarc(path: Path) -> list[tuple[str, bytes]]:
    with path.open("rb") as file:
        return [(str(record.record_id), record.reader.read()) for record in FastWarc(file, parse_http=False)]


@pytest.mark.parametrize("reader", [_by_warcio, _by_fastwarc], ids=["warcio", "FastWARC"])
def test_other_readers_read_the_same_bytes(kept: Kept, reader: Callable[[Path], list[tuple[str, bytes]]]) -> None:
    for name in ALL:
        own = [(record.fields["warc-record-id"], record.block) for record in records(kept.file(name))]
        assert reader(kept.file(name)) == own, name


@pytest.fixture(scope="module")
def together(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of all shapes as one, which is a WARC file again (WARC 1.1, 4)."""
    path = tmp_path_factory.mktemp("together") / "shapes.warc.gz"
    path.write_bytes(b"".join(kept.file(name).read_bytes() for name in SHAPES))
    return path


def _names(kept: Kept, printed: str) -> set[str]:
    """The shapes whose answers' records a tool names."""
    found = set(re.findall(r"<urn:uuid:[0-9a-f-]{36}>", printed))
    return {
        name
        for name in SHAPES
        if found & {record.fields["warc-record-id"] for record in kept.records(name, "response")}
    }


# What other checkers take for the payload is all that stands behind the head. The standard says that a payload is the
# body without its transfer coding (WARC 1.1, 6.3.2), and HTTP that a body ends where its length says (RFC 9112, 6.3).
OTHER_PAYLOADS = {name for name, shape in SHAPES.items() if shape.is_chunked} | {"bytes behind the body"}


def test_warcio_passes_every_digest_but_the_payloads_of_chunked_answers(kept: Kept, together: Path) -> None:
    printed = run_tool("warcio", "check", together, code=1)
    assert printed.count(" digest failed") == printed.count("payload digest failed")
    assert _names(kept, printed) == OTHER_PAYLOADS


def test_fastwarc_passes_every_block_and_every_payload_but_those_and_one(kept: Kept, together: Path) -> None:
    """It does not find the head's end where lines end with a bare line feed."""
    assert f"{len(records(together))} records were verified successfully" in run_tool("fastwarc", "check", together)
    printed = run_tool("fastwarc", "check", "--verify-payloads", together, code=1)
    assert _names(kept, printed) == OTHER_PAYLOADS | {"bare line feeds"}


def test_others_index_every_record(kept: Kept, together: Path) -> None:
    every = records(together)
    by_warcio = run_tool("warcio", "index", "--fields", "offset,warc-type,warc-target-uri", together).splitlines()
    assert [json.loads(line)["warc-type"] for line in by_warcio] == [record.kind for record in every]
    answers = [record for record in every if record.kind == "response"]
    by_fastwarc = run_tool("fastwarc", "index", together)
    assert len(by_fastwarc.splitlines()) >= len(answers)
    entries = [json.loads(line.split(" ", 2)[2]) for line in run_tool("cdxj-indexer", together).splitlines()]
    assert [entry["url"] for entry in entries] == [answer.url for answer in answers]


def test_gzip_finds_every_member_whole(together: Path) -> None:
    subprocess.run(["gzip", "--test", together], check=True)


# What pywb does not show as it was: it stops at a reason phrase beyond Latin-1, takes a trailer for the
# body, and waits for the bytes that a head promises. What broke off it shows as far as it came.
NOT_SHOWN = {"a Japanese reason phrase", "chunked, with a trailer", "chunked, with Content-Length beside"}


def test_pywb_shows_every_whole_answer_as_it_was(kept: Kept) -> None:
    whole = {name: shape for name, shape in ALL.items() if shape.status and not shape.truncated}
    with Pywb(kept.directory.path) as pywb:
        for name in whole.keys() - NOT_SHOWN:
            found = pywb.replay(IDS[name], AT, f"{kept.url}/{IDS[name]}")
            assert found == Replayed(status=ALL[name].status or 0, at=AT, body=ALL[name].payload), name


def test_verify_finds_every_shape_as_it_was_written(kept: Kept) -> None:
    checked = fixity.verify(kept.directory.snapshots, {})
    assert checked.findings == ()
    answers = [answer.block for name in ALL for answer in kept.records(name, "response")]
    assert checked.chunked == sum(b"chunked" in block.partition(b"\r\n\r\n")[0] for block in answers)


def test_every_shape_is_loaded_and_none_stops_the_next(kept: Kept) -> None:
    """What is whole and has a text is a page; packed as zstd it is kept, and not unpacked here."""
    loaded = pipeline.load(kept.directory)
    assert {one.capture.source_id for one in loaded} == set(IDS.values())
    pages = {name for name, shape in ALL.items() if shape.status == 200 and not shape.truncated and shape.payload}
    good = {one.capture.source_id for one in loaded if one.capture.outcome == "new"}
    assert good == {IDS[name] for name in pages - {"zstd"}}
