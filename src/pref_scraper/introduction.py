"""What was found at an address that may become a source, for a person and as JSON; pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import stanza
from .records import ASIDE, VIEWS, Encoding, Page
from .table import cut

if TYPE_CHECKING:  # it brings the parser and the network along
    from .adding import Look

SHOWN = 5
"""Lines of what is unread that are shown to a person."""
_WIDTH = 76
_AS_PARSED = ("page", "problems", "unread", "encoding", "coverage")
_FOUND_BY = {
    "content": "as --content says",
    "template": "a container that is known",
    "headings": "the innermost that holds all headings that are known",
}


def refusal(look: "Look", *, anyway: bool) -> str | None:
    """Why the page is not to be added; None where it is. `anyway`: also one without a record."""
    if look.page is None:
        return f"{look.asked} was not added: {look.reason}"
    if not (look.page.count() or anyway):
        return (
            f"{look.asked} was not added: it has no record, since none of its lines is the heading of a fiscal year, as "
            "平成23年度 施策概要. Name its body with --content, or add it with --anyway: what it says is kept all the same"
        )
    return None


def lines(look: "Look", done: str | None) -> Iterator[str]:
    """The address, and below it a line per fact; then the stanza and what was `done` with it, None where it was refused."""
    yield look.asked
    if look.page is not None:
        yield from (f"  {label:<14}{value}" for label, value in _facts(look, look.page))
        yield from (cut(f"    {unread.text}".replace("\n", " / "), _WIDTH) for unread in look.page.unread[:SHOWN])
    if done is not None:
        yield from ("", stanza.stanza(look.source), done)


def _facts(look: "Look", page: Page) -> Iterator[tuple[str, str]]:
    info, place = page.page, look.container
    yield from (("redirects to", f"{hop.url} ({'for good' if hop.for_good else 'for now'})") for hop in look.hops)
    yield "title", info.title or "none"
    optional = (
        ("publisher", look.source.publisher),
        ("organization", " > ".join(info.organization)),
        ("updated on", info.updated_on),
    )
    yield from ((label, value) for label, value in optional if value)
    yield "encoding", _encoding(page.encoding)
    yield "body", f"{place.selector} ({_FOUND_BY[place.found_by]})" if place else "the whole page"
    yield "fiscal years", ", ".join(str(year.fiscal_year) for year in page.years) or "none"
    yield "records", _counted(counts(page))
    yield "problems", _counted(Counter(problem.kind for problem in page.problems))
    yield "unread", _unread(page)


def _encoding(encoding: Encoding) -> str:
    damaged = f", {encoding.replaced} characters are damaged" if encoding.replaced else ""
    return f"{encoding.used}, declared as {encoding.declared or 'nothing'}{damaged}"


def counts(page: Page) -> dict[str, int]:
    """How many records of content a page has in each view that has any."""
    found = {view: len(getattr(page, view)) for view in VIEWS if view not in ASIDE}
    return {view: number for view, number in found.items() if number}


def _counted(found: Mapping[str, int]) -> str:
    """14: 9 years, 5 measures"""
    listed = ", ".join(f"{number} {kind}" for kind, number in found.items())
    return f"{sum(found.values())}: {listed}" if listed else "none"


def _unread(page: Page) -> str:
    whole, number = page.coverage.characters, len(page.unread)
    left = f"{whole - page.coverage.read:,} of {whole:,} characters"
    return f"{left}, in {number} line{'' if number == 1 else 's'}" if number else f"none of {whole:,} characters"


def row(look: "Look", *, is_written: bool) -> dict[str, Any]:
    """The same as an object for JSON; what the page says is as `parse` prints it, without the records."""
    page = look.page
    return {
        "source": stanza.written(look.source),
        "is_written": is_written,
        "url": look.asked,
        "redirects": [hop._asdict() for hop in look.hops],
        "outcome": look.outcome,
        "reason": look.reason,
        "body": {"selector": look.container.selector, "found_by": look.container.found_by} if look.container else None,
        "fiscal_years": [year.fiscal_year for year in page.years] if page else [],
        "records": counts(page) if page else {},
        **{name: value for name, value in (page.to_dict() if page else {}).items() if name in _AS_PARSED},
    }
