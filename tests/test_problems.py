"""The page of what could not be read, asked over HTTP."""

from collections.abc import Iterator

import httpx
import pytest
from bs4 import BeautifulSoup

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import SCRIPT
from .test_serve import served, words

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A source with the page as it is, and one with a table of contents within its body, of hostile text."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        text = (workshop.path / "sources.toml").read_text("utf-8")
        workshop.settings(
            text + f'[[source]]\nid = "other"\nurl = "{site.url}/other"\nname = "別の頁"\ndelay_seconds = 0\n'
        )
        stranger = "&lt;script&gt;alert(1)&lt;/script&gt;"
        site.answers[PATH] = answer(page())
        site.answers["/other"] = answer(
            page().replace("【基本事業名：52101 多様".encode(), f"【基本事業名：52101 {stranger}多様".encode())
        )
        workshop.run()
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        yield client


def test_each_source_is_told_with_how_many_it_has(client: httpx.Client) -> None:
    shown = words(client.get("/problems").text)
    assert "対象ページ 読み取りの問題 記録に含まれない文 三重県 3 0 別の頁 3 0" in shown


def test_a_problem_is_told_in_words_below_its_fiscal_year(client: httpx.Client) -> None:
    shown = words(client.get("/problems?source_id=mie-npo").text)
    for expected in (
        "平成20年度 (2008) 県民の社会参画への支援 原文 同じコードの名称がほかの箇所と違う",
        "【基本事業名：52101 多様な活動主体による協働の推進 原文 括弧が閉じていない",
        "521012 原文 コードの桁数がほかと違う",
        "記録に含まれない文 本文のすべてがいずれかの記録に含まれます。",
    ):
        assert expected in shown
    assert "521012 source code length the code of a basic project has 5 digits, this one 6" in words(
        client.get("/problems?source_id=mie-npo&_lang=en").text
    )
    client.cookies.clear()


def test_a_problem_leads_to_its_place_in_the_archived_page(client: httpx.Client) -> None:
    read = BeautifulSoup(client.get("/problems?source_id=mie-npo").text, "html.parser")
    (link,) = [one["href"] for one in read.find_all("a", class_="place") if one["aria-label"] == "原文: 521012"]
    found = client.get(str(link), follow_redirects=True)
    assert (found.status_code, "<blockquote>521012</blockquote>" in found.text) == (200, True)


def test_what_is_printed_is_text(client: httpx.Client) -> None:
    html = client.get("/problems?source_id=other").text
    assert (HOSTILE in html, "&lt;script&gt;alert(1)&lt;/script&gt;" in html) == (False, True)


def test_a_source_that_is_not_there(client: httpx.Client) -> None:
    found = client.get("/problems?source_id=none")
    assert (found.status_code, "対象ページ none はありません。" in found.text) == (404, True)
