"""The commands that make an archive and keep it: what goes in, and whether it is whole."""

import shutil
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from . import console
from .errors import DamagedError, UsageError
from .options import (
    as_json_option,
    configured,
    dask_option,
    directory_of,
    notify_option,
    only_with_dask,
    snapshots_option,
    source_ids,
    teller,
    workers_option,
    world,
)

if TYPE_CHECKING:
    from .packing import Packed


@click.command()
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


@click.command()
@click.argument("url")
@click.option("--id", "source_id", help="The source's id; if not given, one that its address proposes.")
@click.option("--name", help="Its name; if not given, the page's title.")
@click.option("--content", metavar="SELECTOR", help="CSS selector of the page's body, where it is not found.")
@click.option("--anyway", is_flag=True, help="Add a page, too, that has no record this program can read.")
@click.option("--dry-run", is_flag=True, help="Only say what is found; write nothing.")
@as_json_option
@click.pass_obj
def add(
    archive: str,
    url: str,
    source_id: str | None,
    name: str | None,
    content: str | None,
    anyway: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Look at a page, and add it to sources.toml.

    It says what is found there. The page is visited once and nothing is archived. It is added where it is believed and has a record; all else
    in sources.toml stays as it is.

    Example: pref-scraper add https://www.pref.mie.lg.jp/NPO/35168030780.htm
    """
    from . import adding, introduction
    from .sources import read_config

    directory = directory_of(archive)
    wanted = adding.Wanted(url=url, id=source_id, name=name, content=content)
    look = adding.look(read_config(directory.path, least=0), wanted, world())
    refused = introduction.refusal(look, anyway=anyway)
    is_written = refused is None and not dry_run
    done = adding.write(directory, look.source) if is_written else "nothing was written, as --dry-run says"
    if look.page is not None or as_json:
        row = introduction.row(look, is_written=is_written)
        console.print_rows(as_json, row, introduction.lines(look, done if refused is None else None))
    if refused is not None:
        click.echo(f"pref-scraper: {refused}", err=True)
        sys.exit(console.EXIT_CODES["suspect" if look.page else look.outcome])


@click.command()
@source_ids
@as_json_option
@click.pass_obj
def fetch(archive: str, source: tuple[str, ...], as_json: bool) -> None:
    """Visit the sources and append to snapshots/.

    Example: pref-scraper fetch mie-npo
    """
    from . import pipeline, report
    from .records import format_time

    config, sources = configured(archive, source)
    made = pipeline.fetch(directory_of(archive), config, sources, world())
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


@click.command()
@workers_option
@click.option("--parquet", "dataset", metavar="URL", help="Anew from the dataset at this place.")
@as_json_option
@click.pass_obj
def load(archive: str, workers: int, dataset: str | None, as_json: bool) -> None:
    """Bring archive.db up to date with snapshots/.

    Where all of it has to be read anew, several processes do so. With --parquet it is built of a dataset that `export --dask` wrote, and nothing is parsed.

    Example: pref-scraper load

    Example: pref-scraper --archive copy load --parquet s3://bucket/dataset
    """
    from . import pipeline

    where, outside = directory_of(archive), world()
    if dataset is None:
        found = pipeline.load(where, outside, workers=workers)
    else:
        found = pipeline.load_dataset(where, dataset, outside, workers=workers)
    console.print_loaded(found, as_json)
    if any(one.capture.outcome == "suspect" for one in found):
        sys.exit(console.EXIT_CODES["suspect"])


@click.command()
@source_ids
@as_json_option
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What is said on stderr: sentences, or JSON lines, also of each capture and of the exit code.",
)
@notify_option
@click.pass_obj
def run(archive: str, source: tuple[str, ...], as_json: bool, log_format: str, addresses: tuple[str, ...]) -> None:
    """Fetch, then load, then say what changed: the scheduled job.

    With --notify it tells services of changes, of troubles and of their end, each once: docs/notices.md.

    Example: pref-scraper run
    """
    from . import pipeline, report

    in_json = log_format == "json"
    with console.json_log() if in_json else nullcontext():
        config, sources = configured(archive, source)
        outside = world(in_json=in_json)
        tell = teller(archive, addresses, outside, in_json=in_json)
        found = pipeline.run(directory_of(archive), config, sources, outside)
        console.print_loaded(found, as_json)
        if not as_json:
            console.print_rows(False, None, report.closing(found, shutil.get_terminal_size().columns))
        if in_json:
            console.log_loaded(found)
        arrived = tell()
        console.exit_by([one.capture.outcome for one in found])
        console.exit_unless(arrived)


@click.command("import")
@click.argument("file", nargs=-1, required=True, type=click.Path(dir_okay=False))
@click.option("--source", "ids", multiple=True, metavar="ID", help="Only this source; may be given more than once.")
@as_json_option
@click.pass_obj
def import_(archive: str, file: tuple[str, ...], ids: tuple[str, ...], as_json: bool) -> None:
    """Take in captures from other people's WARC files.

    What WARC and WACZ files have of the sources' addresses enters the history at its own time. An import
    that was interrupted is repeated: what is there already is skipped.

    Example: pref-scraper import crawl-2012.warc.gz collection.wacz
    """
    from pathlib import Path

    from . import pipeline, report

    _, sources = configured(archive, ids)
    found = pipeline.import_files(directory_of(archive), sources, [Path(name) for name in file], world())
    console.print_rows(as_json, console.imported(found), report.imported(found))
    console.exit_by_import(found)


@click.command()
@click.argument("source")
@click.option("--timemap", metavar="URL", help="A Memento TimeMap of the source's address, in link format.")
@click.option("--cdx", metavar="URL", help="A CDX server, as pywb's or the Wayback Machine's.")
@click.option(
    "--replay", metavar="URL", help="Where the CDX server's captures are replayed, if its address does not tell."
)
@as_json_option
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
    config, (chosen,) = configured(archive, (source,))
    found = pipeline.backfill(directory_of(archive), config, chosen, world(), timemap=timemap, cdx=cdx, replay=replay)
    console.print_rows(as_json, console.imported(found), report.imported(found))
    console.exit_by_backfill(found)


@click.command()
@as_json_option
@click.pass_obj
def verify(archive: str, as_json: bool) -> None:
    """Check every digest in snapshots/, and archive.db.

    archive.db must be what snapshots/ say.

    Example: pref-scraper verify
    """
    from dataclasses import asdict

    from . import pipeline, report

    found = pipeline.verify(directory_of(archive), world())
    console.print_rows(as_json, asdict(found), report.verified(found))
    if found.findings:
        sys.exit(DamagedError.exit_code)


@click.command()
@workers_option
@dask_option
@snapshots_option
@click.option("--dataset", metavar="URL", help="With --dask: keep the dataset, at a place that all workers can reach.")
@click.pass_obj
def rebuild(archive: str, workers: int, address: str | None, place: str | None, dataset: str | None) -> None:
    """Make archive.db anew from snapshots/.

    Also each index that is not what its file holds. A rebuild that was stopped goes on where it was. The database is the same, whatever the number of workers,
    and with --dask, too: then the workers of a cluster read, and write a dataset that it is built from; it wants
    `pip install 'pref-scraper[cluster]'`.

    Example: pref-scraper rebuild

    Example: pref-scraper rebuild --dask tcp://127.0.0.1:8786
    """
    from . import pipeline

    only_with_dask(address, snapshots=place, dataset=dataset)
    where, outside = directory_of(archive), world()
    if address is None:
        number = pipeline.rebuild(where, outside, workers=workers)
    else:
        number = pipeline.rebuild_on(where, address, outside, source=place, target=dataset, workers=workers)
    click.echo(f"archive.db is built anew from {number} capture{'' if number == 1 else 's'}")


@click.command()
@source_ids
@as_json_option
@click.pass_obj
def pack(archive: str, source: tuple[str, ...], as_json: bool) -> None:
    """Pack the WARC files of past years.

    A capture that says what those before it said costs hardly anything then. All goes on as before; other tools
    for WARC files want them unpacked. A file is removed when its pack was found to give it back, byte for byte.

    Example: pref-scraper pack mie-npo
    """
    from . import pipeline

    found = pipeline.pack(directory_of(archive), source, world())
    _print_packed(found, as_json, "nothing to pack: only files of past years are packed, once")


@click.command()
@source_ids
@as_json_option
@click.pass_obj
def unpack(archive: str, source: tuple[str, ...], as_json: bool) -> None:
    """Make packed WARC files again, byte for byte.

    Example: pref-scraper unpack mie-npo
    """
    from . import pipeline

    found = pipeline.unpack(directory_of(archive), source, world())
    _print_packed(found, as_json, "nothing to unpack")


def _print_packed(found: "Sequence[Packed]", as_json: bool, nothing: str) -> None:
    from dataclasses import asdict

    from . import report

    console.print_rows(as_json, list(map(asdict, found)), report.packed(found))
    if not found:
        click.echo(nothing, err=True)
