"""Where visits are loaded from: files of visits, and what their pages say.

`Snapshots` is the folder snapshots/ as a supply; what says the same of it may be another. A supply is a plain value that
processes hand to each other, and knows nothing of what was loaded but the captures that a revisit may refer to.
What is missing is refused with DamagedError.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeVar

from . import snapshots, warcfiles
from .archive import Archive
from .belief import Reading, read_page, refuse
from .codings import Unknown
from .errors import DamagedError
from .message import Message
from .parsing import Frame, are_scripts, frame
from .records import Stored

READINGS = 64
"""How many pages are remembered while loading, so that equal bytes are read once; some 100 KB each."""
ANSWERS, ANSWER = 16 << 20, 1 << 20
"""Bytes of a source's answers that are kept from one reading of its files for the next, and of one among them."""

_NONE: Mapping[str, Message] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Behind:
    """A file that has more than is loaded of it: the byte from which on it is new, and its size."""

    file: str
    start: int
    size: int


class Reads(Protocol):
    """What gives the pages of visits."""

    def read(self, stored: Stored) -> Reading:
        """What the visit's body gives; raises DamagedError where it is missing."""


class Supply(Protocol):
    """Where visits are loaded from: snapshots/, or what says the same of them. Processes hand it to each other."""

    def sizes(self) -> dict[str, int]:
        """The WARC files, in order, and the bytes of each."""

    def source_of(self, file: str) -> str:
        """The id of the source that a file is of."""

    def first(self, file: str) -> Stored | None:
        """The first visit of a file."""

    def take(self, files: Iterable[Behind]) -> "Taken":
        """What is new in files of one source."""

    def state(self, file: str) -> object:
        """What is another value once the file was written to."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Visits in the order of their files, and what makes a reader of their pages, for an archive that may have others."""

    visits: Sequence[Stored]
    reader: Callable[[Archive | None, Sequence[Stored]], Reads]


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The folder of snapshots, as a supply."""

    folder: Path

    def sizes(self) -> dict[str, int]:
        return {file: warcfiles.size(self.folder / file) for file in snapshots.files(self.folder)}

    def source_of(self, file: str) -> str:
        return snapshots.source_of(self.folder, file)

    def first(self, file: str) -> Stored | None:
        return next((stored for stored, _ in snapshots.read(self.folder, file)), None)

    def take(self, files: Iterable[Behind]) -> Taken:
        """With the answers that came first, up to ANSWERS bytes, so that they need not be read again."""
        found: list[Stored] = []
        answers, room = {}, ANSWERS
        for one in files:
            for stored, answer in snapshots.read_answers(self.folder, one.file, one.start):
                found.append(stored)
                if len(answer.body) <= min(room, ANSWER):
                    answers[stored.record_id] = answer
                    room -= len(answer.body)
        return Taken(found, lambda archive, visits: Reader(archive, self.folder, visits, answers))

    def state(self, file: str) -> object:
        return warcfiles.held(self.folder / file).stat().st_mtime_ns

    def __str__(self) -> str:
        return str(self.folder)


K = TypeVar("K")
R = TypeVar("R", Reading, Reading | None)


def key_of(stored: Stored, body: object) -> tuple[object, ...]:
    """All that a reading depends on: what stands for the body, and what is said of it."""
    return (body, stored.content_type, stored.url, stored.source.content, stored.source.encoding)


def _are_scripts(stored: Stored, body: bytes) -> bool:
    return are_scripts(body, stored.content_type, stored.source.content, stored.source.encoding)


def remember(readings: dict[K, R], key: K, found: R) -> None:
    """Puts a reading last; of more than READINGS, the first is forgotten."""
    readings[key] = found
    if len(readings) > READINGS:
        del readings[next(iter(readings))]


class Reader:
    """Reads the pages of visits, as long as it remembers them once: those of equal bytes, and those of one frame."""

    def __init__(
        self,
        archive: Archive | None,
        folder: Path,
        visits: Sequence[Stored] = (),
        answers: Mapping[str, Message] = _NONE,
    ) -> None:
        self._archive = archive
        self._folder = folder
        self._answers = answers
        self._places = {stored.record_id: (stored.file, stored.offset) for stored in visits}
        self._readings: dict[tuple[object, ...], Reading] = {}
        self._framed: dict[tuple[object, ...], Reading | None] = {}

    def read(self, stored: Stored) -> Reading:
        """What the visit's body gives; raises DamagedError where it is not in snapshots/."""
        key = key_of(stored, stored.payload_digest or stored.record_id)
        found = self._readings.pop(key, None) or self._read(stored)
        remember(self._readings, key, found)
        return found

    def _read(self, stored: Stored) -> Reading:
        try:
            body = self.body(stored)
        except Unknown as reason:
            return refuse("failed", str(reason))
        framed = frame(body)
        return read_page(stored, body) if framed is None else self._read_framed(stored, body, framed)

    def _read_framed(self, stored: Stored, body: bytes, framed: Frame) -> Reading:
        """Whether pages of a frame read the same is looked up at its second one, since most have but one."""
        key = key_of(stored, framed)
        is_second = key in self._framed
        known = self._framed.pop(key, None)
        found = known or read_page(stored, body)
        is_sure = known is not None or (is_second and _are_scripts(stored, body))
        remember(self._framed, key, found if is_sure else None)
        return found

    def body(self, stored: Stored) -> bytes:
        """The page's bytes, from the visit's own record or from the one that it refers to."""
        wanted = stored.refers_to or stored.record_id
        if wanted in self._answers:
            return snapshots.body_of(self._answers[wanted])
        place = (stored.file, stored.offset) if stored.refers_to is None else self._places.get(wanted)
        if place is None:
            capture = self._archive.by_record(wanted) if self._archive else None
            place = (capture.warc_file, capture.warc_offset) if capture else None
        if place is None:
            raise DamagedError(
                f"{self._folder / stored.file}, byte {stored.offset}: refers to {wanted}, which is not in snapshots/: "
                "put the missing file back from a copy"
            )
        return snapshots.read_body(self._folder, *place)
