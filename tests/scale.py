"""The tables of docs/scale.md and of its translation, from what was measured and what is assumed.

    python -m tests.scale      # puts them into both documents

What is measured stands in docs/benchmarks.md; it is written down here with fewer digits, for pages of 38 KB with 170 records on
one core, as `tests/daily.py` makes them. Where there are two values, the first is of pages that answer 304 or the same bytes
while nothing changes, and the second of pages that come whole, with another token, each time.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
DOCUMENTS = (DOCS / "scale.md", DOCS / "ja" / "scale.md")

# Measured.
VISIT_MS = (7, 14)
"""CPU of `run` for a visit to a page of 71 KB that was visited before; of the second, one in a hundred finds an edit."""
FIRST_MS = 235.0
"""CPU of `run` for a first visit, to a page of 71 KB with as many records; most of it is the index of search."""
REBUILD_MS = (0.55, 0.9)
"""CPU of `rebuild` for a capture behind the first of its source, one in a hundred of them edited."""
WARC_BYTES = (1_300, 8_400)
"""A capture in snapshots/."""
PACKED_BYTES = (220, 950)
"""A capture in a pack: of 52 KB, where only a token differs, and of 261 KB, where there are edits and noise."""
DATABASE_BYTES = (790, 790)
"""What a capture adds to archive.db, one in a hundred of them edited."""
SOURCE_BYTES = 720_000
"""What a source has in archive.db from its first capture on."""

# Assumed.
PAGES = (1, 1_000, 47_000, 1_788_000)
YEARS, DAYS = 10, 3_652
RECORDS, EDITS, CHANGED = 170, 2, 0.01
"""Records of a page; how many of them an edit changes; in how many of the visits there is one."""
YEN_PER_CORE_HOUR, YEN_PER_TB_MONTH = (2, 8), (500, 4_000)
"""What machines and disks are rented for in 2026-11: the lowest and the highest that we reckon with."""
COPIES = 3

WORDS = {
    "ms": "ミリ秒",
    "s": "秒",
    "min": "分",
    "h": "時間",
    "days": "日",
}
Cell = Callable[[float], str]


def tables(index: int) -> list[str]:
    """Both tables in English (0) or Japanese (1): what was measured and is assumed, and what comes of it."""
    given = [(labels[index], _words(value, index)) for labels, value in GIVEN.items()]
    counted = [(labels[index], *(_words(count(pages), index) for pages in PAGES)) for labels, count in COUNTED.items()]
    heads = (("given", "ten years of daily visits"), ("前提", "毎日の取得を10年"))[index]
    names = (
        ("one page", "a prefecture", "47 prefectures", "and 1,741 municipalities"),
        ("1ページ", "1県", "47都道府県", "1,741市区町村も"),
    )[index]
    value = ("value", "値")[index]
    return [_table((heads[0], value), given), _table((heads[1], *names), counted)]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _words(cell: str, index: int) -> str:
    return " ".join(WORDS.get(word, word) for word in cell.split(" ")) if index else cell


# Numbers


def _range(values: Sequence[float], show: Cell) -> str:
    return " – ".join(dict.fromkeys(map(show, values)))


def _digits(value: float) -> str:
    """Two digits that count, three from 100 on."""
    kept = float(f"{value:.{3 if value >= 100 else 2}g}")
    return f"{kept:,.0f}" if kept >= 10 or kept == int(kept) else f"{kept:g}"


def _in(units: Mapping[str, float], value: float) -> str:
    """In the largest unit of which there is one at least."""
    name, size = next(((name, size) for name, size in units.items() if value >= size), list(units.items())[-1])
    return f"{_digits(value / size)} {name}".strip()


_bytes = partial(_in, {"TB": 1e12, "GB": 1e9, "MB": 1e6, "KB": 1e3})
_time = partial(_in, {"days": 86_400, "h": 3_600, "min": 60, "s": 1, "ms": 1e-3})


# Rows


def _each(values: Sequence[float], times: float, show: Cell, more: float = 0) -> str:
    return _range([value * times + more for value in values], show)


def _database(pages: int) -> list[float]:
    return [pages * (DAYS * each + SOURCE_BYTES) for each in DATABASE_BYTES]


def _yen(pages: int) -> str:
    """The CPU of a year's runs, and the disk of the tenth year, snapshots/ in three copies; the cheapest and the dearest."""
    terabytes = [
        (COPIES * pages * DAYS * warc + base) / 1e12 for warc, base in zip(WARC_BYTES, _database(pages), strict=True)
    ]
    return _range(
        [
            pages * 365 * run / 3_600_000 * core + held * 12 * disk
            for run, core, held, disk in zip(VISIT_MS, YEN_PER_CORE_HOUR, terabytes, YEN_PER_TB_MONTH, strict=True)
        ],
        _digits,
    )


GIVEN = {
    ("later visit, CPU, measured", "2回目からの取得、CPU、測定"): _each(VISIT_MS, 1e-3, _time),
    ("first visit, CPU, measured", "最初の取得、CPU、測定"): _time(FIRST_MS / 1000),
    ("rebuild, CPU a capture, measured", "再構築、1取得あたりのCPU、測定"): _each(
        REBUILD_MS, 1, lambda ms: f"{ms:g} ms"
    ),
    ("a capture in snapshots/, measured", "snapshots/での1取得、測定"): _each(WARC_BYTES, 1, _bytes),
    (
        "a capture in a pack, another token, or edits and noise, measured",
        "パックでの1取得、別のトークン、または変更と雑音、測定",
    ): _each(PACKED_BYTES, 1, lambda b: f"{b / 1000:g} KB"),
    ("a capture in archive.db, measured", "archive.dbでの1取得、測定"): _each(
        DATABASE_BYTES, 1, lambda b: f"{b / 1000:g} KB"
    ),
    ("a source in archive.db, measured", "archive.dbでの1対象ページ、測定"): _bytes(SOURCE_BYTES),
    ("visits that find an edit, assumed", "変更のある取得、仮定"): f"{CHANGED:.0%}",
    ("records of a page, and of an edit, assumed", "ページの記録の数、変更の記録の数、仮定"): f"{RECORDS}, {EDITS}",
    ("yen for a core and hour, assumed, 2026-11", "1コア1時間の円、仮定、2026-11"): _each(
        YEN_PER_CORE_HOUR, 1, _digits
    ),
    ("yen for a TB and month, assumed, 2026-11", "1TB1か月の円、仮定、2026-11"): _each(YEN_PER_TB_MONTH, 1, _digits),
}
COUNTED: Mapping[tuple[str, str], Callable[[int], str]] = {
    ("pages, and requests a day", "ページ、1日のリクエスト"): lambda pages: f"{pages:,}",
    ("requests in ten years", "10年のリクエスト"): lambda pages: _digits(pages * DAYS),
    ("requests a second, over the day", "1日にならした毎秒のリクエスト"): lambda pages: (
        _digits(pages / 86_400) if pages >= 864 else "–"
    ),
    ("CPU of the first run", "最初のrunのCPU"): lambda pages: _time(pages * FIRST_MS / 1000),
    ("CPU of a day's run", "毎日のrunのCPU"): lambda pages: _each(VISIT_MS, pages / 1000, _time),
    ("snapshots/", "snapshots/"): lambda pages: _each(WARC_BYTES, pages * DAYS, _bytes),
    ("the same, packed", "パックした場合"): lambda pages: _each(PACKED_BYTES, pages * DAYS, _bytes),
    ("WARC files", "WARCファイル"): lambda pages: _digits(pages * YEARS),
    ("archive.db", "archive.db"): lambda pages: _range(_database(pages), _bytes),
    ("rows: captures", "行：取得"): lambda pages: _digits(pages * DAYS),
    ("rows: versions of records", "行：記録の版"): lambda pages: _digits(pages * (RECORDS + DAYS * CHANGED * EDITS)),
    ("CPU of a rebuild", "再構築のCPU"): lambda pages: _each(
        REBUILD_MS, pages * DAYS / 1000, _time, pages * FIRST_MS / 1000
    ),
    ("yen a year, in the tenth", "10年目の1年の円"): _yen,
}


def main() -> None:
    """Puts the tables into the documents, in the places of those that are there."""
    for index, path in enumerate(DOCUMENTS):
        blocks = path.read_text("utf-8").split("\n\n")
        fresh = iter(tables(index))
        path.write_text("\n\n".join(next(fresh) if block.startswith("| ") else block for block in blocks), "utf-8")


if __name__ == "__main__":
    main()
