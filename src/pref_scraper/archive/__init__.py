"""archive.db: versions of records over captures; the database.

Written one capture per transaction, so a killed load goes on where it stopped. Nothing
in a row reads the clock or depends on when it was loaded.
"""

from .captures import Capture, Last, Named, Outcome, Standing, capture_id
from .opening import Archive, IsStale, may_write

__all__ = [
    "Archive",
    "Capture",
    "IsStale",
    "Last",
    "Named",
    "Outcome",
    "Standing",
    "capture_id",
    "may_write",
]
