"""What is asked for again, how long after, and what a server says about it."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pref_scraper.failures import Failure
from pref_scraper.records import Exchange
from pref_scraper.retries import BACKOFF, LONGEST_REST, backoff, http_date, reason_to_retry, retry_at
from pref_scraper.wire import Outcome

NOW = datetime(2026, 4, 1, 12, 0, 0, tzinfo=UTC)


def _outcome(status: int | None, failure: str | None = None, *, may_pass: bool = False) -> Outcome:
    exchange = Exchange(url="http://a.example/", request=b"", response=b"", status=status)
    why = Failure(failure, "disconnect", may_pass) if failure else None
    return Outcome(exchange=exchange, failure=why, headers={})


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_the_server_calls_passing_is_asked_for_again(status: int) -> None:
    assert reason_to_retry(_outcome(status)) == f"it answered {status}"


@pytest.mark.parametrize("status", [200, 203, 204, 301, 304, 400, 401, 403, 404, 408, 410, 451, 500, 501, 505, 599])
def test_any_other_answer_is_taken_as_it_is(status: int) -> None:
    assert reason_to_retry(_outcome(status)) is None


def test_a_failure_is_tried_again_where_it_may_pass() -> None:
    assert reason_to_retry(_outcome(None, "it refuses the connection", may_pass=True)) == "it refuses the connection"
    assert reason_to_retry(_outcome(200, "it broke the connection off", may_pass=True)) == "it broke the connection off"
    assert reason_to_retry(_outcome(None, "its certificate is not valid")) is None


@given(st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_wait_doubles_and_is_never_the_same_for_all(tries: int, random: Random) -> None:
    longest = BACKOFF * 2 ** (tries - 1)
    assert longest / 2 <= backoff(tries, random) <= longest


# Retry-After, Date of the answer, seconds until the next request: None where nothing was said.
SAID: list[tuple[str, str, float | None]] = [
    ("120", "", 120),
    ("0", "", 0),
    (" 7 ", "", 7),
    ("007", "", 7),
    ("Wed, 01 Apr 2026 12:05:00 GMT", "", 300),
    ("Wednesday, 01-Apr-26 12:05:00 GMT", "", 300),
    ("Wed Apr  1 12:05:00 2026", "", 300),
    ("Wed, 01 Apr 2026 12:05:00 GMT", "Wed, 01 Apr 2026 12:04:00 GMT", 60),
    ("Wed, 01 Apr 2026 10:05:00 GMT", "Wed, 01 Apr 2026 10:00:00 GMT", 300),
    ("Wed, 01 Apr 2026 12:05:00 GMT", "yesterday", 300),
    ("Wed, 01 Apr 2026 11:00:00 GMT", "", None),
    ("120", "Wed, 01 Apr 2026 10:00:00 GMT", 120),
    ("9" * 40, "", LONGEST_REST.total_seconds()),
    ("Tue, 01 Apr 2036 12:00:00 GMT", "", LONGEST_REST.total_seconds()),
    ("", "", None),
    ("-5", "", None),
    ("1.5", "", None),
    ("1e3", "", None),
    ("soon", "", None),
    ("１２０", "", None),
    ("120, 240", "", None),
    ("2026-04-01T12:05:00Z", "", None),
    ("Wed, 01 Apr 2026 12:05:00 JST", "", None),
    ("Wed, 31 Apr 2026 12:05:00 GMT", "", None),
]


@pytest.mark.parametrize(("said", "date", "seconds"), SAID)
def test_retry_after_is_read_in_each_of_its_forms(said: str, date: str, seconds: float | None) -> None:
    found = retry_at({"retry-after": said, "date": date}, NOW)
    assert found == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_an_answer_without_the_header_says_nothing() -> None:
    assert retry_at({}, NOW) is None


@pytest.mark.parametrize(("short", "year"), [("26", 2026), ("76", 2076), ("77", 1977), ("94", 1994), ("00", 2000)])
def test_a_year_of_two_digits_is_at_most_fifty_years_ahead(short: str, year: int) -> None:
    found = http_date(f"Sunday, 06-Nov-{short} 08:49:37 GMT", NOW)
    assert found == datetime(year, 11, 6, 8, 49, 37, tzinfo=UTC)


@given(st.text(max_size=40))
def test_nothing_that_a_server_says_is_an_error(said: str) -> None:
    found = retry_at({"retry-after": said, "date": said}, NOW)
    assert found is None or NOW <= found <= NOW + LONGEST_REST
