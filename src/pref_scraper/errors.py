"""Every error that the program raises on purpose, in one tree.

    PrefScraperError            1  something went wrong that the message explains
    ├── UsageError              2  a command, a file or sources.toml is not as it must be
    ├── DamagedError            5  snapshots/ or archive.db is not what was written
    └── LockedError             6  another run holds the archive

A message says what is wrong, where, and what to do. `exit_code` is what the
command line answers. A source that cannot be fetched (3) or a capture that is not
believed (4) is an outcome and no error: it is archived like any other visit.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class PrefScraperError(Exception):
    """Base of the tree; `str(error)` is a sentence for a person."""

    exit_code = 1


class UsageError(PrefScraperError):
    """A command, a file given to one, or sources.toml is not as it must be."""

    exit_code = 2


class DamagedError(PrefScraperError):
    """snapshots/ or archive.db does not hold what was written to it."""

    exit_code = 5


class LockedError(PrefScraperError):
    """Another run holds the archive."""

    exit_code = 6


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around an import that needs an extra of this package; UsageError says how to install it where it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed: pip install 'pref-scraper[{name}]'") from error
