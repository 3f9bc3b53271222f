"""What cut an exchange short, in words; pure.

In goes an error of the network, out come a sentence for a person, the reason of
WARC-Truncated, and whether the same request may do better soon.
"""

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpcore

from .limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What decides of what kind a failure is: the time was up, the other side had closed, what came was like HTTP."""

    limits: Limits
    is_late: bool
    is_closed: bool
    speaks_http: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """The sentence for it, the reason of WARC-Truncated, and whether another try may do better."""

    sentence: str
    truncated: str
    may_pass: bool


class TooMuch(httpcore.ReadError):
    """The answer is longer than the limit."""


def explain(error: BaseException, facts: Facts) -> Failure:
    """What an error means, by itself and by what it was raised from."""
    causes = list(_causes(error))
    truncated = {httpcore.TimeoutException: "time", TooMuch: "length"}
    return next(
        Failure(
            sentence.format(cause, limits=facts.limits),
            next((reason for kind, reason in truncated.items() if isinstance(error, kind)), "disconnect"),
            may_pass,
        )
        for matches, sentence, may_pass in _FAILURES
        for cause in causes
        if matches(cause, facts)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is(*kinds: type[BaseException]) -> Callable[[BaseException, Facts], bool]:
    return lambda error, _: isinstance(error, kinds)


# The first row that matches an error or one of its causes: a sentence, and whether another try may do better.
_FAILURES: tuple[tuple[Callable[[BaseException, Facts], bool], str, bool], ...] = (
    (_is(TooMuch), "its answer is longer than {limits.max_bytes} bytes", False),
    (_is(ssl.SSLCertVerificationError), "its certificate is not valid ({0.verify_message})", False),
    (
        lambda error, _: isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN,
        "the name server gives no answer for now",
        True,
    ),
    (_is(socket.gaierror, UnicodeError), "its name is not known to the name server", False),
    (_is(ConnectionRefusedError), "it refuses the connection", True),
    (_is(ConnectionResetError, BrokenPipeError), "it broke the connection off", True),
    (
        lambda error, facts: isinstance(error, httpcore.TimeoutException) and facts.is_late,
        "its answer was not complete after {limits.deadline:.3g} s",
        True,
    ),
    (_is(httpcore.TimeoutException), "no answer within {limits.timeout:g} s", True),
    # 431 is h11's hint for a head that is longer than httpcore lets it be.
    (
        lambda error, _: getattr(error, "error_status_hint", None) == 431,
        "the head of its answer is longer than 100 KB",
        False,
    ),
    (
        lambda error, facts: isinstance(error, httpcore.ProtocolError) and facts.is_closed and facts.speaks_http,
        "it closed the connection before its answer was complete",
        True,
    ),
    (_is(httpcore.ProtocolError), "it answers with something that is not HTTP ({0})", False),
    (_is(ssl.SSLError), "no secure connection came about ({0.reason})", True),
    (_is(BaseException), "the connection failed ({0})", True),
)
