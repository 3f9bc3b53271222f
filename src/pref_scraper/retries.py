"""What is asked for again, and how long after; pure.

A request is made again where the failure is one of the moment: the connection was
refused, reset or fell silent, the name server had no answer for now, or the server says
so itself (429, 502, 503, 504). Not for 500, which says that this request fails and
nothing of another moment; never for a certificate, a name that does not exist, another
4xx or robots.txt.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

from .wire import Outcome

TRIES = 3
"""Of one request, in all."""
BACKOFF = 2.0
"""Seconds before the second try at the most; twice that before the third."""
LONGEST_REST = timedelta(days=7)
"""More than this no host is believed to want: a Retry-After of years is a mistake, and would end the archive."""

PASSING = frozenset({429, 502, 503, 504})
"""Statuses that say: not now."""

# RFC 9110, 5.6.7: IMF-fixdate, then the two obsolete forms that must be understood.
_DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")


def reason_to_retry(outcome: Outcome) -> str | None:
    """Why the same request is made again, as `it answered 503`; None where it is not."""
    if outcome.failure is not None:
        return outcome.failure.sentence if outcome.failure.may_pass else None
    status = outcome.exchange.status
    return f"it answered {status}" if status in PASSING else None


def backoff(tries: int, random: Random) -> float:
    """Seconds to wait after so many tries: twice as long each time, of which a random part is left out (jitter)."""
    return BACKOFF * 2.0 ** (tries - 1) * random.uniform(0.5, 1.0)


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the host may be asked again by its Retry-After (RFC 9110, 10.2.3); None where it says nothing that can be read.

    A date is measured against the answer's own Date where it has one, so that a server
    whose clock is wrong gets the time that it wants.
    """
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", said):
        seconds = min(int(said[:12]), int(LONGEST_REST.total_seconds()))
        return now + timedelta(seconds=seconds)
    at = http_date(said, now)
    if at is None:
        return None
    rest = at - (http_date(headers.get("date", "").strip(), now) or now)
    return now + min(rest, LONGEST_REST) if rest > timedelta() else None


def http_date(text: str, now: datetime) -> datetime | None:
    """A time in one of the three forms of RFC 9110, 5.6.7; None for anything else.

    A year of two digits is the one not more than 50 years ahead.
    """
    for form in _DATES:
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return _in_century(found, now) if "%y" in form else found
    return None


def _in_century(found: datetime, now: datetime) -> datetime:
    year = now.year - now.year % 100 + found.year % 100
    return found.replace(year=year - 100 if year > now.year + 50 else year)
