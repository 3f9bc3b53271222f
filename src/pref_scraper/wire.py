"""One request and its answer, over a connection of its own: the network, and nothing else.

Every byte is kept as it crossed the wire (above TLS), whatever the HTTP library makes of
it: a recording stream lies between httpcore and the socket. In goes an address, out
comes what was said, also where it was cut short; only what must not be dialled at all is
refused. HTTP/1.1, no cookies, no proxies, no coding asked for.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote_from_bytes

import httpcore
import httpx

from .address import Refused, locate
from .failures import Facts, Failure, TooMuch, explain
from .limits import Limits
from .message import start_of_answer
from .reach import Reach
from .records import Exchange, Tls

# identity: what is stored then is what the page says, comparable byte by byte.
_ACCEPT = ((b"Accept", b"text/html, */*;q=0.1"), (b"Accept-Encoding", b"identity"), (b"Connection", b"close"))
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, in the order in which the system would try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def dial(address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
    """A TCP connection to an address."""
    return httpcore.SyncBackend().connect_tcp(address, port, timeout)


@cache
def system_trust() -> ssl.SSLContext:
    """The authorities that vouch for a server: Mozilla's, or those of SSL_CERT_FILE."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How names become addresses, addresses connections, and who vouches for them; tests have their own."""

    resolve: Callable[[str, int], Sequence[str]] = resolve
    dial: Callable[[str, int, float | None], httpcore.NetworkStream] = dial
    trust: Callable[[], ssl.SSLContext] = system_trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a request; `failure` is what cut it short, None where nothing did.

    `headers` are those of the answer by their names in lower case; of several of one name, the first.
    """

    exchange: Exchange
    failure: Failure | None
    headers: Mapping[str, str]

    def why(self) -> str:
        """What cut it short, in words."""
        return self.failure.sentence if self.failure else ""


def ask(
    url: str,
    headers: Mapping[str, str],
    *,
    limits: Limits,
    network: Network,
    reach: Reach,
    retried: str | None = None,
) -> Outcome:
    """Asks for a page once. Raises Refused where the address is none, or one where this visit may not go."""
    place = locate(url)
    wire = _Wire(limits=limits, network=network, reach=reach)
    own = [(b"Host", place.host), *_ACCEPT, *((name.encode(), value.encode()) for name, value in headers.items())]
    answer, failure = _Answer(), None
    try:
        _converse(httpcore.Request(b"GET", place.url, headers=own), wire, answer)
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, UnicodeError) as error:
        failure = explain(error, wire.facts())
    received, payload = _taken(wire.response), _taken(answer.payload)
    begin = start_of_answer(received)
    exchange = Exchange(
        url=url,
        request=bytes(wire.request),
        response=received[begin:],
        status=answer.status,
        location=answer.headers.get("location"),
        payload=payload,
        address=wire.address,
        truncated=failure.truncated if failure else None,
        interim=received[:begin],
        tls=wire.tls,
        retried=retried,
    )
    return Outcome(exchange=exchange, failure=failure, headers=answer.headers)


@dataclass(slots=True)
class _Answer:
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    payload: bytearray = field(default_factory=bytearray)


def _converse(request: httpcore.Request, wire: "_Wire", answer: _Answer) -> None:
    """Fills in the answer as it comes, so that what has come is there also after an error."""
    origin = request.url.origin
    trust = wire.network.trust() if origin.scheme == b"https" else None
    with httpcore.HTTPConnection(origin, trust, network_backend=_Backend(wire)) as connection:
        response = connection.handle_request(request)
        answer.status = response.status
        for name, value in reversed(response.headers):
            answer.headers[name.decode("latin-1").lower()] = _text(value)
        assert isinstance(response.stream, Iterable)
        for chunk in response.stream:
            answer.payload += chunk


def _taken(buffer: bytearray) -> bytes:
    """What a buffer holds, which is then empty."""
    data = bytes(buffer)
    buffer.clear()
    return data


def _text(value: bytes) -> str:
    """A header's value; bytes that are no UTF-8, as of a path in Shift_JIS, are escaped as in an address."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return quote_from_bytes(value, safe=_ASCII)


# The recorder


@dataclass(slots=True, kw_only=True)
class _Wire:
    """What crossed one connection, up to the limits."""

    limits: Limits
    network: Network
    reach: Reach
    request: bytearray = field(default_factory=bytearray)
    response: bytearray = field(default_factory=bytearray)
    address: str | None = None
    tls: Tls | None = None
    is_closed: bool = False
    started: float = field(default_factory=time.monotonic)

    def seconds_left(self) -> float:
        return self.started + self.limits.deadline - time.monotonic()

    def patience(self) -> float:
        """Seconds to wait for the next byte."""
        left = self.seconds_left()
        if left <= 0:
            raise httpcore.ReadTimeout
        return min(left, self.limits.timeout)

    def room(self) -> int:
        left = self.limits.max_bytes - len(self.response)
        if left <= 0:
            raise TooMuch
        return left

    def facts(self) -> Facts:
        """What decides of what kind a failure is."""
        return Facts(
            limits=self.limits,
            is_late=self.seconds_left() <= 0,
            is_closed=self.is_closed,
            speaks_http=self.response[:5] == b"HTTP/"[: len(self.response)],
        )


class _Stream(httpcore.NetworkStream):
    """A connection that writes down what goes through it, in both directions."""

    def __init__(self, stream: httpcore.NetworkStream, wire: _Wire) -> None:
        self._stream = stream
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(min(max_bytes, self._wire.room()), self._wire.patience())
        self._wire.response += data
        self._wire.is_closed = not data
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._wire.patience())
        self._wire.request += buffer

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, self._wire.patience())
        self._wire.tls = _tls(inner.get_extra_info("ssl_object"))
        return _Stream(inner, self._wire)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _tls(secured: ssl.SSLObject | ssl.SSLSocket) -> Tls:
    cipher, certificate = secured.cipher(), secured.getpeercert(True)
    assert cipher is not None
    assert certificate is not None
    return Tls(
        version=secured.version() or "",
        cipher=cipher[0],
        certificate=f"sha256:{sha256(certificate).hexdigest()}",
    )


class _Backend(httpcore.NetworkBackend):
    """Dials the addresses of a host in their order, those that the visit may dial."""

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
        wire = self._wire
        error: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._admitted(host, port):
            wire.reach.note(address)
            wire.address = address
            try:
                return _Stream(wire.network.dial(address, port, wire.patience()), wire)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as reason:
                error = reason
        raise error

    def _admitted(self, host: str, port: int) -> list[str]:
        found = self._wire.network.resolve(host, port)
        admitted = [address for address in found if self._wire.reach.admits(address)]
        if found and not admitted:
            raise Refused(
                f"{host} lies at {found[0]}, an address that is not public, and a public host led there: not dialled"
            )
        return admitted
