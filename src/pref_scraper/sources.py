"""sources.toml to sources, and the directory it stands in: what is archived, checked before anything is fetched.

Every complaint names the file, the line, the key and what is expected there.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .errors import UsageError
from .records import Source

FILE = "sources.toml"

BUILT_IN = Source(
    id="mie-npo",
    url="http://www.pref.mie.lg.jp/NPO/35168030780.htm",
    name="三重県 NPO 施策・事業概要",
    publisher="三重県",
)

TEMPLATE = f"""\
# What this archive keeps. Each [[source]] is one page, visited by `pref-scraper run`; `pref-scraper add URL` looks at
# another page and writes it here.

# Who is asked when a visit disturbs someone: it goes into the User-Agent of every
# request, with the project's name and version. Please set it.
# contact = "archive@example.org"

[[source]]
id = "{BUILT_IN.id}"                      # letters, digits and '-'; names the source for ever
url = "{BUILT_IN.url}"
name = "{BUILT_IN.name}"
publisher = "{BUILT_IN.publisher}"
# delay_seconds = 1                 # at least this long between two requests to the host
# content = "div.main-text"         # CSS selector of the page's body, where it is not found
# encoding = "cp932"                # where the page declares a wrong one
"""


@dataclass(frozen=True, slots=True)
class Directory:
    """An archive directory."""

    path: Path

    @property
    def snapshots(self) -> Path:
        return self.path / "snapshots"

    @property
    def database(self) -> Path:
        return self.path / "archive.db"

    @property
    def before(self) -> Path:
        """The database that the parser before this one wrote, as it was when it was replaced."""
        return self.path / "archive.db.before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The sources of an archive, and whom the archive's User-Agent names."""

    contact: str | None
    sources: tuple[Source, ...]

    def choose(self, ids: tuple[str, ...]) -> tuple[Source, ...]:
        """The sources of these ids, all without any; raises UsageError for one that is not there."""
        known = {source.id: source for source in self.sources}
        for wanted in ids:
            if wanted not in known:
                raise UsageError(f"unknown source {wanted!r}: this archive has {', '.join(known) or 'none'}")
        return tuple(known[wanted] for wanted in ids) or self.sources


def read_config(archive: Path, *, least: int = 1) -> Config:
    """The configuration of an archive directory; the built-in source where it has no sources.toml.

    Raises UsageError, with the line and what is expected, for anything that is not as it must be,
    and for fewer sources than `least`.
    """
    if not archive.is_dir():
        raise UsageError(f"{archive} is no directory: make it, or name another with --archive")
    path = archive / FILE
    try:
        text = text_of(path.read_bytes())
    except FileNotFoundError:
        return Config(contact=None, sources=(BUILT_IN,))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as UTF-8 text: {error}") from error
    try:
        return parse_config(text, str(path), least=least)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error


def text_of(data: bytes) -> str:
    """The text of a sources.toml: UTF-8, also with a byte order mark, with the line ends of any system."""
    return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def check(key: str, value: str) -> None:
    """Raises UsageError for what sources.toml would not take as this key of a source."""
    if not _SOURCE[key].accepts(value):
        raise UsageError(f"{value!r} will not do as {key}; expected {_SOURCE[key].expected}")


def parse_config(text: str, name: str = FILE, *, least: int = 1) -> Config:
    """The configuration that the text of a sources.toml holds; `name` stands in messages."""
    raw = tomllib.loads(text)
    lines = _Lines(text, name)
    _check_keys(raw, _TOP, None, lines)
    entries = raw.get("source", [])
    if len(entries) < least:
        raise UsageError(f"{name}: no [[source]] in it; expected at least one, with id, url and name")
    sources = tuple(_source(entry, number, lines) for number, entry in enumerate(entries))
    ids: set[str] = set()
    for number, source in enumerate(sources):
        if source.id in ids:
            raise lines.error("id", number, f"{source.id!r} is the id of another source, too; each id stands once")
        ids.add(source.id)
    return Config(contact=raw.get("contact"), sources=sources)


def _source(entry: Mapping[str, Any], number: int, lines: "_Lines") -> Source:
    for key in ("id", "url", "name"):
        if key not in entry:
            raise lines.error(None, number, f"key {key!r} is missing; expected {_SOURCE[key].expected}")
    _check_keys(entry, _SOURCE, number, lines)
    return Source(**entry)


def _check_keys(entry: Mapping[str, Any], known: Mapping[str, "_Key"], number: int | None, lines: "_Lines") -> None:
    for key, value in entry.items():
        if key not in known:
            raise lines.error(key, number, f"unknown key; expected one of {', '.join(known)}")
        if not known[key].accepts(value):
            raise lines.error(key, number, f"{value!r} will not do; expected {known[key].expected}")


@dataclass(frozen=True, slots=True)
class _Key:
    expected: str
    accepts: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_url(value: Any) -> bool:
    if not _is_text(value) or not value.isascii() or any(c.isspace() for c in value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _is_encoding(value: Any) -> bool:
    try:
        return _is_text(value) and bool(" ".encode(value))
    except LookupError:
        return False


def _is_selector(value: Any) -> bool:
    import cssselect

    try:
        return _is_text(value) and bool(cssselect.HTMLTranslator().css_to_xpath(value))
    except cssselect.SelectorError:
        return False


_TOP = {
    "contact": _Key("an e-mail or web address, in ASCII", lambda v: _is_text(v) and v.isascii() and v.isprintable()),
    "source": _Key("[[source]] tables", lambda v: isinstance(v, list) and all(isinstance(e, dict) for e in v)),
}
_SOURCE = {
    "id": _Key(
        'letters, digits and "-", as "mie-npo"',
        lambda v: isinstance(v, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", v) is not None,
    ),
    "url": _Key('the page\'s address, as "http://www.pref.mie.lg.jp/NPO/35168030780.htm"', _is_url),
    "name": _Key("the page's name, in quotes", _is_text),
    "publisher": _Key("the publisher's name, in quotes", _is_text),
    "delay_seconds": _Key(
        "a number of seconds, 0 or more",
        lambda v: isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v < float("inf"),
    ),
    "content": _Key('a CSS selector of the body, as "div.main-text"', _is_selector),
    "encoding": _Key('the name of an encoding, as "cp932"', _is_encoding),
}


class _Lines:
    """Finds the line of a key, which tomllib does not tell."""

    def __init__(self, text: str, name: str) -> None:
        self._lines = text.splitlines()
        self._name = name

    def error(self, key: str | None, number: int | None, complaint: str) -> UsageError:
        """A complaint about a key of the source with this number, of the top level where it is None."""
        start, end = self._table(number)
        found = [
            i for i in range(start, end) if key and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", self._lines[i])
        ]
        line = (found[0] if found else start) + 1
        return UsageError(f"{self._name}, line {line}: {f'{key}: ' if key else ''}{complaint}")

    def _table(self, number: int | None) -> tuple[int, int]:
        heads = [i for i, line in enumerate(self._lines) if re.match(r"\s*\[\[\s*source\s*\]\]", line)]
        bounds = [0, *heads, len(self._lines)]
        index = 0 if number is None else number + 1
        return (bounds[index], bounds[index + 1]) if index + 1 < len(bounds) else (0, len(self._lines))
