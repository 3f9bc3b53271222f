"""The index of a WARC file: a line of CDXJ per response and revisit record; pure.

    jp,lg,mie,pref)/npo/35168030780.htm 20260401000000 {"url": "http://www.pref.mie.lg.jp/…", …}

The key is the address as web archives sort it, the time that of the record, and the JSON
says where the record stands: url, mime, status, digest, length, offset, filename. Lines
are sorted by their bytes, so that replay tools find theirs by halves.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from .warc import RESPONSE, REVISIT, Record

_EXTENT = re.compile(r'"length": "(\d+)", "offset": "(\d+)", "filename": "[^"]+"\}$')
_ANSWER = '", "mime": '
_KEPT = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"

_as_json = json.JSONEncoder(ensure_ascii=False).encode

# What a web archive leaves out of a query: session ids, which make every visit another address.
_SESSIONS = [
    re.compile(rf"^(.*)(?:{name})(?:&(.*))?$", re.IGNORECASE)
    for name in (
        "jsessionid=[0-9a-z]{32}",
        "phpsessid=[0-9a-z]{32}",
        "sid=[0-9a-z]{32}",
        "aspsessionid[a-z]{8}=[a-z]{24}",
        "cfid=[^&]+&cftoken=[^&]+",
    )
]


@lru_cache(maxsize=1024)
def key(url: str) -> str:
    """The address as web archives sort it (SURT): host reversed, without scheme, `www.`, default port and case.

    `http://www.pref.mie.lg.jp:80/NPO/35168030780.htm` is `jp,lg,mie,pref)/npo/35168030780.htm`.
    """
    parts = urlsplit(url)
    host = re.sub(r"^www\d*\.", "", (parts.hostname or "").strip("."))
    is_default = parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme))
    port = "" if is_default else f":{parts.port}"
    path = _escaped(_normal(_unescaped(parts.path))).lower()
    query = _query(_escaped(_unescaped(parts.query)))
    return f"{','.join(reversed(host.split('.')))}{port}){path}{f'?{query}' if query else ''}"


def _unescaped(text: str) -> bytes:
    """The bytes that percent signs stand for, also those of percent signs that were escaped again."""
    found = unquote_to_bytes(text)
    while (again := unquote_to_bytes(found)) != found:
        found = again
    return found


def _escaped(data: bytes) -> str:
    return quote_from_bytes(data, safe=_KEPT)


def _normal(path: bytes) -> bytes:
    """The path without `.`, `..`, empty parts and the slash at its end."""
    kept: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            del kept[-1:]
        elif part not in (b"", b"."):
            kept.append(part)
    return b"/" + b"/".join(kept)


def _query(query: str) -> str:
    for session in _SESSIONS:
        query = session.sub(lambda found: found[1] + (found[2] or ""), query)
    return "&".join("=".join(pair) for pair in sorted(part.split("=", 1) for part in query.lower().split("&")))


def lines(records: Iterable[tuple[int, int, Record]], filename: str) -> Iterator[str]:
    """The lines of those records of a file that can be replayed; each comes with the bytes where it begins and ends.

    What was no answer of HTTP has no payload, and so no digest of one.
    """
    for offset, end, record in records:
        if record.kind in (RESPONSE, REVISIT) and "WARC-Payload-Digest" in record.headers:
            yield _line(record, offset, end - offset, filename)


def _line(record: Record, offset: int, length: int, filename: str) -> str:
    headers, answer = record.headers, record.message
    status, url = answer.status, headers["WARC-Target-URI"]
    fields = {
        "url": url,
        "mime": "warc/revisit" if record.kind == REVISIT else _mime(answer.field("Content-Type")),
        "status": str(status) if status else None,
        "digest": headers["WARC-Payload-Digest"],
        "length": str(length),
        "offset": str(offset),
        "filename": filename,
    }
    stamp = re.sub(r"\D", "", headers["WARC-Date"])
    given = {name: value for name, value in fields.items() if value is not None}
    return f"{key(url)} {stamp} {_as_json(given)}"


def _mime(content_type: str | None) -> str:
    return (content_type or "").split(";")[0].strip().lower() or "unk"


def in_order(lines: Iterable[str]) -> list[str]:
    """An index of these lines, which come as their records do: sorted, and of an address in one second the last alone.

    Replay tools tell records apart by address and second, and a request is made again for a better answer.
    """
    return sorted({one.partition(_ANSWER)[0]: one for one in lines}.values())


def text(lines: Iterable[str]) -> str:
    """The file of an index."""
    return "".join(f"{one}\n" for one in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a line says of a record: its address and time, its answer, and where it stands."""

    url: str
    at: datetime
    status: int | None
    filename: str
    offset: int
    length: int


def places(lines: list[str], url: str) -> Iterator[Place]:
    """The records of an address in an index, and of those that web archives sort with it, the newest first."""
    start = f"{key(url)} "
    first = bisect_left(lines, start)
    behind = bisect_left(lines, f"{start}:", first)  # a colon sorts behind every digit
    return map(place, reversed(lines[first:behind]))


def end(one: str) -> int | None:
    """The byte behind the record of a line, without reading the rest of it; None where it is no line of an index."""
    found = _EXTENT.search(one)
    return int(found[1]) + int(found[2]) if found else None


def place(one: str) -> Place:
    """What a line says."""
    _, stamp, fields = one.split(" ", 2)
    found = json.loads(fields)
    return Place(
        url=found["url"],
        at=datetime.fromisoformat(f"{stamp[:8]}T{stamp[8:]}Z"),
        status=int(found["status"]) if "status" in found else None,
        filename=found["filename"],
        offset=int(found["offset"]),
        length=int(found["length"]),
    )
