"""One project's figures over the years: which is which, what is joined, and what is doubtful."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pref_scraper.japanese.names import stem
from pref_scraper.japanese.width import fold

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer

# Read by hand from the page: the first and the last fiscal year whose section lists a project of this name.
LIFE_SPANS = {
    "新しい公共支援基金事業": (2011, 2011),
    "みえ県民交流センター指定管理事業": (2009, 2011),
    "NPO活動支援緊急雇用創出事業": (2010, 2011),
    "NPO活動支援ふるさと雇用再生事業": (2010, 2011),
    "「新しい時代の公」協働推進事業": (2005, 2010),
    "NPO活動支援推進事業": (2003, 2010),
    "みえ県民交流センター管理運営事業": (2009, 2010),
    "地域市民活動センター連携事業": (2007, 2008),
    "みえ県民交流センター管理事業": (2003, 2004),
    "NPOとの協働コーディネート事業": (2003, 2004),
    "協働事業提案事業": (2004, 2004),
    "協働研究事業": (2003, 2004),
    "NPO情報交流推進事業": (2003, 2003),
    "NPO推進強化事業": (2003, 2003),
    "協働の仕組み構築事業": (2003, 2003),
}


def rows(workshop: Workshop, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(workshop.directory.database)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The page as it is, in an archive that the tests only read."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        site.answers[PATH] = answer(page())
        workshop.visit()
    return workshop


def test_the_life_span_of_every_project(seed: Workshop) -> None:
    found = rows(seed, "SELECT name, min(fiscal_year), max(fiscal_year) FROM projects GROUP BY name")
    assert {name: (first, last) for name, first, last in found} == LIFE_SPANS


def test_52101_has_had_three_names(seed: Workshop) -> None:
    assert rows(
        seed,
        "SELECT basic_project_name, min(fiscal_year), max(fiscal_year) FROM projects"
        " WHERE basic_project_code = '52101' GROUP BY 1 ORDER BY 2",
    ) == [
        ("多様な活動主体による協働の推進", 2005, 2007),
        ("NPOと行政との協働の推進", 2008, 2010),
        ("県民の社会参画活動への支援", 2011, 2011),
    ]


def test_three_later_figures_disagree_and_nine_agree(seed: Workshop) -> None:
    assert rows(
        seed, "SELECT project, budget_year, fiscal_year, amount_yen FROM budget_series WHERE agrees = 0 ORDER BY 1"
    ) == [
        ("NPO活動支援推進事業", 2008, 2009, 24_440_000),
        ("「新しい時代の公」協働推進事業", 2008, 2009, 3_899_000),
        ("地域市民活動センター連携事業", 2007, 2008, 2_998_000),
    ]
    assert rows(seed, "SELECT count(*) FROM budget_series WHERE agrees = 1") == [(9,)]
    assert rows(seed, "SELECT count(*), count(DISTINCT record_id), count(DISTINCT series) FROM budget_series") == [
        (53, 53, 15)
    ]


def test_the_figures_of_one_project_over_the_years(seed: Workshop) -> None:
    assert rows(
        seed,
        "SELECT budget_year, fiscal_year, amount_yen, basis, standing, is_newest, agrees, doubtful"
        " FROM budget_series WHERE project = 'みえ県民交流センター指定管理事業'",
    ) == [
        (2008, 2009, None, "当初予算額", "restated", 1, None, None),
        (2009, 2009, 5_256_000, "当初予算額", "own-year", 0, None, None),
        (2009, 2010, 5_256_000, "予算額", "restated", 1, 1, None),
        (2010, 2010, 28_410_000, "予算額", "own-year", 0, None, None),
        (2010, 2011, 28_410_000, "予算額", "restated", 1, 1, None),
        (2011, 2011, 28_709_000, "予算額", "own-year", 1, None, None),
    ]


def test_two_projects_of_one_name_in_2003_make_that_join_doubtful(seed: Workshop) -> None:
    assert rows(
        seed, "SELECT project, budget_year, fiscal_year, doubtful FROM budget_series WHERE doubtful IS NOT NULL"
    ) == [
        ("NPO推進強化事業", 2003, 2003, "two-projects"),
        ("NPO活動支援推進事業", 2003, 2003, "two-projects"),
    ]


def test_the_twin_speaks_japanese(seed: Workshop) -> None:
    assert rows(
        seed,
        'SELECT "予算年度", "年度", "予算額（円）", "記載の別", "要確認" FROM "予算額の推移"'
        " WHERE \"事業\" = 'NPO推進強化事業'",
    ) == [(2003, 2003, 4_200_000, "当年度", "同名の事業")]


# Sections as a page prints them, and of each figure: year, section, name it goes by, standing, is_newest, agrees, doubtful.
SECTION = "<h2>平成{}年度の施策項目と事業費</h2>"
ONE = "<p>1.{}</p><p>予算額：（{}） {}千円 → （{}） {}千円</p>"
CASES = {
    "one name in two widths is one series, called as its newest section prints it": (
        SECTION.format(17) + ONE.format("ＮＰＯ支援事業", 16, 100, 17, 200),
        SECTION.format(16) + "<p>●NPO支援事業 100千円</p>",
        [
            (2004, 2004, "ＮＰＯ支援事業", "own-year", 0, None, None),
            (2004, 2005, "ＮＰＯ支援事業", "restated", 1, 1, None),
            (2005, 2005, "ＮＰＯ支援事業", "own-year", 1, None, None),
        ],
    ),
    "names that differ in 事業 or quotation marks are not joined, and both are marked": (
        SECTION.format(17) + "<p>●「新しい公」推進事業 200千円</p><p>●市民支援事業 300千円</p>",
        SECTION.format(16) + "<p>●新しい公 推進 100千円</p><p>●市民支援研究事業 300千円</p>",
        [
            (2004, 2004, "新しい公 推進", "own-year", 1, None, "similar-name"),
            (2004, 2004, "市民支援研究事業", "own-year", 1, None, None),
            (2005, 2005, "「新しい公」推進事業", "own-year", 1, None, "similar-name"),
            (2005, 2005, "市民支援事業", "own-year", 1, None, None),
        ],
    ),
    "a section that states next year's figure makes a forecast": (
        SECTION.format(17) + "<p>●市民支援事業 300千円</p>",
        SECTION.format(16) + ONE.format("市民支援事業", 16, 100, 17, 200),
        [
            (2004, 2004, "市民支援事業", "own-year", 1, None, None),
            (2005, 2004, "市民支援事業", "forecast", 0, 0, None),
            (2005, 2005, "市民支援事業", "own-year", 1, None, None),
        ],
    ),
    "two figures of one project for one year are both kept, and neither is compared": (
        SECTION.format(17) + ONE.format("市民支援事業", 16, 120, 17, 200),
        SECTION.format(16) + "<p>1.市民支援事業</p><p>当初予算額：H16 100千円</p><p>補正後予算額：H16 120千円</p>",
        [
            (2004, 2004, "市民支援事業", "own-year", 0, None, "two-figures"),
            (2004, 2004, "市民支援事業", "own-year", 0, None, "two-figures"),
            (2004, 2005, "市民支援事業", "restated", 1, None, None),
            (2005, 2005, "市民支援事業", "own-year", 1, None, None),
        ],
    ),
    "where two projects of one name stand, no later figure is said to agree or not": (
        SECTION.format(17) + ONE.format("市民支援事業", 16, 100, 17, 200),
        SECTION.format(16) + "<p>●市民支援事業 100千円</p><p>●市民支援事業 100千円</p>",
        [
            (2004, 2004, "市民支援事業", "own-year", 0, None, "two-projects"),
            (2004, 2004, "市民支援事業", "own-year", 0, None, "two-projects"),
            (2004, 2005, "市民支援事業", "restated", 1, None, None),
            (2005, 2005, "市民支援事業", "own-year", 1, None, None),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_joined_and_what_is_doubtful(workshop: Workshop, case: str) -> None:
    newer, older, expected = CASES[case]
    workshop.site.answers[PATH] = answer(f"<body>{newer}{older}</body>".encode())
    workshop.visit()
    assert (
        rows(
            workshop,
            "SELECT budget_year, fiscal_year, project, standing, is_newest, agrees, doubtful FROM budget_series"
            " ORDER BY budget_year, fiscal_year, text_start",
        )
        == expected
    )


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("「新しい時代の公」協働推進事業", "新しい時代の公協働推進"),
        ("新しい時代の公・協働推進", "新しい時代の公協働推進"),
        ("ＮＰＯ 推進強化事業", "npo推進強化"),
        ("みえ県民交流センター管理事業", "みえ県民交流センター管理"),
        ("みえ県民交流センター管理運営事業", "みえ県民交流センター管理運営"),
        ("事業", "事業"),
        ("（）", ""),
    ],
)
def test_a_name_is_cut_to_its_stem(name: str, left: str) -> None:
    assert stem(name) == left


@given(name=st.text(max_size=20))
def test_names_that_fold_alike_have_one_stem(name: str) -> None:
    assert stem(fold(name)) == stem(name) == stem(f"「{name}」")
