"""Where visits are loaded from: files of visits, and what their pages say.

`Snapshots` is the folder snapshots/ as a supply; what says the same of it may be another. A supply is a plain value that
processes hand to each other, and knows nothing of what was loaded but the captures that a revisit may refer to.
What is missing is refused with DamagedError.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from . import snapshots, warcfiles
from .archive import Archive, Capture
from .belief import Reading, read_page, refuse
from .codings import Unknown
from .errors import DamagedError
from .parsing import Frame, Span, are_scripts, differing, frame
from .records import Stored

READINGS = 64
"""How many pages are remembered while loading, so that equal bytes are read once; some 100 KB each."""
BODIES, BODY = 16 << 20, 1 << 20
"""Bytes of a source's pages that are kept from one reading of its files for the next, and of one among them."""


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

    def reads_as(self, stored: Stored, known: Capture) -> bool:
        """Whether the visit's body is known to give what that of a capture gave which was read; asks for no reading."""


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
    """The folder of snapshots, as a supply; one that is indexing has each file's index say what was read of it."""

    folder: Path
    is_indexing: bool = False

    def sizes(self) -> dict[str, int]:
        return {file: warcfiles.size(self.folder / file) for file in snapshots.files(self.folder)}

    def source_of(self, file: str) -> str:
        return snapshots.source_of(self.folder, file)

    def first(self, file: str) -> Stored | None:
        return next((stored for stored, _ in snapshots.read(self.folder, file)), None)

    def take(self, files: Iterable[Behind]) -> Taken:
        """With what is kept of their pages, so that most need not be read again."""
        found: list[Stored] = []
        kept = Kept()
        for one in files:
            is_indexing = self.is_indexing and one.start == 0
            for stored, answer, _ in snapshots.read_answers(self.folder, one.file, one.start, is_indexing=is_indexing):
                found.append(stored)
                if stored.refers_to is None:
                    with suppress(Unknown):  # who reads it will say so
                        kept.put(stored.record_id, snapshots.body_of(answer))
        return Taken(found, lambda archive, visits: Reader(archive, self.folder, visits, kept))

    def state(self, file: str) -> object:
        return warcfiles.held(self.folder / file).stat().st_mtime_ns

    def __str__(self) -> str:
        return str(self.folder)


class Kept:
    """What is kept of pages, by record, from one reading of them for the next: the frame of each, and up to BODIES bytes.

    Of pages of one frame the first two are enough, since by these the reader knows the others.
    """

    def __init__(self) -> None:
        self.frames: dict[str, Frame | None] = {}
        self.bodies: dict[str, bytes] = {}
        self._room = BODIES
        self._seen: Counter[Frame] = Counter()

    def put(self, record_id: str, body: bytes) -> None:
        """Keeps what is wanted of the page in a record."""
        framed = self.frames[record_id] = frame(body)
        if framed is not None:
            self._seen[framed] += 1
        is_wanted = framed is None or self._seen[framed] <= 2
        if is_wanted and len(body) <= min(self._room, BODY):
            self.bodies[record_id] = body
            self._room -= len(body)


K = TypeVar("K")
R = TypeVar("R", Reading, Reading | None)


def key_of(stored: Stored, body: object) -> tuple[object, ...]:
    """All that a reading depends on: what stands for the body, and what is said of it."""
    return (body, stored.content_type, stored.url, stored.source.content, stored.source.encoding)


def _are_scripts(stored: Stored, body: bytes, spans: Sequence[Span]) -> bool:
    return are_scripts(body, spans, stored.content_type, stored.source.content, stored.source.encoding)


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
        kept: Kept | None = None,
    ) -> None:
        self._archive = archive
        self._folder = folder
        self._kept = kept or Kept()
        self._places = {stored.record_id: (stored.file, stored.offset) for stored in visits}
        self._readings: dict[tuple[object, ...], Reading] = {}
        self._framed: dict[tuple[object, ...], Reading | None] = {}

    def read(self, stored: Stored) -> Reading:
        """What the visit's body gives; raises DamagedError where it is not in snapshots/."""
        key = key_of(stored, stored.payload_digest or stored.record_id)
        found = self._readings.pop(key, None) or self._read(stored)
        remember(self._readings, key, found)
        return found

    def reads_as(self, stored: Stored, known: Capture) -> bool:
        """Whether both pages differ in the words of scripts alone; where the capture's cannot be read any more, that is not known.

        The settings of the source were the same, or else its captures are loaded anew.
        """
        try:
            framed = self._frame(stored)
            if framed is None:
                return False
            answer = snapshots.read_answer(self._folder, known.warc_file, known.warc_offset)
            before = snapshots.body_of(answer)
            if (known.url, answer.field("Content-Type"), frame(before)) != (stored.url, stored.content_type, framed):
                return False
            body = self.body(stored)
            return _are_scripts(stored, body, differing(framed, body, before))
        except (DamagedError, Unknown):
            return False

    def _read(self, stored: Stored) -> Reading:
        try:
            framed = self._frame(stored)
            return read_page(stored, self.body(stored)) if framed is None else self._read_framed(stored, framed)
        except Unknown as reason:
            return refuse("failed", str(reason))

    def _frame(self, stored: Stored) -> Frame | None:
        wanted = stored.refers_to or stored.record_id
        return self._kept.frames[wanted] if wanted in self._kept.frames else frame(self.body(stored))

    def _read_framed(self, stored: Stored, framed: Frame) -> Reading:
        """Whether pages of a frame read the same is looked up at its second one, since most have but one."""
        key = key_of(stored, framed)
        is_second = key in self._framed
        found = self._framed.pop(key, None)
        is_sure = found is not None
        if found is None:
            body = self.body(stored)
            found, is_sure = read_page(stored, body), is_second and _are_scripts(stored, body, framed[1])
        remember(self._framed, key, found if is_sure else None)
        return found

    def body(self, stored: Stored) -> bytes:
        """The page's bytes, from the visit's own record or from the one that it refers to."""
        wanted = stored.refers_to or stored.record_id
        if wanted in self._kept.bodies:
            return self._kept.bodies[wanted]
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
