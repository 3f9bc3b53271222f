"""The page of differences: all text in it is text, and it needs nothing beside itself."""

import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from pref_scraper.archive import Capture
from pref_scraper.diffpage import page
from pref_scraper.history import Difference
from pref_scraper.records import Change

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "article", "section", "div"),
    *("h1", "h2", "h3", "h4", "p", "dl", "dt", "dd", "ul", "li", "a", "b", "span", "time", "del", "ins"),
    *("details", "summary"),
}


def _capture(at: str) -> Capture:
    return Capture(
        capture_id=f"mie-npo-{at}",
        source_id="mie-npo",
        url="http://www.example.jp/",
        captured_at=at,
        outcome="changed",
        http_status=200,
        payload_digest=None,
        text_digest=None,
        warc_file="mie-npo/1.warc.gz",
        warc_offset=0,
        warc_record_id=f"urn:{at}",
        arrived_at=at,
    )


def _difference(*changes: Change, name: str = "三重県", url: str = "http://www.example.jp/") -> Difference:
    before, after = _capture("2026-03-31T15:30:00Z"), _capture("2026-06-01T00:00:00Z")
    return Difference(source_id="mie-npo", name=name, url=url, before=before, after=after, changes=changes)


def _change(record: str, change: str, field: str | None, old: Any, new: Any, **more: Any) -> Change:
    values = {"record_id": f"{record}-1", "fiscal_year": 2011, "label": "名", **more}
    return Change(record=record, change=change, field=field, old=old, new=new, **values)


def _read(text: str) -> Any:
    return lxml_html.document_fromstring(text.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))


def _texts(root: Any, path: str) -> list[str]:
    """What is seen of these elements."""
    for aloud in root.xpath("//span[@class='aloud' or @class='side']"):
        aloud.text = ""
    return ["".join(element.itertext()) for element in root.xpath(path)]


_HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "<script>alert(1)</script>",
                "</style>",
                "</ins></p>",
                "<!--",
                "-->",
                "]]>",
                "&lt;",
                "&amp",
                '"',
                "'",
                "\x1b",
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=8),
        st.sampled_from(["県民の", "参加", "\n", "28,709"]),
    ),
    min_size=1,
    max_size=8,
).map("".join)


def _kept(text: str) -> str:
    """The text without what steers a terminal or the order of writing."""
    steers = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
    return "".join(
        "\ufffd" if sign in steers or (unicodedata.category(sign) == "Cc" and sign not in "\n\t") else sign
        for sign in text
    )


@given(old=_HOSTILE, new=_HOSTILE, name=_HOSTILE.filter(bool))
def test_hostile_text_is_text(old: str, new: str, name: str) -> None:
    project = {"project_id": "p1", "project": name, "record_id": "p1"}
    found = _difference(
        _change("projects", "modified", "overview", old, new, **project),
        _change("statements", "removed", None, old, None, label=name),
        _change("targets", "modified", "note", None, new, label=name),
        _change("pages", "modified", "headings", (old, new), None, fiscal_year=None),
        name=name,
        url=f"http://www.example.jp/{new}",
    )
    root = _read(page([found]))
    assert {element.tag for element in root.iter()} <= TAGS
    assert all(set(element.keys()) <= _ATTRIBUTES for element in root.iter())
    assert _texts(root, "//h2") == [_kept(name)]
    assert _texts(root, "//h4") == ["ページ", "数値目標", "現状と課題・取組", f"事業 {_kept(name)}"]
    old, new = _kept(old), _kept(new)
    assert _texts(root, "//p[@class='old']") == [f"{old}\n{new}", "なし", old, old]
    assert _texts(root, "//p[@class='new']") == ["なし", new, new]
    assert root.xpath("//a/@href") == [f"http://www.example.jp/{new}"]


_ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "datetime", "href"}


class _Nesting(HTMLParser):
    """Refuses a tag that is closed before it is opened, or never."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


FOUND = _difference(
    _change("statements", "modified", "text", "県民の参加", "県民の参画"),
    _change("statements", "removed", None, "古い。", None, record_id="statements-2"),
    _change("projects", "added", None, None, "新事業", record_id="p2", project_id="p2", project="新事業"),
    _change(
        "budgets",
        "modified",
        "amount_yen",
        28_709_000,
        29_100_000,
        label="名 平成23年度",
        project_id="p1",
        project="名",
    ),
    _change(
        "budgets",
        "modified",
        "printed",
        "28,709千円",
        "29,100千円",
        label="名 平成23年度",
        project_id="p1",
        project="名",
    ),
    _change("statements", "moved", "position", 3, 2, record_id="statements-3", label="三つ。"),
    _change("years", "restyled", "subtitle", "ＮＰＯ", "NPO"),
)


def test_the_page_stands_alone() -> None:
    text = page([FOUND])
    nesting = _Nesting()
    nesting.feed(text)
    assert nesting.open == []
    assert text.startswith('<!DOCTYPE html>\n<html lang="ja"><head><meta charset="utf-8">')
    (policy,) = _read(text).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert not re.search(r"<script|<link|<img|\bsrc=|@import|url\(|javascript:", text)
    assert _read(text).xpath("//@href") == ["http://www.example.jp/"]


def test_what_changed_is_said_in_words() -> None:
    root = _read(page([FOUND]))
    assert root.findtext(".//title") == "変更点: 三重県"
    (marked,) = root.xpath("//article/section//div[@class='pair']/p[@class='old']/del")
    assert "".join(marked.itertext()) == "［削除］参加［削除終わり］"
    assert [element.text for element in root.xpath("//ul[@class='summary']/li")] == [
        *("追加 1", "削除 1", "変更 2", "移動 1", "表記のみ 1")
    ]
    assert _texts(root, "//p[b[@class='badge removed']]") == ["削除"]
    assert _texts(root, "//h4[b[@class='badge added']]") == ["追加 事業 新事業"]
    assert _texts(root, "//section[h4='事業 名']//p[@class='by']") == ["増減 +391千円 +1.4 %"]
    assert _texts(root, "//section[h4='事業 名']//div[@class='pair number']/p[@class='new']") == ["29,100千円"]


def test_times_are_those_of_japan_beside_those_of_the_archive() -> None:
    """Half past three in the afternoon of the last day of March, in UTC, is April in Japan."""
    root = _read(page([FOUND]))
    assert _texts(root, "//dd") == [
        "2026年4月1日 00:30 日本時間 (2026-03-31T15:30:00Z)",
        "2026年6月1日 09:00 日本時間 (2026-06-01T00:00:00Z)",
    ]
    assert root.xpath("//time/@datetime") == ["2026-03-31T15:30:00Z", "2026-06-01T00:00:00Z"]


def test_moves_and_changes_of_width_are_folded_away() -> None:
    root = _read(page([FOUND]))
    assert _texts(root, "//details[not(@open)]/summary") == ["移動 1件", "表記のみ 1件"]
    assert _texts(root, "//details//p[@class='old']") == ["3", "ＮＰＯ"]
    assert _texts(root, "//article/section/h3") == ["平成23年度 (2011)"]


def test_each_source_has_its_part() -> None:
    other = replace(FOUND, name="別の県", url="javascript:alert(1)", changes=())
    root = _read(page([FOUND, other]))
    assert _texts(root, "//article/h2") == ["三重県", "別の県"]
    assert _texts(root, "//article[2]/ul") == ["変更なし"]
    assert root.xpath("//article[2]//a") == []
    assert root.findtext(".//title") == "変更点: 三重県、別の県"
    assert _texts(_read(page([])), "//main/p") == ["変更はまだありません。"]
