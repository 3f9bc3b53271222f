"""The indexes of snapshots/: `mie-npo-2026.cdxj` beside `mie-npo-2026.warc.gz`; the disk.

In goes a WARC file, out comes its index (`cdxj`), as it stands there or as it has to be. An index is
written behind its records, and can always be made anew; one that names more than its file holds tells that the file
lost something, and is refused with DamagedError. A file that is packed needs none.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from . import cdxj
from .errors import DamagedError, PrefScraperError
from .warc import Record, parsed
from .warcfiles import WARC, beside, index_of, is_packed, opened, written

_NONE: Mapping[str, int] = MappingProxyType({})


def read(warc: Path) -> list[str]:
    """The lines of a WARC file's index, none where it has no index."""
    path = index_of(warc)
    return path.read_text("utf-8", "replace").splitlines() if path.exists() else []


def made(warc: Path) -> list[str]:
    """The lines that the index of a WARC file has to hold, in their order."""
    return cdxj.in_order(_lines(warc, 0))


def update_all(snapshots: Path, source_ids: Iterable[str], known: Mapping[str, int] = _NONE) -> None:
    """Adds to the indexes of these sources what was appended to their files; `known` are sizes up to which these have all."""
    for source_id in source_ids:
        for warc in sorted((snapshots / source_id).glob(f"*{WARC}")):
            if known.get(warc.relative_to(snapshots).as_posix()) != warc.stat().st_size:
                update(warc)


def update(warc: Path) -> None:
    """Adds what the index of a WARC file lacks behind its last record."""
    lines, end = covered(warc, warc.stat().st_size)
    added = list(_lines(warc, end))
    if added or not index_of(warc).exists():
        _write(warc, cdxj.in_order([*lines, *added]))


def rebuild(snapshots: Path) -> None:
    """Makes each index anew that does not say what its file holds."""
    for warc in written(snapshots):
        put(warc, made(warc))


def put(warc: Path, lines: Iterable[str]) -> None:
    """Makes the index of a WARC file hold these lines, which come as their records do; of a packed one, nothing."""
    if is_packed(warc):
        return
    found, _ = covered(warc, warc.stat().st_size)
    wanted = cdxj.in_order(lines)
    if found != wanted or not index_of(warc).exists():
        _write(warc, wanted)


def named(warc: Path) -> tuple[list[str], int]:
    """The lines of an index, and the byte behind the last record that it names; nothing of one that cannot be read."""
    lines = read(warc)
    ends = list(map(cdxj.end, lines))
    return ([], 0) if None in ends else (lines, max(filter(None, ends), default=0))


def covered(warc: Path, whole: int) -> tuple[list[str], int]:
    """As `named`; raises DamagedError where an index names more than the `whole` bytes of its file, as no crash leaves it."""
    lines, end = named(warc)
    if end > whole:
        raise DamagedError(
            f"{warc} is whole up to byte {whole}, and its index names a record up to byte {end}: put it back from a "
            f"copy; without one, delete {index_of(warc).name}, and `pref-scraper rebuild` goes on with what is left"
        )
    return lines, end


def _lines(warc: Path, start: int) -> Iterator[str]:
    """The lines of the records from a byte on; what cannot be read is left out."""
    with opened(warc) as members:
        for offset, end, found in parsed(members.members(start)):
            if isinstance(found, Record):
                yield from cdxj.lines([(offset, end, found)], warc.name)


def _write(warc: Path, lines: Iterable[str]) -> None:
    """Puts an index in its place in one step; it can always be made anew, so it need not be on the disk at once."""
    path = index_of(warc)
    try:
        beside(path).write_text(cdxj.text(lines), "utf-8")
        beside(path).replace(path)
    except OSError as error:
        raise PrefScraperError(
            f"{path} could not be written ({error.strerror}): the visits are archived, and the next run makes it anew"
        ) from error
