"""`make questions`: writes docs/questions.md from the questions themselves."""

from pathlib import Path

from pref_scraper.browse.asking import Question
from pref_scraper.browse.questions import QUESTIONS

DOCUMENT = Path(__file__).parent.parent / "docs" / "questions.md"

_HEAD = """# Fifteen questions

`make questions` writes this page from the queries that `serve` has under these titles. Each is SQL over the
views of archive.db, which any tool can ask; what a person may choose stands in its first line, and an
empty text there means all, or the newest. A date is its end in Japan.

```console
$ sqlite3 -box archive.db < question.sql
```

In R, `DBI::dbGetQuery(DBI::dbConnect(RSQLite::SQLite(), "archive.db"), sql)`. DuckDB hands a query on to
SQLite: `ATTACH 'archive.db' AS archive (TYPE sqlite)`, then `FROM sqlite_query('archive', $$…$$)` with the
query in place of the dots.

Names are compared as they are printed: in one width and not in the other is another name. What is
joined over both widths, and what is doubtful about it, is in the view `budget_series`.
"""


def document() -> str:
    """The page: each question in Japanese and English, its parameters, and its SQL with an example of each."""
    return _HEAD + "".join(map(_section, QUESTIONS))


def _section(question: Question) -> str:
    rows = "".join(f"| `{p.name}` | {p.label} | {p.help} | {p.help_en} |\n" for p in question.parameters)
    return f"""
## {question.title}

{question.title_en} (`{question.name}`)

{question.help}

{question.help_en}

| parameter | 項目 | 書き方 | what to write |
|---|---|---|---|
{rows}
```sql
{question.example()}
```
"""


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
