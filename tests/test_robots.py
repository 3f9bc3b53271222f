"""robots.txt to rules: whose they are, what they allow, what an answer without them means."""

import gzip

import pytest

from pref_scraper.robots import MAX_BYTES, Answer, Rules, read, unreachable

PAGE = "http://a.example/NPO/page.htm"


def _said(text: str | bytes, status: int = 200) -> Rules:
    return read(Answer(status, None, text if isinstance(text, bytes) else text.encode()))


# What robots.txt says, and whether the page may be visited.
GROUPS = [
    ("User-agent: *\nDisallow: /NPO/\n", False, "all are meant"),
    ("User-agent: pref-scraper\nDisallow: /\n", False, "we are named"),
    ("User-agent: PREF-Scraper\nDisallow: /\n", False, "in any case"),
    ("User-agent: pref-scraper/1.0\nDisallow: /\n", False, "with a version, which is no part of the token"),
    ("User-agent: pref-scraper # ours\nDisallow: /\n", False, "with a comment"),
    ("USER-AGENT :pref-scraper\r\nDISALLOW :/\r\n", False, "spaced otherwise"),
    ("User-agent: pref\nDisallow: /\n", True, "a token that ours begins with is another's"),
    ("User-agent: scraper\nDisallow: /\n", True, "one that ours ends with, too"),
    ("User-agent: pref-scraper-x\nDisallow: /\n", True, "one that begins with ours, too"),
    ("User-agent: archive\nDisallow: /\n", True, "a word of the contact is not our name"),
    ("User-agent: *\nDisallow: /\n\nUser-agent: pref-scraper\nDisallow: /x\n", True, "our own group goes first"),
    ("User-agent: pref-scraper\nUser-agent: other\nDisallow: /\n", False, "a group of several"),
    ("User-agent: other\nUser-agent: pref-scraper\nDisallow: /\n", False, "a group of several"),
    ("User-agent: other\nDisallow: /\n", True, "others are meant"),
    ("User-agent: *\nDisallow: /\nAllow: /NPO/page.htm\n", True, "the longer rule counts"),
    ("User-agent: *\nDisallow: /*.htm$\n", False, "wildcards"),
    ("User-agent: *\nDisallow:\n", True, "nothing is disallowed"),
    ("\ufeffUser-agent: *\nDisallow: /\n", False, "a byte order mark hides no line"),
    ("", True, "an empty file"),
    ("<html>not found</html>", True, "a page in its place"),
]


@pytest.mark.parametrize(("text", "allowed"), [(text, allowed) for text, allowed, _ in GROUPS])
def test_a_group_is_ours_by_its_product_token(text: str, allowed: bool) -> None:
    rules = _said(text)
    assert rules.allow(PAGE) is allowed
    assert rules.refusal == "disallows it"


@pytest.mark.parametrize(
    ("status", "allowed"), [(200, False), (206, False), (304, True), (401, True), (403, True), (404, True), (410, True)]
)
def test_only_what_is_there_can_disallow(status: int, allowed: bool) -> None:
    assert _said("User-agent: *\nDisallow: /\n", status).allow(PAGE) is allowed


@pytest.mark.parametrize("status", [429, 500, 503, 599])
def test_a_server_that_is_not_well_allows_nothing(status: int) -> None:
    rules = _said("", status)
    assert not rules.allow(PAGE)
    assert rules.refusal == f"answers {status}, which forbids every visit"


def test_what_cannot_be_read_allows_nothing() -> None:
    rules = unreachable("it refuses the connection")
    assert not rules.allow(PAGE)
    assert rules.refusal == "could not be read (it refuses the connection)"


CODINGS = [
    (gzip.compress(b"User-agent: *\nDisallow: /\n"), "gzip", False, "packed, though nobody asked for it"),
    (b"User-agent: *\nDisallow: /\n", "gzip", False, "labelled as packed, and not"),
    (gzip.compress(b"User-agent: *\nDisallow: /\n" + b"#" * 50_000_000), "gzip", False, "a bomb is read as far as any"),
    (b"\x28\xb5\x2f\xfd", "zstd", False, "what cannot be unpacked allows nothing"),
    (gzip.compress(b"User-agent: *\nDisallow: /x\n"), "gzip", True, "packed, and of another page"),
]


@pytest.mark.parametrize(
    ("body", "coding", "allowed"), [(b, c, a) for b, c, a, _ in CODINGS], ids=[why for *_, why in CODINGS]
)
def test_a_packed_file_is_unpacked(body: bytes, coding: str, allowed: bool) -> None:
    assert read(Answer(200, None, body, coding)).allow(PAGE) is allowed


@pytest.mark.parametrize(
    ("said", "delay"), [("7", 7.0), ("0.5", 0.5), ("-1", 0.0), ("soon", 0.0), ("inf", 0.0), ("nan", 0.0), ("", 0.0)]
)
def test_the_delay_is_a_number_of_seconds(said: str, delay: float) -> None:
    assert _said(f"User-agent: *\nCrawl-delay: {said}\n").crawl_delay == delay


def test_the_delay_is_that_of_our_group() -> None:
    text = "User-agent: *\nCrawl-delay: 7\n\nUser-agent: pref-scraper\nCrawl-delay: 2\n"
    assert _said(text).crawl_delay == 2.0


def test_a_long_file_is_read_up_to_a_whole_line() -> None:
    head = b"User-agent: *\nDisallow: /a\n"
    filler = b"# " + b"x" * (MAX_BYTES - len(head) - 2 - len("\nDisallow: /")) + b"\n"
    rules = _said(head + filler + b"Disallow: /NPO/\nDisallow: /\n")
    assert not rules.allow("http://a.example/a")
    assert rules.allow(PAGE)
