"""What views, columns, kinds, outcomes and years are called in the language of a page or of a text; pure.

`JAPANESE` and `ENGLISH` have the same for both. A module that has words of its own keeps them in one table of
pairs, Japanese first, and takes those of a language by `Names.words`. What a page says itself stands as printed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .japanese.years import format_year
from .labels import CHANGE_LABELS, OUTCOME_LABELS, VALUE_LABELS, VIEW_LABELS, column_label

_CAPITALS = {"id": "ID", "url": "URL", "http": "HTTP", "warc": "WARC", "yen": "(yen)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one language; `place` is where its words stand in a pair.

    `views` are for many rows and `record` for one of them, `year` for a fiscal year and `both_years` in both
    calendars, `moment` for a time to the minute.
    """

    language: str
    place: int
    views: Mapping[str, str]
    changes: Mapping[str, str]
    outcomes: Mapping[str, str]
    column: Callable[[str, str], str]
    record: Callable[[str], str]
    year: Callable[[int], str]
    both_years: Callable[[int], str]
    moment: Callable[[datetime], str]

    def words(self, table: Mapping[str, tuple[str, str]]) -> dict[str, str]:
        """The words of a table of pairs, by their keys."""
        return {key: pair[self.place] for key, pair in table.items()}

    def value(self, view: str, column: str, value: str) -> str:
        """A value of a column that is our own word, as a statement's `kind` is; any other as it is."""
        return VALUE_LABELS.get((view, column), {}).get(value, value) if self is JAPANESE else _spaced(value)

    def table(self, view: str) -> str:
        """The view in which people of this language look: itself, or its Japanese twin."""
        return VIEW_LABELS[view] if self is JAPANESE else view


def _spaced(name: str) -> str:
    """`not modified` for not_modified."""
    return " ".join(_CAPITALS.get(word, word) for word in name.replace("-", "_").split("_"))


def _headed(name: str) -> str:
    """`Basic projects` for basic_projects, `WARC record ID` for warc_record_id."""
    spaced = _spaced(name)
    return spaced[:1].upper() + spaced[1:]


JAPANESE = Names(
    language="ja",
    place=0,
    views=VIEW_LABELS,
    changes=CHANGE_LABELS,
    outcomes=OUTCOME_LABELS,
    column=column_label,
    record=VIEW_LABELS.__getitem__,
    year=format_year,
    both_years=lambda year: f"{format_year(year)} ({year})",
    moment=lambda at: f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
)
ENGLISH = Names(
    language="en",
    place=1,
    views={view: _headed(view) for view in VIEW_LABELS},
    changes={change: _spaced(change) for change in CHANGE_LABELS},
    outcomes={outcome: _spaced(outcome) for outcome in OUTCOME_LABELS},
    column=lambda _, column: _headed(column),
    record=lambda view: _headed(view.removesuffix("s")),
    year=lambda year: f"FY {year}",
    both_years=lambda year: f"FY {year} ({format_year(year)})",
    moment=lambda at: f"{at:%Y-%m-%d %H:%M}",
)
