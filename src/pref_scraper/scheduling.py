"""The command that hands the archive's daily run to a scheduler of the system."""

import sys
from datetime import datetime, timedelta

import click

from . import __version__, console
from .errors import UsageError
from .options import as_json_option, configured, directory_of

SCHEDULERS = ("systemd", "cron", "github")
"""Those of schedule.py."""


@click.command(epilog="docs/scheduling.md says how to install what is written, and how to see that it works.")
@click.argument("scheduler", type=click.Choice(SCHEDULERS))
@click.option(
    "--at",
    type=click.DateTime(["%H:%M"]),
    metavar="HH:MM",
    help="The time in Japan; if not given, one of the night that the archive's directory and sources decide.",
)
@click.option("--package", help="github: what pip installs there; if not given, this version of pref-scraper.")
@click.option("--output", type=click.Path(file_okay=False), help="Write into this directory, not to stdout.")
@as_json_option
@click.pass_obj
def schedule(
    archive: str, scheduler: str, at: datetime | None, package: str | None, output: str | None, as_json: bool
) -> None:
    """Write what makes a scheduler do `run` every day.

    systemd units, a crontab line or a workflow of GitHub. It runs at the same odd minute of every day in Japan, late by a random while, never beside another run, and
    tells a failure. What to do with it is said on stderr.

    Example: pref-scraper schedule systemd --output /etc/systemd/system
    """
    from .schedule import WRITERS, Job, chosen, printed

    if package is not None and scheduler != "github":
        raise UsageError(f"--package is for github; {scheduler} runs the program that is installed here: leave it out")
    config, sources = configured(archive, ())
    path = directory_of(archive).path.resolve()
    seed = "\n".join((str(path), config.contact or "", *(source.url for source in sources)))
    job = Job(
        archive=str(path),
        program=_program(),
        owner=_owner(str(path)),
        at=at.time() if at else chosen(seed),
        here=datetime.now().astimezone().utcoffset() or timedelta(),
        package=package or f"pref-scraper=={__version__}",
    )
    made = WRITERS[scheduler](job)
    if output is None:
        console.print_rows(as_json, dict(made.files), printed(made.files))
    else:
        written = _put(output, made.mark, dict(made.files))
        console.print_rows(as_json, written, written)
    for line in made.advice:
        click.echo(line, err=True)


def _program() -> tuple[str, ...]:
    """How this very program is started from anywhere."""
    from pathlib import Path

    started = Path(sys.argv[0]).absolute()
    return (sys.executable, "-P", "-m", "pref_scraper") if started.suffix == ".py" else (str(started),)


def _owner(path: str) -> str:
    """The name of the owner of a directory, or the number of one that has none."""
    from pathlib import Path

    try:
        return Path(path).owner()
    except KeyError:
        return str(Path(path).stat().st_uid)


def _put(directory: str, mark: str, files: dict[str, str]) -> list[str]:
    """Writes the files; raises UsageError before any is written where one is in the way that does not begin with the mark."""
    from pathlib import Path

    paths = {Path(directory, name): text for name, text in files.items()}
    try:
        for path in paths:
            if path.exists() and path.read_text("utf-8").partition("\n")[0] != mark:
                raise UsageError(f"{path} is not of this archive's schedule: move it away; nothing was written")
        for path, text in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{directory} cannot be written ({error.strerror}): choose another directory") from error
    return [str(path) for path in paths]
