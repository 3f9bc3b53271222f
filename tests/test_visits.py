"""The pages of a source's visits, over HTTP: its timeline, a capture, a difference, what could not be read."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape, unescape

import httpx
import pytest

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import SCRIPT
from .test_serve import served, words

SCRIPTED = "<script>alert(1)</script>"
NEW, SECOND, THIRD = (f"mie-npo-2026{month}01T000000Z" for month in ("04", "05", "06"))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Three editions on the first of April to June, ten days without news, then its address is gone.

    A second source has a name that is markup, and was visited once, at the end, when the first was still gone.
    """
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        workshop.visit_editions()
        site.answers[PATH] = answer(page(3), etag='"3"')
        for _ in range(10):
            workshop.visit()
        site.answers[PATH] = answer(b"", status="404 Not Found")
        workshop.visit()
        text = (workshop.path / "sources.toml").read_text("utf-8")
        site.answers["/other"] = answer(_hostile())
        workshop.settings(
            f'{text}\n[[source]]\nid = "other"\nurl = "{site.url}/other"\nname = "{SCRIPTED}"\ndelay_seconds = 0\n'
        )
        workshop.now = datetime(2026, 7, 31, tzinfo=UTC) - timedelta(days=1)
        workshop.run()
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        yield client


def _hostile() -> bytes:
    """The page with markup as text, where a basic project is named otherwise than its year does."""
    return page(1).replace("県民の社会参画への支援".encode(), escape(SCRIPTED).encode())


def _asked(client: httpx.Client, path: str) -> httpx.Response:
    """A page, in Japanese unless the path says otherwise."""
    client.cookies.clear()
    return client.get(path)


# By query: the status, and what the page says then.
DIFFERENCES = {
    "": (200, "変更前 2026年5月1日 09:00 日本時間"),
    "source_id=mie-npo": (200, "追加 3 削除 1 変更 1 移動 1"),
    "source_id=mie-npo&from=2026-04-30&to=2026-05-01": (200, "予算額 平成23年度 変更前 ［削除］ 28,709"),
    "source_id=mie-npo&from=2026-04-01&to=2026-04-30": (200, "どちらの時点も同じ取得を指しています。"),
    "source_id=mie-npo&from=2026-04-01": (200, "変更後 2026年6月11日 09:00 日本時間"),
    f"source_id=mie-npo&to={SECOND}": (200, "変更前 2026年4月1日 09:00 日本時間"),
    f"source_id=mie-npo&from={NEW}&to={THIRD}": (200, "+391千円"),
    "source_id=other": (200, "変更はまだありません。"),
    "source_id=mie-npo&from=2026-05-02&to=2026-04-02": (
        400,
        "変更前 2026-05-02 が変更後 2026-04-02 より後になっています",
    ),
    "source_id=mie-npo&from=2026-13-01": (400, "「2026-13-01」は日付でも取得番号でもありません"),
    f"source_id=mie-npo&from={SCRIPTED}": (400, "「&lt;script&gt;alert(1)&lt;/script&gt;」は日付でも"),
    "source_id=mie-npo&to=2026-03-31": (
        400,
        "2026-03-31 までに正常な取得はありません。最初の正常な取得は 2026-04-01 です",
    ),
    f"source_id=other&from={NEW}": (400, f"取得 {NEW} は別の対象ページのものです"),
    "source_id=mie-npo&from=2026-05-02&to=2026-04-02&_lang=en": (
        400,
        "From 2026-05-02 is later than to 2026-04-02: swap",
    ),
    "source_id=mie-npo&from=never&_lang=en": (400, "“never” is neither a date nor a capture"),
    "source_id=nowhere": (404, "対象ページ nowhere はありません"),
}


@pytest.mark.parametrize("query", DIFFERENCES)
def test_two_times_are_compared_or_it_is_said_why_not(query: str, client: httpx.Client) -> None:
    status, expected = DIFFERENCES[query]
    found = _asked(client, f"/difference?{query}")
    assert (found.status_code, expected in words(found.text)) == (status, True)
    assert SCRIPTED not in found.text


def test_a_difference_can_be_chosen_by_date_by_change_and_by_a_link_that_lasts(client: httpx.Client) -> None:
    html = _asked(client, "/difference?source_id=mie-npo&to=2026-05-10").text
    assert '<input type="date" id="to" name="to" value="2026-05-10" min="2026-04-01">' in html
    assert 'name="from" value="2026-04-01"' in html
    assert f'<option value="{SECOND}" selected>2026年5月1日 09:00</option>' in html
    lasting = f"/difference?source_id=mie-npo&from={NEW}&to={SECOND}".replace("&", "&amp;")
    assert f'<a href="{lasting}">この比較への固定リンク</a>' in html
    assert f'href="/capture/{NEW}"' in html


CAPTURES = {
    f"/capture/{NEW}": (
        "初回取得 対象ページを初めて取得しました。",
        "最初の取得で、比べる相手はありません。",
        "事業 38 予算額 53 読み取りの問題 3",
        "521012 原文 コードの桁数がほかと違う the code of a basic project has 5 digits",
        "HTTP状態 200",
    ),
    f"/capture/{SECOND}": (
        "変更あり ページの記載が変わりました。",
        "予算額 平成23年度 変更前 ［削除］ 28,709",
        "(2026-05-01T00:00:00Z)",
    ),
    "/capture/mie-npo-20260603T000000Z": ("更新なし 前と同じバイト列か", "前の取得から変更はありません。"),
    "/capture/mie-npo-20260612T000000Z": (
        "掲載終了 ページがありません",
        "理由: the server answers 404",
        "何も読み取っていません",
    ),
    f"/capture/{SECOND}?_lang=en": (
        "changed What the page says changed.",
        "FY 2011 (平成23年度) Project みえ県民交流センター",
    ),
}


@pytest.mark.parametrize("path", CAPTURES)
def test_a_visit_is_told_with_what_it_means_and_brought(path: str, client: httpx.Client) -> None:
    shown = words(_asked(client, path).text)
    assert [expected for expected in CAPTURES[path] if expected not in shown] == []


def test_a_visit_leads_to_those_beside_it_and_to_the_archived_page(client: httpx.Client) -> None:
    html = _asked(client, f"/capture/{SECOND}").text
    for address in (f"/capture/{NEW}", f"/capture/{THIRD}", f"/original/{SECOND}?start=0&amp;end=0", "/source/mie-npo"):
        assert f'href="{address}"' in html
    irregular = re.findall(r'<q>521012</q>.*?href="([^"]+)"', html, re.DOTALL)
    assert "<blockquote>521012</blockquote>" in client.get(unescape(irregular[0])).text
    assert 'rel="prev"' not in _asked(client, f"/capture/{NEW}").text


def test_a_visit_that_is_not_there_is_said(client: httpx.Client) -> None:
    found = _asked(client, "/capture/none")
    assert (found.status_code, "取得 none はありません。" in found.text) == (404, True)


def test_what_a_page_says_is_text_on_these_pages(client: httpx.Client) -> None:
    html = _asked(client, "/capture/other-20260731T000000Z").text
    assert (f"<q>{SCRIPTED}</q>" in html, f"<q>{escape(SCRIPTED)}</q>" in html) == (False, True)
    assert SCRIPTED not in html
