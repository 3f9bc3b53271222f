"""The language of a page: Japanese, or English for who asks for it."""

import re
from collections.abc import Iterator

import httpx
import pytest

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import SCRIPT
from .test_serve import served, words


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Two editions of the page, served."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        for number in (1, 2):
            site.answers[PATH] = answer(page(number))
            workshop.visit()
    with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
        yield client


@pytest.fixture(autouse=True)
def _forgotten(client: httpx.Client) -> None:
    client.cookies.clear()


def language(answered: httpx.Response) -> str:
    found = re.search(r'<html lang="(\w+)">', answered.text)
    assert found is not None
    return found[1]


def test_a_page_is_japanese_and_leads_to_english(client: httpx.Client) -> None:
    japanese = client.get("/search?q=協働")
    assert language(japanese) == "ja"
    (link,) = re.findall(r'<a class="language" lang="en"\s+href="([^"]*)"', japanese.text)
    english = client.get(f"/search{link.replace('&amp;', '&')}")
    assert (language(english), 'value="協働"' in english.text) == ("en", True)


def test_a_choice_is_kept_until_the_other_is_made(client: httpx.Client) -> None:
    """By a cookie, so that the address of a page stays what it is."""
    assert [language(client.get(path)) for path in ("/?_lang=en", "/", "/archive/budgets", "/?_lang=ja", "/")] == [
        *("en", "en", "en", "ja", "ja"),
    ]


def test_what_is_no_language_changes_nothing(client: httpx.Client) -> None:
    answered = client.get("/?_lang=fr", headers={"Cookie": 'pref_scraper_language="xx"; other=1; ;='})
    assert (language(answered), "set-cookie" in answered.headers) == ("ja", False)


def test_caches_keep_the_languages_apart(client: httpx.Client) -> None:
    assert "cookie" in client.get("/archive/budgets").headers["vary"].lower()


def test_the_front_page_in_english_has_the_page_s_own_words_alone_in_japanese(client: httpx.Client) -> None:
    shown = words(re.sub(r"<script.*?</script>|<style>.*?</style>", "", client.get("/?_lang=en").text, flags=re.DOTALL))
    for expected in (
        "Archive of prefectural policy pages",
        "Well changed 2026-04-03 09:00 2026-04-03 09:00 2",
        "2026-04-03 09:00 三重県 modified 1 FY 2011 (平成23年度) Project みえ県民交流センター指定管理事業",
        "2010 (平成22) 155,568,000 6 0",
        "All restatements",
        "Budget series",
    ):
        assert expected in shown
    for japanese in ("三重県", "みえ県民交流センター指定管理事業", "平成23年度", "千円", "平成", "予算額", "日本語"):
        shown = shown.replace(japanese, "")
    assert re.findall(r"[^\x00-\x7f]+", re.sub(r"\(\d\d\)", "", shown)) == []


def test_views_and_questions_in_english_have_their_own_names(client: httpx.Client) -> None:
    view = client.get("/archive/budgets?_lang=en").text
    assert ("<h1>Budgets (view)</h1>" in view, "data-column-description" in view, 'value="Apply' in view) == (
        True,
        False,
        True,
    )
    question = client.get("/archive/project-figures?project=交流センター").text
    assert ("One project&#39;s figures as stated in each section" in question, ">standing<" in question) == (True, True)
    assert "own-year" in question


def test_search_in_english_leads_to_the_views(client: httpx.Client) -> None:
    found = client.get("/search?q=協働&_lang=en").text
    (link, *_) = re.findall(r'<a href="(/archive/statements\?record_id=[^"]+)"', found)
    assert "1 row" in words(client.get(link).text)


def test_refusals_are_in_the_language_of_the_page(client: httpx.Client) -> None:
    answered = client.get("/original/none-20260101T000000Z?_lang=en")
    assert (answered.status_code, "There is no capture none-20260101T000000Z." in answered.text) == (404, True)
    assert "取得 none-20260101T000000Z はありません。" in client.get("/original/none-20260101T000000Z?_lang=ja").text


def test_datasette_refuses_in_the_language_of_the_page(client: httpx.Client) -> None:
    for path, status, japanese, english in (
        ("/none", 404, "見つかりません このページはありません。", "Not found There is no such page."),
        ("/archive/none", 404, "見つかりません このページはありません。", "Not found There is no such page."),
    ):
        for spoken, expected in (("ja", japanese), ("en", english)):
            answered = client.get(path, params={"_lang": spoken})
            assert (answered.status_code, expected in words(answered.text)) == (status, True), (path, spoken)
    assert client.get("/archive/none.json").json()["status"] == 404


def test_a_query_that_takes_too_long_is_stopped_with_a_sentence(client: httpx.Client) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    answered = client.get("/archive", params={"sql": endless, "_timelimit": 50, "_lang": "ja"})
    assert answered.status_code == 400
    assert "時間内に終わりませんでした 問い合わせを途中で止めました。" in words(answered.text)


def test_conditions_and_menus_of_tables_are_japanese_or_english(client: httpx.Client) -> None:
    for spoken, expected, script in (("ja", "が次を含む", True), ("en", "contains", False)):
        view = client.get("/archive/statements", params={"kind": "issue", "_lang": spoken}).text
        assert (f">{expected}</option>" in view, "columns.js" in view) == (True, script), spoken
    facets = words(client.get("/archive/statements?_lang=ja").text)
    assert ("種別" in facets, "現状と課題" in facets, "2011 (平成23)" in facets) == (True, True, True)
