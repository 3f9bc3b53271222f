"""From a row to its source: the page behind a capture, and how it is cited."""

from dataclasses import replace

import pytest

from pref_scraper.archive import Archive
from pref_scraper.cite import Cited, bibtex, citations, plain, sist02
from pref_scraper.errors import UsageError
from pref_scraper.original import Original, find_original
from pref_scraper.written import VERSION

from .conftest import Workshop
from .editions import PATH, page
from .loopback import answer

FIGURE = Cited(
    capture_id="mie-npo-20260401T150000Z",
    title="施策・事業概要",
    site="三重県 NPO 施策・事業概要",
    publisher="三重県",
    updated_on="2013-05-02",
    url="http://www.example.jp/NPO/1.htm",
    captured_at="2026-04-01T15:00:00Z",
    record_id="<urn:uuid:0>",
    start=1159,
    end=1167,
    quote="28,709千円",
)


def _original(workshop: Workshop, capture_id: str) -> Original:
    with Archive.open(workshop.directory.database, version=VERSION, read_only=True) as archive:
        return find_original(archive, workshop.directory.snapshots, capture_id)


def _budgets(workshop: Workshop, capture_id: str) -> list[tuple[int, int, str]]:
    """Place and print of each figure that archive.db has at a capture, in page order."""
    with Archive.open(workshop.directory.database, version=VERSION, read_only=True) as archive:
        entries = archive.entries("mie-npo", capture_id).values()
    records = [entry.record for entry in entries if entry.view == "budgets"]
    return [(record.text_start, record.text_end, record.printed) for record in records]  # type: ignore[attr-defined]


def test_every_capture_leads_to_the_page_that_its_rows_were_read_from(workshop: Workshop) -> None:
    first, second = page(1), page(2)
    answers = {
        "new": answer(first, etag='"1"'),
        "not modified, as the server says": answer(first, etag='"1"'),
        "the same bytes": answer(first),
        "changed": answer(second),
        "changed back, to bytes that are archived": answer(first),
        "the same bytes once more": answer(first),
    }
    outcomes = {}
    for what, given in answers.items():
        workshop.site.answers[PATH] = given
        outcomes[what] = workshop.visit().capture
    assert [capture.outcome for capture in outcomes.values()] == [
        *("new", "not_modified", "not_modified", "changed", "changed", "not_modified")
    ]
    for what, capture in outcomes.items():
        found = _original(workshop, capture.capture_id)
        assert found.body == (second if what == "changed" else first), what
        rows = _budgets(workshop, capture.capture_id)
        assert ("29,100千円" if what == "changed" else "28,709千円") in [printed for _, _, printed in rows], what
        for start, end, printed in rows[::9]:
            assert f'id="hit">{printed}</mark>' in found.show(start, end), what
            assert found.cite(start, end).quote == printed, what
        assert found.cite(0, 0).captured_at == capture.captured_at
    first_record = outcomes["new"].warc_record_id
    assert _original(workshop, outcomes["the same bytes"].capture_id).record_id == first_record
    assert _original(workshop, outcomes["changed"].capture_id).record_id == outcomes["changed"].warc_record_id


def test_a_capture_without_a_page_is_refused_with_a_sentence(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(b"%PDF-1.4", content_type="application/pdf")
    pdf = workshop.visit().capture
    with pytest.raises(UsageError, match="brought a PDF where HTML was expected"):
        _original(workshop, pdf.capture_id)
    workshop.site.answers["/robots.txt"] = answer(b"User-agent: *\nDisallow: /", content_type="text/plain")
    forbidden = workshop.visit().capture
    assert forbidden.http_status is None
    with pytest.raises(UsageError, match="brought no page: "):
        _original(workshop, forbidden.capture_id)
    with pytest.raises(UsageError, match="has no capture 'other'"):
        _original(workshop, "other")


def test_a_page_larger_than_what_is_read_is_not_shown(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(b"<p>" * 40_000)
    found = _original(workshop, workshop.visit().capture.capture_id)
    for ask in (found.show, found.cite):
        with pytest.raises(UsageError, match="the page has more than 32,000 tags"):
            ask(0, 1)


def test_a_figure_is_cited_as_sist_02_has_it() -> None:
    assert sist02(FIGURE) == (
        "三重県. “施策・事業概要”. 三重県 NPO 施策・事業概要. 2013-05-02. "
        "http://www.example.jp/NPO/1.htm, (参照 2026-04-02)."
    )


def test_a_figure_is_cited_for_bibtex() -> None:
    assert bibtex(FIGURE) == (
        "@misc{mie-npo-20260401T150000Z-1159,\n"
        "  author = {{三重県}},\n"
        "  title = {{施策・事業概要}},\n"
        "  howpublished = {三重県 NPO 施策・事業概要},\n"
        "  year = {2013},\n"
        "  url = {http://www.example.jp/NPO/1.htm},\n"
        "  urldate = {2026-04-02},\n"
        "  note = {「28,709千円」本文1160～1167字目，2026-04-02 00:00:00（日本時間）取得，WARCレコード<urn:uuid:0>},\n"
        "}"
    )


def test_a_figure_is_cited_in_plain_words() -> None:
    assert plain(FIGURE) == (
        "三重県「施策・事業概要」（三重県 NPO 施策・事業概要）http://www.example.jp/NPO/1.htm，"
        "「28,709千円」本文1160～1167字目，2026-04-02 00:00:00（日本時間）取得，WARCレコード<urn:uuid:0>"
    )


BARE = replace(FIGURE, title=None, publisher=None, updated_on=None, start=0, end=0, quote="")


def test_what_is_not_known_is_left_out() -> None:
    assert citations(BARE) == {
        "SIST 02": "三重県 NPO 施策・事業概要. http://www.example.jp/NPO/1.htm, (参照 2026-04-02).",
        "BibTeX": (
            "@misc{mie-npo-20260401T150000Z,\n"
            "  title = {{三重県 NPO 施策・事業概要}},\n"
            "  howpublished = {三重県 NPO 施策・事業概要},\n"
            "  url = {http://www.example.jp/NPO/1.htm},\n"
            "  urldate = {2026-04-02},\n"
            "  note = {2026-04-02 00:00:00（日本時間）取得，WARCレコード<urn:uuid:0>},\n"
            "}"
        ),
        "プレーンテキスト": (
            "（三重県 NPO 施策・事業概要）http://www.example.jp/NPO/1.htm，"
            "2026-04-02 00:00:00（日本時間）取得，WARCレコード<urn:uuid:0>"
        ),
    }


def test_signs_that_mean_something_to_latex_are_printed() -> None:
    odd = replace(FIGURE, title="50% & {A}_1 #2\n\\x", url="http://a/{b}%20c", quote="長い文" * 100)
    entry = bibtex(odd)
    assert r"title = {{50\% \& \{A\}\_1 \#2 \textbackslash{}x}}" in entry
    assert "url = {http://a/%7Bb%7D%20c}" in entry
    assert f"「{'長い文' * 40}…」" in entry
