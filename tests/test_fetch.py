"""Visits to a real site on loopback: bytes as they crossed the wire, redirects, robots.txt, limits, failures."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import trustme

from pref_scraper.fetch import MAX_REDIRECTS, Fetcher, Limits
from pref_scraper.records import Source, Validators, Visit

from .loopback import Site, answer

AT = datetime(2026, 4, 1, 9, 30, 15, 999, tzinfo=UTC)


class Visitor:
    """A fetcher that notes how long it was told to wait, and waits no moment."""

    def __init__(self, *, contact: str | None = None, limits: Limits | None = None) -> None:
        self.waits: list[float] = []
        self.fetcher = Fetcher(contact, clock=lambda: AT, pause=self.waits.append, limits=limits)

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
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
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
    assert site.paths().count("/robots.txt") == 1
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


def test_over_tls_the_bytes_are_those_inside() -> None:
    authority = trustme.CA()
    context, trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(trust)
    with Site(tls=context) as site:
        site.answers["/p"] = WIRE["plain"]
        fetcher = Fetcher(None, clock=lambda: AT, trust=trust)
        visit = fetcher.visit(Source(id="s", url=f"{site.url}/p", name="n", delay_seconds=0))
    assert visit.answer is not None
    assert visit.answer.response == WIRE["plain"]
