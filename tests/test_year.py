"""The page of a fiscal year, over HTTP: its section as the page prints it, at any moment."""

import re
from collections.abc import Iterator

import httpx
import pytest
from bs4 import BeautifulSoup

from .conftest import Workshop
from .editions import page
from .loopback import Site, answer
from .test_cli import SCRIPT
from .test_serve import served, words

_FIRST = "mie-npo-20260401T000000Z"
_HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Of `mie-npo` the three editions, each on its day; of `other`, a page with made-up hostile names, one capture."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        workshop.visit_editions()
        site.answers["/other"] = answer(
            page()
            .replace("<h3>施策体系".encode(), "<p>お知らせの行です</p><h3>施策体系".encode(), 1)
            .replace("新しい公共支援基金事業".encode(), b"&lt;script&gt;alert(1)&lt;/script&gt;")
        )
        workshop.settings(
            f'[[source]]\nid = "other"\nurl = "{site.url}/other"\nname = "{_HOSTILE}"\ndelay_seconds = 0\n'
        )
        workshop.visit()
        with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
            yield client


@pytest.fixture(autouse=True)
def _forgotten(client: httpx.Client) -> None:
    client.cookies.clear()


def main(client: httpx.Client, path: str) -> BeautifulSoup:
    """What is ours of a page."""
    found = client.get(path)
    assert found.status_code == 200
    (own,) = BeautifulSoup(found.text, "html.parser").select(".sheet")
    return BeautifulSoup(str(own), "html.parser")


def test_a_section_stands_as_the_page_prints_it(client: httpx.Client) -> None:
    own = main(client, "/year/mie-npo/2010")
    assert [one.get_text() for one in own.find_all(["h1", "h2"])] == [
        *("平成22年度 (2010)", "施策", "基本事業", "施策の目的", "数値目標", "現状と課題", "取組方向", "事業"),
    ]
    shown = words(str(own))
    for expected in (
        "平成22年度 施策概要 原文 前の年度: 平成21年度 (2009) 次の年度: 平成23年度 (2011)",
        "52101 NPOと行政との協働の推進 原文 「新しい時代の公」協働推進事業",
        "意図 ネットワークを形成し、他の主体とも協働しながら地域づくり活動を行っている",
        "NPO（ボランティア団体・市民活動団体等）の数 原文 2,140 (平成22年度) 1,931 (平成20年度)",
        "3. 一部新 NPO活動支援緊急雇用創出事業 原文 基本事業 52102 県民の社会参画活動への支援"
        " 款項目 第2款 総務費 第5項 生活文化費 1生活対策費",
        "平成21年度 予算額 －　千円 平成22年度 予算額 50,381千円",
    ):
        assert expected.replace("\u3000", " ") in shown


def test_a_grouped_section_has_its_groups(client: httpx.Client) -> None:
    """The oldest: two groups, each with its activities and its projects, of which two are listed again without a figure."""
    own = main(client, "/year/mie-npo/2003")
    assert [one.get_text() for one in own.find_all("h2")] == [
        *("市民活動及びボランティア活動の推進", "NPOやボランティア団体等との協働の推進及び事業評価実施の浸透"),
    ]
    names = [one.get_text() for one in own.select(".listed h4 > a:first-of-type")]
    assert [names.count("NPO活動支援推進事業"), names.count("NPO推進強化事業"), len(names)] == [2, 2, 9]
    assert words(str(own)).count("予算額の記載はありません。") == 2
    assert (own.find("a", rel="prev"), own.find("a", rel="next") is None) == (None, False)


def test_every_figure_leads_to_its_place_in_the_archived_page(client: httpx.Client) -> None:
    own = main(client, f"/year/mie-npo/2011?at={_FIRST}")
    (link,) = own.find_all("a", string="28,709千円")
    assert link["href"] == f"/original/{_FIRST}?start=1159&end=1167"
    assert "<blockquote>28,709千円</blockquote>" in client.get(str(link["href"])).text


@pytest.mark.parametrize(
    ("at", "figure", "day"),
    [
        ("", "29,100千円", "2026年6月1日 09:00"),
        ("2026-05-15", "29,100千円", "2026年5月1日 09:00"),
        ("2026-04-30", "28,709千円", "2026年4月1日 09:00"),
        ("2026-05-01T08:59:59", "28,709千円", "2026年4月1日 09:00"),
        (_FIRST, "28,709千円", "2026年4月1日 09:00"),
    ],
    ids=["newest", "a date", "the day before", "a second before, in Japan", "a capture"],
)
def test_any_moment_is_told_with_its_capture(client: httpx.Client, at: str, figure: str, day: str) -> None:
    own = main(client, f"/year/mie-npo/2011?at={at}")
    figures = {one.get_text() for one in own.select(".listed dd a")}
    assert {"29,100千円", "28,709千円"} & figures == {figure}
    assert f"表示している取得: {day}" in words(str(own))
    assert ("最新の取得を表示" in own.get_text()) == bool(at)
    (before,) = own.find_all("a", rel="prev")
    assert ("at=" in before["href"]) == bool(at)
    assert client.get(str(before["href"])).status_code == 200


def test_what_could_not_be_read_stands_below(client: httpx.Client) -> None:
    problems = words(str(main(client, "/year/mie-npo/2005")))
    assert "読み取りの問題 521012" not in problems
    assert "521012 原文 コードの桁数がほかと違う the code of a basic project has 5 digits, this one 6" in problems
    assert "記録に含まれない文 お知らせの行です 原文" in words(str(main(client, "/year/other/2011")))


WRONG = {
    "/year/mie-npo/2012": (404, "この取得のページに 2012 の欄はありません。"),
    "/year/mie-npo/0": (404, "この取得のページに 0 の欄はありません。"),
    "/year/none/2011": (404, "対象ページ none はありません。"),
    "/year/mie-npo/2011?at=2026-03-31": (404, "2026-03-31 までに正常に取得されたページはありません。"),
    "/year/mie-npo/2011?at=2026-13-01": (400, "「2026-13-01」は日付でも取得番号でもありません。"),
    "/year/mie-npo/2011?at=昨日": (400, "「昨日」は日付でも取得番号でもありません。"),
    "/year/mie-npo/2011?_lang=en&at=%3Cb%3E": (400, "“&lt;b&gt;” is neither a date nor a capture"),
    f"/year/other/2011?at={_FIRST}": (400, f"取得 {_FIRST} は別の対象ページのものです。"),
}


@pytest.mark.parametrize("path", WRONG)
def test_what_is_not_there_is_said(path: str, client: httpx.Client) -> None:
    status, sentence = WRONG[path]
    found = client.get(path)
    assert (found.status_code, sentence in found.text) == (status, True)


def test_what_is_printed_is_text_and_no_markup(client: httpx.Client) -> None:
    """The source's name twice, the project's thrice: in a list, as a heading, and in what is read aloud."""
    found = client.get("/year/other/2011")
    assert (found.text.count("&lt;script&gt;alert(1)"), "<script>alert" in found.text) == (5, False)
    assert "default-src 'self'" in found.headers["content-security-policy"]


def test_in_english_only_what_is_printed_is_japanese(client: httpx.Client) -> None:
    own = main(client, "/year/mie-npo/2007?_lang=en")
    for record in own.select(".listed, .printed, p > a[href^='/source']"):
        record.decompose()
    left = re.sub(r"平成\d\d年度", "", own.get_text())
    assert re.findall(r"[^\x00-\x7f·]+", left) == []
    assert "Shown is the capture of: 2026-06-01 09:00 in Japan" in " ".join(left.split())
