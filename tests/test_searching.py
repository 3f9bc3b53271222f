"""The search page and Datasette's search boxes, asked over HTTP; with our plugin, and in a stock Datasette."""

import html
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pref_scraper import pipeline, views
from pref_scraper.records import VIEWS
from pref_scraper.sources import Directory

from .editions import page
from .shelf import day, put
from .test_docs import ROOT
from .test_serve import served

SCRIPT = Path(sys.executable).with_name("pref-scraper")
DATASETTE = Path(sys.executable).with_name("datasette")
HOSTILE = "<img src=x onerror=alert(1)>"
LONG = "みえ県民交流センターにおいて、指定管理者"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, with a text of ours at its end that is also markup."""
    directory = Directory(tmp_path_factory.mktemp("archive"))
    put(directory, day(0), page().replace("（10団体予定）".encode(), f"（10団体予定）{html.escape(HOSTILE)}".encode()))
    pipeline.load(directory)
    return directory.path


@pytest.fixture(scope="module")
def client(archive: Path) -> Iterator[httpx.Client]:
    with served(SCRIPT, "serve", "--port", "0", where=archive) as client:
        yield client


@pytest.fixture(scope="module")
def stock(archive: Path) -> Iterator[httpx.Client]:
    """A Datasette without any plugin, and with the metadata of the document."""
    metadata = archive / "metadata.json"
    (text,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "search.md").read_text("utf-8"), re.DOTALL)
    metadata.write_text(text, "utf-8")
    words = ("env", "DATASETTE_LOAD_PLUGINS=", DATASETTE, "archive.db", "--port", "0", "--metadata", metadata)
    with served(*words, where=archive) as client:
        yield client


def found(client: httpx.Client, query: str) -> dict[str, int]:
    """By kind, the number of records that the page says it found."""
    answer = client.get("/search", params={"q": query})
    assert answer.status_code == 200
    return {kind: int(n.replace(",", "")) for kind, n in re.findall(r"<h2>(\S+) <span[^>]*>([\d,]+) 件", answer.text)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("みえ県民交流センター管理事業", {"事業": 2, "予算額": 2}),
        ("２８，７０９千円", {"予算額": 1}),
        ("28,709", {"予算額": 1}),
        ("28,709 指定管理", {"予算額": 1}),
        ('"28,709 指定管理"', {}),
        ("存在しない語", {}),
    ],
)
def test_words_are_found_in_every_kind_of_record(client: httpx.Client, query: str, expected: dict[str, int]) -> None:
    assert found(client, query) == expected


@pytest.mark.parametrize(
    ("query", "marked"),
    [("協働", {"協働"}), ("ｎｐｏ", {"NPO", "npo"}), ("県 働", {"県", "働"}), ("（１０団体", {"（10団体"})],
)
def test_what_was_looked_for_is_marked_as_it_is_printed(client: httpx.Client, query: str, marked: set[str]) -> None:
    assert set(re.findall(r"<mark>(.*?)</mark>", client.get("/search", params={"q": query}).text)) == marked


def test_a_hit_leads_to_its_record_and_many_hits_to_all_of_them(client: httpx.Client) -> None:
    text = client.get("/search", params={"q": "28,709"}).text
    ((address, label),) = re.findall(r'<a href="(/archive/[^"]*[?][^"]*)">(.*?)</a>', text)
    assert label == "みえ県民交流センター指定管理事業 平成23年度"
    row = client.get(html.unescape(address)).text
    assert ("1 件" in row, "28,709千円" in row) == (True, True)
    text = client.get("/search", params={"q": "NPO"}).text
    more = re.findall(r'<p><a href="([^"]*)">(\S+): すべて表示 \((\d+)\)</a>', text)
    assert [(label, int(number)) for _, label, number in more] == [
        *(("現状と課題・取組", 33), ("事業", 33), ("予算額", 23)),
    ]
    assert "33 件" in client.get(html.unescape(more[0][0])).text


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 200, ""),
        ('""　', 200, ""),
        ("あ" * 200, 200, "見つかりませんでした。"),
        ("あ" * 201, 400, "検索語が長すぎます。200字以内にしてください。"),
        ('" OR * NEAR( ^', 200, "見つかりませんでした。"),
    ],
)
def test_any_query_is_answered(client: httpx.Client, query: str, status: int, said: str) -> None:
    answer = client.get("/search", params={"q": query})
    assert (answer.status_code, "<mark>" in answer.text) == (status, False)
    assert said in answer.text
    assert ('role="alert"' in answer.text or 'role="status"' in answer.text) == bool(said)


def test_markup_is_shown_as_text(client: httpx.Client) -> None:
    for query in ("10団体予定", HOSTILE, '"><script>alert(1)</script>'):
        text = client.get("/search", params={"q": query}).text
        assert not re.search(r"<(img|script)[^>]*(onerror|>alert)", text)
    assert html.escape(HOSTILE) in client.get("/search", params={"q": "10団体予定"}).text


def _count(client: httpx.Client, view: str, query: str) -> int:
    return len(client.get(f"/archive/{view}.json", params={"_search": query, "_shape": "array", "_size": "max"}).json())


def test_the_box_of_a_view_takes_words_as_the_page_does(client: httpx.Client) -> None:
    assert _count(client, "projects", "ＮＰＯ") == found(client, "NPO")["事業"]
    assert _count(client, "budgets", "みえ県民交流センター　管理事業") > 0
    assert _count(client, "projects", LONG) == found(client, LONG)["事業"] > 0
    assert _count(client, "projects", "") == _count(client, "projects", '""') == 0


def test_every_kind_of_record_has_a_box(client: httpx.Client) -> None:
    for view in (name for name in views.names() if views.english(name) in VIEWS):
        assert 'name="_search"' in client.get("/archive/" + "".join(f"~{b:02X}" for b in view.encode())).text


@pytest.mark.parametrize("query", ["協働", "県", "交流", "みえ県民交流センター", "NPO 県民", '"、NPO"'])
def test_a_stock_datasette_finds_the_same(client: httpx.Client, stock: httpx.Client, query: str) -> None:
    twin = "~E4~BA~8B~E6~A5~AD"
    assert _count(stock, "projects", query) == _count(stock, twin, query) == found(client, query)["事業"] > 0
