"""What changed, as a list of news that programs subscribe to: an Atom feed (RFC 4287), in Japanese.

In goes an archive, out comes a document with an entry for each capture that changed what its source says, newest
first. An entry is named by the capture's WARC record, which is in no archive twice and is the same after a rebuild,
so that a reader shows it once. No clock is read: the same archive gives the same bytes.

Written with lxml, which is here anyway, and refuses to write what is no XML: feedgen 1.0 stamps a feed with the time
at which it is made, and has to be told all that is said here as well.
"""

import re
import uuid
from collections.abc import Collection, Iterator, Sequence

from lxml import etree

from . import headlines, history, outline, report
from .archive import Archive
from .diffpage import part
from .errors import UsageError
from .history import Difference
from .labels import CHANGE_LABELS
from .records import Change, Source

MOST = 100
"""Entries, unless more or fewer are asked for: as `--most` of the command says."""

TYPE = "application/atom+xml"

_ATOM = "http://www.w3.org/2005/Atom"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# What XML 1.0 (2.2, Characters) has no way to write, and outline.clean lets pass.
_FORBIDDEN = re.compile("[\ud800-\udfff\ufffe\uffff]")
# A host, then what an address may have behind it (RFC 3987, 2.2, which Atom goes by).
_WEB = re.compile(r"https?://[^\x00-\x20/?#<>\"\\^`{|}\[\]]+([/?#][^\x00-\x20<>\"\\^`{|}]*)?")
_LINES = 12


def feed(archive: Archive, source_ids: Collection[str] = (), *, most: int = MOST, url: str | None = None) -> str:
    """The feed of some sources, or of all, with so many entries at most; `url` is where it will be published, which names it.

    Raises UsageError where there is no capture yet, and for a `url` that is none of http or https.
    """
    rows = [row for source_id, row in archive.sources().items() if source_id in source_ids or not source_ids]
    if not rows:
        raise UsageError("there is no capture yet that a feed could tell of: `pref-scraper run` makes the first")
    sources = [
        Source(id=row["source_id"], url=row["url"], name=row["name"], publisher=row["publisher"]) for row in rows
    ]
    began = min(archive.outcomes(source.id)[source.id][-1].captured_at for source in sources)
    return document(history.newest_changes(archive, most, [source.id for source in sources]), sources, began, url)


def document(found: Sequence[Difference], sources: Sequence[Source], began: str, url: str | None) -> str:
    """The feed of what was found in these sources, as text that is to be written as UTF-8; pure.

    `began` is the time of their first capture: a feed without entries was last updated then.
    """
    root = etree.Element(f"{{{_ATOM}}}feed", {_XML_LANG: "ja"}, nsmap={None: _ATOM})
    _add(root, "id", _address(url) if url else _id(sources))
    _add(root, "title", _title(sources))
    _add(root, "updated", found[0].after.captured_at if found else began)
    if url:
        _add(root, "link", rel="self", type=TYPE, href=url)
    _add(root, "generator", "pref-scraper")
    publishers = {source.id: source.publisher or source.name for source in sources}
    for name in dict.fromkeys(publishers.values()):
        _author(root, name)
    for one in found:
        _entry(root, one, publishers[one.source_id])
    etree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{etree.tostring(root, encoding="unicode")}'


def _entry(root: etree._Element, found: Difference, publisher: str) -> None:
    """One capture that changed; `published` and `updated` are when it was taken: what a feed said is not revised."""
    entry = _add(root, "entry")
    _add(entry, "id", found.after.warc_record_id.strip("<>"))
    _add(entry, "title", headlines.title(found.name, found.changes))
    _add(entry, "published", found.after.captured_at)
    _add(entry, "updated", found.after.captured_at)
    _author(entry, publisher)
    _add(entry, "link", rel="alternate", type="text/html", href=found.url)
    _add(entry, "summary", "\n".join(_summary(found.changes)))
    _add(entry, "content", part(found), type="html")


def _author(parent: etree._Element, name: str) -> None:
    _add(_add(parent, "author"), "name", name)


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """An element within another, with nothing in it that XML cannot write."""
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", {key: _text(value) for key, value in attributes.items()})
    element.text = None if text is None else _text(text)
    return element


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", outline.clean(text))


def _title(sources: Sequence[Source]) -> str:
    """三重県 NPO 施策・事業概要の変更, or of how many sources."""
    return f"{sources[0].name}の変更" if len(sources) == 1 else f"対象ページ{len(sources)}件の変更"


def _summary(changes: Sequence[Change]) -> Iterator[str]:
    """The first lines of what changed as `diff` tells it, and of what is quiet how many records."""
    loud, quiet = outline.split(changes)
    lines = list(report.changes(loud))
    yield from lines[:_LINES]
    if lines[_LINES:]:
        yield f"ほか{len(lines) - _LINES}行"
    for kind, some in quiet.items():
        if some:
            yield f"{CHANGE_LABELS[kind]} {outline.count(some)[kind]}件"


def _id(sources: Sequence[Source]) -> str:
    """A name for the feed of these sources, of their addresses alone (RFC 9562, 5.5)."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(sorted(source.url for source in sources))).urn


def _address(url: str) -> str:
    """Where the feed will be, as it stands; UsageError for what is no address."""
    if not _WEB.fullmatch(url):
        raise UsageError(f"{url!r} is no address of a feed: expected one such as https://example.org/feed.atom")
    return url
