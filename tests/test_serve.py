"""`pref-scraper serve`: the installed command, asked over HTTP as a browser asks it."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup

from pref_scraper import history
from pref_scraper.archive import Archive
from pref_scraper.browse import serving
from pref_scraper.written import VERSION

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import SCRIPT, command, said
from .test_faults import as_anyone


@contextmanager
def served(*words: str | Path, where: Path, before: Callable[[], None] | None = None) -> Iterator[httpx.Client]:
    """A server of pages that runs meanwhile, and ends by the signal that it is sent.

    Where Datasette 1.0 has another address for what is asked it says so, and the client goes there.
    """
    started = subprocess.Popen(
        words, cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=before
    )
    try:
        assert started.stdout is not None
        told = next((found for line in started.stdout if (found := re.search(r"http://\S+:\d+", line))), None)
        assert told is not None
        with httpx.Client(base_url=told[0], timeout=30, follow_redirects=True) as client:
            yield client
    finally:
        started.send_signal(signal.SIGTERM)
        rest, _ = started.communicate(timeout=10)
    assert "Traceback" not in rest
    assert started.returncode == -signal.SIGTERM


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with two editions of the page."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        for number in (1, 2):
            site.answers[PATH] = answer(page(number))
            workshop.visit()
    return workshop.path


@pytest.fixture(scope="module")
def client(archive: Path) -> Iterator[httpx.Client]:
    with served(SCRIPT, "serve", "--port", "0", where=archive) as client:
        yield client
    assert sorted(file.name for file in archive.iterdir()) == ["archive.db", "snapshots", "sources.toml"]


def words(html: str) -> str:
    """What a page says, a blank between any two pieces of it."""
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_the_front_page_shows_what_is_archived(client: httpx.Client) -> None:
    shown = words(client.get("/").text)
    for expected in (
        "都道府県 施策・事業アーカイブ",
        "良好 変更あり 2026年4月3日 09:00 2026年4月3日 09:00 2",
        "2026年4月3日 09:00 三重県 変更 1 平成23年度 (2011) 事業 みえ県民交流センター指定管理事業",
        "予算額 平成23年度 変更前 ［削除］ 28,709 ［削除終わり］ 千円 変更後 ［追加］ 29,100 ［追加終わり］ 千円 増減 +391千円 +1.4 %",
        "2010 (平成22) 155,568,000 6 0",
        "2004 (平成16) 72,557,000 5 0",
    ):
        assert expected in shown


def test_the_front_page_leads_to_search_questions_and_views(client: httpx.Client) -> None:
    html = client.get("/").text
    assert ('role="search"' in html, 'name="q"' in html) == (True, True)
    links = dict(re.findall(r'<li><a href="(/archive/[^"]+)">([^<]+)</a>', html))
    assert {"予算額の推移", "新しい事業とその後"} <= set(links.values())
    assert [link for link in links if client.get(link).status_code != 200] == []


@pytest.mark.parametrize(("path", "feed"), [("/", "/feed.atom"), ("/source/mie-npo", "/feed.atom?source_id=mie-npo")])
def test_a_page_leads_to_its_feed_which_is_what_the_command_prints(
    client: httpx.Client, archive: Path, path: str, feed: str
) -> None:
    ways = BeautifulSoup(client.get(path).text, "lxml").select("[type='application/atom+xml']")
    assert [(way.name, way["href"]) for way in ways] == [("link", feed), ("a", feed)]
    answered = client.get(feed)
    assert answered.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert answered.text.count("<entry>") == 1
    assert answered.text == command("feed", where=archive).stdout


def test_there_is_no_feed_of_a_source_that_is_none(client: httpx.Client) -> None:
    refused = client.get("/feed.atom?source_id=other")
    assert (refused.status_code, "対象ページ other はありません。" in refused.text) == (404, True)


def test_a_feed_of_one_of_two_sources_is_its_own(workshop: Workshop) -> None:
    stanza = '[[source]]\nid = "s{0}"\nurl = "{1}/{0}"\nname = "頁{0}"\ndelay_seconds = 0\n'
    workshop.settings("".join(stanza.format(number, workshop.site.url) for number in (1, 2)))
    for edition in (1, 2):
        workshop.site.answers |= {"/1": answer(page(edition)), "/2": answer(page(edition))}
        workshop.run()
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        for asked, told in {"": ["頁2", "頁1"], "?source_id=s1": ["頁1"], "?source_id=s2": ["頁2"]}.items():
            assert re.findall("<entry>.*?<name>(頁.)</name>", client.get(f"/feed.atom{asked}").text, re.DOTALL) == told


def test_where_nothing_was_captured_yet_no_page_leads_to_a_feed(tmp_path: Path) -> None:
    assert command("rebuild", where=tmp_path).returncode == 0
    with served(SCRIPT, "serve", "--port", "0", where=tmp_path) as client:
        assert "feed.atom" not in client.get("/").text
        refused = client.get("/feed.atom")
    assert (refused.status_code, "取得はまだありません。" in refused.text) == (404, True)


def test_a_source_that_fails_is_not_well(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(page(1))
    workshop.visit()
    workshop.site.answers[PATH] = answer(b"", status="404 Not Found")
    workshop.visit()
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        shown = words(client.get("/").text)
    assert "要確認 掲載終了 the server answers 404" in shown
    assert "変更はまだありません。" in shown


def test_of_many_sources_those_that_are_not_well_stand_first_and_the_others_are_folded_away(workshop: Workshop) -> None:
    url = workshop.site.url
    stanzas = (f'[[source]]\nid = "s{n}"\nurl = "{url}/{n}"\nname = "頁{n}"\ndelay_seconds = 0\n' for n in range(12))
    workshop.settings("".join(stanzas))
    workshop.site.answers |= {f"/{n}": answer(page(1)) for n in range(11)}
    workshop.run()
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        html = client.get("/").text
    listed = re.findall(r'<th scope="row"><a href="/source/(s\d+)">', html)
    assert listed == ["s11", *(f"s{n}" for n in (0, 1, 10, *range(2, 10)))] * 2
    assert "要確認 掲載終了" in words(html)
    folded = html.index('<details class="well-ones"><summary>良好な11ページを表示')
    assert html.index('/source/s11"') < folded < html.index('/source/s0"')
    assert "頁0 206,169,000 155,568,000 68,546,000" in words(html)


def test_a_dash_is_no_zero(workshop: Workshop) -> None:
    """Of the four figures that the section of 2011 prints for 2011, one is a dash here."""
    workshop.site.answers[PATH] = answer(page(1).replace("28,709千円".encode(), "－千円".encode()))
    workshop.visit()
    with Archive.open(workshop.directory.database, version=VERSION, read_only=True) as archive:
        total = history.totals(archive)[0]
    assert (total.fiscal_year, total.amount_yen, total.figures, total.dashes) == (2011, 206_169_000 - 28_709_000, 3, 1)


def test_what_a_page_says_is_text_and_no_markup(workshop: Workshop) -> None:
    """Also what sources.toml says: its name, and an address that would run as a script."""
    project = "新しい公共支援基金事業".encode()
    workshop.site.answers[PATH] = answer(page(1))
    workshop.visit()
    workshop.site.answers[PATH] = answer(page(1).replace(project, b"&lt;script&gt;alert(1)&lt;/script&gt;"))
    text = (workshop.path / "sources.toml").read_text("utf-8")
    workshop.settings(text.replace("三重県", "<b>三重県</b>"))
    workshop.visit()
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        html = client.get("/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;b&gt;三重県&lt;/b&gt;" in html
    assert "<script>alert" not in html
    assert "<b>" not in html


def test_a_stock_datasette_has_the_pages_too_and_others_stay_as_they_are(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE budgets AS SELECT 28709000 AS amount_yen, 2011 AS fiscal_year")
        connection.commit()
    stock = SCRIPT.with_name("datasette")
    with served(stock, archive / "archive.db", other, "--port", "0", where=tmp_path) as client:
        front, ours, theirs = (client.get(path).text for path in ("/", "/archive/budgets", "/other/budgets"))
    assert "都道府県 施策・事業アーカイブ" in front
    assert '<a href="/other">other</a>' in front
    assert "予算額 (budgets)" in ours
    assert "browse.css" not in theirs
    assert '<html lang="en">' in theirs
    assert (">28709000<" in theirs, ">2011<" in theirs) == (True, True)
    assert ("1 row" in words(theirs), 'value="Apply' in theirs) == (True, True)
    with served(stock, other, "--port", "0", where=tmp_path) as client:
        front = client.get("/").text
    assert ("Datasette: other" in front, "アーカイブ" in front) == (True, False)


def test_every_page_says_that_it_is_in_japanese(client: httpx.Client) -> None:
    for path in ("/", "/archive", "/archive/budgets", "/archive/~E4~BA~88~E7~AE~97~E9~A1~8D", "/archive?sql=SELECT+1"):
        found = client.get(path)
        assert (found.status_code, '<html lang="ja">' in found.text) == (200, True), path


def test_views_and_columns_have_japanese_names(client: httpx.Client) -> None:
    view = client.get("/archive/budgets").text
    assert "<h1>予算額 (budgets)</h1>" in view
    assert 'data-column-description="予算年度"' in view
    assert "<h1>予算額</h1>" in client.get("/archive/~E4~BA~88~E7~AE~97~E9~A1~8D").text
    assert 'id="facet-fiscal_year"' in view
    assert ">project_version</a>" not in client.get("/archive").text


def test_datasettes_own_words_are_japanese(client: httpx.Client) -> None:
    view = words(client.get("/archive/budgets").text)
    for expected, english in (
        ("トップ / archive", "home"),
        ("53 件", "53 rows"),
        ("- 列 -", "- column -"),
        ("保存: json", "This data as"),
    ):
        assert (expected in view, english in view) == (True, False), expected


@pytest.mark.parametrize("column", ["予算額（円）", "amount_yen"])
def test_figures_are_shown_as_people_read_them(client: httpx.Client, column: str) -> None:
    sql = f"""SELECT 28709000 AS "{column}", NULL AS difference_yen, 2011 AS fiscal_year, 2019 AS "年度", 1200 AS persons"""
    shown = re.findall(r"<td[^>]*>(.*?)</td>", client.get("/archive", params={"sql": sql}).text, re.DOTALL)
    assert [re.sub("<.*?>", "", cell).strip() for cell in shown] == [
        *("28,709,000", "&nbsp;", "2011 (平成23)", "2019 (令和元)", "1200"),
    ]


def test_what_a_run_brings_meanwhile_is_shown(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(page(1))
    workshop.visit()
    count = "/archive.json?sql=SELECT+count(*)+FROM+captures&_shape=arrays"
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        assert client.get(count).json()["rows"] == [[1]]
        assert "変更はまだありません。" in client.get("/").text
        workshop.site.answers[PATH] = answer(page(2))
        assert "changed: 169 records" in command("run", where=workshop.path).stdout
        assert client.get(count).json()["rows"] == [[2]]
        assert "変更はまだありません。" not in client.get("/").text
        assert command("rebuild", where=workshop.path).returncode == 0
        assert client.get(count).json()["rows"] == [[2]]


def test_an_archive_that_cannot_be_written_to_is_shown(archive: Path, tmp_path: Path) -> None:
    """As one on a disk that is mounted so: SQLite finds no place for what it needs beside the file."""
    shutil.copy(archive / "archive.db", tmp_path)
    for path in (tmp_path / "archive.db", tmp_path):
        path.chmod(path.stat().st_mode & ~0o222)
    with served(SCRIPT, "serve", "--port", "0", where=tmp_path, before=as_anyone) as client:
        assert "2004 (平成16) 72,557,000 5 0" in words(client.get("/").text)
    tmp_path.chmod(0o755)
    assert [path.name for path in tmp_path.iterdir()] == ["archive.db"]


def test_an_answer_is_sent_without_waiting_for_word_of_its_head() -> None:
    with (
        serving.listening("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()[:2]),
        listener.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_what_stands_in_the_way_is_said(archive: Path, tmp_path: Path) -> None:
    assert "has no archive.db yet" in said(command("serve", where=tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command("serve", "--port", str(taken.getsockname()[1]), where=archive)
    assert (done.returncode, "name another with --port" in said(done)) == (2, True)


def test_without_the_extra_it_is_said_what_to_install(archive: Path, tmp_path: Path) -> None:
    """A folder before all others hides what is installed."""
    (tmp_path / "datasette.py").write_text("raise ModuleNotFoundError('no datasette here', name='datasette')")
    done = subprocess.run(
        [sys.executable, "-m", "pref_scraper", "serve"],
        cwd=archive,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "pref-scraper: datasette is not installed: pip install 'pref-scraper[browse]'\n",
    )
