"""The command line: verbs, options, exit codes. Data on stdout, talk on stderr.

A command's body only calls the layer below. Heavy imports wait until a command needs
them, so that `--help` answers at once.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from . import __version__, console
from .errors import DamagedError, PrefScraperError, UsageError
from .labels import VIEW_LABELS
from .stopping import Stopped, stoppable

if TYPE_CHECKING:
    from .archive import Archive
    from .history import Difference
    from .records import Source
    from .sources import Config, Directory
    from .world import World


EXPORTS = ("csv", "jsonl", "wacz")
"""The formats of export.py and wacz.py, whose import would make every command later."""


class _Sentence(click.ClickException):
    """One of our errors: shown as its sentence, with its exit code."""

    def __init__(self, error: PrefScraperError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]  # click declares it for the class, and reads the instance's

    def show(self, file: Any = None) -> None:
        click.echo(f"pref-scraper: {self.message}", err=True)


class _Verbs(click.Group):
    """Commands in pipeline order, and our errors as sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PrefScraperError as error:
            raise _Sentence(error) from error


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="pref-scraper")
@click.option(
    "--archive",
    type=click.Path(file_okay=False),
    default=".",
    envvar="PREF_SCRAPER_ARCHIVE",
    help="The archive's directory; the current one, if not given. [env: PREF_SCRAPER_ARCHIVE]",
)
@click.pass_context
def cli(ctx: click.Context, archive: str) -> None:
    """Keep policy pages of Japanese prefectures, and what they said when.

    Start with `pref-scraper init`, then `pref-scraper run`, and run it again on another day.
    """
    ctx.obj = archive
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def _as_json(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


_at = click.option(
    "--at", "when", metavar="DATE|CAPTURE", help="As of a date, as 2026-11-22 (its end in Japan), or of a capture."
)


def _set_color(ctx: click.Context, _: click.Parameter, value: bool | None) -> None:
    if value is not None:
        ctx.color = value


_source_ids = click.argument("source", nargs=-1)


@cli.command()
@click.argument("directory", required=False, type=click.Path(file_okay=False))
@click.pass_obj
def init(archive: str, directory: str | None) -> None:
    """Write a commented sources.toml.

    Example: pref-scraper init my-archive
    """
    from pathlib import Path

    from .sources import FILE, TEMPLATE

    target = Path(directory or archive)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with (target / FILE).open("x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError as error:
        raise UsageError(f"{target / FILE} is there already: nothing was changed") from error
    except OSError as error:
        raise UsageError(f"{target / FILE} cannot be written ({error.strerror}): choose another directory") from error
    where = "" if target == Path() else f"cd {target} && "
    click.echo(f"{target / FILE} is written: put your contact in, then `{where}pref-scraper run`")


@cli.command()
@_source_ids
@_as_json
@click.pass_obj
def fetch(archive: str, source: tuple[str, ...], as_json: bool) -> None:
    """Visit the sources and append to snapshots/.

    Example: pref-scraper fetch mie-npo
    """
    from . import pipeline, report
    from .records import format_time

    config, sources = _config(archive, source)
    made = pipeline.fetch(_directory(archive), config, sources, _world())
    rows = [
        {
            "source_id": visit.source.id,
            "visited_at": format_time(visit.at),
            "http_status": visit.answer.status if visit.answer else None,
            "error": visit.error,
        }
        for visit in made
    ]
    console.print_rows(as_json, rows, report.visits(made))
    if any(row["http_status"] not in (200, 203, 304) for row in rows):
        sys.exit(console.EXIT_CODES["failed"])


@cli.command()
@_as_json
@click.pass_obj
def load(archive: str, as_json: bool) -> None:
    """Bring archive.db up to date with snapshots/.

    Example: pref-scraper load
    """
    from . import pipeline

    found = pipeline.load(_directory(archive), _world())
    console.print_loaded(found, as_json)
    if any(one.capture.outcome == "suspect" for one in found):
        sys.exit(console.EXIT_CODES["suspect"])


@cli.command()
@_source_ids
@_as_json
@click.pass_obj
def run(archive: str, source: tuple[str, ...], as_json: bool) -> None:
    """Fetch, then load, then say what changed: the scheduled job.

    Example: pref-scraper run
    """
    from . import pipeline

    config, sources = _config(archive, source)
    found = pipeline.run(_directory(archive), config, sources, _world())
    console.print_loaded(found, as_json)
    console.exit_by([one.capture.outcome for one in found])


@cli.command("import")
@click.argument("file", nargs=-1, required=True, type=click.Path(dir_okay=False))
@click.option("--source", "ids", multiple=True, metavar="ID", help="Only this source; may be given more than once.")
@_as_json
@click.pass_obj
def import_(archive: str, file: tuple[str, ...], ids: tuple[str, ...], as_json: bool) -> None:
    """Take in captures from other people's WARC files.

    What WARC and WACZ files have of the sources' addresses enters the history at its own time. An import
    that was interrupted is repeated: what is there already is skipped.

    Example: pref-scraper import crawl-2012.warc.gz collection.wacz
    """
    from pathlib import Path

    from . import pipeline, report

    _, sources = _config(archive, ids)
    found = pipeline.import_files(_directory(archive), sources, [Path(name) for name in file], _world())
    console.print_rows(as_json, console.imported(found), report.imported(found))
    console.exit_by_import(found)


@cli.command()
@click.argument("source")
@click.option("--timemap", metavar="URL", help="A Memento TimeMap of the source's address, in link format.")
@click.option("--cdx", metavar="URL", help="A CDX server, as pywb's or the Wayback Machine's.")
@click.option(
    "--replay", metavar="URL", help="Where the CDX server's captures are replayed, if its address does not tell."
)
@_as_json
@click.pass_obj
def backfill(
    archive: str, source: str, timemap: str | None, cdx: str | None, replay: str | None, as_json: bool
) -> None:
    """Fetch earlier captures from another archive.

    They come from a Memento or a CDX server and enter the history at their own time. What is there already is not fetched again, so a backfill that was interrupted is repeated.

    Example: pref-scraper backfill mie-npo --cdx https://web.archive.org/cdx/search/cdx
    """
    from . import pipeline, report

    if (timemap is None) == (cdx is None):
        raise UsageError("a backfill needs a list of captures: give either --timemap URL or --cdx URL")
    config, (chosen,) = _config(archive, (source,))
    found = pipeline.backfill(_directory(archive), config, chosen, _world(), timemap=timemap, cdx=cdx, replay=replay)
    console.print_rows(as_json, console.imported(found), report.imported(found))
    console.exit_by_backfill(found)


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--url", help="The page's address.")
@click.option("--content-type", help="The Content-Type header it came with.")
@click.option("--text", "as_text", is_flag=True, help="Print the visible text that text_start and text_end count in.")
def parse(file: str, url: str | None, content_type: str | None, as_text: bool) -> None:
    """Read one HTML file and print its records as JSON; touches no archive.

    Example: pref-scraper parse page.html
    """
    from pathlib import Path

    from .belief import not_html
    from .parsing import parse as parse_page

    try:
        body = Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    other = not_html(body, content_type)
    if other is not None:
        raise UsageError(f"{file} is {other} where HTML was expected")
    if not body.strip():
        raise UsageError(f"{file} is empty where HTML was expected")
    page = parse_page(body, content_type=content_type, url=url)
    click.echo(page.text if as_text else console.to_json(page.to_dict()))
    if not page.count():
        characters = page.coverage.characters
        click.echo(f"pref-scraper: {file} has no record: all {characters} characters of its body are unread", err=True)


@cli.command()
@click.argument("source", required=False)
@_as_json
@click.pass_obj
def log(archive: str, source: str | None, as_json: bool) -> None:
    """List the captures, newest first.

    Example: pref-scraper log mie-npo
    """
    from dataclasses import asdict

    from . import report

    with _archive(archive) as opened:
        captures = opened.captures(_known(opened, source))
    console.print_rows(as_json, [asdict(capture) for capture in captures], report.log(captures))


@cli.command(epilog=f"Views: {', '.join(f'{view} ({label})' for view, label in VIEW_LABELS.items())}.")
@click.argument("view")
@click.argument("source", required=False)
@_at
@_as_json
@click.pass_obj
def show(archive: str, view: str, source: str | None, when: str | None, as_json: bool) -> None:
    r"""Show a view of archive.db, by its English or its Japanese name, as it is or was.

    On a terminal it is a table: long texts are cut with …, and columns that find no room are
    only named. Into a pipe or a file go whole values, parted by tabs below a line of names;
    an empty cell is null, and \n, \t and \\ stand for a line break, a tab and a backslash.

    Example: pref-scraper show budgets --at 2026-04-30
    """
    from . import history, table

    with _archive(archive) as opened:
        moment = history.moment_of(opened, _known(opened, source), when)
        found = history.table(opened, view, moment)
        if as_json:
            click.echo(console.to_json(list(found.objects())))
        elif sys.stdout.isatty():
            console.print_table(table.aligned(found, shutil.get_terminal_size().columns))
        else:
            console.print_rows(False, None, table.tab_separated(found))


@cli.command()
@click.argument("source", required=False)
@click.option("--from", "start", help="A capture or a date, as 2026-11-22; if not given, the capture before.")
@click.option("--to", "end", help="A capture or a date; if not given, the newest good capture.")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to this file, not to stdout.")
@click.option("--all", "everything", is_flag=True, help="List moves and changes of width, too; text only counts them.")
@click.option(
    "--color/--no-color",
    default=None,
    callback=_set_color,
    expose_value=False,
    help="Colour what was removed and added; if not given, on a terminal without NO_COLOR.",
)
@click.option("--parser", is_flag=True, help="Say what only this version's parser reads otherwise.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 where something changed.")
@click.pass_obj
def diff(
    archive: str,
    source: str | None,
    start: str | None,
    end: str | None,
    form: str,
    output: str | None,
    everything: bool,
    parser: bool,
    exit_code: bool,
) -> None:
    """Say what changed between two captures or dates; without options, the last change.

    Example: pref-scraper diff mie-npo --from 2026-04-01 --to 2026-10-01

    Example: pref-scraper diff --format html --output changes.html
    """
    from . import diffpage, report

    if parser and (start or end or form == "html"):
        raise UsageError("--parser compares two readings of one capture, as text or json: leave out --from and --to")
    found = _parser_differences(archive, source) if parser else _differences(archive, source, start, end)
    nothing = "nothing to compare: archive.db is of this parser, and no archive.db.before is there" if parser else None
    paint = report.plain if output else report.coloured
    rows = [
        row
        for one in found
        for row in console.change_rows(one.changes, one.source_id, one.after.capture_id, one.before.capture_id)
    ]
    forms: dict[str, Callable[[], str]] = {
        "text": lambda: "\n".join(report.differences(found, nothing, paint=paint, everything=everything)),
        "json": lambda: console.to_json(rows),
        "html": lambda: diffpage.page(found),
    }
    console.write(forms[form](), output, as_bytes=form == "html")
    if exit_code and rows:
        sys.exit(console.EXIT_CHANGED)


@cli.command()
@_as_json
@click.pass_obj
def verify(archive: str, as_json: bool) -> None:
    """Check every digest in snapshots/, and that archive.db is what snapshots/ say.

    Example: pref-scraper verify
    """
    from dataclasses import asdict

    from . import pipeline, report

    found = pipeline.verify(_directory(archive), _world())
    console.print_rows(as_json, asdict(found), report.verified(found))
    if found.findings:
        sys.exit(DamagedError.exit_code)


@cli.command()
@click.pass_obj
def rebuild(archive: str) -> None:
    """Make archive.db anew from snapshots/, and each index that is not what its file holds.

    Example: pref-scraper rebuild
    """
    from . import pipeline

    number = pipeline.rebuild(_directory(archive), _world())
    click.echo(f"archive.db is built anew from {number} capture{'' if number == 1 else 's'}")


@cli.command()
@click.option("--format", "form", type=click.Choice(EXPORTS), required=True)
@click.argument("directory", type=click.Path(file_okay=False))
@_at
@_as_json
@click.pass_obj
def export(archive: str, form: str, directory: str, when: str | None, as_json: bool) -> None:
    """Write every view of archive.db into a directory, a file each, as it is or was; or snapshots/ as one WACZ file.

    csv is UTF-8 with a byte order mark, for Excel: a text that it would take for a formula, as
    `- 千円`, has an apostrophe before it; numbers have none. jsonl is an object per line, with
    every value as it is. wacz is a web archive for pywb and ReplayWeb.page, of all captures.
    Files of an earlier export are replaced, no others.

    Example: pref-scraper export --format csv files --at 2026-04-30

    Example: pref-scraper export --format wacz files
    """
    from pathlib import Path

    if form == "wacz":
        from . import pipeline

        if when is not None:
            raise UsageError("--at is for the views; wacz holds every capture: leave it out")
        written = pipeline.export_wacz(_directory(archive), Path(directory))
    else:
        from . import history
        from .export import write

        with _archive(archive) as opened:
            written = write(history.tables(opened, history.moment_of(opened, None, when)), form, Path(directory))
    files = [str(path) for path in written]
    console.print_rows(as_json, files, files)


@cli.command()
@_as_json
@click.pass_obj
def status(archive: str, as_json: bool) -> None:
    """Say when each source was last seen, and whether it is well.

    Example: pref-scraper status
    """
    from dataclasses import asdict

    from . import history, report

    _, sources = _config(archive, ())
    if _directory(archive).database.exists():
        with _archive(archive) as opened:
            found = history.status(opened, sources)
    else:
        found = history.status(None, sources)
    console.print_rows(as_json, [asdict(health) for health in found], report.status(found))
    console.exit_by([health.outcome or "" for health in found])


def _config(archive: str, ids: tuple[str, ...]) -> "tuple[Config, tuple[Source, ...]]":
    from .sources import read_config

    config = read_config(_directory(archive).path)
    return config, config.choose(ids)


def _directory(archive: str) -> "Directory":
    from pathlib import Path

    from .sources import Directory

    path = Path(archive)
    if not path.is_dir():
        raise UsageError(f"{path} is no directory: make it, or name another with --archive")
    return Directory(path)


def _world() -> "World":
    from .world import World

    talk = console.Talk(sys.stderr)
    return World(report=talk.say, progress=talk.follow)


@contextmanager
def _archive(archive: str) -> "Iterator[Archive]":
    """archive.db for reading; an error where nothing was loaded yet."""
    from .archive import Archive
    from .written import VERSION

    database = _directory(archive).database
    if not database.exists():
        raise UsageError(f"{database.parent.absolute()} has no archive.db yet: `pref-scraper run` makes it")
    with Archive.open(database, version=VERSION, read_only=True) as opened:
        yield opened


def _known(archive: "Archive", source: str | None) -> str | None:
    known = archive.sources()
    if source is not None and source not in known:
        raise UsageError(f"unknown source {source!r}: archive.db has {', '.join(known) or 'none'}")
    return source


def _parser_differences(archive: str, source: str | None) -> "list[Difference]":
    from . import pipeline

    return pipeline.parser_differences(_directory(archive), source)


def _differences(archive: str, source: str | None, start: str | None, end: str | None) -> "list[Difference]":
    from . import history

    with _archive(archive) as opened:
        known = _known(opened, source)
        ids = [known] if known else list(opened.sources())
        if start is None and end is None:
            return [last for source_id in ids if (last := history.last_change(opened, source_id))]
        return [history.difference(opened, source_id, start, end) for source_id in ids]


def main() -> None:
    """The console script: whatever happens, a sentence and an exit code, and no traceback."""
    try:
        with stoppable():
            cli()
    except Stopped as stop:
        click.echo("pref-scraper: stopped: all visits that were archived are kept; run it again", err=True)
        stop.end()
    except Exception as error:  # the last resort: a defect of ours, told as one
        if os.environ.get("PREF_SCRAPER_DEBUG"):
            raise
        click.echo(
            f"pref-scraper: unexpected {type(error).__name__}: {error}. This is a defect of the program; nothing that "
            "was archived is lost. PREF_SCRAPER_DEBUG=1 shows where it happened.",
            err=True,
        )
        sys.exit(PrefScraperError.exit_code)
