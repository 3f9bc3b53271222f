"""What stands around the body: breadcrumbs, department, contact, page id, date.

These belong to the capture and to no fiscal year: the department named above a text of
2003 is today's.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from . import chrome
from .stretch import Placed

_SEPARATORS = " \t\u00a0\u2003\u3000>＞»›→"


@dataclass(frozen=True, slots=True)
class Around:
    """The facts of a page that stand outside its body, as printed; None or empty where there are none."""

    page_id: str | None
    updated_on: str | None
    breadcrumbs: tuple[str, ...]
    organization: tuple[str, ...]
    contact: tuple[str, ...]


def read_around(lines: Sequence[Placed]) -> Around:
    """The facts in the lines outside of the body; the first of a kind counts."""
    facts: dict[str, tuple[int, str | None]] = {}
    for number, placed in enumerate(lines):
        fact = placed.line.fact
        if fact is not None:
            facts.setdefault(fact[0], (number, fact[1]))
    below = {kind: number + 1 for kind, (number, _) in facts.items()}
    return Around(
        page_id=facts.get(chrome.PAGE_ID, (0, None))[1],
        updated_on=facts.get(chrome.UPDATED, (0, None))[1],
        breadcrumbs=_list_at(below.get(chrome.BREADCRUMBS), lines),
        organization=_list_at(below.get(chrome.ORGANIZATION), lines),
        contact=_contact_at(below.get(chrome.CONTACT), lines),
    )


def _list_at(start: int | None, lines: Sequence[Placed]) -> tuple[str, ...]:
    """The items of the list that follows a label's line, without the signs between them."""
    if start is None or start >= len(lines) or (within := lines[start][2]) is None:
        return ()
    items = itertools.takewhile(lambda placed: placed[2] == within, lines[start:])
    return tuple(text for line, *_ in items if (text := line.text.strip(_SEPARATORS)))


def _contact_at(start: int | None, lines: Sequence[Placed]) -> tuple[str, ...]:
    if start is None:
        return ()
    texts = (line.text for line, *_ in lines[start:])
    return tuple(itertools.takewhile(lambda text: not chrome.ends_contact(text), texts))
