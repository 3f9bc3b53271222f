"""What a command prints, and the code that it leaves with. Data on stdout, talk on stderr."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from .errors import DamagedError, PrefScraperError, UsageError
from .progress import T, one

if TYPE_CHECKING:
    from .history import Loaded
    from .notifying import Sending
    from .pipeline import Imported
    from .table import Aligned

# Exit code by the outcome of a capture; the others are 0.
EXIT_CODES = {"failed": 3, "gone": 3, "suspect": 4}
EXIT_CHANGED = 1


PATIENCE = 1.0
"""Seconds that work may take before a bar shows how far it has come."""


class Talk:
    """What a command says while it works: sentences, and on a terminal, never in a pipe, a bar for what takes long."""

    def __init__(
        self, stream: TextIO, ticks: Callable[[], float] = time.monotonic, line: Callable[[str], str] = str
    ) -> None:
        self._stream = stream
        self._ticks = ticks
        self._line = line
        self._has_bar = False

    def say(self, sentence: str) -> None:
        """A line of its own; a bar that stands there makes room and comes back below."""
        if self._has_bar:
            click.echo("\r\x1b[K", nl=False, file=self._stream)
        click.echo(self._line(sentence), file=self._stream)

    def follow(
        self,
        steps: Iterable[T],
        length: int,
        label: str,
        weight: Callable[[T], int] = one,
        *,
        is_slow: bool = False,
    ) -> Iterator[T]:
        """The steps as they are; those that come after PATIENCE, of slow work all, move a bar (progress.py)."""
        coming, done = iter(steps), 0
        if not self._stream.isatty():
            yield from coming
            return
        if is_slow:
            yield from self._barred(coming, done, length, label, weight)
        until = self._ticks() + PATIENCE
        for step in coming:
            yield step
            done += weight(step)
            if self._ticks() > until:
                yield from self._barred(coming, done, length, label, weight)

    def _barred(
        self, coming: Iterator[T], done: int, length: int, label: str, weight: Callable[[T], int]
    ) -> Iterator[T]:
        """The steps to come, below a bar that has come as far as `done`."""
        with click.progressbar(length=length, label=label, file=self._stream) as bar:
            self._has_bar = True
            bar.update(done)
            try:
                for step in coming:
                    yield step
                    bar.update(weight(step))
            finally:
                self._has_bar = False


def log_line(**facts: Any) -> str:
    """A line of a log: when it was written, and what it tells, as a JSON object."""
    import json
    from datetime import UTC, datetime

    return json.dumps({"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", **facts}, ensure_ascii=False)


@contextmanager
def json_log() -> Iterator[None]:
    """The last line of a log has the command's exit code, and its error where it ends with one."""
    try:
        yield
    except PrefScraperError as error:
        click.echo(log_line(message=str(error), exit_code=error.exit_code), err=True)
        sys.exit(error.exit_code)
    except SystemExit as leaving:
        click.echo(log_line(exit_code=leaving.code), err=True)
        raise
    else:
        click.echo(log_line(exit_code=0), err=True)


def log_loaded(found: "Iterable[Loaded]") -> None:
    """A line of the log for each capture: what came of it, and how many fields changed."""
    for loaded in found:
        capture = loaded.capture
        names = ("source_id", "capture_id", "outcome", "http_status", "reason")
        told = {name: getattr(capture, name) for name in names}
        click.echo(log_line(**told, changes=len(loaded.changes)), err=True)


def write(text: str, output: str | None, *, as_bytes: bool) -> None:
    """To stdout or to a file. As bytes where the text says that it is UTF-8, whatever the terminal has."""
    from pathlib import Path

    if output is None:
        click.echo(text.encode() if as_bytes else text)
        return
    try:
        Path(output).write_bytes(f"{text}\n".encode())
    except OSError as error:
        raise UsageError(f"{output} cannot be written ({error.strerror}): choose another file") from error


def print_rows(as_json: bool, rows: Any, lines: Iterable[str]) -> None:
    """What is reported: rows as JSON, or lines for a person."""
    if as_json:
        click.echo(to_json(rows))
    else:
        for line in lines:
            click.echo(line)


def print_table(found: "Aligned") -> None:
    """A table for a terminal, and below it how many rows it has and what found no room."""
    for line in found.lines:
        click.echo(line)
    left_out = f"; no room for {', '.join(found.left_out)}: --json has them" if found.left_out else ""
    click.echo(f"{found.rows} row{'' if found.rows == 1 else 's'}{left_out}", err=True)


def to_json(value: Any) -> str:
    """JSON for people, too: indented, Japanese as it is."""
    import json

    return json.dumps(value, ensure_ascii=False, indent=2)


def print_loaded(found: "list[Loaded]", as_json: bool) -> None:
    """What came of the captures, and what changed with them."""
    from . import report

    print_rows(as_json, _rows(found) if as_json else None, report.loaded(found, paint=report.coloured))


def _rows(found: "list[Loaded]") -> dict[str, Any]:
    """The captures and what changed with them, as JSON has it."""
    from dataclasses import asdict

    from .rows import change_rows

    return {
        "captures": [asdict(one.capture) for one in found],
        "changes": [
            row
            for one in found
            for row in change_rows(
                one.changes, one.capture.source_id, one.capture.capture_id, one.capture.previous_capture_id
            )
        ],
    }


def imported(found: "Imported") -> dict[str, Any]:
    """What an import brought, as JSON has it."""
    sources = [
        {
            "source_id": one.source_id,
            "captures": [
                new.capture.capture_id for new in found.loaded if new.capture.warc_record_id in one.record_ids
            ],
            "first": one.first,
            "last": one.last,
            "already": one.already,
            "left": dict(one.left),
        }
        for one in found.brought
    ]
    return {"sources": sources, "damaged": list(found.damages)}


def exit_by_import(found: "Imported") -> None:
    """Tells what is damaged, and leaves with its code, or with that of a capture that is suspect."""
    for sentence in found.damages:
        click.echo(f"pref-scraper: {sentence}; what stands before it was imported", err=True)
    if found.damages:
        sys.exit(DamagedError.exit_code)
    exit_by(one.capture.outcome for one in found.loaded if one.capture.outcome == "suspect")


def exit_by_backfill(found: "Imported") -> None:
    """Tells why there is no list, and leaves with the code of what could not be fetched, or of a capture that is suspect."""
    for sentence in found.damages:
        click.echo(f"pref-scraper: {sentence}", err=True)
    if found.damages or any(one.left for one in found.brought):
        sys.exit(EXIT_CODES["failed"])
    exit_by(one.capture.outcome for one in found.loaded if one.capture.outcome == "suspect")


def tell_sendings(found: "Iterable[Sending]", *, in_json: bool) -> bool:
    """A line on stderr for each letter that was sent; whether all arrived."""
    from dataclasses import asdict

    sendings = list(found)
    for sending in sendings:
        click.echo(log_line(**asdict(sending)) if in_json else _sentence(sending), err=True)
    return all(sending.ending == "sent" for sending in sendings)


def _sentence(sending: "Sending") -> str:
    what, why = f"{sending.title} to {sending.service}", sending.reason or "no reason is given"
    if sending.ending == "sent":
        return f"sent {what}"
    if sending.ending == "unsure":
        return f"pref-scraper: {what} may not have arrived ({why}): it is not sent again"
    again = ": the next run or `pref-scraper notify` sends it again" if sending.notices else ""
    return f"pref-scraper: {what} was not taken ({why}){again}"


def exit_by(outcomes: Iterable[str]) -> None:
    """Leaves with the gravest of the outcomes' exit codes, if there is one."""
    code = max((EXIT_CODES.get(outcome, 0) for outcome in outcomes), default=0)
    if code:
        sys.exit(code)


def exit_unless(arrived: bool) -> None:
    """Leaves with the code of what nobody expects where a letter did not arrive."""
    if not arrived:
        sys.exit(PrefScraperError.exit_code)
