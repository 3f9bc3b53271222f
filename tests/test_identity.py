"""Which record is the same thing as which: on the fixture page, edited, and in histories whose truth is known."""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice, permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pref_scraper import Page, parse
from pref_scraper.identity import Entries, Entry, Identified, identify
from pref_scraper.records import Project

from .bench_identity import MISSING, follow
from .editions import page
from .histories import EDITS, Edition, history

HTML = page().decode()
PAGE = parse(HTML.encode())
FIRST = identify("s", PAGE).entries


def _edited(*edits: tuple[str, str]) -> Page:
    html = HTML
    for old, new in edits:
        assert html.count(old) >= 1, old
        html = html.replace(old, new, 1)
    return parse(html.encode())


def _ids(entries: Entries, view: str, **fields: Any) -> list[str]:
    """The ids of the records with these values, in page order."""
    return [
        key
        for key, entry in entries.items()
        if entry.view == view and all(getattr(entry.record, name) == value for name, value in fields.items())
    ]


def _id(entries: Entries, view: str, **fields: Any) -> str:
    (found,) = _ids(entries, view, **fields)
    return found


def _hash(*key: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, key)).encode()).hexdigest()[:16]


def test_a_first_capture_takes_its_ids_from_source_and_natural_key_alone() -> None:
    project = _id(FIRST, "projects", name="新しい公共支援基金事業")
    assert project == _hash("s", "projects", 2011, "新しい公共支援基金事業", 1)
    assert _id(FIRST, "budgets", printed="3,111千円") == _hash("s", "budgets", project, 2011, 1)
    assert _id(FIRST, "basic_projects", fiscal_year=2011, code="52103") == _hash(
        "s", "basic_projects", 2011, "52103", 1
    )
    twins = _ids(FIRST, "projects", fiscal_year=2003, name="NPO推進強化事業")
    assert twins == [_hash("s", "projects", 2003, "NPO推進強化事業", number) for number in (1, 2)]
    assert set(identify("t", PAGE).entries).isdisjoint(FIRST)


def test_the_same_page_again_needs_no_decision() -> None:
    again = identify("s", PAGE, FIRST)
    assert again.decisions == ()
    assert list(again.entries.items()) == list(FIRST.items())


@pytest.mark.parametrize("seed", range(3))
def test_a_page_that_is_what_it_was_needs_no_decision_whatever_came_before(seed: int) -> None:
    """So `load` need not ask who is who in it."""
    everything: dict[str, Entry] = {}
    before: Entries = {}
    for capture in history(seed=seed, captures=60, rate=0.1):
        gone = {key: entry for key, entry in everything.items() if key not in before}
        before = identify("s", capture.page, before, gone).entries
        everything |= before
        gone = {key: entry for key, entry in everything.items() if key not in before}
        again = identify("s", capture.page, before, gone)
        assert (list(again.entries.items()), again.decisions) == (list(before.items()), ())


FURUSATO = "NPO活動支援ふるさと雇用再生事業"
ISSUE = "しかし、NPOの活動基盤は安定したものとはいえず、今後、NPOが地域づくりの担い手として、"
CENTRE = "２．みえ県民交流センター指定管理事業</h4>\n<p>【基本事業名：52102 NPOが活発に活動できる環境の充実】"


@pytest.mark.parametrize(
    ("old", "new", "view", "year", "name_before", "name_after"),
    [
        # a project's name, in part and wholly: its overview and its figures stay
        (f"４．{FURUSATO}", "４．NPOふるさと雇用再生事業", "projects", 2011, FURUSATO, "NPOふるさと雇用再生事業"),
        (f"４．{FURUSATO}", "４．持続できる団体づくり", "projects", 2011, FURUSATO, "持続できる団体づくり"),
        # one with nothing but a figure
        ("●協働研究事業 1,744", "●大学との共同調査 1,744", "projects", 2004, "協働研究事業", "大学との共同調査"),
        # one letter of a name that is all there is
        ("●NPO推進強化事業</p>", "●NPO推進等強化事業</p>", "projects", 2003, "NPO推進強化事業", "NPO推進等強化事業"),
        # another number, another basic project
        (f"４．{FURUSATO}", f"９．{FURUSATO}", "projects", 2011, FURUSATO, FURUSATO),
        (CENTRE, CENTRE[:-25] + "52103 NPOと多様な主体との協働の推進】", "projects", 2011, CENTRE[2:18], CENTRE[2:18]),
        # a basic project under its code and another name, then under its name and another code
        ("52103 NPOと多様な主体との協働の推進", "52103 企業の参加", "basic_projects", 2011, "NPOと多様な主体との協働の推進", "企業の参加"),
        ("52103 NPOと多様な", "52109 NPOと多様な", "basic_projects", 2011, "NPOと多様な主体との協働の推進", "NPOと多様な主体との協働の推進"),
    ],
)  # fmt: skip
def test_a_thing_keeps_its_id(old: str, new: str, view: str, year: int, name_before: str, name_after: str) -> None:
    found = identify("s", _edited((old, new)), FIRST)
    (record_id,) = [
        key
        for key in _ids(FIRST, view, fiscal_year=year, name=name_before)
        if key in _ids(found.entries, view, fiscal_year=year, name=name_after)
    ]
    assert record_id in FIRST
    assert set(found.entries) == set(FIRST)


def test_a_decision_says_how_and_what_else_it_might_have_been() -> None:
    renamed = (f"４．{FURUSATO}", "４．NPOふるさと雇用再生事業")
    found = identify("s", _edited(renamed), FIRST)
    (decision,) = found.decisions
    assert decision.record_id == _id(FIRST, "projects", fiscal_year=2011, name=FURUSATO)
    assert decision.method == "similarity"
    assert 80 < decision.score < 100
    assert (decision.runner_up, decision.runner_up_score) == (None, None)
    # another project of that year has gone: it might have been that one
    page_ = _edited(renamed)
    (decision,) = identify("s", _without(page_, 2011, 1), FIRST).decisions
    assert decision.record_id == _id(FIRST, "projects", fiscal_year=2011, name=FURUSATO)
    assert decision.runner_up == _id(FIRST, "projects", name="新しい公共支援基金事業")
    assert decision.runner_up_score is not None
    assert decision.runner_up_score < 50


def _without(page_: Page, fiscal_year: int, position: int) -> Page:
    """The page without one project."""
    return replace(
        page_,
        projects=tuple(p for p in page_.projects if (p.fiscal_year, p.position) != (fiscal_year, position)),
        budgets=tuple(b for b in page_.budgets if (b.fiscal_year, b.project_position) != (fiscal_year, position)),
    )


def test_where_a_new_basic_project_moves_the_codes_on_names_tell() -> None:
    names = ["県民の社会参画活動への支援", "NPOが活発に活動できる環境の充実", "NPOと多様な主体との協働の推進"]
    first = "<br>\n　".join(f"5210{n} {name}" for n, name in enumerate(names, 1))
    then = "<br>\n　".join(f"5210{n} {name}" for n, name in enumerate(["寄附の文化の普及", *names], 1))
    found = identify("s", _edited((first, then)), FIRST).entries
    for name in names:
        now = _id(found, "basic_projects", fiscal_year=2011, name=name)
        assert now == _id(FIRST, "basic_projects", fiscal_year=2011, name=name)
    # 52101 is the id of what stood there first
    new = _id(found, "basic_projects", fiscal_year=2011, code="52101")
    assert new == _hash("s", "basic_projects", 2011, "52101", 2)


SENTENCES = (
    "しかし、NPOの活動基盤は安定したものとはいえず、今後は支援が要ります。また、財源の確保と県民の参画を促進します。"
)
FIRST_HALF, SECOND_HALF = SENTENCES[:36], SENTENCES[36:]


@pytest.mark.parametrize(
    ("before", "after", "goes_on"),
    [
        # an edited word, a new clause: the same; another sentence in the same place: another
        ([SENTENCES], [SENTENCES.replace("安定した", "強固な")], {0: 0}),
        ([SENTENCES], ["特に若い世代では、" + SENTENCES], {0: 0}),
        ([SENTENCES], ["特定非営利活動促進法を厳正に運用し、事業報告書類の未提出法人に改善を命じます。"], {}),
        # cut in two, and joined: the longer part goes on
        ([SENTENCES], [FIRST_HALF, SECOND_HALF], {0: 0}),
        ([FIRST_HALF, SECOND_HALF], [SENTENCES], {0: 0}),
        # two that change places, one of them edited
        ([FIRST_HALF, SECOND_HALF], [SECOND_HALF, FIRST_HALF.replace("今後", "当面")], {0: 1, 1: 0}),
        # one of two equal ones has gone
        ([FIRST_HALF, SECOND_HALF, FIRST_HALF], [SECOND_HALF, FIRST_HALF], {0: 1, 1: 0}),
    ],
)
def test_statements(before: list[str], after: list[str], goes_on: dict[int, int]) -> None:
    """`goes_on`: which of those after is which of those before."""
    then = identify("s", _stating(before)).entries
    now = identify("s", _stating(after), then).entries
    old, new = _ids(then, "statements"), _ids(now, "statements")
    assert {n: old.index(key) for n, key in enumerate(new) if key in old} == goes_on


def _stating(texts: Iterable[str]) -> Page:
    """A page that says nothing but these issues."""
    like = PAGE.statements[0]
    empty = dict.fromkeys(("years", "measures", "basic_projects", "purposes", "targets", "projects", "budgets"), ())
    statements = tuple(replace(like, position=n, text=text, text_start=n) for n, text in enumerate(texts, 1))
    changes: dict[str, Any] = {**empty, "problems": (), "statements": statements}
    return replace(PAGE, **changes)


PAIRS = [
    (one, other)
    for one, other in permutations(PAGE.projects, 2)
    if one.fiscal_year == other.fiscal_year and one.name != other.name
]


def test_no_project_of_the_page_takes_anothers_place() -> None:
    """One goes as another of its year comes, in the same place: NPO推進強化事業 is not NPO活動支援推進事業, for one."""
    assert len(PAIRS) > 100
    for gone, come in PAIRS:
        before = identify("s", _without(PAGE, come.fiscal_year, come.position)).entries
        after = identify("s", _without(PAGE, gone.fiscal_year, gone.position), before)
        names = {entry.record.name for key, entry in after.entries.items() if isinstance(entry.record, Project)}
        assert come.name in names
        for key, entry in after.entries.items():
            if isinstance(entry.record, Project) and key in before:
                was = before[key].record
                assert isinstance(was, Project)
                assert was.name == entry.record.name, (gone.name, come.name)


def test_of_two_projects_that_exchange_names_each_id_stays_with_its_name() -> None:
    names = ("新しい公共支援基金事業", FURUSATO)
    exchanged = dict(zip(names, names[::-1], strict=True))
    projects = tuple(
        replace(p, name=exchanged.get(p.name, p.name)) if p.fiscal_year == 2011 else p for p in PAGE.projects
    )
    found = identify("s", replace(PAGE, projects=projects), FIRST)
    assert set(found.entries) == set(FIRST)
    for name in names:
        ids = (_id(entries, "projects", fiscal_year=2011, name=name) for entries in (FIRST, found.entries))
        assert len(set(ids)) == 1


TWIN = "NPO推進強化事業"


def _twins(entries: Entries) -> list[str]:
    return _ids(entries, "projects", fiscal_year=2003, name=TWIN)


def test_of_two_projects_of_one_name_the_one_with_the_figure_keeps_it() -> None:
    with_figure, bare = _twins(FIRST)
    numbers = [p.position for p in PAGE.projects if p.fiscal_year == 2003 and p.name == TWIN]
    found = identify("s", _without(PAGE, 2003, numbers[0]), FIRST)
    assert _twins(found.entries) == [bare]
    assert [d.method for d in found.decisions] == ["content"]
    found = identify("s", _without(PAGE, 2003, numbers[1]), FIRST)
    assert _twins(found.entries) == [with_figure]
    # amended: the other one is known by its content, this one by what is left
    found = identify("s", _edited(("4,200千円", "4,300千円")), FIRST)
    assert _twins(found.entries) == [with_figure, bare]
    assert set(found.entries) == set(FIRST)


def _follow(*pages: Page) -> list[Identified]:
    """Pages one after another, as an archive takes them."""
    before: dict[str, Any] = {}
    gone: dict[str, Any] = {}
    found = []
    for page_ in pages:
        found.append(identify("s", page_, before, gone))
        now = found[-1].entries
        gone = {key: entry for key, entry in (gone | before).items() if key not in now}
        before = now
    return found


def test_what_comes_back_is_what_went() -> None:
    first, _, third = _follow(PAGE, _without(PAGE, 2011, 1), PAGE)
    assert set(third.entries) == set(first.entries)
    project = _id(first.entries, "projects", name="新しい公共支援基金事業")
    assert {d.record_id for d in third.decisions} == {
        project,
        *(key for key, entry in first.entries.items() if entry.owner == project),
    }
    assert {d.method for d in third.decisions} == {"reappearance"}


def test_an_id_is_never_given_twice() -> None:
    """A project is renamed, later goes; a new one of its first name is another."""
    renamed = _edited((f"４．{FURUSATO}", "４．持続できる団体づくり"))
    first, _, _, last = _follow(PAGE, renamed, _without(renamed, 2011, 4), PAGE)
    old = _id(first.entries, "projects", fiscal_year=2011, name=FURUSATO)
    new = _id(last.entries, "projects", fiscal_year=2011, name=FURUSATO)
    assert new != old
    assert new == _hash("s", "projects", 2011, FURUSATO, 2)
    # and its figures are its own
    figures = {key for key, entry in last.entries.items() if entry.owner == new}
    assert len(figures) == 2
    assert figures.isdisjoint(first.entries)


def test_problems_and_unread_text_are_known_by_their_key_alone() -> None:
    page_ = _edited(("521012", "521013"))
    found = identify("s", page_, FIRST)
    (problem,) = [p for p in page_.problems if p.printed == "521013"]
    assert _id(found.entries, "problems", printed=problem.printed) not in FIRST
    assert found.decisions == ()


def test_it_matters_not_in_which_order_the_gone_are_given() -> None:
    captures = [capture.page for capture in history(seed=7, captures=150, rate=0.05)]
    found = _follow(*captures)
    everything = {key: entry for identified in found for key, entry in identified.entries.items()}
    before = found[-1].entries
    gone = [(key, entry) for key, entry in everything.items() if key not in before]
    assert len(gone) > 20
    expected = identify("s", captures[0], before, dict(gone))
    assert {"reappearance", "similarity"} <= {decision.method for decision in expected.decisions}
    for seed in range(5):
        Random(seed).shuffle(gone)
        again = identify("s", captures[0], before, dict(gone))
        assert (list(again.entries), again.decisions) == (list(expected.entries), expected.decisions)


@pytest.mark.parametrize("kind", EDITS)
def test_one_edit_of_any_kind_splits_and_mixes_nothing(kind: str) -> None:
    for seed in range(30):
        edition = Edition(Random(seed))
        captures = [edition.capture()]
        # something must have gone before it can come back
        for step in ("remove", kind) if kind == "reappear" else (kind,):
            edition.forget()
            assert any(edition.edit(step) for _ in range(500)), step
            captures.append(edition.capture((step,)))
        tally = follow(captures)
        assert (tally.split, tally.mixed) == (0, 0), seed


# The same draws each time: it is a rate, none in some millions, and no law that every history keeps.
@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(10_000, 99_999), records=st.sampled_from([30, 60, 120]))
def test_a_history_splits_and_mixes_nothing(seed: int, records: int) -> None:
    tally = follow(history(seed, 20, records=records))
    assert (tally.split, tally.mixed) == (0, 0)


def test_where_thirty_captures_are_missing_few_are_split() -> None:
    known = split = 0
    for seed in range(10):
        tally = follow(islice(history(seed, MISSING + 2), 0, None, MISSING + 1))
        known, split = known + tally.known, split + tally.split
    assert split <= 0.03 * known


def test_a_line_that_a_page_repeats_ten_thousand_times_has_as_many_ids_at_once() -> None:
    many = parse("<li>同じ行です。</li>".encode() * 10_000)
    start = time.perf_counter()
    entries = identify("s", many).entries
    assert time.perf_counter() - start < 5
    assert len(entries) == 10_001
    assert {_hash("s", "unread", "同じ行です。", number) for number in (1, 5000, 10_000)} <= entries.keys()


def test_more_things_than_people_write_are_new_where_they_were_edited_and_known_where_not() -> None:
    """A thousand issues of one year, each edited, are a million pairs to compare; the projects beside them stay few."""

    def crowded(word: str) -> Page:
        issues = "".join(f"<li>県民と{number}{word}の取組を進めます。</li>" for number in range(1000))
        projects = f"<h3>事業概要</h3><p>1.協働{word}事業</p><p>事業概要：県民との協働を進める拠点を運営する。</p>"
        same = "<h2>平成22年度 施策概要</h2><h3>現状と課題</h3><ul><li>同じ課題です。</li></ul>"
        return parse(f"{same}<h2>平成23年度 施策概要</h2><h3>現状と課題</h3><ul>{issues}</ul>{projects}".encode())

    before = identify("s", crowded("推進")).entries
    found = identify("s", crowded("促進"), before).entries
    assert _id(found, "projects", fiscal_year=2011) == _id(before, "projects", fiscal_year=2011)
    assert _id(found, "statements", fiscal_year=2010) == _id(before, "statements", fiscal_year=2010)
    assert not set(_ids(found, "statements", fiscal_year=2011)) & before.keys()
