"""Rows as Parquet: typed, packed with zstd, the same bytes for the same rows; the door to pyarrow.

Of a view's file each column's Japanese title, meaning and unit are metadata of its field. Times are of UTC; a list is a list of
texts; what may be a text or a number (`changes.old` and `new`) is a text.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .dictionary import Column, Kind
from .table import Row

_ROWS = 50_000
"""Rows of a row group: what is held in memory at a time."""

_TYPES: dict[Kind, Any] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TIME: pa.timestamp("ms", tz="UTC"),
    Kind.LIST: pa.list_(pa.string()),
    Kind.ANY: pa.string(),
}
# What archive.db holds, as Python has it; what is not named is as it is.
_VALUES: dict[Kind, Callable[[Any], Any]] = {
    Kind.NUMBER: float,
    Kind.BOOLEAN: bool,
    Kind.TIME: datetime.fromisoformat,
    Kind.LIST: json.loads,
    Kind.ANY: str,
}


def write_parquet(columns: Sequence[Column], rows: Iterator[Row], path: Path) -> None:
    """Writes rows as archive.db has them to a path; OSError where the disk refuses."""
    schema = pa.schema([pa.field(column.name, _TYPES[column.kind], metadata=_said(column)) for column in columns])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while some := list(islice(rows, _ROWS)):
            writer.write_batch(_batch([column.kind for column in columns], some, schema))


def packed(kinds: Mapping[str, Kind], rows: Sequence[Row]) -> bytes:
    """A file of some rows, which are not none, of columns of these names and kinds."""
    schema = pa.schema([pa.field(name, _TYPES[kind]) for name, kind in kinds.items()])
    file = BytesIO()
    with pq.ParquetWriter(file, schema, compression="zstd", store_schema=False) as writer:
        writer.write_batch(_batch(list(kinds.values()), rows, schema))
    return file.getvalue()


class Unpacked:
    """The rows of such a file, whose values are as Python has them: times of UTC, lists."""

    def __init__(self, data: bytes) -> None:
        # Not `read_table`, which takes twice as long for a small file.
        self._table = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False).combine_chunks()

    def column(self, name: str, start: int = 0, stop: int | None = None) -> list[Any]:
        """The values of a column, of the rows from `start` up to `stop`."""
        column = self._table.column(name)
        values: list[Any] = column.slice(start, None if stop is None else stop - start).to_pylist()
        if pa.types.is_timestamp(column.type):
            return [value and value.replace(tzinfo=UTC) for value in values]
        return values


def _batch(kinds: Sequence[Kind], rows: Sequence[Row], schema: Any) -> Any:
    arrays = [_array(kind, values) for kind, values in zip(kinds, zip(*rows, strict=True), strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _array(kind: Kind, values: Sequence[Any]) -> Any:
    read = _VALUES.get(kind)
    shown = [value if value is None else read(value) for value in values] if read else values
    return pa.array(shown, type=_TYPES[kind])


def _said(column: Column) -> dict[str, str]:
    unit = {"unit": column.unit} if column.unit else {}
    return {"title": column.title, "description": column.meaning, **unit}
