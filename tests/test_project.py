"""The page of a project, over HTTP: one project over the fiscal years, whichever of its records is asked for."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import SCRIPT
from .test_serve import served, words

_THIRD, _FOURTH = "mie-npo-20260601T000000Z", "mie-npo-20260602T000000Z"
_OLD_NAME, _NEW_NAME = "協働の仕組み構築事業", "協働のしくみ構築事業"
_GONE = "災害ボランティア受入体制整備事業"
_CENTRE = "みえ県民交流センター指定管理事業"
_NEW_AGE = "「新しい時代の公」協働推進事業"
_SUPPORT = "NPO活動支援推進事業"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three editions and a fourth, made up: the project that came with the third is gone, the only one of 2003 renamed.

    Beside them `other`, with a project called as a script.
    """
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        workshop.visit_editions()
        site.answers[PATH] = answer(page(2).replace(_OLD_NAME.encode(), _NEW_NAME.encode()))
        workshop.visit()
        hostile = page().replace("新しい公共支援基金事業".encode(), b"&lt;script&gt;alert(1)&lt;/script&gt;")
        site.answers["/other"] = answer(hostile)
        workshop.settings(f'[[source]]\nid = "other"\nurl = "{site.url}/other"\nname = "<b>"\ndelay_seconds = 0\n')
        workshop.visit()
    return workshop.path


@pytest.fixture(scope="module")
def client(archive: Path) -> Iterator[httpx.Client]:
    with served(SCRIPT, "serve", "--port", "0", where=archive) as client:
        yield client


@pytest.fixture(autouse=True)
def _forgotten(client: httpx.Client) -> None:
    client.cookies.clear()


def record_ids(client: httpx.Client, name: str, *, view: str = "projects", column: str = "name") -> list[str]:
    """The records of a name that any good capture of the source has, those of the newest section first."""
    sql = (
        f"SELECT DISTINCT record_id FROM {view}_at WHERE source_id = 'mie-npo' AND {column} = :name"
        " ORDER BY fiscal_year DESC, text_start"
    )
    rows = client.get("/archive.json", params={"sql": sql, "name": name, "_shape": "arrays"}).json()["rows"]
    return [record_id for (record_id,) in rows]


def main(client: httpx.Client, record_id: str, query: str = "") -> BeautifulSoup:
    """What is ours of a page."""
    found = client.get(f"/project/{record_id}{query}")
    assert found.status_code == 200
    (own,) = BeautifulSoup(found.text, "html.parser").select(".sheet")
    return BeautifulSoup(str(own), "html.parser")


def matrix(own: BeautifulSoup) -> list[list[str]]:
    """The table of figures, a list of cells per budget year."""
    rows = own.select(".matrix tbody tr")
    return [[" ".join(cell.get_text().split()) for cell in row.find_all(["th", "td"])] for row in rows]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            _NEW_AGE,
            ["平成20年度 (2008)", "4,069千円", "平成21年度の欄 3,899千円 再掲、当年度の欄と異なる額 (-170千円)"],
        ),
        (
            _SUPPORT,
            ["平成20年度 (2008)", "24,587千円", "平成21年度の欄 24,440千円 再掲、当年度の欄と異なる額 (-147千円)"],
        ),
        (
            "地域市民活動センター連携事業",
            ["平成19年度 (2007)", "3,184千円", "平成20年度の欄 2,998千円 再掲、当年度の欄と異なる額 (-186千円)"],
        ),
    ],
)
def test_a_restated_figure_is_marked_in_words(client: httpx.Client, name: str, expected: list[str]) -> None:
    own = main(client, record_ids(client, name)[0])
    assert [row for row in matrix(own) if "異なる" in row[2]] == [expected]
    assert len(own.select(".matrix .differs")) == 1


def test_figures_stand_by_budget_year_and_a_dash_stays_a_dash(client: httpx.Client) -> None:
    own = main(client, record_ids(client, _CENTRE)[0])
    assert matrix(own) == [
        ["平成23年度 (2011)", "29,100千円", ""],
        ["平成22年度 (2010)", "28,410千円", "平成23年度の欄 28,410千円 再掲、当年度の欄と同額"],
        ["平成21年度 (2009)", "5,256千円", "平成22年度の欄 5,256千円 再掲、当年度の欄と同額"],
        ["平成20年度 (2008)", "記載なし", "平成21年度の欄 － 千円 再掲"],
    ]
    (chart,) = own.select("figure.chart script")
    points = json.loads(chart.get_text())["data"]["values"]
    assert sorted(point["yen"] for point in points if point["yen"] is not None) == [5_256_000, 28_410_000, 29_100_000]


def test_a_figure_leads_to_its_place_in_the_archived_page(client: httpx.Client) -> None:
    own = main(client, record_ids(client, _CENTRE)[0])
    (link,) = [one for one in own.select(".matrix a") if one.get_text() == "29,100千円"]
    assert str(link["href"]).startswith(f"/original/{_FOURTH}?start=")
    assert "<blockquote>29,100千円</blockquote>" in client.get(str(link["href"])).text


def test_every_record_of_a_project_leads_to_its_one_page(client: httpx.Client) -> None:
    projects = record_ids(client, _CENTRE)
    figures = record_ids(client, _CENTRE, view="budgets", column="project")
    assert (len(projects), len(figures)) == (3, 6)
    pages = {client.get(f"/project/{record_id}").text for record_id in (*projects, *figures)}
    assert len(pages) == 1


def test_texts_are_marked_against_the_section_before(client: httpx.Client) -> None:
    own = main(client, record_ids(client, _NEW_AGE)[0])
    sections = own.select(".changes > .listed")
    assert [one.h3.a.get_text() for one in sections if one.h3 and one.h3.a] == [
        *("平成22年度 (2010)", "平成21年度 (2009)", "平成20年度 (2008)"),
        *("平成19年度 (2007)", "平成18年度 (2006)", "平成17年度 (2005)"),
    ]
    marks = [[one.get_text() for one in section.find_all(["del", "ins"])] for section in sections]
    assert "［追加］第2款 総務費 第5項 生活文化費 1生活対策費［追加終わり］" in marks[0]
    assert ("［削除］新規［削除終わり］" in marks[4], marks[5]) == (True, [])
    assert "基本事業名 52101 NPOと行政との協働の推進 (同じ)" in words(str(sections[1]))
    assert "平成20年度の欄との違いに印を付けています。" in words(str(sections[1]))


def test_two_projects_of_one_name_in_a_section_are_both_told_and_their_figures_doubtful(client: httpx.Client) -> None:
    own = main(client, record_ids(client, _SUPPORT)[0])
    years = [one.get_text() for one in own.select(".changes > .listed h3 a:first-of-type")]
    assert (len(years), years.count("平成15年度 (2003)")) == (9, 2)
    assert matrix(own)[-1] == ["平成15年度 (2003)", "17,003千円 ［要確認: 同名の事業］", ""]


def test_a_renamed_project_has_both_names_and_what_changed_when(client: httpx.Client) -> None:
    (record_id,) = {*record_ids(client, _OLD_NAME), *record_ids(client, _NEW_NAME)}
    own = main(client, record_id)
    shown = words(str(own))
    assert own.find_all("h1")[0].get_text() == _NEW_NAME
    assert f"ほかの名称 {_OLD_NAME}" in shown
    assert "最初に記載を確認した取得 2026年4月1日 09:00 最後に記載を確認した取得 2026年6月2日 09:00" in shown
    assert re.search("2026年6月2日 09:00 平成15年度 .2003. 事業 .* 名称変更 変更前", shown)
    (link,) = own.find_all("a", string="この取得のすべての変更")
    assert link["href"] == f"/difference?source_id=mie-npo&from={_THIRD}&to={_FOURTH}"


def test_a_corrected_figure_is_told_with_the_capture_that_had_it(client: httpx.Client) -> None:
    shown = words(str(main(client, record_ids(client, _CENTRE)[0])))
    assert re.search("2026年5月1日 09:00 平成23年度 .2011. 事業 .* 増減 [+]391千円 [+]1.4 %", shown)


def test_a_project_that_is_gone_is_shown_as_it_stood_last(client: httpx.Client) -> None:
    (record_id,) = record_ids(client, _GONE)
    own = main(client, record_id)
    shown = words(str(own))
    assert "最新の取得のページには、この事業の記載がありません。" in shown
    assert "最後に記載を確認した取得 2026年6月1日 09:00" in shown
    assert matrix(own)[0] == ["平成23年度 (2011)", "1,200千円", ""]
    (link,) = [one for one in own.select(".matrix a") if one.get_text() == "1,200千円"]
    assert "<blockquote>1,200千円</blockquote>" in client.get(str(link["href"])).text
    year = own.select_one("dd > a[href^='/year/']")
    assert year is not None
    assert f'id="{record_id}"' in client.get(str(year["href"])).text
    for edition, change in (("2026年6月1日", "追加"), ("2026年6月2日", "削除")):
        assert re.search(f"{edition} 09:00 平成23年度 .2011. {change} 事業 {_GONE}", shown)
    assert "記載がありません" not in str(main(client, record_ids(client, _CENTRE)[0]))


def test_the_project_is_cited_down_to_its_record(client: httpx.Client) -> None:
    texts = [one.get_text() for one in main(client, record_ids(client, _CENTRE)[0]).find_all("textarea")]
    (warc,) = {re.findall("urn:uuid:[0-9a-f-]+", text)[0] for text in texts[1:]}
    known = client.get(f"/archive/captures.json?_shape=array&capture_id={_FOURTH}").json()
    assert f"<{warc}>" == known[0]["warc_record_id"]
    assert (len(texts), "参照 2026-06-02" in texts[0], "２．みえ県民交流センター指定管理事業" in texts[2]) == (
        3,
        True,
        True,
    )


def test_without_the_archived_bytes_all_but_the_citation_is_shown(
    client: httpx.Client, archive: Path, tmp_path: Path
) -> None:
    (record_id, *_) = record_ids(client, _CENTRE)
    shutil.copy(archive / "archive.db", tmp_path)
    with served(SCRIPT, "serve", "--port", "0", where=tmp_path) as alone:
        own = main(alone, record_id)
    assert (matrix(own)[0][1], own.find_all("textarea")) == ("29,100千円", [])
    assert "保存されたページを読めないため、引用を示せません" in own.get_text()


def test_projects_lead_to_those_beside_them(client: httpx.Client) -> None:
    """From the first on the page to the last, each once, and back."""
    record_id, seen = record_ids(client, "新しい公共支援基金事業")[0], []
    while True:
        own = main(client, record_id)
        seen.append(own.find_all("h1")[0].get_text())
        following = own.find("a", rel="next")
        if following is None:
            break
        record_id = str(following["href"]).removeprefix("/project/")
    assert seen[:2] == ["新しい公共支援基金事業", _CENTRE]
    assert (len(seen), len(set(seen)), seen[-1]) == (15, 15, _NEW_NAME)
    before = own.find("a", rel="prev")
    assert (before and before.get_text()) == "前の事業: NPO推進強化事業"


def test_its_rows_in_the_views_are_a_click_away(client: httpx.Client) -> None:
    for language, rows in (("ja", "件"), ("en", "rows")):
        links = main(client, record_ids(client, _CENTRE)[0], f"?_lang={language}").select("nav.beside:last-of-type a")
        shown = [words(client.get(str(link["href"])).text) for link in links]
        assert [f"{number} {rows}" in text for number, text in zip((6, 3), shown, strict=True)] == [True, True]


@pytest.mark.parametrize("table", ["projects", "budgets", "budget_series", "事業", "予算額", "予算額の推移"])
def test_the_views_lead_to_it(client: httpx.Client, table: str) -> None:
    rows = BeautifulSoup(client.get(f"/archive/{table}?_size=5", follow_redirects=True).text, "html.parser").select(
        "tbody tr"
    )
    links = [row.select("a[href^='/project/']") for row in rows]
    assert [len(found) for found in links] == [1] * 5
    assert client.get(str(links[0][0]["href"])).status_code == 200


def test_other_views_do_not(client: httpx.Client) -> None:
    assert "/project/" not in client.get("/archive/statements").text


def test_what_is_printed_is_text_and_no_markup(client: httpx.Client) -> None:
    sql = "SELECT record_id FROM projects WHERE source_id = 'other' AND position = 1 AND fiscal_year = 2011"
    ((record_id,),) = client.get("/archive.json", params={"sql": sql, "_shape": "arrays"}).json()["rows"]
    text = client.get(f"/project/{record_id}").text
    assert ("<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>" in text, "<script>alert" in text) == (True, False)
    assert ("&lt;b&gt;" in text, "<b>" in text) == (True, False)


def test_what_is_not_there_is_said(client: httpx.Client) -> None:
    sql = "SELECT record_id FROM statements LIMIT 1"
    ((statement,),) = client.get("/archive.json", params={"sql": sql, "_shape": "arrays"}).json()["rows"]
    for record_id in ("0000000000000000", statement, "%3Cb%3E"):
        assert client.get(f"/project/{record_id}").status_code == 404
    assert "事業 0000000000000000 はありません。" in client.get("/project/0000000000000000").text
    assert "There is no project" in client.get("/project/0000000000000000?_lang=en").text


def test_in_english_only_what_is_printed_is_japanese(client: httpx.Client) -> None:
    own = main(client, record_ids(client, _SUPPORT)[0], "?_lang=en")
    assert matrix(own)[2] == [
        *("FY 2008 (平成20年度)", "24,587千円", "section of FY 2009 24,440千円 restated, another amount (-147千円)"),
    ]
    for one in own.select(".chart, .listed dd, textarea, h1, nav.beside, p > a[href^='/source']"):
        one.decompose()
    left = re.sub(r"平成\d\d年度|千円", "", own.get_text())
    assert re.findall(r"[^\x00-\x7f]+", left) == []
