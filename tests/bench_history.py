"""The history, side by side with git-history on the same records, by the clock; git-history without its start.

60 records of the fixture page, two fiscal years of it; each is edited in one capture of a hundred,
so that texts grow and shrink and what stands behind them moves. Once in a while one goes, or
comes back. Only the edits are made up. Ids are given: nothing is parsed or identified here.
"""

import json
import random
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pref_scraper import parse, views
from pref_scraper.archive import Archive, Capture, capture_id
from pref_scraper.diff import compare
from pref_scraper.history import difference
from pref_scraper.identity import Entries, Entry, identify
from pref_scraper.records import VIEWS, Change, Source, as_row, columns, format_time
from pref_scraper.written import VERSION

from .editions import page
from .figures import Figure, Growth, limited
from .peers import PEERS

SOURCE = Source(id="mie-npo", url="http://127.0.0.1/NPO/35168030780.htm", name="三重県 NPO")
WRITTEN, ASKED, PEER, ANSWERS = 2_000, 10_000, 1_000, 300
QUESTIONS = {"projects as of a date": 1, "all 60 records as of a date": None, "the difference of any two": 2}
"""Each with the milliseconds that it may take."""
YEARS = (2011, 2010)
PEER_SCRIPT = PEERS.with_name("git-history")
LEFT_OUT = ("measures", "problems")
EDIT = 0.01
_TEXT = {"statements": "text", "projects": "overview", "purposes": "intent", "basic_projects": "name"}


def states(count: int, seed: int = 1) -> Iterator[Entries]:
    """What the page says at each capture, by record_id."""
    pick = random.Random(seed)
    now = {key: entry for key, entry in identify("bench", parse(page())).entries.items() if _is_chosen(entry)}
    away: dict[str, Entry] = {}
    for _ in range(count):
        yield dict(now)
        for key in [key for key in now if pick.random() < EDIT]:
            if now[key].view == "statements" and pick.random() < 0.2:
                away[key] = now.pop(key)
            else:
                _edit(pick, now, key)
        if away and pick.random() < 0.1:
            key, entry = away.popitem()
            now[key] = entry


def _is_chosen(entry: Entry) -> bool:
    return entry.view not in LEFT_OUT and getattr(entry.record, "fiscal_year", YEARS[0]) in YEARS


def _edit(pick: random.Random, now: dict[str, Entry], key: str) -> None:
    """One edit, and the move of all that stands behind it."""
    view, record = now[key].view, now[key].record
    if view == "budgets":
        yen = pick.randrange(1_000, 90_000_000, 1_000)
        new: Any = {"amount_yen": yen, "printed": f"{yen // 1000:,}千円"}
    elif view in _TEXT:
        text = getattr(record, _TEXT[view]) or ""
        new = {_TEXT[view]: text[:-2] if len(text) > 300 or pick.random() < 0.5 else f"{text}など"}
    else:
        return
    grown = sum(len(new[name]) - len(getattr(record, name) or "") for name in new if name != "amount_yen")
    now[key] = now[key]._replace(record=replace(record, text_end=record.text_end + grown, **new))
    for other, entry in now.items():
        if grown and entry.record.text_start >= record.text_end:
            moved = replace(
                entry.record, text_start=entry.record.text_start + grown, text_end=entry.record.text_end + grown
            )
            now[other] = entry._replace(record=moved)


def make_capture(number: int, previous: Capture | None) -> Capture:
    """A capture's row, as long as real ones are."""
    at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return Capture(
        capture_id=capture_id(SOURCE.id, format_time(at)),
        source_id=SOURCE.id,
        url=SOURCE.url,
        captured_at=format_time(at),
        outcome="changed" if previous else "new",
        http_status=200,
        payload_digest=f"sha256:{number:052d}====",
        text_digest=f"sha256:{number:064d}",
        warc_file=f"{SOURCE.id}/{SOURCE.id}-{at:%Y}.warc.gz",
        warc_offset=number * 10_000,
        warc_record_id=f"<urn:uuid:{number:08d}-0000-4000-8000-000000000000>",
        arrived_at=format_time(at),
        parser_version=1,
        previous_capture_id=previous.capture_id if previous else None,
        records=60,
    )


def write(path: Path, said: Iterable[Entries]) -> float:
    """Compares and writes the captures, a transaction each; captures per second, their making not counted."""
    Archive.create(path, version=VERSION)
    with Archive.open(path, version=VERSION) as archive:
        archive.describe(SOURCE)
        taken, count = 0.0, 0
        before: Entries = {}
        previous = None
        for after in said:
            capture = make_capture(count, previous)
            start = time.perf_counter()
            changes: list[Change] = compare(before, after) if previous else []
            archive.add(capture, before, after, changes)
            taken += time.perf_counter() - start
            before, previous, count = after, capture, count + 1
        return count / taken


def write_copies(path: Path, said: Iterable[Entries]) -> None:
    """Every capture's rows in full, in tables with the columns of the views."""
    captures = Capture.__dataclass_fields__
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE capture ({', '.join(captures)}, PRIMARY KEY (capture_id)) WITHOUT ROWID")
        for view in VIEWS:
            names = ", ".join((*columns(view), "text_start", "text_end"))
            connection.execute(
                f"CREATE TABLE {view} (capture_id, record_id, {names}, PRIMARY KEY (capture_id, record_id)) WITHOUT ROWID"
            )
        previous = None
        for number, entries in enumerate(said):
            previous = make_capture(number, previous)
            _insert(connection, "capture", [getattr(previous, name) for name in captures])
            for key, entry in entries.items():
                _insert(connection, entry.view, [previous.capture_id, key, *map(_plain, _row(entry).values())])


def _insert(connection: sqlite3.Connection, table: str, values: list[Any]) -> None:
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)


def _row(entry: Entry) -> dict[str, Any]:
    return as_row(entry.view, entry.record)


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value


def write_git(folder: Path, said: Iterable[Entries]) -> None:
    """A repository with one JSON file and a commit per capture; without the places in the text, which would slow the peer."""
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    parts = []
    for number, entries in enumerate(said):
        rows = [
            {"id": key, "view": entry.view} | {n: v for n, v in _row(entry).items() if not n.startswith("text_")}
            for key, entry in entries.items()
        ]
        data = json.dumps(rows, ensure_ascii=False).encode()
        who = f"committer a <a@example.org> {946_684_800 + number * 86_400} +0000\n"
        parts.append(f"commit refs/heads/main\n{who}data 1\nx\nM 644 inline rows.json\ndata {len(data)}\n".encode())
        parts.append(data + b"\n")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=b"".join(parts), check=True)
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=folder, check=True)


def peer_rate(folder: Path, count: int) -> float:
    """Captures per second of git-history, its start not counted."""
    write_git(folder, states(count))
    words: list[str | Path] = [PEER_SCRIPT, "file", folder / "rows.db", "rows.json", "--id", "id", "--silent"]
    whole = _seconds([*words, "--repo", folder], folder)
    return count / (whole - _seconds([PEER_SCRIPT, "--help"], folder))


def _seconds(words: list[str | Path], where: Path) -> float:
    start = time.perf_counter()
    subprocess.run(words, cwd=where, check=True, capture_output=True)
    return time.perf_counter() - start


def _size(path: Path) -> int:
    """Bytes, what a later write could reuse not counted."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    return path.stat().st_size


def figures() -> Iterator[Figure | Growth]:
    """Writing, and asking."""
    with tempfile.TemporaryDirectory(prefix="pref-scraper-") as name:
        folder = Path(name)
        yield from _writing(folder)
        yield from _asking(folder)


def _writing(folder: Path) -> Iterator[Figure]:
    ours = write(folder / "ours.db", states(WRITTEN))
    peer = peer_rate(folder / "repository", PEER)
    yield Figure(
        what="captures of 60 records, 1 % edited, a transaction each",
        ours=f"{ours:,.0f} per second",
        other=f"git-history: {peer:.0f}",
        ratio=ours / peer,
        at_least=10,
    )
    write_copies(folder / "copies.db", states(WRITTEN))
    size, full = _size(folder / "ours.db"), _size(folder / "copies.db")
    yield Figure(
        what="their database",
        ours=f"{size / WRITTEN:.0f} bytes a capture",
        other=f"full copies: {full / WRITTEN:,.0f}",
        ratio=size / full,
        at_most=0.03,
    )


def _asking(folder: Path) -> Iterator[Figure | Growth]:
    answers = {
        captures: _answers(folder / f"{captures}.db", captures) for captures in (ASKED // 100, ASKED // 10, ASKED)
    }
    for what, limit in QUESTIONS.items():
        median = answers[ASKED][what]
        if limit is not None:
            yield limited(f"{what}, {ASKED:,} captures", median, "ms", limit)
        costs = {f"{captures:,} captures": found[what] for captures, found in answers.items()}
        yield Growth(what=what, unit="ms", costs=costs)


def _answers(path: Path, captures: int) -> dict[str, float]:
    """The median of the milliseconds of each question, to any captures of a history of so many."""
    write(path, states(captures))
    pick = random.Random(2)
    with (
        Archive.open(path, version=VERSION, read_only=True) as archive,
        closing(sqlite3.connect(path)) as connection,
    ):
        all_ = archive.captures()
        ids, times = [capture.capture_id for capture in all_], [capture.captured_at for capture in all_]
        view = views.select("projects", at=True, source=True)
        asked: tuple[Callable[[], object], ...] = (
            lambda: connection.execute(view, {"source_id": SOURCE.id, "at": pick.choice(times)}).fetchall(),
            lambda: archive.entries(SOURCE.id, pick.choice(ids)),
            lambda: difference(archive, SOURCE.id, *sorted(pick.sample(ids, 2))),
        )
        return {what: _median(question) for what, question in zip(QUESTIONS, asked, strict=True)}


def _median(function: Callable[[], object]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(ANSWERS):
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    for row in figures():
        print(" | ".join(row.cells()))
