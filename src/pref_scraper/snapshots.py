"""snapshots/: visits as WARC records, appended, read back and verified; the disk.

One file per source and year, `mie-npo/mie-npo-2026.warc.gz`, and one for each import,
`mie-npo/mie-npo-import-20260501T000000Z.warc.gz`; WARC/1.1 with one gzip member per record,
so that any WARC tool reads it. A file's warcinfo record says when it was begun. A visit is
one run of records, written with one append and an fsync: request and response of each
exchange, then a metadata record that names the source, the answer and what went wrong. The
records of a visit share its time.

A body that the archive already holds becomes a revisit record that refers to it (WARC
1.1, 6.7.2); so does a 304 (6.7.3), with an empty block, since replay tools would show a
stored 304 head as a page: that head stands in the metadata record.
"""

import base64
import fcntl
import hashlib
import io
import json
import mmap
import os
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

from . import __version__
from .errors import DamagedError, LockedError, PrefScraperError
from .records import Exchange, Source, Stored, Validators, Visit, format_time

SAME_BYTES = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

# Every member begins so, whatever the platform (RFC 1952, 2.3.1: no time, best compression,
# system unknown). The gzip checksum does not cover these bytes, so `verify` compares them.
_MEMBER_HEAD = bytes.fromhex("1f8b08000000000002ff")
_FIELD = "pref-scraper-visit"
_SKIPPED = frozenset({"README.md", ".gitignore"})
_RESTORE = "put the file back from a copy"
_RESUME = "`pref-scraper run` sets the half-written visit aside and goes on"


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


def files(snapshots: Path) -> list[str]:
    """The WARC files, relative to snapshots/, in order."""
    return sorted(path.relative_to(snapshots).as_posix() for path in snapshots.rglob("*.warc.gz"))


# Writing


def append(
    snapshots: Path, visit: Visit, validators: Validators | None = None, *, imported: datetime | None = None
) -> str:
    """Writes a visit and returns the id of its answer's record (its metadata record's without one).

    `validators` are those of the capture that a 304 or equal bytes refer to; `imported` is
    when the import began that brings visits made elsewhere. On any error the file is as
    before, and PrefScraperError says why.
    """
    part = f"import-{imported.astimezone(UTC):%Y%m%dT%H%M%SZ}" if imported else f"{visit.at.astimezone(UTC):%Y}"
    path = snapshots / visit.source.id / f"{visit.source.id}-{part}.warc.gz"
    is_new = not path.exists()
    records, answer_id = _visit_records(visit, validators)
    begun = [_warcinfo(imported or visit.at, path.name)] if is_new else []
    data = b"".join(map(_member, [*begun, *records]))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _append_synced(path, data)
    except OSError as error:
        raise PrefScraperError(
            f"{path} could not be written ({error.strerror}): this visit is not archived, all earlier ones are as before"
        ) from error
    return answer_id


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
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _visit_records(visit: Visit, validators: Validators | None) -> tuple[list[WarcRecord], str]:
    date = format_time(visit.at)
    records: list[WarcRecord] = []
    answer_id = None
    head = None
    for exchange in visit.exchanges:
        response = _response(exchange, date, validators if exchange is visit.answer else None)
        if response is not None:
            records.append(response)
        if exchange.request:
            concurrent = {"WARC-Concurrent-To": str(response.record_id)} if response is not None else {}
            fields = {
                "WARC-Target-URI": exchange.url,
                "Content-Type": "application/http; msgtype=request",
                **concurrent,
            }
            records.append(_record(WarcRecordType.request, date, exchange.request, fields))
        if exchange is visit.answer and response is not None:
            answer_id = str(response.record_id)
            head = exchange.response.decode("utf-8", "backslashreplace") if exchange.status == 304 else None
    description = {
        "source": _given(asdict(visit.source)),
        "status": visit.answer.status if visit.answer else None,
        "answer": answer_id,
        "error": visit.error,
        "not_modified_head": head,
    }
    description |= _given(
        {
            "retry_at": format_time(visit.retry_at) if visit.retry_at else None,
            "origin": dict(visit.origin) if visit.origin else None,
            "connections": [found for exchange in visit.exchanges if (found := _connection(exchange))] or None,
        }
    )
    block = f"{_FIELD}: {json.dumps(description, ensure_ascii=False)}\r\n".encode()
    fields = {"WARC-Target-URI": visit.source.url, "Content-Type": "application/warc-fields"}
    if answer_id:
        fields["WARC-Concurrent-To"] = answer_id
    metadata = _record(WarcRecordType.metadata, date, block, fields)
    records.append(metadata)
    return records, answer_id or str(metadata.record_id)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _connection(exchange: Exchange) -> dict[str, Any] | None:
    """What of an exchange no other record can hold, None where there is nothing of the kind."""
    facts = {
        "tls": asdict(exchange.tls) if exchange.tls else None,
        "interim": exchange.interim.decode("utf-8", "backslashreplace") or None,
        "retried": exchange.retried,
    }
    return {"url": exchange.url, **_given(facts)} if any(facts.values()) else None


def _response(exchange: Exchange, date: str, validators: Validators | None) -> WarcRecord | None:
    """The response or revisit record of an exchange, None where no byte of an answer came."""
    if not exchange.response:
        return None
    fields = {"WARC-Target-URI": exchange.url, "Content-Type": "application/http; msgtype=response"}
    if exchange.address:
        fields["WARC-IP-Address"] = exchange.address
    digest = payload_digest(exchange.payload)
    if exchange.status == 304 and validators is not None and validators.ask(exchange.url):
        del fields["Content-Type"]
        return _record(WarcRecordType.revisit, date, b"", fields | _refers_to(validators, NOT_MODIFIED))
    if validators is not None and digest == validators.payload_digest and not exchange.truncated:
        fields |= _refers_to(validators, SAME_BYTES) | {"WARC-Truncated": "length"}
        head = exchange.response[: exchange.response.find(b"\r\n\r\n") + 4]
        return _record(WarcRecordType.revisit, date, head, fields)
    if exchange.truncated:
        fields["WARC-Truncated"] = exchange.truncated
    if exchange.status is not None:
        fields["WARC-Payload-Digest"] = digest
    return _record(WarcRecordType.response, date, exchange.response, fields)


def _refers_to(validators: Validators, profile: str) -> dict[str, str]:
    return {
        "WARC-Profile": profile,
        "WARC-Payload-Digest": validators.payload_digest,
        "WARC-Refers-To": validators.record_id,
        "WARC-Refers-To-Target-URI": validators.url,
        "WARC-Refers-To-Date": validators.date,
    }


def _warcinfo(begun: datetime, filename: str) -> WarcRecord:
    block = f"software: pref-scraper/{__version__}\r\nformat: WARC/1.1\r\n"
    fields = {"WARC-Filename": filename, "Content-Type": "application/warc-fields"}
    return _record(WarcRecordType.warcinfo, format_time(begun), block.encode(), fields)


def _record(kind: WarcRecordType, date: str, block: bytes, fields: dict[str, str]) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(record_type=kind, record_urn=uuid.uuid4().urn.removeprefix("urn:").encode())
    for name, value in {"WARC-Date": date, **fields, "WARC-Block-Digest": payload_digest(block)}.items():
        record.headers[name] = value
    record.set_bytes_content(block)
    return record


def _member(record: WarcRecord) -> bytes:
    out = io.BytesIO()
    with GzipWriter(out) as writer:
        record.write(writer)
    return _MEMBER_HEAD + out.getvalue()[len(_MEMBER_HEAD) :]


def payload_digest(data: bytes) -> str:
    """`sha256:` and the digest in base32, as WARC files label it."""
    return f"sha256:{base64.b32encode(hashlib.sha256(data).digest()).decode()}"


# Reading


def read(snapshots: Path, file: str, start: int = 0) -> Iterator[tuple[Stored, int]]:
    """The visits of a file from byte `start` on, each with the byte behind it.

    Raises DamagedError, with file and byte, where the file is not whole.
    """
    begun = None
    for visit, end in _visits(snapshots, file, start):
        begun = begun or _begun(snapshots, file)
        yield _stored(visit, file, begun), end


def _begun(snapshots: Path, file: str) -> datetime:
    """When a file was begun: the date of its first record, its warcinfo."""
    return datetime.fromisoformat(_parse(_raw_at(snapshots, file, 0)).headers["WARC-Date"])


@dataclass(frozen=True, slots=True)
class _Visit:
    """The record that ends a visit, its place and what it says, and the records before it by their ids."""

    description: dict[str, Any]
    metadata: WarcRecord
    offset: int
    records: dict[str, tuple[int, WarcRecord]]


def _visits(snapshots: Path, file: str, start: int) -> Iterator[tuple[_Visit, int]]:
    with _mapped(snapshots / file) as data:
        records: dict[str, tuple[int, WarcRecord]] = {}
        offset = start
        while offset < len(data):
            try:
                raw, end = _member_at(data, offset)
                record = _parse(raw)
            except _NotWhole as error:
                raise DamagedError(
                    f"{snapshots / file} is damaged at byte {offset} ({error}): `pref-scraper verify` tells more"
                ) from error
            description = _description(record)
            if description is not None:
                yield _Visit(description, record, offset, records), end
                records = {}
            elif record.record_type != WarcRecordType.warcinfo:
                records[str(record.record_id)] = (offset, record)
            offset = end
        if records:
            raise DamagedError(f"{snapshots / file} ends in the middle of a visit: `pref-scraper verify` tells more")


def read_body(snapshots: Path, file: str, offset: int) -> bytes:
    """The page that the response record at this place holds, its codings removed."""
    return _payload(_raw_at(snapshots, file, offset), "all")


def read_validators(snapshots: Path, file: str, offset: int) -> Validators:
    """What the record of a good capture allows to ask next time; of a revisit, what it refers to."""
    record = _parse(_raw_at(snapshots, file, offset))
    record.parse_http(quirks_mode=True)
    headers = record.headers
    http: Any = record.http_headers or {}
    is_revisit = record.record_type == WarcRecordType.revisit
    return Validators(
        etag=http.get("ETag"),
        last_modified=http.get("Last-Modified"),
        payload_digest=headers["WARC-Payload-Digest"],
        record_id=headers["WARC-Refers-To" if is_revisit else "WARC-Record-ID"],
        url=headers["WARC-Target-URI"],
        date=headers["WARC-Refers-To-Date" if is_revisit else "WARC-Date"],
    )


def _raw_at(snapshots: Path, file: str, offset: int) -> bytes:
    try:
        with _mapped(snapshots / file) as data:
            raw, _ = _member_at(data, offset)
            _parse(raw)
            return raw
    except (FileNotFoundError, _NotWhole) as error:
        raise DamagedError(f"{snapshots / file}, byte {offset}: the record cannot be read ({error})") from error


def settle(snapshots: Path, known: Mapping[str, int]) -> list[str]:
    """Sets aside what a killed run left half written, so that the next visit is not lost behind it.

    `known` are the bytes of each file that are whole for sure. Returns a sentence per torn tail;
    the torn bytes stand beside the file, in `….torn-BYTE`.
    """
    sentences = []
    for file in files(snapshots):
        path = snapshots / file
        end = _whole_until(snapshots, file, known.get(file, 0))
        torn = path.stat().st_size - end
        if torn > 0:
            aside = path.with_name(f"{path.name}.torn-{end}")
            aside.write_bytes(path.read_bytes()[end:])
            os.truncate(path, end)
            sentences.append(f"{path} ended in a half-written visit: its {torn} bytes are in {aside.name}")
    return sentences


def _whole_until(snapshots: Path, file: str, start: int) -> int:
    """The byte behind the last whole visit; raises DamagedError where more than the end is missing."""
    end = start
    try:
        for _, behind in _visits(snapshots, file, start):
            end = behind
    except DamagedError:
        if not _is_torn(snapshots / file, end):
            raise
    return end


def _is_torn(path: Path, end: int) -> bool:
    """Whether only the end is missing behind this byte: whole records, then at most the beginning of one."""
    with _mapped(path) as data:
        offset = end
        while offset < len(data):
            try:
                _, offset = _member_at(data, offset)
            except _CutShort:
                return True
            except _NotWhole:
                return False
    return True


class _NotWhole(Exception):
    """A member that cannot be read; the text says why."""


class _CutShort(_NotWhole):
    """A member whose end is missing."""


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap | bytes]:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def _member_at(data: mmap.mmap | bytes, offset: int) -> tuple[bytes, int]:
    """The record, as bytes, in the gzip member at a byte, and the byte behind the member."""
    inflate = zlib.decompressobj(31)
    pieces = []
    position = offset
    while not inflate.eof:
        chunk = data[position : position + 65536]
        if not chunk:
            raise _CutShort("the file ends within a record")
        try:
            pieces.append(inflate.decompress(chunk))
        except zlib.error as error:
            raise _NotWhole(f"not a gzip member: {error}") from error
        position += len(chunk)
    return b"".join(pieces), position - len(inflate.unused_data)


def _parse(raw: bytes) -> WarcRecord:
    try:
        return WarcRecord.from_bytes(raw)
    except OSError as error:
        raise _NotWhole(f"not a WARC record: {error}") from error


def _payload(raw: bytes, decode: Literal["transfer", "all"]) -> bytes:
    """What an HTTP record carries, without its transfer coding; with `all` without its content coding, too."""
    record = _parse(raw)
    record.parse_http(auto_decode=decode, quirks_mode=True)
    return record.reader.read()


def _description(record: WarcRecord) -> dict[str, Any] | None:
    """What the metadata record that ends a visit says of it, None for any other record; reads its block."""
    if record.record_type != WarcRecordType.metadata:
        return None
    name, _, value = record.reader.read().decode("utf-8", "replace").partition(": ")
    return json.loads(value) if name == _FIELD else None


def _stored(visit: _Visit, file: str, begun: datetime) -> Stored:
    answer_id = visit.description["answer"]
    offset, answer = visit.records[answer_id] if answer_id else (visit.offset, visit.metadata)
    is_response = answer.record_type == WarcRecordType.response
    answer.parse_http(quirks_mode=True)
    http: Any = answer.http_headers or {}
    at = datetime.fromisoformat(visit.metadata.headers["WARC-Date"])
    return Stored(
        source=Source(**visit.description["source"]),
        url=answer.headers["WARC-Target-URI"],
        at=at,
        arrived=max(at, begun),
        file=file,
        offset=offset,
        record_id=str(answer.record_id),
        status=visit.description["status"],
        content_type=http.get("Content-Type"),
        payload_digest=answer.headers.get("WARC-Payload-Digest"),
        refers_to=answer.headers.get("WARC-Refers-To"),
        truncated=answer.headers.get("WARC-Truncated") if is_response else None,
        error=visit.description["error"],
        retry_at=datetime.fromisoformat(later) if (later := visit.description.get("retry_at")) else None,
    )


# Fixity


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in snapshots/ that is not as it was written: where, what, and what to do."""

    file: str
    offset: int | None
    record_id: str | None
    message: str
    advice: str


def verify(snapshots: Path) -> tuple[int, list[Finding]]:
    """How many records were read and found whole, and what is wrong with the others."""
    count, findings = 0, []
    for path in sorted(path for path in snapshots.rglob("*") if path.is_file()):
        file = path.relative_to(snapshots).as_posix()
        if path.name in _SKIPPED or ".torn-" in path.name:
            continue
        if not path.name.endswith(".warc.gz"):
            findings.append(_finding(file, None, None, "not a file of this archive", "move it out of snapshots/"))
            continue
        with _mapped(path) as data:
            whole, found = _verify_file(file, data)
        count += whole
        findings += found
    return count, findings


def _verify_file(file: str, data: mmap.mmap | bytes) -> tuple[int, list[Finding]]:
    count, findings, offset = 0, [], 0
    in_visit = False
    while offset < len(data):
        try:
            raw, end = _member_at(data, offset)
            record = _parse(raw)
        except _NotWhole as error:
            findings.append(_finding(file, offset, None, str(error), _RESTORE))
            following = data.find(_MEMBER_HEAD, offset + 1)
            offset = following if following >= 0 else len(data)
            continue
        complaints = list(_complaints(record, raw, data[offset : offset + len(_MEMBER_HEAD)]))
        findings += [_finding(file, offset, record.record_id, complaint, _RESTORE) for complaint in complaints]
        count += not complaints
        in_visit = record.record_type != WarcRecordType.warcinfo and _description(_parse(raw)) is None
        offset = end
    if in_visit:
        findings.append(_finding(file, offset, None, "the file ends in the middle of a visit", _RESUME))
    return count, findings


def _complaints(record: WarcRecord, raw: bytes, head: bytes) -> Iterator[str]:
    """What is wrong with one record: its gzip head, its block, its payload."""
    if head != _MEMBER_HEAD:
        yield "the head of its gzip member is not the one that was written"
    if record.headers.get("WARC-Block-Digest") != payload_digest(record.reader.read()):
        yield "its block is not the one that was written: WARC-Block-Digest differs"
    expected = record.headers.get("WARC-Payload-Digest")
    is_checked = expected is not None and record.record_type == WarcRecordType.response
    if is_checked and expected != payload_digest(_payload(raw, "transfer")):
        yield "its payload is not the one that was written: WARC-Payload-Digest differs"


def _finding(file: str, offset: int | None, record_id: str | None, message: str, advice: str) -> Finding:
    return Finding(file=file, offset=offset, record_id=record_id, message=message, advice=advice)
