"""A click from a figure to its source, over HTTP; tests/browser/ has it in a browser."""

from collections.abc import Iterator

import httpx
import pytest
from bs4 import BeautifulSoup

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import SCRIPT
from .test_serve import served


@pytest.fixture(scope="module")
def workshop_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, httpx.Client]]:
    """Two captures of the page and a hostile one, served; the site goes on and notes what it is asked for."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        site.answers[PATH] = answer(page(), etag='"1"')
        workshop.visit()
        workshop.visit()
        site.answers[PATH] = answer(hostile(site.url))
        workshop.visit()
        site.requests.clear()
        with served(SCRIPT, "serve", "--port", "0", where=workshop.path) as client:
            yield site, client


def hostile(url: str) -> bytes:
    """The page with what would run or load something, before the body and within it."""
    part = f"""
<base href="{url}/base/"><meta http-equiv="refresh" content="0;url={url}/refresh"><link rel=stylesheet href="{url}/a.css">
<style>@import url({url}/b.css); p {{ background: url({url}/c.png) }}</style><script src="{url}/d.js"></script>
<script>document.title = "ran"; location = "{url}/ran"</script><img src="{url}/e.png" onerror="location='{url}/f'">
<svg onload="location='{url}/g'"><script>location='{url}/h'</script><image href="{url}/i.png"/></svg>
<iframe src="{url}/j"></iframe><object data="{url}/k"></object><embed src="{url}/l"><video src="{url}/m" autoplay></video>
<form action="{url}/n"><input autofocus onfocus="location='{url}/o'"></form><a href="javascript:location='{url}/p'">a</a>
<noscript><p title="</noscript><img src={url}/q onerror=location='{url}/r'>"></noscript>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src={url}/s&gt;"></table></math>
<link rel=prefetch href="{url}/t"><link rel=dns-prefetch href="{url}"><p style="background:url({url}/u)">p</p>
"""
    return (
        page()
        .replace(b"</head>", part.encode() + b"</head>")
        .replace(b'<div class="main-text">', b'<div class="main-text">' + part.encode())
    )


def _captures(client: httpx.Client) -> list[dict[str, str]]:
    """The captures, oldest first."""
    found = client.get("/archive/captures.json?_shape=array&_sort=captured_at").json()
    return [*found]


def _figure(client: httpx.Client, capture_id: str, printed: str = "28,709千円") -> str:
    """The query of a figure's place at a capture."""
    sql = "SELECT text_start, text_end FROM budgets_at WHERE capture_id = :capture AND printed = :printed"
    parameters = {"sql": sql, "capture": capture_id, "printed": printed, "_shape": "array"}
    (row,) = client.get("/archive.json", params=parameters).json()
    return f"start={row['text_start']}&end={row['text_end']}"


def test_a_figure_is_shown_in_its_page_with_its_facts_and_citations(
    workshop_served: tuple[Site, httpx.Client],
) -> None:
    _, client = workshop_served
    first, second, _ = _captures(client)
    assert [first["outcome"], second["outcome"]] == ["new", "not_modified"]
    for capture in (first, second):
        found = client.get(f"/original/{capture['capture_id']}?{_figure(client, capture['capture_id'])}")
        assert found.status_code == 200
        read = BeautifulSoup(found.text, "html.parser")
        (quote,) = read.find_all("blockquote")
        assert quote.get_text() == "28,709千円"
        facts = [fact.get_text() for fact in read.find_all("dd")]
        assert {capture["capture_id"], capture["url"], first["payload_digest"], first["warc_record_id"]} <= {*facts}
        assert len(read.find_all("textarea")) == 3
        assert ("前の取得のページを表示しています" in found.text) == (capture is second)
        (frame,) = read.find_all("iframe")
        assert (frame["sandbox"], str(frame["src"]).partition("#")[2]) == ([], "hit")
        inner = client.get(f"/original/{frame['src']}")
        (hit,) = BeautifulSoup(inner.text, "html.parser").find_all(id="hit")
        assert hit.get_text() == "28,709千円"
        assert hit.parent is not None
        assert "（22） 28,410千円" in hit.parent.get_text()


def test_each_row_of_a_view_leads_to_its_place(workshop_served: tuple[Site, httpx.Client]) -> None:
    _, client = workshop_served
    first = _captures(client)[0]["capture_id"]
    paths = {
        "/archive/budgets?printed=28,709千円": "/original?source_id=mie-npo&start=",
        "/archive/~E4~BA~88~E7~AE~97~E9~A1~8D?予算額=28,709千円": "/original?source_id=mie-npo&start=",
        f"/archive/budgets_at?printed=28,709千円&capture_id={first}": f"/original/{first}?start=",
    }
    for path, expected in paths.items():
        links = [str(link["href"]) for link in BeautifulSoup(client.get(path).text, "html.parser").select("td a[href]")]
        (link,) = [link for link in links if link.startswith("/original")]
        assert link.startswith(expected), path
        found = client.get(link, follow_redirects=True)
        assert "<blockquote>28,709千円</blockquote>" in found.text, path
    of_any_time = "/archive?sql=SELECT+source_id,+text_start,+text_end+FROM+budgets_at"
    assert 'href="/original' not in client.get(of_any_time).text
    assert client.get("/original?source_id=other&start=1&end=2").status_code == 404


def test_the_page_is_sent_with_a_policy_that_forbids_all(workshop_served: tuple[Site, httpx.Client]) -> None:
    _, client = workshop_served
    capture_id = _captures(client)[0]["capture_id"]
    policy = client.get(f"/original/{capture_id}/page").headers["Content-Security-Policy"]
    assert {"default-src 'none'", "sandbox", "base-uri 'none'", "form-action 'none'"} <= {*policy.split("; ")}
    assert "unsafe" not in policy
    outer = client.get(f"/original/{capture_id}").headers["Content-Security-Policy"]
    assert {"default-src 'self'", "frame-ancestors 'none'", "object-src 'none'"} <= {*outer.split("; ")}


WRONG = {
    "/original/other": (404, "取得 other はありません"),
    "/original/other/page": (404, "取得 other はありません"),
    "/original/{first}?start=a&end=2": (400, "start=a&amp;end=2: 本文位置を整数で指定してください"),
    "/original/{first}?start=-1&end=2": (400, "本文位置を整数で指定してください"),
    "/original/{first}/page?start=1&end=9999999999999": (400, "本文位置を整数で指定してください"),
}


@pytest.mark.parametrize("path", WRONG)
def test_what_is_not_there_is_said(path: str, workshop_served: tuple[Site, httpx.Client]) -> None:
    _, client = workshop_served
    status, sentence = WRONG[path]
    found = client.get(path.format(first=_captures(client)[0]["capture_id"]))
    assert (found.status_code, sentence in found.text) == (status, True)


def test_a_place_behind_the_text_marks_nothing(workshop_served: tuple[Site, httpx.Client]) -> None:
    _, client = workshop_served
    capture_id = _captures(client)[0]["capture_id"]
    for query in ("", "?start=99999998&end=99999999", "?start=9&end=1"):
        assert "blockquote>" not in client.get(f"/original/{capture_id}{query}").text
        assert 'id="hit"' not in client.get(f"/original/{capture_id}/page{query}").text
