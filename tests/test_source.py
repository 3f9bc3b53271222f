"""The page of a source, asked over HTTP, and the timeline that it tells."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup

from pref_scraper.archive import Capture, Outcome
from pref_scraper.browse.timeline import Marks, stretches, strip

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import SCRIPT
from .test_serve import served, words


def _captures(*outcomes: str) -> list[Capture]:
    """Captures of a day each, newest first."""
    return [
        Capture(
            capture_id=f"s-{number}",
            source_id="s",
            url="http://127.0.0.1/",
            captured_at=f"2026-04-{number:02d}T00:00:00Z",
            outcome=outcome,
            http_status=None,
            payload_digest=None,
            text_digest=None,
            warc_file="s.warc.gz",
            warc_offset=number,
            warc_record_id=f"urn:{number}",
            arrived_at=f"2026-04-{number:02d}T00:00:00Z",
        )
        for number, outcome in zip(range(len(outcomes), 0, -1), outcomes, strict=True)
    ]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        pytest.param(["not_modified", "unchanged", "not_modified", "new"], [3, 1], id="nothing new, in either way"),
        pytest.param(["changed", "changed", "new"], [1, 1, 1], id="each change is a line of its own"),
        pytest.param(["failed", "failed", "gone", "not_modified", "new"], [2, 1, 1, 1], id="failed in the same way"),
        pytest.param(["not_modified", "failed", "not_modified", "new"], [1, 1, 1, 1], id="what is between parts them"),
        pytest.param([], [], id="never visited"),
    ],
)
def test_visits_in_a_row_without_news_are_one_line(outcomes: list[str], expected: list[int]) -> None:
    found = stretches(_captures(*outcomes), {})
    assert [len(one.captures) for one in found] == expected
    assert [capture.outcome for one in found for capture in one.captures] == outcomes


def _outcomes(*outcomes: str) -> list[Outcome]:
    return [Outcome(one.capture_id, one.captured_at, one.outcome, one.reason) for one in _captures(*outcomes)]


def test_marks_stand_on_the_strip_at_their_time() -> None:
    found = strip(_outcomes("gone", "not_modified", "changed", "not_modified", "new"))
    assert found == [
        Marks(outcome="new", visits=1, places=(0,)),
        Marks(outcome="changed", visits=1, places=(200,)),
        Marks(outcome="not_modified", visits=2, places=(100, 300)),
        Marks(outcome="gone", visits=1, places=(400,)),
    ]


def test_visits_at_one_time_are_one_mark() -> None:
    assert strip(_outcomes("failed") * 2) == [Marks(outcome="failed", visits=2, places=(0,))]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The page, three times unchanged, changed, gone; and a source that was never good."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        text = (workshop.path / "sources.toml").read_text("utf-8")
        workshop.settings(
            f'{text}[[source]]\nid = "none"\nurl = "{site.url}/none"\nname = "<b>無</b>"\ndelay_seconds = 0\n'
        )
        for edition in (1, 1, 1, 1, 2):
            site.answers[PATH] = answer(page(edition))
            workshop.run()
        site.answers[PATH] = answer(b"", status="404 Not Found")
        workshop.run()
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        yield client


def _read(client: httpx.Client, path: str) -> Any:
    answered = client.get(path)
    assert answered.status_code == 200
    return BeautifulSoup(answered.text, "html.parser")


def test_the_facts_of_a_source_are_told(client: httpx.Client) -> None:
    shown = words(client.get("/source/mie-npo").text)
    for expected in (
        "三重県 アドレス",
        "状態 要確認 掲載終了 the server answers 404: the page is not there any more ページがありません（404・410）。",
        "最終取得 2026年4月7日 09:00 最後に正常な取得 2026年4月6日 09:00 最終変更 2026年4月6日 09:00",
        "初回取得 2026年4月2日 09:00 取得回数 6",
        "初回取得 1回 変更あり 1回 更新なし 3回 掲載終了 1回 2026年4月2日 09:00 2026年4月7日 09:00",
        "平成23年度 (2011) 206,560,000 4 0",
        "みえ県民交流センター指定管理事業 2011, 2010, 2009",
    ):
        assert expected in shown


def test_its_visits_are_told_newest_first(client: httpx.Client) -> None:
    lines = [" ".join(one.get_text(" ").split()) for one in _read(client, "/source/mie-npo").select(".visits li")]
    assert lines == [
        "2026年4月7日 09:00 掲載終了 the server answers 404: the page is not there any more",
        "2026年4月6日 09:00 変更あり 変更 1 変更を見る",
        "2026年4月5日 09:00 更新なし 3回 ～ 2026年4月3日 09:00",
        "2026年4月2日 09:00 初回取得",
    ]


def test_visits_before_a_capture_are_asked_for(client: httpx.Client) -> None:
    shown = _read(client, "/source/mie-npo?before=mie-npo-20260404T000000Z")
    lines = [" ".join(one.get_text(" ").split()) for one in shown.select(".visits li")]
    assert lines == ["2026年4月3日 09:00 更新なし", "2026年4月2日 09:00 初回取得"]


def test_it_leads_to_years_projects_and_questions(client: httpx.Client) -> None:
    shown = _read(client, "/source/mie-npo")
    years = [one["href"] for one in shown.select('a[href^="/year/"]')]
    assert years == [f"/year/mie-npo/{year}" for year in range(2011, 2002, -1)]
    assert len({one["href"] for one in shown.select('a[href^="/project/"]')}) == 15
    asked = [one["href"] for one in shown.select('a[href$="?source=mie-npo"]')]
    assert (len(asked), client.get(asked[0]).status_code) == (15, 200)
    (form,) = shown.select('form[action="/difference"]')
    assert [field["name"] for field in form.select("input[name]")] == ["source_id", "from", "to"]


def test_a_source_without_a_good_capture_is_shown(client: httpx.Client) -> None:
    html = client.get("/source/none").text
    assert ("正常な取得はまだありません。" in html, "&lt;b&gt;無&lt;/b&gt;" in html, "<b>無" in html) == (
        True,
        True,
        False,
    )


def test_a_source_that_is_not_there(client: httpx.Client) -> None:
    found = client.get("/source/other")
    assert (found.status_code, "対象ページ other はありません。" in found.text) == (404, True)
