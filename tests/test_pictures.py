"""A chart on a page of ours, over HTTP; tests/browser/ has it in a browser. The page itself is made up."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import SCRIPT
from .test_serve import served

PLUGIN = """
from datasette import hookimpl
from pref_scraper.browse import archives, pages, pictures

async def page(request, datasette):
    rows = await archives.ask(datasette, "archive", lambda archive: [*archive.table("budget_series").objects()])
    named = [row for row in rows if row["project"] == request.args.get("project")]
    capture_id = request.args.get("capture_id")
    picture = (
        pictures.project(datasette, named, capture_id)
        if request.args.get("project")
        else pictures.measure(datasette, rows, request.args["title"])
    )
    return await pages.render(datasette, request, "with_chart.html", {"picture": picture})

@hookimpl
def register_routes():
    return [(r"^/with-chart$", page)]
"""
TEMPLATE = """
{% extends "base.html" %}
{% from "_chart.html" import chart, chart_head %}
{% block extra_head %}{{ super() }}{{ chart_head(urls) }}{% endblock %}
{% block content %}{{ chart(picture) }}{% endblock %}
"""
HOSTILE = '</script><script>document.title="ran"</script><img src=x onerror="document.title=\'ran\'">'


@contextmanager
def with_charts(where: Path) -> Iterator[httpx.Client]:
    """A server of an archive of the page, and of a page with any chart of it."""
    with Site() as site:
        workshop = Workshop(where, site)
        site.answers[PATH] = answer(page())
        workshop.visit()
    for name, text in (("plugins/with_chart.py", PLUGIN), ("templates/with_chart.html", TEMPLATE)):
        (where / name).parent.mkdir()
        (where / name).write_text(text, "utf-8")
    options = ("--plugins-dir", where / "plugins", "--template-dir", where / "templates", "--port", "0")
    with served(SCRIPT.with_name("datasette"), workshop.directory.database, *options, where=where) as client:
        yield client


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with with_charts(tmp_path_factory.mktemp("charts")) as client:
        yield client


def _shown(client: httpx.Client, **asked: str) -> BeautifulSoup:
    found = client.get("/with-chart", params=asked)
    assert found.status_code == 200
    return BeautifulSoup(found.text, "html.parser")


def _cells(read: BeautifulSoup) -> list[list[str]]:
    return [[cell.get_text() for cell in row.select("th, td")] for row in read.select("figure tbody tr")]


def test_the_table_says_each_figure_and_leads_to_it(client: httpx.Client) -> None:
    read = _shown(client, project="みえ県民交流センター指定管理事業")
    assert _cells(read) == [
        ["平成20年度 (2008)", "－　千円（記載なし）", "平成21年度の欄（再掲）", "原文"],
        ["平成21年度 (2009)", "5,256千円", "平成21年度の欄（当年度）", "原文"],
        ["平成21年度 (2009)", "5,256千円", "平成22年度の欄（再掲、当年度の欄と同額）", "原文"],
        ["平成22年度 (2010)", "28,410千円", "平成22年度の欄（当年度）", "原文"],
        ["平成22年度 (2010)", "28,410千円", "平成23年度の欄（再掲、当年度の欄と同額）", "原文"],
        ["平成23年度 (2011)", "28,709千円", "平成23年度の欄（当年度）", "原文"],
    ]
    (link,) = read.select("figure tbody tr:last-child a")
    there = client.get(str(link["href"]), follow_redirects=True)
    assert "<blockquote>28,709千円</blockquote>" in there.text


def test_of_a_capture_the_table_leads_to_that_capture(client: httpx.Client) -> None:
    read = _shown(client, project="新しい公共支援基金事業", capture_id="one")
    assert [str(link["href"]).partition("?")[0] for link in read.select("figure tbody a")] == ["/original/one"] * 2


def test_without_a_script_the_table_is_open_and_the_chart_hidden(client: httpx.Client) -> None:
    read = _shown(client, title="三重県")
    (details,) = read.select("figure details")
    assert details.has_attr("open")
    rows = _cells(read)
    assert [len(row) for row in rows].count(5) == 36
    assert [row for row in rows if len(row) == 3][-2:] == [
        ["平成22年度 (2010)", "年度の合計", "155,568千円（6件）"],
        ["平成23年度 (2011)", "年度の合計", "206,169千円（4件）"],
    ]
    for part in (".picture", ".drawn", ".failed"):
        (found,) = read.select(f"figure {part}")
        assert found.has_attr("hidden"), part


def test_a_project_without_any_row_has_a_sentence(client: httpx.Client) -> None:
    read = _shown(client, project="none")
    assert read.select("figure") == []
    assert "予算額の記載はありません。" in read.get_text()


def test_in_english_all_but_what_is_printed_is_english(client: httpx.Client) -> None:
    read = _shown(client, project="新しい公共支援基金事業", _lang="en")
    assert _cells(read)[0] == [
        "FY 2010 (平成22年度)",
        "－　千円 (not printed)",
        "section of FY 2011 (restated)",
        "Source",
    ]
    assert [button.get_text() for button in read.select("figure button")] == ["Save as SVG", "Save as PNG"]
    (spec,) = read.select("figure script")
    assert json.loads(spec.get_text())["title"]["subtitle"] == ["Budget (thousand yen)"]


def test_a_name_is_text_and_no_markup(client: httpx.Client) -> None:
    found = client.get("/with-chart", params={"title": HOSTILE}).text
    assert "<script>document" not in found
    assert "<img src=x" not in found
    (figure,) = BeautifulSoup(found, "html.parser").select("figure")
    (spec,) = figure.select("script")
    assert "".join(json.loads(spec.get_text())["title"]["text"]) == HOSTILE
    assert not re.search(r'[/\\:*?"<>|]', str(figure["data-file"]))


def test_what_it_needs_comes_from_here(client: httpx.Client) -> None:
    read = _shown(client, title="三重県")
    addresses = [str(one.get("src") or one.get("href")) for one in read.select("script[src], link[rel=stylesheet]")]
    ours = [address for address in addresses if "static-plugins" in address]
    assert [address.rpartition("/")[2] for address in ours if address.endswith(".js")] == [
        *("vega.min.js", "vega-lite.min.js", "vega-embed.min.js", "charts.js"),
    ]
    for address in addresses:
        assert address.startswith("/-/")
        assert client.get(address).status_code == 200
