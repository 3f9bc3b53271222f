"""Folders that stand anywhere: on this disk, in a store of objects (`s3://…`), on a web server; the door to fsspec.

A place is named as fsspec names it. What a store wants to know, as keys or an endpoint, it takes from its own
variables and files, on each machine. What cannot be reached, read or written is refused with PrefScraperError, a
place that is named wrongly with UsageError.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import fsspec
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected
from fsspec.asyn import AsyncFileSystem
from fsspec.implementations.local import LocalFileSystem

from .errors import DamagedError, PrefScraperError, UsageError
from .warcfiles import PACK, WARC, pack_of, warc_of

# What the stores raise: fsspec's own turn most of theirs into the first.
_REFUSALS = (OSError, ValueError, aiohttp.ClientError, BotoCoreError, NotImplementedError)
_UNREACHED = (TimeoutError, aiohttp.ClientConnectionError, NotConnected, HTTPClientError)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, by its address: `s3://bucket/snapshots`, `https://host/snapshots`, or a path."""

    url: str

    @classmethod
    def of(cls, text: str) -> "Place":
        """The place of an address or of a path, which may be one from here; UsageError where it is none."""
        scheme, is_url, rest = text.partition("://")
        place = cls(f"{scheme}://{rest.rstrip('/')}" if is_url else str(Path(text).absolute()))
        place._store()
        return place

    def sizes(self) -> dict[str, int]:
        """The files at a place and below, by their names from there, in order, with their bytes.

        FileNotFoundError where it is not there; a store of objects may list nothing then.
        """
        store, root = self._store()
        store.invalidate_cache()
        found = self._listed_at_once(store, root) if _lists_at_once(store) else self._listed(store, root)
        return dict(sorted((self._name(root, name), size or 0) for name, size in found))

    def _listed_at_once(self, store: Any, root: str) -> Iterator[tuple[str, int | None]]:
        with self._told("listed", FileNotFoundError):
            found = store.find(root, detail=True)
        yield from ((name, one["size"]) for name, one in found.items())

    def _listed(self, store: Any, root: str, name: str = "") -> Iterator[tuple[str, int | None]]:
        """Folder by folder: the walk of fsspec passes over a folder that cannot be listed, and its files would be missed."""
        with self._told(f"listed ({name})") if name else self._told("listed", FileNotFoundError):
            entries = store.ls(f"{root}/{name}" if name else root, detail=True)
        for one in entries:
            below = self._name(root, one["name"])
            if one["type"] != "directory":
                yield one["name"], one["size"]
            elif below != name:
                yield from self._listed(store, root, below)

    def read(self, name: str) -> bytes:
        """What a file holds; FileNotFoundError where it is not there."""
        store, root = self._store()
        with self._told(f"read ({name})", FileNotFoundError):
            content: bytes = store.cat_file(f"{root}/{name}")
        return content

    def write(self, name: str, content: bytes) -> None:
        """Puts a file in its place, whole."""
        store, root = self._store()
        with self._told(f"written to ({name})"):
            if not self._is_here():
                store.pipe_file(f"{root}/{name}", content)
                return
            path = Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # Of this file only: another worker may be at the same one, with the same content.
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
                file.write(content)
            Path(file.name).replace(path)

    def remove(self, names: Iterable[str]) -> None:
        """Takes files away."""
        store, root = self._store()
        with self._told("written to"):
            for name in names:
                store.rm_file(f"{root}/{name}")

    @contextmanager
    def held(self, files: Iterable[str]) -> Iterator[Path]:
        """A folder on this disk in which these WARC files or their packs stand; what it says of it names this place."""
        store, root = self._store()
        if self._is_here():
            yield Path(root)
            return
        with tempfile.TemporaryDirectory(prefix="pref-scraper-") as scratch:
            folder = Path(scratch)
            for file in files:
                self._fetch(store, root, folder / file, file)
            try:
                yield folder
            except DamagedError as error:
                raise DamagedError(str(error).replace(str(folder), self.url)) from error

    def _fetch(self, store: Any, root: str, path: Path, file: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._told(f"read ({file})"):
            try:
                store.get_file(f"{root}/{file}", str(path))
            except FileNotFoundError:
                path.unlink(missing_ok=True)
                pack = pack_of(path)
                store.get_file(f"{root}/{pack.relative_to(path.parents[file.count('/')])}", str(pack))

    def _is_here(self) -> bool:
        return isinstance(self._store()[0], LocalFileSystem)

    def _store(self) -> tuple[Any, str]:
        try:
            store, root = fsspec.url_to_fs(self.url)
        except (ValueError, ImportError) as error:
            raise UsageError(
                f"{self.url} is no place that can be reached ({error}): name a folder, s3://… or https://…"
            ) from error
        return store, root.rstrip("/")

    @staticmethod
    def _name(root: str, name: str) -> str:
        return name.removeprefix(root).strip("/")

    @contextmanager
    def _told(self, doing: str, *unless: type[Exception]) -> Iterator[None]:
        try:
            yield
        except unless:
            raise
        except _UNREACHED as error:
            raise PrefScraperError(
                f"{self.url} cannot be reached ({_reason(error)}): see to its address, and that its server runs and lets "
                "this machine in"
            ) from error
        except _REFUSALS as error:
            raise PrefScraperError(
                f"{self.url} could not be {doing} ({_reason(error)}): see to its address and to your rights there"
            ) from error

    def __str__(self) -> str:
        return self.url


def _lists_at_once(store: Any) -> bool:
    """Whether it is a store of objects, which has a listing of its own: all names in few answers."""
    return getattr(type(store), "_find", AsyncFileSystem._find) is not AsyncFileSystem._find


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientResponseError):
        return f"the server answers {error.status} {error.message}".rstrip()
    return str(error) or type(error).__name__


def warcs(place: Place) -> dict[str, int]:
    """The WARC files at a place, also those that are packed there, with the bytes that have to be fetched of each."""
    found = {Path(name): size for name, size in place.sizes().items()}
    held = {
        warc_of(path): size for ending in (PACK, WARC) for path, size in found.items() if path.name.endswith(ending)
    }
    return {path.as_posix(): size for path, size in sorted(held.items()) if path.name[0] != "."}
