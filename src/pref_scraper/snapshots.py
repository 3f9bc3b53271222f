"""snapshots/: visits in WARC files, appended and read back; the disk.

One file per source and year, `mie-npo/mie-npo-2026.warc.gz`, another (`mie-npo-2026-2`)
where the source's settings changed, and one for each import, `mie-npo-import-20260501T000000Z`;
beside each its index, `mie-npo-2026.cdxj`. A visit is written with one append and an fsync.
Nothing that was written is ever changed; only an index is made anew where it lags behind. A file
may be packed (`warcfiles`), and is then read as before.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from pathlib import Path

from . import cdxj, codings, indexing, visits
from .errors import DamagedError, LockedError, PrefScraperError
from .message import Message
from .records import Source, Stored, Validators, Visit
from .visits import FileHead, Found
from .warc import WARCINFO, CutShort, NotWhole, Record, mapped, member_at, parse_record, parsed
from .warcfiles import INDEX as INDEX
from .warcfiles import PACK, PART, ending_in, held, is_packed, opened, pack_of, written
from .warcfiles import WARC as WARC
from .warcfiles import files as files
from .warcfiles import index_of as index_of


@contextmanager
def lock(snapshots: Path) -> Iterator[None]:
    """Holds the archive for one process; raises LockedError at once where another has it.

    The lock is the kernel's, on the directory itself: it ends with its process, however that ends.
    """
    try:
        snapshots.mkdir(parents=True, exist_ok=True)
        handle = os.open(snapshots, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise PrefScraperError(
            f"{snapshots} cannot be used as a folder ({error.strerror}): nothing was done"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(f"another run holds {snapshots}: wait until it has ended") from error
        yield
    finally:
        os.close(handle)


# Writing


def append(
    snapshots: Path, visit: Visit, validators: Validators | None = None, *, imported: datetime | None = None
) -> str:
    """Writes a visit and returns the id of its answer's record (its metadata record's without one).

    `validators` are those of the capture that a 304 or equal bytes refer to; `imported` is
    when the import began that brings visits made elsewhere. On any error the file is as
    before, and PrefScraperError says why. The index is left to `indexing`.
    """
    part = f"import-{imported.astimezone(UTC):%Y%m%dT%H%M%SZ}" if imported else f"{visit.at.astimezone(UTC):%Y}"
    path = _file_for(snapshots, visit.source, part)
    records, answer_id = visits.to_records(visit, validators)
    is_begun = _is_empty(path)
    if is_begun:
        records.insert(0, visits.file_head(imported or visit.at, path.name, visit.source))
    try:
        if is_begun:
            path.parent.mkdir(parents=True, exist_ok=True)
        _append_synced(path, b"".join(record.member() for record in records))
    except OSError as error:
        raise PrefScraperError(
            f"{path} could not be written ({error.strerror}): this visit is not archived, all earlier ones are as before"
        ) from error
    return answer_id


def _file_for(snapshots: Path, source: Source, part: str) -> Path:
    """The file of a source with just these settings, whether it is there or is to be begun; none that was packed."""
    for number in count(1):
        path = snapshots / source.id / f"{source.id}-{part}{f'-{number}' if number > 1 else ''}{WARC}"
        if not pack_of(path).exists() and (_is_empty(path) or _head(path).source == source):
            return path
    raise AssertionError


def _is_empty(path: Path) -> bool:
    """Whether a file is to be begun: it is not there, or nothing of it was left whole."""
    try:
        return path.stat().st_size == 0
    except (FileNotFoundError, NotADirectoryError):
        return True


def _append_synced(path: Path, data: bytes) -> None:
    """All of the bytes at the end of the file and on the disk, or the file as it was."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(handle).st_size
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            os.fsync(handle)
        except BaseException:
            os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)
    if size == 0:  # the file may be new, and so may be the folders that lead to it: the source's, snapshots/
        for folder in path.parents[:3]:
            sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Has on the disk which files a folder holds."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Reading


def newest_answer(snapshots: Path, source_id: str, url: str, since: datetime) -> tuple[datetime, Message] | None:
    """The newest answer of just this address among a source's records, and its time.

    None where none is newer than `since`, and where that answer was cut short. Only files are read that were written
    to after `since`: most have been left alone for years.
    """
    folder = snapshots / source_id
    indexes = (_index_since(folder / file, since) for file in files(folder))
    found = [place for lines in indexes for place in cdxj.places(lines, url) if place.url == url]
    newest = max(found, key=lambda place: place.at, default=None)
    if newest is None or newest.at <= since:
        return None
    record = _record_at(folder / newest.filename, newest.offset)
    return None if "WARC-Truncated" in record.headers else (newest.at, record.message)


def _index_since(warc: Path, since: datetime) -> list[str]:
    """The index of a WARC file that was written to after `since`; of one that is packed, which has none, it is made."""
    if held(warc).stat().st_mtime <= since.timestamp():
        return []
    return indexing.made(warc) if is_packed(warc) else indexing.read(warc)


def read(snapshots: Path, file: str, start: int = 0) -> Iterator[tuple[Stored, int]]:
    """The visits of a file from byte `start` on, each with the byte behind it.

    Raises DamagedError, with file and byte, where the file is not whole.
    """
    for stored, _, end in read_answers(snapshots, file, start):
        yield stored, end


def read_answers(
    snapshots: Path, file: str, start: int = 0, *, is_indexing: bool = False
) -> Iterator[tuple[Stored, Message, int]]:
    """As `read`; each visit with its answer as it stands in its record, for whoever wants the bodies, too.

    Of a file that is read from its beginning, the index can be made to say what was read, as `indexing.put` does.
    """
    name, head, lines = Path(file).name, None, list[str]()
    for found, end in _visits(snapshots, file, start):
        head = head or _head(snapshots / file)
        yield *visits.to_stored(found, file, head), end
        if is_indexing:
            lines += cdxj.lines(found.records, name)
    if is_indexing:
        indexing.put(snapshots / file, lines)


def source_of(snapshots: Path, file: str) -> str:
    """The id of the source that a file is of; raises DamagedError where the file is not whole."""
    head = _head(snapshots / file).source
    return head.id if head else next(read(snapshots, file))[0].source.id


def begun(snapshots: Path, file: str) -> datetime:
    """When a file was begun; raises DamagedError where the file is not whole."""
    return _head(snapshots / file).begun


def _head(path: Path) -> FileHead:
    return _head_of(path, held(path).stat().st_ino)


@lru_cache(maxsize=1024)
def _head_of(path: Path, _: int) -> FileHead:
    """The first record of a file (with this inode), which is written once and never changed."""
    try:
        return visits.read_file_head(_record_at(path, 0))
    except NotWhole as error:
        raise DamagedError(
            f"{path} is not of this archive ({error}): move it out of snapshots/, and `pref-scraper import` it"
        ) from error


def _visits(snapshots: Path, file: str, start: int) -> Iterator[tuple[Found, int]]:
    path = snapshots / file
    with opened(path) as found:
        records: list[tuple[int, int, Record]] = []
        for offset, end, record in parsed(found.members(start)):
            if isinstance(record, NotWhole):
                raise DamagedError(
                    f"{held(path)} is damaged at byte {offset} ({record}): `pref-scraper verify` tells more"
                ) from record
            if record.kind == WARCINFO:
                continue
            records.append((offset, end, record))
            description = visits.description_in(record)
            if description is not None:
                yield Found(records=records, description=description), end
                records = []
        if records:
            raise DamagedError(f"{path} ends in the middle of a visit: `pref-scraper verify` tells more")


def read_body(snapshots: Path, file: str, offset: int, limit: int = codings.LIMIT) -> bytes:
    """The first `limit` bytes of what the response record at this place holds, its codings removed.

    Raises codings.Unknown where it is packed in a way that is not known here.
    """
    return body_of(read_answer(snapshots, file, offset), limit)


def read_answer(snapshots: Path, file: str, offset: int) -> Message:
    """The answer as it stands in the record at this place."""
    return _record_at(snapshots / file, offset).message


def body_of(answer: Message, limit: int = codings.LIMIT) -> bytes:
    """The first `limit` bytes of an answer's body, its codings removed; raises as `read_body`."""
    return codings.decode(answer.payload, answer.field("Content-Encoding"), limit)


def read_validators(snapshots: Path, file: str, offset: int) -> Validators:
    """What the record of a good capture allows to ask next time; of a revisit, what it refers to."""
    return visits.to_validators(_record_at(snapshots / file, offset))


def _record_at(path: Path, offset: int) -> Record:
    try:
        with opened(path) as records:
            raw, _ = records.member_at(offset)
            return parse_record(raw)
    except (FileNotFoundError, NotWhole) as error:
        raise DamagedError(f"{held(path)}, byte {offset}: the record cannot be read ({error})") from error


# Settling


def settle(snapshots: Path, known: Mapping[str, int]) -> list[str]:
    """Mends what a killed run left: a half-written visit is set aside, so that the next is not lost behind it,
    an index that lags behind its file is made anew, and what is not finished of an index or a pack is removed.

    `known` are the bytes of each file that are loaded: they are whole, and in the index where there is one. Returns
    a sentence per torn tail; the torn bytes stand beside the file, in `….torn-BYTE`.
    """
    for unfinished in ending_in(snapshots, *(f"{ending}{PART}" for ending in (INDEX, PACK, WARC))):
        unfinished.unlink()
    sentences = []
    for path in written(snapshots):
        file = path.relative_to(snapshots).as_posix()
        if known.get(file) == path.stat().st_size and index_of(path).exists():
            continue
        end = _whole_until(snapshots, file, known.get(file, 0))
        torn = path.stat().st_size - end
        if torn > 0:
            indexing.covered(path, end)
            if end == 0:
                _refuse_foreign(path)
            aside = _set_aside(path, end)
            sentences.append(f"{path} ended in a half-written visit: its {torn} bytes are in {aside.name}")
        indexing.update(path)
    return sentences


def _refuse_foreign(path: Path) -> None:
    """Raises DamagedError where a file without a whole visit is somebody else's; one may be cut within its first record."""
    with mapped(path) as data:
        try:
            member_at(data, 0)
        except CutShort:
            return
    _head(path)


def _set_aside(path: Path, end: int) -> Path:
    """Moves what stands behind a byte into a file of its own, which no later one replaces."""
    names = (f"{path.name}.torn-{end}{f'-{number}' if number > 1 else ''}" for number in count(1))
    aside = next(free for name in names if not (free := path.with_name(name)).exists())
    with path.open("rb") as file:
        file.seek(end)
        aside.write_bytes(file.read())
    os.truncate(path, end)
    return aside


def _whole_until(snapshots: Path, file: str, start: int) -> int:
    """The byte behind the last whole visit; raises DamagedError where more than the end is missing.

    What an index names was whole when it was written. So only what stands behind is read, unless that is not whole.
    """
    path = snapshots / file
    _, named = indexing.named(path)
    if _is_whole_from(snapshots, file, named):
        return path.stat().st_size
    end = start
    try:
        for _, behind in _visits(snapshots, file, start):
            end = behind
    except DamagedError:
        if not _is_torn(snapshots / file, end):
            raise
    return end


def _is_whole_from(snapshots: Path, file: str, start: int) -> bool:
    """Whether records stand from this byte to the end of a file, and the last of them ends a visit."""
    try:
        ends = [end for _, end in _visits(snapshots, file, start)]
    except DamagedError:
        return False
    return start > 0 and bool(ends)


def _is_torn(path: Path, end: int) -> bool:
    """Whether only the end is missing behind this byte: whole records, then at most the beginning of one."""
    with mapped(path) as data:
        offset = end
        while offset < len(data):
            try:
                _, offset = member_at(data, offset)
            except CutShort:
                return True
            except NotWhole:
                return False
    return True
