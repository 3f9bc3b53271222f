"""The guide as a whole: no link leads nowhere, no page is out of reach, each command that it names is one."""

import json
import re
import shlex
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from pref_scraper import __version__, parse
from pref_scraper.cite import Cited, citations
from pref_scraper.cli import cli
from pref_scraper.console import EXIT_CHANGED, EXIT_CODES
from pref_scraper.errors import PrefScraperError
from pref_scraper.labels import OUTCOME_LABELS
from pref_scraper.sources import BUILT_IN

from . import reference
from .conftest import Workshop
from .documents import ROOT, anchors, links, prose
from .editions import PATH, page
from .loopback import answer
from .test_cli import command

HISTORY = ROOT / "CHANGELOG.md"
DOCUMENTS = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")} - {HISTORY})
_NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]


@pytest.mark.parametrize("document", DOCUMENTS, ids=_NAMES)
def test_every_link_leads_somewhere(document: Path) -> None:
    for path, anchor in links(document):
        assert path.exists(), path
        assert not anchor or anchor in anchors(path), (path, anchor)


def test_every_document_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        document = waiting.pop()
        if document not in reached:
            reached.add(document)
            waiting += [path for path, _ in links(document) if path.suffix == ".md"]
    assert reached == {*DOCUMENTS, HISTORY}


def _commands(text: str) -> Iterator[list[str]]:
    """The words behind each `pref-scraper` of a document's console blocks, indented lines, examples and prose."""
    shown = re.findall(r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in shown for line in re.findall(r"^\$ (.*)$", block.replace("\\\n", " "), re.MULTILINE)]
    lines += re.findall(r"^(?: {4}| *Example: )(pref-scraper .*)$", text, re.MULTILINE)
    lines += re.findall(r"`(pref-scraper [^`]*)`", prose(text))
    for line in lines:
        for part in re.split(r"&&|\|| > ", line):
            words = shlex.split(part)
            at = [number for number, word in enumerate(words) if re.search(r"(^|[/ ])pref-scraper\)?$", word)]
            if at and words[at[0] + 1 :]:
                yield words[at[0] + 1 :]


@pytest.mark.parametrize("document", DOCUMENTS, ids=_NAMES)
def test_every_command_that_is_named_is_one(document: Path) -> None:
    """It is parsed as click parses it, and not run."""
    for words in _commands(document.read_text("utf-8")):
        try:
            whole = cli.make_context("pref-scraper", list(words))
            name, command, rest = cli.resolve_command(whole, words[len(words) - len(whole.args) - 1 :])
            assert command is not None
            command.make_context(name, rest, parent=whole)
        except (click.exceptions.Exit, click.MissingParameter):
            pass  # the one comes of --help; the other in prose, where a command is only called by its name
        except click.UsageError as error:
            pytest.fail(f"pref-scraper {shlex.join(words)}: {error.format_message()}")


def test_a_command_that_is_none_is_found() -> None:
    text = "```console\n$ cd here && pref-scraper run --nope | less\n```\n\n    pref-scraper gone a\n\n`pref-scraper log\n--json`"
    assert list(_commands(text)) == [["run", "--nope"], ["gone", "a"], ["log", "--json"]]


@pytest.mark.parametrize("name", reference.DOCUMENTS)
def test_what_is_made_from_the_program_is_as_it_makes_it(name: str) -> None:
    """`make docs` writes it anew."""
    assert (ROOT / "docs" / name).read_text("utf-8") == reference.DOCUMENTS[name]()


def test_the_pieces_of_the_page_give_the_records_that_are_shown() -> None:
    """Each piece stands in the page's visible text, and the records within it are all and only those below."""
    read = parse(page())
    shown = (ROOT / "docs" / "records.md").read_text("utf-8")
    pairs = re.findall(r"```text\n(.*?)\n```\n\n```json\n(.*?)```", shown, re.DOTALL)
    assert len(pairs) == 6
    for piece, records in pairs:
        start = read.text.index(piece)
        assert json.loads(records) == _within(read.to_dict(), start, start + len(piece))


def _within(read: dict[str, Any], start: int, end: int) -> dict[str, list[dict[str, Any]]]:
    """The records of a stretch of the text, by view, without their places."""
    views = {view: rows for view, rows in read.items() if isinstance(rows, list)}
    found = {
        view: [
            {name: value for name, value in row.items() if not name.startswith("text_")}
            for row in rows
            if start <= row["text_start"] and row["text_end"] <= end
        ]
        for view, rows in views.items()
    }
    return {view: rows for view, rows in found.items() if rows}


def test_a_citation_is_shown_as_it_is_made() -> None:
    read = parse(page()).to_dict()
    figure = next(row for row in read["budgets"] if row["printed"] == "28,709千円")
    cited = Cited(
        capture_id="mie-npo-20260401T000000Z",
        title=read["page"]["title"],
        site=BUILT_IN.name,
        publisher=BUILT_IN.publisher,
        updated_on=None,
        url=BUILT_IN.url,
        captured_at="2026-04-01T00:00:00Z",
        record_id="<urn:uuid:00022026-0401-8000-8000-68dd757b9e82>",
        start=figure["text_start"],
        end=figure["text_end"],
        quote=figure["printed"],
    )
    shown = re.findall(r"```text\n(.*?)\n```", (ROOT / "docs" / "citing.md").read_text("utf-8"), re.DOTALL)
    assert shown[:3] == list(citations(cited).values())


def test_the_software_is_cited_by_its_version() -> None:
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


def test_every_target_of_the_makefile_is_told_to_those_who_carry_on() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (targets,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert [name for name in targets.split() if f"`make {name}`" not in told] == []


def test_every_outcome_and_exit_code_has_its_advice() -> None:
    outcomes, _, rest = (ROOT / "docs" / "outcomes.md").read_text("utf-8").partition("## Exit codes")
    assert dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", outcomes, re.MULTILINE)) == OUTCOME_LABELS
    codes = {int(code) for row in re.findall(r"^\| (\d[\d, ]*) \|", rest, re.MULTILINE) for code in row.split(",")}
    ours = {0, EXIT_CHANGED, *EXIT_CODES.values()} | {error.exit_code for error in _errors(PrefScraperError)}
    assert codes == ours | {128 + signal.SIGTERM, 128 + signal.SIGINT}


def _errors(base: type[PrefScraperError]) -> Iterator[type[PrefScraperError]]:
    yield base
    for error in base.__subclasses__():
        yield from _errors(error)


def test_a_copy_that_was_made_during_a_visit_is_restored_as_the_guide_says(workshop: Workshop) -> None:
    """The WARC file is copied last, and its second visit is not yet whole; then an index that came later is put beside it."""
    copy = workshop.path / "copy"
    workshop.site.answers[PATH] = answer(page())
    workshop.visit()
    (warc,) = workshop.directory.snapshots.rglob("*.warc.gz")
    shutil.copytree(workshop.directory.snapshots, copy / "snapshots")
    shutil.copy(workshop.path / "sources.toml", copy)
    workshop.site.answers[PATH] = answer(page(2))
    workshop.visit()
    (copied,) = copy.rglob("*.warc.gz")
    cut, index = warc.read_bytes()[:-700], copied.with_name(warc.name.replace(".warc.gz", ".cdxj"))
    copied.write_bytes(cut)
    said = [command(*words, where=copy) for words in _restoring()]
    assert [done.returncode for done in said] == [0, 0]
    assert "ended in a half-written visit" in said[0].stderr
    assert [path.name for path in copied.parent.glob("*.torn-*")] == [f"{warc.name}.torn-{copied.stat().st_size}"]
    assert len(command("log", where=copy).stdout.splitlines()) == 1

    copied.write_bytes(cut)
    shutil.copy(warc.with_name(index.name), index)
    refused = command("rebuild", where=copy)
    assert (refused.returncode, f"delete {index.name}" in refused.stderr) == (5, True)


def _restoring() -> list[list[str]]:
    """The commands of the guide's chapter on restoring."""
    chapter = (ROOT / "docs" / "backup.md").read_text("utf-8").partition("## Restoring")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```console\n.*?^```$", chapter, re.DOTALL | re.MULTILINE)
    return list(_commands(block))
