"""Large archives as daily visits make them, written file by file instead of visit by visit, by the program's own records.

    write(Path("snapshots"), sources=200, days=500, mix="token")   # 100,000 captures

Each source has a page of its own (`pages.other`, 38 KB), of which one visit in a hundred, or each of the mix "edited",
finds two of its 170 records edited. What the other visits find:

    token      200 with the whole page, in which the template's token is another one
    unchanged  304, as two of three; else 200 with the same bytes, which become a revisit record
    edited     none is left: every text differs from the one before

It is what `snapshots.append` would have made of the same visits, byte for byte but for the ids of records and the fsyncs.
"""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from pref_scraper import indexing
from pref_scraper.records import Source, Visit
from pref_scraper.visits import file_head, to_records

from .large import answer, edited, validators, with_token
from .pages import other

START = datetime(2025, 1, 10, tzinfo=UTC)
# Of a thousand visits after the first of a source, how many find what.
MIXES: Mapping[str, Mapping[str, int]] = {
    "token": {"edited": 10, "token": 990},
    "unchanged": {"edited": 10, "same": 330, "not_modified": 660},
    "edited": {"edited": 1000},
}


def write(folder: Path, *, sources: int, days: int, mix: str) -> None:
    """Writes so many captures of each source, with their indexes; on all cores."""
    with ProcessPoolExecutor() as pool:
        for _ in pool.map(partial(_write_source, folder, days, mix), range(sources)):
            pass


def source(number: int) -> Source:
    """The source of a number, from 0."""
    return Source(id=f"ken-{number:03}", url=f"http://127.0.0.1/{number:03}/shisaku.htm", name=f"第{number}県")


def _write_source(folder: Path, days: int, mix: str, number: int) -> None:
    """The files of a source, one for each year."""
    pick, whose = Random(number), source(number)
    html, known = other(number).decode(), None
    files: dict[Path, list[bytes]] = {}
    for day in range(days):
        at = START + timedelta(days=day, minutes=number)
        (kind,) = pick.choices(list(MIXES[mix]), list(MIXES[mix].values())) if known else ("edited",)
        if known and kind in ("edited", "token"):
            html = edited(pick, html) if kind == "edited" else with_token(html, f"{pick.getrandbits(48):012x}")
        answered = answer(whose, kind, html)
        records, record_id = to_records(Visit(source=whose, at=at, exchanges=(answered,), answer=answered), known)
        path = folder / whose.id / f"{whose.id}-{at.year}.warc.gz"
        if path not in files:
            records.insert(0, file_head(at, path.name, whose))
        files.setdefault(path, []).extend(record.member() for record in records)
        if kind in ("edited", "token"):
            known = validators(whose, at, html, record_id, known)
    (folder / whose.id).mkdir(parents=True)
    for path, members in files.items():
        path.write_bytes(b"".join(members))
    indexing.update_all(folder, [whose.id])
