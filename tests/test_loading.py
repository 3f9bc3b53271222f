"""Loading: what is read once, and that every way of loading gives the same database."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from pref_scraper import loading, parse, pipeline, snapshots
from pref_scraper.archive import Archive
from pref_scraper.errors import DamagedError
from pref_scraper.records import Stored, Year
from pref_scraper.sources import Directory
from pref_scraper.supply import READINGS, Reader, Snapshots
from pref_scraper.written import VERSION

from .editions import page
from .scripts import editions
from .shelf import SOURCE, day, put, said, tables

PAGE = next(editions(1, 1))


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return Directory(tmp_path)


def _noisy(number: int) -> bytes:
    return PAGE.replace(b"</body>", f"<!-- {number} --></body>".encode())


def _stored(directory: Directory) -> list[Stored]:
    (file,) = snapshots.files(directory.snapshots)
    return [stored for stored, _ in snapshots.read(directory.snapshots, file)]


def test_equal_text_is_read_once_whatever_its_markup() -> None:
    first, second = parse(PAGE), parse(_noisy(1))
    assert first.projects
    assert all(a is b for a, b in zip(first.projects, second.projects, strict=True))


def test_equal_bytes_are_read_once_and_not_for_ever(directory: Directory) -> None:
    for at in range(READINGS + 1):
        put(directory, day(at), _noisy(at))
    first, *others = _stored(directory)
    again = replace(first, file="nowhere")
    pipeline.load(directory)
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        reader = Reader(archive, directory.snapshots)
        page = reader.read(first).page
        assert page is not None
        assert reader.read(again).page is page
        for other in others:
            reader.read(other)
        with pytest.raises(DamagedError, match="nowhere"):
            reader.read(again)


def test_pages_that_differ_in_a_token_are_read_until_that_is_sure(directory: Directory) -> None:
    pages = [PAGE.replace(b"</body>", b"<script>token = '%06d'</script></body>" % number) for number in range(4)]
    for at, html in enumerate((*pages, page(2))):
        put(directory, day(at), html)
    stored = _stored(directory)
    pipeline.load(directory)
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        reader = Reader(archive, directory.snapshots)
        _, second, third, fourth = (reader.read(one) for one in stored[:4])
        assert second is third is fourth
        assert second.page == parse(pages[3])
        assert [capture.outcome for capture in reversed(archive.captures())] == [
            *("new", "unchanged", "unchanged", "unchanged", "changed")
        ]


def _with_token(token: str, html: bytes = PAGE) -> bytes:
    return html.replace(b"</body>", f"<script>token = '{token}'</script></body>".encode())


@pytest.mark.parametrize(
    ("before", "after", "is_known"),
    [
        pytest.param(_with_token("1"), _with_token("2"), True, id="another token"),
        pytest.param(_with_token("1"), _with_token("2", page(2)), False, id="another token and another text"),
        pytest.param(_with_token("1"), _with_token("2").replace(b"</h1>", b" </h1>"), False, id="a blank"),
        pytest.param(_with_token("1"), _with_token("1</script><p>2</p>"), False, id="a token that ends its script"),
        pytest.param(
            PAGE.replace(b"</body>", b"<!-- <script>1</script> --></body>"),
            PAGE.replace(b"</body>", b"<!-- <script>2</script> --></body>"),
            False,
            id="in a comment",
        ),
    ],
)
def test_a_page_is_known_by_the_one_that_was_loaded_before_it(
    directory: Directory, before: bytes, after: bytes, is_known: bool
) -> None:
    put(directory, day(0), before)
    pipeline.load(directory)
    put(directory, day(1), after)
    _, new = _stored(directory)
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        good = archive.newest_good("s")
        assert good is not None
        assert not Reader(archive, directory.snapshots).reads_as(new, replace(good, warc_offset=1))
        reader = Reader(archive, directory.snapshots)
        assert reader.reads_as(new, good) is is_known
        assert not reader.reads_as(replace(new, content_type="text/html; charset=euc-jp"), good)


def test_a_damaged_file_keeps_no_source_before_it_from_being_loaded(directory: Directory) -> None:
    others = [replace(SOURCE, id=source_id) for source_id in "ab"]
    for source in others:
        put(directory, day(0), page(), source=source)
    pipeline.load(directory)
    for source in others:
        put(directory, day(1), page(), source=source)
    last = directory.snapshots / [*snapshots.files(directory.snapshots)][-1]
    whole = last.read_bytes()
    last.write_bytes(whole[:-40] + bytes(40))
    with pytest.raises(DamagedError, match="damaged at byte"):
        list(loading.load_into(directory.database, Snapshots(directory.snapshots)))
    assert _captures_of(directory) == {"a": 2, "b": 1}
    last.write_bytes(whole)
    pipeline.load(directory)
    assert _captures_of(directory) == {"a": 2, "b": 2}


def _captures_of(directory: Directory) -> Counter[str]:
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        return Counter(capture.source_id for capture in archive.captures())


def test_a_load_a_day_gives_what_a_rebuild_gives(directory: Directory) -> None:
    """Tokens, edits, the same bytes again, an error, and a token behind each of them."""
    one, other = page(1), page(2)
    pages = [*(_with_token(token, one) for token in "1223"), _with_token("4", other), b"", other]
    pages += [*(_with_token(token, other) for token in "567"), _with_token("8", one)]
    for at, html in enumerate(pages):
        put(directory, day(at), html)
        pipeline.load(directory)
    daily = tables(directory.database)
    pipeline.rebuild(directory)
    assert tables(directory.database) == daily
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        assert [capture.outcome for capture in reversed(archive.captures())] == [
            *("new", "unchanged", "not_modified", "unchanged", "changed"),
            *("suspect", *["unchanged"] * 4, "changed"),
        ]


def test_what_is_newest_is_found_behind_what_stood(directory: Directory) -> None:
    """As if it were looked for among all: after each load, and when a part of them came later than it was visited."""
    coming = [(day(0), PAGE, None), (day(9), b"", None), (day(10), PAGE, None), (day(3), page(1), day(20))]
    coming += [(day(21), page(2), None), (day(22), page(2), None), (day(23), b"", None)]
    for at, html, imported in coming:
        put(directory, at, html, imported=imported)
        pipeline.load(directory)
        with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
            every = archive.captures()
            good = next(one for one in every if one.records is not None)
            newest = max(one.captured_at for one in every), max(one.arrived_at for one in every)
            assert archive.newest() == {"s": newest}
            assert archive.bodies(["s"]) == {"s": (good.warc_file, good.warc_offset)}
            assert archive.behind() == []


def test_another_selector_is_another_reading(directory: Directory) -> None:
    put(directory, day(0), PAGE)
    pipeline.load(directory)
    (stored,) = _stored(directory)
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        reader = Reader(archive, directory.snapshots)
        page = reader.read(stored).page
        other = reader.read(replace(stored, source=replace(stored.source, content="h1"))).page
    assert page is not None
    assert other is not None
    assert page.count() > other.count() == 0


def test_a_year_before_all_eras_is_loaded_like_any_other(directory: Directory) -> None:
    """Printed in the western calendar, as a slip of the keyboard may have it."""
    put(directory, day(1), page().replace("平成15年度の施策項目".encode(), "1850年度の施策項目".encode()))
    (loaded,) = pipeline.load(directory)
    assert loaded.capture.outcome == "new"
    (entries,) = said(directory).values()
    years = [entry.record.fiscal_year for entry in entries.values() if isinstance(entry.record, Year)]
    assert years == [2011, 2010, 2009, 2008, 2007, 2006, 2005, 2004, 1850]
