"""Folders that stand anywhere: on this disk, in a store of objects (`s3://…`), on a web server; the door to fsspec.

A place is named as fsspec names it. What a store wants to know, as keys or an endpoint, it takes from its own
variables and files, on each machine. What cannot be read or written is refused with PrefScraperError, a place
that is named wrongly with UsageError.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import fsspec
from botocore.exceptions import BotoCoreError
from fsspec.implementations.local import LocalFileSystem

from .errors import DamagedError, PrefScraperError, UsageError
from .warcfiles import PACK, WARC, pack_of, warc_of

# What the stores raise: fsspec's own turn most of theirs into the first.
_REFUSALS = (OSError, aiohttp.ClientError, BotoCoreError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, by its address: `s3://bucket/snapshots`, `https://host/snapshots`, or a path."""

    url: str

    @classmethod
    def of(cls, text: str) -> "Place":
        """The place of an address or of a path, which may be one from here; UsageError where it is none."""
        place = cls(text.rstrip("/") if "://" in text else str(Path(text).absolute()))
        place._store()
        return place

    def sizes(self) -> dict[str, int]:
        """The files at a place and below, by their names from there, in order, with their bytes; empty where it is not."""
        store, root = self._store()
        with self._told("read"):
            store.invalidate_cache()
            try:
                found = store.find(root, detail=True)
            except FileNotFoundError:
                return {}
        sizes = {self._name(root, name): one["size"] or 0 for name, one in found.items()}
        return dict(sorted(sizes.items()))

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
        except _REFUSALS as error:
            raise PrefScraperError(
                f"{self.url} could not be {doing} ({error or type(error).__name__}): see to its address and to your rights there"
            ) from error

    def __str__(self) -> str:
        return self.url


def warcs(place: Place) -> dict[str, int]:
    """The WARC files at a place, also those that are packed there, with the bytes that have to be fetched of each."""
    found = {Path(name): size for name, size in place.sizes().items()}
    held = {
        warc_of(path): size for ending in (PACK, WARC) for path, size in found.items() if path.name.endswith(ending)
    }
    return {path.as_posix(): size for path, size in sorted(held.items()) if path.name[0] != "."}
