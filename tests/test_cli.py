"""The installed command, as its user has it: what it prints, what it answers, what it leaves."""

import fcntl
import json
import os
import pty
import re
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import trustme

from pref_scraper.export import FORMATS
from pref_scraper.looking import EXPORTS

from .conftest import Workshop
from .editions import FOLDER, PATH, page
from .loopback import Answer, Site, answer

COMMANDS = "init add fetch load run import backfill parse log show diff verify rebuild pack unpack feed export serve status notify schedule"
SCRIPT = Path(sys.executable).with_name("pref-scraper")
HTML = page()


def command(
    *words: str | Path, where: Path, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [SCRIPT, *words],
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=before,
        env={name: value for name, value in os.environ.items() if not name.startswith("PREF_SCRAPER")},
    )
    assert "Traceback" not in done.stderr
    return done


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a command that failed."""
    sentences = [line for line in done.stderr.splitlines() if line.startswith("pref-scraper: ")]
    assert len(sentences) == 1, done.stderr
    assert done.stdout == ""
    return sentences[0]


def test_what_is_reported_is_json_too(workshop: Workshop) -> None:
    where = workshop.path
    workshop.site.answers[PATH] = answer(HTML)
    (fetched,) = json.loads(command("fetch", "--json", where=where).stdout)
    assert (fetched["source_id"], fetched["http_status"], fetched["error"]) == ("mie-npo", 200, None)
    loaded = json.loads(command("load", "--json", where=where).stdout)
    assert [capture["outcome"] for capture in loaded["captures"]] == ["new"]
    workshop.site.answers[PATH] = answer(page(2))
    changes = json.loads(command("run", "--json", where=where).stdout)["changes"]
    assert changes == json.loads(command("diff", "--format", "json", where=where).stdout)
    assert [(change["field"], change["old"], change["new"]) for change in changes] == [
        ("amount_yen", 28_709_000, 29_100_000),
        ("printed", "28,709千円", "29,100千円"),
    ]
    assert list(changes[0]) == [
        *("capture_id", "previous_capture_id", "source_id", "fiscal_year", "record", "record_id"),
        *("label", "change", "field", "old", "new"),
    ]
    (newest, oldest) = json.loads(command("log", "--json", where=where).stdout)
    assert (newest["outcome"], oldest["outcome"]) == ("changed", "new")
    assert json.loads(command("status", "--json", where=where).stdout)[0]["outcome"] == "changed"
    assert json.loads(command("verify", "--json", where=where).stdout)["findings"] == []


def test_changes_are_the_rows_of_their_view(workshop: Workshop) -> None:
    """By `run`, by `diff` and by its two captures; also where a list changed, which is JSON there."""
    where = workshop.path
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    heading = "総合計画における位置づけ"
    workshop.site.answers[PATH] = answer(page(3).replace(heading.encode(), f"{heading}と成果".encode()))
    told = json.loads(command("run", "--json", where=where).stdout)["changes"]
    between = ("--from", told[0]["previous_capture_id"], "--to", told[0]["capture_id"])
    asked = [command("diff", "--format", "json", *words, where=where).stdout for words in ((), between)]
    with closing(sqlite3.connect(workshop.directory.database)) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM changes")]
    assert f'["{heading}と成果"]' in [row["new"] for row in rows]
    assert {row["record"] for row in rows} == {"pages", "statements", "projects", "budgets"}
    assert [told, *map(json.loads, asked)] == [rows] * 3


def test_a_terminal_is_coloured_unless_it_shall_not(workshop: Workshop) -> None:
    for number in (1, 2):
        workshop.site.answers[PATH] = answer(page(number))
        workshop.visit()
    plain, coloured = "28,709千円 → 29,100千円", "\x1b[31m28,709千円\x1b[0m → \x1b[32m29,100千円\x1b[0m"
    for words, no_color, expected in (
        ((), "", coloured),
        ((), "1", plain),
        (("--no-color",), "", plain),
        (("--color",), "1", coloured),
    ):
        shown = _on_a_terminal("diff", *words, where=workshop.path, NO_COLOR=no_color)
        assert expected in shown, (words, no_color)


def _on_a_terminal(*words: str, where: Path, **environment: str) -> str:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        subprocess.run(
            [SCRIPT, *words], stdout=theirs, cwd=where, env={**os.environ, **environment}, check=True, timeout=60
        )
        os.close(theirs)
        return screen.read(4000).decode()


def test_a_difference_goes_to_a_file(workshop: Workshop) -> None:
    """As stdout would have it; the page of all sources is UTF-8 in any locale."""
    where = workshop.path
    sources = [
        f'[[source]]\nid = "{name}"\nurl = "{workshop.site.url}/{name}"\nname = "{name} <県>"\ndelay_seconds = 0\n'
        for name in ("a", "b")
    ]
    workshop.settings("".join(sources))
    for number in (1, 3):
        workshop.site.answers = {f"/{name}": answer(page(number)) for name in ("a", "b")}
        workshop.run()
    done = command("diff", "--format", "html", "--output", "out.html", where=where)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = (where / "out.html").read_bytes()
    environment = {**os.environ, "PYTHONIOENCODING": "euc_jp"}
    printed = subprocess.run(
        [SCRIPT, "diff", "--format", "html"], cwd=where, env=environment, stdout=subprocess.PIPE, check=True
    )
    assert printed.stdout == written
    assert re.findall("<h2[^>]*>(.*?)</h2>", written.decode()) == ["a &lt;県&gt;", "b &lt;県&gt;"]
    assert command("diff", "b", "--all", "--output", "out.txt", where=where).returncode == 0
    lines = (where / "out.txt").read_text("utf-8").splitlines()
    assert lines[lines.index("  1 record moved") + 3].endswith("順: 4 → 3")
    assert not any("\x1b" in line for line in lines)
    unwritten = command("diff", "--output", "nowhere/out", where=where)
    assert "nowhere/out cannot be written (No such file or directory)" in said(unwritten)


def test_parse_prints_the_golden_records(tmp_path: Path) -> None:
    done = command("parse", FOLDER / "page.html", where=tmp_path)
    assert done.stdout == (FOLDER / "page.json").read_text("utf-8")
    assert list(tmp_path.iterdir()) == []
    text = command("parse", FOLDER / "page.html", "--text", where=tmp_path).stdout
    budget = json.loads(done.stdout)["budgets"][3]
    assert text[budget["text_start"] : budget["text_end"]] == budget["printed"] == "28,709千円"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is empty where HTML was expected"),
        (b"%PDF-1.4", "is a PDF where HTML was expected"),
    ],
)
def test_parse_refuses_what_is_no_page(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    done = command("parse", "file", where=tmp_path)
    assert done.returncode == 2
    assert sentence in said(done)


def test_parse_says_that_a_page_has_no_record(tmp_path: Path) -> None:
    (tmp_path / "form.html").write_text("<p>申請書の様式です。</p>", "utf-8")
    done = command("parse", "form.html", where=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["unread"][0]["text"] == "申請書の様式です。"
    assert "has no record: all 9 characters of its body are unread" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("run", "nobody"), 2, "unknown source 'nobody': this archive has mie-npo"),
        (("log", "nobody"), 2, "unknown source 'nobody': archive.db has mie-npo"),
        (("diff", "nobody"), 2, "unknown source"),
        (("diff", "--from", "yesterday"), 2, "'yesterday' is neither a capture nor a date"),
        (("diff", "--from", "1999-01-01"), 2, "has no good capture up to 1999-01-01T14:59:59Z"),
        (("--archive", "nowhere", "run"), 2, "nowhere is no directory"),
        (("--archive", "nowhere", "status"), 2, "nowhere is no directory"),
        (("--archive", "empty", "log"), 2, "has no archive.db yet: `pref-scraper run` makes it"),
    ],
)
def test_wrong_usage_gets_a_sentence(workshop: Workshop, words: tuple[str, ...], code: int, sentence: str) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    (workshop.path / "empty").mkdir()
    done = command(*words, where=workshop.path)
    assert done.returncode == code
    assert sentence in said(done)


@pytest.mark.parametrize("words", [("run", "--nope"), ("frobnicate",), ("diff", "--format", "pdf")])
def test_words_that_no_command_knows_are_wrong_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = command(*words, where=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--help" in done.stderr


def test_a_broken_sources_toml_gets_a_sentence(workshop: Workshop) -> None:
    (workshop.path / "sources.toml").write_text('[[source]]\nid = "a"\nurl = "www"\nname = "n"\n')
    done = command("run", where=workshop.path)
    assert done.returncode == 2
    assert "sources.toml, line 3: url: 'www' will not do; expected the page's address" in said(done)


@pytest.mark.parametrize(
    ("bad", "code", "sentence"),
    [
        (answer(b"", status="404 Not Found"), 3, "gone: the server answers 404"),
        (answer(b"", status="500 Oops"), 3, "failed: the server answers 500"),
        (answer(b""), 4, "suspect: the page is empty"),
        (answer(b"%PDF-1.4", content_type="application/pdf"), 3, "failed: the answer is a PDF where HTML was expected"),
        (answer("<p>工事中</p>".encode()), 4, "suspect: the page is a maintenance notice"),
    ],
)
def test_a_visit_that_went_wrong_has_its_exit_code(workshop: Workshop, bad: Answer, code: int, sentence: str) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    workshop.site.answers[PATH] = bad
    done = command("run", where=workshop.path)
    assert done.returncode == code
    assert sentence in done.stdout
    status = command("status", where=workshop.path)
    assert (status.returncode, "not well" in status.stdout) == (code, True)


def test_an_unreachable_host_is_told_and_the_others_are_visited(workshop: Workshop, tmp_path: Path) -> None:
    with Site() as closed:
        url = closed.url
    workshop.settings(
        f'[[source]]\nid = "closed"\nurl = "{url}/"\nname = "n"\n'
        f'[[source]]\nid = "open"\nurl = "{workshop.site.url}{PATH}"\nname = "n"\ndelay_seconds = 0\n'
    )
    workshop.site.answers[PATH] = answer(HTML)
    done = command("run", where=tmp_path)
    assert done.returncode == 3
    assert "it refuses the connection" in done.stdout
    assert "new: 169 records" in done.stdout


def test_a_wrong_certificate_is_told(workshop: Workshop) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with Site(tls=context) as site:
        workshop.settings(f'[[source]]\nid = "tls"\nurl = "{site.url}/"\nname = "n"\n')
        done = command("run", where=workshop.path)
    assert done.returncode == 3
    assert "its certificate is not valid" in done.stdout


def test_a_snapshots_that_is_no_folder_is_told(workshop: Workshop) -> None:
    workshop.directory.snapshots.write_text("a file")
    done = command("run", where=workshop.path)
    assert done.returncode == 1
    assert "cannot be used as a folder" in said(done)
    assert workshop.directory.snapshots.read_text() == "a file"


def test_init_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    done = command("init", "file/archive", where=tmp_path)
    assert done.returncode == 2
    assert "cannot be written" in said(done)


def test_a_flipped_byte_is_found(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    (warc,) = workshop.directory.snapshots.rglob("*.gz")
    whole = bytearray(warc.read_bytes())
    whole[len(whole) // 2] ^= 4
    warc.write_bytes(whole)
    done = command("verify", where=workshop.path)
    assert done.returncode == 5
    assert f"snapshots/mie-npo/{warc.name}, byte " in done.stdout
    assert "put the file back from a copy" in done.stdout
    assert command("rebuild", where=workshop.path).returncode == 5


def test_a_second_run_ends_at_once(workshop: Workshop) -> None:
    workshop.directory.snapshots.mkdir()
    handle = os.open(workshop.directory.snapshots, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        done = command("run", where=workshop.path)
    finally:
        os.close(handle)
    assert done.returncode == 6
    assert "another run holds" in said(done)
    assert workshop.site.requests == []


def test_a_reader_that_stops_listening_is_no_error(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(HTML)
    workshop.visit()
    with subprocess.Popen(
        [SCRIPT, "parse", FOLDER / "page.html"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom pref_scraper.cli import cli\ncli(['--help'], standalone_mode=False)\n"
        "heavy = {'pref_scraper.export', 'httpx', 'httpcore', 'lxml', 'bs4', 'sqlite_utils', 'sqlite3', 'fastwarc', 'protego', 'ssl'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    listed = [line.split()[0] for line in done.stdout.partition("Commands:\n")[2].splitlines() if line.startswith("  ")]
    assert listed == COMMANDS.split()
    assert "..." not in done.stdout.partition("Commands:\n")[2], "a line of it is cut"


@pytest.mark.parametrize("words", [["log"], ["show", "budgets"], ["diff"], ["status"]])
def test_what_only_reads_the_database_imports_no_network_and_no_parser(workshop: Workshop, words: list[str]) -> None:
    workshop.site.answers[PATH] = answer(page())
    workshop.visit()
    program = (
        "import sys\nfrom pref_scraper.cli import cli\ncli(sys.argv[1:], standalone_mode=False)\n"
        "print(sorted({'httpx', 'lxml', 'bs4', 'fastwarc', 'protego', 'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--archive", workshop.path, *words], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_command_offers_every_format_of_an_export() -> None:
    assert (*FORMATS, "wacz") == EXPORTS


def test_the_module_is_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pref_scraper", "--version"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == command("--version", where=tmp_path).stdout
