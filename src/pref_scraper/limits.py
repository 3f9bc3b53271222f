"""How long a visit may take and how much it may bring."""

from dataclasses import dataclass

TIMEOUT = 20.0
"""Seconds without a byte until an exchange is given up."""
DEADLINE = 60.0
"""Seconds that one exchange may take in all."""
VISIT = 300.0
"""Seconds that a visit may take in all: waiting, robots.txt, redirects and tries included."""
MAX_BYTES = 4 * 1024 * 1024
"""Bytes of one answer on the wire, head and framing included; what comes after them is not kept.

Prefectures' pages are below 0.5 MB; until it is archived an answer is in memory several times over.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much, in seconds and bytes; tests set smaller ones."""

    timeout: float = TIMEOUT
    deadline: float = DEADLINE
    visit: float = VISIT
    max_bytes: int = MAX_BYTES
