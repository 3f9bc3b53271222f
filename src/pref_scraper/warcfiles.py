"""The WARC files of snapshots/, each as it was written or packed; the disk, for reading.

`mie-npo/mie-npo-2025.warc.gz` is that file, also where only its pack, `mie-npo-2025.warc.pack`, is there:
its size, its records and their places are the same. Where both are there, as when packing was killed, the
WARC file counts. A pack that cannot be read is refused with DamagedError.
"""

import hashlib
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from .errors import DamagedError, PrefScraperError, extra
from .warc import Bytes, NotWhole, mapped, member_at, member_head, members

if TYPE_CHECKING:
    from .packs import Pack

WARC, PACK, INDEX, PART = ".warc.gz", ".warc.pack", ".cdxj", ".part"


def files(snapshots: Path) -> list[str]:
    """The WARC files, relative to snapshots/, in order."""
    found = (path for path in ending_in(snapshots, WARC, PACK) if path.name[0] != ".")
    return sorted({warc_of(path).relative_to(snapshots).as_posix() for path in found})


def ending_in(snapshots: Path, *endings: str) -> Iterator[Path]:
    """The files at any depth below snapshots/ whose names end in one of these."""
    for folder, _, names in os.walk(snapshots):
        for name in names:
            if name.endswith(endings):
                yield Path(folder, name)


def written(snapshots: Path) -> list[Path]:
    """The WARC files that are not packed."""
    return [snapshots / file for file in files(snapshots) if not is_packed(snapshots / file)]


def warc_of(path: Path) -> Path:
    """The WARC file of itself, of a pack or of an index."""
    for ending in (PACK, INDEX):
        if path.name.endswith(ending):
            return path.with_name(path.name.removesuffix(ending) + WARC)
    return path


def pack_of(warc: Path) -> Path:
    """Where the pack of a WARC file stands."""
    return warc.with_name(warc.name.removesuffix(WARC) + PACK)


def index_of(warc: Path) -> Path:
    """Where the index of a WARC file stands; one that is packed needs none."""
    return warc.with_name(warc.name.removesuffix(WARC) + INDEX)


def beside(path: Path) -> Path:
    """Where a file is written before it is put in its place."""
    return path.with_name(f".{path.name}{PART}")


def held(warc: Path) -> Path:
    """The file that holds what a WARC file says: itself, or else its pack where there is one."""
    if warc.exists():
        return warc
    pack = pack_of(warc)
    return pack if pack.exists() else warc


def is_packed(warc: Path) -> bool:
    """Whether only its pack is there."""
    return held(warc) != warc


def size(warc: Path) -> int:
    """The bytes of a WARC file, also of one that is packed."""
    path = held(warc)
    if path == warc:
        return warc.stat().st_size
    with extra("pack"):
        from . import packs
    with path.open("rb") as file, _told(path):
        file.seek(-min(packs.TAIL_SIZE, path.stat().st_size), os.SEEK_END)
        return packs.size_in(file.read())


class Records(Protocol):
    """The records of a WARC file by their places in it."""

    size: int

    def is_as_written(self) -> bool:
        """Whether the bytes around the records are those that were written."""

    def is_headed(self, offset: int) -> bool:
        """Whether the member at a byte begins as it was written."""

    def member_at(self, offset: int) -> tuple[bytes, int]:
        """As `warc.member_at`."""

    def members(self, start: int = 0) -> Iterator[tuple[int, int, bytes | NotWhole]]:
        """As `warc.members`."""


class _Plain:
    """A WARC file that is not packed."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._head = member_head(data)
        self.size = len(data)

    def is_as_written(self) -> bool:
        return True

    def is_headed(self, offset: int) -> bool:
        return self._data[offset : offset + len(self._head)] == self._head

    def member_at(self, offset: int) -> tuple[bytes, int]:
        return member_at(self._data, offset)

    def members(self, start: int = 0) -> Iterator[tuple[int, int, bytes | NotWhole]]:
        return members(self._data, start)


@contextmanager
def opened(warc: Path) -> Iterator[Records]:
    """A WARC file, packed or not, for reading; FileNotFoundError where it is neither."""
    path = held(warc)
    if path == warc:
        with mapped(warc) as data:
            yield _Plain(data)
    else:
        yield pack_at(path)


def pack_at(path: Path) -> "Pack":
    """A pack."""
    found = path.stat()
    return _pack(path, found.st_ino, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=2)
def _pack(path: Path, *_: int) -> "Pack":
    """A pack as it stood then; the last ones are kept, as each holds what it unpacked last (`packs.FRAME`)."""
    with extra("pack"):
        from . import packs
    with path.open("rb") as file, _told(path):
        if os.fstat(file.fileno()).st_size == 0:
            raise NotWhole("it is empty")
        return packs.Pack(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except NotWhole as error:
        raise DamagedError(f"{path} cannot be read ({error}): put it back from a copy") from error


@contextmanager
def whole(warc: Path) -> Iterator[IO[bytes]]:
    """A WARC file as it was written, byte by byte, at its beginning; a packed one is unpacked for the while."""
    if not is_packed(warc):
        with warc.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as file:
        unpack_to(file, held(warc))
        file.seek(0)
        yield file


def unpack_to(file: IO[bytes], pack: Path) -> None:
    """Writes the WARC file of a pack; raises where that would be another one than was packed."""
    found = pack_at(pack)
    digest = hashlib.sha256()
    with _told(pack):
        for member in found.unpacked():
            digest.update(member)
            file.write(member)
    if digest.hexdigest() != found.sha256:
        if not found.is_as_written():
            raise DamagedError(f"{pack} is not what was written: put it back from a copy")
        raise PrefScraperError(
            f"{pack} was packed where zlib {found.zlib} makes the gzip members, and the zlib of this machine makes others: "
            "unpack it on such a machine; all else goes on with it as it is"
        )
