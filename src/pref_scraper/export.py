"""An export: tables, or whatever else is written, as files of a directory; the disk.

A file is written beside its place and then put there, so that a reader finds the old one
or the new one, whole. `export.json` names the files that were written: only these are ever
replaced, and whatever else is in the directory stays.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from . import datapackage
from .datapackage import About
from .dictionary import describe
from .errors import PrefScraperError, UsageError, extra
from .table import Table

LIST = "export.json"
_MADE_BY = "pref-scraper export"

# What Excel takes for a formula, in either width, or skips to find one; and an apostrophe before it, so
# that ours can be told from a printed one.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")


def _write_csv(table: Table, path: Path) -> None:
    """For people and Excel: UTF-8 with BOM, lines as RFC 4180 says, null as an empty cell, a list as JSON.

    A text that would be a formula has an apostrophe before it; a number never.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        writer.writerows(map(_csv_cell, row) for row in table.rows)


def _csv_cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _write_jsonl(table: Table, path: Path) -> None:
    """For programs: an object per line, each value as it is."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in table.objects())


def _write_json(value: Mapping[str, Any], path: Path) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


Tables = Sequence[tuple[str, Table]]
"""The rows of views, by the view's name."""
Files = dict[str, Callable[[Path], None]]
"""By a file's name, what writes it to a path."""


def _csv(tables: Tables, about: About) -> Files:
    """A file per view, and what they are, which CSV cannot say."""
    package = datapackage.package({view: table.columns for view, table in tables}, about)
    files: Files = {f"{view}.csv": partial(_write_csv, table) for view, table in tables}
    return files | {datapackage.NAME: partial(_write_json, package)}


def _jsonl(tables: Tables, _: About) -> Files:
    return {f"{view}.jsonl": partial(_write_jsonl, table) for view, table in tables}


def _parquet(tables: Tables, _: About) -> Files:
    with extra("export"):
        from .parquet import write_parquet
    return {
        f"{view}.parquet": partial(write_parquet, describe(view, table.columns), table.rows) for view, table in tables
    }


def _xlsx(tables: Tables, _: About) -> Files:
    from . import workbook

    sheets = [(view, describe(view, table.columns), table.rows) for view, table in tables]
    return {workbook.NAME: partial(workbook.write_workbook, sheets)}


FORMATS: dict[str, Callable[[Tables, About], Files]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "xlsx": _xlsx,
}
"""By format: the files that tables make."""


def write(tables: Tables, form: str, directory: Path, about: About) -> list[Path]:
    """Tables as files of a format, in a directory that is made if it is missing; returns them. Raises as `put` does."""
    return put(directory, FORMATS[form](tables, about))


def put(directory: Path, files: Mapping[str, Callable[[Path], None]]) -> list[Path]:
    """The files of these names, each by what writes it to a path; returns where they are.

    Raises UsageError where a file stands in the way that no earlier export wrote, before
    anything is written; PrefScraperError where the disk refuses.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        ours = _written_before(directory)
    except OSError as error:
        raise UsageError(f"{directory} cannot be used ({error.strerror}): choose another directory") from error
    for name in files:
        if name not in ours and (directory / name).exists():
            raise _in_the_way(directory / name)
    try:
        _put(directory / LIST, partial(_write_list, ours.union(files)))
        for name, write_to in files.items():
            _put(directory / name, write_to)
    except OSError as error:
        message = f"{directory} could not be written ({error.strerror}): see to the disk and export again"
        raise PrefScraperError(message) from error
    return [directory / name for name in files]


def _put(path: Path, write_to: Callable[[Path], None]) -> None:
    """Replaces a file in one step by what is written, or leaves it as it was."""
    beside = path.with_name(f".{path.name}.part")
    try:
        write_to(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _written_before(directory: Path) -> frozenset[str]:
    path = directory / LIST
    if not path.exists():
        return frozenset()
    with suppress(ValueError):
        found = json.loads(path.read_text("utf-8"))
        if isinstance(found, dict) and found.get("made_by") == _MADE_BY:
            return frozenset(found["files"])
    raise _in_the_way(path)


def _write_list(files: Iterable[str], path: Path) -> None:
    _write_json({"made_by": _MADE_BY, "files": sorted(files)}, path)


def _in_the_way(path: Path) -> UsageError:
    return UsageError(
        f"{path} is not of an earlier export: move it away, or name another directory; nothing was written"
    )
