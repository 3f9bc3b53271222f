"""Lists of captures, as other archives write them."""

from datetime import UTC, datetime

import pytest

from pref_scraper.memento import Memento, cdx_query, datetime_of, in_order, read_cdx, read_timemap, replay_of

PAGE = "http://www.example.jp/a,b.htm"
FIRST, SECOND = datetime(2009, 4, 1, 1, 2, 3, tzinfo=UTC), datetime(2010, 5, 2, tzinfo=UTC)
RAW = [
    Memento(at=FIRST, url=f"http://arc.example/web/20090401010203id_/{PAGE}"),
    Memento(at=SECOND, url=f"http://arc.example/web/20100502000000id_/{PAGE}"),
]

# As RFC 7089 (5.) shows it, and as it is found: one line, no spaces, other cases, relations in any order.
TIMEMAPS = {
    "by the standard": f"""<{PAGE}>;rel="original",
 <http://arc.example/timemap/{PAGE}>
   ; rel="self";type="application/link-format"
   ; from="Wed, 01 Apr 2009 01:02:03 GMT",
 <http://arc.example/timegate/{PAGE}>; rel="timegate",
 <http://arc.example/web/20090401010203/{PAGE}>
   ; rel="first memento";datetime="Wed, 01 Apr 2009 01:02:03 GMT"
   ; license="http://creativecommons.org/publicdomain/zero/1.0/",
 <http://arc.example/web/20100502000000/{PAGE}>
   ; rel="last memento";datetime="Sun, 02 May 2010 00:00:00 GMT"
""",
    "as pywb writes it": (
        f'<{PAGE}>; rel="original",\n'
        f'<http://arc.example/web/20090401010203mp_/{PAGE}>; rel="memento"; '
        'datetime="Wed, 01 Apr 2009 01:02:03 GMT"; collection="web",\n'
        f'<http://arc.example/web/20100502000000mp_/{PAGE}>; rel="memento"; '
        'datetime="Sun, 02 May 2010 00:00:00 GMT"; collection="web"\n'
    ),
    "on one line, without quotes, with relative addresses and without times": (
        f"<{PAGE}>;rel=original,</web/20090401010203/{PAGE}>;REL=memento,</web/20100502000000if_/{PAGE}>;rel=memento"
    ),
}


@pytest.mark.parametrize("text", TIMEMAPS.values(), ids=TIMEMAPS)
def test_a_timemap_lists_mementos(text: str) -> None:
    found = read_timemap(text, "http://arc.example/timemap/x")
    assert (list(found.mementos), found.pages) == (RAW, ())


def test_a_timemap_names_its_other_pages() -> None:
    text = (
        f'<{PAGE}>; rel="original", <http://arc.example/tm/2>; rel="self", <http://arc.example/tm/1>; rel="timemap";'
        ' from="Wed, 01 Apr 2009 01:02:03 GMT", </tm/3>; rel="timemap", </tm/2>; rel="timemap"'
    )
    assert read_timemap(text, "http://arc.example/tm/2").pages == ("http://arc.example/tm/1", "http://arc.example/tm/3")


def test_what_is_no_memento_address_is_taken_as_it_is() -> None:
    text = '<http://wiki.example/?id=7>; rel="memento"; datetime="Wed, 01 Apr 2009 01:02:03 GMT", </x>; rel="memento"'
    assert read_timemap(text, "http://wiki.example/").mementos == (Memento(at=FIRST, url="http://wiki.example/?id=7"),)


@pytest.mark.parametrize("text", ["", "<html><a href='x'>no TimeMap</a></html>", "[]", "<a>; rel=next"])
def test_what_is_no_timemap_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no TimeMap in link format"):
        read_timemap(text, "http://arc.example/")


CDX = {
    "pywb, a JSON object per line": (
        f'{{"urlkey": "jp,example)/a,b.htm", "timestamp": "20090401010203", "url": "{PAGE}", "status": "200"}}\n'
        f'{{"urlkey": "jp,example)/a,b.htm", "timestamp": "20100502000000", "url": "{PAGE}", "status": "200"}}\n'
    ),
    "pywb, CDXJ": (
        f'jp,example)/a,b.htm 20090401010203 {{"url": "{PAGE}", "mime": "text/html"}}\n'
        f'jp,example)/a,b.htm 20100502000000 {{"url": "{PAGE}", "mime": "text/html"}}\n'
    ),
    "Wayback, columns": (
        f"jp,example)/a,b.htm 20090401010203 {PAGE} text/html 200 3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ 451\n"
        f"jp,example)/a,b.htm 20100502000000 {PAGE} text/html 200 3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ 451\n"
    ),
    "Wayback, one array": (
        '[["urlkey","timestamp","original","mimetype","statuscode","digest","length"],\n'
        f'["jp,example)/a,b.htm","20090401010203","{PAGE}","text/html","200","3I42","451"],\n'
        f'["jp,example)/a,b.htm","20100502000000","{PAGE}","text/html","200","3I42","451"]]'
    ),
    "with another page and a time that is none": (
        f"jp,example)/a,b.htm 20090401010203 {PAGE} text/html 200 3I42 451\n"
        f"jp,example)/a,b.htm 20090000000000 {PAGE} text/html 200 3I42 451\n"
        f"jp,example)/b.htm 20090401010203 http://www.example.jp/b.htm text/html 200 3I42 451\n"
        f"jp,example)/a,b.htm 20100502000000 {PAGE} text/html 200 3I42 451\n"
    ),
}


@pytest.mark.parametrize("text", CDX.values(), ids=CDX)
@pytest.mark.parametrize("replay", ["http://arc.example/web", "http://arc.example/web/"])
def test_a_cdx_server_lists_captures(text: str, replay: str) -> None:
    assert list(read_cdx(text, replay, lambda url: url == PAGE)) == RAW


@pytest.mark.parametrize("text", ["", "\n", "[]", "[[]]"])
def test_a_cdx_server_may_have_nothing(text: str) -> None:
    assert read_cdx(text, "http://arc.example/web/", lambda _: True) == ()


@pytest.mark.parametrize("text", ["<html>", "Not found here", "{", '{"a": 1}', '[["a"],["b"]]', "a 1 {"])
def test_what_is_no_cdx_answer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no answer of a CDX server"):
        read_cdx(text, "http://arc.example/web/", lambda _: True)


@pytest.mark.parametrize(
    ("cdx", "asked"),
    [
        ("http://a.example/c/cdx", "http://a.example/c/cdx?url=http%3A%2F%2Fx.jp%2F%3Fa%3D1&output=json"),
        (
            "http://a.example/c/cdx?limit=5",
            "http://a.example/c/cdx?url=http%3A%2F%2Fx.jp%2F%3Fa%3D1&output=json&limit=5",
        ),
        ("http://a.example/cdx?url=x.jp&output=cdxj", "http://a.example/cdx?url=x.jp&output=cdxj"),
    ],
)
def test_what_a_cdx_server_is_not_asked_yet_is_added(cdx: str, asked: str) -> None:
    assert cdx_query(cdx, "http://x.jp/?a=1") == asked


@pytest.mark.parametrize(
    ("cdx", "replay"),
    [
        ("https://web.archive.org/cdx/search/cdx", "https://web.archive.org/web/"),
        ("https://web.archive.org/cdx/search/cdx?url=x", "https://web.archive.org/web/"),
        ("http://127.0.0.1:8080/mie-npo/cdx", "http://127.0.0.1:8080/mie-npo/"),
        ("http://archive.example/api?url=x", None),
    ],
)
def test_where_captures_are_replayed_is_known_of_two_kinds_of_servers(cdx: str, replay: str | None) -> None:
    assert replay_of(cdx) == replay


def test_times_are_read_as_http_has_them() -> None:
    assert datetime_of("Wed, 01 Apr 2009 01:02:03 GMT") == FIRST
    assert [datetime_of(text) for text in (None, "", "2009-04-01", "Wed, 99 Apr 2009 01:02:03 GMT")] == [None] * 4
    assert in_order([RAW[1], RAW[0], RAW[1]]) == RAW
