"""pref-scraper keeps the policy pages of Japanese prefectures, and what they said when.

    Source --fetch--> Exchange --snapshots--> Capture --parse--> Records --archive--> Version --diff--> Change
             network             disk                  (pure)              database         (pure)

`snapshots/` is the source of truth; `archive.db` is built from it and from this code alone.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .parsing import parse as parse
    from .records import Page as Page

__version__ = "0.1.0"
__all__ = ["Page", "__version__", "parse"]


def __getattr__(name: str) -> Any:
    """`parse` and `Page` are imported when first asked for: they bring lxml along, and `--help` needs none of it."""
    if name == "parse":
        from .parsing import parse

        return parse
    if name == "Page":
        from .records import Page

        return Page
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
