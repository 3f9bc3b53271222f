"""Visits, loads and rebuilds of a whole archive, over real HTTP and on a real disk."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pref_scraper import pipeline
from pref_scraper.archive import Archive
from pref_scraper.errors import DamagedError, PrefScraperError
from pref_scraper.records import Visit
from pref_scraper.sources import Directory
from pref_scraper.wire import Network, dial
from pref_scraper.world import World
from pref_scraper.written import VERSION

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Answer, Site, answer, sources

HTML = page()


def _query(workshop: Workshop, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(workshop.directory.database)) as connection:
        return connection.execute(sql).fetchall()


def _dump(path: Path) -> list[str]:
    """All rows, without what the index of search keeps inside."""
    with closing(sqlite3.connect(path)) as connection:
        return sorted(line for line in connection.iterdump() if "search_index" not in line)


def test_three_editions_become_versions(workshop: Workshop) -> None:
    outcomes = []
    for number in (1, 2, 3):
        workshop.site.answers[PATH] = answer(page(number))
        outcomes.append(workshop.visit().capture.outcome)
    assert outcomes == ["new", "changed", "changed"]
    assert _query(workshop, "SELECT change, record, label, field, old, new FROM changes WHERE field = 'printed'") == [
        ("modified", "budgets", "みえ県民交流センター指定管理事業 平成23年度", "printed", "28,709千円", "29,100千円")
    ]
    added = _query(workshop, "SELECT record, new FROM changes WHERE change = 'added' ORDER BY record, new")
    assert added == [
        ("budgets", "1,200千円"),
        ("budgets", "－　千円"),
        ("projects", "災害ボランティア受入体制整備事業"),
    ]
    ((removed,),) = _query(workshop, "SELECT old FROM changes WHERE change = 'removed'")
    assert removed.startswith("また、みえ県民交流センターにおいて")
    assert _query(workshop, "SELECT count(*) FROM projects") == [(39,)]
    assert _query(workshop, "SELECT count(*), count(DISTINCT previous_capture_id) FROM changes")[0][1] == 2


def test_a_page_that_stays_is_stored_once(workshop: Workshop) -> None:
    for etag in ('"1"', None):
        workshop.site.answers[PATH] = answer(HTML, etag=etag)
        workshop.visit()
        size = sum(path.stat().st_size for path in workshop.directory.snapshots.rglob("*.gz"))
        versions = _query(workshop, "SELECT count(*) FROM project_version")
        assert workshop.visit().capture.outcome == "not_modified"
        grown = sum(path.stat().st_size for path in workshop.directory.snapshots.rglob("*.gz")) - size
        assert grown < 2500
        assert _query(workshop, "SELECT count(*) FROM project_version") == versions
    assert _query(workshop, "SELECT count(*) FROM changes") == [(0,)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"0f3c9a1e5b7d", b"aaaaaaaaaaaa"),
        (b'<a href="#tw">twitter</a>', b'<a href="#x">X</a>'),
        (b'id="page-35168030780"', b'id="p2"'),
        (b"</body>", b"<!-- 17 --></body>"),
    ],
)
def test_noise_is_unchanged(workshop: Workshop, old: bytes, new: bytes) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    workshop.site.answers[PATH] = answer(HTML.replace(old, new))
    loaded = workshop.visit()
    assert (loaded.capture.outcome, loaded.changes) == ("unchanged", ())
    assert _query(workshop, "SELECT count(*) FROM changes") == [(0,)]
    assert _query(workshop, "SELECT count(DISTINCT text_digest) FROM captures") == [(1,)]


NOTICE = "<p>ただいまメンテナンス中です。</p>".encode()


@pytest.mark.parametrize(
    ("bad", "outcome", "reason"),
    [
        (answer(b"", status="404 Not Found"), "gone", "answers 404"),
        (answer(b"", status="410 Gone"), "gone", "answers 410"),
        (answer(b"", status="500 Internal Server Error"), "failed", "answers 500"),
        (answer(b"", status="304 Not Modified"), "failed", "304"),
        (answer(b""), "suspect", "empty"),
        (answer(b"<html><body></body></html>"), "suspect", "no text"),
        (answer(NOTICE), "suspect", "a maintenance notice"),
        (answer("<p>お探しのページは見つかりませんでした。</p>".encode()), "suspect", "not found"),
        (answer(b"<title>Just a moment...</title><p>Checking your browser</p>"), "suspect", "a wall against robots"),
        (answer("<form>ログイン<input name=id><input type=password></form>".encode()), "suspect", "a login form"),
        (answer("<p>様式です。</p></html>".encode()), "suspect", "had 169 records and now has 0"),
        (answer(HTML[: len(HTML) * 9 // 10]), "suspect", "cut off"),
        (answer(HTML[: len(HTML) // 3] + b"</html>"), "suspect", "had 169 records and now has"),
        (answer(b"%PDF-1.7 ...", content_type="application/pdf"), "failed", "a PDF"),
        (answer(b"%PDF-1.7 ..."), "failed", "a PDF"),
        (answer(b"\x89PNG", content_type="image/png"), "failed", "image/png"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + HTML, "suspect", "cut short: the connection ended"),
        (b"nothing that could be read\r\n\r\n", "failed", "not HTTP"),
    ],
)
def test_a_capture_that_is_not_believed_moves_nothing(
    workshop: Workshop, bad: Answer, outcome: str, reason: str
) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    before = _query(workshop, "SELECT * FROM budgets")
    workshop.site.answers[PATH] = bad
    loaded = workshop.visit()
    assert loaded.capture.outcome == outcome
    assert reason in (loaded.capture.reason or "")
    assert _query(workshop, "SELECT * FROM budgets") == before
    assert _query(workshop, "SELECT count(*) FROM changes") == [(0,)]
    workshop.site.answers[PATH] = answer(HTML)
    assert workshop.visit().capture.outcome == "not_modified"
    assert pipeline.verify(workshop.directory).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "<h1>申請書の様式</h1><p>次の様式をお使いください。</p>",
        "<h1>用語集</h1><dl><dt>協働</dt><dd>ともに働くこと。</dd></dl>",
        "<h1>索引</h1><ul><li>あ</li><li>い</li></ul>",
        "<h1>日程</h1><table><tr><td>4月1日</td><td>会議</td></tr></table>",
    ],
)
def test_pages_that_never_had_records_are_no_alarm(workshop: Workshop, text: str) -> None:
    workshop.site.answers[PATH] = answer(text.encode())
    assert workshop.visit().capture.outcome == "new"
    workshop.site.answers[PATH] = answer(text.replace("<h1>", "<h1>新しい").encode())
    assert workshop.visit().capture.outcome == "changed"


def test_a_page_that_never_had_records_gives_none_and_no_alarm(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer("<p>申請書の様式です。</p>".encode())
    loaded = workshop.visit()
    assert (loaded.capture.outcome, loaded.capture.records, loaded.unread) == ("new", 0, 1)
    assert _query(workshop, "SELECT text FROM unread") == [("申請書の様式です。",)]


def test_the_validators_are_those_of_the_last_good_capture(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML, etag='"good"')
    workshop.visit()
    workshop.site.answers[PATH] = answer(NOTICE, etag='"notice"')
    workshop.visit()
    workshop.visit()
    assert b'If-None-Match: "good"' in workshop.site.requests[-1]
    workshop.site.answers[PATH] = answer(HTML, etag='"good"')
    assert workshop.visit().capture.outcome == "not_modified"


def test_there_and_back_again_is_three_versions_of_one_record(workshop: Workshop) -> None:
    for number in (1, 2, 1):
        workshop.site.answers[PATH] = answer(page(number))
        workshop.visit()
    rows = _query(
        workshop,
        "SELECT record_id, printed FROM budget_version JOIN"
        " (SELECT record_id FROM budget_version GROUP BY 1 HAVING count(*) > 1) USING (record_id) ORDER BY valid_from",
    )
    assert [printed for _, printed in rows] == ["28,709千円", "29,100千円", "28,709千円"]
    assert len({record_id for record_id, _ in rows}) == 1


def test_the_seed_s_own_facts(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    assert _query(
        workshop, "SELECT project, budget_year, amount_yen, later_amount_yen, fiscal_year FROM restatements"
    ) == [
        ("NPO活動支援推進事業", 2008, 24_587_000, 24_440_000, 2008),
        ("「新しい時代の公」協働推進事業", 2008, 4_069_000, 3_899_000, 2008),
        ("地域市民活動センター連携事業", 2007, 3_184_000, 2_998_000, 2007),
    ]
    names = _query(workshop, "SELECT name, min(fiscal_year) FROM basic_projects WHERE code = '52101' GROUP BY name")
    assert len(names) == 2
    assert _query(workshop, 'SELECT count("予算額（円）"), count(*) FROM "予算額"') == [(50, 53)]
    assert _query(workshop, 'SELECT DISTINCT "種別" FROM "現状と課題・取組" ORDER BY 1') == [
        ("取組",),
        ("取組方向",),
        ("現状と課題",),
    ]


def test_a_rebuild_gives_every_row_again(workshop: Workshop) -> None:
    for number in (1, 2, 3, 1):
        workshop.site.answers[PATH] = answer(page(number), etag=f'"{number}"')
        workshop.visit()
        workshop.visit()
    database = workshop.directory.database
    before = _dump(database)
    database.unlink()
    assert pipeline.rebuild(workshop.directory) == 8
    assert _dump(database) == before
    assert pipeline.verify(workshop.directory).database == "holds every row that snapshots/ say, and no other"


SCRIPT: list[Callable[[], Answer]] = [
    lambda: answer(page(1)),
    lambda: answer(page(2)),
    lambda: answer(page(3)),
    lambda: answer(page(1), etag='"1"'),
    lambda: answer(NOTICE),
    lambda: answer(b"", status="404 Not Found"),
    lambda: b"",
]


@given(
    script=st.lists(st.integers(0, len(SCRIPT) - 1), min_size=1, max_size=6),
    loads=st.lists(st.booleans(), min_size=6, max_size=6),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_loading_one_by_one_or_all_at_once_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, site: Site, script: list[int], loads: list[bool]
) -> None:
    workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
    for step, load in zip(script, loads, strict=False):
        site.answers[PATH] = SCRIPT[step]()
        pipeline.fetch(workshop.directory, workshop.config, workshop.config.sources, workshop.tomorrow())
        if load:
            pipeline.load(workshop.directory)
    pipeline.load(workshop.directory)
    before = _dump(workshop.directory.database)
    pipeline.rebuild(workshop.directory)
    assert _dump(workshop.directory.database) == before
    assert pipeline.verify(workshop.directory).findings == ()


def test_two_sources_do_not_meet(workshop: Workshop) -> None:
    workshop.settings(sources(workshop.site, "a", "b", "c"))
    workshop.site.answers |= {"/a": answer(page(1)), "/b": answer(page(2))}
    outcomes = [loaded.capture.outcome for loaded in workshop.run()]
    assert outcomes == ["new", "new", "gone"]
    assert _query(workshop, "SELECT source_id, count(*) FROM budgets GROUP BY 1") == [("a", 53), ("b", 53)]
    assert _query(workshop, "SELECT count(*) FROM changes") == [(0,)]


def test_a_selector_that_a_person_sets_reads_all_captures_anew(workshop: Workshop) -> None:
    decoy = '<div id="main"><p>お知らせです。</p></div>\n<div id="contact">'
    hidden = HTML.decode().replace('class="main-text"', 'class="neu"').replace('<div id="contact">', decoy).encode()
    workshop.site.answers[PATH] = answer(hidden)
    workshop.visit()
    assert _query(workshop, "SELECT text FROM unread") == [("お知らせです。",)]
    workshop.settings((workshop.path / "sources.toml").read_text("utf-8") + 'content = "div.neu"\n')
    assert workshop.visit().capture.outcome == "not_modified"
    assert _query(workshop, "SELECT count(*) FROM unread") == [(0,)]
    assert _query(workshop, "SELECT count(*) FROM changes") == [(0,)]


def test_a_file_that_is_gone_or_shorter_stops_the_load(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    (path,) = workshop.directory.snapshots.rglob("*.gz")
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    with pytest.raises(DamagedError, match="were loaded: put it back"):
        pipeline.load(workshop.directory)
    path.unlink()
    with pytest.raises(DamagedError, match="is missing: put it back"):
        pipeline.load(workshop.directory)
    path.write_bytes(whole)
    assert pipeline.load(workshop.directory) == []


def test_a_damaged_or_old_database_is_told_and_does_not_stop_the_visit(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    database = workshop.directory.database
    database.write_bytes(b"this is no database, but long enough to be taken for one" * 100)
    with pytest.raises(DamagedError, match="move it away and run `pref-scraper rebuild`"):
        workshop.visit()
    assert any("fetching without archive.db" in sentence for sentence in workshop.said)
    assert pipeline.rebuild(workshop.directory) == 2
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 1")
    workshop.visit()
    assert any("built anew" in sentence for sentence in workshop.said)
    assert _query(workshop, "SELECT count(*) FROM captures") == [(3,)]


def test_rows_that_somebody_changed_are_found(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    with closing(sqlite3.connect(workshop.directory.database)) as connection, connection:
        connection.execute("UPDATE budget_version SET amount_yen = 1 WHERE amount_yen = 28709000")
    with pytest.raises(DamagedError, match=r"not what snapshots/ say \(table budget_version\)"):
        pipeline.verify(workshop.directory)


def test_verify_tells_a_database_that_is_missing_or_behind(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    pipeline.fetch(workshop.directory, workshop.config, workshop.config.sources, workshop.tomorrow())
    assert "is behind" in pipeline.verify(workshop.directory).database
    workshop.directory.database.unlink()
    assert "is not there" in pipeline.verify(workshop.directory).database


@pytest.mark.parametrize("go_on", [pipeline.load, pipeline.rebuild])
def test_a_half_written_visit_keeps_nothing_from_being_loaded(
    workshop: Workshop, go_on: Callable[[Directory, World], object]
) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    (warc,) = workshop.directory.snapshots.rglob("*.gz")
    whole = warc.read_bytes()
    warc.write_bytes(whole + whole[:100])
    go_on(workshop.directory, workshop.tomorrow())
    assert warc.read_bytes() == whole
    assert "ended in a half-written visit: its 100 bytes are in" in workshop.said[-1]
    assert pipeline.verify(workshop.directory).database == "holds every row that snapshots/ say, and no other"


def test_a_clock_set_back_fetches_nothing(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    workshop.now -= timedelta(days=400)
    asked = len(workshop.site.requests)
    with pytest.raises(PrefScraperError, match="set the clock right; it was not visited again"):
        workshop.run()
    assert len(workshop.site.requests) == asked


def test_two_captures_never_share_a_second(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    workshop.now -= timedelta(days=1)
    workshop.visit()
    ((first,), (second,)) = _query(workshop, "SELECT captured_at FROM captures")
    assert first < second


def test_the_current_views_and_any_capture_are_read_by_the_same_select(workshop: Workshop) -> None:
    for number in (1, 3):
        workshop.site.answers[PATH] = answer(page(number))
        workshop.visit()
    captures = [capture_id for (capture_id,) in _query(workshop, "SELECT capture_id FROM captures")]
    with Archive.open(workshop.directory.database, version=VERSION, read_only=True) as archive:
        projects = [
            sum(entry.view == "projects" for entry in archive.entries("mie-npo", capture_id).values())
            for capture_id in captures
        ]
    assert projects == [38, 39]


def test_a_run_leaves_nothing_behind_but_the_archive(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    assert sorted(path.name for path in workshop.path.iterdir()) == ["archive.db", "snapshots", "sources.toml"]


STANZA = '[[source]]\nid = "{0}"\nurl = "http://{1}/{0}"\nname = "n"\ndelay_seconds = 0\n'
BUSY = b"HTTP/1.1 503 Busy\r\nRetry-After: %d\r\nContent-Length: 0\r\n\r\n"


def _elsewhere(workshop: Workshop, *names: str) -> None:
    """Sources `a`, `b` … at hosts of these names, all of which are the site on loopback."""
    workshop.settings("".join(STANZA.format(chr(97 + number), name) for number, name in enumerate(names)))
    port = int(workshop.site.url.rpartition(":")[2])
    workshop.network = Network(
        resolve=lambda host, _: ["127.0.0.1"], dial=lambda address, _, timeout: dial(address, port, timeout)
    )


def _fetch(workshop: Workshop, **later: float) -> list[Visit]:
    world = workshop.tomorrow() if not later else workshop.after(timedelta(**later))
    return pipeline.fetch(workshop.directory, workshop.config, workshop.config.sources, world)


def test_hosts_are_visited_side_by_side_and_told_in_the_order_of_the_sources(workshop: Workshop) -> None:
    _elsewhere(workshop, "one.example", "two.example", "one.example", "three.example")
    meeting = threading.Barrier(3, timeout=20)

    def together(_: bytes) -> bytes:
        meeting.wait()
        return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

    workshop.site.answers |= {"/a": together, "/b": together, "/d": together, "/c": answer(b"hi")}
    visits = _fetch(workshop)
    assert [visit.source.id for visit in visits] == ["a", "b", "c", "d"]
    assert [visit.answer.status if visit.answer else None for visit in visits] == [200] * 4
    paths = workshop.site.paths()
    assert paths.index("/a") < paths.index("/c")
    assert paths.count("/robots.txt") == 3


@pytest.mark.parametrize("loaded", [False, True])
def test_a_host_that_wants_rest_gets_it_from_all_sources_and_later_runs(workshop: Workshop, loaded: bool) -> None:
    _elsewhere(workshop, "one.example", "one.example", "two.example")
    workshop.site.answers |= {"/a": BUSY % 7200, "/b": answer(HTML), "/c": answer(HTML)}
    first = _fetch(workshop)
    until = first[0].retry_at
    assert until is not None
    assert [visit.retry_at for visit in first] == [until, until, None]
    asked = len(workshop.site.requests)
    for _ in range(2):
        if loaded:
            pipeline.load(workshop.directory)
        again = _fetch(workshop, minutes=30)
        assert [visit.retry_at for visit in again] == [until, until, None]
        assert [len(visit.exchanges) for visit in again] == [0, 0, 1]
        assert f"asked to be left alone until {until:%Y-%m-%dT%H:%M:%SZ}" in (again[0].error or "")
    assert [path for path in workshop.site.paths()[asked:] if path != "/robots.txt"] == ["/c", "/c"]
    workshop.site.answers["/a"] = answer(HTML)
    assert all(visit.answer for visit in _fetch(workshop, hours=2))


def test_robots_txt_is_read_from_the_archive_for_a_day(workshop: Workshop) -> None:
    _elsewhere(workshop, "one.example", "one.example")
    moved = b"HTTP/1.1 301 Moved\r\nLocation: http://two.example/rules\r\nContent-Length: 0\r\n\r\n"
    workshop.site.answers |= {"/robots.txt": moved, "/rules": answer(b"User-agent: *\nDisallow: /b\n")}
    workshop.site.answers["/a"] = answer(HTML)
    for hours, asked in ((0, 1), (12, 1), (23, 1), (25, 2)):
        visits = _fetch(workshop, hours=hours)
        workshop.now -= timedelta(hours=hours)
        assert "disallows it" in (visits[1].error or "")
        assert workshop.site.paths().count("/robots.txt") == asked
        assert workshop.site.paths().count("/rules") == asked


@pytest.mark.parametrize("unwell", [answer(status="500 Oops"), answer(status="429 Slow"), b"HTTP/1.1 200 OK\r\n"])
def test_a_robots_txt_that_was_none_is_asked_for_by_the_next_run(workshop: Workshop, unwell: Answer) -> None:
    workshop.site.answers |= {"/robots.txt": unwell, PATH: answer(HTML)}
    assert workshop.visit().capture.outcome == "failed"
    workshop.site.answers["/robots.txt"] = answer(b"")
    workshop.now -= timedelta(hours=23)
    assert workshop.visit().capture.outcome == "new"


def test_a_source_whose_turn_cannot_come_does_not_keep_the_others(workshop: Workshop) -> None:
    _elsewhere(workshop, "one.example", "one.example", "two.example")
    workshop.site.answers |= {"/a": answer(HTML), "/b": answer(HTML), "/c": answer(HTML)}
    pipeline.fetch(workshop.directory, workshop.config, workshop.config.sources[:1], workshop.tomorrow())
    workshop.now -= timedelta(days=30)
    with pytest.raises(PrefScraperError, match=r"but a was visited at .*: set the clock right"):
        _fetch(workshop)
    assert {path.parent.name for path in workshop.directory.snapshots.rglob("*.gz")} == {"a", "b", "c"}


def test_a_source_named_twice_is_visited_twice_in_two_seconds(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    sources = workshop.config.sources * 2
    first, second = pipeline.fetch(workshop.directory, workshop.config, sources, workshop.tomorrow())
    assert first.at < second.at
