"""A view as a Parquet file: typed, packed with zstd, the same bytes for the same rows; the door to pyarrow.

Each column's Japanese title, meaning and unit are metadata of its field. Times are of UTC; a list is a list of
texts; what may be a text or a number (`changes.old` and `new`) is a text.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
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
            values = zip(columns, zip(*some, strict=True), strict=True)
            writer.write_batch(pa.record_batch([_array(*pair) for pair in values], schema=schema))


def _array(column: Column, values: Sequence[Any]) -> Any:
    read = _VALUES.get(column.kind)
    shown = [value if value is None else read(value) for value in values] if read else values
    return pa.array(shown, type=_TYPES[column.kind])


def _said(column: Column) -> dict[str, str]:
    unit = {"unit": column.unit} if column.unit else {}
    return {"title": column.title, "description": column.meaning, **unit}
