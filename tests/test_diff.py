"""What is a change, and what kind of change it is."""

import pytest

from pref_scraper import parse
from pref_scraper.diff import compare
from pref_scraper.identity import Entry, identify

from .editions import page


def _read(html: str) -> dict[str, Entry]:
    return identify("s", parse(html.encode())).entries


HTML = page().decode()
NAME = "３．（一部新）NPO活動支援緊急雇用創出事業"
FIRST_ISSUE = HTML[HTML.index("<li>県民一人ひとりが") : HTML.index("<li>しかし、NPOの")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("28,709千円", "29,100千円", {("budgets", "modified", "amount_yen"), ("budgets", "modified", "printed")}),
        (
            "（23） 3,111千円",
            "（23） －　千円",
            {("budgets", "modified", "amount_yen"), ("budgets", "modified", "printed")},
        ),
        ("28,709千円", "２８，７０９千円", {("budgets", "restyled", "printed")}),
        ("推進します。</p>\n<h4>２", "推進しました。</p>\n<h4>２", {("projects", "modified", "overview")}),
        ("52103 NPOと多様な", "52103 NPOと多彩な", {("basic_projects", "renamed", "name")}),
        (NAME, NAME.replace("３", "５"), {("projects", "moved", "ordinal")}),
        (NAME, NAME.replace("一部新", "新"), {("projects", "modified", "flag")}),
        ("施策・事業概要（平成15年度～平成23年度）</h1>", "施策の概要</h1>", {("pages", "modified", "title")}),
        (FIRST_ISSUE, "", {("statements", "removed", None), ("statements", "moved", "position")}),
        (
            "2,140</td>",
            "2,150</td>",
            {("targets", "modified", "target_value"), ("targets", "modified", "target_printed")},
        ),
    ],
)
def test_an_edit_is_the_change_that_it_is(old: str, new: str, expected: set[tuple[str, str, str | None]]) -> None:
    assert old in HTML
    before, after = _read(HTML), _read(HTML.replace(old, new, 1))
    found = compare(before, after)
    assert {(change.record, change.change, change.field) for change in found} == expected
    # and back again
    assert len(compare(after, before)) == len(found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('requestToken = "0f3c9a1e5b7d"', 'requestToken = "ffffffffffff"'),
        ('id="page-35168030780"', 'id="template-2027"'),
        ('<li><a href="#tw">twitter</a></li>', '<li><a href="#x">X</a></li>'),
        ("環境生活部</a>", "地域連携部</a>"),
        ("059-222-5981", "059-222-0000"),
        ("ページID：000035861", "ページ番号：000035861"),
        ("<h4>", "<p><strong>"),
        ("<h3>", '<h2 class="new">'),
        ("</li>\n", "</li>\n\n<!-- counter 17 -->\n"),
        ('<p class="table-swipe-note">※左右にフリックすると表がスライドします。</p>', ""),
    ],
)
def test_another_template_or_chrome_is_no_change(old: str, new: str) -> None:
    assert old in HTML
    before, after = _read(HTML), _read(HTML.replace(old, new))
    assert compare(before, after) == []


def test_what_comes_back_has_reappeared() -> None:
    with_issue, without = _read(HTML), _read(HTML.replace(FIRST_ISSUE, ""))
    (change,) = [c for c in compare(without, with_issue, seen=set(with_issue)) if c.change != "moved"]
    assert (change.change, change.record, change.field) == ("reappeared", "statements", None)


def test_a_change_knows_its_project() -> None:
    """A project's own field and a figure of it; an issue has none."""
    before = _read(HTML)
    projects = {(getattr(e.record, "fiscal_year", 0), getattr(e.record, "name", "")): key for key, e in before.items()}
    name = "NPO活動支援緊急雇用創出事業"
    for old, new in ((NAME, NAME.replace("一部新", "新")), ("（23） 119,206千円", "（23） 119,207千円")):
        found = compare(before, _read(HTML.replace(old, new, 1)))
        assert {(c.project_id, c.project) for c in found} == {(projects[2011, name], name)}
    found = compare(before, _read(HTML.replace(FIRST_ISSUE, "")))
    assert {(c.project_id, c.project) for c in found} == {(None, None)}


def test_two_projects_of_one_name_in_one_year_are_two() -> None:
    found = _read(HTML)
    of_2003 = [e.record for e in found.values() if e.view == "projects" and getattr(e.record, "fiscal_year", 0) == 2003]
    assert len(of_2003) == 9
