"""Visits to a real site on loopback: bytes as they crossed the wire, redirects, robots.txt, limits, failures."""

import gzip
import hashlib
import itertools
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpcore
import pytest
import trustme

from pref_scraper.fetch import MAX_REDIRECTS, Fetcher
from pref_scraper.limits import Limits
from pref_scraper.records import Source, Tls, Validators, Visit
from pref_scraper.robots import Answer as Robots
from pref_scraper.wire import Network, dial
from pref_scraper.world import World

from .loopback import Answer, Site, answer

AT = datetime(2026, 4, 1, 9, 30, 15, 999, tzinfo=UTC)


class Visitor:
    """A fetcher whose time only passes while it waits; notes how long it was told to."""

    def __init__(
        self, *, contact: str | None = None, limits: Limits | None = None, network: Network | None = None
    ) -> None:
        self.waits: list[float] = []
        world = World(
            clock=lambda: AT + timedelta(seconds=sum(self.waits)),
            ticks=lambda: sum(self.waits),
            pause=self.waits.append,
            network=network or Network(),
            limits=limits or Limits(),
        )
        self.fetcher = Fetcher(contact, world)

    def visit(self, url: str, *, delay: float = 0, validators: Validators | None = None) -> Visit:
        return self.fetcher.visit(Source(id="s", url=url, name="n", delay_seconds=delay), validators)


WIRE = {
    "plain": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "chunked, with an extension and a trailer": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nh\r\n1\r\ni\r\n0\r\nX-Trailer: t\r\n\r\n"
    ),
    "odd spacing and case": b"HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh:    2  \r\nX-Empty:\r\n\r\nhi",
    "no reason phrase": b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi",
    "a Japanese reason phrase": "HTTP/1.1 200 成功\r\nContent-Length: 2\r\n\r\nhi".encode(),
    "raw bytes in a header": b"HTTP/1.1 200 OK\r\nX-Title: \x93\xfa\x96{\r\nContent-Length: 2\r\n\r\nhi",
    "HTTP/1.0, ended by the connection": b"HTTP/1.0 200 OK\r\n\r\nhi",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    "a gzip label on what is no gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi",
}


@pytest.mark.parametrize("wire", WIRE.values(), ids=WIRE.keys())
def test_every_byte_is_kept_as_it_crossed_the_wire(site: Site, wire: bytes) -> None:
    site.answers["/p"] = wire
    visit = Visitor(contact="archive@example.org").visit(f"{site.url}/p")
    assert visit.answer is not None
    assert visit.answer.response == wire
    assert visit.answer.request == site.requests[-1]
    assert (visit.answer.status, visit.answer.payload, visit.answer.truncated) == (200, b"hi", None)
    assert visit.answer.address == "127.0.0.1"
    assert visit.at == AT.replace(microsecond=0)


INTERIM = {
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
    "three of them, one with bare line feeds": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\n\nHTTP/1.1 103 \r\nX: HTTP/1.1 200 OK\r\n\r\n"
    ),
}


@pytest.mark.parametrize("interim", INTERIM.values(), ids=INTERIM.keys())
def test_heads_before_the_answer_are_kept_apart_from_it(site: Site, interim: bytes) -> None:
    site.answers["/p"] = interim + WIRE["plain"]
    visit = Visitor().visit(f"{site.url}/p")
    assert visit.answer is not None
    assert (visit.answer.interim, visit.answer.response) == (interim, WIRE["plain"])
    assert (visit.answer.status, visit.answer.payload) == (200, b"hi")


def test_a_request_names_the_project_and_asks_for_no_coding(site: Site) -> None:
    Visitor(contact="archive@example.org").visit(f"{site.url}/p")
    assert b"User-Agent: pref-scraper/" in site.requests[0]
    assert b"(+archive@example.org)" in site.requests[0]
    assert b"Accept-Encoding: identity" in site.requests[0]
    assert b"Cookie" not in site.requests[0]


def test_each_hop_of_a_redirect_is_an_exchange(site: Site) -> None:
    site.answers["/a"] = b"HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
    site.answers["/b"] = answer(b"hi")
    visit = Visitor().visit(f"{site.url}/a")
    assert [(e.url.removeprefix(site.url), e.status) for e in visit.exchanges] == [
        ("/robots.txt", 404),
        ("/a", 301),
        ("/b", 200),
    ]
    assert visit.answer is visit.exchanges[-1]


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("/a", f"redirects more than {MAX_REDIRECTS} times"),
        ("ftp://example.org/", "neither http nor https"),
        ("file:///etc/passwd", "neither http nor https"),
    ],
)
def test_a_redirect_that_leads_nowhere_ends_in_a_sentence(site: Site, location: str, error: str) -> None:
    site.answers["/a"] = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    visit = Visitor().visit(f"{site.url}/a")
    assert visit.answer is None
    assert error in (visit.error or "")


@pytest.mark.parametrize(
    ("robots", "visited"),
    [
        (answer(b"User-agent: *\nDisallow: /p\n"), False),
        (answer(b"\xef\xbb\xbfUser-agent: *\nDisallow: /p\n"), False),
        (answer(b"User-agent: pref-scraper\nDisallow: /p\n"), False),
        (answer(b"User-agent: other\nDisallow: /\n"), True),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"User-agent: *\nDisallow: /\n"), False),
        (answer(b"", status="404 Not Found"), True),
        (answer(b"", status="403 Forbidden"), True),
        (answer(b"", status="503 Service Unavailable"), False),
    ],
)
def test_robots_txt_is_obeyed(site: Site, robots: bytes, visited: bool) -> None:
    site.answers |= {"/robots.txt": robots, "/p": answer(b"hi")}
    visitor = Visitor()
    visits = [visitor.visit(f"{site.url}/p") for _ in range(2)]
    assert [visit.answer is not None for visit in visits] == [visited, visited]
    assert ("/p" in site.paths()) is visited
    assert site.paths().count("/robots.txt") == (3 if b"503" in robots else 1)
    if not visited:
        assert "robots.txt" in (visits[0].error or "")


def test_two_requests_to_a_host_are_apart(site: Site) -> None:
    site.answers |= {"/robots.txt": answer(b"User-agent: *\nCrawl-delay: 7\n"), "/p": answer(b"hi")}
    visitor = Visitor()
    visitor.visit(f"{site.url}/p", delay=3)
    visitor.visit(f"{site.url}/p", delay=9)
    assert [round(wait) for wait in visitor.waits] == [7, 9]


def test_conditions_come_from_the_validators_of_that_address(site: Site) -> None:
    site.answers["/p"] = answer(b"hi", etag='"1"')
    validators = Validators(
        etag='"1"',
        last_modified="Wed, 01 Apr 2026 00:00:00 GMT",
        payload_digest="sha256:x",
        record_id="<urn:uuid:0>",
        url=f"{site.url}/p",
        date="2026-04-01T00:00:00Z",
    )
    visit = Visitor().visit(f"{site.url}/p", validators=validators)
    assert visit.answer is not None
    assert visit.answer.status == 304
    assert b'If-None-Match: "1"' in site.requests[-1]
    assert b"If-Modified-Since: Wed, 01 Apr 2026 00:00:00 GMT" in site.requests[-1]
    Visitor().visit(f"{site.url}/other", validators=validators)
    assert b"If-None-Match" not in site.requests[-1]


def test_conditions_that_no_header_can_hold_are_not_made(site: Site) -> None:
    url = f"{site.url}/p"
    odd = Validators(
        etag='"\x01"', last_modified="x\r\nY: z", payload_digest="", record_id="<urn:uuid:0>", url=url, date=""
    )
    assert Visitor().visit(url, validators=odd).answer is not None
    assert b"If-" not in site.requests[-1]


@pytest.mark.parametrize(
    ("wire", "truncated", "payload"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", "disconnect", b"hi"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", "disconnect", b"hi"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"x" * 99999, "length", None),
    ],
)
def test_an_answer_cut_short_is_kept_and_says_why(
    site: Site, wire: bytes, truncated: str, payload: bytes | None
) -> None:
    site.answers["/p"] = wire
    visit = Visitor(limits=Limits(max_bytes=1000)).visit(f"{site.url}/p")
    assert visit.answer is not None
    assert visit.answer.truncated == truncated
    assert visit.answer.response == wire[:1000]
    assert payload is None or visit.answer.payload == payload


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that answers robots.txt, begins to answer the page, and then says no more."""
    closing = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for wire in (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\n"):
            connection, _ = server.accept()
            connection.recv(65536)
            connection.sendall(wire)
            if wire.endswith(b"\r\n\r\n"):
                connection.close()
        closing.wait(30)
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    closing.set()
    thread.join()
    server.close()


def test_a_server_that_falls_silent_is_given_up(silent: str) -> None:
    visit = Visitor(limits=Limits(timeout=0.2)).visit(f"{silent}/p")
    assert visit.answer is None
    assert "no answer within 0.2 s" in (visit.error or "")
    assert visit.exchanges[-1].truncated == "time"


def test_a_closed_port_is_told(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/p"
    visit = Visitor().visit(url)
    assert visit.answer is None
    assert "refuses the connection" in (visit.error or "")


def test_what_is_no_http_is_told_and_kept(site: Site) -> None:
    site.answers["/p"] = b"SSH-2.0-OpenSSH_9.2\r\n"
    visit = Visitor().visit(f"{site.url}/p")
    assert visit.answer is None
    assert "not HTTP" in (visit.error or "")
    assert visit.exchanges[-1].response == b"SSH-2.0-OpenSSH_9.2\r\n"


def test_a_certificate_that_nobody_vouches_for_ends_the_visit() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with Site(tls=context) as site:
        visit = Visitor().visit(f"{site.url}/p")
    assert visit.answer is None
    assert "certificate is not valid" in (visit.error or "")
    assert site.requests == []


def test_over_tls_the_bytes_are_those_inside_and_what_secured_them_is_told() -> None:
    authority = trustme.CA()
    context, trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    issued = authority.issue_cert("127.0.0.1", key_type=trustme.KeyType.ECDSA)
    issued.configure_cert(context)
    authority.configure_trust(trust)
    with Site(tls=context) as site:
        site.answers["/p"] = WIRE["plain"]
        visit = Visitor(network=Network(trust=lambda: trust)).visit(f"{site.url}/p")
    assert visit.answer is not None
    assert visit.answer.response == WIRE["plain"]
    der = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
    assert visit.answer.tls == Tls(
        version="TLSv1.2",
        cipher="ECDHE-ECDSA-AES256-GCM-SHA384",
        certificate=f"sha256:{hashlib.sha256(der).hexdigest()}",
    )


BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n%s\r\n"


def _after(*answers: bytes) -> Answer:
    """These answers, one after another; the last one for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def _statuses(visit: Visit) -> list[tuple[int | None, str | None]]:
    return [(exchange.status, exchange.retried) for exchange in visit.exchanges[1:]]


def test_what_passes_is_asked_for_again_and_says_why(site: Site) -> None:
    site.answers["/p"] = _after(BUSY % b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", WIRE["plain"])
    visitor = Visitor()
    visit = visitor.visit(f"{site.url}/p")
    assert _statuses(visit) == [
        (503, None),
        (200, "it answered 503"),
        (200, "it closed the connection before its answer was complete"),
    ]
    assert visit.answer is visit.exchanges[-1]
    assert visit.answer is not None
    assert visit.answer.truncated is None
    first, second = visitor.waits
    assert 1 <= first <= 2 <= second <= 4


def test_what_does_not_pass_ends_after_three_tries(site: Site) -> None:
    site.answers["/p"] = BUSY % b""
    visit = Visitor().visit(f"{site.url}/p")
    assert [status for status, _ in _statuses(visit)] == [503, 503, 503]
    assert (visit.answer, visit.error, visit.retry_at) == (visit.exchanges[-1], None, None)


@pytest.mark.parametrize("status", [b"500 Oops", b"404 Not Found", b"403 Forbidden", b"200 OK"])
def test_any_other_answer_is_asked_for_once(site: Site, status: bytes) -> None:
    site.answers["/p"] = b"HTTP/1.1 %s\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n" % status
    visit = Visitor().visit(f"{site.url}/p")
    assert site.paths() == ["/robots.txt", "/p"]
    assert visit.answer is visit.exchanges[-1]


def test_the_server_says_how_long_it_wants_to_be_left_alone(site: Site) -> None:
    later = (AT + timedelta(seconds=100)).strftime("%a, %d %b %Y %H:%M:%S GMT").encode()
    site.answers["/p"] = _after(BUSY % b"Retry-After: 50\r\n", BUSY % b"Retry-After: %s\r\n" % later, WIRE["plain"])
    visitor = Visitor()
    visit = visitor.visit(f"{site.url}/p")
    assert [status for status, _ in _statuses(visit)] == [503, 503, 200]
    assert [round(wait) for wait in visitor.waits] == [50, 50]
    assert visit.retry_at is None


def test_a_rest_longer_than_the_visit_ends_it_and_holds_for_the_host(site: Site) -> None:
    site.answers |= {"/p": BUSY % b"Retry-After: 3600\r\n", "/q": WIRE["plain"]}
    visitor = Visitor()
    until = (AT + timedelta(seconds=3601)).replace(microsecond=0)
    visit = visitor.visit(f"{site.url}/p")
    assert (visit.answer, visit.error, visit.retry_at) == (visit.exchanges[-1], None, until)
    other = visitor.visit(f"{site.url}/q")
    assert (other.exchanges, other.answer, other.retry_at) == ((), None, until)
    assert "127.0.0.1 asked to be left alone until 2026-04-01T10:30:16Z" in (other.error or "")
    visitor.waits.append(3600)
    assert visitor.visit(f"{site.url}/q").answer is not None
    assert site.paths() == ["/robots.txt", "/p", "/q"]


def test_what_an_earlier_run_was_told_holds_in_this_one(site: Site) -> None:
    visitor = Visitor()
    visitor.fetcher.obey("127.0.0.1", AT + timedelta(hours=1))
    visit = visitor.visit(f"{site.url}/p")
    assert (visit.exchanges, visit.retry_at) == ((), (AT + timedelta(hours=1)).replace(microsecond=0, second=16))
    assert site.requests == []


def test_the_rest_that_is_asked_for_with_robots_txt_holds_for_all_pages(site: Site) -> None:
    site.answers["/robots.txt"] = BUSY % b"Retry-After: 3600\r\n"
    visitor = Visitor()
    for path, exchanges in (("/p", 1), ("/q", 0)):
        visit = visitor.visit(f"{site.url}{path}")
        assert (len(visit.exchanges), visit.retry_host) == (exchanges, "127.0.0.1")
        assert "robots.txt answers 503, which forbids every visit" in (visit.error or "")


def test_a_redirect_may_ask_for_patience(site: Site) -> None:
    site.answers["/a"] = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n"
    site.answers["/b"] = WIRE["plain"]
    visitor = Visitor()
    assert visitor.visit(f"{site.url}/a").answer is not None
    assert [round(wait) for wait in visitor.waits] == [30]


def test_a_delay_that_no_visit_can_keep_is_told(site: Site) -> None:
    site.answers |= {"/robots.txt": answer(b"User-agent: *\nCrawl-delay: 86400\n"), "/p": WIRE["plain"]}
    visitor = Visitor()
    visit = visitor.visit(f"{site.url}/p")
    assert visit.error == "127.0.0.1 could be asked only after 86400 s more, and a visit ends after 300 s"
    assert visitor.waits == []


def test_all_that_a_visit_does_is_within_its_time(site: Site) -> None:
    site.answers["/p"] = b"HTTP/1.1 302 Found\r\nLocation: /p\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n"
    visitor = Visitor()
    visit = visitor.visit(f"{site.url}/p")
    assert visit.answer is None
    assert sum(visitor.waits) == 200
    assert visit.retry_at is not None


def test_robots_txt_that_cannot_be_read_is_not_asked_for_again_in_this_run(site: Site) -> None:
    site.answers |= {"/robots.txt": b"", "/p": WIRE["plain"]}
    visitor = Visitor()
    for _ in range(2):
        visit = visitor.visit(f"{site.url}/p")
        assert visit.error == (
            f"{site.url}/robots.txt could not be read (it closed the connection before its answer was complete), "
            f"so {site.url}/p was not visited"
        )
    assert site.paths() == ["/robots.txt"] * 3


@pytest.mark.parametrize(("hops", "visited"), [(5, False), (6, True)])
def test_robots_txt_is_followed_through_five_redirects(site: Site, hops: int, visited: bool) -> None:
    names = ["/robots.txt", *(f"/{number}" for number in range(hops))]
    for here, there in itertools.pairwise(names):
        site.answers[here] = f"HTTP/1.1 301 Moved\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n".encode()
    site.answers |= {names[-1]: answer(b"User-agent: *\nDisallow: /p\n"), "/p": WIRE["plain"]}
    assert (Visitor().visit(f"{site.url}/p").answer is not None) is visited


def test_robots_txt_that_the_archive_holds_is_not_asked_for(site: Site) -> None:
    held = {
        f"{site.url}/robots.txt": Robots(301, "/r.txt", b""),
        f"{site.url}/r.txt": Robots(200, None, b"User-agent: *\nDisallow: /q\n"),
    }
    site.answers |= {"/p": WIRE["plain"], "/q": WIRE["plain"]}
    visitor = Visitor()
    visitor.fetcher.known_robots = lambda url, _: held.get(url)
    assert visitor.visit(f"{site.url}/p").answer is not None
    assert "disallows it" in (visitor.visit(f"{site.url}/q").error or "")
    assert site.paths() == ["/p"]


class Internet:
    """Names and addresses of our own: whatever is dialled is the site on loopback, and no packet leaves the machine."""

    def __init__(self, names: dict[str, list[str]], site: Site) -> None:
        self.names = names
        self.dialled: list[str] = []
        self.port = int(site.url.rpartition(":")[2])
        self.network = Network(resolve=lambda host, _: self.names[host], dial=self._dial)

    def _dial(self, address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        self.dialled.append(address)
        if address == CLOSED:
            raise httpcore.ConnectError("closed")
        return dial("127.0.0.1", self.port, timeout)


PUBLIC, ALSO_PUBLIC, CLOSED, PRIVATE = "8.8.8.8", "2606:4700::1111", "8.8.4.4", "10.0.0.5"
INSIDE = {
    "a private address": [PRIVATE],
    "this machine": ["127.0.0.1"],
    "where clouds keep their keys": ["169.254.169.254"],
    "a private address in IPv6": ["fd00::1"],
    "a private address mapped into IPv6": ["::ffff:10.0.0.5"],
    "a private address behind NAT64": ["64:ff9b::a00:5"],
}


@pytest.mark.parametrize("addresses", INSIDE.values(), ids=INSIDE.keys())
@pytest.mark.parametrize("path", ["/a", "/robots.txt"])
def test_a_public_host_leads_into_no_private_network(site: Site, addresses: list[str], path: str) -> None:
    internet = Internet({"out.example": [PUBLIC], "in.example": addresses}, site)
    site.answers[path] = b"HTTP/1.1 302 Found\r\nLocation: http://in.example/b\r\nContent-Length: 0\r\n\r\n"
    visit = Visitor(network=internet.network).visit("http://out.example/a")
    assert visit.answer is None
    assert f"in.example lies at {addresses[0]}, an address that is not public" in (visit.error or "")
    assert set(internet.dialled) == {PUBLIC}


def test_of_several_addresses_those_are_dialled_that_may_be(site: Site) -> None:
    internet = Internet({"out.example": [CLOSED, ALSO_PUBLIC], "both.example": [PRIVATE, PUBLIC]}, site)
    site.answers["/a"] = b"HTTP/1.1 302 Found\r\nLocation: http://both.example/b\r\nContent-Length: 0\r\n\r\n"
    site.answers["/b"] = WIRE["plain"]
    visit = Visitor(network=internet.network).visit("http://out.example/a")
    assert internet.dialled == [CLOSED, ALSO_PUBLIC, CLOSED, ALSO_PUBLIC, PUBLIC, PUBLIC]
    assert [exchange.address for exchange in visit.exchanges] == [ALSO_PUBLIC, ALSO_PUBLIC, PUBLIC, PUBLIC]
    assert visit.answer is visit.exchanges[-1]


def test_a_source_within_a_private_network_is_visited_and_may_lead_on(site: Site) -> None:
    internet = Internet({"in.example": [PRIVATE], "also.example": ["192.168.1.1"]}, site)
    site.answers["/a"] = b"HTTP/1.1 302 Found\r\nLocation: http://also.example/b\r\nContent-Length: 0\r\n\r\n"
    site.answers["/b"] = WIRE["plain"]
    assert Visitor(network=internet.network).visit("http://in.example/a").answer is not None


UNKNOWN = {
    socket.EAI_NONAME: ("its name is not known to the name server", 1),
    socket.EAI_AGAIN: ("the name server gives no answer for now", 3),
}


@pytest.mark.parametrize(("code", "told"), UNKNOWN.items())
def test_only_a_name_server_that_is_silent_is_asked_again(code: int, told: tuple[str, int]) -> None:
    asked = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        raise socket.gaierror(code, "no")

    visit = Visitor(network=Network(resolve=resolve)).visit("http://a.example/p")
    assert told[0] in (visit.error or "")
    assert asked == ["a.example"] * told[1]


LOCATIONS = {
    "/日本".encode(): "/%E6%97%A5%E6%9C%AC",
    "/日本".encode("cp932"): "/%93%FA%96%7B",
    b"/b#part": "/b",
    b"/b c": "/b%20c",
    b"//127.0.0.1:%d/b": "/b",
}


@pytest.mark.parametrize(("location", "path"), LOCATIONS.items())
def test_a_redirect_is_followed_however_it_is_written(site: Site, location: bytes, path: str) -> None:
    location = location.replace(b"%d", site.url.rpartition(":")[2].encode())
    site.answers["/a"] = b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location
    site.answers[path] = WIRE["plain"]
    visit = Visitor().visit(f"{site.url}/a")
    assert visit.answer is not None
    assert visit.answer.url == site.url + path


def test_a_head_without_end_is_told(site: Site) -> None:
    site.answers["/p"] = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000_000
    visit = Visitor().visit(f"{site.url}/p")
    assert visit.error == f"{site.url}/p: the head of its answer is longer than 100 KB"
    assert site.paths() == ["/robots.txt", "/p"]
