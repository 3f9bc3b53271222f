"""What the commands share: options, and the archive that they work on."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from . import console
from .errors import UsageError, extra

if TYPE_CHECKING:
    from .archive import Archive
    from .records import Source
    from .sources import Config, Directory
    from .world import World


def as_json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`, as the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


at_option = click.option(
    "--at", "when", metavar="DATE|CAPTURE", help="As of a date, as 2026-11-22 (its end in Japan), or of a capture."
)


workers_option = click.option(
    "--workers",
    type=click.IntRange(1),
    default=lambda: os.cpu_count() or 1,
    show_default="one per core",
    help="Processes that read side by side.",
)


dask_option = click.option(
    "--dask", "address", metavar="ADDRESS", help="Let the workers of this Dask scheduler read, as tcp://host:8786."
)
snapshots_option = click.option(
    "--snapshots", "place", metavar="URL", help="With --dask: the snapshots at this place, as s3://bucket/snapshots."
)


def only_with_dask(address: str | None, **options: str | None) -> None:
    """UsageError for options that mean something to a cluster only, where none is named."""
    for name, value in options.items():
        if address is None and value is not None:
            raise UsageError(f"--{name} is for --dask ADDRESS: give both, or neither")


_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def interval(text: str) -> timedelta:
    """`1d`, `12h` or `30m`, which is longer than nothing; UsageError for anything else."""
    found = re.fullmatch(r"([1-9][0-9]{0,3})([dhm])", text, re.ASCII)
    if found is None:
        raise UsageError(f"{text!r} is no interval: expected one such as 1d, 12h or 30m")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


source_ids = click.argument("source", nargs=-1)


NOTIFY = "PREF_SCRAPER_NOTIFY"
notify_option = click.option(
    "--notify",
    "addresses",
    multiple=True,
    envvar=NOTIFY,
    metavar="URL",
    help=f"Tell this service what matters, as a mail server or Slack; may be given more than once. [env: {NOTIFY}]",
)


def teller(archive: str, addresses: tuple[str, ...], world: "World", *, in_json: bool = False) -> Callable[[], bool]:
    """What tells the services of these addresses all that they have not heard of, and says whether it arrived.

    Notes at once which of them are new: these hear of what comes from now on. Raises UsageError for an
    address that is none.
    """
    if not addresses:
        return lambda: True
    with extra("notify"):
        from . import notifying
        from .services import services
    directory, chosen = directory_of(archive), services(addresses)
    notifying.begin(directory, chosen, world)

    def tell() -> bool:
        with opened_archive(archive) as opened:
            return console.tell_sendings(notifying.tell(directory, opened, chosen, world), in_json=in_json)

    return tell


def configured(archive: str, ids: tuple[str, ...]) -> "tuple[Config, tuple[Source, ...]]":
    """The configuration of an archive, and the sources of these ids, all without any."""
    from .sources import read_config

    config = read_config(directory_of(archive).path)
    return config, config.choose(ids)


def directory_of(archive: str) -> "Directory":
    """An archive's directory; raises UsageError where there is none."""
    from pathlib import Path

    from .sources import Directory

    path = Path(archive)
    if not path.is_dir():
        raise UsageError(f"{path} is no directory: make it, or name another with --archive")
    return Directory(path)


def world(*, in_json: bool = False) -> "World":
    """The real world, which talks on stderr: in sentences, or each of them as a line of JSON."""
    from .world import World

    talk = console.Talk(sys.stderr, line=(lambda sentence: console.log_line(message=sentence)) if in_json else str)
    return World(report=talk.say, progress=talk.follow)


@contextmanager
def opened_archive(archive: str) -> "Iterator[Archive]":
    """archive.db for reading; an error where nothing was loaded yet."""
    from .archive import Archive
    from .written import VERSION

    database = directory_of(archive).database
    if not database.exists():
        raise UsageError(f"{database.parent.absolute()} has no archive.db yet: `pref-scraper run` makes it")
    with Archive.open(database, version=VERSION, read_only=True) as opened:
        yield opened


def known_source(archive: "Archive", source: str | None) -> str | None:
    """A source's id; raises UsageError where archive.db does not have it."""
    known = archive.sources()
    if source is not None and source not in known:
        raise UsageError(f"unknown source {source!r}: archive.db has {', '.join(known) or 'none'}")
    return source
