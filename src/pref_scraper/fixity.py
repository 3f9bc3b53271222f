"""Fixity: whether snapshots/ is what was written, byte by byte; reads, and changes nothing.

In goes the folder, and what archive.db knows of its files; out comes how many records are
whole, and a finding for whatever is not as it was written: where, what, and what to do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import cdxj, snapshots
from .message import parse_message
from .progress import Progress, silent
from .visits import description_in
from .warc import (
    RESPONSE,
    REVISIT,
    WARCINFO,
    NotWhole,
    WarcRecord,
    digest_of,
    mapped,
    member_head,
    members,
    message_in,
    parse_record,
)

_SKIPPED = frozenset({"README.md", ".gitignore"})
_RESTORE = "put the file back from a copy"
_RESUME = "`pref-scraper run` sets the half-written visit aside and goes on"
_INDEX = "`pref-scraper rebuild` makes the index anew"
_MOVE = "move it out of snapshots/"
_MISSING = "put the missing file back from a copy"


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
        if path.name.endswith(snapshots.WARC):
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
    if path.name.endswith(snapshots.INDEX):
        warc = path.with_name(path.name.removesuffix(snapshots.INDEX) + snapshots.WARC)
        return None if warc.exists() else (f"its WARC file {warc.name} is missing", _MISSING)
    return "not a file of this archive", _MOVE


def _missing(folder: Path, known: Mapping[str, int]) -> Iterator[Finding]:
    for file, size in known.items():
        path = folder / file
        if not path.exists():
            yield Finding(file=file, message="it was loaded into archive.db, and is missing", advice=_RESTORE)
        elif (left := path.stat().st_size) < size:
            message = f"it has {left} bytes, where {size} were loaded into archive.db"
            yield Finding(file=file, offset=left, message=message, advice=_RESTORE)


class _Check:
    """What was read so far, over all files: a revisit may refer to a record of another one."""

    def __init__(self) -> None:
        self.records = self.chunked = 0
        self.findings: list[Finding] = []
        self._answers: set[str] = set()
        self._references: list[tuple[str, int, str, str]] = []

    def file(self, path: Path, file: str) -> None:
        """Reads a WARC file and its index."""
        lines: list[str] = []
        is_whole, in_visit = True, False
        with mapped(path) as data:
            head = member_head(data)
            for offset, end, raw in members(data):
                if isinstance(raw, NotWhole):
                    self.findings.append(Finding(file=file, offset=offset, message=str(raw), advice=_RESTORE))
                    is_whole = in_visit = False
                    continue
                self._record(raw, file, offset, is_headed=data[offset : offset + len(head)] == head)
                record = parse_record(raw)
                in_visit = record.record_type != WARCINFO and description_in(record) is None
                lines += filter(None, [cdxj.line(parse_record(raw), offset, end - offset, path.name)])
            size = len(data)
        if in_visit:
            message = "the file ends in the middle of a visit"
            self.findings.append(Finding(file=file, offset=size, message=message, advice=_RESUME))
        if is_whole:
            self.findings += _index_findings(path, file, cdxj.in_order(lines))

    def _record(self, raw: bytes, file: str, offset: int, *, is_headed: bool) -> None:
        record = parse_record(raw)
        record_id = str(record.record_id)
        complaints = list(_complaints(record, is_headed))
        self.records += not complaints
        self.findings += [
            Finding(file=file, offset=offset, record_id=record_id, message=complaint, advice=_RESTORE)
            for complaint in complaints
        ]
        if record.record_type == RESPONSE:
            self._answers.add(record_id)
            self.chunked += message_in(parse_record(raw)).is_chunked
        if record.record_type == REVISIT:
            self._references.append((file, offset, record_id, record.headers["WARC-Refers-To"]))

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
    index, found = snapshots.index_of(path), snapshots.read_index(path)
    if not index.exists():
        yield Finding(file=file, message=f"its index {index.name} is missing", advice=_INDEX)
    elif len(found) > len(lines):
        message = f"its index {index.name} names {len(found)} records, and it holds {len(lines)}"
        yield Finding(file=file, offset=path.stat().st_size, message=message, advice=_RESTORE)
    elif found != lines:
        yield Finding(file=file, message=f"its index {index.name} does not say what it holds", advice=_INDEX)


def _complaints(record: WarcRecord, is_headed: bool) -> Iterator[str]:
    """What is wrong with one record: its gzip head, its block, its payload."""
    if not is_headed:
        yield "the head of its gzip member is not the one that was written"
    block = record.reader.read()
    if block and record.headers.get("WARC-Block-Digest") != digest_of(block):
        yield "its block is not the one that was written: WARC-Block-Digest differs"
    expected = record.headers.get("WARC-Payload-Digest")
    is_checked = expected is not None and record.record_type == RESPONSE
    if is_checked and expected != digest_of(parse_message(block).payload):
        yield "its payload is not the one that was written: WARC-Payload-Digest differs"
