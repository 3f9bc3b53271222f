"""The views as files: the rows that `show` has, safe in Excel, and nobody else's file touched."""

import csv
import json
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pref_scraper.errors import PrefScraperError, UsageError
from pref_scraper.export import FORMATS, write
from pref_scraper.labels import VIEW_LABELS
from pref_scraper.table import Table

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import command, said

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["- 千円", "－　千円", "=1+1", "'=1", "'", "@a", "\t=1", "000035861", "＝1"]
)
ROWS = st.lists(st.tuples(st.none() | TEXTS, st.integers() | st.floats(allow_nan=False, allow_infinity=False)))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Three editions, visited on 2026-04-02, 03 and 04; the tests only read it."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        for number in (1, 2, 3):
            site.answers[PATH] = answer(page(number))
            workshop.visit()
        yield workshop


def one_table(*rows: tuple[Any, ...]) -> list[tuple[str, Table]]:
    return [("projects", Table(("name", "value"), iter(rows)))]


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_jsonl_has_the_rows_that_show_has(archive: Workshop, tmp_path: Path) -> None:
    at = ("--at", "2026-04-02")
    done = command("export", "--format", "jsonl", tmp_path / "files", *at, where=archive.path)
    files = [tmp_path / "files" / f"{view}.jsonl" for view in VIEW_LABELS]
    assert done.stdout.splitlines() == [str(path) for path in files]
    assert {path.name for path in (tmp_path / "files").iterdir()} == {"export.json", *(path.name for path in files)}
    for view in ("pages", "budget_series"):
        shown = command("show", view, *at, "--json", where=archive.path).stdout
        lines = (tmp_path / "files" / f"{view}.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == json.loads(shown)
    assert '"printed": "28,709千円"' in (tmp_path / "files" / "budgets.jsonl").read_text("utf-8")


def test_csv_has_the_columns_and_values_of_the_view(archive: Workshop, tmp_path: Path) -> None:
    command("export", "--format", "csv", tmp_path, where=archive.path)
    head, *budgets = read_csv(tmp_path / "budgets.csv")
    assert head == [
        *("source_id", "fiscal_year", "project_position", "project", "budget_year", "amount_yen", "printed", "basis"),
        *("record_id", "first_seen", "last_seen", "text_start", "text_end"),
    ]
    assert budgets[2][:8] == [
        *("mie-npo", "2011", "2", "みえ県民交流センター指定管理事業", "2010", "28410000", "28,410千円", "予算額")
    ]
    assert budgets[0][5:7] == ["", "'－　千円"]
    assert (tmp_path / "budgets.csv").read_bytes().startswith(b"\xef\xbb\xbfsource_id,")
    assert read_csv(tmp_path / "pages.csv")[1][3] == "000035861"
    assert [row[-1] for row in read_csv(tmp_path / "restatements.csv")[1:]] == ["-147000", "-170000", "-186000"]
    assert len(read_csv(tmp_path / "unread.csv")) == 1


def test_the_same_archive_gives_the_same_bytes(archive: Workshop, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        command("export", "--format", "csv", tmp_path / folder, where=archive.path)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    assert len(list((tmp_path / "b").iterdir())) == 1 + len(VIEW_LABELS)


@given(rows=ROWS)
def test_a_csv_has_no_formula_and_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]
) -> None:
    path = tmp_path_factory.mktemp("files")
    write(one_table(*rows), "csv", path)
    found = read_csv(path / "projects.csv")[1:]
    assert not [text for text, _ in found if text.startswith(tuple("=+-@＝＋－＠\t\r\n"))]
    assert [text for text, _ in found] == [_guarded(text or "") for text, _ in rows]
    assert [re.sub(r"^'(?='*[=+\-@＝＋－＠\t\r\n])", "", text) for text, _ in found] == [text or "" for text, _ in rows]
    assert [float(number) for _, number in found] == [float(number) for _, number in rows]


def _guarded(text: str) -> str:
    bare = text.lstrip("'")
    return f"'{text}" if bare[:1] and bare[0] in "=+-@＝＋－＠\t\r\n" else text


@pytest.mark.parametrize("name", ["projects.csv", "export.json"])
def test_what_no_export_wrote_is_never_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match=f"{name} is not of an earlier export: move it away"):
        write(one_table(("a", 1)), "csv", tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: "mine", "thesis.txt": "mine"}


def test_what_an_export_wrote_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    write(one_table(("a", 1)), "csv", tmp_path)
    (tmp_path / "thesis.txt").write_text("mine")
    write(one_table(("b", 2)), "jsonl", tmp_path)
    write(one_table(("b", 2)), "csv", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("export.json", "projects.csv", "projects.jsonl", "thesis.txt")
    ]
    assert read_csv(tmp_path / "projects.csv") == [["name", "value"], ["b", "2"]]


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """The kernel refuses to let a file grow, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path, form: str) -> None:
    write(one_table(("a", 1)), form, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with no_file_beyond(5000), pytest.raises(PrefScraperError, match="see to the disk and export again"):
        write(one_table(("b" * 10_000, 2)), form, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--format", "csv", "sources.toml/files"), "sources.toml/files cannot be used (Not a directory)"),
        (("--format", "csv", "files", "--at", "1999-01-01"), "has no good capture up to 1999-01-01T14:59:59Z"),
    ],
)
def test_what_cannot_be_exported_is_told(archive: Workshop, words: tuple[str, ...], sentence: str) -> None:
    done = command("export", *words, where=archive.path)
    assert done.returncode == 2
    assert sentence in said(done)
    assert not (archive.path / "files").exists()
