"""A folder of snapshots, filled without a network: visits as WARC files, each on its day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pref_scraper import snapshots
from pref_scraper.archive import Archive
from pref_scraper.identity import Entries
from pref_scraper.records import Exchange, Source, Visit
from pref_scraper.sources import Directory
from pref_scraper.written import VERSION

SOURCE = Source(id="s", url="http://127.0.0.1/p", name="頁")
START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    """Days since the archive began; those before it are negative."""
    return START + timedelta(days=number)


def put(
    directory: Directory, at: datetime, body: bytes, *, imported: datetime | None = None, source: Source = SOURCE
) -> str:
    """One visit that was answered with a page; the id of its WARC record."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    answer = Exchange(
        url=source.url, request=b"GET /p HTTP/1.1\r\n\r\n", response=head + body, status=200, payload=body
    )
    directory.snapshots.mkdir(exist_ok=True)
    visit = Visit(source=source, at=at, exchanges=(answer,), answer=answer)
    return snapshots.append(directory.snapshots, visit, imported=imported)


def said(directory: Directory) -> dict[str, Entries]:
    """What each believed capture says, by capture id, in order of time."""
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        good = [capture for capture in reversed(archive.captures()) if capture.records is not None]
        return {capture.capture_id: archive.entries(capture.source_id, capture.capture_id) for capture in good}


def tables(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a database."""
    with Archive.open(database, version=VERSION, read_only=True) as archive:
        return archive.tables()
