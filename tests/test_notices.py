"""Which notices follow from captures, and what a letter of them says."""

from datetime import UTC, datetime, timedelta

import pytest

from pref_scraper.archive import Outcome
from pref_scraper.letter import Letter
from pref_scraper.notices import Notice, follow

OUTCOMES = {
    "n": "new",
    "c": "changed",
    "u": "unchanged",
    "=": "not_modified",
    "f": "failed",
    "g": "gone",
    "s": "suspect",
}


def captures(outcomes: str, every: timedelta = timedelta(days=1)) -> list[Outcome]:
    """A capture per sign of OUTCOMES, and none for a dot."""
    start = datetime(2026, 4, 1, 18, tzinfo=UTC)
    days = ((start + number * every, sign) for number, sign in enumerate(outcomes) if sign != ".")
    return [Outcome(f"s-{at:%Y%m%dT%H%M%SZ}", f"{at:%Y-%m-%dT%H:%M:%SZ}", OUTCOMES[sign], None) for at, sign in days]


def told(outcomes: str) -> list[tuple[int, str]]:
    """The notices of daily captures: on which day, from 0, and of what kind."""
    days = {one.capture_id: number for number, one in zip(_days(outcomes), captures(outcomes), strict=True)}
    return [(days[notice.capture.capture_id], notice.kind) for notice in follow("s", captures(outcomes))]


def _days(outcomes: str) -> list[int]:
    return [number for number, sign in enumerate(outcomes) if sign != "."]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        pytest.param("nu=u", [], id="a page that stays as it is, and its first capture"),
        pytest.param("nuccu", [(2, "changed"), (3, "changed")], id="each change"),
        pytest.param("nuffu", [(2, "failed"), (4, "recovered")], id="a failure, once, and its end"),
        pytest.param("nfufu", [(1, "failed"), (2, "recovered"), (3, "failed"), (4, "recovered")], id="two failures"),
        pytest.param("nsfgu", [(1, "suspect"), (4, "recovered")], id="one trouble, however it looks"),
        pytest.param("ngc", [(1, "gone"), (2, "recovered"), (2, "changed")], id="back, and changed"),
        pytest.param("ffn", [(0, "failed"), (2, "recovered")], id="a page that is not there at first"),
        pytest.param("n" + "f" * 7, [(1, "failed")], id="not a week yet"),
        pytest.param("n" + "f" * 8, [(1, "failed"), (8, "lasting")], id="a week"),
        pytest.param("nf" + "." * 9 + "ff", [(1, "failed"), (11, "lasting")], id="the first visit after a week"),
        pytest.param(
            "nf" + "." * 9 + "u", [(1, "failed"), (11, "recovered")], id="well at the first visit after a week"
        ),
        pytest.param(
            "n" + "f" * 70 + "u",
            [(1, "failed"), (8, "lasting"), (38, "lasting"), (68, "lasting"), (71, "recovered")],
            id="seldom, where it lasts",
        ),
    ],
)
def test_what_is_told(outcomes: str, expected: list[tuple[int, str]]) -> None:
    assert told(outcomes) == expected


def test_a_trouble_is_told_by_days_and_not_by_visits() -> None:
    """Every ten minutes for a day: one notice, however many visits failed."""
    found = list(follow("s", captures("n" + "f" * 143, timedelta(minutes=10))))
    assert [notice.kind for notice in found] == ["failed"]


def test_a_visit_that_is_early_within_its_day_still_ends_the_week() -> None:
    late, early = (Outcome(f"s-{day}", f"2026-04-{day}", "failed", None) for day in ("01T18:30:00Z", "08T18:01:00Z"))
    assert [notice.kind for notice in follow("s", [late, early])] == ["failed", "lasting"]


def test_a_notice_says_since_when_and_until_when_all_was_well() -> None:
    first, second = follow("s", captures("nu" + "f" * 8))
    assert (first.last_good, first.since) == ("2026-04-02T18:00:00Z", "2026-04-03T18:00:00Z")
    assert (second.since, second.last_good) == (first.since, first.last_good)
    assert second.key == "s-20260410T180000Z lasting"


@pytest.mark.parametrize("cut", range(1, 12))
def test_more_captures_take_no_notice_back(cut: int) -> None:
    """What is told of the first captures is told of all of them, too."""
    outcomes = "nfsucgffucu="
    whole: list[Notice] = list(follow("s", captures(outcomes)))
    part = list(follow("s", captures(outcomes[:cut])))
    assert [one.key for one in whole][: len(part)] == [one.key for one in part]


def test_a_text_that_finds_no_room_is_cut_between_lines_and_says_so() -> None:
    letter = Letter(title="変更", lines=tuple(f"{number} 行目" for number in range(100)))
    assert letter.text(10_000).splitlines() == list(letter.lines)
    cut = letter.text(300)
    assert len(cut) <= 300
    *kept, last = cut.splitlines()
    assert kept == list(letter.lines[: len(kept)])
    assert last == f"… ほか {100 - len(kept)} 行（pref-scraper status, pref-scraper diff）"
