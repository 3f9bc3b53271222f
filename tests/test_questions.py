"""The fifteen questions: what is expected was read by hand from the page and from the edits of its editions."""

import html
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from pref_scraper import pipeline, views
from pref_scraper.browse import canned
from pref_scraper.browse.questions import QUESTIONS
from pref_scraper.sources import Directory

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .questions import DOCUMENT, document
from .shelf import SOURCE as PAGE
from .shelf import day, put
from .test_cli import SCRIPT
from .test_serve import served

BY_NAME = {question.name: question for question in QUESTIONS}
CENTRE = "みえ県民交流センター指定管理事業"
CENTRE_RUN = "みえ県民交流センター管理運営事業"
COMMONS = "「新しい時代の公」協働推進事業"
PROMOTION = "NPO活動支援推進事業"
LOCAL = "地域市民活動センター連携事業"
JOBS = "NPO活動支援緊急雇用創出事業"
HOME_JOBS = "NPO活動支援ふるさと雇用再生事業"
FUND = "新しい公共支援基金事業"
DISASTER = "災害ボランティア受入体制整備事業"
ITEM = "NPO（ボランティア団体・市民活動団体等）の数"
SOME_NPO = "NPO（ボランティア団体・市民活動団体等）の参画による地域社会づくりの推進"
DASH = "－\u3000千円"

Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an archive of one capture: the page as it is."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        site.answers[PATH] = answer(page())
        workshop.visit()
    return workshop.directory.database


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an archive of the three editions, each visited on its day; the last once more, a day later."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        workshop.visit_editions()
        workshop.visit()
    return workshop.directory.database


def ask(database: Path, name: str, columns: str = "*", **given: str) -> list[Row]:
    """Those columns of an answer; what is not given is empty."""
    values = {parameter.name: given.pop(parameter.name, "") for parameter in BY_NAME[name].parameters}
    assert not given
    return query(database, f"SELECT {columns} FROM (\n{BY_NAME[name].sql()}\n)", **values)


def query(database: Path, sql: str, **values: str) -> list[Row]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql, values).fetchall()


# A sentence: the question, what is asked for, the columns that are looked at, the rows.
OF_THE_PAGE: dict[str, tuple[str, dict[str, str], str, list[Row]]] = {
    "each figure of a project, with the section that states it": (
        "project-figures",
        {"project": CENTRE},
        "budget_year, fiscal_year, amount_yen, printed, basis, standing",
        [
            (2008, 2009, None, DASH, "当初予算額", "restated"),
            (2009, 2009, 5_256_000, "5,256千円", "当初予算額", "own-year"),
            (2009, 2010, 5_256_000, "5,256千円", "予算額", "restated"),
            (2010, 2010, 28_410_000, "28,410千円", "予算額", "own-year"),
            (2010, 2011, 28_410_000, "28,410千円", "予算額", "restated"),
            (2011, 2011, 28_709_000, "28,709千円", "予算額", "own-year"),
        ],
    ),
    "a part of the name is enough": (
        "project-figures",
        {"project": "地域市民", "source": "mie-npo"},
        "project, budget_year, fiscal_year, amount_yen",
        [
            (LOCAL, 2007, 2007, 3_184_000),
            (LOCAL, 2007, 2008, 2_998_000),
            (LOCAL, 2008, 2008, 1_531_000),
        ],
    ),
    "three later figures disagree": (
        "restated-figures",
        {},
        "project, budget_year, amount_yen, later_fiscal_year, difference_yen",
        [
            (PROMOTION, 2008, 24_587_000, 2009, -147_000),
            (COMMONS, 2008, 4_069_000, 2009, -170_000),
            (LOCAL, 2007, 3_184_000, 2008, -186_000),
        ],
    ),
    "of one project, one": ("restated-figures", {"project": COMMONS}, "project, difference_yen", [(COMMONS, -170_000)]),
    "of six issues of 2010 one stood in 2009 already, of six directions none": (
        "new-statements",
        {"fiscal_year": "平成22年度"},
        "fiscal_year, kind, position",
        [(2010, "direction", n) for n in (1, 2, 3, 4, 5, 6)] + [(2010, "issue", n) for n in (1, 2, 4, 5, 6)],
    ),
    "the year may be a number; 2004 does what 2003 did": ("new-statements", {"fiscal_year": "2004"}, "text", []),
    "of three codes the names changed": (
        "renamed-codes",
        {},
        "code, name, first_year, last_year, sections",
        [
            ("521", SOME_NPO, 2008, 2010, 3),
            ("521", "NPOの参画による地域社会づくりの推進", 2011, 2011, 1),
            ("52101", "多様な活動主体による協働の推進", 2005, 2007, 3),
            ("52101", "NPOと行政との協働の推進", 2008, 2010, 3),
            ("52101", "県民の社会参画活動への支援", 2011, 2011, 1),
            ("52102", "県民の社会参画活動への支援", 2006, 2010, 5),
            ("52102", "県民の社会参画への支援", 2008, 2008, 1),
            ("52102", "NPOが活発に活動できる環境の充実", 2011, 2011, 1),
        ],
    ),
    "a target is told by the year that it is for, an actual value, too": (
        "targets-and-actuals",
        {},
        "item, year, target_value, target_section, actual_value, actual_section, difference, percent",
        [
            (ITEM, 2006, None, None, 1522, 2008, None, None),
            (ITEM, 2007, None, None, 1576, 2009, None, None),
            (ITEM, 2008, 1700, 2008, 1931, 2010, 231, 113.6),
            (ITEM, 2009, 1800, 2009, None, None, None, None),
            (ITEM, 2010, 2140, 2010, None, None, None, None),
        ],
    ),
    "the projects of the centre": (
        "life-spans",
        {"project": "みえ県民交流センター"},
        "project, first_year, last_year, sections, missing",
        [
            ("みえ県民交流センター管理事業", 2003, 2004, 2, 0),
            (CENTRE_RUN, 2009, 2010, 2, 0),
            (CENTRE, 2009, 2011, 3, 0),
        ],
    ),
    "added up by hand; 2010's section has a dash for 2009, and 2011's one for 2010": (
        "totals-per-year",
        {},
        "budget_year, total_yen, figures, dashes, further_figures, later_total_yen, later_figures",
        [
            (2003, 114_767_000, 7, 0, 0, None, 0),
            (2004, 72_557_000, 5, 0, 0, None, 0),
            (2005, 33_136_000, 2, 0, 0, None, 0),
            (2006, 31_177_000, 2, 0, 0, None, 0),
            (2007, 32_041_000, 3, 0, 0, 31_855_000, 3),
            (2008, 30_187_000, 3, 0, 0, 61_125_000, 3),
            (2009, 68_546_000, 4, 0, 0, 74_975_000, 5),
            (2010, 155_568_000, 6, 0, 0, 114_065_000, 3),
            (2011, 206_169_000, 4, 0, 0, None, 0),
        ],
    ),
    "year on year, nothing where a dash stands": (
        "year-on-year",
        {"project": CENTRE},
        "fiscal_year, previous_printed, printed, difference_yen, percent",
        [
            (2011, "28,410千円", "28,709千円", 299_000, 1.1),
            (2010, "5,256千円", "28,410千円", 23_154_000, 440.5),
            (2009, DASH, "5,256千円", None, None),
        ],
    ),
    "whatever 2003 does not have is new, whether it is said to be or not": (
        "new-projects",
        {},
        "project, first_year, flag, first_printed, last_year, last_printed, is_newest",
        [
            (FUND, 2011, "新", "3,111千円", 2011, "3,111千円", 1),
            (HOME_JOBS, 2010, None, "50,381千円", 2011, "55,143千円", 1),
            (JOBS, 2010, "一部新", "35,274千円", 2011, "119,206千円", 1),
            (CENTRE, 2009, None, "5,256千円", 2011, "28,709千円", 1),
            (CENTRE_RUN, 2009, None, "54,173千円", 2010, "32,381千円", 0),
            (LOCAL, 2007, "新", "3,184千円", 2008, "1,531千円", 0),
            (COMMONS, 2005, "新規", "12,351千円", 2010, "2,612千円", 0),
            ("協働事業提案事業", 2004, None, "1,627千円", 2004, "1,627千円", 0),
        ],
    ),
    "what 2011 does not name": (
        "vanished-projects",
        {},
        "project, last_year, budget_year, printed",
        [
            (PROMOTION, 2010, 2010, "6,510千円"),
            (COMMONS, 2010, 2010, "2,612千円"),
            (CENTRE_RUN, 2010, 2010, "32,381千円"),
            (LOCAL, 2008, 2008, "1,531千円"),
            ("NPOとの協働コーディネート事業", 2004, 2004, "1,545千円"),
            ("みえ県民交流センター管理事業", 2004, 2004, "40,761千円"),
            ("協働事業提案事業", 2004, 2004, "1,627千円"),
            ("協働研究事業", 2004, 2004, "1,744千円"),
            ("NPO情報交流推進事業", 2003, 2003, "46,000千円"),
            ("NPO推進強化事業", 2003, 2003, "4,200千円"),
            ("協働の仕組み構築事業", 2003, 2003, "2,036千円"),
        ],
    ),
    "two figures stand in the year after only": (
        "later-only",
        {},
        "project, budget_year, fiscal_year, printed",
        [(CENTRE_RUN, 2008, 2009, "32,786千円"), (JOBS, 2009, 2010, "6,429千円")],
    ),
    "指定管理者 by year and kind, in two overviews of 2009 twice each": (
        "phrase-by-year",
        {"phrase": "指定管理者"},
        "fiscal_year, record, field, records, occurrences",
        [
            (2011, "projects", "overview", 1, 2),
            (2010, "statements", "direction", 2, 2),
            (2010, "statements", "issue", 1, 1),
            (2009, "projects", "overview", 2, 4),
            (2009, "statements", "direction", 1, 1),
        ],
    ),
    "case does not matter": (
        "phrase-by-year",
        {"phrase": "navis"},
        "fiscal_year, field, occurrences",
        [(2004, "activity", 1), (2003, "activity", 1)],
    ),
    "no phrase, no rows": ("phrase-by-year", {}, "*", []),
}


@pytest.mark.parametrize("case", OF_THE_PAGE)
def test_the_page_answers(one: Path, case: str) -> None:
    name, given, columns, expected = OF_THE_PAGE[case]
    assert ask(one, name, columns, **given) == expected


@pytest.mark.parametrize("name", ["statements-between", "value-differences"])
def test_one_capture_differs_from_nothing(one: Path, name: str) -> None:
    assert ask(one, name) == []


def test_the_newest_edition_counts(three: Path) -> None:
    assert ask(three, "totals-per-year", "total_yen, figures")[-1] == (207_760_000, 5)
    assert ask(three, "new-projects", "project, flag, last_printed")[:2] == [
        (FUND, "新", "3,111千円"),
        (DISASTER, "新", "1,200千円"),
    ]


CUT = "また、みえ県民交流センターにおいて、NPOの支援を行ってきましたが"
BETWEEN: dict[str, tuple[str, str, list[Row]]] = {
    "all that there is": ("", "", [("removed", "issue", CUT)]),
    "the day on which it went": ("2026-05-31", "2026-06-01", [("removed", "issue", CUT)]),
    "midnight in Japan is nine hours before": ("2026-05-01", "2026-05-31", []),
    "to the second": ("2026-06-01T08:59:59", "2026-06-01T09:00:00", [("removed", "issue", CUT)]),
    "in UTC": ("2026-05-31T23:59:59Z", "2026-06-01T00:00:00Z", [("removed", "issue", CUT)]),
    "in a zone": ("2026-06-01T08:59:59+09:00", "2026-06-01T09:00:00+09:00", [("removed", "issue", CUT)]),
    "backwards": ("2026-06-01", "2026-05-01", [("added", "issue", CUT)]),
    "by captures": ("mie-npo-20260501T000000Z", "mie-npo-20260602T000000Z", [("removed", "issue", CUT)]),
    "before the archive there is nothing": ("2025-01-01", "2025-12-31", []),
    "from before the archive is from its first capture": ("2025-01-01", "2026-06-01", [("removed", "issue", CUT)]),
    "what is no date": ("yesterday", "2026-06-01", []),
}


@pytest.mark.parametrize("case", BETWEEN)
def test_statements_between_two_dates(three: Path, case: str) -> None:
    since, until, expected = BETWEEN[case]
    columns = f"change, kind, substr(text, 1, {len(CUT)})"
    assert ask(three, "statements-between", columns, since=since, until=until) == expected


def test_every_value_that_differs(three: Path) -> None:
    columns = "record, label, field, old, new"
    assert ask(three, "value-differences", columns, until="2026-05-01") == [
        ("budgets", f"{CENTRE} 2011", "amount_yen", 28_709_000, 29_100_000),
        ("budgets", f"{CENTRE} 2011", "printed", "28,709千円", "29,100千円"),
    ]
    later = ask(three, "value-differences", columns, since="mie-npo-20260501T000000Z")
    assert {(record, label) for record, label, *_ in later} == {
        ("projects", DISASTER),
        ("projects", HOME_JOBS),
        ("budgets", f"{DISASTER} 2010"),
        ("budgets", f"{DISASTER} 2011"),
        ("statements", "また、みえ県民交流センターにおいて、NPOの支援を行ってきましたが、今後は、より"),
        ("statements", "さらに、これまで協働事業提案や協働研修を行ってきましたが、NPOと多様な主体がそ"),
    }
    assert ("projects", DISASTER, "flag", None, "新") in later
    assert [(field, old, new) for _, label, field, old, new in later if label.startswith("さらに")] == [
        ("position", 4, 3)
    ]


def test_a_capture_speaks_for_its_own_source_alone(three: Path) -> None:
    assert ask(three, "value-differences", since="mie-npo-20260401T000000Z", source="another") == []


def test_without_a_source_the_one_that_changed_last_is_compared(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    other = replace(PAGE, id="other", url="http://127.0.0.1/other")
    for at, source, number in ((0, PAGE, 1), (0, other, 1), (1, other, 2), (2, PAGE, 3), (3, other, 2)):
        put(directory, day(at), page(number), source=source)
    pipeline.load(directory)
    for given, expected in (
        ({}, {("s",)}),
        ({"source": "other"}, {("other",)}),
        ({"since": "other-20260101T000000Z"}, {("other",)}),
        ({"source": "s", "since": "other-20260101T000000Z"}, set()),
        ({"source": "nobody"}, set()),
    ):
        assert set(ask(directory.database, "value-differences", "source_id", **given)) == expected
    assert set(ask(directory.database, "statements-between", "source_id")) == {("s",)}
    assert len(ask(directory.database, "citation", date="2026-01-04")) == 55 + 53


def test_a_record_id_names_its_project(three: Path) -> None:
    ((record_id,),) = query(three, f"SELECT record_id FROM projects WHERE name = '{CENTRE}' AND fiscal_year = 2010")
    by_id = ask(three, "project-figures", project=record_id)
    assert len(by_id) == 6
    assert by_id == ask(three, "project-figures", project=CENTRE)


def test_a_figure_is_cited_down_to_its_bytes(three: Path) -> None:
    """The last capture brought the same bytes again: what holds them is the record of the one before."""
    ((record_id,),) = query(three, "SELECT record_id FROM budgets WHERE printed = '29,100千円'")
    columns = "title, captured_at, project, budget_year, warc_file, warc_offset, warc_record_id, payload_digest"
    stored = "SELECT warc_file, warc_offset, warc_record_id, payload_digest FROM captures WHERE captured_at = "
    for date, seen, held in (
        ("", "2026-06-02T00:00:00Z", "2026-06-01T00:00:00Z"),
        ("2026-05-15", "2026-05-01T00:00:00Z", "2026-05-01T00:00:00Z"),
    ):
        head = ("施策・事業概要（平成15年度～平成23年度）", seen, CENTRE, 2011)
        (bytes_,) = query(three, f"{stored}'{held}'")
        assert ask(three, "citation", columns, project=record_id, date=date) == [head + bytes_]
    assert len(ask(three, "citation", project=CENTRE, date="2026-04-15")) == 6


def test_the_columns_are_those_that_are_labelled(three: Path) -> None:
    with closing(sqlite3.connect(three)) as connection:
        for name, question in BY_NAME.items():
            empty = {parameter.name: "" for parameter in question.parameters}
            found = connection.execute(question.sql(), empty)
            assert tuple(column for column, *_ in found.description) == question.columns
            shown = connection.execute(canned.queries()[name]["sql"], empty)
            assert all(ord(max(column)) > 127 or column == "URL" for column, *_ in shown.description)
            assert len(shown.fetchall()) == len(found.fetchall())


def test_kinds_and_changes_are_in_japanese(three: Path) -> None:
    shown = canned.queries()["statements-between"]["sql"]
    ((_, year, change, kind, *_),) = query(three, shown, source="", since="", until="")
    assert (year, change, kind) == (2011, "削除", "現状と課題")


def test_no_question_hides_the_page_of_a_view() -> None:
    assert not BY_NAME.keys() & set(views.names())


def test_there_are_fifteen_and_the_document_shows_them(three: Path) -> None:
    assert len(BY_NAME) == 15
    assert DOCUMENT.read_text("utf-8") == document()
    sql = re.findall(r"```sql\n(.*?)```", document(), re.DOTALL)
    assert [len(query(three, one)) for one in sql] == [6, 3, 1, 11, 8, 5, 16, 9, 18, 9, 11, 2, 35, 25, 6]


@pytest.fixture(scope="module")
def client(three: Path) -> Iterator[httpx.Client]:
    with served(SCRIPT, "serve", "--port", "0", where=three.parent) as client:
        yield client


def test_every_question_is_a_page(client: httpx.Client) -> None:
    listed = html.unescape(client.get("/archive").text)
    for name, question in BY_NAME.items():
        found = client.get(f"/archive/{name}")
        text = html.unescape(found.text)
        assert (found.status_code, '<html lang="ja">' in text) == (200, True), name
        assert question.title in listed
        assert question.title in text
        assert question.help in text
        assert all(f'{p.label}</label> <input type="text"' in text for p in question.parameters)
        assert all(f'name="{p.name}"' in text for p in question.parameters)
        assert "message-error" not in text


def test_a_page_answers_in_japanese(client: httpx.Client) -> None:
    found = client.get("/archive/year-on-year.json", params={"project": CENTRE, "_shape": "array"}).json()
    assert found[0] == {
        "対象ページ": "mie-npo",
        "年度": 2011,
        "事業": CENTRE,
        "前年度の表記": "28,410千円",
        "表記": "29,100千円",
        "前年度の金額（円）": 28_410_000,
        "金額（円）": 29_100_000,
        "差額（円）": 690_000,
        "割合（%）": 2.4,
    }
    page_ = client.get("/archive/year-on-year", params={"project": CENTRE}).text
    assert "28,410,000" in page_
    assert "2011 (平成23)" in page_
