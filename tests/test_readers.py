"""Exports as other people's tools read them: no zero is lost and no character changed.

Each reader runs in the environment of the tools, and prints what it found as JSON.
"""

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pref_scraper import workbook
from pref_scraper.datapackage import About
from pref_scraper.dictionary import describe
from pref_scraper.errors import UsageError
from pref_scraper.export import write
from pref_scraper.table import Table

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer
from .test_cli import command
from .tools import ROOT, run_tool

# What a spreadsheet, a guesser of types, CSV or XML could take for something else. They are ours, and not of a page.
TEXTS = (
    *("000035861", "=1+1", "'=1", "''", "- 千円", "－　千円", "＝1", "@a", "+81", "\t=1", "a\nb", "a\tb"),
    *("<r>=1</r>", "<t>&amp;</t>", "{=1}", "_x0041_", "髙①㈱～", "𠮷", " 前後 ", 'a,"b"', "NULL", "NA", "nan", "true"),
    *("1e5", "2013-05-02", "12:30", "https://example.org/?a=1&b=2", "#N/A", "ﾊﾝｶｸ", "e\u0301"),
)
COLUMNS = ("page_id", "headings", "first_seen", "text_start")
FIRST_SEEN = "2026-04-01T00:00:00Z"
ROWS = [(text, json.dumps([text], ensure_ascii=False), FIRST_SEEN, n) for n, text in enumerate(TEXTS)]
BARE = "import re; bare = lambda text: re.sub(r\"^'(?='*[=+\\-@＝＋－＠\\t\\r\\n])\", '', text)\n"

# By format and reader: a program that prints the columns page_id and text_start, of which the first is a text.
READERS = {
    ("csv", "pandas"): (
        "import pandas; t = pandas.read_csv('pages.csv', dtype={'page_id': str}, keep_default_na=False)\n"
        "found = [[bare(a), b] for a, b in zip(t.page_id.tolist(), t.text_start.tolist())]"
    ),
    ("csv", "polars"): (
        "import polars; t = polars.read_csv('pages.csv', schema_overrides={'page_id': polars.String})\n"
        "found = [[bare(a), b] for a, b in t.select('page_id', 'text_start').rows()]"
    ),
    ("csv", "duckdb"): (
        "import duckdb; t = duckdb.sql(\"SELECT page_id, text_start FROM read_csv('pages.csv', header=true, \"\n"
        "  \"delim=',', quote='\\\"', escape='\\\"', types={'page_id': 'VARCHAR'})\")\n"
        "found = [[bare(a), b] for a, b in t.fetchall()]"
    ),
    ("csv", "frictionless"): (
        "from frictionless import Package\n"
        "rows = Package('datapackage.json').get_resource('pages').read_rows()\n"
        "assert [[bare(r['page_id'])] for r in rows] == [r['headings'] for r in rows]\n"
        "assert {r['first_seen'].isoformat() for r in rows} == {'2026-04-01T00:00:00+00:00'}\n"
        "found = [[bare(r['page_id']), r['text_start']] for r in rows]"
    ),
    ("parquet", "pandas"): (
        "import pandas; t = pandas.read_parquet('pages.parquet')\n"
        "assert [list(h) for h in t.headings] == [[p] for p in t.page_id] and str(t.first_seen.dtype.tz) == 'UTC'\n"
        "found = t[['page_id', 'text_start']].values.tolist()"
    ),
    ("parquet", "polars"): (
        "import polars; found = polars.read_parquet('pages.parquet').select('page_id', 'text_start').rows()"
    ),
    ("parquet", "duckdb"): (
        "import duckdb; t = duckdb.sql(\"FROM 'pages.parquet'\")\n"
        "assert list(map(str, t.types)) == ['VARCHAR', 'VARCHAR[]', 'TIMESTAMP WITH TIME ZONE', 'BIGINT']\n"
        "found = t.project('page_id, text_start').fetchall()"
    ),
    ("xlsx", "openpyxl"): (
        "import openpyxl; s = openpyxl.load_workbook('archive.xlsx')['pages']\n"
        "assert {c.data_type for c in s['A']} == {'s'} and s.freeze_panes == 'A2'\n"
        "found = [[a, d] for a, _, _, d in s.iter_rows(min_row=2, values_only=True)]\n"
        "found = [[a.replace('_x005F_', '_'), d] for a, d in found]  # the one escape that it leaves"
    ),
    ("xlsx", "calamine"): (
        "from python_calamine import CalamineWorkbook\n"
        "rows = CalamineWorkbook.from_path('archive.xlsx').get_sheet_by_name('pages').to_python()\n"
        "found = [[a, int(d)] for a, _, _, d in rows[1:]]"
    ),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A view of hostile texts in every format."""
    folder = tmp_path_factory.mktemp("files")
    for form in ("csv", "parquet", "xlsx"):
        write([("pages", Table(COLUMNS, iter(ROWS), frozenset({"headings"})))], form, folder, About())
    return folder


def read(program: str, folder: Path) -> Any:
    shown = "\nimport json, sys; sys.stdout.buffer.write(json.dumps(found).encode())"
    return json.loads(run_tool("python", "-c", f"import os; os.chdir({str(folder)!r})\n{BARE}{program}{shown}"))


@pytest.mark.parametrize(("form", "reader"), READERS, ids=lambda word: word)
def test_a_reader_finds_every_text_as_it_was(files: Path, form: str, reader: str) -> None:
    assert read(READERS[form, reader], files) == [[text, n] for n, text in enumerate(TEXTS)]


def one_sheet(*rows: tuple[str, int | float], path: Path) -> Path:
    workbook.write_workbook([("targets", describe("targets", ("item", "target_value")), rows)], path)
    return path


def test_a_text_that_no_cell_holds_is_cut_and_says_so(tmp_path: Path) -> None:
    """Excel counts UTF-16 units, of which 𠮷 has two."""
    texts = ("x" * 32_767, "x" * 32_768, "𠮷" * 16_383 + "x", "𠮷" * 16_384)
    one_sheet(*((text, n) for n, text in enumerate(texts)), path=tmp_path / "a.xlsx")
    program = "import openpyxl; s = openpyxl.load_workbook('a.xlsx')['targets']\nfound = [c.value for c in s['A']][1:]"
    whole, cut, pairs, cut_pairs = read(program, tmp_path)
    assert (whole, pairs) == (texts[0], texts[2])
    assert cut == "x" * 32_756 + "…（全文は他の形式に）"
    assert cut_pairs == "𠮷" * 16_378 + "…（全文は他の形式に）"


def test_a_sheet_with_too_many_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS", 3)
    one_sheet(("a", 1), ("b", 2), path=tmp_path / "a.xlsx")
    with pytest.raises(UsageError, match="targets has more rows than a sheet holds"):
        one_sheet(("a", 1), ("b", 2), ("c", 3), path=tmp_path / "b.xlsx")


def test_control_characters_and_long_numbers_are_kept(tmp_path: Path) -> None:
    """As ECMA-376 escapes them; a number that Excel would round is a text."""
    path = one_sheet(("a\x0bb\r\x00_x000B_", 12345678901234567), ("", 0.1), path=tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert '<t xml:space="preserve">a_x000B_b_x000D__x0000__x005F_x000B_</t>' in sheet
    assert 't="inlineStr"><is><t xml:space="preserve">12345678901234567</t>' in sheet
    assert '<c r="B3"><v>0.1</v></c>' in sheet


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first edition, exported in the formats of the examples."""
    folder = tmp_path_factory.mktemp("exported")
    with Site() as site:
        workshop = Workshop(tmp_path_factory.mktemp("archive"), site)
        site.answers[PATH] = answer(page(1))
        workshop.visit()
        for form in ("csv", "jsonl", "parquet"):
            command("export", "--format", form, folder, where=workshop.path)
    return folder


def _examples(language: str) -> list[str]:
    text = (ROOT / "docs" / "exports.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def _shown(program: str, folder: Path) -> str:
    return run_tool("python", "-X", "utf8", "-c", f"import os; os.chdir({str(folder)!r})\n{program}")


def test_the_examples_print_what_the_page_says(exported: Path) -> None:
    parquet, csv, duckdb, frictionless = (_shown(program, exported) for program in _examples("python"))
    assert parquet.splitlines()[1] == "2011    206169000"
    assert [line.split() for line in csv.splitlines()] == [
        ["budget_year", "amount_yen", "printed"],
        ["2010", "<NA>", "－", "千円"],
        ["2011", "3111000", "3,111千円"],
        ["2010", "28410000", "28,410千円"],
    ]
    assert "('NPO活動支援緊急雇用創出事業', 2011, 119206000)" in duckdb
    assert frictionless == "True 000035861\n"


# R and its package jsonlite are on few machines: without them there is no such test, rather than one that is skipped
# wherever a commit is checked.
HAS_R = (
    shutil.which("Rscript")
    and not subprocess.run(["Rscript", "-e", "library(jsonlite)"], capture_output=True).returncode
)
if HAS_R:

    def test_the_example_in_r_prints_what_the_page_says(exported: Path) -> None:
        (program,) = _examples("r")
        words = ["Rscript", "-e", program]
        in_utf8 = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(words, cwd=exported, env=in_utf8, capture_output=True, text=True, check=True)
        largest, _, *years = done.stdout.splitlines()
        assert largest.split() == ["NPO活動支援緊急雇用創出事業", "2011", "119,206千円"]
        assert [line.split()[1:] for line in (years[0], years[-1])] == [["2003", "114767000"], ["2011", "206169000"]]
