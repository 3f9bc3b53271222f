"""How alike two records of one view are: a number from 0 to 100; pure.

Evidence is weighed field by field. A field that is empty on both sides says nothing; on one
side, that they differ. What neighbours share or take over from each other (basic project,
ordinal, flag) is no evidence. 100 is kept for two records that say the same in any width.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz.fuzz import ratio

from .japanese.width import fold
from .records import BODY, Record, columns

Figures = frozenset[tuple[int, int]]
"""A project's printed amounts, as (budget_year, amount_yen); dashes are none."""
NO_FIGURES: Figures = frozenset()
Content = tuple[object, ...]

# By view: how much each field says. `figures` are those of a project's budgets.
_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "measures": {"name": 2, "code": 1},
    "basic_projects": {"name": 2, "code": 1},
    "purposes": {"target": 1, "intent": 3},
    "targets": {"item": 3, "target_value": 2, "actual_value": 2, "note": 2},
    "statements": {"text": 1},
    "projects": {"name": 3, "overview": 4, "figures": 4},
    "budgets": {"amount_yen": 3, "basis": 1, "budget_year": 1},
}

ENOUGH: Mapping[str, float] = {
    "measures": 33,
    "basic_projects": 33,
    "targets": 50,
    "statements": 60,
    "projects": 50,
    "budgets": 60,
}
"""From where on two records with different keys are one thing; in other views they never are.

A basic project is the same by its code alone, or by a name 85 alike. Half of a statement
that is cut in two is 67 like the whole; two sentences in one list of the page that this
was made for are at most 44 alike, two overviews 41.
"""

# Texts are this much alike whatever they say: no more than that counts as nothing. Codes are
# the same or not.
_UNRELATED = {
    ("measures", "code"): 99,
    ("measures", "name"): 70,
    ("basic_projects", "code"): 99,
    ("basic_projects", "name"): 70,
    ("purposes", "intent"): 40,
    ("targets", "note"): 40,
    ("projects", "overview"): 40,
}
# Where a name is all there is, みえ県民交流センター管理事業 and …指定管理事業, 93 alike, are two:
# its differences count this many times.
_ALONE = 8
_NAMES = frozenset({"item", "name"})
# Amounts of one year that differ: one may be the other, amended.
_AMENDED = 10
_NEARLY = 99.9


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """`fold`, remembered: a page's texts are compared from one capture to the next."""
    return fold(text)


def plain(value: Any) -> Any:
    """A value in one width; of a list, each in it."""
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    return folded(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a record says: `content` is all of it, `facts` the fields that are weighed, without empty ones."""

    view: str
    content: Content
    facts: Mapping[str, Any]


def evidence(view: str, record: Record, figures: Figures = NO_FIGURES) -> Evidence:
    """What a record says, and what of it is weighed."""
    found = {name: figures if name == "figures" else getattr(record, name) for name in _WEIGHTS.get(view, ())}
    facts = {name: plain(value) for name, value in found.items() if value not in (None, "", NO_FIGURES)}
    return Evidence(view, content(view, record, figures), facts)


def content(view: str, record: Record, figures: Figures = NO_FIGURES) -> Content:
    """What a record says in one width, without its place, its numbers and its owner; a project with its figures."""
    return (*(plain(getattr(record, name)) for name in columns(view, BODY)), figures)


def likeness(old: Evidence, new: Evidence) -> float:
    """How alike two records of one view are, with one decimal."""
    if old.content == new.content:
        return 100.0
    was, now = old.facts, new.facts
    weights = {name: weight for name, weight in _WEIGHTS.get(old.view, {}).items() if name in was or name in now}
    if not weights:
        return 0.0
    agreed = (
        weight * _agree(was.get(name), now.get(name), _UNRELATED.get((old.view, name), 0))
        for name, weight in weights.items()
    )
    score = sum(agreed) / sum(weights.values())
    if weights.keys() <= _NAMES:
        score = 100 - _ALONE * (100 - score)
    return round(max(0.0, min(score, _NEARLY)), 1)


def _agree(was: Any, now: Any, unrelated: float) -> float:
    """How much one field agrees, 0 to 100."""
    if was is None or now is None:
        return 0.0
    if isinstance(was, frozenset):
        return _agree_in_figures(was, now)
    if isinstance(was, str):
        return max(0.0, (ratio(was, now) - unrelated) * 100 / (100 - unrelated))
    return 100.0 if was == now else 0.0


def _agree_in_figures(was: Figures, now: Figures) -> float:
    if was & now:
        return 100 * len(was & now) / min(len(was), len(now))
    return 0.0 if {year for year, _ in was}.isdisjoint(year for year, _ in now) else _AMENDED
