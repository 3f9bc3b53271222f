"""A project over the fiscal years: which records are one, what each section changed, what is beside it."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from pref_scraper.archive import Named
from pref_scraper.browse.sections import Listed
from pref_scraper.browse.series import figures, find, neighbours, tellings
from pref_scraper.records import Project

TEXTS = st.sampled_from(["", "協働を進めます。", "協働を広めます。", "県民の協働を進めます。また、支援します。"])


def named(record_id: str, series: str, since: str, until: str | None = None) -> Named:
    return Named(record_id=record_id, name=series, series=series, valid_from=since, valid_to=until)


NAMES = (
    *(named("a10", "甲", "c1"), named("a11", "甲", "c1", "c2"), named("a11", "乙", "c2")),
    *(named("b09", "乙", "c1", "c3"), named("d09", "丙", "c1", "c3"), named("d10", "丙", "c2", "c4")),
)


def test_records_are_one_project_by_their_last_names() -> None:
    """Of two records called 甲 one was renamed, and so is with 乙 now, also with the one that is gone."""
    kept, renamed, gone = (find(NAMES, record_id) for record_id in ("a10", "a11", "d10"))
    assert {one.record_id for one in kept.names} == {"a10"}
    assert (find(NAMES, "b09"), {one.record_id for one in renamed.names}) == (renamed, {"a11", "b09"})
    assert ([one.name for one in renamed.names], renamed.began, renamed.ended) == (["甲", "乙", "乙"], "c1", None)
    assert (gone, gone.began, gone.ended) == (find(NAMES, "d09"), "c1", "c4")


def listed(fiscal_year: int, name: str, overview: str = "", record_id: str = "") -> Listed:
    project = Project(
        text_start=0,
        text_end=1,
        fiscal_year=fiscal_year,
        position=1,
        ordinal=None,
        flag=None,
        name=name,
        group_name=None,
        basic_project_code=None,
        basic_project_name=None,
        account=None,
        overview=overview or None,
    )
    return Listed(record_id=record_id or f"{name}{fiscal_year}", project=project, figures=())


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(2003, 2008), TEXTS), max_size=6))
def test_what_came_and_went_makes_one_section_s_text_of_the_other_s(found: list[tuple[int, str]]) -> None:
    told = tellings([listed(year, "甲", text) for year, text in found])
    years = [one.listed.project.fiscal_year for one in told]
    assert years == sorted((year for year, _ in found), reverse=True)
    for one in told:
        older = [year for year in years if year < one.listed.project.fiscal_year]
        assert one.since == max(older, default=None)
        before = (
            {text for year, text in found if year == one.since} if one.since else {one.listed.project.overview or ""}
        )
        (segments,) = [part.segments for part in one.parts] or [()]
        assert "".join(text for kind, text in segments if kind != "removed") == (one.listed.project.overview or "")
        assert "".join(text for kind, text in segments if kind != "added") in before
        is_same = bool(one.since) and all(kind == "equal" for kind, _ in segments)
        assert [part.is_same for part in one.parts] == [is_same] * len(one.parts)


def test_a_section_that_lists_it_twice_is_compared_with_its_like_before() -> None:
    told = tellings(
        [listed(2004, "甲", "一"), listed(2004, "甲", "二"), listed(2003, "甲", "一"), listed(2003, "甲", "二")]
    )
    assert [[part.is_same for part in one.parts] for one in told] == [[True], [True], [False], [False]]
    told = tellings([listed(2004, "甲", "一"), listed(2004, "甲", "二"), listed(2003, "甲", "二")])
    assert [[part.is_same for part in one.parts] for one in told] == [[False], [True], [False]]


def test_neighbours_are_told_by_where_the_page_first_lists_each() -> None:
    """In whatever width: Ｂ and B are one."""
    page = [listed(year, name) for year, name in product((2011, 2010), ("A", "Ｂ", "C"))]
    names = tuple(named(one.record_id, "B", "c1") for one in page if one.project.name == "Ｂ")
    before, after = neighbours(
        [*page, listed(2009, "B", record_id="B2009"), listed(2009, "D")],
        find((*names, named("B2009", "B", "c1")), "B2009"),
    )
    assert (before and before.record_id, after and after.record_id) == ("A2011", "C2011")


def test_the_newest_section_comes_first_whichever_the_page_begins_with() -> None:
    page = [listed(2010, "甲", record_id="a10"), listed(2011, "乙"), listed(2011, "甲", record_id="a11")]
    found = find((named("a10", "甲", "c1"), named("a11", "甲", "c1")), "a10")
    assert [one.record_id for one in found.of(page)] == ["a11", "a10"]


def row(budget_year: int, fiscal_year: int, amount_yen: int | None, agrees: int | None = None) -> dict[str, object]:
    standing = "own-year" if fiscal_year == budget_year else "restated" if fiscal_year > budget_year else "forecast"
    return {
        "budget_year": budget_year,
        "fiscal_year": fiscal_year,
        "amount_yen": amount_yen,
        "standing": standing,
        "agrees": agrees,
    }


def test_how_much_more_is_told_only_where_both_are_plain() -> None:
    cases = [
        ([row(2008, 2008, 4000), row(2008, 2009, 3000, 0)], [-1000]),
        ([row(2008, 2008, 4000), row(2008, 2009, 4000, 1)], [None]),
        ([row(2008, 2008, None), row(2008, 2009, 3000, 0)], [None]),
        ([row(2008, 2008, 4000), row(2008, 2009, None, 0)], [None]),
        ([row(2008, 2009, 3000)], [None]),
        ([row(2008, 2008, 4000), row(2008, 2008, 5000), row(2008, 2009, 3000, 0)], [None]),
    ]
    for rows, expected in cases:
        (found,) = figures(rows)
        assert [more for _, more in found.others] == expected
    assert [one.budget_year for one in figures([row(2008, 2009, 1), row(2010, 2009, 1)])] == [2010, 2008]
