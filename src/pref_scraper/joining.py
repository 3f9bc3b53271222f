"""Records of other archives, joined to what they belong to: an answer, its request, its redirects.

In go the records that were found in foreign files, out come chains of exchanges as one visit
of ours has them. A revisit is joined with the record that it stands for, by that one's id, else
by its address and time, else by the digest of its payload; a redirect with the answer of its
target that is nearest in time; an answer with its request, by their ids, else by address and time.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from urllib.parse import urljoin

from .foreign import Foreign, Head, key_of
from .message import Message, parse_message
from .records import Exchange
from .warc import NOT_MODIFIED

NEAR = timedelta(minutes=1)
"""How far from a redirect in time the answer of its target may be."""
MAX_REDIRECTS = 10

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

TOO_LARGE, UNDATED, UNREADABLE = "too_large", "undated", "unreadable"
REDIRECTS_NOWHERE, REFERS_TO_NOTHING = "redirects_nowhere", "refers_to_nothing"


class Unjoined(Exception):
    """An answer without what belongs to it; `args[0]` is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A response or revisit record, the status of its answer, and the address that it redirects to."""

    foreign: Foreign
    at: datetime
    status: int | None
    target: str | None

    @property
    def head(self) -> Head:
        """That of its record."""
        return self.foreign.head

    @property
    def is_not_modified(self) -> bool:
        """Whether it is a 304 that stands for another record."""
        return self.head.profile == NOT_MODIFIED


Name = tuple[str, object]
"""What a record goes by, as `("record", "<urn:uuid:…>")`."""


def names(head: Head) -> frozenset[Name]:
    """What others know a record by: its address, and of a response also its id, its moment and its payload."""
    address: Name = ("address", head.key)
    if head.kind != "response":
        return frozenset({address})
    own: dict[str, object] = {"record": head.record_id, "moment": (head.key, head.at), "payload": head.digest}
    return frozenset({address, *((kind, value) for kind, value in own.items() if value)})


def _referred(head: Head) -> tuple[Name, ...]:
    """What a revisit calls the record that it stands for, the surest first."""
    return (("record", head.refers_to), ("moment", (head.refers_key, head.refers_at)), ("payload", head.digest))


Block = Callable[[Foreign], bytes]
"""Gives the block of a record."""


class Found:
    """The records that were found, by all that names them; `unusable` counts, by address and reason, those that are no use."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._answers: dict[str, list[Answer]] = defaultdict(list)
        self._in_order: dict[str, list[Answer]] = {}
        self._responses: dict[Name, Answer] = {}
        self._requests: dict[object, Foreign] = {}
        self.unusable: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, foreign: Foreign) -> None:
        """Takes a record in; of two that go by one name, the first."""
        head = foreign.head
        if head.kind == "request":
            for name in (head.record_id, (head.url, head.at), *(("of", record_id) for record_id in head.concurrent)):
                self._requests.setdefault(name, foreign)
            return
        answer = self._answer(foreign)
        if isinstance(answer, str):
            self.unusable[head.key][answer] += 1
            return
        self._answers[head.key].append(answer)
        self._in_order.pop(head.key, None)
        if head.kind == "response":
            for known_by in names(head):
                self._responses.setdefault(known_by, answer)

    def _answer(self, foreign: Foreign) -> Answer | str:
        """The answer that a record holds, or why it is no use."""
        head = foreign.head
        if head.at is None:
            return UNDATED
        if foreign.block is None:
            return TOO_LARGE
        message = parse_message(self._block(foreign))
        status = message.status if message.head or head.kind == "response" else None
        if status is None and head.kind == "response":
            return UNREADABLE
        location = message.field("Location") if status in _REDIRECTS else None
        target = urljoin(head.url, location) if location else None
        return Answer(foreign=foreign, at=head.at, status=status, target=target)

    def answers(self, key: str) -> list[Answer]:
        """The answers of an address, in order of time; of one moment, redirects first."""
        if key not in self._in_order:
            self._in_order[key] = sorted(self._answers.get(key, []), key=lambda one: (one.at, one.target is None))
        return self._in_order[key]

    def missing(self) -> frozenset[Name]:
        """What the answers point to, and which was not found."""
        wanted: set[Name] = set()
        for answer in (answer for answers in self._answers.values() for answer in answers):
            head = answer.head
            if head.kind == "revisit" and self.referred(answer) is None:
                wanted.update(_referred(head))
            if answer.target is not None and self._target(answer) is None:
                wanted.add(("address", key_of(answer.target)))
        return frozenset(wanted)

    # Joining

    def chain(self, answer: Answer) -> list[Answer]:
        """An answer, or the redirects from it on to one; raises Unjoined where they lead to none."""
        chain = [answer]
        while chain[-1].target is not None:
            target = self._target(chain[-1])
            if target is None or target in chain or len(chain) > MAX_REDIRECTS:
                raise Unjoined(REDIRECTS_NOWHERE)
            chain.append(target)
        return chain

    def _target(self, answer: Answer) -> Answer | None:
        """The answer of a redirect's target nearest in time; one that is no redirect before one that is."""
        answers = self.answers(key_of(answer.target or ""))
        first = bisect_left(answers, answer.at - NEAR, key=attrgetter("at"))
        behind = bisect_right(answers, answer.at + NEAR, key=attrgetter("at"))
        near = [other for other in answers[first:behind] if other is not answer]
        return min(near, key=lambda other: (other.target is not None, abs(other.at - answer.at)), default=None)

    def referred(self, answer: Answer) -> Answer | None:
        """The response that a revisit stands for."""
        return next((found for name in _referred(answer.head) if (found := self._responses.get(name))), None)

    def exchange(self, answer: Answer) -> Exchange:
        """An answer as it crossed the wire, as far as the files tell; raises Unjoined for a revisit of nothing."""
        head = answer.head
        block = self._block(answer.foreign)
        message = parse_message(block)
        status, payload = answer.status, message.payload
        if answer.is_not_modified:
            status, payload = 304, b""
        elif head.kind == "revisit":
            message = self._revived(answer, message)
            block, status, payload = message.head + message.body, message.status, message.body
        request = self._request(answer)
        return Exchange(
            url=head.url,
            request=self._block(request) if request else b"",
            response=block,
            status=status,
            location=answer.target,
            payload=payload,
            address=head.address,
            truncated=head.truncated if head.kind == "response" else None,
        )

    def _revived(self, answer: Answer, own: Message) -> Message:
        """A revisit with the payload it stands for, and with that one's head where it has none of its own."""
        referred = self.referred(answer)
        if referred is None:
            raise Unjoined(REFERS_TO_NOTHING)
        found = parse_message(self._block(referred.foreign))
        return Message(own.head if own.status is not None else found.head, found.payload)

    def _request(self, answer: Answer) -> Foreign | None:
        head = answer.head
        names: tuple[object, ...] = (("of", head.record_id), *head.concurrent, (head.url, head.at))
        found = next((found for name in names if (found := self._requests.get(name))), None)
        return found if found is not None and found.block is not None else None
