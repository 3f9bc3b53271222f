"""A source as a `[[source]]` of sources.toml, and the id that its address proposes; pure.

In goes an address in ASCII, or a source and the bytes of the file; out comes an id, or the file with the source at
its end and all else as it was. Nothing is refused: whoever writes the file checks it.
"""

import re
from collections.abc import Collection
from itertools import chain, count, pairwise
from urllib.parse import unquote, urlsplit

from .records import Source

# Of a host, what stands before the name of a place, and what names none; of a path, what says nothing of a page.
_OFFICES = ("pref", "metro", "city", "town", "vill")
_NAMELESS = frozenset({"www", "www2", "lg", "go", "or", "ne", "co", "ac", "jp", "com", "org", "net"}.union(_OFFICES))
_PATH_WORDS = frozenset({"index", "default", "html", "htm", "shtml", "php", "asp", "aspx", "jsp", "cgi"})
_LONGEST_ID = 48


def is_same_page(one: str, other: str) -> bool:
    """Whether two addresses lead to one page: scheme, port, fragment and the case of the host aside."""
    return _bare(one) == _bare(other)


def _bare(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    return f"{(parts.hostname or '').rstrip('.')}{port}", parts.path or "/", parts.query


def propose_id(url: str, taken: Collection[str]) -> str:
    """`mie-npo-35168030780`: the place, and the path without what says nothing; counted on where that is taken."""
    parts = urlsplit(url)
    path = [word for word in _words(unquote(f"{parts.path} {parts.query}")) if word not in _PATH_WORDS]
    base = "-".join([*_words(_place(parts.hostname or "")), *path])[:_LONGEST_ID].strip("-") or "page"
    numbered = (f"{base}-{number}" for number in count(2))
    return base if base not in taken else next(one for one in numbered if one not in taken)


def _place(host: str) -> str:
    """`mie` of `www.pref.mie.lg.jp`, `tsu` of `www.city.tsu.mie.jp`; a host of numbers is one as a whole."""
    labels = host.split(".")
    if labels[-1].isdigit():
        return host
    of_offices = (name for office, name in pairwise(labels) if office in _OFFICES and name not in _NAMELESS)
    return next(chain(of_offices, (label for label in labels if label not in _NAMELESS)), "")


def _words(text: str) -> list[str]:
    return re.findall("[a-z0-9]+", text.lower())


_WRITTEN = ("id", "url", "name", "publisher", "content", "encoding")


def written(source: Source) -> dict[str, str]:
    """The keys of a source that are written, by their names."""
    values = {name: getattr(source, name) for name in _WRITTEN}
    return {name: value for name, value in values.items() if value is not None}


def stanza(source: Source) -> str:
    """The source as a `[[source]]` of TOML 1.0."""
    return "\n".join(["[[source]]", *(f"{name} = {quoted(value)}" for name, value in written(source).items()), ""])


# What must not stand in a basic string as it is (TOML 1.0, String).
_ESCAPED = {chr(code): f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | {
    "\\": r"\\",
    '"': r"\"",
    "\b": r"\b",
    "\t": r"\t",
    "\n": r"\n",
    "\f": r"\f",
    "\r": r"\r",
}
_ESCAPES = str.maketrans(_ESCAPED)


def quoted(text: str) -> str:
    """A text as a basic string of TOML."""
    return f'"{text.translate(_ESCAPES)}"'


def appended(old: bytes, source: Source) -> bytes:
    """The bytes of a sources.toml with one more source at their end; lines end as its lines do."""
    end = "\r\n" if b"\r\n" in old else "\n"
    gap = "" if not old else end if old.endswith(b"\n") else end * 2
    return old + (gap + stanza(source).replace("\n", end)).encode("utf-8", "replace")
