"""Hosts in memory, whose time is simulated, and who complain of every request that breaks their rules.

What they answer is made up; the requests are those of the real fetcher, over httpcore. The
rules are those of RFC 9110 (10.2.3, Retry-After), of Crawl-delay and of one request at a time,
kept here by themselves: nothing of the program says what they are.
"""

import ssl
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpcore

from pref_scraper.wire import Network
from pref_scraper.world import World

START = datetime(2026, 4, 1, tzinfo=UTC)
FORMS = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
NONSENSE = ("soon", "-3", "1.5", "", "Wed, 99 Apr 2026 00:00:00 GMT")
ROUNDING = 1e-4


class Host:
    """What one host wants, and what it saw; times in seconds since START."""

    def __init__(self, name: str, random: Random) -> None:
        self.name = name
        self.crawl_delay = random.choice([0, 0, 1, 5, 17])
        self.skew = random.choice([0, 0, -3600, 90])
        self.delay = 0.0
        self.is_known = False
        self.is_open = False
        self.last = float("-inf")
        self.not_before = float("-inf")
        self.awaited: dict[bytes, float] = {}

    def distance(self) -> float:
        """What lies between two requests, as far as the other side can know it."""
        return max(self.delay, self.crawl_delay if self.is_known else 0)


class Internet:
    """Hosts by their addresses, one clock for all, and their complaints."""

    def __init__(self, random: Random, names: Iterable[str]) -> None:
        self.random = random
        self.hosts = {f"8.8.8.{number}": Host(name, random) for number, name in enumerate(names, 1)}
        self.now = 0.0
        self.answers = 0
        self.most_at_once = 0
        self.complaints: list[str] = []
        self.lock = threading.RLock()

    def world(self) -> World:
        """The world in which these hosts are all there is."""
        return World(
            clock=lambda: START + timedelta(seconds=self.now),
            ticks=lambda: self.now,
            pause=self.pass_time,
            random=self.random,
            network=Network(
                resolve=lambda host, _: [self.address(host)], dial=lambda address, *_: Stream(self, self.hosts[address])
            ),
        )

    def address(self, name: str) -> str:
        return next(address for address, host in self.hosts.items() if host.name == name)

    def pass_time(self, seconds: float) -> None:
        with self.lock:
            self.now += seconds

    def opened(self, host: Host) -> None:
        """A request begins."""
        with self.lock:
            early = {
                "after the last one": host.last + host.distance() - self.now,
                "for Retry-After": host.not_before - self.now,
            }
            self.complaints += [
                f"{host.name}: {seconds} s too early {what}" for what, seconds in early.items() if seconds > ROUNDING
            ]
            if host.is_open:
                self.complaints.append(f"{host.name}: two at once")
            host.is_open = True
            self.most_at_once = max(self.most_at_once, sum(one.is_open for one in self.hosts.values()))

    def closed(self, host: Host) -> None:
        with self.lock:
            host.is_open, host.last = False, self.now

    def answer(self, host: Host, request: bytes) -> bytes:
        """Any answer at all, after some time; what it asks for is a rule from now on."""
        with self.lock:
            self._check_redirected(host, request.split(b" ")[1])
            self.now += self.random.choice([0.01, 0.3, 2, 11])
            self.answers += 1
            if request.startswith(b"GET /robots.txt "):
                return self._robots(host)
            make = self.random.choice([self._page, self._page, self._busy, self._away, self._cut, self._nothing])
            return make(host)

    def _check_redirected(self, host: Host, path: bytes) -> None:
        """The Retry-After of a redirect holds for the request that follows it."""
        early = host.awaited.get(path, self.now) - self.now
        if early > ROUNDING:
            self.complaints.append(f"{host.name}: {early} s too early for a redirect's Retry-After")

    def _robots(self, host: Host) -> bytes:
        if self.random.random() < 0.1:
            return self._busy(host)
        host.is_known = True
        text = f"User-agent: *\nCrawl-delay: {host.crawl_delay}\n"
        return f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()

    def _page(self, _: Host) -> bytes:
        return b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % self.random.choice([b"200 OK", b"404 No", b"500 Oops"])

    def _cut(self, _: Host) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"

    def _nothing(self, _: Host) -> bytes:
        return b""

    def _away(self, host: Host) -> bytes:
        target = self.random.choice(list(self.hosts.values()))
        path = f"/redirected/{self.answers}"
        rest, until = self._rest(host) if self.random.random() < 0.3 else ("", self.now)
        target.awaited[path.encode()] = until
        return f"HTTP/1.1 302 Found\r\nLocation: http://{target.name}{path}\r\n{rest}Content-Length: 0\r\n\r\n".encode()

    def _busy(self, host: Host) -> bytes:
        status = self.random.choice(["429 Slow down", "503 Busy", "502 Bad", "403 Go away"])
        rest, until = self._rest(host)
        host.not_before = max(host.not_before, until)
        return f"HTTP/1.1 {status}\r\n{rest}Content-Length: 0\r\n\r\n".encode()

    def _rest(self, host: Host) -> tuple[str, float]:
        """A Retry-After in any of its forms, or in none, and when it ends."""
        seconds = self.random.choice([0, 1, 30, 100, 290, 3000, 90_000])
        match self.random.choice(["seconds", "date", "date and Date", "nonsense", "none"]):
            case "seconds":
                return f"Retry-After: {seconds}\r\n", self.now + seconds
            case "date":
                return f"Retry-After: {self._date(seconds)}\r\n", int(self.now) + seconds
            case "date and Date":
                dates = (
                    f"Date: {self._date(host.skew, FORMS[:1])}\r\nRetry-After: {self._date(host.skew + seconds)}\r\n"
                )
                return dates, self.now + seconds
            case "nonsense":
                return f"Retry-After: {self.random.choice(NONSENSE)}\r\n", self.now
            case _:
                return "", self.now

    def _date(self, seconds: float, forms: Sequence[str] = FORMS) -> str:
        """So many seconds from now as an HTTP-date, which has no fractions."""
        at = (START + timedelta(seconds=self.now)).replace(microsecond=0) + timedelta(seconds=seconds)
        return at.strftime(self.random.choice(forms))


class Stream(httpcore.NetworkStream):
    """A connection to a host in memory."""

    def __init__(self, internet: Internet, host: Host) -> None:
        self._internet, self._host = internet, host
        self._request = b""
        self._is_answered = self._is_closed = False
        internet.opened(host)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._request += buffer

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._is_answered:
            return b""
        self._is_answered = True
        return self._internet.answer(self._host, self._request)

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._internet.closed(self._host)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("there is no TLS in memory")

    def get_extra_info(self, info: str) -> Any:
        return None
