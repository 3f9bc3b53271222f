"""The feed: valid, read by others without a changed character, its ids the same for ever."""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pref_scraper.archive import Archive, Capture
from pref_scraper.errors import UsageError
from pref_scraper.feed import document, feed
from pref_scraper.history import Difference
from pref_scraper.pipeline import load
from pref_scraper.records import Change, Source
from pref_scraper.sources import BUILT_IN, Directory
from pref_scraper.written import VERSION

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import command, said
from .tools import tool

ROOT = Path(__file__).parent.parent
URL = "https://example.org/feed.atom"
ATOM = "{http://www.w3.org/2005/Atom}"


def _capture(at: str, number: int) -> Capture:
    return Capture(
        capture_id=f"s-{number}",
        source_id="s",
        url=BUILT_IN.url,
        captured_at=at,
        outcome="changed",
        http_status=200,
        payload_digest=None,
        text_digest=None,
        warc_file="s/1.warc.gz",
        warc_offset=0,
        warc_record_id=f"<urn:uuid:00022026-0501-8000-8000-{number:012x}>",
        arrived_at=at,
    )


def _made(name: str, *values: str, url: str | None = URL) -> str:
    """A feed of a source of this name, with an entry for each value: a sentence that came."""
    captures = [_capture(f"2026-05-{20 - number:02}T00:00:00Z", number) for number, _ in enumerate(values)]
    found = [
        Difference(
            source_id="s",
            name=name,
            url=BUILT_IN.url,
            before=_capture("2026-04-01T00:00:00Z", 99),
            after=after,
            changes=(
                Change(
                    record="statements",
                    record_id="1",
                    fiscal_year=2011,
                    label=value,
                    change="added",
                    old=None,
                    new=value,
                ),
            ),
        )
        for after, value in zip(captures, values, strict=True)
    ]
    return document(found, [Source(id="s", url=BUILT_IN.url, name=name)], "2026-04-01T00:00:00Z", url)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An archive of the three editions, each visited on its day; only read."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        workshop.visit_editions()
        yield workshop


def _feed(archive: Path, *source_ids: str, **asked: Any) -> str:
    """What the command prints, without its start."""
    with Archive.open(archive / "archive.db", version=VERSION, read_only=True) as opened:
        return feed(opened, source_ids, **asked)


def _ids(text: str) -> list[str]:
    return [str(entry.findtext(f"{ATOM}id")) for entry in ElementTree.fromstring(text).iter(f"{ATOM}entry")]


# Read by others

_FEEDPARSER = """
import feedparser, json, sys
feedparser.SANITIZE_HTML = feedparser.RESOLVE_RELATIVE_URIS = sys.argv[1] == "sanitized"
read = [feedparser.parse(text.encode()) for text in json.load(sys.stdin)]
assert not any(one.bozo for one in read), read
print(json.dumps([{"version": one.version, "feed": one.feed, "entries": one.entries} for one in read], default=list))
"""
# Validates: refuses what RFC 4287 does, as elements that are missing or too many, and dates that are none.
_RUBY = """
require "rss"; require "json"
puts JSON.dump(JSON.parse(STDIN.read).map do |text|
  RSS::Parser.parse(text, true) && nil
rescue RSS::Error => error
  error.message
end)
"""


def _piped(feeds: Sequence[str], *words: str | Path) -> Any:
    done = subprocess.run(words, input=json.dumps(feeds), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _parsed(*feeds: str, how: str = "whole") -> Any:
    """What feedparser finds, with which most programs read feeds."""
    return _piped(feeds, tool("python"), "-c", _FEEDPARSER, how)


_STANDARD = etree.RelaxNG(etree.parse(ROOT / "tests" / "fixtures" / "atom.rng"))


def _refusals(*feeds: str) -> list[str]:
    """Why each feed that is not valid is not: by the standard as a schema, and by Ruby where there is one."""
    found = [
        str(_STANDARD.error_log)
        for one in feeds
        if not _STANDARD.validate(etree.fromstring(one.encode(), etree.XMLParser(huge_tree=True)))
    ]
    if shutil.which("ruby") and not subprocess.run(["ruby", "-rrss", "-e", ""], capture_output=True).returncode:
        found += filter(None, _piped(feeds, "ruby", "-e", _RUBY))
    return found


def test_what_others_read_is_what_is_in_the_archive(workshop: Workshop) -> None:
    made = command("feed", "--url", URL, where=workshop.path).stdout
    (read,) = _parsed(made)
    captures = [
        row for row in json.loads(command("log", "--json", where=workshop.path).stdout) if row["outcome"] == "changed"
    ]
    assert (read["version"], read["feed"]["id"], read["feed"]["language"]) == ("atom10", URL, "ja")
    assert (read["feed"]["title"], read["feed"]["updated"]) == ("三重県の変更", "2026-06-01T00:00:00Z")
    assert [entry["id"] for entry in read["entries"]] == [row["warc_record_id"].strip("<>") for row in captures]
    assert {one["published"] for one in read["entries"]} == {"2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"}
    assert all(one["updated"] == one["published"] for one in read["entries"])
    assert [(one["title"], one["author"], one["link"]) for one in read["entries"]] == [
        ("【事業の追加ほか】三重県", "三重県", f"{workshop.site.url}{PATH}"),
        (
            "【予算額の訂正】三重県: みえ県民交流センター指定管理事業 平成23年度 28,709千円 → 29,100千円",
            *("三重県", f"{workshop.site.url}{PATH}"),
        ),
    ]
    entries = ElementTree.fromstring(made).iter(f"{ATOM}entry")
    for one, element in zip(read["entries"], entries, strict=True):
        assert [one["content"][0]["value"], one["summary"]] == [
            element.findtext(f"{ATOM}content"),
            element.findtext(f"{ATOM}summary"),
        ]
    assert "29,100千円 (+391千円, +1.4 %)" in read["entries"][1]["summary"]
    assert _refusals(made) == []


def test_a_reader_that_takes_styles_away_still_tells_what_was_removed_and_added(workshop: Workshop) -> None:
    (read,) = _parsed(_feed(workshop.path), how="sanitized")
    html = read["entries"][1]["content"][0]["value"]
    assert not re.search("<style|<script|<link|<meta", html)
    assert "変更前 ［削除］28,709［削除終わり］千円" in re.sub("<[^>]+>", "", html)
    assert "変更後 ［追加］29,100［追加終わり］千円" in re.sub("<[^>]+>", "", html)


CASES = {
    "nothing changed yet": ("三重県", []),
    "signs that XML gives a meaning": ("<三重県> & ]]>", ["<b>a</b> & ]]> <!--"]),
    "signs that XML forbids": ("三重県\x00\x0b\x1b\ufffe\uffff", ["県民\ud800の\x08参加\uffff"]),
    "signs beyond 16 bits, and combined ones": ("𠮷野か\u3099", ["𩸽", "葛󠄀城"]),
    "many lines": ("三重県", ["\n".join(f"第{number}項" for number in range(200))]),
}


def test_it_is_valid() -> None:
    feeds = [_made(name, *values, url=url) for name, values in CASES.values() for url in (URL, None)]
    expected = [len(values) for _, values in CASES.values() for _ in range(2)]
    assert _refusals(*feeds) == []
    assert [len(read["entries"]) for read in _parsed(*feeds)] == expected


@pytest.mark.parametrize("name", ["id", "title", "updated", "author", "name"])
def test_what_is_not_valid_is_refused(name: str) -> None:
    """The check is worth something: an element that must be there is taken out."""
    assert _refusals(re.sub(f"<{name}>.*?</{name}>", "", _made("三重県", "参加"), flags=re.DOTALL))


@given(name=st.text(min_size=1), values=st.lists(st.text(min_size=1), max_size=3))
def test_whatever_a_page_says_it_is_xml_that_says_the_same(name: str, values: list[str]) -> None:
    entries = list(ElementTree.fromstring(_made(name, *values)).iter(f"{ATOM}entry"))
    assert [entry.findtext(f"{ATOM}published") for entry in entries] == [
        f"2026-05-{20 - number}T00:00:00Z" for number, _ in enumerate(values)
    ]
    for entry, value in zip(entries, values, strict=True):
        if value.isprintable() and not re.search("[\ud800-\udfff]", value):
            assert f"+ {value}" in str(entry.findtext(f"{ATOM}summary"))


# The same for ever


def test_ids_stay_through_further_captures_a_rebuild_and_any_number_of_entries(
    workshop: Workshop, tmp_path: Path
) -> None:
    archive = tmp_path / "copy"
    shutil.copytree(workshop.path, archive)
    made = _feed(archive)
    first = _ids(made)
    assert len(first) == 2
    assert [_ids(_feed(archive, most=most)) for most in (1, 2, 3)] == [first[:1], first, first]
    (archive / "archive.db").unlink()
    later = Workshop(archive, workshop.site)
    load(later.directory, later.tomorrow())
    assert _feed(archive) == made

    later.now = workshop.now
    workshop.site.answers[PATH] = answer(page(2))
    assert later.visit().capture.outcome == "changed"
    grown = _feed(archive)
    assert _ids(grown)[1:] == first
    assert grown.split("<entry>")[2:] == made.split("<entry>")[1:]


def test_a_visit_that_changed_nothing_changes_no_byte(tmp_path: Path, site: Site) -> None:
    workshop = Workshop(tmp_path, site)
    site.answers[PATH] = answer(page())
    workshop.visit()
    made = _feed(tmp_path)
    assert _ids(made) == []
    assert ElementTree.fromstring(made).findtext(f"{ATOM}updated") == "2026-04-02T00:00:00Z"
    workshop.visit()
    assert _feed(tmp_path) == made


def test_a_feed_of_a_source_has_its_changes_alone_and_is_another_feed(tmp_path: Path, site: Site) -> None:
    workshop = Workshop(tmp_path, site)
    stanza = '[[source]]\nid = "{0}"\nurl = "{1}/{0}"\nname = "{0}の頁"\npublisher = "{0}県"\ndelay_seconds = 0\n'
    workshop.settings("".join(stanza.format(name, site.url) for name in ("a", "b", "c")))
    for number in (1, 2):
        site.answers.update({f"/{name}": answer(page(number)) for name in ("a", "b", "c")})
        workshop.run()
    asked: tuple[tuple[str, ...], ...] = ((), ("b",), ("c", "a"))
    read = dict(zip(asked, _parsed(*(_feed(tmp_path, *ids) for ids in asked)), strict=True))
    assert {ids: [entry["author"] for entry in one["entries"]] for ids, one in read.items()} == {
        (): ["c県", "b県", "a県"],
        ("b",): ["b県"],
        ("c", "a"): ["c県", "a県"],
    }
    titles = [one["feed"]["title"] for one in read.values()]
    assert titles == ["対象ページ3件の変更", "bの頁の変更", "対象ページ2件の変更"]
    assert len({one["feed"]["id"] for one in read.values()}) == 3
    assert read[()]["feed"]["id"].startswith("urn:uuid:")


# What is refused, and what the guide shows


def test_what_is_asked_for_wrongly_is_refused(workshop: Workshop, tmp_path: Path) -> None:
    cases = {
        ("feed", "other"): "unknown source 'other': archive.db has mie-npo",
        ("feed", "--url", "ftp://example.org/"): "'ftp://example.org/' is no address of a feed",
    }
    for words, sentence in cases.items():
        done = command(*words, where=workshop.path)
        assert (done.returncode, sentence in said(done)) == (2, True), said(done)
    for url in ("https://", "example.org/feed.atom", "https://example.org/a b", "https://[/"):
        with pytest.raises(UsageError, match="is no address of a feed: expected one such as"):
            _feed(workshop.path, url=url)
    load(Directory(tmp_path), workshop.tomorrow())
    with pytest.raises(UsageError, match="there is no capture yet"):
        _feed(tmp_path)


def test_the_guide_shows_an_entry_as_it_is(workshop: Workshop, tmp_path: Path) -> None:
    command("feed", "--url", URL, "--output", tmp_path / "feed.atom", where=workshop.path)
    made = (tmp_path / "feed.atom").read_text("utf-8").replace(f"{workshop.site.url}{PATH}", BUILT_IN.url)
    made = re.sub("(?<=-)[0-9a-f]{12}</id>", "b0fd2c7e167d</id>", made)  # it is made from the address
    (shown,) = re.findall(r"```xml\n(.*?)```", (ROOT / "docs" / "feed.md").read_text("utf-8"), re.DOTALL)
    last = made[made.rindex("  <entry>") : made.index("</feed>")]
    assert re.sub(r"(<content[^>]*>).*?<", r"\1…<", last, flags=re.DOTALL) == shown
