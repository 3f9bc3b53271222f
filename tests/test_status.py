"""`status`: what is told of a source's health after which visits, and the exit code that monitoring goes by."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from pref_scraper.archive import Archive
from pref_scraper.errors import UsageError
from pref_scraper.history import Expected, Health, status
from pref_scraper.options import interval
from pref_scraper.written import VERSION

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Answer, answer
from .test_cli import command, said

GOOD, GONE, SUSPECT = answer(page()), answer(status="404 Not Found"), answer(b"")


def visited(workshop: Workshop, *answers: Answer, expected: Expected | None = None) -> Health:
    """The health after visits that were answered so, each at midnight (UTC), the first on 2 April 2026."""
    for given in answers:
        workshop.site.answers[PATH] = given
        workshop.visit()
    with Archive.open(workshop.directory.database, version=VERSION, read_only=True) as archive:
        (found,) = status(archive, workshop.config.sources, expected)
    return found


@pytest.mark.parametrize(
    ("answers", "failures", "since"),
    [
        ((GOOD,), 0, None),
        ((GOOD, SUSPECT), 1, "2026-04-03T00:00:00Z"),
        ((GOOD, SUSPECT, SUSPECT), 2, "2026-04-03T00:00:00Z"),  # since the first of them
        ((GOOD, GONE, SUSPECT, GONE), 3, "2026-04-04T00:00:00Z"),  # nor was it good since
        ((SUSPECT, GOOD), 0, None),
        ((SUSPECT, GOOD, GONE), 1, None),  # a good visit ends it
        ((SUSPECT,), 1, "2026-04-02T00:00:00Z"),
    ],
)
def test_a_page_is_suspect_since_it_was_last_good(
    workshop: Workshop, answers: tuple[Answer, ...], failures: int, since: str | None
) -> None:
    found = visited(workshop, *answers)
    assert (found.failures_in_a_row, found.suspect_since) == (failures, since)
    assert (found.next_due, found.overdue) == (None, False)


@pytest.mark.parametrize(
    ("every", "now", "due", "overdue"),
    [
        (timedelta(days=1), "2026-04-02T08:00:00Z", "2026-04-03T00:00:00Z", False),
        (timedelta(days=1), "2026-04-03T01:00:00Z", "2026-04-03T00:00:00Z", False),  # late by a random while
        (timedelta(days=1), "2026-04-03T01:00:01Z", "2026-04-03T00:00:00Z", True),
        (timedelta(hours=12), "2026-04-03T00:00:00Z", "2026-04-02T12:00:00Z", True),
        (timedelta(days=7), "2026-04-09T00:59:00Z", "2026-04-09T00:00:00Z", False),
    ],
)
def test_a_visit_is_overdue_an_hour_after_it_was_due(
    workshop: Workshop, every: timedelta, now: str, due: str, overdue: bool
) -> None:
    """A visit in vain is a visit, too: that it was in vain is told by its outcome."""
    for given in (GOOD, GONE):
        later = timedelta(days=given is GONE)
        expected = Expected(every=every, now=datetime.fromisoformat(now) + later)
        found = visited(workshop, given, expected=expected)
        assert found.next_due == f"{datetime.fromisoformat(due) + later:%Y-%m-%dT%H:%M:%SZ}"
        assert found.overdue == overdue


def test_a_source_that_was_never_visited_is_due_now(workshop: Workshop) -> None:
    now = datetime(2026, 4, 1, 12, tzinfo=UTC)
    (found,) = status(None, workshop.config.sources, Expected(every=timedelta(days=1), now=now))
    assert (found.last_visit, found.next_due, found.overdue) == (None, "2026-04-01T12:00:00Z", True)


def test_monitoring_goes_by_the_exit_code(workshop: Workshop) -> None:
    """Also where one source is suspect and another overdue: the graver of the two."""
    where = workshop.path
    never = command("status", where=where)
    assert (never.returncode, "never visited" in never.stdout) == (0, True)
    assert command("status", "--every", "1d", where=where).returncode == 3
    visited(workshop, GOOD)
    assert command("status", where=where).returncode == 0
    late = command("status", "--every", "1d", where=where)
    assert (late.returncode, late.stdout.splitlines()[-1]) == (3, "  next visit due 2026-04-03T00:00:00Z: overdue")
    visited(workshop, SUSPECT)
    both = command("status", "--every", "1d", where=where)
    assert both.returncode == 4
    assert both.stdout.startswith(
        "mie-npo  not well: suspect, 1 visit in a row without the page, suspect since 2026-04-03T00:00:00Z: "
    )
    workshop.site.answers[PATH] = GOOD
    assert command("run", where=where).returncode == 0
    assert command("status", "--every", "1d", where=where).returncode == 0


def test_the_health_as_json(workshop: Workshop) -> None:
    visited(workshop, GOOD, SUSPECT)
    (told,) = json.loads(command("status", "--json", "--every", "12h", where=workshop.path).stdout)
    assert told == {
        "source_id": "mie-npo",
        "name": "三重県",
        "url": f"{workshop.site.url}{PATH}",
        "last_visit": "2026-04-03T00:00:00Z",
        "outcome": "suspect",
        "reason": "the page is empty",
        "last_good": "2026-04-02T00:00:00Z",
        "last_change": "2026-04-02T00:00:00Z",
        "failures_in_a_row": 1,
        "captures": 2,
        "suspect_since": "2026-04-03T00:00:00Z",
        "next_due": "2026-04-03T12:00:00Z",
        "overdue": True,
    }


@pytest.mark.parametrize("text", ["0d", "1", "d", "1w", "-1d", "１d", "", "1d "])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no interval: expected one such as 1d, 12h or 30m"):
        interval(text)


def test_wrong_usage_gets_a_sentence(workshop: Workshop) -> None:
    done = command("status", "--every", "daily", where=workshop.path)
    assert (done.returncode, "'daily' is no interval" in said(done)) == (2, True)
