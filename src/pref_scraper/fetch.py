"""Source to visit: robots.txt first, redirects followed, what passes tried again, all at the hosts' pace.

A visit always returns; what went wrong stands in it as a sentence. Each request that was
dialled is an exchange of the visit, in order.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from . import __version__, retries, robots, wire
from .address import Refused, follow, host_of, origin_of
from .hosts import Hosts, TooLong
from .reach import Reach
from .records import Exchange, Source, Validators, Visit, format_time
from .wire import Outcome
from .world import World

MAX_REDIRECTS = 10

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def user_agent(contact: str | None) -> str:
    """Name, version and, where it is set, contact: `pref-scraper/0.1.0 (+archive@example.org)`."""
    return f"{robots.PRODUCT}/{__version__}" + (f" (+{contact})" if contact else "")


KnownRobots = Callable[[str, Source], robots.Answer | None]
"""What the archive holds of the robots.txt at an address that a visit to a source needs, fresh enough to go by."""


def _knows_none(_: str, __: Source) -> robots.Answer | None:
    return None


class Fetcher:
    """Visits sources politely; one serves all threads of a run."""

    def __init__(self, contact: str | None, world: World, known_robots: KnownRobots = _knows_none) -> None:
        self.agent = user_agent(contact)
        self.world = world
        self.known_robots = known_robots
        self.hosts = Hosts(clock=world.clock, ticks=world.ticks, pause=world.pause)
        self._origins: dict[str, _Origin] = {}

    def expect(self, source: Source) -> None:
        """Whatever is asked of this source's host keeps its delay."""
        with suppress(Refused):
            self.hosts.keep_apart(host_of(source.url), source.delay_seconds)

    def obey(self, host: str, until: datetime) -> None:
        """A host asked in an earlier run to be left alone until then."""
        self.hosts.obey(host, until)

    def origin(self, name: str) -> "_Origin":
        """What is known of an origin, as `https://example.org`; one object for all threads."""
        return self._origins.setdefault(name, _Origin())

    def forget(self, host: str) -> None:
        """Keeps the rules of a host no longer, since none of its sources is left; what a server refuses holds for the run."""
        for name, origin in list(self._origins.items()):
            if host_of(name) == host and origin.rules is not None and not origin.rules.is_closed:
                self._origins.pop(name, None)

    def visit(self, source: Source, validators: Validators | None = None) -> Visit:
        """One visit to a source; with `validators` it asks only for what has changed since."""
        at = self.world.clock().replace(microsecond=0)
        journey = _Journey(self, source, self.world.ticks() + self.world.limits.visit)
        answer, error = None, None
        try:
            answer = journey.answer(validators)
        except (_NoAnswer, Refused) as reason:
            error = str(reason)
        except Exception as defect:  # noqa: BLE001  # a source that we cannot visit must not keep others from it
            error = f"the visit failed ({type(defect).__name__}: {defect}), which is a defect of this program"
        retry_at = journey.retry_at()
        return Visit(
            source=source,
            at=at,
            exchanges=tuple(journey.exchanges),
            answer=answer,
            error=error,
            retry_at=retry_at,
            retry_host=journey.host if retry_at else None,
        )


class _NoAnswer(Exception):
    """Ends a visit; its text is the sentence for the capture."""


@dataclass(slots=True)
class _Origin:
    """The rules of an origin's robots.txt, None until they are read by the one who holds `reading`."""

    reading: threading.Lock = field(default_factory=threading.Lock)
    rules: robots.Rules | None = None


@dataclass(slots=True)
class _Journey:
    """One visit on its way; at the tick `until` it must be over. `host` is the one that it turned to last."""

    fetcher: Fetcher
    source: Source
    until: float
    exchanges: list[Exchange] = field(default_factory=list)
    reach: Reach = field(default_factory=Reach)
    host: str | None = None

    def answer(self, validators: Validators | None) -> Exchange:
        """The exchange that brings the page, or what the server has instead of it."""
        url = self.source.url
        for _ in range(MAX_REDIRECTS + 1):
            self._check_robots(url)
            outcome = self._ask(url, validators.ask(url) if validators else {})
            if outcome.exchange.status is None:
                raise _NoAnswer(f"{url}: {outcome.why()}")
            if not is_redirect(outcome.exchange.status, outcome.exchange.location):
                return outcome.exchange
            url = self._follow(url, outcome)
        raise _NoAnswer(f"{self.source.url} redirects more than {MAX_REDIRECTS} times")

    def retry_at(self) -> datetime | None:
        """Until when the host that the visit ended at wants to be left alone."""
        return self.fetcher.hosts.asked(self.host) if self.host else None

    def _check_robots(self, url: str) -> None:
        self.host = host_of(url)
        name = origin_of(url)
        origin = self.fetcher.origin(name)
        with origin.reading:
            if origin.rules is None:
                origin.rules = self._read_robots(f"{name}/robots.txt")
                self.fetcher.hosts.keep_apart(host_of(url), origin.rules.crawl_delay)
        if not origin.rules.allow(url):
            raise _NoAnswer(f"{name}/robots.txt {origin.rules.refusal}, so {url} was not visited")

    def _read_robots(self, url: str) -> robots.Rules:
        for _ in range(robots.MAX_REDIRECTS + 1):
            answer = self.fetcher.known_robots(url, self.source) or self._ask_robots(url)
            if isinstance(answer, robots.Rules):
                return answer
            if not answer.location or not is_redirect(answer.status, answer.location):
                return robots.read(answer)
            url = follow(url, answer.location)
        return robots.silent()

    def _ask_robots(self, url: str) -> robots.Answer | robots.Rules:
        """What is answered; the rules where nothing is, or not all of it."""
        outcome = self._ask(url, {})
        found = outcome.exchange
        if found.status is None or found.truncated in ("time", "disconnect"):
            return robots.unreachable(outcome.why())
        return robots.Answer(found.status, found.location, found.payload, outcome.headers.get("content-encoding"))

    def _follow(self, url: str, outcome: Outcome) -> str:
        """Where a redirect leads, not before its Retry-After."""
        target = follow(url, outcome.exchange.location or "")
        later = retries.retry_at(outcome.headers, self.fetcher.world.clock())
        if later is not None:
            self.fetcher.hosts.obey(host_of(target), later)
        return target

    def _ask(self, url: str, headers: Mapping[str, str]) -> Outcome:
        """One request, made again as long as that may help and there is time; each try is an exchange."""
        self.host = host_of(url)
        try:
            outcome = self._once(url, headers, None)
        except TooLong as error:
            raise _NoAnswer(self._too_long(error)) from error
        for tries in range(1, retries.TRIES):
            reason = retries.reason_to_retry(outcome)
            if reason is None:
                break
            self.fetcher.hosts.leave_alone(self.host, retries.backoff(tries, self.fetcher.world.random))
            try:
                outcome = self._once(url, headers, reason)
            except TooLong:
                break
        return outcome

    def _once(self, url: str, headers: Mapping[str, str], retried: str | None) -> Outcome:
        fetcher, host = self.fetcher, self.host
        assert host is not None
        fetcher.hosts.keep_apart(host, self.source.delay_seconds)
        with fetcher.hosts.turn(host, self.until):
            seconds = min(fetcher.world.limits.deadline, self.until - fetcher.world.ticks())
            outcome = wire.ask(
                url,
                {"User-Agent": fetcher.agent, **headers},
                limits=replace(fetcher.world.limits, deadline=seconds),
                network=fetcher.world.network,
                reach=self.reach,
                retried=retried,
            )
            self.exchanges.append(outcome.exchange)
            if (outcome.exchange.status or 0) >= 400:
                later = retries.retry_at(outcome.headers, fetcher.world.clock())
                if later is not None:
                    fetcher.hosts.obey(host, later)
        return outcome

    def _too_long(self, error: TooLong) -> str:
        asked = self.retry_at()
        if asked is not None:
            return f"{self.host} asked to be left alone until {format_time(asked)} (Retry-After): it was not asked"
        limit = self.fetcher.world.limits.visit
        return f"{self.host} could be asked only after {error.seconds:.0f} s more, and a visit ends after {limit:g} s"


def is_redirect(status: int | None, location: str | None) -> bool:
    """Whether an answer leads to another address (RFC 9110, 15.4)."""
    return status in _REDIRECTS and bool(location)
