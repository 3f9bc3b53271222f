"""What a better parser reads otherwise: one capture, as two parser versions read it.

archive.db is of one parser alone. When a new one builds it anew, the old file is kept
beside it, as archive.db.before, until the next upgrade; it may be deleted. Its newest
records are compared with what this parser reads from the same bytes. Nothing of this is
ever a change of the page.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from . import snapshots
from .archive import Archive, Capture
from .diff import compare
from .errors import UsageError
from .history import Difference
from .identity import identify
from .supply import Reader
from .written import PARSER, VERSION, versions


def keep(database: Path, kept: Path, scratch: Path) -> None:
    """Copies a database that another parser wrote to `kept`, by way of a folder on the same disk."""
    if database.exists() and _is_of_another_parser(database):
        part = scratch / kept.name
        Archive.copy(database, part)
        part.replace(kept)


def differences(databases: Iterable[Path], folder: Path, source_id: str | None) -> list[Difference]:
    """By source, or for one, what this parser reads otherwise in the newest page.

    They are taken from the first of the databases that another parser wrote; empty where
    there is none. Raises UsageError where that one has other tables than this program's.
    """
    old = next((path for path in databases if path.exists() and _is_of_another_parser(path)), None)
    return list(_differences(old, folder, source_id)) if old else []


def _is_of_another_parser(database: Path) -> bool:
    return versions(Archive.version_of(database)).parser != PARSER


def _differences(old: Path, folder: Path, source_id: str | None) -> Iterator[Difference]:
    version = Archive.version_of(old)
    if versions(version).schema != versions(VERSION).schema:
        raise UsageError(
            f"{old} has other tables than this version of the program: it cannot be compared; "
            "`diff` without --parser compares captures"
        )
    with Archive.open(old, version=version, read_only=True) as archive:
        known = archive.sources()
        if source_id is not None and source_id not in known:
            raise UsageError(f"unknown source {source_id!r}: {old.name} has {', '.join(known) or 'none'}")
        for one in [source_id] if source_id else known:
            good = archive.newest_good(one, with_body=True)
            if good is not None:
                yield _difference(archive, folder, good)


def _difference(archive: Archive, folder: Path, good: Capture) -> Difference:
    source_id = good.source_id
    stored, _ = next(snapshots.read(folder, good.warc_file, good.warc_offset))
    known = archive.sources()[source_id]
    source = replace(stored.source, content=known["content"], encoding=known["encoding"])
    page = Reader(archive, folder).read(replace(stored, source=source)).page
    before = archive.entries(source_id, good.capture_id)
    after = identify(source_id, page, before, archive.gone(source_id)).entries if page else {}
    return Difference(
        source_id=source_id,
        name=known["name"],
        url=known["url"],
        before=good,
        after=replace(good, parser_version=PARSER),
        changes=tuple(compare(before, after)),
    )
