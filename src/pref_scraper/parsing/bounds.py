"""How much of a page is read: a hostile one would take the memory of the whole machine.

In goes a page, at three stages of its reading; out comes nothing, or `TooMuch`, whose text
says of what there is too much. Of 46 real pages of prefectures and cities the largest has 0.2 MB
and 6,215 tags. Whatever is within the bounds, a whole `run` takes below 120 MB.
"""

from dataclasses import dataclass

MOST_BYTES = 2 * 1024 * 1024
MOST_TAGS = 32_000
MOST_DEEP_TAGS = 8_000
MOST_LINES = 32_000


class TooMuch(Exception):
    """A page is larger than what is read; the text says in what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The most bytes, tags and preformatted lines of a page that is read; fewer tags of one that is nested very deep."""

    size: int = MOST_BYTES
    tags: int = MOST_TAGS
    deep_tags: int = MOST_DEEP_TAGS
    lines: int = MOST_LINES

    def check(self, **found: int) -> None:
        """Raises TooMuch for what is more than its bound, as in `check(tags=7)`."""
        for what, number in found.items():
            most = getattr(self, what)
            if number > most:
                raise TooMuch(f"the page has more than {most:,} {_WORDS[what]}")


_WORDS = {
    "size": "bytes",
    "tags": "tags",
    "deep_tags": "tags, and some stand within more than 2,048 others",
    "lines": "lines in <pre>",
}
