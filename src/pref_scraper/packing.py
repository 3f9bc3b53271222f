"""WARC files that are no longer written to, into packs and back; the disk. The lock is held by who calls.

What is there is removed only when what takes its place is on the disk and was found to be the same, byte
for byte. Killed at any moment, it leaves the one, or both, which say the same.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from . import indexing, packs, snapshots, warcfiles
from .errors import DamagedError, PrefScraperError, UsageError
from .warc import NotWhole, mapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A WARC file that was packed or unpacked: its name, its bytes and those of its pack; or why it was left as it is."""

    file: str
    bytes: int
    packed_bytes: int | None = None
    reason: str | None = None


def closed(folder: Path, source_ids: Iterable[str], now: datetime) -> list[str]:
    """The WARC files of these sources, of all without any, that were begun in an earlier year: nothing is appended to them."""
    files = [file for file in _of(folder, source_ids) if (folder / file).exists()]
    return [file for file in files if snapshots.begun(folder, file).year < now.year]


def packed(folder: Path, source_ids: Iterable[str]) -> list[str]:
    """The WARC files of these sources, of all without any, that have a pack."""
    return [file for file in _of(folder, source_ids) if warcfiles.pack_of(folder / file).exists()]


def _of(folder: Path, source_ids: Iterable[str]) -> Iterator[str]:
    """Raises UsageError for a source that has no file."""
    by_source: dict[str, list[str]] = {}
    for file in snapshots.files(folder):
        if _is_left_empty(folder / file):
            continue
        by_source.setdefault(snapshots.source_of(folder, file), []).append(file)
    for one in source_ids or by_source:
        if one not in by_source:
            raise UsageError(f"nothing is archived of {one!r}: {folder} has {', '.join(by_source) or 'nothing'}")
        yield from by_source[one]


def _is_left_empty(warc: Path) -> bool:
    """Whether a kill left nothing whole of a file: it has no head that says whose it is."""
    return warc.exists() and warc.stat().st_size == 0


def pack(folder: Path, file: str) -> Packed:
    """Puts a pack in the place of a WARC file and its index.

    One that could not be unpacked to the same bytes here is left as it is.
    """
    warc = folder / file
    target = warcfiles.pack_of(warc)
    size = warc.stat().st_size
    with _writing(target) as out:
        try:
            with mapped(warc) as data:
                out.writelines(packs.packed(data))
        except NotWhole as error:
            raise DamagedError(f"{warc} is damaged ({error}): `pref-scraper verify` tells more") from error
    beside = warcfiles.beside(target)
    if not _is_pack_of(beside, warc):
        beside.unlink()
        return Packed(file=file, bytes=size, reason="the zlib that is here would not make the same bytes again")
    _put(beside, target, like=warc)
    warcfiles.index_of(warc).unlink(missing_ok=True)
    _remove(warc)
    return Packed(file=file, bytes=size, packed_bytes=target.stat().st_size)


def unpack(folder: Path, file: str) -> Packed:
    """Puts the WARC file, with its index, in the place of its pack; raises where it would be another one."""
    warc = folder / file
    pack = warcfiles.pack_of(warc)
    packed_bytes = pack.stat().st_size
    if not warc.exists():
        with _writing(warc) as out:
            warcfiles.unpack_to(out, pack)
        _put(warcfiles.beside(warc), warc, like=pack)
    elif not _is_pack_of(pack, warc):
        raise DamagedError(f"{warc} is not what {pack.name} holds: move the one that is wrong out of snapshots/")
    indexing.update(warc)
    _remove(pack)
    return Packed(file=file, bytes=warc.stat().st_size, packed_bytes=packed_bytes)


def _is_pack_of(pack: Path, warc: Path) -> bool:
    """Whether a pack gives just this WARC file, as it is on the disk."""
    found = warcfiles.pack_at(pack)
    position = 0
    with mapped(warc) as data:
        for member in found.unpacked():
            if data[position : position + len(member)] != member:
                return False
            position += len(member)
        return found.is_as_written() and found.size == position == len(data)


@contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    """A file beside this one, which is on the disk in the end; on an error it is removed, and all is as it was."""
    beside = warcfiles.beside(path)
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise PrefScraperError(f"{path} could not be written ({error.strerror}): all is as before") from error
        raise


def _put(beside: Path, path: Path, *, like: Path) -> None:
    """Puts a file in its place, with the time at which that was written whose place it takes."""
    found = like.stat()
    os.utime(beside, ns=(found.st_atime_ns, found.st_mtime_ns))
    beside.replace(path)
    snapshots.sync_folder(path.parent)


def _remove(path: Path) -> None:
    path.unlink()
    snapshots.sync_folder(path.parent)
