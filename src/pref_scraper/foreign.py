"""Other people's WARC and WACZ files, record by record; the disk.

In go paths and a question about each record's head, out come the records that were asked for,
their blocks as they stand there. A file is read from front to back, however it is compressed,
and the blocks are set aside on the disk, so memory holds the heads alone. Refused, with
UsageError, is a file that is no web archive; one that is damaged is read up to there, and told.
"""

import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from .cdxj import key
from .errors import PrefScraperError, UsageError
from .progress import Progress, silent

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_KINDS = (WarcRecordType.response, WarcRecordType.revisit, WarcRecordType.request)
_FOLDER = "archive/"
_ENDINGS = (".warc", ".warc.gz")
_CHUNK = 1 << 16
_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Warc:
    """A WARC file: `path` on the disk, or a `member` of the WACZ file that is there."""

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return f"{self.path} ({self.member})" if self.member else str(self.path)

    @contextmanager
    def open(self) -> Iterator[tuple[IO[bytes], int]]:
        """Its bytes, from the first on, and how many they are."""
        if self.member is None:
            with self.path.open("rb") as file:
                yield file, self.path.stat().st_size
            return
        with zipfile.ZipFile(self.path) as wacz, wacz.open(self.member) as member:
            yield member, wacz.getinfo(self.member).file_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the head of a response, revisit or request record says; an `at` that is no date is None.

    `concurrent` are the records of the same capture; `refers_to`, `refers_key`, `refers_at` and
    `digest` name the record that a revisit stands for.
    """

    kind: str
    record_id: str
    url: str
    key: str
    at: datetime | None
    concurrent: tuple[str, ...]
    digest: str | None
    profile: str | None
    refers_to: str | None
    refers_key: str | None
    refers_at: datetime | None
    address: str | None
    truncated: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A record that was asked for, and where its block was set aside; None where it was too large for that."""

    warc: Warc
    head: Head
    block: slice | None


class Damage(Exception):
    """A file that cannot be read to its end; the text says where it is damaged, and how."""


def open_warcs(paths: Iterable[Path]) -> list[Warc]:
    """The WARC files in these files; raises UsageError, before any is read further, where one is no web archive."""
    warcs = [warc for path in paths for warc in _warcs_in(path)]
    for warc in warcs:
        if not _begins(warc):
            raise _refusal(f"{warc} does not begin with a WARC record")
    return warcs


def _begins(warc: Warc) -> bool:
    try:
        return next(_records(warc, silent), None) is not None
    except Damage:
        return False


def _warcs_in(path: Path) -> list[Warc]:
    try:
        is_empty, is_zip = path.stat().st_size == 0, zipfile.is_zipfile(path)
        if is_empty:
            raise _refusal(f"{path} is empty")
        if not is_zip:
            return [Warc(path=path)]
        with zipfile.ZipFile(path) as wacz:
            names = [name for name in wacz.namelist() if name.startswith(_FOLDER) and name.endswith(_ENDINGS)]
    except (OSError, zipfile.BadZipFile) as error:
        raise _refusal(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if not names:
        raise _refusal(f"{path} is a zip file without a WARC file in archive/")
    return [Warc(path=path, member=name) for name in names]


def _refusal(what: str) -> UsageError:
    return UsageError(f"{what}: a WARC file (.warc, .warc.gz) or a WACZ file is expected; nothing was imported")


class Shelf:
    """Where the blocks are set aside: a file without a name in a folder. A block of more than `max_bytes` is not taken."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # it is this object that is closed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def gather(self, warc: Warc, wanted: Callable[[Head], bool], progress: Progress) -> Iterator[Foreign]:
        """The records of a file whose heads are wanted; raises Damage where the file breaks off."""
        for record, place in _records(warc, progress):
            head = _head(record)
            size = record.content_length
            is_wanted = head is not None and wanted(head)
            is_taken = is_wanted and size <= self._max_bytes
            block = record.reader.read(size) if is_taken else b""
            if len(block) + record.reader.consume() < size:
                raise Damage(f"{warc} ends within the record that begins at byte {place}")
            if head is not None and is_wanted:
                yield Foreign(warc=warc, head=head, block=self._put(block) if is_taken else None)

    def _put(self, block: bytes) -> slice:
        start = self._file.seek(0, io.SEEK_END)
        try:
            self._file.write(block)
            self._file.flush()
        except OSError as error:
            raise PrefScraperError(
                f"{self._folder} has no room for what is to be imported ({error.strerror}): nothing was imported"
            ) from error
        return slice(start, start + len(block))

    def block(self, found: Foreign) -> bytes:
        """The block of a record, as it stands in its file."""
        assert found.block is not None
        self._file.seek(found.block.start)
        return self._file.read(found.block.stop - found.block.start)


def _records(warc: Warc, progress: Progress) -> Iterator[tuple[WarcRecord, int]]:
    """Every record, and the byte where it begins; raises Damage where the next cannot be read."""
    place = 0
    try:
        with warc.open() as (file, size):
            chunks = progress(iter(partial(file.read, _CHUNK), b""), size, f"reading {warc.path.name}", len)
            for record in ArchiveIterator(io.BufferedReader(_Chunks(chunks), _CHUNK), parse_http=False):
                place = record.stream_pos
                yield record, place
    except _UNREADABLE as error:
        reason = str(error).splitlines()[0][:200]
        raise Damage(f"{warc} is damaged behind the record that begins at byte {place} ({reason})") from error


class _Chunks(io.RawIOBase):
    """A file as FastWARC reads it, made of the chunks of one that somebody counts on their way."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._position = 0
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer)
        chunk = self._rest or next(self._chunks, b"")
        taken = min(len(chunk), len(room))
        room[:taken], self._rest = chunk[:taken], chunk[taken:]
        self._position += taken
        return taken

    def tell(self) -> int:
        return self._position


def _head(record: WarcRecord) -> Head | None:
    """The head of a record of the three kinds that have an address, None for any other."""
    headers = record.headers
    url = _bare(headers.get("WARC-Target-URI"))
    if url is None or record.record_type not in _KINDS:
        return None
    referred = _bare(headers.get("WARC-Refers-To-Target-URI"))
    return Head(
        kind=headers["WARC-Type"],
        record_id=headers.get("WARC-Record-ID") or "",
        url=url,
        key=key_of(url),
        at=_date(headers.get("WARC-Date")),
        concurrent=tuple(value for name, value in headers.items() if name.lower() == "warc-concurrent-to"),
        digest=headers.get("WARC-Payload-Digest"),
        profile=headers.get("WARC-Profile"),
        refers_to=headers.get("WARC-Refers-To"),
        refers_key=key_of(referred) if referred else None,
        refers_at=_date(headers.get("WARC-Refers-To-Date")),
        address=headers.get("WARC-IP-Address"),
        truncated=headers.get("WARC-Truncated"),
    )


def key_of(url: str) -> str:
    """The key of an address (cdxj.py), equal for what archives take for one page; of what is no address, itself."""
    try:
        return key(url)
    except ValueError:
        return url


def _bare(url: str | None) -> str | None:
    """An address without the angle brackets that some writers of WARC 1.0 put around it."""
    return url.strip().removeprefix("<").removesuffix(">") if url else None


def _date(text: str | None) -> datetime | None:
    """A time as WARC-Date has it, in UTC where it says no zone."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
