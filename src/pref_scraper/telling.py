"""The command that tells services what happened."""

import click

from . import console
from .errors import UsageError, extra
from .options import NOTIFY, teller, world


@click.command()
@click.argument("url", nargs=-1, envvar=NOTIFY)
@click.option("--test", "is_trial", is_flag=True, help="Send a letter that tells nothing, to see that it arrives.")
@click.pass_obj
def notify(archive: str, url: tuple[str, ...], is_trial: bool) -> None:
    """Tell services what they have not heard of.

    It does what `run --notify` does at its end. A service that is new hears of what comes from now on. Its URL is one of apprise, and a secret: it can stand in
    PREF_SCRAPER_NOTIFY, too, several parted by spaces. docs/notices.md says how to set up mail, Slack and a webhook.

    Example: pref-scraper notify --test mailtos://user:password@example.org
    """
    if not url:
        raise UsageError(f"no service is named: give its URL, or set {NOTIFY}")
    if not is_trial:
        console.exit_unless(teller(archive, url, world())())
        return
    with extra("notify"):
        from . import notifying
        from .services import services
    console.exit_unless(console.tell_sendings(notifying.try_out(services(url)), in_json=False))
