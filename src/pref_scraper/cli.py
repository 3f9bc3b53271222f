"""The command line: its verbs in pipeline order, our errors as sentences and exit codes. Data on stdout, talk on stderr.

A command's body only calls the layer below. Heavy imports wait until a command needs
them, so that `--help` answers at once.
"""

import os
import sys
from typing import Any

import click

from . import __version__, keeping, looking, scheduling, telling
from .errors import PrefScraperError
from .stopping import Stopped, stoppable

_VERBS = (
    keeping.init,
    keeping.add,
    keeping.fetch,
    keeping.load,
    keeping.run,
    keeping.import_,
    keeping.backfill,
    looking.parse,
    looking.log,
    looking.show,
    looking.diff,
    keeping.verify,
    keeping.rebuild,
    keeping.pack,
    keeping.unpack,
    looking.feed,
    looking.export,
    looking.serve,
    looking.status,
    telling.notify,
    scheduling.schedule,
)


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


for _verb in _VERBS:
    cli.add_command(_verb)


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
