"""The page behind a capture: out of snapshots/, with all that it takes to read it as it was read.

A capture that found nothing new has no page of its own: its records are those of the good
capture before it, and so is its page. One whose bytes were archived before refers to the record
that has them.
"""

from dataclasses import dataclass
from pathlib import Path

from . import snapshots, warcfiles
from .archive import Archive, Capture
from .belief import not_html
from .cite import Cited
from .codings import Unknown
from .errors import DamagedError, UsageError
from .parsing import Bounds, TooMuch, parse
from .showing import show
from .supply import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A capture, the capture whose page it stands for, and that page: its bytes, and how they are read.

    `record_id` is that of the WARC record with the bytes; `name` and `publisher` are the source's.
    """

    capture: Capture
    page: Capture
    record_id: str
    body: bytes
    content_type: str | None
    content: str | None
    encoding: str | None
    name: str
    publisher: str | None

    def show(self, start: int, end: int) -> str:
        """The page as a safe document with this stretch of its visible text marked; as `showing.show` gives it."""
        try:
            return show(
                self.body,
                start=start,
                end=end,
                content_type=self.content_type,
                url=self.page.url,
                content=self.content,
                encoding=self.encoding,
                bounds=Bounds(),
            )
        except TooMuch as reason:
            raise UsageError(f"{self.page.capture_id} is not shown: {reason}") from reason

    def cite(self, start: int, end: int) -> Cited:
        """What this stretch of the page's visible text is cited by."""
        try:
            read = parse(
                self.body,
                content_type=self.content_type,
                content=self.content,
                encoding=self.encoding,
                bounds=Bounds(),
            )
        except TooMuch as reason:
            raise UsageError(f"{self.page.capture_id} is not read: {reason}") from reason
        end = min(end, len(read.text))
        return Cited(
            capture_id=self.capture.capture_id,
            title=read.page.title,
            site=self.name,
            publisher=self.publisher,
            updated_on=read.page.updated_on,
            url=self.page.url,
            captured_at=self.capture.captured_at,
            record_id=self.record_id,
            start=min(start, end),
            end=end,
            quote=read.text[start:end],
        )


def find_original(archive: Archive, folder: Path, capture_id: str) -> Original:
    """The page behind a capture; `folder` is snapshots/.

    Raises UsageError for a capture that is not there or brought no page, DamagedError where
    its record cannot be read.
    """
    capture = archive.by_id(capture_id)
    if capture is None:
        raise UsageError(f"archive.db has no capture {capture_id!r}: `pref-scraper log` lists them")
    page = _with_page(archive, capture)
    if not warcfiles.held(folder / page.warc_file).is_file():
        raise DamagedError(f"{folder / page.warc_file} is missing: put it back from a copy")
    stored, _ = next(snapshots.read(folder, page.warc_file, page.warc_offset))
    source = archive.sources()[page.source_id]
    try:
        body = Reader(archive, folder).body(stored)
    except Unknown as reason:
        raise UsageError(f"{page.capture_id} cannot be shown: {reason}") from reason
    other = not_html(body, stored.content_type)
    if other is not None:
        raise UsageError(f"{page.capture_id} brought {other} where HTML was expected: it is in {page.warc_file}")
    return Original(
        capture=capture,
        page=page,
        record_id=stored.refers_to or stored.record_id,
        body=body,
        content_type=stored.content_type,
        content=source["content"],
        encoding=source["encoding"],
        name=source["name"],
        publisher=source["publisher"],
    )


def _with_page(archive: Archive, capture: Capture) -> Capture:
    """The capture whose page this one's records were read from: of many in a row that found nothing new, the first."""
    page = capture
    while page.outcome == "not_modified":
        before = archive.by_id(page.previous_capture_id) if page.previous_capture_id else None
        if before is None:
            raise DamagedError(f"archive.db has no capture before {page.capture_id}: run `pref-scraper rebuild`")
        page = before
    if page.http_status is None:
        raise UsageError(f"{page.capture_id} brought no page: {page.reason}")
    return page
