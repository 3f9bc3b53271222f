"""Views as one XLSX file, a sheet each (ECMA-376, SpreadsheetML); the same bytes for the same rows.

Every text is a text in its cell, never a formula, whatever it begins with; a number of more than 15 digits, which
Excel would round, is one, too. The sheet `columns` says what the columns are. A text longer than a cell holds is cut,
and says so; a view of more rows than a sheet holds is refused with UsageError.

It is written here since the libraries do not fit: one writes a text within `<r>` tags as markup, and drops what is too
long without a word; the other puts the time of writing into the file, and refuses control characters.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

from .dictionary import Column, Kind
from .errors import UsageError
from .table import Row

NAME = "archive.xlsx"
ROWS = 1_048_576
"""Rows of a sheet, the one of names among them."""
TEXT = 32_767
"""UTF-16 units of a cell."""

_DIGITS = 10**15
_CUT = "…（全文は他の形式に）"
# What XML cannot hold or would change, and what looks like its escape (ECMA-376, 22.4.2.4).
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

Sheet = tuple[str, Sequence[Column], Iterable[Row]]

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def write_workbook(sheets: Sequence[Sheet], path: Path) -> None:
    """Writes sheets to a path, and one that describes their columns."""
    about = [
        (name, column.name, column.title, column.kind, column.unit, column.meaning)
        for name, columns, _ in sheets
        for column in columns
    ]
    names = [*(name for name, _, _ in sheets), "columns"]
    heads = [[column.name for column in columns] for _, columns, _ in sheets]
    kinds = [[column.kind for column in columns] for _, columns, _ in sheets]
    heads.append(["view", "column", "title", "type", "unit", "description"])
    kinds.append([Kind.TEXT] * len(heads[-1]))
    rows = [*(rows for _, _, rows in sheets), about]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for place, text in _parts(names).items():
            with _part(book, place) as part:
                part.write((_HEAD + text).encode())
        for number, sheet in enumerate(zip(names, heads, kinds, rows, strict=True), 1):
            with _part(book, f"xl/worksheets/sheet{number}.xml") as part:
                part.writelines(piece.encode() for piece in _sheet(*sheet))


@contextmanager
def _part(book: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    info = zipfile.ZipInfo(name)  # dated 1980, as every file of the same content
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    with book.open(info, "w", force_zip64=True) as part:
        yield part


def _parts(names: Sequence[str]) -> dict[str, str]:
    """What a workbook has beside its sheets."""
    numbers = range(1, len(names) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/{part}" ContentType="{_TYPE}.{kind}+xml"/>'
        for part, kind in [
            ("workbook.xml", "sheet.main"),
            *((f"worksheets/sheet{n}.xml", "worksheet") for n in numbers),
        ]
    )
    sheets = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1))
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>'
        ),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations([("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]),
    }


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _sheet(name: str, head: Row | list[str], kinds: Sequence[Kind], rows: Iterable[Row]) -> Iterator[str]:
    """A sheet whose first row, of the columns' names, stays in sight."""
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
    letters = [_letters(n) for n in range(len(head))]
    yield _row(1, letters, [Kind.TEXT] * len(head), head)
    for number, row in enumerate(rows, 2):
        if number > ROWS:
            raise UsageError(f"{name} has more rows than a sheet holds ({ROWS - 1:,}): export it as csv or parquet")
        yield _row(number, letters, kinds, row)
    yield "</sheetData></worksheet>"


def _row(number: int, letters: Sequence[str], kinds: Sequence[Kind], row: Sequence[Any]) -> str:
    cells = zip(letters, kinds, row, strict=True)
    filled = (_cell(f"{letter}{number}", kind, value) for letter, kind, value in cells if value is not None)
    return f'<row r="{number}">{"".join(filled)}</row>'


def _cell(place: str, kind: Kind, value: Any) -> str:
    if kind is Kind.BOOLEAN:
        return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float) and abs(value) < _DIGITS:
        return f'<c r="{place}"><v>{value!r}</v></c>'
    text = escape(_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", _fitting(str(value))))
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _fitting(text: str) -> str:
    """The text, or as much of it as a cell holds."""
    if len(text.encode("utf-16-le", "replace")) // 2 <= TEXT:
        return text
    kept = text.encode("utf-16-le", "replace")[: 2 * (TEXT - len(_CUT))]
    return kept.decode("utf-16-le", "ignore") + _CUT


def _letters(number: int) -> str:
    """A column's letters, from 0: A to Z, then AA."""
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)
