"""A fiscal year's section: what stands in it, and in which order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pref_scraper import parse
from pref_scraper.browse.sections import Listed, Section, fiscal_years, projects, section
from pref_scraper.identity import Entries, identify
from pref_scraper.records import ASIDE, BasicProject

from .editions import page


def read(html: bytes) -> Entries:
    return identify("s", parse(html)).entries


SEED = read(page())


def of(fiscal_year: int, entries: Entries = SEED) -> Section:
    found = section(entries, fiscal_year)
    assert found is not None
    return found


def test_the_years_are_newest_first_and_no_others_have_a_section() -> None:
    assert fiscal_years(SEED) == [2011, 2010, 2009, 2008, 2007, 2006, 2005, 2004, 2003]
    assert (section(SEED, 2002), section(SEED, 2012), section({}, 2011)) == (None, None, None)


# As the page prints them: what each block is, the beginning of its group's heading, how many stand in it.
BLOCKS = {
    2011: [
        *(("measures", None, 1), ("basic_projects", None, 3), ("purposes", None, 1)),
        *(("issue", None, 4), ("direction", None, 3), ("projects", None, 4)),
    ],
    2010: [
        *(("measures", None, 1), ("basic_projects", None, 2), ("purposes", None, 1), ("targets", None, 1)),
        *(("issue", None, 6), ("direction", None, 6), ("projects", None, 6)),
    ],
    2007: [("projects", None, 3)],
    2003: [
        *(("activity", "市民活動及び", 5), ("projects", "市民活動及び", 6)),
        *(("activity", "NPOやボラ", 3), ("projects", "NPOやボラ", 3)),
    ],
}


@pytest.mark.parametrize("fiscal_year", BLOCKS)
def test_blocks_stand_in_the_order_of_the_page(fiscal_year: int) -> None:
    found = [(one.kind, one.group and one.group[:6], len(one.items)) for one in of(fiscal_year).blocks]
    assert found == BLOCKS[fiscal_year]


def test_a_project_has_its_own_figures_in_the_order_of_the_page() -> None:
    found = {
        (one.project.fiscal_year, one.project.position): [figure.printed for figure in one.figures]
        for one in projects(SEED)
    }
    assert len(found) == 38
    assert found[2011, 1] == ["－　千円", "3,111千円"]
    assert found[2011, 2] == ["28,410千円", "28,709千円"]
    assert found[2003, 1] == ["17,003千円"]
    assert found[2003, 5] == []


def test_a_basic_project_has_those_that_are_printed_with_its_code() -> None:
    """In 2008 one of them gives it another name, in 2011 one has none."""
    names = {
        (year, basic.code): [one.project.name for one in of(year).projects_of(basic)]
        for year in (2008, 2011)
        for block in of(year).blocks
        for basic in block.items
        if isinstance(basic, BasicProject)
    }
    assert names == {
        (2008, "52101"): ["「新しい時代の公」協働推進事業"],
        (2008, "52102"): ["NPO活動支援推進事業", "地域市民活動センター連携事業"],
        (2011, "52101"): ["新しい公共支援基金事業"],
        (2011, "52102"): [
            "みえ県民交流センター指定管理事業",
            "NPO活動支援緊急雇用創出事業",
            "NPO活動支援ふるさと雇用再生事業",
        ],
        (2011, "52103"): [],
    }


def test_what_could_not_be_read_belongs_to_the_section_that_it_stands_in() -> None:
    """The stray lines are made up: the seed page has none."""
    printed = {year: [one.printed for one in of(year).problems] for year in fiscal_years(SEED)}
    assert {year: found for year, found in printed.items() if found} == {
        2008: ["県民の社会参画への支援"],
        2005: ["【基本事業名：52101 多様な活動主体による協働の推進", "521012"],
    }
    heading = "<h3>施策体系"
    stray = read(page().decode().replace(heading, f"<p>お知らせの行です</p>{heading}").encode())
    unread = {year: [one.text for one in of(year, stray).unread] for year in fiscal_years(stray)}
    assert [year for year, found in unread.items() if found == ["お知らせの行です"]] == [2011, 2010, 2009, 2008]
    assert [year for year, found in unread.items() if not found] == [2007, 2006, 2005, 2004, 2003]


@settings(deadline=None)
@given(st.sets(st.sampled_from(sorted(SEED))))
def test_whatever_a_page_leaves_out_every_record_of_a_year_stands_once_in_its_section(missing: set[str]) -> None:
    left = {key: entry for key, entry in SEED.items() if key not in missing}
    for fiscal_year in fiscal_years(left):
        items = [item for block in of(fiscal_year, left).blocks for item in block.items]
        shown = [item.project if isinstance(item, Listed) else item for item in items]
        starts = [one.text_start for one in shown]
        assert starts == sorted(starts)
        own = [one.record for one in left.values() if one.view not in (*ASIDE, "years", "budgets")]
        assert set(shown) == {one for one in own if getattr(one, "fiscal_year", None) == fiscal_year}
