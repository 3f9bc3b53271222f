"""Earlier captures of a source from another archive's server, as visits of ours in snapshots/.

In go a source and the address of a TimeMap or of a CDX server, out come visits at the time of
each memento, as it was received. All requests are made at a Fetcher's pace. What is there
already is not asked for, so a backfill that was cut short is just repeated. What is answered
without being a capture is told, and not archived.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from . import snapshots
from .errors import UsageError
from .fetch import Fetcher
from .foreign import key_of
from .importing import Brought, Destination
from .memento import Memento, cdx_query, datetime_of, in_order, read_cdx, read_timemap, replay_of
from .message import parse_message
from .progress import Progress
from .records import Exchange, Source, Visit, format_time

MAX_PAGES = 1000
"""How many pages of one TimeMap are read."""
NOT_FETCHED = "not_fetched"


class NotListed(Exception):
    """The list of captures could not be had; the text says why."""


def listed(
    source: Source, fetcher: Fetcher, *, timemap: str | None, cdx: str | None, replay: str | None
) -> list[Memento]:
    """The captures that a TimeMap or a CDX server lists, in order of time; raises NotListed where it does not.

    Raises UsageError where the CDX server's address does not tell where its captures are
    replayed, and `replay` does not either.
    """
    if timemap is not None:
        return in_order(_from_timemap(timemap, source, fetcher))
    assert cdx is not None
    base = replay or replay_of(cdx)
    if base is None:
        raise UsageError(f"{cdx} does not tell where its captures are replayed: say it with --replay URL")
    return in_order(_from_cdx(cdx_query(cdx, source.url), base, source, fetcher))


def _from_timemap(url: str, source: Source, fetcher: Fetcher) -> Iterator[Memento]:
    """The mementos of a TimeMap and of all its pages."""
    pages = [url]
    for page in pages:
        answer = _answer(page, source, fetcher)
        with _refusing(page):
            found = read_timemap(_text(answer), answer.url)
        yield from found.mementos
        pages += [more for more in found.pages if more not in pages]
        if len(pages) > MAX_PAGES:
            raise NotListed(f"{url} has more than {MAX_PAGES} pages")


def _from_cdx(url: str, replay: str, source: Source, fetcher: Fetcher) -> tuple[Memento, ...]:
    answer = _answer(url, source, fetcher)
    with _refusing(url):
        return read_cdx(_text(answer), replay, lambda found: key_of(found) == key_of(source.url))


def _answer(url: str, source: Source, fetcher: Fetcher) -> Exchange:
    visit = fetcher.visit(replace(source, url=url))
    if visit.answer is None:
        raise NotListed(str(visit.error))
    if visit.answer.status != 200 or visit.answer.truncated:
        raise NotListed(f"{url} {_refusal(visit.answer)}")
    return visit.answer


def _refusal(answer: Exchange) -> str:
    """Why an answer is no use."""
    return f"was cut short ({answer.truncated})" if answer.truncated else f"answers {answer.status}"


def _text(answer: Exchange) -> str:
    return answer.payload.decode("utf-8", "replace")


@contextmanager
def _refusing(url: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise NotListed(f"what {url} answers cannot be read: {error}") from error


def backfill(
    to: Destination,
    source: Source,
    mementos: Sequence[Memento],
    fetcher: Fetcher,
    *,
    report: Callable[[str], None],
    progress: Progress,
) -> Brought:
    """Fetches what is not there yet and appends it; tells what could not be had."""
    filling = _Filling(to, source, fetcher)
    for memento in progress(mementos, len(mementos), f"fetching captures of {source.id}"):
        try:
            filling.take(memento)
        except _NoCapture as reason:
            report(f"{source.id}: {reason}")
        if filling.is_sent_away:
            report(f"{source.id}: the other captures are left to a later backfill")
            break
    return filling.brought()


class _NoCapture(Exception):
    """A memento that could not be had; the text says why."""


class _Filling:
    """A backfill on its way; every capture is called by its second."""

    def __init__(self, to: Destination, source: Source, fetcher: Fetcher) -> None:
        self._to, self._source, self._fetcher = to, source, fetcher
        self._there = to.there.get(source.id, {})
        self._made: dict[str, str] = {}
        self._already = 0
        self._failed = 0
        self.is_sent_away = False
        """Whether the server wants to be left alone for longer than a visit may take."""

    def take(self, memento: Memento) -> None:
        """One capture, unless it is there; raises _NoCapture."""
        if self._is_there(memento.at):
            return
        visit = self._fetcher.visit(replace(self._source, url=memento.url))
        try:
            at, answer = _capture(visit)
        except _NoCapture:
            self._failed += 1
            self.is_sent_away = visit.retry_at is not None
            raise
        if not self._is_there(at):
            origin = {"memento": answer.url, "fetched_at": format_time(visit.at)}
            own = replace(answer, url=self._source.url, request=b"")
            made = Visit(source=self._source, at=at, exchanges=(own,), answer=own, origin=origin)
            self._made[format_time(at)] = snapshots.append(self._to.folder, made, imported=self._to.when)

    def _is_there(self, at: datetime) -> bool:
        is_there = format_time(at) in self._there or format_time(at) in self._made
        self._already += is_there
        return is_there

    def brought(self) -> Brought:
        """What came of it."""
        return Brought(
            source_id=self._source.id,
            record_ids=tuple(self._made.values()),
            first=min(self._made, default=None),
            last=max(self._made, default=None),
            already=self._already,
            left={NOT_FETCHED: self._failed} if self._failed else {},
        )


def _capture(visit: Visit) -> tuple[datetime, Exchange]:
    """The time of a memento and its answer; raises _NoCapture where the answer is the server's own, or was cut."""
    answer = visit.answer
    if answer is None:
        raise _NoCapture(visit.error)
    at = datetime_of(parse_message(answer.response).field("Memento-Datetime"))
    if answer.truncated or (at is None and answer.status != 200):
        raise _NoCapture(f"{answer.url} {_refusal(answer)}")
    if at is None:
        raise _NoCapture(f"{answer.url} answers without Memento-Datetime: it is no capture")
    return at, answer
