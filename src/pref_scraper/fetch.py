"""Source to visit: the network, and nothing else.

Every byte is kept as it crossed the wire (above TLS), hop by hop, whatever httpx makes
of it: a recording stream lies between the HTTP library and the socket. A visit always
returns; what went wrong stands in it as a sentence.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx
from protego import Protego

from . import __version__
from .records import Exchange, Source, Validators, Visit

TIMEOUT = 20.0
"""Seconds without a byte until an exchange is given up."""
DEADLINE = 60.0
"""Seconds that one exchange may take in all."""
MAX_BYTES = 20 * 1024 * 1024
"""Bytes of one answer on the wire; what comes after them is not kept."""
MAX_REDIRECTS = 10

PROJECT = "pref-scraper"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Reason of WARC-Truncated by what ended an answer before its time.
_TRUNCATIONS = {
    httpcore.TimeoutException: "time",
    httpcore.NetworkError: "disconnect",
    httpcore.ProtocolError: "disconnect",
}


def user_agent(contact: str | None) -> str:
    """Name, version and, where it is set, contact: `pref-scraper/0.1.0 (+archive@example.org)`."""
    return f"{PROJECT}/{__version__}" + (f" (+{contact})" if contact else "")


@dataclass(slots=True)
class Limits:
    """How long and how much; tests set smaller ones."""

    timeout: float = TIMEOUT
    deadline: float = DEADLINE
    max_bytes: int = MAX_BYTES


class Fetcher:
    """Visits sources politely: robots.txt obeyed, one request at a time, a pause between two.

    `clock` gives the time of a visit, `pause` sleeps; `trust` is the TLS context, the
    system's where it is None.
    """

    def __init__(
        self,
        contact: str | None,
        *,
        clock: Callable[[], datetime],
        pause: Callable[[float], None] = time.sleep,
        limits: Limits | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._agent = user_agent(contact)
        self._clock = clock
        self._pause = pause
        self._limits = limits or Limits()
        self._trust = trust or httpx.create_ssl_context()
        self._robots: dict[str, _Robots] = {}
        self._last_request: dict[str, float] = {}

    def visit(self, source: Source, validators: Validators | None = None) -> Visit:
        """One visit to a source; with `validators` it asks only for what has changed since."""
        at = self._clock().replace(microsecond=0)
        exchanges: list[Exchange] = []
        try:
            answer = self._answer(source, validators, exchanges)
            return Visit(source=source, at=at, exchanges=tuple(exchanges), answer=answer)
        except _NoAnswer as error:
            return Visit(source=source, at=at, exchanges=tuple(exchanges), answer=None, error=str(error))

    def _answer(self, source: Source, validators: Validators | None, exchanges: list[Exchange]) -> Exchange:
        url = source.url
        for _ in range(MAX_REDIRECTS + 1):
            self._check_robots(url, source, exchanges)
            conditions = validators.ask(url) if validators is not None else {}
            exchange = self._get(url, source.delay_seconds, conditions, exchanges)
            if exchange.status not in _REDIRECTS or not exchange.location:
                return exchange
            url = _target(url, exchange.location)
        raise _NoAnswer(f"{source.url} redirects more than {MAX_REDIRECTS} times")

    def _check_robots(self, url: str, source: Source, exchanges: list[Exchange]) -> None:
        origin = _origin(url)
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(origin, source, exchanges)
        if not self._robots[origin].allows(url, self._agent):
            raise _NoAnswer(f"{origin}/robots.txt {self._robots[origin].reason}, so {url} was not visited")

    def _read_robots(self, origin: str, source: Source, exchanges: list[Exchange]) -> "_Robots":
        """RFC 9309, 2.3.1: 4xx allows everything, 5xx nothing; up to five redirects are followed."""
        url = f"{origin}/robots.txt"
        for _ in range(6):
            exchange = self._get(url, source.delay_seconds, {}, exchanges)
            if exchange.status not in _REDIRECTS or not exchange.location:
                break
            url = _target(url, exchange.location)
        status = exchange.status or 0
        if 200 <= status < 300:
            return _Robots(Protego.parse(exchange.payload.decode("utf-8-sig", "replace")), "disallows it")
        if status >= 500 or status == 0:
            return _Robots(None, f"answers {status}, which forbids every visit")
        return _Robots(Protego.parse(""), "")

    def _get(self, url: str, delay: float, headers: dict[str, str], exchanges: list[Exchange]) -> Exchange:
        """One exchange, kept even where it fails; raises _NoAnswer where no head of an answer came."""
        self._keep_distance(url, delay)
        try:
            exchange, reason = self._exchange(url, headers)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise _NoAnswer(f"{url} is no address that can be visited: {error}") from error
        finally:
            self._last_request[_origin(url)] = time.monotonic()
        exchanges.append(exchange)
        if exchange.status is None:
            raise _NoAnswer(f"{url}: {reason}")
        return exchange

    def _keep_distance(self, url: str, delay: float) -> None:
        origin = _origin(url)
        if origin in self._last_request:
            robots = self._robots.get(origin)
            wanted = max(delay, robots.delay(self._agent) if robots else 0.0)
            left = self._last_request[origin] + wanted - time.monotonic()
            if left > 0:
                self._pause(left)

    def _exchange(self, url: str, headers: dict[str, str]) -> tuple[Exchange, str | None]:
        """What went over the wire, and what cut it short, None where nothing did."""
        # identity: what is stored then is what the page says, comparable byte by byte.
        fixed = {"User-Agent": self._agent, "Accept": "text/html, */*;q=0.1", "Accept-Encoding": "identity"}
        wire = _Wire(self._limits)
        status, location, payload, reason = None, None, bytearray(), None
        transport = _RecordingTransport(wire, self._trust)
        with httpx.Client(transport=transport, headers=fixed, timeout=self._limits.timeout) as client:
            try:
                with client.stream("GET", url, headers=headers) as response:
                    status, location = response.status_code, response.headers.get("location")
                    for chunk in response.iter_raw():
                        payload += chunk
            except tuple(_TRUNCATIONS) as error:
                reason = _reason(error, self._limits)
                wire.truncated = wire.truncated or next(v for k, v in _TRUNCATIONS.items() if isinstance(error, k))
        exchange = Exchange(
            url=url,
            request=bytes(wire.request),
            response=bytes(wire.response),
            status=status,
            location=location,
            payload=bytes(payload),
            address=wire.address,
            truncated=wire.truncated,
        )
        return exchange, reason


class _NoAnswer(Exception):
    """Ends a visit; its text is the sentence for the capture."""


@dataclass(slots=True)
class _Robots:
    """The rules of one origin; None forbids everything."""

    rules: Protego | None
    reason: str

    def allows(self, url: str, agent: str) -> bool:
        return self.rules is not None and self.rules.can_fetch(url, agent)

    def delay(self, agent: str) -> float:
        return float(self.rules.crawl_delay(agent) or 0.0) if self.rules is not None else 0.0


def _target(url: str, location: str) -> str:
    """Where a redirect leads; only http and https are followed."""
    target = urljoin(url, location)
    if urlsplit(target).scheme not in ("http", "https"):
        raise _NoAnswer(f"{url} redirects to {target}, which is neither http nor https")
    return target


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _reason(error: Exception, limits: Limits) -> str:
    """What kept an answer from coming, in words."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid ({cause.verify_message})"
        if isinstance(cause, socket.gaierror):
            return "its name is not known to the name server"
        if isinstance(cause, ConnectionRefusedError):
            return "it refuses the connection"
    if isinstance(error, httpcore.TimeoutException):
        return f"no answer within {limits.timeout:g} s"
    if isinstance(error, httpcore.ProtocolError):
        return f"it answers with something that is not HTTP ({error})"
    return f"the connection failed ({causes[-1]})"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@dataclass(slots=True)
class _Wire:
    """What crossed one connection, up to the limits."""

    limits: Limits
    request: bytearray = field(default_factory=bytearray)
    response: bytearray = field(default_factory=bytearray)
    address: str | None = None
    truncated: str | None = None
    started: float = field(default_factory=time.monotonic)

    def time_left(self, timeout: float | None) -> float:
        left = self.started + self.limits.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout(f"more than {self.limits.deadline:g} s in all")
        return min(left, self.limits.timeout if timeout is None else timeout)

    def room(self) -> int:
        left = self.limits.max_bytes - len(self.response)
        if left <= 0:
            self.truncated = "length"
            raise httpcore.ReadError(f"more than {self.limits.max_bytes} bytes")
        return left


class _RecordingStream(httpcore.NetworkStream):
    """A connection that writes down what goes through it, in both directions."""

    def __init__(self, stream: httpcore.NetworkStream, wire: _Wire) -> None:
        self._stream = stream
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(min(max_bytes, self._wire.room()), self._wire.time_left(timeout))
        self._wire.response += data
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._wire.time_left(timeout))
        self._wire.request += buffer

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, self._wire.time_left(timeout))
        return _RecordingStream(inner, self._wire)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _RecordingBackend(httpcore.SyncBackend):
    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        address = stream.get_extra_info("server_addr")
        self._wire.address = address[0] if address else None
        return _RecordingStream(stream, self._wire)


class _RecordingTransport(httpx.BaseTransport):
    """httpx over one recorded connection, HTTP/1.1, closed after the exchange."""

    def __init__(self, wire: _Wire, trust: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust, max_keepalive_connections=0, network_backend=_RecordingBackend(wire)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        assert isinstance(response.stream, Iterable)
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response.stream),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()
