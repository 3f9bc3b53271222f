"""snapshots/ as one WACZ file (Web Archive Collection Zipped, 1.1.1); the disk.

In goes the folder of snapshots, out comes a zip file that replay tools open as it is: the WARC
files, one index of them all, a list of pages and the digest of each. It depends on snapshots/
alone: the same captures are the same bytes, whenever and wherever it is written. Where a file
is not whole, DamagedError says so and nothing is exported.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from . import __version__, indexing, snapshots, warcfiles
from .belief import read_page
from .codings import Unknown
from .errors import UsageError
from .records import Stored, format_time
from .warc import gzipped

NAME = "archive.wacz"
LINES = 3000
"""How many lines of the index are packed together; a reader unpacks as many to find one."""

_CHUNK = 1 << 20
_SHOWN = frozenset({200, 203, 304})


def write(folder: Path, path: Path) -> None:
    """Writes snapshots/ to a path as a WACZ file; raises UsageError where nothing is archived yet."""
    files = snapshots.files(folder)
    visits = [stored for file in files for stored, _ in snapshots.read(folder, file)]
    if not visits:
        raise UsageError(f"{folder} has no capture yet: `pref-scraper run` makes the first")
    with zipfile.ZipFile(path, "w") as wacz:
        resources = [_put_file(wacz, f"archive/{Path(file).name}", folder / file) for file in files]
        lines = sorted(line for file in files for line in indexing.made(folder / file))
        resources += [_put(wacz, f"indexes/{name}", data) for name, data in _index(lines).items()]
        resources.append(_put(wacz, "pages/pages.jsonl", _json_lines(_pages(folder, visits))))
        package = _json(_datapackage(resources, visits))
        named = _put(wacz, "datapackage.json", package)
        _put(wacz, "datapackage-digest.json", _json({"path": named["path"], "hash": named["hash"]}))


def _datapackage(resources: Sequence[dict[str, Any]], visits: Sequence[Stored]) -> dict[str, Any]:
    """The head of the collection; it was created when the newest capture was."""
    return {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "software": f"pref-scraper {__version__}",
        "created": format_time(max(stored.arrived for stored in visits)),
        "resources": resources,
    }


# Pages


def _pages(folder: Path, visits: Sequence[Stored]) -> Iterator[dict[str, str]]:
    """A head, then a line for each capture that replay shows as the page, in order of time."""
    yield {"format": "json-pages-1.0", "id": "pages", "title": "Pages"}
    shown = [stored for stored in visits if stored.status in _SHOWN and stored.payload_digest]
    titles = _titles(folder, shown)
    for stored in sorted(shown, key=lambda stored: (stored.at, stored.source.id)):
        page = {"id": stored.record_id.removeprefix("<urn:uuid:").removesuffix(">"), "url": stored.url}
        yield {**page, "ts": format_time(stored.at), "title": titles.get(stored.payload_digest) or stored.source.name}


def _titles(folder: Path, shown: Iterable[Stored]) -> dict[str | None, str | None]:
    """The title of each page by the digest of its bytes, which a revisit shares; equal bytes are read once."""
    titles: dict[str | None, str | None] = {}
    for stored in shown:
        if stored.refers_to is None and stored.payload_digest not in titles:
            titles[stored.payload_digest] = _title(folder, stored)
    return titles


def _title(folder: Path, stored: Stored) -> str | None:
    try:
        page = read_page(stored, snapshots.read_body(folder, stored.file, stored.offset)).page
    except Unknown:
        return None
    return page.page.title if page else None


# The index


def _index(lines: Sequence[str]) -> dict[str, bytes]:
    """The lines in packs, and where each pack begins (ZipNum): a reader finds one line by unpacking one pack."""
    name, packs, places = "index.cdx.gz", bytearray(), []
    for start in range(0, len(lines), LINES):
        pack = gzipped("".join(f"{line}\n" for line in lines[start : start + LINES]).encode())
        key, stamp, _ = lines[start].split(" ", 2)
        place = {"offset": len(packs), "length": len(pack), "digest": f"sha256:{hashlib.sha256(pack).hexdigest()}"}
        places.append(f"{key} {stamp} {json.dumps({**place, 'filename': name})}\n")
        packs += pack
    head = f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': name})}\n"
    return {name: bytes(packs), "index.idx": "".join([head, *places]).encode()}


# The zip file


def _put_file(wacz: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any]:
    with warcfiles.whole(path) as file:
        return _copy(wacz, name, file, warcfiles.size(path))


def _put(wacz: zipfile.ZipFile, name: str, data: bytes) -> dict[str, Any]:
    return _copy(wacz, name, io.BytesIO(data), len(data))


def _copy(wacz: zipfile.ZipFile, name: str, file: IO[bytes], size: int) -> dict[str, Any]:
    """Puts a file into the zip file, stored and not packed again; returns what the datapackage says of it."""
    info = zipfile.ZipInfo(name)  # dated 1980, as every zip file of the same content
    info.file_size = size
    info.create_system, info.external_attr = 3, 0o644 << 16
    digest = hashlib.sha256()
    with wacz.open(info, "w") as out:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
    return {
        "name": name.rpartition("/")[2].lower(),
        "path": name,
        "hash": f"sha256:{digest.hexdigest()}",
        "bytes": size,
    }


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()


def _json_lines(rows: Iterable[dict[str, str]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
