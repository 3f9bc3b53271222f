"""What other archives list: TimeMaps (RFC 7089) and the answers of CDX servers; pure.

In go the text of an answer and where it came from, out come mementos: when a page was
captured, and the address that gives the capture as it was received. A text that lists nothing
in a known form is refused with ValueError.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urljoin, urlsplit, urlunsplit

# RFC 8288, 3: `<address>; name="value"; name=value`, comma between two.
_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]+))?)*)")
_PARAMETER = re.compile(r";\s*([^\s=;,]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]+))")
# The time in the address of a memento, and what replay tools write behind it to say how it is shown.
_STAMP = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/(?=[a-z][a-z0-9+.-]*:)", re.IGNORECASE)
# Where the replay of a CDX server is, by how the server's path ends: Wayback's, then pywb's.
_REPLAYS = (("/cdx/search/cdx", "/web/"), ("/cdx", "/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Memento:
    """A capture in another archive: when it was made, and where it is to be had."""

    at: datetime
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMap:
    """What a TimeMap lists; `pages` are the addresses of further ones."""

    mementos: tuple[Memento, ...]
    pages: tuple[str, ...]


def read_timemap(text: str, url: str) -> TimeMap:
    """A TimeMap in link format that came from an address; a memento without a time is left out."""
    links = [(urljoin(url, target), _parameters(parameters)) for target, parameters in _LINK.findall(text)]
    if not any(set(given.get("rel", "").split()) & {"memento", "original", "timegate"} for _, given in links):
        raise ValueError("it is no TimeMap in link format")
    mementos = [
        Memento(at=at, url=_raw(target))
        for target, given in links
        if "memento" in given.get("rel", "").split() and (at := _time(given.get("datetime"), target))
    ]
    pages = [target for target, given in links if "timemap" in given.get("rel", "").split()]
    return TimeMap(mementos=tuple(mementos), pages=tuple(page for page in pages if page != url))


def _parameters(text: str) -> dict[str, str]:
    return {name.lower(): quoted or token for name, quoted, token in _PARAMETER.findall(text)}


def _time(named: str | None, url: str) -> datetime | None:
    """The time of a memento as its link says, else as its address does."""
    stamp = _STAMP.search(url)
    return datetime_of(named) or (_at(stamp[1]) if stamp else None)


def datetime_of(value: str | None) -> datetime | None:
    """A time as Memento-Datetime has it (RFC 7089, 2.1.1), None for anything else."""
    try:
        found = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _at(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _raw(url: str) -> str:
    """The address of a memento as it was received (`id_`), where it is one that replay tools have; else as it is."""
    return _STAMP.sub(r"/\1id_/", url, count=1)


def cdx_query(cdx: str, url: str) -> str:
    """The address that asks a CDX server for a page's captures: with `url` and `output=json`, where it says no other."""
    parts = urlsplit(cdx)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    asked = {"url": url, "output": "json", **given}
    return urlunsplit(
        parts._replace(query="&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items()))
    )


def replay_of(cdx: str) -> str | None:
    """Where the captures are replayed that a CDX server lists, None where its address does not tell."""
    parts = urlsplit(cdx)
    for ending, replay in _REPLAYS:
        if parts.path.endswith(ending):
            return urlunsplit((parts.scheme, parts.netloc, parts.path.removesuffix(ending) + replay, "", ""))
    return None


def read_cdx(text: str, replay: str, is_wanted: Callable[[str], bool]) -> tuple[Memento, ...]:
    """The captures of wanted addresses that a CDX server lists: lines of JSON, CDXJ or columns, or one array with its head."""
    try:
        rows = list(_rows(text.strip()))
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError("it is no answer of a CDX server") from error
    base = replay if replay.endswith("/") else f"{replay}/"
    return tuple(
        Memento(at=at, url=f"{base}{stamp}id_/{url}") for stamp, url in rows if is_wanted(url) and (at := _at(stamp))
    )


def _rows(text: str) -> Iterator[tuple[str, str]]:
    """The time, in 14 digits, and the address of each capture."""
    if text.startswith("["):
        head, *rows = json.loads(text) or [[]]
        yield from ((row[head.index("timestamp")], row[head.index("original")]) for row in rows)
        return
    for line in filter(None, text.splitlines()):
        yield _row(line)


def _row(line: str) -> tuple[str, str]:
    if line.startswith("{"):
        found: dict[str, Any] = json.loads(line)
        return found["timestamp"], found["url"]
    _, stamp, rest = line.split(" ", 2)
    if not stamp.isdigit():
        raise ValueError(stamp)
    return stamp, json.loads(rest)["url"] if rest.startswith("{") else rest.split(" ")[0]


def in_order(mementos: Iterable[Memento]) -> list[Memento]:
    """Each once, in order of time."""
    return sorted(dict.fromkeys(mementos), key=lambda memento: (memento.at, memento.url))
