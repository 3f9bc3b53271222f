"""What a chart draws: printed figures and no others, gaps where none is printed, and the same in words."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pref_scraper import charts
from pref_scraper.names import ENGLISH, JAPANESE

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer

NAMES = (JAPANESE, ENGLISH)


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The figures of the page as it is."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        site.answers[PATH] = answer(page())
        workshop.visit()
    with closing(sqlite3.connect(workshop.directory.database)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM budget_series")]


def _of(rows: list[dict[str, Any]], project: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["project"] == project]


def _data(spec: charts.Spec | None) -> list[dict[str, Any]]:
    assert spec is not None
    return [*json.loads(json.dumps(spec))["data"]["values"]]


def _axis(spec: charts.Spec | None) -> list[str]:
    assert spec is not None
    return [*spec["encoding"]["x"]["scale"]["domain"]]


def _groups(spec: charts.Spec | None) -> list[str]:
    """What a chart of all projects tells apart by colour."""
    assert spec is not None
    (parts,) = [layer for layer in spec["layer"] if layer["mark"]["type"] == "bar"]
    return [*parts["encoding"]["color"]["scale"]["domain"]]


# Read by hand from the page: by project, each point as its year, its amount in 千円 and how it is marked;
# None for a dash.
OWN, LATER = "当年度の欄の金額", "後の年度の欄が記す金額"
POINTS: dict[str, list[tuple[str, int | None, str | None]]] = {
    "「新しい時代の公」協働推進事業": [
        ("2005 平成17", 12_351, OWN),
        ("2006 平成18", 5_373, OWN),
        ("2007 平成19", 4_160, OWN),
        ("2008 平成20", 4_069, OWN),
        ("2008 平成20", 3_899, LATER),
        ("2009 平成21", 3_011, OWN),
        ("2010 平成22", 2_612, OWN),
    ],
    "みえ県民交流センター指定管理事業": [
        ("2008 平成20", None, None),
        ("2009 平成21", 5_256, OWN),
        ("2010 平成22", 28_410, OWN),
        ("2011 平成23", 28_709, OWN),
    ],
    "みえ県民交流センター管理運営事業": [
        ("2008 平成20", 32_786, LATER),
        ("2009 平成21", 54_173, OWN),
        ("2010 平成22", 32_381, OWN),
    ],
}


@pytest.mark.parametrize("project", POINTS)
def test_a_project_has_a_point_per_year_and_amount(project: str, seed: list[dict[str, Any]]) -> None:
    drawn = _data(charts.project(_of(seed, project), JAPANESE))
    found = {(one["at"], one["yen"] and one["yen"] // 1000, one.get("kind")) for one in drawn}
    assert found == set(POINTS[project])
    assert len(drawn) == len(POINTS[project])


def test_a_restated_figure_is_tied_to_the_first_one(seed: list[dict[str, Any]]) -> None:
    drawn = _data(charts.project(_of(seed, "地域市民活動センター連携事業"), JAPANESE))
    assert [(one["at"], one["yen"], one["first"]) for one in drawn if one["first"] is not None] == [
        ("2007 平成19", 2_998_000, 3_184_000)
    ]
    assert {one["stated"] for one in drawn if one["at"] == "2007 平成19"} == {
        "3,184千円 … 平成19年度の欄（当年度）\n2,998千円 … 平成20年度の欄（再掲、当年度の欄と異なる）"
    }


def test_a_figure_says_every_section_that_states_it(seed: list[dict[str, Any]]) -> None:
    rows = _of(seed, "みえ県民交流センター指定管理事業")
    (japanese,) = [one for one in _data(charts.project(rows, JAPANESE)) if one["yen"] == 28_410_000]
    (english,) = [one for one in _data(charts.project(rows, ENGLISH)) if one["yen"] == 28_410_000]
    assert japanese["year"] == "平成22年度 (2010)"
    assert japanese["stated"] == (
        "28,410千円 … 平成22年度の欄（当年度）\n28,410千円 … 平成23年度の欄（再掲、当年度の欄と同額）"
    )
    assert english["stated"] == (
        "28,410千円, section of FY 2010 (own year)\n"
        "28,410千円, section of FY 2011 (restated, the same amount as in its own year's)"
    )


def test_all_projects_of_the_page_by_year(seed: list[dict[str, Any]]) -> None:
    """The sums are those of the front page, added up by hand; what another year's section repeats is no part."""
    drawn = _data(charts.measure(seed, JAPANESE, "三重県"))
    assert len(drawn) == 36
    totals = {one["at"]: one["total"] for one in drawn}
    assert totals["2011 平成23"] == "206,169千円（4件）"
    assert totals["2010 平成22"] == "155,568千円（6件）"
    assert totals["2004 平成16"] == "72,557千円（5件）"
    groups = _groups(charts.measure(seed, JAPANESE, "三重県"))
    assert groups[:2] == ["NPO活動支援緊急雇用創出事業", "NPO活動支援推進事業"]
    assert (len(groups), groups[-1]) == (8, "その他の事業")


def test_a_project_that_another_has_the_name_of_is_doubtful(seed: list[dict[str, Any]]) -> None:
    told = charts.told(_of(seed, "NPO活動支援推進事業"), JAPANESE)
    assert told[0].said == "平成15年度の欄（当年度）［要確認: 同名の事業］"
    dash = charts.told(_of(seed, "みえ県民交流センター指定管理事業"), ENGLISH)[0]
    assert (dash.year, dash.printed) == ("FY 2008 (平成20年度)", "－　千円 (not printed)")


def _row(budget_year: int, fiscal_year: int, amount_yen: int | None, series: str = "a") -> dict[str, Any]:
    """A row as the view has it; made up."""
    return {
        "source_id": "one",
        "series": series,
        "project": f"事業{series}",
        "budget_year": budget_year,
        "fiscal_year": fiscal_year,
        "amount_yen": amount_yen,
        "printed": "－　千円" if amount_yen is None else f"{amount_yen:,}円",
        "standing": "own-year"
        if fiscal_year == budget_year
        else "restated"
        if fiscal_year > budget_year
        else "forecast",
        "agrees": None,
        "doubtful": None,
    }


# Own years and amounts, and the runs that a line joins.
RUNS: dict[str, tuple[list[tuple[int, int | None]], list[int]]] = {
    "two years and, after a gap, two more": ([(2001, 1), (2002, 2), (2005, 3), (2006, 4)], [2001, 2001, 2005, 2005]),
    "a dash breaks the line": ([(2001, 1), (2002, None), (2003, 3)], [2001, 2003]),
    "of two figures for a year none is on the line": ([(2001, 1), (2002, 2), (2002, 3), (2003, 4)], [2001, 2003]),
    "a zero that is printed is a figure": ([(2001, 1), (2002, 0), (2003, 3)], [2001, 2001, 2001]),
}


@pytest.mark.parametrize("case", RUNS)
def test_a_line_breaks_where_it_is_not_known_how_it_goes_on(case: str) -> None:
    figures, expected = RUNS[case]
    drawn = _data(charts.project([_row(year, year, amount) for year, amount in figures], JAPANESE))
    assert [one["run"] for one in drawn if one.get("run")] == expected


def test_a_year_without_any_section_and_one_with_dashes_are_told_in_words() -> None:
    rows = [_row(2001, 2001, 5), _row(2001, 2001, None, "b"), _row(2002, 2002, None), _row(2004, 2004, 7)]
    spec = charts.measure(rows, JAPANESE, "対象")
    said = {one["at"]: one["none"] for one in _data(spec)}
    assert said == {
        "2001 平成13": "記載なし 1件",
        "2002 平成14": "記載なし",
        "2003 平成15": "記載なし",
        "2004 平成16": None,
    }
    assert _axis(spec) == sorted(said)
    assert _groups(spec) == ["事業a"]
    assert charts.totals(rows, JAPANESE) == {
        "平成13年度 (2001)": "5円（1件）",
        "平成16年度 (2004)": "7円（1件）",
    }
    assert {one["total"] for one in _data(spec) if one["at"] == "2002 平成14"} == {None}


def test_without_a_printed_figure_there_is_no_chart() -> None:
    dash, forecast = _row(2001, 2001, None), _row(2001, 2000, 5)
    assert charts.project([], JAPANESE) is None
    assert charts.project([dash], JAPANESE) is None
    assert charts.measure([dash, forecast], JAPANESE, "対象") is None


def test_a_long_title_and_its_source_stand_in_lines_that_fit_a_phone() -> None:
    row = _row(2001, 2001, 5) | {"project": "あ" * 50}
    spec = charts.project([row], JAPANESE, "い" * 30)
    assert spec is not None
    assert spec["title"] == {
        "text": ["あ" * 22, "あ" * 22, "あ" * 6],
        "subtitle": ["い" * 22, "い" * 8, "予算額（円）"],
    }


# The largest figure, and how the axis counts.
UNITS = {
    9_999: "予算額（円）",
    10_000: "予算額（千円）",
    999_999_999: "予算額（千円）",
    1_000_000_000: "予算額（百万円）",
    -1_000_000_000: "予算額（百万円）",
}


@pytest.mark.parametrize("yen", UNITS)
def test_the_axis_counts_in_a_unit_that_fits(yen: int) -> None:
    spec = charts.project([_row(2001, 2001, yen), _row(2002, 2002, 1)], JAPANESE)
    assert spec is not None
    assert spec["title"]["subtitle"] == [UNITS[yen]]


years = st.integers(1990, 2040)
rows_of_any_kind = st.lists(
    st.builds(_row, years, years, st.none() | st.integers(-(10**12), 10**12), st.sampled_from("abcdefghijkl")),
    min_size=1,
    max_size=40,
)


@given(rows_of_any_kind, st.sampled_from(NAMES))
def test_what_is_drawn_of_a_project_are_its_printed_figures(rows: list[dict[str, Any]], names: Any) -> None:
    spec = charts.project(rows, names)
    printed = {(row["budget_year"], row["amount_yen"]) for row in rows if row["amount_yen"] is not None}
    if not printed:
        assert spec is None
        return
    drawn = [(int(one["at"][:4]), one["yen"], one.get("first")) for one in _data(spec)]
    dashes = {row["budget_year"] for row in rows if row["amount_yen"] is None}
    assert sorted((year, yen) for year, yen, _ in drawn if yen is not None) == sorted(printed)
    assert {(year, first) for year, _, first in drawn if first is not None} <= printed
    assert sorted(year for year, yen, _ in drawn if yen is None) == sorted(dashes)
    _check_axis(spec, [row["budget_year"] for row in rows])


@given(rows_of_any_kind, st.sampled_from(NAMES))
def test_what_is_drawn_of_a_source_is_what_each_year_says_of_itself(rows: list[dict[str, Any]], names: Any) -> None:
    spec = charts.measure(rows, names, "a" * 50)
    own = [row for row in rows if row["fiscal_year"] == row["budget_year"]]
    printed = [(row["budget_year"], row["amount_yen"]) for row in own if row["amount_yen"] is not None]
    if not printed:
        assert spec is None
        return
    data = _data(spec)
    assert sorted((int(one["at"][:4]), one["yen"]) for one in data if one["yen"] is not None) == sorted(printed)
    _check_axis(spec, [row["budget_year"] for row in own])
    assert {one["at"] for one in data} == set(_axis(spec))
    assert len(_groups(spec)) == len(set(_groups(spec))) <= 8
    assert {one["group"] for one in data if one["yen"] is not None} == {*_groups(spec)}


def _check_axis(spec: charts.Spec | None, said: list[int]) -> None:
    assert [int(at[:4]) for at in _axis(spec)] == list(range(min(said), max(said) + 1))
