"""The views as files: the rows that `show` has, safe in Excel, and nobody else's file touched."""

import csv
import json
import random
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pref_scraper import exporting, pipeline
from pref_scraper.archive import Archive
from pref_scraper.datapackage import About
from pref_scraper.dictionary import Kind, describe
from pref_scraper.errors import PrefScraperError, UsageError
from pref_scraper.export import FORMATS, Tables
from pref_scraper.export import write as write_files
from pref_scraper.history import moment_of
from pref_scraper.labels import VIEW_LABELS
from pref_scraper.sources import Directory
from pref_scraper.table import Table
from pref_scraper.written import VERSION

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
    """Three editions, visited on 2026-04-02, 03 and 04, the last once more on the 5th; the tests only read it."""
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        for number in (1, 2, 3):
            site.answers[PATH] = answer(page(number))
            workshop.visit()
        workshop.visit()
        yield workshop


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def one_table(*rows: tuple[Any, ...]) -> list[tuple[str, Table]]:
    return [("targets", Table(("item", "target_value"), iter(rows)))]


def write(tables: Tables, form: str, directory: Path) -> None:
    write_files(tables, form, directory, About())


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
        rows = [json.loads(line) for line in lines]
        assert all(row.pop("citation") for row in rows)
        assert rows == json.loads(shown)
    assert '"printed": "28,709千円"' in (tmp_path / "files" / "budgets.jsonl").read_text("utf-8")


def test_csv_has_the_columns_and_values_of_the_view(archive: Workshop, tmp_path: Path) -> None:
    command("export", "--format", "csv", tmp_path, where=archive.path)
    head, *budgets = read_csv(tmp_path / "budgets.csv")
    assert head == [
        *("source_id", "fiscal_year", "project_position", "project", "budget_year", "amount_yen", "printed", "basis"),
        *("record_id", "first_seen", "last_seen", "text_start", "text_end", "citation"),
    ]
    assert budgets[2][:8] == [
        *("mie-npo", "2011", "2", "みえ県民交流センター指定管理事業", "2010", "28410000", "28,410千円", "予算額")
    ]
    assert budgets[0][5:7] == ["", "'－　千円"]
    assert (tmp_path / "budgets.csv").read_bytes().startswith(b"\xef\xbb\xbfsource_id,")
    assert read_csv(tmp_path / "pages.csv")[1][3] == "000035861"
    assert [row[-2] for row in read_csv(tmp_path / "restatements.csv")[1:]] == ["-147000", "-170000", "-186000"]
    assert len(read_csv(tmp_path / "unread.csv")) == 1


@pytest.mark.parametrize(("form", "files"), [("csv", 18), ("jsonl", 17), ("parquet", 17), ("xlsx", 2)])
def test_the_same_archive_gives_the_same_bytes(archive: Workshop, tmp_path: Path, form: str, files: int) -> None:
    """Also after a rebuild."""
    copy = shutil.copytree(archive.path, tmp_path / "copy")
    exported = []
    for path, folder in ((archive.path, "a"), (copy, "b")):
        if path == copy:
            pipeline.rebuild(Directory(copy), archive.tomorrow())
        with Archive.open(path / "archive.db", version=VERSION, read_only=True) as opened:
            exporting.write(opened, moment_of(opened, None, None), form, tmp_path / folder)
        exported.append({file.name: file.read_bytes() for file in (tmp_path / folder).iterdir()})
    assert exported[0] == exported[1]
    assert len(exported[0]) == files


def test_each_row_is_cited_by_its_place_in_the_newest_page(archive: Workshop, tmp_path: Path) -> None:
    """Nothing new was found on the last day: the record that is cited is the one with the bytes."""
    command("export", "--format", "jsonl", tmp_path, where=archive.path)
    *_, before, newest = read_jsonl(tmp_path / "captures.jsonl")
    assert (before["outcome"], newest["outcome"]) == ("changed", "not_modified")
    budget = next(row for row in read_jsonl(tmp_path / "budgets.jsonl") if row["printed"] == "29,100千円")
    (page,) = read_jsonl(tmp_path / "pages.jsonl")
    found = command("parse", "--text", _edition(3, tmp_path), where=tmp_path).stdout
    assert found[budget["text_start"] : budget["text_end"]] == "29,100千円"
    assert budget["citation"] == (
        f"「{page['title']}」（三重県）{before['url']}，本文{budget['text_start'] + 1}～{budget['text_end']}字目，"
        f"2026-04-05 09:00:00（日本時間）取得，WARCレコード{before['warc_record_id']}"
    )
    change = read_jsonl(tmp_path / "changes.jsonl")[0]
    assert change["citation"].endswith(f"WARCレコード{read_jsonl(tmp_path / 'captures.jsonl')[1]['warc_record_id']}")


def _edition(number: int, folder: Path) -> Path:
    path = folder / "page.html"
    path.write_bytes(page(number))
    return path


def test_the_package_says_what_the_columns_are(archive: Workshop, tmp_path: Path) -> None:
    command("export", "--format", "csv", tmp_path, "--at", "2026-04-03", where=archive.path)
    package = json.loads((tmp_path / "datapackage.json").read_text("utf-8"))
    assert (package["sources"][0]["title"], package["created"]) == ("三重県", "2026-04-03T00:00:00Z")
    assert package["licenses"][0]["name"] == "notspecified"
    fields = {each["name"]: {f["name"]: f for f in each["schema"]["fields"]} for each in package["resources"]}
    assert list(fields) == list(VIEW_LABELS)
    for view, named in fields.items():
        assert list(named) == read_csv(tmp_path / f"{view}.csv")[0]
    amount = fields["budgets"]["amount_yen"]
    assert (amount["type"], amount["title"], amount["unit"]) == ("integer", "予算額（円）", "JPY")
    types = {
        ("pages", "page_id"): "string",
        ("pages", "headings"): "array",
        ("measures", "code"): "string",
        ("targets", "target_value"): "number",
        ("captures", "captured_at"): "datetime",
        ("budget_series", "is_newest"): "boolean",
    }
    assert {(view, name): fields[view][name]["type"] for view, name in types} == types


def test_a_licence_is_named_where_it_was_set(archive: Workshop, tmp_path: Path) -> None:
    command("export", "--format", "csv", tmp_path, "--licence", "CC-BY-4.0", where=archive.path)
    assert json.loads((tmp_path / "datapackage.json").read_text("utf-8"))["licenses"] == [{"name": "CC-BY-4.0"}]


def test_the_types_are_those_of_the_database(archive: Workshop) -> None:
    """Every value of every view is of the type that its column is said to have."""
    fitting: dict[Kind, tuple[type, ...]] = {
        Kind.TEXT: (str,),
        Kind.INTEGER: (int,),
        Kind.NUMBER: (int, float),
        Kind.BOOLEAN: (int,),
        Kind.TIME: (str,),
        Kind.LIST: (str,),
        Kind.ANY: (str, int, float),
    }
    seen = set()
    with Archive.open(archive.directory.database, version=VERSION, read_only=True) as opened:
        for view in VIEW_LABELS:
            table = opened.table(view)
            columns = describe(view, table.columns)
            assert table.lists == {column.name for column in columns if column.kind is Kind.LIST}
            for row in table.rows:
                for column, value in zip(columns, row, strict=True):
                    assert value is None or isinstance(value, fitting[column.kind]), (view, column.name, value)
                    seen.add((column.kind, value is None))
    assert seen >= {(kind, False) for kind in Kind}


@given(rows=ROWS)
def test_a_csv_has_no_formula_and_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]
) -> None:
    path = tmp_path_factory.mktemp("files")
    write(one_table(*rows), "csv", path)
    found = read_csv(path / "targets.csv")[1:]
    assert not [text for text, _ in found if text.startswith(tuple("=+-@＝＋－＠\t\r\n"))]
    assert [text for text, _ in found] == [_guarded(text or "") for text, _ in rows]
    assert [re.sub(r"^'(?='*[=+\-@＝＋－＠\t\r\n])", "", text) for text, _ in found] == [text or "" for text, _ in rows]
    assert [float(number) for _, number in found] == [float(number) for _, number in rows]


def _guarded(text: str) -> str:
    bare = text.lstrip("'")
    return f"'{text}" if bare[:1] and bare[0] in "=+-@＝＋－＠\t\r\n" else text


@pytest.mark.parametrize("name", ["targets.csv", "export.json"])
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
        *("datapackage.json", "export.json", "targets.csv", "targets.jsonl", "thesis.txt")
    ]
    assert read_csv(tmp_path / "targets.csv") == [["item", "target_value"], ["b", "2"]]


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
        write(one_table((random.Random(1).randbytes(10_000).hex(), 2)), form, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_parquet_without_its_library_is_told(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from pathlib import Path\nfrom pref_scraper.datapackage import About\nfrom pref_scraper.export import write\n"
        "write([], 'parquet', Path('files'), About())"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "UsageError: pyarrow is not installed: pip install 'pref-scraper[export]'" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--format", "csv", "sources.toml/files"), "sources.toml/files cannot be used (Not a directory)"),
        (("--format", "jsonl", "files", "--licence", "CC0-1.0"), "--licence is for datapackage.json"),
        (("--format", "csv", "files", "--at", "1999-01-01"), "has no good capture up to 1999-01-01T14:59:59Z"),
    ],
)
def test_what_cannot_be_exported_is_told(archive: Workshop, words: tuple[str, ...], sentence: str) -> None:
    done = command("export", *words, where=archive.path)
    assert done.returncode == 2
    assert sentence in said(done)
    assert not (archive.path / "files").exists()
