"""Search in archive.db: what the newest captures say, after any load, and nothing else."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pref_scraper import loading, pipeline, rows
from pref_scraper.archive import Archive
from pref_scraper.identity import Entries, Entry
from pref_scraper.labels import VIEW_LABELS
from pref_scraper.records import Unread
from pref_scraper.search import expression, words
from pref_scraper.sources import Directory
from pref_scraper.supply import Snapshots
from pref_scraper.written import VERSION

from .bench_history import SOURCE, make_capture, states
from .editions import page
from .shelf import SOURCE as PAGE
from .shelf import day, put, tables

# By view, the columns with text of the page.
TEXTS = {
    "measures": ("code", "name"),
    "statements": ("group_name", "text"),
    "targets": ("item", "target_printed", "actual_printed", "unit", "note"),
    "projects": ("flag", "name", "group_name", "basic_project_code", "basic_project_name", "account", "overview"),
    "budgets": ("project", "printed", "basis"),
}
WORDS = ["協働", "県", "交流", "NPO", "28,709", "みえ県民交流センター", "N", "「", "事業", "存在しない語"]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    """The three editions, each loaded on its day."""
    directory = Directory(tmp_path_factory.mktemp("archive"))
    for number in (1, 2, 3):
        put(directory, day(number), page(number))
        pipeline.load(directory)
    return directory


def ask(database: Path, sql: str, *parameters: str) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [row[0] for row in connection.execute(sql, parameters)]


def found(database: Path, query: str) -> list[str]:
    return ask(database, "SELECT label FROM search WHERE search MATCH ? ORDER BY label", expression(words(query)))


@pytest.mark.parametrize("view", TEXTS)
@pytest.mark.parametrize("word", WORDS)
def test_a_view_is_searched_as_datasette_does_it(three: Directory, view: str, word: str) -> None:
    """By the rowids that an index of full text gives for the word in quotes; SQLite's own instr says what is right."""
    says = " OR ".join(f"instr({column}, ?1)" for column in TEXTS[view])
    expected = ask(three.database, f"SELECT record_id FROM {view} WHERE {says} ORDER BY record_id", word)
    match = "(SELECT rowid FROM search WHERE search MATCH ?)"
    order = "ORDER BY record_id"
    assert expected == ask(
        three.database, f"SELECT record_id FROM {view} WHERE record_id IN {match} {order}", f'"{word}"'
    )
    twin = f'SELECT 記録番号 FROM "{VIEW_LABELS[view]}" WHERE 記録番号 IN {match} ORDER BY 1'
    assert expected == ask(three.database, twin, f'"{word}"')


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("２９，１００千円", ["みえ県民交流センター指定管理事業 平成23年度"]),
        ("28,709", []),
        ("災害 受け入れる体制", ["災害ボランティア受入体制整備事業"]),
        ("広域的なNPO支援機能の向上をはかる必要", []),
        ("５２１０３　災害ボランティア", ["災害ボランティア受入体制整備事業"]),
    ],
)
def test_only_what_the_newest_capture_says_is_found(three: Directory, query: str, expected: list[str]) -> None:
    assert found(three.database, query) == expected


def test_of_a_text_without_end_the_beginning_is_searched() -> None:
    text = "あ" * 9_999 + "いう"
    entry = Entry("unread", Unread(text_start=0, text_end=len(text), text=text))
    (one,) = rows.documents("s", {"0": entry})
    assert one.texts() == ["あ" * 9_999 + "い"]


def test_search_goes_on_where_a_load_ended_before_it(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    put(directory, day(0), page(1))
    pipeline.load(directory)
    put(directory, day(1), page(2))
    coming = loading.load_into(directory.database, Snapshots(directory.snapshots))
    assert next(coming).outcome == "changed"
    coming.close()  # type: ignore[attr-defined]
    assert (found(directory.database, "28,709千円") != [], found(directory.database, "29,100千円")) == (True, [])
    assert pipeline.load(directory) == []
    assert (found(directory.database, "28,709千円"), found(directory.database, "29,100千円") != []) == ([], True)


def test_rows_are_the_same_in_whatever_order_sources_were_loaded(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    other, first = (replace(PAGE, id=name, url=f"http://127.0.0.1/{name}") for name in ("other", "first"))
    for at, source, number in ((3, other, 1), (4, PAGE, 1), (5, other, 2), (1, first, 1)):
        put(directory, day(at), page(number), source=source)
        pipeline.load(directory)
    before = tables(directory.database)
    assert pipeline.verify(directory).database == "holds every row that snapshots/ say, and no other"
    pipeline.rebuild(directory)
    assert tables(directory.database) == before
    assert len(before["document"]) > 300


@given(seed=st.integers(0, 1_000))
@settings(max_examples=4, deadline=None)
def test_what_was_taken_out_leaves_nothing_in_the_index(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Every gram with its number of records is as in an index that only knows the last state."""
    folder = tmp_path_factory.mktemp("index")
    said = list(states(60, seed))[::12]
    assert _grams(folder / "kept.db", said) == _grams(folder / "fresh.db", said[-1:])


def _grams(path: Path, said: list[Entries]) -> list[tuple[str, int]]:
    Archive.create(path, version=VERSION)
    with Archive.open(path, version=VERSION) as archive:
        archive.describe(SOURCE)
        before: Entries = {}
        previous = None
        for number, after in enumerate(said):
            capture = make_capture(number, previous)
            archive.add(capture, before, after)
            archive.stand((one, rows.documents(SOURCE.id, after)) for one in archive.behind())
            before, previous = after, capture
        assert archive.behind() == []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.gram USING fts5vocab(main, search_index, row)")
        return connection.execute("SELECT term, doc FROM gram ORDER BY term").fetchall()
