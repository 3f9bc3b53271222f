"""Fixity: whether snapshots/ is what was written, byte by byte; reads, and changes nothing.

In goes the folder, and what archive.db knows of its files; out comes how many records are
whole, and a finding for whatever is not as it was written: where, what, and what to do.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import cdxj, indexing, snapshots, warcfiles
from .errors import DamagedError
from .progress import Progress, silent
from .visits import description_in
from .warc import (
    RESPONSE,
    REVISIT,
    WARCINFO,
    NotWhole,
    Record,
    is_digest,
    parsed,
)

_SKIPPED = frozenset({"README.md", ".gitignore"})
_RESTORE = "put the file back from a copy"
_RESUME = "`pref-scraper run` sets the half-written visit aside and goes on"
_INDEX = "`pref-scraper rebuild` makes the index anew"
_MOVE = "move it out of snapshots/"
_MISSING = "put the missing file back from a copy"
_HOLDING = (warcfiles.WARC, warcfiles.PACK)
_UNFINISHED = tuple(f"{ending}{warcfiles.PART}" for ending in _HOLDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in snapshots/ that is not as it was written: where, what, and what to do."""

    file: str
    offset: int | None = None
    record_id: str | None = None
    message: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check read: how many records are whole, how many of them came in chunks, and what is not well.

    The payload digest of a record that came in chunks is that of the payload without them, as
    WARC 1.1 has it (6.3.2 and 5.9). `warcio check` and `fastwarc check` digest the chunks, too,
    and so complain of just these records.
    """

    records: int
    chunked: int
    findings: tuple[Finding, ...]


def verify(folder: Path, known: Mapping[str, int], progress: Progress = silent) -> Checked:
    """Every digest, every file, every reference and every index.

    `known` are the bytes of each file that archive.db holds; `progress` follows the bytes.
    """
    check = _Check()
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in progress(paths, sum(map(_size, paths)), "checking snapshots/", _size):
        file = path.relative_to(folder).as_posix()
        if path.name.endswith(_HOLDING) and path.name[0] != ".":
            check.file(path, file)
        elif complaint := _foreign(path):
            check.findings.append(Finding(file=file, message=complaint[0], advice=complaint[1]))
    check.findings += _missing(folder, known)
    check.references_lead_somewhere()
    return Checked(records=check.records, chunked=check.chunked, findings=tuple(check.findings))


def _size(path: Path) -> int:
    return path.stat().st_size


def _foreign(path: Path) -> tuple[str, str] | None:
    """What is wrong with a file that is no WARC file, and what to do; None where it may stand there."""
    if path.name in _SKIPPED or f"{snapshots.WARC}.torn-" in path.name:
        return None
    if path.name.startswith(".") and path.name.endswith(_UNFINISHED):  # a killed `pack` left it, `settle` removes it
        return None
    if path.name.endswith(snapshots.INDEX):
        warc = warcfiles.warc_of(path)
        return None if warcfiles.held(warc).exists() else (f"its WARC file {warc.name} is missing", _MISSING)
    return "not a file of this archive", _MOVE


def _missing(folder: Path, known: Mapping[str, int]) -> Iterator[Finding]:
    for file, size in known.items():
        left = _bytes(folder / file)
        if left is None:
            yield Finding(file=file, message="it was loaded into archive.db, and is missing", advice=_RESTORE)
        elif left < size:
            message = f"it has {left} bytes, where {size} were loaded into archive.db"
            yield Finding(file=file, offset=left, message=message, advice=_RESTORE)


def _bytes(warc: Path) -> int | None:
    """The bytes of a WARC file, None where there is none, and without end where its pack does not say, which is found as well."""
    try:
        return warcfiles.size(warc)
    except FileNotFoundError:
        return None
    except DamagedError:
        return sys.maxsize


class _Check:
    """What was read so far, over all files: a revisit may refer to a record of another one."""

    def __init__(self) -> None:
        self.records = self.chunked = 0
        self.findings: list[Finding] = []
        self._answers: set[str] = set()
        self._references: list[tuple[str, int, str, str]] = []

    def file(self, path: Path, file: str) -> None:
        """Reads a WARC file and its index, or a pack, which has none; of one beside its WARC file only whether it is whole."""
        warc = warcfiles.warc_of(path)
        try:
            if warcfiles.held(warc) != path:
                self._is_as_written(warcfiles.pack_at(path), file)
                return
            with warcfiles.opened(warc) as records:
                lines = self._records(records, path, file)
        except DamagedError as error:
            self.findings.append(Finding(file=file, message=str(error.__cause__), advice=_RESTORE))
            return
        if lines is not None and path.name.endswith(snapshots.WARC):
            self.findings += _index_findings(path, file, cdxj.in_order(lines))

    def _records(self, records: warcfiles.Records, path: Path, file: str) -> list[str] | None:
        """Reads each record; the lines of the index, None where one cannot be read."""
        lines: list[str] = []
        is_whole, in_visit = True, False
        self._is_as_written(records, file)
        for offset, end, record in parsed(records.members()):
            if isinstance(record, NotWhole):
                self.findings.append(Finding(file=file, offset=offset, message=str(record), advice=_RESTORE))
                is_whole = in_visit = False
                continue
            self._record(record, file, offset, is_headed=records.is_headed(offset))
            in_visit = record.kind != WARCINFO and description_in(record) is None
            lines += cdxj.lines([(offset, end, record)], path.name)
        if in_visit:
            message = "the file ends in the middle of a visit"
            self.findings.append(Finding(file=file, offset=records.size, message=message, advice=_RESUME))
        return lines if is_whole else None

    def _is_as_written(self, records: warcfiles.Records, file: str) -> None:
        if not records.is_as_written():
            message = "its bytes are not those that were written"
            self.findings.append(Finding(file=file, message=message, advice=_RESTORE))

    def _record(self, record: Record, file: str, offset: int, *, is_headed: bool) -> None:
        complaints = list(_complaints(record, is_headed))
        self.records += not complaints
        self.findings += [
            Finding(file=file, offset=offset, record_id=record.id, message=complaint, advice=_RESTORE)
            for complaint in complaints
        ]
        if record.kind == RESPONSE:
            self._answers.add(record.id)
            self.chunked += record.message.is_chunked
        if record.kind == REVISIT:
            self._references.append((file, offset, record.id, record.headers["WARC-Refers-To"]))

    def references_lead_somewhere(self) -> None:
        """Each body that a revisit record leaves out is in some file."""
        for file, offset, record_id, wanted in self._references:
            if wanted not in self._answers:
                message = f"it refers to {wanted}, which is in no file"
                self.findings.append(
                    Finding(file=file, offset=offset, record_id=record_id, message=message, advice=_MISSING)
                )


def _index_findings(path: Path, file: str, lines: list[str]) -> Iterator[Finding]:
    """Where the index of a whole file is not what it has to be."""
    index, found = snapshots.index_of(path), indexing.read(path)
    if not index.exists():
        yield Finding(file=file, message=f"its index {index.name} is missing", advice=_INDEX)
    elif len(found) > len(lines):
        message = f"its index {index.name} names {len(found)} records, and it holds {len(lines)}"
        yield Finding(file=file, offset=path.stat().st_size, message=message, advice=_RESTORE)
    elif found != lines:
        yield Finding(file=file, message=f"its index {index.name} does not say what it holds", advice=_INDEX)


def _complaints(record: Record, is_headed: bool) -> Iterator[str]:
    """What is wrong with one record: its gzip head, its block, its payload."""
    if not is_headed:
        yield "the head of its gzip member is not the one that was written"
    if record.block and not is_digest(record.headers.get("WARC-Block-Digest"), record.block):
        yield "its block is not the one that was written: WARC-Block-Digest differs"
    expected = record.headers.get("WARC-Payload-Digest")
    is_checked = expected is not None and record.kind == RESPONSE
    if is_checked and not is_digest(expected, record.message.payload):
        yield "its payload is not the one that was written: WARC-Payload-Digest differs"
