"""The visits to a source as a timeline; pure.

In go its captures, newest first, and how many records each changed; out come stretches: a capture that brought something
alone, and those in a row that brought nothing new, or failed in the same way, as one. Or marks, when
visits of each outcome were, as places on a strip.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from ..archive import Capture, Outcome
from ..labels import OUTCOME_LABELS

STEPS = 400
"""Places on the strip after the first: visits that fall on one are one mark."""

_NOTHING_NEW = ("unchanged", "not_modified")
_MANY = (*_NOTHING_NEW, "gone", "failed", "suspect")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Captures in a row, newest first, of which one line tells; `changes` are the records that the one changed, by kind."""

    captures: tuple[Capture, ...]
    changes: Mapping[str, int]

    @property
    def newest(self) -> Capture:
        return self.captures[0]

    @property
    def oldest(self) -> Capture:
        return self.captures[-1]


def stretches(captures: Iterable[Capture], changes: Mapping[str, Mapping[str, int]]) -> list[Stretch]:
    """The captures in order, folded; `changes` by capture_id."""
    return [
        Stretch(captures=part, changes=changes.get(part[0].capture_id, {}))
        for _, group in groupby(captures, key=_kind)
        for part in _parts(tuple(group))
    ]


def _kind(capture: Capture) -> str:
    return "nothing new" if capture.outcome in _NOTHING_NEW else capture.outcome


def _parts(same: Sequence[Capture]) -> list[tuple[Capture, ...]]:
    return [tuple(same)] if same[0].outcome in _MANY else [(one,) for one in same]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """How many visits had an outcome, and where they are on the strip: from 0, the first of all, to STEPS, the last of all."""

    outcome: str
    visits: int
    places: tuple[int, ...]


def strip(outcomes: Sequence[Outcome]) -> list[Marks]:
    """The marks of each outcome that there is; what came of the visits is given newest first."""
    times = [datetime.fromisoformat(one.captured_at).timestamp() for one in outcomes]
    found: dict[str, list[int]] = {}
    for time, one in zip(times, outcomes, strict=True):
        place = round(STEPS * (time - times[-1]) / (times[0] - times[-1] or 1))
        found.setdefault(one.outcome, []).append(place)
    return [
        Marks(outcome=outcome, visits=len(found[outcome]), places=tuple(sorted(set(found[outcome]))))
        for outcome in OUTCOME_LABELS
        if outcome in found
    ]
