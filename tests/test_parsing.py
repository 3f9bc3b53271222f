"""The fixture page, read: counts and irregularities as the page's text has them, line by line.

Expected values are written down here from `page.txt` and not computed by the parser.
"""

import html
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pref_scraper import Page, parse

from .editions import FOLDER, page
from .golden import PAGES, records_of, text

# Fiscal year: basic projects, targets, issues, directions, activities, projects, amounts, dashes, projects without
COUNTS = {
    2011: (3, 0, 4, 3, 0, 4, 8, 1, 0),
    2010: (2, 1, 6, 6, 0, 6, 12, 1, 0),
    2009: (2, 1, 4, 3, 0, 4, 8, 1, 0),
    2008: (2, 1, 3, 4, 0, 3, 6, 0, 0),
    2007: (0, 0, 0, 0, 0, 3, 3, 0, 0),
    2006: (0, 0, 0, 0, 0, 2, 2, 0, 0),
    2005: (0, 0, 0, 0, 0, 2, 2, 0, 0),
    2004: (0, 0, 0, 0, 8, 5, 5, 0, 0),
    2003: (0, 0, 0, 0, 8, 9, 7, 0, 2),
}
# Lines of the body that name a field or a group and belong to no one record, and how often they stand there.
HEADINGS = {
    "総合計画における位置づけ": 1,
    "施策体系": 4,
    "施策の目的": 4,
    "施策の数値目標": 3,
    "現状と課題": 4,
    "平成23年度の取組方向": 1,
    "平成22年度の取組方向": 1,
    "平成21年度の取組方向": 1,
    "平成20年度の取組方向": 1,
    "主な事業の概要": 1,
    "事業概要": 3,
    "1市民活動及びボランティア活動の推進": 2,
    "2NPOやボランティア団体等との協働の推進及び事業評価実施の浸透": 2,
}


def _narrow(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", c) if "！" <= c <= "～" or c == "\u3000" else c for c in text)


def _widen(text: str) -> str:
    head, mark, body = text.partition('<div class="main-text">')
    wide = re.sub(
        r"(<[^>]*>|&\w+;)|([!-~])|( )",
        lambda found: found[1] or (chr(ord(found[2]) + 0xFEE0) if found[2] else "\u3000"),
        body.partition('<div id="contact">')[0],
    )
    return head + mark + wide + '<div id="contact">' + body.partition('<div id="contact">')[2]


WIDTHS = {"as the page prints": lambda html: html, "half width": _narrow, "full width": _widen}


@pytest.fixture(scope="module", params=list(WIDTHS.values()), ids=list(WIDTHS))
def read(request: pytest.FixtureRequest) -> Page:
    return parse(request.param(page().decode()).encode())


@pytest.fixture(scope="module")
def printed() -> Page:
    return parse(page())


def test_every_count_of_every_year(read: Page) -> None:
    found = {}
    for year in (record.fiscal_year for record in read.years):
        of_year = {
            view: [r for r in getattr(read, view) if r.fiscal_year == year]
            for view in ("basic_projects", "targets", "statements", "projects", "budgets")
        }
        kinds = Counter(statement.kind for statement in of_year["statements"])
        with_budget = {budget.project_position for budget in of_year["budgets"]}
        found[year] = (
            len(of_year["basic_projects"]),
            len(of_year["targets"]),
            kinds["issue"],
            kinds["direction"],
            kinds["activity"],
            len(of_year["projects"]),
            len(of_year["budgets"]),
            sum(budget.amount_yen is None for budget in of_year["budgets"]),
            sum(project.position not in with_budget for project in of_year["projects"]),
        )
    assert found == COUNTS
    assert [record.fiscal_year for record in read.years] == sorted(COUNTS, reverse=True)
    assert (len(read.measures), len(read.purposes)) == (4, 4)
    assert len({unicodedata.normalize("NFKC", project.name) for project in read.projects}) == 15


def test_nothing_is_left_unread(read: Page) -> None:
    assert read.unread == ()
    assert read.coverage.read == read.coverage.characters
    assert read.coverage.characters == len("".join(read.text.partition("\n")[2].split()))


def test_problems_are_the_three_that_the_text_has(read: Page) -> None:
    found = [(problem.kind, unicodedata.normalize("NFKC", problem.printed)) for problem in read.problems]
    assert found == [
        ("name-differs", "県民の社会参画への支援"),
        ("unclosed-bracket", "【基本事業名:52101 多様な活動主体による協働の推進"),
        ("code-length", "521012"),
    ]
    assert [read.text[p.text_start : p.text_end] for p in read.problems] == [p.printed for p in read.problems]


def _comparable(value: Any) -> Any:
    """A record's value whatever its width: no place, no white space."""
    if isinstance(value, dict):
        return {k: _comparable(v) for k, v in value.items() if k not in ("text_start", "text_end")}
    if isinstance(value, list | tuple):
        return [_comparable(v) for v in value]
    if isinstance(value, str):
        return "".join(unicodedata.normalize("NFKC", value).split()).replace("−", "-").replace("〜", "~")
    return value


def test_width_changes_no_record(read: Page, printed: Page) -> None:
    assert _comparable(read.to_dict()) == _comparable(printed.to_dict())


def test_each_slice_is_its_record(read: Page) -> None:
    for view, field in (("statements", "text"), ("budgets", "printed"), ("years", "heading")):
        for record in getattr(read, view):
            assert read.text[record.text_start : record.text_end].startswith(getattr(record, field))
    assert read.text[read.page.text_start : read.page.text_end] == read.page.title


def _body_lines() -> list[str]:
    """The lines of the body in the page's text, without white space, as they are to be found in records."""
    lines = (FOLDER / "page.txt").read_text("utf-8").split("\n")
    body = lines[lines.index("総合計画における位置づけ") : lines.index("本ページに関する問い合わせ先")]
    without_marker = (re.sub(r"^  (•|\d\.) ", "", line) for line in body)
    return [squeezed for line in without_marker if (squeezed := "".join(line.split()))]


def test_each_line_and_each_amount_of_the_text_stands_in_exactly_one_record(printed: Page) -> None:
    """From the text alone: its lines, found one after another in the visible text, each inside one record's place."""
    visible, places = "", []
    for number, char in enumerate(unicodedata.normalize("NFC", printed.text)):
        narrow = "".join(unicodedata.normalize("NFKC", char).split())
        visible += narrow
        places += [number] * len(narrow)
    holders = [
        (record.text_start, record.text_end)
        for view, record in printed.records()
        if view not in ("pages", "problems", "budgets")
    ]
    budgets = [(record.text_start, record.text_end) for record in printed.budgets]
    at, headings, amounts = len("".join((printed.page.title or "").split())), Counter[str](), 0
    for line in _body_lines():
        narrow = unicodedata.normalize("NFKC", line)
        assert visible.startswith(narrow, at), narrow
        start, end = places[at], places[at + len(narrow) - 1] + 1
        owners = [place for place in holders if place[0] < end and start < place[1]]
        if owners:
            assert len(owners) == 1, narrow
            marker = printed.text[start : owners[0][0]]
            assert not marker, narrow
            assert end <= owners[0][1], narrow
        else:
            headings[narrow] += 1
        for found in re.finditer("千円", narrow):
            place = places[at + found.start()]
            assert sum(a <= place < b for a, b in budgets) == 1, narrow
            amounts += 1
        at += len(narrow)
    assert at == len(visible)
    assert headings == HEADINGS
    assert amounts == len(budgets) == 53


LINES = {
    "line breaks": lambda lines: "<div>" + "<br>\n".join(lines) + "</div>",
    "paragraphs": lambda lines: "<div>" + "".join(f"<p>{line}</p>" for line in lines) + "</div>",
    "cells, never closed": lambda lines: "<table>" + "".join(f"<tr><td>{line}" for line in lines) + "</table>",
    "FONT": lambda lines: "<DIV>" + "".join(f"<FONT SIZE=2>{line}</FONT><BR>" for line in lines) + "</DIV>",
    "preformatted": lambda lines: "<pre>" + "\n".join(lines) + "</pre>",
}


@pytest.mark.parametrize("write", list(LINES.values()), ids=list(LINES))
def test_the_text_in_bare_lines_gives_the_same_records(write: Callable[[list[str]], str], printed: Page) -> None:
    """The text as it is, with its typed bullets and numbers, and no heading or list in the markup."""
    lines = (FOLDER / "page.txt").read_text("utf-8").split("\n")
    start = lines.index("総合計画における位置づけ")
    before, body = (list(map(html.escape, part)) for part in (lines[:start], lines[start:]))
    found = parse(f"<html><body><ul><li>{'<li>'.join(before)}</ul>{write(body)}</body></html>".encode())
    views = ("years", "measures", "basic_projects", "purposes", "targets", "statements", "projects", "budgets")
    expected = printed.to_dict()
    assert {view: _comparable(found.to_dict()[view]) for view in views} == {
        view: _comparable(expected[view]) for view in views
    }
    assert found.unread == ()


@pytest.mark.parametrize("fixture", PAGES, ids=["-".join(path.parts[-3:-1]) for path in PAGES])
def test_the_golden_records_are_what_is_read(fixture: Path) -> None:
    assert text(fixture) == records_of(fixture).read_text("utf-8")


def test_irregular_lines_come_out_as_printed(printed: Page) -> None:
    by_place = {(project.fiscal_year, project.position): project for project in printed.projects}
    assert by_place[2005, 2].basic_project_code == "521012"
    assert by_place[2005, 1].basic_project_name == "多様な活動主体による協働の推進"
    assert by_place[2008, 3].basic_project_name == "県民の社会参画への支援"
    assert [by_place[2011, n].flag for n in (1, 2, 3)] == ["新", None, "一部新"]
    assert [by_place[2005, n].flag for n in (1, 2)] == ["新規", "継続"]
    assert by_place[2007, 3].flag == "新"
    assert by_place[2011, 1].name == "新しい公共支援基金事業"
    assert by_place[2009, 4].ordinal == 4
    assert (
        by_place[2009, 3].overview
        == "指定管理者と連携し、みえ県民交流センターの管理運営を適切に行います。\n（指定管理者委託事業）"
    )
    assert (by_place[2006, 1].overview or "").split("\n")[1].startswith("また、「協働事業ふりかえりのしくみ」")
    assert (by_place[2005, 1].overview or "").split("\n")[1].startswith("さらに、2カ年の試行")
    assert by_place[2010, 1].account == "第2款 総務費 第5項 生活文化費 1生活対策費"
    assert by_place[2003, 5].name == by_place[2003, 1].name == "NPO活動支援推進事業"
    assert {project.fiscal_year for project in printed.projects if project.account} == {2010}
    directions = [s for s in printed.statements if (s.fiscal_year, s.kind) == (2008, "direction")]
    assert directions[1].text.split("\n")[1].startswith("また、NPOが行政との協働事業の実施に際して")
    assert {year.fiscal_year: year.subtitle for year in printed.years if year.subtitle} == dict.fromkeys(
        (2005, 2004, 2003), "パートナーシップによる協働の推進"
    )


def test_budgets_say_for_which_year_and_on_what_basis(printed: Page) -> None:
    first = [(b.budget_year, b.amount_yen, b.printed, b.basis) for b in printed.budgets if b.fiscal_year == 2011][:4]
    assert first == [
        (2010, None, "－　千円", "予算額"),
        (2011, 3_111_000, "3,111千円", "予算額"),
        (2010, 28_410_000, "28,410千円", "予算額"),
        (2011, 28_709_000, "28,709千円", "予算額"),
    ]
    assert {(b.fiscal_year, b.basis) for b in printed.budgets} == {
        (2011, "予算額"),
        (2010, "予算額"),
        (2009, "当初予算額"),
        (2008, "当初予算額"),
        (2007, "当初予算額"),
        (2006, "当初予算額"),
        (2005, "当初予算"),
        (2004, None),
        (2003, None),
    }


def test_targets_have_their_actual_value(printed: Page) -> None:
    found = [
        (t.fiscal_year, t.target_year, t.target_value, t.actual_year, t.actual_value, t.actual_printed)
        for t in printed.targets
    ]
    assert found == [
        (2010, 2010, 2140, 2008, 1931, "1,931"),
        (2009, 2009, 1800, 2007, 1576, "1,576"),
        (2008, 2008, 1700, 2006, 1522, "1,522"),
    ]


def test_what_stands_around_the_body_belongs_to_the_page(printed: Page) -> None:
    info = printed.page
    assert info.title == "施策・事業概要（平成15年度～平成23年度）"
    assert info.page_id == "000035861"
    assert info.headings == ("総合計画における位置づけ",)
    assert info.organization == ("県庁の組織一覧", "環境生活部", "ダイバーシティ社会推進課", "NPO班")
    assert info.breadcrumbs[0] == "トップページ"
    assert info.contact[-1] == "メールアドレス：seiknpo@pref.mie.lg.jp"
    assert "フリック" not in printed.text


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>三重県｜施策の概要</title><h1>三重県</h1><main><h1>施策の概要</h1><p>文。</p></main>", "施策の概要"),
        ("<title>別の名</title><h1>施策の&#8203;概要</h1><p>文。</p>", "施策の概要"),
        ("<title>施策の概要 | 県</title><h1><img></h1><p>文。</p>", "施策の概要 | 県"),
        ("<p>文。</p>", None),
    ],
)
def test_the_title_is_the_page_s_own(html: str, title: str | None) -> None:
    assert parse(html.encode()).page.title == title


def test_what_parse_prints_has_the_contract_s_keys(printed: Page) -> None:
    assert list(printed.to_dict()) == [
        *("page", "years", "measures", "basic_projects", "purposes", "targets", "statements", "projects"),
        *("budgets", "problems", "unread", "encoding", "coverage"),
    ]
    assert list(json.loads(text(FOLDER / "page.html"))["budgets"][0]) == [
        *("fiscal_year", "project_position", "project", "budget_year", "amount_yen", "printed", "basis"),
        *("text_start", "text_end"),
    ]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"])
def test_encodings_change_no_record(codec: str, printed: Page) -> None:
    label = {"cp932": "Shift_JIS", "euc_jp": "EUC-JP"}.get(codec, "UTF-8")
    # The wave dash and the full-width hyphen have no place in EUC-JP as Python knows it.
    html = page().decode().replace('charset="UTF-8"', f'charset="{label}"').replace("～", "~").replace("－", "-")
    found = parse(html.encode(codec))
    assert _comparable(found.to_dict()["projects"]) == _comparable(printed.to_dict()["projects"])
    assert len(found.budgets) == 53
    assert found.encoding.replaced == 0


@pytest.mark.parametrize(
    ("body", "content_type", "used"),
    [
        ("<p>①㈱髙</p>".encode("cp932"), "text/html; charset=Shift_JIS", "cp932"),
        ("<p>日本</p>".encode(), "text/html; charset=Shift_JIS", "utf-8"),
        ("<p>日本</p>".encode(), "text/html; charset=ISO-8859-1", "utf-8"),
        ("<meta charset=x-sjis><p>予算額</p>".encode("cp932"), None, "cp932"),
        ("<p>予算額は増えました</p>".encode("cp932"), None, "cp932"),
    ],
)
def test_labels_are_tried_and_not_believed(body: bytes, content_type: str | None, used: str) -> None:
    found = parse(body, content_type=content_type)
    assert found.encoding.used == used
    assert found.encoding.replaced == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\x00\xff\xfe",
        b"<",
        b"<html>",
        b"<!-- -->",
        b"<main>&#1;\x01\x0c&#0;&#xFFFE;<b></b>\x02</main>",
        "予算額".encode(),
    ],
)
def test_any_bytes_give_a_page(body: bytes) -> None:
    found = parse(body)
    assert found.count() == 0
    assert found.coverage.read == found.coverage.characters - sum(len(u.text) for u in found.unread)
