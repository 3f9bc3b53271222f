"""The commands that look at an archive, or at a page: what it says, and what changed."""

import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from . import console
from .errors import UsageError, extra
from .labels import VIEW_LABELS
from .options import (
    as_json_option,
    at_option,
    configured,
    dask_option,
    directory_of,
    interval,
    known_source,
    only_with_dask,
    opened_archive,
    snapshots_option,
    source_ids,
    world,
)
from .stopping import Stopped

if TYPE_CHECKING:
    from datetime import timedelta

    from .history import Difference


EXPORTS = ("csv", "jsonl", "parquet", "xlsx", "wacz")
"""The formats of export.py and wacz.py, whose import would make every command later."""


def _set_color(ctx: click.Context, _: click.Parameter, value: bool | None) -> None:
    if value is not None:
        ctx.color = value


@click.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--url", help="The page's address.")
@click.option("--content-type", help="The Content-Type header it came with.")
@click.option("--text", "as_text", is_flag=True, help="Print the visible text that text_start and text_end count in.")
def parse(file: str, url: str | None, content_type: str | None, as_text: bool) -> None:
    """Print the records of one HTML file as JSON.

    It touches no archive.

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


@click.command()
@click.argument("source", required=False)
@as_json_option
@click.pass_obj
def log(archive: str, source: str | None, as_json: bool) -> None:
    """List the captures, newest first.

    Example: pref-scraper log mie-npo
    """
    from dataclasses import asdict

    from . import report

    with opened_archive(archive) as opened:
        captures = opened.captures(known_source(opened, source))
    console.print_rows(as_json, [asdict(capture) for capture in captures], report.log(captures))


@click.command(epilog=f"Views: {', '.join(f'{view} ({label})' for view, label in VIEW_LABELS.items())}.")
@click.argument("view")
@click.argument("source", required=False)
@at_option
@as_json_option
@click.pass_obj
def show(archive: str, view: str, source: str | None, when: str | None, as_json: bool) -> None:
    r"""Show a view of archive.db, as it is or was.

    It goes by its English or by its Japanese name. On a terminal it is a table: long texts are cut with …, and columns that find no room are
    only named. Into a pipe or a file go whole values, parted by tabs below a line of names;
    an empty cell is null, and \n, \t and \\ stand for a line break, a tab and a backslash.

    Example: pref-scraper show budgets --at 2026-04-30
    """
    from . import history, table

    with opened_archive(archive) as opened:
        moment = history.moment_of(opened, known_source(opened, source), when)
        found = history.table(opened, view, moment)
        if as_json:
            click.echo(console.to_json(list(found.objects())))
        elif sys.stdout.isatty():
            console.print_table(table.aligned(found, shutil.get_terminal_size().columns))
        else:
            console.print_rows(False, None, table.tab_separated(found))


@click.command()
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
    """Say what changed, last or between two dates.

    Captures will do as well as dates; without options, it is the last change.

    Example: pref-scraper diff mie-npo --from 2026-04-01 --to 2026-10-01

    Example: pref-scraper diff --format html --output changes.html
    """
    from . import diffpage, report
    from .rows import change_rows

    if parser and (start or end or form == "html"):
        raise UsageError("--parser compares two readings of one capture, as text or json: leave out --from and --to")
    found = _parser_differences(archive, source) if parser else _differences(archive, source, start, end)
    nothing = "nothing to compare: archive.db is of this parser, and no archive.db.before is there" if parser else None
    paint = report.plain if output else report.coloured
    rows = [
        row
        for one in found
        for row in change_rows(one.changes, one.source_id, one.after.capture_id, one.before.capture_id)
    ]
    forms: dict[str, Callable[[], str]] = {
        "text": lambda: "\n".join(report.differences(found, nothing, paint=paint, everything=everything)),
        "json": lambda: console.to_json(rows),
        "html": lambda: diffpage.page(found),
    }
    console.write(forms[form](), output, as_bytes=form == "html")
    if exit_code and rows:
        sys.exit(console.EXIT_CHANGED)


@click.command()
@source_ids
@click.option("--url", help="Where the feed will be published: names it, so that readers know it again.")
@click.option("--output", type=click.Path(dir_okay=False), help="Write to this file, not to stdout.")
@click.option("--most", type=click.IntRange(1), help="The newest entries, so many at most; if not given, 100.")
@click.pass_obj
def feed(archive: str, source: tuple[str, ...], url: str | None, output: str | None, most: int | None) -> None:
    """Print what changed as an Atom feed.

    It has an entry per capture that changed, newest first, for programs that subscribe to it. The same archive gives the same bytes, and an entry keeps its id. docs/feed.md says how to publish it.

    Example: pref-scraper feed --url https://example.org/feed.atom --output feed.atom
    """
    from . import feed as feeds

    with opened_archive(archive) as opened:
        chosen = [known for one in source if (known := known_source(opened, one))]
        text = feeds.feed(opened, chosen, most=most or feeds.MOST, url=url)
    console.write(text, output, as_bytes=True)


@click.command()
@click.option("--format", "form", type=click.Choice(EXPORTS), help="Not with --dask.")
@click.argument("directory")
@at_option
@dask_option
@snapshots_option
@click.option("--licence", metavar="ID", help="What the sources' terms are, as CC-BY-4.0, for datapackage.json.")
@as_json_option
@click.pass_obj
def export(
    archive: str,
    form: str | None,
    directory: str,
    when: str | None,
    address: str | None,
    place: str | None,
    licence: str | None,
    as_json: bool,
) -> None:
    """Write the views of archive.db as files.

    A file for each view, as it is or was; or snapshots/ as one WACZ file. Each row has its citation. csv is UTF-8 with a byte order mark, for Excel: a text that it would
    take for a formula, as `- 千円`, has an apostrophe before it; numbers have none. Beside it stands
    datapackage.json, which says the types. jsonl is an object per line, with every value as it is. parquet is typed;
    it wants `pip install 'pref-scraper[export]'`. xlsx is one workbook, a sheet per view. wacz is a web archive for pywb and ReplayWeb.page, of all captures.
    Files of an earlier export are replaced, no others.

    With --dask it is the snapshots that are written, as a Parquet dataset by source and month, with what each page said;
    DIRECTORY may be a place elsewhere then, as s3://bucket/dataset. `load --parquet` builds archive.db from it.

    Example: pref-scraper export --format csv files --at 2026-04-30

    Example: pref-scraper export --format wacz files

    Example: pref-scraper export --dask tcp://127.0.0.1:8786 dataset
    """
    from pathlib import Path

    only_with_dask(address, snapshots=place)
    if address is not None:
        _export_dataset(archive, address, directory, place, as_json=as_json, unwanted=(form, when, licence))
        return
    if form is None:
        raise UsageError(f"--format is missing: give one of {', '.join(EXPORTS)}, or --dask ADDRESS")
    if licence is not None and form != "csv":
        raise UsageError("--licence is for datapackage.json, which stands beside csv: leave it out")
    if form == "wacz":
        from . import pipeline

        if when is not None:
            raise UsageError("--at is for the views; wacz holds every capture: leave it out")
        written = pipeline.export_wacz(directory_of(archive), Path(directory))
    else:
        from . import exporting, history

        with opened_archive(archive) as opened:
            moment = history.moment_of(opened, None, when)
            written = exporting.write(opened, moment, form, Path(directory), licence=licence)
    files = [str(path) for path in written]
    console.print_rows(as_json, files, files)


def _export_dataset(
    archive: str, address: str, target: str, place: str | None, *, as_json: bool, unwanted: tuple[str | None, ...]
) -> None:
    from . import pipeline

    if any(unwanted):
        raise UsageError("--dask writes all that is archived, as Parquet: leave out --format, --at and --licence")
    found = pipeline.gather(directory_of(archive), address, target, world(), source=place)
    console.print_rows(as_json, [str(found)], [str(found)])


@click.command()
@click.option(
    "--every",
    type=interval,
    metavar="INTERVAL",
    help="How often a source is to be visited, as 1d or 12h: tells what is overdue.",
)
@as_json_option
@click.pass_obj
def status(archive: str, every: "timedelta | None", as_json: bool) -> None:
    """Say when each source was last seen, and whether it is well.

    Exits with 3 where the last visit of a source failed or is overdue, by more than an hour, with 4
    where it was suspect, and with 0 where all are well: as monitoring wants it.

    Example: pref-scraper status --every 1d
    """
    from dataclasses import asdict
    from datetime import UTC, datetime

    from . import history, report

    _, sources = configured(archive, ())
    expected = history.Expected(every=every, now=datetime.now(UTC)) if every else None
    if directory_of(archive).database.exists():
        with opened_archive(archive) as opened:
            found = history.status(opened, sources, expected)
    else:
        found = history.status(None, sources, expected)
    console.print_rows(as_json, [asdict(health) for health in found], report.status(found))
    console.exit_by([health.outcome or "" for health in found])
    console.exit_by(["failed" for health in found if health.overdue])


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any that is free.")
@click.option("--open", "in_browser", is_flag=True, help="Open the front page in a browser.")
@as_json_option
@click.pass_obj
def serve(archive: str, host: str, port: int, in_browser: bool, as_json: bool) -> None:
    """Show archive.db in a browser, until Ctrl-C.

    This is Datasette, with pages of this program. Only this machine can reach it, unless --host says otherwise. Runs may go on meanwhile.

    Example: pref-scraper serve --open
    """

    def tell(address: str) -> None:
        console.print_rows(as_json, {"address": address}, [address])
        if in_browser:
            click.launch(address)

    with extra("browse"):
        from .browse import serving
    try:
        with opened_archive(archive):
            serving.serve(directory_of(archive).database, host, port, tell)
    except Stopped as stop:  # as it is meant to end: there is nothing to say
        stop.end()


def _parser_differences(archive: str, source: str | None) -> "list[Difference]":
    from . import pipeline

    return pipeline.parser_differences(directory_of(archive), source)


def _differences(archive: str, source: str | None, start: str | None, end: str | None) -> "list[Difference]":
    from . import history

    with opened_archive(archive) as opened:
        known = known_source(opened, source)
        ids = [known] if known else list(opened.sources())
        if start is None and end is None:
            return [last for source_id in ids if (last := history.last_change(opened, source_id))]
        return [history.difference(opened, source_id, start, end) for source_id in ids]
