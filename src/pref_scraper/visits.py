"""A visit as the records of a WARC file, and back; pure.

    warcinfo   once, at the head of a file: when it was begun, and which source it is of
    response   of each exchange: the bytes that came; a revisit record where the archive has them
    request    of each exchange: the bytes that went out
    metadata   ends the visit: what the other records cannot say

The records of a visit share its time. A body that the archive already holds becomes a
revisit record that refers to it (WARC 1.1, 6.7.2); so does a 304 (6.7.3), with an empty
block, since replay tools would show a stored 304 head as a page: that head stands in the
metadata record, as do 1xx heads, with a character for each byte (ISO-8859-1).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from . import __version__
from .message import Message, parse_message
from .records import Exchange, Source, Stored, Validators, Visit, format_time
from .warc import (
    METADATA,
    NOT_MODIFIED,
    RESPONSE,
    REVISIT,
    SAME_BYTES,
    WARCINFO,
    Draft,
    NotWhole,
    Record,
    digest_of,
    record_ids,
)

_SOFTWARE = "pref-scraper"
_SAID = ("status", "error", "head", "retry_at", "retry_host", "origin", "connections")
"""The lines of the metadata record that ends a visit, each with its value in JSON."""
# One line had it all, as one object; in the first archives, which called it otherwise, it also said of which source the visit
# was, and the file's head did not.
_ONCE = ("visit", "pref-scraper-visit")
_SOURCE = "source"
_FIELDS = {"Content-Type": "application/warc-fields"}


# To records


def file_head(begun: datetime, filename: str, source: Source) -> Draft:
    """The warcinfo record of a file."""
    lines = f"software: {_SOFTWARE}/{__version__}\r\nformat: WARC/1.1\r\n{_lines({_SOURCE: _given(asdict(source))})}"
    fields = {"WARC-Filename": filename, **_FIELDS}
    return Draft("warcinfo", next(record_ids(begun)), format_time(begun), fields, lines.encode())


def to_records(visit: Visit, validators: Validators | None) -> tuple[list[Draft], str]:
    """The records of a visit, and the id of its answer's (its metadata record's without one)."""
    date, ids = format_time(visit.at), record_ids(visit.at)
    records: list[Draft] = []
    answer: Draft | None = None
    for exchange in visit.exchanges:
        concurrent = _concurrent_to(None)
        if exchange.response or exchange.status is not None:
            is_answer = exchange is visit.answer
            kind, fields, block = _response(exchange, validators if is_answer else None)
            response = Draft(kind, next(ids), date, {**fields, **_said_by(visit)}, block)
            records.append(response)
            concurrent = _concurrent_to(response)
            answer = response if is_answer else answer
        if exchange.request:
            fields = {
                "WARC-Target-URI": exchange.url,
                "Content-Type": "application/http; msgtype=request",
                **concurrent,
            }
            records.append(Draft("request", next(ids), date, fields, exchange.request))
    block = _lines(_description(visit, answer)).encode()
    metadata = Draft("metadata", next(ids), date, {**_FIELDS, **_concurrent_to(answer)}, block)
    return [*records, metadata], (answer or metadata).record_id


def _concurrent_to(answer: Draft | None) -> dict[str, str]:
    """The last field before a record's own id, which is much the same: so both pack into little more than one."""
    return {"WARC-Concurrent-To": answer.record_id} if answer is not None else {}


def _said_by(visit: Visit) -> dict[str, str]:
    """Of an answer that another archive's server gave: from where, and when; as pywb says it."""
    origin = visit.origin or {}
    if "memento" not in origin:
        return {}
    return {"WARC-Source-URI": origin["memento"], "WARC-Creation-Date": origin["fetched_at"]}


def _description(visit: Visit, answer: Draft | None) -> dict[str, Any]:
    """What no other record can say; at least that there is no error."""
    is_not_modified = answer is not None and answer.fields.get("WARC-Profile") == NOT_MODIFIED
    head = visit.answer.response.decode("latin-1") if visit.answer and is_not_modified else None
    said = {
        "status": visit.answer.status if visit.answer and not is_not_modified else None,
        "error": visit.error,
        "head": head,
        "retry_at": format_time(visit.retry_at) if visit.retry_at else None,
        "retry_host": visit.retry_host,
        "origin": dict(visit.origin) if visit.origin else None,
        "connections": [found for exchange in visit.exchanges if (found := _connection(exchange))] or None,
    }
    return _given(said) or {"error": None}


def _connection(exchange: Exchange) -> dict[str, Any] | None:
    facts = {
        "tls": asdict(exchange.tls) if exchange.tls else None,
        "interim": exchange.interim.decode("latin-1") or None,
        "retried": exchange.retried,
    }
    return {"url": exchange.url, **_given(facts)} if any(facts.values()) else None


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _lines(said: Mapping[str, Any]) -> str:
    """Named values, a line each."""
    values = ((name, json.dumps(value, ensure_ascii=False, separators=(",", ":"))) for name, value in said.items())
    return "".join(f"{name}: {value}\r\n" for name, value in values)


def _response(exchange: Exchange, validators: Validators | None) -> tuple[str, dict[str, str], bytes]:
    """Kind, fields and block of the response or revisit record of an exchange that was answered."""
    fields = {"WARC-IP-Address": exchange.address} if exchange.address else {}
    fields["WARC-Target-URI"] = exchange.url
    if exchange.status == 304 and validators is not None and validators.ask(exchange.url):
        return "revisit", _referring(fields, validators, NOT_MODIFIED), b""
    fields["Content-Type"] = "application/http; msgtype=response"
    answer = parse_message(exchange.response)
    digest = digest_of(answer.payload)
    if validators is not None and digest == validators.payload_digest and not exchange.truncated:
        return "revisit", {**_referring(fields, validators, SAME_BYTES), "WARC-Truncated": "length"}, answer.head
    if exchange.truncated:
        fields["WARC-Truncated"] = exchange.truncated
    if exchange.status is not None:
        fields["WARC-Payload-Digest"] = digest
    return "response", fields, exchange.response


def _referring(fields: Mapping[str, str], validators: Validators, profile: str) -> dict[str, str]:
    """The fields with those of a revisit record among them, in the order in which they pack best."""
    return {
        "WARC-Profile": profile,
        **fields,
        "WARC-Refers-To-Date": validators.date,
        "WARC-Payload-Digest": validators.payload_digest,
        "WARC-Refers-To-Target-URI": validators.url,
        "WARC-Refers-To": validators.record_id,
    }


# From records


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHead:
    """What the first record of a file says: when it was begun, and of which source it is; of the first archives', not that."""

    begun: datetime
    source: Source | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A visit in a file: its records in order, each with the bytes where it begins and ends; the last one is its metadata record."""

    records: Sequence[tuple[int, int, Record]]
    description: dict[str, Any]


def read_file_head(record: Record) -> FileHead:
    """The first record of a file; raises NotWhole where it is not one of ours."""
    if record.kind != WARCINFO or f"software: {_SOFTWARE}/".encode() not in record.block:
        raise NotWhole(f"it was not begun by {_SOFTWARE}")
    source = _read(record, _SOURCE).get(_SOURCE)
    begun = datetime.fromisoformat(record.headers["WARC-Date"])
    return FileHead(begun=begun, source=Source(**source) if source else None)


def description_in(record: Record) -> dict[str, Any] | None:
    """What the metadata record that ends a visit says of it, None for any other record."""
    if record.kind != METADATA:
        return None
    found = _read(record, *_SAID, *_ONCE)
    return next((found[name] for name in _ONCE if name in found), found or None)


def _read(record: Record, *names: str) -> dict[str, Any]:
    """Those of the named values that a block of lines has."""
    lines = (line.partition(": ") for line in record.block.decode("utf-8", "replace").split("\r\n"))
    return {name: json.loads(value) for name, _, value in lines if name in names}


def to_stored(found: Found, file: str, head: FileHead) -> tuple[Stored, Message]:
    """The visit as `load` sees it, and the answer as it stands in its record, which of a revisit is the head at most."""
    *_, metadata = found.records[-1]
    answer_id = metadata.headers.get("WARC-Concurrent-To")
    offset, _, answer = next((one for one in found.records if one[-1].id == answer_id), found.records[-1])
    headers = answer.headers
    is_not_modified = headers.get("WARC-Profile") == NOT_MODIFIED
    at = datetime.fromisoformat(metadata.headers["WARC-Date"])
    later = found.description.get("retry_at")
    source = head.source or Source(**found.description["source"])
    stored = Stored(
        source=source,
        url=headers.get("WARC-Target-URI", source.url),
        at=at,
        arrived=max(at, head.begun),
        file=file,
        offset=offset,
        record_id=answer.id,
        status=304 if is_not_modified else found.description.get("status"),
        content_type=answer.message.field("Content-Type"),
        payload_digest=headers.get("WARC-Payload-Digest"),
        refers_to=headers.get("WARC-Refers-To"),
        truncated=headers.get("WARC-Truncated") if answer.kind == RESPONSE else None,
        error=found.description.get("error"),
        retry_at=datetime.fromisoformat(later) if later else None,
        retry_host=found.description.get("retry_host"),
    )
    return stored, answer.message


def to_validators(record: Record) -> Validators:
    """What the record of a good capture allows to ask next time; of a revisit, what it refers to.

    The ETag and the date of an answer that came from another archive's server are that one's.
    """
    headers, answer = record.headers, record.message
    is_revisit = record.kind == REVISIT
    is_memento = "WARC-Source-URI" in headers
    return Validators(
        etag=None if is_memento else answer.field("ETag"),
        last_modified=None if is_memento else answer.field("Last-Modified"),
        payload_digest=headers["WARC-Payload-Digest"],
        record_id=headers["WARC-Refers-To" if is_revisit else "WARC-Record-ID"],
        url=headers["WARC-Target-URI"],
        date=headers["WARC-Refers-To-Date" if is_revisit else "WARC-Date"],
    )
