"""The visits to a source as a timeline; pure.

In go its captures, newest first, and how many records each changed; out come stretches: a capture that brought something
alone, and those in a row that brought nothing new, or failed in the same way, as one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..archive import Capture

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
