"""`make docs`: writes the documents that are made from the program itself.

docs/data.md says what each view and each of its columns is, from the data dictionary; docs/commands.md is what
`--help` prints.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import click
from click.testing import CliRunner

from pref_scraper.cli import cli
from pref_scraper.dictionary import VIEW_MEANINGS, Column, describe
from pref_scraper.labels import CHANGE_LABELS, OUTCOME_LABELS, VALUE_LABELS, VIEW_LABELS
from pref_scraper.views import all_columns

DOCS = Path(__file__).parent.parent / "docs"

_DATA_HEAD = """# Data dictionary

`make docs` writes this page from the program's own dictionary. These are the views of archive.db, with their Japanese
twins, and the files of an export: [exports.md](exports.md). In a file each row ends with one more column, `citation`
(引用).

| type | in archive.db | in CSV |
|---|---|---|
| text | TEXT | as printed |
| integer | INTEGER | digits |
| number | INTEGER or REAL | digits, with a point where there are parts |
| boolean | 0 or 1 | 0 or 1 |
| time | TEXT, in UTC: `2026-11-22T23:20:47Z` | the same |
| list | TEXT, a JSON array | the same |
| any | as the field that changed has it | the same |

An empty cell, or NULL, is what is not printed there, or cannot be said. `record_id`, `first_seen` and `last_seen` are
the archive's own; how a thing keeps its `record_id` is in [identity.md](identity.md). Each kind of record has a view more, as
`budgets_at`, with its rows at every good capture: [time.md](time.md). `search` is in [search.md](search.md).
"""

_COMMANDS_HEAD = """# Commands

`make docs` writes this page from `--help` of each command. Data goes to stdout, talk to stderr; what an exit code means
is in [outcomes.md](outcomes.md).
"""


def data() -> str:
    """The data dictionary: a table for each view, and what the words in it mean."""
    return _DATA_HEAD + "".join(map(_view, VIEW_LABELS))


def _view(view: str) -> str:
    columns = describe(view, all_columns(view))
    rows = "".join(map(_column, columns))
    words = "".join(_words(column.name, values) for column in columns if (values := _values(view, column)))
    return f"""
## {view} ({VIEW_LABELS[view]})

{_sentence(VIEW_MEANINGS[view])}

| column | 項目 | type | unit | meaning |
|---|---|---|---|---|
{rows}{words}"""


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _column(column: Column) -> str:
    return f"| `{column.name}` | {column.title} | {column.kind} | {column.unit or ''} | {column.meaning} |\n"


def _values(view: str, column: Column) -> Mapping[str, str]:
    """What stands in a column that has words of ours, and how its twin has it."""
    ours = {"outcome": OUTCOME_LABELS, "change": CHANGE_LABELS}
    return VALUE_LABELS.get((view, column.name)) or ours.get(column.name, {})


def _words(name: str, values: Mapping[str, str]) -> str:
    listed = "; ".join(f"`{value}` {label}" for value, label in values.items())
    return f"\n`{name}`: {listed}.\n"


def commands() -> str:
    """What `--help` prints, of the program and of each command."""
    return _COMMANDS_HEAD + "".join(_help(name) for name in ("", *cli.list_commands(click.Context(cli))))


def _help(name: str) -> str:
    title = f"pref-scraper {name}".strip()
    printed = CliRunner().invoke(cli, [*name.split(), "--help"], prog_name="pref-scraper", terminal_width=100).output
    return f"\n## {title}\n\n```console\n$ {title} --help\n{printed}```\n"


DOCUMENTS: Mapping[str, Callable[[], str]] = {"data.md": data, "commands.md": commands}
"""By their names, what makes them."""

if __name__ == "__main__":
    for made, text in DOCUMENTS.items():
        (DOCS / made).write_text(text(), "utf-8")
