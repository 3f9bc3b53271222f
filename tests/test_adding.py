"""`add`: what is found at an address, what is written of it, and what is refused."""

import json
import re
import threading
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml.cssselect import CSSSelector

from pref_scraper import adding, report, stanza, written
from pref_scraper.adding import Look, Wanted
from pref_scraper.errors import UsageError
from pref_scraper.introduction import lines, refusal
from pref_scraper.japanese.prefectures import PREFECTURES, prefecture_of
from pref_scraper.parsing import chrome, container, document, grammar
from pref_scraper.parsing.selector import has_text, selector_of
from pref_scraper.records import Source
from pref_scraper.sources import BUILT_IN, FILE, TEMPLATE, Directory, read_config

from .conftest import Workshop
from .editions import FOLDER, PATH, page
from .loopback import Answer, Site, answer, sources
from .test_cli import command, said
from .test_fetch import PUBLIC, Internet
from .test_stopping import start

NEW = "/NPO/new.htm"
FOUND = answer((FOLDER / "page.html").read_bytes())


# What is written


@given(st.text(min_size=1))
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    assert tomllib.loads(f"name = {stanza.quoted(text)}") == {"name": text}


_HEADS = (
    "",
    "# a comment, and nothing else",
    'contact = "archive@example.org"\n',
    TEMPLATE,
    TEMPLATE.rstrip("\n"),
    TEMPLATE.replace("\n", "\r\n"),
    "\ufeff" + TEMPLATE,
    f"{TEMPLATE}\n\n# the end",
    '"source" = []\n',
)


@pytest.mark.parametrize("before", _HEADS[:-1])
def test_all_else_in_the_file_stays_byte_for_byte(tmp_path: Path, before: str) -> None:
    path = tmp_path / FILE
    path.write_bytes(before.encode())
    old = read_config(tmp_path, least=0)
    new = Source(
        id="tsu-1", url="http://www.example.org/", name='三重県 "NPO" \\ ', publisher="三重県", content="#a > p"
    )
    adding.write(Directory(tmp_path), new)
    written = path.read_bytes()
    assert written.startswith(before.encode())
    assert read_config(tmp_path).sources == (*old.sources, new)
    assert b"\n" not in written.replace(b"\r\n", b"") or b"\r\n" not in before.encode()
    assert [one.name for one in tmp_path.iterdir()] == [FILE]


def test_a_file_that_takes_none_at_its_end_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(_HEADS[-1])
    with pytest.raises(UsageError, match=r"sources.toml takes no \[\[source\]\] at its end .* write it there by hand"):
        adding.write(Directory(tmp_path), BUILT_IN)
    assert path.read_text() == _HEADS[-1]


def test_a_file_that_lies_elsewhere_keeps_its_place_and_its_rights(tmp_path: Path) -> None:
    """The archive's folder has a link to it, as those have who keep their settings together."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "mine.toml").write_text(TEMPLATE)
    (tmp_path / "mine.toml").chmod(0o640)
    (tmp_path / "archive" / FILE).symlink_to(tmp_path / "mine.toml")
    adding.write(Directory(tmp_path / "archive"), Source(id="a", url="http://www.example.org/", name="n"))
    assert (tmp_path / "archive" / FILE).is_symlink()
    assert (tmp_path / "mine.toml").stat().st_mode & 0o777 == 0o640
    assert [one.id for one in read_config(tmp_path / "archive").sources] == ["mie-npo", "a"]


def test_without_a_file_the_built_in_source_is_not_lost(tmp_path: Path) -> None:
    done = adding.write(Directory(tmp_path), Source(id="a", url="http://www.example.org/", name="n"))
    assert done == (
        "this stands in sources.toml now, after mie-npo, which the archive had without a file; next: pref-scraper run a"
    )
    assert (tmp_path / FILE).read_text("utf-8").startswith(TEMPLATE)
    assert [one.id for one in read_config(tmp_path).sources] == ["mie-npo", "a"]


# What a source is called


@pytest.mark.parametrize(
    ("url", "proposed"),
    [
        ("http://www.pref.mie.lg.jp/NPO/35168030780.htm", "mie-npo-35168030780"),
        ("https://www.pref.mie.lg.jp/", "mie"),
        ("https://www.pref.mie.lg.jp/NPO/index.shtml", "mie-npo"),
        ("https://www.city.tsu.mie.jp/www/contents/1.html", "tsu-www-contents-1"),
        ("https://animal-net.pref.nagasaki.jp/syuuyou?id=7", "nagasaki-syuuyou-id-7"),
        ("https://www.pref.mie.lg.jp/%E6%96%BD%E7%AD%96/2011.html", "mie-2011"),
        ("http://127.0.0.1:8000/a_b.html", "127-0-0-1-a-b"),
        ("https://xn--wgv71a119e.jp/", "xn-wgv71a119e"),
        ("https://www.pref.aichi.jp/" + "a" * 60 + ".html", "aichi-" + "a" * 42),
        ("https://www.pref.jp/", "page"),
    ],
)
def test_an_address_proposes_an_id(url: str, proposed: str) -> None:
    assert stanza.propose_id(url, []) == proposed
    assert stanza.propose_id(url, [proposed, f"{proposed}-2"]) == f"{proposed}-3"


@pytest.mark.parametrize(
    ("host", "publisher"),
    [
        ("www.pref.mie.lg.jp", "三重県"),
        ("www.PREF.mie.jp", "三重県"),
        ("pref.kyoto.jp", "京都府"),
        ("www.metro.tokyo.lg.jp", "東京都"),
        ("animal-net.pref.nagasaki.jp", "長崎県"),
        ("www.pref.atlantis.lg.jp", None),
        ("www.city.tsu.mie.jp", None),
        ("pref.mie.lg.jp.example.org", None),
    ],
)
def test_a_prefectures_host_tells_its_publisher(host: str, publisher: str | None) -> None:
    assert prefecture_of(host) == publisher


def test_there_are_47_prefectures() -> None:
    assert len(PREFECTURES) == len(set(PREFECTURES.values())) == 47
    assert {name[-1] for name in PREFECTURES.values()} == set("都道府県")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("http://a.example/p", "https://a.example/p", True),
        ("http://a.example", "http://A.example:80/#top", True),
        ("http://a.example/p", "http://a.example/p?q=1", False),
        ("http://a.example/p", "http://a.example/P", False),
        ("http://a.example/p", "http://a.example:8080/p", False),
    ],
)
def test_addresses_of_one_page(one: str, other: str, is_same: bool) -> None:
    assert stanza.is_same_page(one, other) is is_same


# Where the body stands

_NODES = st.recursive(
    st.sampled_from(["", "字", "<p>字</p>"]),
    lambda inner: st.builds(
        "<{0}{1}>{2}</{0}>".format,
        st.sampled_from(["div", "section", "main"]),
        st.sampled_from(["", " id=a", " id=b", " class='c d'", " class=d", " id='1 x' class='é'"]),
        st.lists(inner, max_size=4).map("".join),
    ),
)


@given(_NODES)
def test_a_selector_finds_the_element_before_any_other_that_has_text(html: str) -> None:
    root = etree.HTML(f"<html><body>{html}</body></html>")
    for element in filter(has_text, root.iter()):
        found = CSSSelector(selector_of(element), translator="html")(root)
        assert next(filter(has_text, found)) is element


@pytest.mark.parametrize(
    ("html", "content", "selector", "found_by"),
    [
        ("<div class='main-text'>字</div>", None, "div.main-text", "template"),
        ("<div class='main-text'></div><div class='main-text' id='b'>字</div>", None, "div#b", "template"),
        ("<p>x</p><div><div id=a><h2>平成23年度 施策概要</h2><p>字</p></div></div>", None, "div#a", "headings"),
        ("<p>x</p><div><h2>平成23年度 施策概要</h2><p>字</p></div>", None, "body > :nth-child(2)", "headings"),
        ("<div class='main-text'>字</div><div id='x'>字</div>", "#x", "div#x", "content"),
        ("<div class='main-text'>字</div>", "#x", "div.main-text", "template"),
    ],
)
def test_the_container_of_a_body(html: str, content: str | None, selector: str, found_by: str) -> None:
    found = container(html.encode(), content_type="text/html; charset=utf-8", content=content)
    assert found is not None
    assert (found.selector, found.found_by) == (selector, found_by)


def test_a_page_without_a_container_is_read_as_a_whole() -> None:
    assert container("<p>字</p>".encode()) is None
    assert container(b"") is None


# What is found


def look(workshop: Workshop, url: str, **more: str) -> Look:
    return adding.look(read_config(workshop.path, least=0), Wanted(url=url, **more), workshop.tomorrow())


def _redirect(status: str, target: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_page_is_looked_at_and_nothing_is_kept(workshop: Workshop) -> None:
    (workshop.path / FILE).write_text('contact = "archive@example.org"\n')
    workshop.site.answers[NEW] = FOUND
    found = look(workshop, f"{workshop.site.url}{NEW}#top")
    assert found.source == Source(
        id="127-0-0-1-npo-new", url=f"{workshop.site.url}{NEW}", name="施策・事業概要（平成15年度～平成23年度）"
    )
    assert refusal(found, anyway=False) is None
    assert workshop.site.paths() == ["/robots.txt", NEW]
    assert all(b"(+archive@example.org)" in request for request in workshop.site.requests)
    assert [path.name for path in workshop.path.iterdir()] == [FILE]


@pytest.mark.parametrize(
    ("hops", "written"),
    [
        (["301 Moved Permanently"], "/1"),
        (["302 Found"], "/0"),
        (["308 Permanent Redirect", "302 Found", "301 Moved Permanently"], "/1"),
    ],
)
def test_a_redirect_for_good_is_taken_at_its_word(workshop: Workshop, hops: list[str], written: str) -> None:
    for number, status in enumerate(hops):
        workshop.site.answers[f"/{number}"] = _redirect(status, f"/{number + 1}")
    workshop.site.answers[f"/{len(hops)}"] = FOUND
    found = look(workshop, f"{workshop.site.url}/0")
    assert found.source.url == f"{workshop.site.url}{written}"
    assert [hop.url for hop in found.hops] == [f"{workshop.site.url}/{number + 1}" for number in range(len(hops))]
    told = [line.split("  ")[-1] for line in lines(found, None) if line.startswith("  redirects to")]
    assert [line.endswith("(for good)") for line in told] == [status[:3] in ("301", "308") for status in hops]


def test_a_page_that_is_a_source_already_is_refused(workshop: Workshop) -> None:
    site = workshop.site
    site.answers["/old"] = _redirect("302 Found", PATH)
    twin = f"{site.url}{PATH}".replace("http:", "https:")
    for url, sentence in (
        (f"{site.url}{PATH}", f"{site.url}{PATH} is the source mie-npo already: nothing"),
        (twin, f"{twin} is the source mie-npo already, as {site.url}{PATH}"),
    ):
        with pytest.raises(UsageError, match=sentence):
            look(workshop, url)
    assert site.requests == []
    with pytest.raises(UsageError, match=f"/old leads to another source: {site.url}{PATH} is the source mie-npo"):
        look(workshop, f"{site.url}/old")


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"url": "www.pref.mie.lg.jp"}, "'www.pref.mie.lg.jp' will not do as url; expected the page's address"),
        ({"url": "ftp://example.org/"}, "will not do as url"),
        ({"url": "http://[::1"}, "is no address"),
        ({"url": "http://a.example/", "id": "a b"}, "'a b' will not do as id; expected letters"),
        ({"url": "http://a.example/", "id": "mie-npo"}, "'mie-npo' is the id of another source"),
        ({"url": "http://a.example/", "name": " "}, "' ' will not do as name"),
        ({"url": "http://a.example/", "content": "div:"}, "'div:' will not do as content"),
    ],
)
def test_what_can_be_no_source_is_refused_before_a_visit(
    workshop: Workshop, wanted: dict[str, str], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        look(workshop, **wanted)
    assert workshop.site.requests == []


def test_a_selector_that_finds_nothing_is_refused(workshop: Workshop) -> None:
    workshop.site.answers[NEW] = FOUND
    with pytest.raises(UsageError, match=r"--content 'div.nope' finds no text on .*: nothing was written"):
        look(workshop, f"{workshop.site.url}{NEW}", content="div.nope")


@pytest.mark.parametrize(
    ("given", "outcome", "sentence"),
    [
        (answer(b"%PDF-1.4", content_type="application/pdf"), "failed", "the answer is a PDF where HTML was expected"),
        (answer("<p>ただいまメンテナンス中です。</p>".encode()), "suspect", "the page is a maintenance notice"),
        (answer(b"", status="500 Oops"), "failed", "the server answers 500, which is not the page"),
        (_redirect("301 Moved Permanently", NEW), "failed", "/NPO/new.htm redirects more than 10 times"),
        (_redirect("302 Found", "ftp://a.example/"), "failed", "which is neither http nor https"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: 1\r\n\r\n.", "failed", "is packed as zstd"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n.", "suspect", "the answer was cut short"),
    ],
)
def test_what_would_not_be_believed_is_refused(workshop: Workshop, given: Answer, outcome: str, sentence: str) -> None:
    workshop.site.answers[NEW] = given
    found = look(workshop, f"{workshop.site.url}{NEW}")
    assert (found.outcome, found.page) == (outcome, None)
    assert sentence in (refusal(found, anyway=True) or "")


def test_robots_txt_is_obeyed(workshop: Workshop) -> None:
    workshop.site.answers["/robots.txt"] = answer(b"User-agent: *\nDisallow: /NPO/\n")
    found = look(workshop, f"{workshop.site.url}{NEW}")
    assert "robots.txt disallows it" in (refusal(found, anyway=True) or "")
    assert workshop.site.paths() == ["/robots.txt"]


def test_an_address_in_japanese_is_written_in_ascii(workshop: Workshop) -> None:
    workshop.network = Internet({"xn--wgv71a119e.example": [PUBLIC]}, workshop.site).network
    workshop.site.answers["/%E6%96%BD%E7%AD%96.html"] = FOUND
    found = look(workshop, "http://日本語.example/施策.html")
    assert found.source.url == "http://xn--wgv71a119e.example/%E6%96%BD%E7%AD%96.html"
    assert found.page is not None


# The command


def test_from_an_address_to_its_archive(tmp_path: Path, site: Site) -> None:
    """What is added is what `run` then archives; a dry run before it writes nothing."""
    site.answers[NEW] = FOUND
    url = f"{site.url}{NEW}"
    dry = command("add", url, "--dry-run", where=tmp_path)
    assert (dry.returncode, dry.stderr, list(tmp_path.iterdir())) == (0, "", [])
    assert dry.stdout.endswith("\nnothing was written, as --dry-run says\n")
    found = json.loads(command("add", url, "--id", "new", "--name", "新しい", "--json", where=tmp_path).stdout)
    assert found["source"] == {"id": "new", "url": url, "name": "新しい"}
    assert (found["is_written"], found["fiscal_years"]) == (True, list(range(2011, 2002, -1)))
    assert read_config(tmp_path).sources[1] == Source(id="new", url=url, name="新しい")
    assert "new: 169 records, 3 problems" in command("run", "new", where=tmp_path).stdout


def test_a_page_without_a_record_is_added_only_on_request(tmp_path: Path, site: Site) -> None:
    (tmp_path / FILE).write_text(TEMPLATE)
    site.answers["/form"] = answer("<main><p>申請書の様式です。</p></main>".encode())
    form = command("add", f"{site.url}/form", where=tmp_path)
    assert (form.returncode, form.stdout.splitlines()[-2:]) == (
        4,
        ["  unread        9 of 9 characters, in 1 line", "    申請書の様式です。"],
    )
    assert (
        "it has no record, since none of its lines is the heading of a fiscal year, as 平成23年度 施策概要"
        in form.stderr
    )
    assert (tmp_path / FILE).read_text() == TEMPLATE
    assert command("add", f"{site.url}/form", "--anyway", where=tmp_path).returncode == 0
    assert [source.id for source in read_config(tmp_path).sources] == ["mie-npo", "127-0-0-1-form"]


def test_what_is_no_page_is_told_and_not_added(tmp_path: Path, site: Site) -> None:
    done = command("add", f"{site.url}/none", where=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (3, [])
    assert said(done).endswith("/none was not added: the server answers 404: the page is not there any more")


def test_what_several_add_at_once_all_stands_in_the_file(tmp_path: Path, site: Site) -> None:
    """Each has looked at its page before any writes; a page that two of them add stands there once."""
    (tmp_path / FILE).write_text(TEMPLATE)
    pages = ("a", "b", "c", "c")
    all_looking = threading.Barrier(len(pages))

    def found_by_all(_: bytes) -> bytes:
        all_looking.wait(60)
        assert isinstance(FOUND, bytes)
        return FOUND

    site.answers = {f"/{name}": found_by_all for name in pages}
    adding_all = [
        start("add", f"{site.url}/{name}", "--id", f"{name}{n}", where=tmp_path) for n, name in enumerate(pages)
    ]
    ends = [(*process.communicate(timeout=90), process.returncode) for process in adding_all]
    assert [code for *_, code in ends[:2]] == [0, 0]
    assert sorted(code for *_, code in ends[2:]) == [0, 2]
    (refused,) = [said for _, said, code in ends if code]
    assert re.search(r"/c is the source c[23] already: nothing was written", refused.replace("\n", " "))
    assert sorted(source.id[0] for source in read_config(tmp_path).sources) == ["a", "b", "c", "m"]
    assert [one.name for one in tmp_path.iterdir()] == [FILE]


# The document

DOCUMENT = Path(__file__).parent.parent / "docs" / "adding.md"


def _shown(number: int) -> list[str]:
    """What the document's nth console shows below the command."""
    consoles = re.findall(r"```console\n\$ [^\n]+\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    return str(consoles[number]).splitlines()


def test_the_document_shows_what_is_found(workshop: Workshop) -> None:
    (workshop.path / FILE).write_text(TEMPLATE)
    workshop.network = Internet({"www.pref.example.jp": [PUBLIC]}, workshop.site).network
    workshop.site.answers["/kyodo/7.html"] = answer(
        (FOLDER.parents[1] / "made-up" / "table" / "page.html").read_bytes()
    )
    found = look(workshop, "http://www.pref.example.jp/kyodo/7.html")
    told = lines(found, adding.write(workshop.directory, found.source))
    assert "\n".join(told).splitlines() == _shown(0)


def test_the_document_shows_how_a_run_ends(workshop: Workshop) -> None:
    names = ("kyodo", "npo", "shimin")
    workshop.settings(sources(workshop.site, *(f"mie-{name}" for name in names)))
    workshop.site.answers = {f"/mie-{name}": answer(page()) for name in names}
    workshop.run()
    workshop.site.answers |= {"/mie-kyodo": answer(b"", status="404 Not Found"), "/mie-npo": answer(page(2))}
    found = workshop.run()
    assert [*report.loaded(found), *report.closing(found, 80)] == _shown(1)


def test_the_document_names_tables_that_there_are() -> None:
    text = DOCUMENT.read_text("utf-8").partition("## Another prefecture's words")[2]
    named = set(re.findall(r"`(_?[A-Z]{2,}(?:_[A-Z]+)*)`", text))
    there = {name for module in (grammar, document, chrome, written) for name in vars(module)}
    assert named <= there
    assert {"SECTIONS", "CONTAINERS", "_TRAILERS", "PARSER"} <= named
