"""Other people's captures enter the history at their own time, byte for byte, and nothing else does."""

import gzip
import json
import re
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from pref_scraper import pipeline, snapshots
from pref_scraper.errors import PrefScraperError, UsageError
from pref_scraper.limits import Limits
from pref_scraper.pipeline import Imported
from pref_scraper.records import format_time
from pref_scraper.sources import Directory, parse_config
from pref_scraper.world import World

from .conftest import Workshop
from .crawl import NOT_MODIFIED, SAME_BYTES, Crawl, block, later, sha1
from .editions import PATH, page
from .loopback import answer
from .measured import measured
from .shelf import said as said_by_page
from .shelf import tables
from .test_cli import SCRIPT, command, said
from .test_export import no_file_beyond
from .warcs import described

URL = "http://www.example.jp/NPO/page.htm"
THEN = datetime(2012, 5, 1, 9, 30, 15, tzinfo=UTC)
NOW = datetime(2026, 4, 1, tzinfo=UTC)
HTML, OTHER = page(1), page(2)


class Shelf:
    """An archive of one source, which imports files."""

    def __init__(self, path: Path, url: str = URL) -> None:
        self.directory = Directory(path)
        self.now = NOW
        self.config = parse_config(f'[[source]]\nid = "s"\nurl = "{url}"\nname = "頁"\n')

    def bring(self, *files: Path, max_bytes: int = 1_000_000) -> Imported:
        self.now += timedelta(days=1)
        world = World(clock=lambda: self.now, pause=lambda _: None, limits=Limits(max_bytes=max_bytes))
        return pipeline.import_files(self.directory, self.config.sources, files, world)

    def records(self) -> list[tuple[str, dict[str, str], bytes]]:
        """Every record in snapshots/, as warcio reads it: kind, head and block."""
        found: list[tuple[str, dict[str, str], bytes]] = []
        for path in sorted(self.directory.snapshots.rglob("*.warc.gz")):
            with path.open("rb") as file:
                records = ArchiveIterator(file, no_record_parse=True)
                found += [(r.rec_type, dict(r.rec_headers.headers), r.raw_stream.read()) for r in records]
        return found

    def blocks(self, kind: str) -> list[bytes]:
        return [content for found, _, content in self.records() if found == kind]

    def origins(self) -> list[dict[str, str]]:
        return [described(content)["origin"] for content in self.blocks("metadata")]

    def is_sound(self) -> bool:
        """Every digest is right, and a rebuild gives the database that is there."""
        before = tables(self.directory.database)
        pipeline.rebuild(self.directory)
        return tables(self.directory.database) == before and pipeline.verify(self.directory).findings == ()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "archive").mkdir()
    return Shelf(tmp_path / "archive")


def outcomes(found: Imported) -> list[tuple[str, str]]:
    return [(one.capture.captured_at, one.capture.outcome) for one in found.loaded]


def left(found: Imported) -> dict[str, int]:
    (one,) = found.brought
    return dict(one.left)


def test_what_another_archive_has_enters_at_its_own_time(workshop: Workshop, tmp_path: Path) -> None:
    """A live visit, then an import by the command; ids stay, and an import that is repeated adds nothing."""
    url = f"{workshop.site.url}{PATH}"
    workshop.site.answers[PATH] = answer(OTHER)
    workshop.visit()
    (ids,) = said_by_page(workshop.directory).values()
    crawl = Crawl()
    for days, body in ((0, HTML), (30, HTML), (60, OTHER)):
        crawl.response(url, later(THEN, days=days), body)
    crawl.response(f"{workshop.site.url}/other", THEN, b"<p>another page</p>")
    file = crawl.save(tmp_path / "crawl.warc.gz")
    done = command("import", file, where=workshop.path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ("mie-npo  3 captures from 2012-05-01 to 2012-06-30 (1 new, 1 not_modified, 1 changed)\n")
    captures = json.loads(command("log", "--json", where=workshop.path).stdout)
    assert [(one["captured_at"], one["outcome"]) for one in reversed(captures)] == [
        ("2012-05-01T09:30:15Z", "new"),
        ("2012-05-31T09:30:15Z", "not_modified"),
        ("2012-06-30T09:30:15Z", "changed"),
        ("2026-04-02T00:00:00Z", "not_modified"),
    ]
    assert set(ids) <= set(list(said_by_page(workshop.directory).values())[2])
    before = {path: path.read_bytes() for path in workshop.directory.snapshots.rglob("*") if path.is_file()}
    again = command("import", file, where=workshop.path)
    assert (again.returncode, again.stdout) == (0, "mie-npo  nothing new; 3 were there already\n")
    assert {path: path.read_bytes() for path in workshop.directory.snapshots.rglob("*") if path.is_file()} == before
    assert pipeline.verify(workshop.directory).findings == ()


def test_records_are_kept_as_they_stand_and_say_where_they_came_from(shelf: Shelf, tmp_path: Path) -> None:
    crawl = Crawl()
    url = URL.replace("http://www.", "https://")
    content = block(HTML, head={"Server": "Täst"})
    record_id = crawl.add("response", url, THEN, content, WARC_IP_Address="192.0.2.7")
    request = b"GET /NPO/page.htm HTTP/1.0\r\nHost: example.jp\r\n\r\n"
    crawl.add("request", url, THEN, request, WARC_Concurrent_To=record_id)
    crawl.add("request", url, later(THEN, hours=1), b"GET /another HTTP/1.0\r\n\r\n")
    shelf.bring(file := crawl.save(tmp_path / "crawl.warc.gz"))
    kinds = [kind for kind, _, _ in shelf.records()]
    assert kinds == ["warcinfo", "response", "request", "metadata"]
    (_, head, kept), (_, _, asked) = shelf.records()[1:3]
    assert (kept, asked) == (content, request)
    assert (head["WARC-Target-URI"], head["WARC-Date"]) == (url, "2012-05-01T09:30:15Z")
    assert head["WARC-IP-Address"] == "192.0.2.7"
    digest = subprocess.run(["sha256sum", file], capture_output=True, text=True, check=True).stdout.split()[0]
    assert shelf.origins() == [{"file": "crawl.warc.gz", "sha256": digest, "record": record_id}]
    (path,) = shelf.directory.snapshots.rglob("*.warc.gz")
    assert path.name == "s-import-20260402T000000Z.warc.gz"
    assert shelf.is_sound()


def _two_captures(*, packed: bool = True) -> bytes:
    made = Crawl(packed=packed)
    made.response(URL, THEN, HTML)
    made.response(URL, later(THEN, days=1), OTHER)
    return made.data


def _by_warcio() -> bytes:
    """The same captures as another tool writes them."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    for days, body in enumerate((HTML, OTHER)):
        date = {"WARC-Date": format_time(later(THEN, days=days))}
        content = block(body)
        record = writer.create_warc_record(
            URL, "response", BytesIO(content), length=len(content), warc_headers_dict=date
        )
        writer.write_record(record)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("a.warc", _two_captures(packed=False), id="not packed"),
        pytest.param("a.warc.gz", _two_captures(), id="a member per record"),
        pytest.param("a.warc.gz", gzip.compress(_two_captures(packed=False)), id="one member for all"),
        pytest.param("a.warc.gz", _two_captures() * 2, id="two files, one behind the other"),
        pytest.param("a.warc.gz", _by_warcio(), id="written by warcio"),
    ],
)
def test_a_warc_file_may_be_packed_in_any_way(shelf: Shelf, tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    found = shelf.bring(tmp_path / name)
    assert [outcome for _, outcome in outcomes(found)] == ["new", "changed"]
    assert shelf.blocks("response") == [block(HTML), block(OTHER)]


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_wacz_file_is_read_from_its_archive_folder(shelf: Shelf, tmp_path: Path, packed: int) -> None:
    crawl, elsewhere = Crawl(), Crawl()
    crawl.response(URL, THEN, HTML)
    elsewhere.response(URL, later(THEN, days=1), HTML)
    with zipfile.ZipFile(tmp_path / "a.wacz", "w", packed) as wacz:
        wacz.writestr("archive/data.warc.gz", crawl.data)
        wacz.writestr("logs/other.warc.gz", elsewhere.data)
    assert outcomes(shelf.bring(tmp_path / "a.wacz")) == [("2012-05-01T09:30:15Z", "new")]
    (origin,) = shelf.origins()
    assert (origin["file"], origin["member"]) == ("a.wacz", "archive/data.warc.gz")


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        (URL, True),
        ("https://www.example.jp/NPO/page.htm", True),
        ("http://example.jp/NPO/page.htm", True),
        ("http://www.example.jp:80/NPO/page.htm", True),
        ("https://www.example.jp:443/NPO/page.htm", True),
        ("http://WWW.Example.JP/NPO/page.htm#top", True),
        ("http://www.example.jp/%4EPO/page.htm", True),
        ("<http://www.example.jp/NPO/page.htm>", True),
        ("http://www.example.jp/NPO/page.htm?print=1", False),
        ("http://www.example.jp/NPO/page.html", False),
        ("http://www.example.jp:8080/NPO/page.htm", False),
        ("http://npo.example.jp/NPO/page.htm", False),
        ("http://[broken/NPO/page.htm", False),
        ("http://www.example.jp:port/NPO/page.htm", False),
        ("dns:www.example.jp", False),
    ],
)
def test_one_page_has_many_addresses(shelf: Shelf, tmp_path: Path, url: str, is_ours: bool) -> None:
    crawl = Crawl()
    crawl.response(url, THEN, HTML)
    assert len(shelf.bring(crawl.save(tmp_path / "a.warc.gz")).loaded) == is_ours


CHUNKED, GZIP = {"Transfer-Encoding": "chunked"}, {"Content-Encoding": "gzip"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(block(HTML, head=CHUNKED), id="says chunked over a body whose chunks were joined"),
        pytest.param(block(b"%X\r\n%s\r\n0\r\n\r\n" % (len(HTML), HTML), head=CHUNKED), id="in chunks"),
        pytest.param(block(gzip.compress(HTML), head=GZIP), id="gzip"),
        pytest.param(block(HTML, head=GZIP | {"Content-Length": "9000"}), id="says gzip over a body that was unpacked"),
        pytest.param(block(HTML, head=GZIP | CHUNKED), id="says both over a plain body"),
        pytest.param(block(gzip.compress(HTML), head=GZIP | CHUNKED), id="gzip, says chunked"),
        pytest.param(block(HTML).replace(b"\r\n", b"\n"), id="bare line feeds"),
        pytest.param(b"HTTP/1.0 200\r\nContent-Type: text/html\r\n\r\n" + HTML, id="HTTP/1.0, no reason, no length"),
        pytest.param(block(HTML, status="200 よし"), id="a Japanese reason phrase"),
        pytest.param(block(HTML, head={"Content-Length": "99999"}), id="says it is longer than it is"),
        pytest.param(block(HTML, head={"X": "1\r\n folded"}), id="a folded field"),
    ],
)
def test_an_answer_of_any_shape_is_kept_and_read(shelf: Shelf, tmp_path: Path, content: bytes) -> None:
    crawl = Crawl()
    crawl.add("response", URL, THEN, content)
    (loaded,) = shelf.bring(crawl.save(tmp_path / "a.warc.gz")).loaded
    assert (loaded.capture.outcome, loaded.capture.records) == ("new", 169)
    assert shelf.blocks("response") == [content]
    assert shelf.is_sound()


def test_whatever_was_answered_is_brought_and_judged(shelf: Shelf, tmp_path: Path) -> None:
    crawl = Crawl()
    answers = {
        "200 OK": HTML,
        "404 Not Found": b"gone",
        "410 Gone": b"",
        "500 Oh": b"",
        "503 No": b"",
        "200 Ok": b"<p>",
    }
    for days, (status, body) in enumerate(answers.items()):
        crawl.response(URL, later(THEN, days=days), body, status=status)
    crawl.add("response", URL, later(THEN, days=9), block(HTML[:9000]), WARC_Truncated="length")
    found = shelf.bring(crawl.save(tmp_path / "a.warc.gz"))
    assert [outcome for _, outcome in outcomes(found)] == [
        *("new", "gone", "gone", "failed", "failed", "suspect", "suspect")
    ]
    assert found.loaded[-1].capture.reason == "the answer was cut short: it is longer than what is kept of one"
    assert shelf.is_sound()


HEAD = b'HTTP/1.1 200 OK\r\nETag: "2"\r\nContent-Type: text/html\r\n\r\n'


@pytest.mark.parametrize(
    ("fields", "own_head", "is_found"),
    [
        pytest.param({"WARC_Refers_To": "ID"}, HEAD, True, id="by its id"),
        pytest.param({"WARC_Refers_To": "ID"}, b"", True, id="by its id, without a head of its own"),
        pytest.param(
            {"WARC_Refers_To_Target_URI": URL, "WARC_Refers_To_Date": "2012-05-01T09:30:15Z"},
            *(HEAD, True),
            id="by its address and time",
        ),
        pytest.param({"WARC_Payload_Digest": sha1(HTML)}, HEAD, True, id="by its payload"),
        pytest.param(
            {"WARC_Refers_To": "<urn:uuid:0>", "WARC_Payload_Digest": sha1(HTML)}, HEAD, True, id="by one of two"
        ),
        pytest.param({"WARC_Refers_To": "<urn:uuid:0>"}, HEAD, False, id="by an id that is nowhere"),
        pytest.param({}, HEAD, False, id="by nothing"),
    ],
)
def test_a_revisit_is_joined_with_what_it_stands_for(
    shelf: Shelf, tmp_path: Path, fields: dict[str, str], own_head: bytes, is_found: bool
) -> None:
    crawl = Crawl()
    record_id = crawl.response(URL, THEN, HTML)
    named = {name: value.replace("ID", record_id) for name, value in fields.items()}
    crawl.add("revisit", URL, later(THEN, days=1), own_head, WARC_Profile=SAME_BYTES, **named)
    found = shelf.bring(crawl.save(tmp_path / "a.warc.gz"))
    assert [outcome for _, outcome in outcomes(found)] == ["new", "not_modified"][: 1 + is_found]
    assert left(found) == ({} if is_found else {"refers_to_nothing": 1})
    ours = [head for _, head, _ in shelf.records() if head["WARC-Type"] in ("response", "revisit")]
    assert [head.get("WARC-Refers-To") for head in ours][1:] == [ours[0]["WARC-Record-ID"]] * is_found
    assert shelf.blocks("revisit") == [own_head or block(b"", head={"Content-Length": str(len(HTML))})] * is_found
    assert shelf.is_sound()


def test_a_revisit_of_another_address_gets_the_body_it_stands_for(shelf: Shelf, tmp_path: Path) -> None:
    """A crawler that stores equal bytes once names the address where it saw them first; also in another file."""
    first, second = Crawl(), Crawl()
    record_id = first.response("http://mirror.example.jp/copy.htm", THEN, HTML)
    second.add("revisit", URL, later(THEN, days=1), HEAD, WARC_Profile=SAME_BYTES, WARC_Payload_Digest=sha1(HTML))
    found = shelf.bring(second.save(tmp_path / "b.warc.gz"), first.save(tmp_path / "a.warc.gz"))
    assert outcomes(found) == [("2012-05-02T09:30:15Z", "new")]
    assert shelf.blocks("response") == [HEAD + HTML]
    (origin,) = shelf.origins()
    assert (origin["file"], origin["refers_to"]) == ("b.warc.gz", record_id)
    assert shelf.is_sound()


@pytest.mark.parametrize("etag", [{"ETag": '"1"'}, {}])
@pytest.mark.parametrize("head", [b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n', b""])
def test_a_304_is_not_modified(shelf: Shelf, tmp_path: Path, etag: dict[str, str], head: bytes) -> None:
    crawl = Crawl()
    record_id = crawl.response(URL, THEN, HTML, **etag)
    for days in (1, 2):
        fields = {"WARC_Profile": NOT_MODIFIED, "WARC_Refers_To": record_id}
        crawl.add("revisit", URL, later(THEN, days=days), head, **fields)
    crawl.add("revisit", URL, later(THEN, days=3), head, WARC_Profile=NOT_MODIFIED, WARC_Refers_To="<urn:uuid:0>")
    found = shelf.bring(file := crawl.save(tmp_path / "a.warc.gz"))
    assert [outcome for _, outcome in outcomes(found)] == ["new", "not_modified", "not_modified"]
    assert left(found) == {"refers_to_nothing": 1}
    assert shelf.blocks("revisit") == [b"", b""]
    assert [one.already for one in shelf.bring(file).brought] == [3]
    assert shelf.is_sound()


def test_a_redirect_is_followed_to_the_answer_nearest_in_time(shelf: Shelf, tmp_path: Path) -> None:
    """The answer is then a part of the visit, and no visit of its own."""
    crawl = Crawl()
    target = "http://www.example.jp/new/page.htm"
    crawl.redirect(URL, THEN, "/moved")
    crawl.redirect("http://www.example.jp/moved", later(THEN, seconds=1), target)
    crawl.response(target, later(THEN, seconds=-50), b"<p>before</p>")
    crawl.response(target, later(THEN, seconds=5), HTML)
    crawl.redirect(URL, later(THEN, days=1), URL.replace("http", "https"))
    crawl.response(URL.replace("http", "https"), later(THEN, days=1, seconds=1), OTHER)
    found = shelf.bring(file := crawl.save(tmp_path / "a.warc.gz"))
    assert outcomes(found) == [("2012-05-01T09:30:15Z", "new"), ("2012-05-02T09:30:15Z", "changed")]
    assert [loaded.capture.url for loaded in found.loaded] == [target, URL.replace("http", "https")]
    assert len(shelf.blocks("response")) == 5
    assert len(shelf.origins()[0]["redirects"].split()) == 2
    assert [one.already for one in shelf.bring(file).brought] == [2]
    assert shelf.is_sound()


@pytest.mark.parametrize(
    ("location", "seconds"),
    [("/moved", 61), ("/nowhere", 0), (URL, 0), ("ftp://example.jp/", 0)],
    ids=["too late", "to what is not there", "to itself", "to what is no page"],
)
def test_a_redirect_that_leads_nowhere_is_told(shelf: Shelf, tmp_path: Path, location: str, seconds: int) -> None:
    crawl = Crawl()
    crawl.redirect(URL, THEN, location)
    crawl.response("http://www.example.jp/moved", later(THEN, seconds=seconds), HTML)
    found = shelf.bring(crawl.save(tmp_path / "a.warc.gz"))
    assert (outcomes(found), left(found)) == ([], {"redirects_nowhere": 1})
    assert not list(shelf.directory.snapshots.rglob("*.warc.gz"))


def test_what_cannot_be_used_is_left_and_told(shelf: Shelf, tmp_path: Path) -> None:
    crawl = Crawl()
    crawl.response(URL, THEN, HTML)
    crawl.add("response", URL, later(THEN, days=1), b"<html>no HTTP</html>")
    crawl.add("response", URL, later(THEN, days=2), block(HTML), WARC_Date="yesterday")
    crawl.response(URL, datetime(2100, 1, 1, tzinfo=UTC), HTML)
    crawl.response(URL, later(THEN, days=3), b"<p>" * 400_000)
    crawl.add("resource", URL, later(THEN, days=4), HTML)
    crawl.add("conversion", URL, later(THEN, days=5), HTML)
    found = shelf.bring(crawl.save(tmp_path / "a.warc.gz"))
    assert [outcome for _, outcome in outcomes(found)] == ["new"]
    assert left(found) == {"unreadable": 1, "undated": 1, "too_large": 1, "later_than_now": 1}


def test_a_disk_without_room_imports_nothing(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(_two_captures())
    with no_file_beyond(20_000), pytest.raises(PrefScraperError, match="has no room for what is to be imported"):
        shelf.bring(tmp_path / "a.warc.gz")
    assert not list(shelf.directory.snapshots.iterdir())


def test_two_captures_of_one_second_are_one(shelf: Shelf, tmp_path: Path) -> None:
    crawl = Crawl()
    crawl.add("response", URL, THEN, block(HTML), WARC_Date="2012-05-01T09:30:15.25Z")
    crawl.add("response", URL, THEN, block(OTHER), WARC_Date="2012-05-01T18:30:15.75+09:00")
    found = shelf.bring(crawl.save(tmp_path / "a.warc.gz"))
    assert outcomes(found) == [("2012-05-01T09:30:15Z", "new")]
    assert shelf.blocks("response") == [block(HTML)]


def _cut(data: bytes) -> bytes:
    return data[:-40]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_cut, "ends within the record that begins at byte"),
        (lambda data: data + b"and something else\r\n" * 9, "is damaged behind the record that begins at byte"),
    ],
)
def test_what_stands_before_a_damage_is_imported(
    shelf: Shelf, tmp_path: Path, damage: Callable[[bytes], bytes], sentence: str, packed: bool
) -> None:
    data = _two_captures(packed=packed)
    (tmp_path / "a.warc").write_bytes(damage(data))
    found = shelf.bring(tmp_path / "a.warc")
    assert [outcome for _, outcome in outcomes(found)] == (["new"] if damage is _cut else ["new", "changed"])
    (told,) = found.damages
    assert told.startswith(f"{tmp_path / 'a.warc'} {sentence} ")
    place = int(told.removeprefix(f"{tmp_path / 'a.warc'} {sentence} ").split()[0])
    assert data[place:].startswith(b"\x1f\x8b" if packed else b"WARC/1.0\r\nWARC-Type: response")
    assert shelf.is_sound()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (None, "cannot be read (No such file or directory)"),
        (gzip.compress(b""), "does not begin with a WARC record"),
        (b"<html>no archive</html>", "does not begin with a WARC record"),
        (gzip.compress(b"no archive"), "does not begin with a WARC record"),
        (b"PK\x03\x04 and no more", "does not begin with a WARC record"),
        (b"filedesc://a.arc 0.0.0.0 20010101000000 text/plain 76\n", "does not begin with a WARC record"),
    ],
)
def test_what_is_no_web_archive_is_refused(shelf: Shelf, tmp_path: Path, content: bytes | None, sentence: str) -> None:
    """Before anything is imported, also of the other files."""
    (tmp_path / "good.warc.gz").write_bytes(_two_captures())
    if content is not None:
        (tmp_path / "bad").write_bytes(content)
    expected = "a WARC file (.warc, .warc.gz) or a WACZ file is expected; nothing was imported"
    with pytest.raises(UsageError, match=re.escape(f"{tmp_path / 'bad'} {sentence}: {expected}")):
        shelf.bring(tmp_path / "good.warc.gz", tmp_path / "bad")
    assert not shelf.directory.snapshots.exists()


def test_a_zip_file_without_archive_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.wacz", "w") as wacz:
        wacz.writestr("data.warc.gz", Crawl().data)
    with pytest.raises(UsageError, match=r"a\.wacz is a zip file without a WARC file in archive/"):
        shelf.bring(tmp_path / "a.wacz")


def test_the_command_tells_and_answers_what_went_wrong(workshop: Workshop) -> None:
    crawl = Crawl()
    crawl.response(f"{workshop.site.url}{PATH}", THEN, b"<p>")
    (workshop.path / "cut.warc.gz").write_bytes(crawl.data + Crawl().data[:-20])
    done = command("import", "cut.warc.gz", where=workshop.path)
    assert (done.returncode, done.stdout) == (5, "mie-npo  1 capture of 2012-05-01 (1 suspect)\n")
    place = len(crawl.data)
    assert done.stderr == (
        f"pref-scraper: cut.warc.gz ends within the record that begins at byte {place}; "
        "what stands before it was imported\n"
    )
    crawl.response(f"{workshop.site.url}{PATH}", later(THEN, days=1), b"<p>")
    assert command("import", crawl.save(workshop.path / "a.warc.gz"), where=workshop.path).returncode == 4
    done = command("import", "sources.toml", where=workshop.path)
    assert (done.returncode, "does not begin with a WARC record" in said(done)) == (2, True)


def test_a_bomb_is_left_unpacked(workshop: Workshop, tmp_path: Path) -> None:
    """150 MB of nothing in 700 KB: passed over, and told."""
    crawl = Crawl(packed=False)
    url = f"{workshop.site.url}{PATH}"
    crawl.response(url, THEN, HTML)
    head = block(b"", head={"Content-Length": "150000000"})
    warc = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2013-01-01T00:00:00Z\r\n"
    warc += f"Content-Type: application/http\r\nContent-Length: {len(head) + 150_000_000}\r\n\r\n"
    with gzip.open(tmp_path / "bomb.warc.gz", "wb", compresslevel=1) as file:
        file.write(crawl.data + warc.encode() + head)
        for _ in range(150):
            file.write(bytes(1_000_000))
        file.write(b"\r\n\r\n")
    done = measured(SCRIPT, "import", tmp_path / "bomb.warc.gz", where=workshop.path)
    assert done.stdout == "mie-npo  1 capture of 2012-05-01 (1 new); 1 record is too large\n"
    assert done.megabytes < 120


def test_an_import_that_broke_off_is_repeated(shelf: Shelf, tmp_path: Path) -> None:
    """Wherever it broke off: nothing is twice, nothing is lost, what was half written is set aside."""
    crawl = Crawl()
    for days in range(3):
        crawl.response(URL, later(THEN, days=days), page(days + 1))
    file = crawl.save(tmp_path / "a.warc.gz")
    shelf.bring(file)
    (path,) = shelf.directory.snapshots.rglob("*.warc.gz")
    whole = path.read_bytes()
    ends = [end for _, end in snapshots.read(shelf.directory.snapshots, f"s/{path.name}")]
    for length in (len(whole) - 7, ends[1], ends[0] + 9, ends[0]):
        shelf.directory.database.unlink(missing_ok=True)
        for written in shelf.directory.snapshots.rglob("*.*"):
            written.unlink()
        path.write_bytes(whole[:length])
        (one,) = shelf.bring(file).brought
        assert one.already + len(one.record_ids) == 3
        assert one.already == sum(end <= length for end in ends)
        assert sorted(shelf.blocks("response")) == sorted(block(page(number)) for number in (1, 2, 3))
        assert shelf.is_sound()


def test_a_clock_set_back_imports_nothing(shelf: Shelf, tmp_path: Path) -> None:
    crawl = Crawl()
    crawl.response(URL, THEN, HTML)
    shelf.bring(crawl.save(tmp_path / "a.warc.gz"))
    crawl.response(URL, later(THEN, days=1), HTML)
    shelf.now -= timedelta(days=2)
    with pytest.raises(PrefScraperError, match="set the clock right; nothing was imported"):
        shelf.bring(crawl.save(tmp_path / "b.warc.gz"))


def test_what_is_imported_is_told_as_json(workshop: Workshop) -> None:
    stanza = '[[source]]\nid = "{0}"\nurl = "http://example.jp/{0}"\nname = "n"\n'
    workshop.settings(stanza.format("a") + stanza.format("b"))
    crawl = Crawl()
    for name in ("a", "b"):
        crawl.response(f"http://example.jp/{name}", THEN, HTML)
    crawl.redirect("http://example.jp/a", later(THEN, days=1), "/x")
    crawl.save(workshop.path / "c.warc.gz")
    done = command("import", "c.warc.gz", "--source", "a", "--json", where=workshop.path)
    assert json.loads(done.stdout) == {
        "sources": [
            {
                "source_id": "a",
                "captures": ["a-20120501T093015Z"],
                "first": "2012-05-01T09:30:15Z",
                "last": "2012-05-01T09:30:15Z",
                "already": 0,
                "left": {"redirects_nowhere": 1},
            }
        ],
        "damaged": [],
    }
