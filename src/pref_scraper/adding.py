"""A page that may become a source: looked at once, then written into sources.toml; network and disk.

It is visited as `fetch` visits a source and judged as `load` judges a capture, in a folder that is thrown
away: nothing goes into snapshots/. UsageError refuses what is a source already, and what sources.toml does not take.
"""

import fcntl
import itertools
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from . import snapshots, sources, stanza
from .address import Refused, follow, plain
from .belief import BOUNDS, Reading, Verdict, judge, read_page, refuse
from .codings import Unknown
from .errors import PrefScraperError, UsageError
from .fetch import Fetcher, is_redirect
from .japanese.prefectures import prefecture_of
from .parsing import Container, container
from .records import Page, Source, Visit
from .sources import Config, Directory
from .world import World

_FOR_GOOD = (301, 308)  # RFC 9110, 15.4: whoever asks is to use the new address from now on


class Hop(NamedTuple):
    """An address that a redirect led to, and whether `for_good`: then it is the page's address from now on."""

    url: str
    for_good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found at an address: the source that it would be, and its page, None where that is not believed.

    `outcome` is what `captures` would have, and `reason` why it is not believed. `container` is None where the page
    has none, and all of it is read.
    """

    source: Source
    asked: str
    hops: tuple[Hop, ...]
    outcome: str
    reason: str | None
    page: Page | None
    container: Container | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page that is to be a source: its address, and what whoever adds it knows of it already."""

    url: str
    id: str | None = None
    name: str | None = None
    content: str | None = None


def look(config: Config, wanted: Wanted, world: World) -> Look:
    """Visits an address once; raises UsageError for what can be no new source of this archive."""
    draft = _draft(config, wanted)
    fetcher = Fetcher(config.contact, world)
    for source in config.sources:
        fetcher.expect(source)
    (visit,) = world.progress(map(fetcher.visit, [draft]), 1, f"visiting {draft.url}", is_slow=True)
    hops = list(_hops(visit))
    for hop in hops:
        _refuse_known(config, hop.url, f"{draft.url} leads to another source: ")
    verdict, place = _judged(visit)
    if verdict.page and wanted.content and (place is None or place.found_by != "content"):
        raise UsageError(f"--content {wanted.content!r} finds no text on {draft.url}: nothing was written")
    settled = [draft.url, *(hop.url for hop in itertools.takewhile(lambda hop: hop.for_good, hops))][-1]
    return Look(
        source=_source(config, wanted, settled, verdict.page),
        asked=draft.url,
        hops=tuple(hops),
        outcome=verdict.outcome or "new",
        reason=verdict.reason,
        page=verdict.page,
        container=place,
    )


def _draft(config: Config, wanted: Wanted) -> Source:
    """The source as far as it is known before it is visited."""
    try:
        url = plain(wanted.url)
    except Refused as reason:
        raise UsageError(str(reason)) from reason
    for key, value in (("url", url), ("id", wanted.id), ("name", wanted.name), ("content", wanted.content)):
        if value is not None:
            sources.check(key, value)
    _refuse_known(config, url)
    _refuse_taken(config, wanted.id)
    return _source(config, wanted, url, None)


def _source(config: Config, wanted: Wanted, url: str, page: Page | None) -> Source:
    host, title = urlsplit(url).hostname or "", page.page.title if page else None
    return Source(
        id=wanted.id or stanza.propose_id(url, [source.id for source in config.sources]),
        url=url,
        name=wanted.name or title or url,
        publisher=prefecture_of(host),
        content=wanted.content,
    )


def _refuse_known(config: Config, url: str, why: str = "") -> None:
    for source in config.sources:
        if stanza.is_same_page(source.url, url):
            spelt = "" if source.url == url else f", as {source.url}"
            raise UsageError(f"{why}{url} is the source {source.id} already{spelt}: nothing was written")


def _refuse_taken(config: Config, source_id: str | None) -> None:
    if source_id in [source.id for source in config.sources]:
        raise UsageError(f"{source_id!r} is the id of another source: give this one another; nothing was written")


def _hops(visit: Visit) -> Iterator[Hop]:
    """The addresses that the page's redirects led to, in order."""
    url = visit.source.url
    for one in visit.exchanges:
        if one.url == url and one.status is not None and one.location and is_redirect(one.status, one.location):
            with suppress(Refused):  # as one to another scheme: the visit says so
                url = follow(url, one.location)
                yield Hop(url, one.status in _FOR_GOOD)


def _judged(visit: Visit) -> tuple[Verdict, Container | None]:
    """What `load` would say of the visit as it would be archived, and where the page's body stands."""
    with tempfile.TemporaryDirectory(prefix="pref-scraper-") as name:
        folder = Path(name)
        snapshots.append(folder, visit)
        (file,) = snapshots.files(folder)
        stored, _ = next(snapshots.read(folder, file))

        def read() -> Reading:
            try:
                return read_page(stored, snapshots.read_body(folder, stored.file, stored.offset))
            except Unknown as reason:
                return refuse("failed", str(reason))

        verdict = judge(stored, good_payload=None, good_records=0, read=read)
        if verdict.page is None:
            return verdict, None
        body = snapshots.read_body(folder, stored.file, stored.offset)
    return verdict, container(body, content_type=stored.content_type, content=visit.source.content, bounds=BOUNDS)


def write(directory: Directory, source: Source) -> str:
    """Puts a source at the end of sources.toml, all else in it as it is; returns what was done, as a sentence.

    A file that is new has the built-in source, too, which was archived without one. Raises UsageError where the file
    takes no further source, or has this one by now, PrefScraperError where the disk refuses; it is as before then.
    """
    path = (directory.path / sources.FILE).resolve()
    try:
        with _alone(path.parent):
            is_there = path.exists()
            old = path.read_bytes() if is_there else sources.TEMPLATE.encode()
            new = stanza.appended(old, source)
            _check(path, old, new, source)
            _replace(path, new)
    except OSError as error:
        raise PrefScraperError(f"{path} could not be written ({error.strerror}): it is as before") from error
    new_file = "" if is_there else f", after {sources.BUILT_IN.id}, which the archive had without a file"
    return f"this stands in {path.name} now{new_file}; next: pref-scraper run {source.id}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds a folder's sources.toml for one process, others wait; not by the file, in whose place another is put."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _check(path: Path, old: bytes, new: bytes, source: Source) -> None:
    """Raises UsageError unless the new file says what the old one says, and the source, which the old one has not."""
    before = sources.parse_config(sources.text_of(old), str(path), least=0)
    _refuse_known(before, source.url)
    _refuse_taken(before, source.id)
    try:
        after = sources.parse_config(sources.text_of(new), str(path))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} takes no [[source]] at its end ({error}): write it there by hand") from error
    assert after == replace(before, sources=(*before.sources, source))


def _replace(path: Path, data: bytes) -> None:
    """In one step: whoever reads finds the old file or the new one, and so does a machine that crashed."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
