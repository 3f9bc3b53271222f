"""The same records from any markup, width and encoding."""

import os
import random
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pref_scraper import Page, parse
from pref_scraper.parsing import forget

from .editions import page
from .render import Content, Renderer, content

EXAMPLES = int(os.environ.get("MARKUP_EXAMPLES", "300"))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(unicodedata.normalize("NFKC", value).split())
    return value


def _comparable(records: list[dict[str, Any]], drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records with the columns that were drawn, in one width."""
    names = drawn[0].keys() if drawn else ()
    return [{name: _plain(record[name]) for name in names} for record in records]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_rendered_is_read(seed: int) -> None:
    pick = random.Random(seed)
    made = content(pick)
    renderer = Renderer(pick)
    html = renderer.page(made)
    found = parse(html)
    read = found.to_dict()
    for view in vars(Content()):
        drawn = getattr(made, view)
        assert _comparable(read[view], drawn or read[view]) == [{k: _plain(v) for k, v in r.items()} for r in drawn], (
            view
        )
    assert [_plain(unread.text) for unread in found.unread] == [_plain(text) for text in renderer.strangers]
    assert found.encoding.replaced == 0
    _account(found, [_plain(title) for title in renderer.titles])
    for view, record in found.records():
        if view in ("statements", "budgets"):
            text = getattr(record, "text" if view == "statements" else "printed")
            assert found.text[record.text_start : record.text_end] == text


@given(seed=st.integers(0, 2**32), others=st.lists(st.integers(0, 2**32), min_size=1, max_size=3))
@settings(max_examples=max(EXAMPLES // 10, 30), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_read_before_changes_nothing(seed: int, others: list[int]) -> None:
    pages = [Renderer(pick).page(content(pick)) for pick in map(random.Random, [seed, *others, seed])]
    forget()
    alone = parse(pages[0])
    forget()
    assert [parse(body) for body in (*pages[1:], pages[0] + b" ", pages[0])][-1] == alone


# What stands on the fixture page, and what stands there on another of its captures, which says the same.
UNREAD_MARKUP = {
    "a token in a script": ('"0f3c9a1e5b7d"', '"7d5b1e9a3c0f"'),
    "an address with a version": ("style.css?v=20240401", "style.css?v=20250401"),
    "a comment": ("A RECONSTRUCTION", "A RECONSTRUCTION OF THE NEXT DAY"),
    "an attribute within the body": ('<p class="logo">', '<p class="logo" data-now="7d5b">'),
}


@pytest.mark.parametrize(("old", "new"), list(UNREAD_MARKUP.values()), ids=list(UNREAD_MARKUP))
def test_a_capture_that_differs_in_what_is_not_read_is_not_read_again(old: str, new: str) -> None:
    other = page().replace(old.encode(), new.encode())
    assert other != page()
    assert parse(other) is parse(page())


def test_pages_of_one_text_are_told_apart_by_all_else_that_is_read() -> None:
    html = "<title>{0}</title><p>平成２３年度　施策概要</p>"
    assert [parse(html.format(title).encode()).page.title for title in ("県", "市")] == ["県", "市"]
    assert [parse(html.format("県").encode(codec)).encoding.used for codec in ("utf-8", "cp932")] == ["utf-8", "cp932"]


def _account(found: Page, titles: list[str]) -> None:
    """Each character of the body stands in one record, in unread, or in a heading that was rendered."""
    owner = [""] * len(found.text)
    for view, record in found.records():
        if view in ("pages", "problems", "budgets"):
            continue  # a budget stands inside its project, a problem beside a record
        for place in range(record.text_start, record.text_end):
            assert not owner[place] or (owner[place], view) == ("projects", "unread"), (view, owner[place])
            owner[place] = view
    for budget in found.budgets:
        assert set(owner[budget.text_start : budget.text_end]) == {"projects"}
    body = found.text.partition("\n")[2]
    start = len(found.text) - len(body)
    free = "".join(char if not owner[start + at] else " " for at, char in enumerate(body))
    left = [_plain(line).strip("■【】") for line in free.split("\n") if line.strip()]
    markers = re.compile(r"・|\d\.?|\(\d\)")
    assert [line for line in left if line not in titles and not markers.fullmatch(line)] == []
    unread = sum(len("".join(record.text.split())) for record in found.unread)
    assert found.coverage.characters == len("".join(body.split()))
    assert found.coverage.read == found.coverage.characters - unread
