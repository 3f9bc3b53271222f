"""Search as a page: one box over all that the newest captures say, hits by kind of record, each with its words marked.

`/search?q=…` answers 200, also where nothing is found or asked for, and 400 to a query of more than
LONGEST_QUERY signs, 404 where Datasette has no archive. Printed text goes to the template as text.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from datasette import NotFound, Response

from ..labels import VIEW_LABELS, column_label
from ..outline import clean
from ..search import LONGEST, Piece, expression, find, fold, snippet, words
from . import archives, language, links, pages
from .labelling import both_years

LONGEST_QUERY = 200
MOST = 20
"""Records of one kind that are shown; a link leads to the others."""

_MOST_READ = 500
"""Records of one kind whose text is read where a word is longer than a gram, and so must be looked for in the text."""

WORDS = {
    "title": ("検索", "Search"),
    "box": ("検索する語", "Words to look for"),
    "search": ("検索", "Search"),
    "help": (
        "1文字から検索できます。空白で区切ると、すべての語を含むものを探します。"
        '空白を含む語は "" で囲みます。全角・半角、大文字・小文字は区別しません。',
        "Words of any length, parted by spaces; what has all of them is found. Put a word with spaces in quotes. "
        "Width and case make no difference.",
    ),
    "too_long": (
        f"検索語が長すぎます。{LONGEST_QUERY}字以内にしてください。",
        f"This is too long: {LONGEST_QUERY} signs are the most.",
    ),
    "nothing": (
        "見つかりませんでした。語を短くするか、語の数を減らしてください。",
        "Nothing was found: try shorter words, or fewer.",
    ),
    "all": ("すべて表示", "show all"),
    "records": ("件", "records"),
}

# Counted and put in order by an index alone; the texts are read of those that are shown.
_FOUND = """
WITH hit AS MATERIALIZED (
  SELECT number, record, fiscal_year, source_id
  FROM search_index i CROSS JOIN document INDEXED BY document_order ON number = i.rowid
  WHERE search_index MATCH :match
), ranked AS (
  SELECT number, count(*) OVER (PARTITION BY record) AS records,
    row_number() OVER (PARTITION BY record ORDER BY fiscal_year DESC, source_id, number) AS place
  FROM hit
)
SELECT s.name AS source, d.record, d.record_id, d.fiscal_year, d.label, d.said, ranked.records
FROM ranked CROSS JOIN document d USING (number) JOIN source s USING (source_id)
WHERE place <= :most ORDER BY d.record, place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A record that has all the words; `excerpts` are stretches of its fields, by the field's Japanese name."""

    source: str
    year: str
    label: str
    address: str
    excerpts: tuple[tuple[str, list[Piece]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The hits of one kind: how many there are, those that are shown, and where all are, if they are more."""

    label: str
    records: int
    hits: tuple[Hit, ...]
    more: str | None


async def page(request: Any, datasette: Any) -> Response:
    """The answer to a query, or the box alone."""
    query = request.args.get("q") or ""
    wanted = words(query) if len(query) <= LONGEST_QUERY else ()
    names = archives.names(datasette)
    if not names:
        raise NotFound("no archive to search")
    groups = [group for name in names for group in (await _groups(datasette, name, query, wanted) if wanted else ())]
    shown = {
        "query": query,
        "groups": groups,
        "is_answer": bool(wanted),
        "is_too_long": len(query) > LONGEST_QUERY,
        "longest": LONGEST_QUERY,
        "words": language.words(WORDS),
    }
    return await pages.render(datasette, request, "search.html", shown, status=400 if shown["is_too_long"] else 200)


ROUTES = ((r"/search$", page),)


def search_box(connection: Any) -> None:
    """Lets Datasette's own search boxes take words as this page does: in any width, and of any length."""
    connection.create_function("escape_fts", 1, lambda query: expression(words(query)), deterministic=True)


async def _groups(datasette: Any, database: str, query: str, wanted: tuple[str, ...]) -> list[Group]:
    is_sure = all(len(word) <= LONGEST for word in wanted)
    parameters = {"match": expression(wanted), "most": MOST if is_sure else _MOST_READ}
    found = await datasette.get_database(database).execute(_FOUND, parameters)
    rows = [dict(row) for row in found.rows]
    by_view = {view: list(group) for view, group in groupby(rows, key=lambda row: row["record"])}
    groups = (
        _group(datasette, database, view, by_view[view], query, wanted) for view in VIEW_LABELS if view in by_view
    )
    return [group for group in groups if group.hits]


def _group(
    datasette: Any, database: str, view: str, rows: list[dict[str, Any]], query: str, wanted: tuple[str, ...]
) -> Group:
    """The hits of a view; of those that the index gave, those that have every word."""
    true = [row for row in rows if _has_all(json.loads(row["said"]).values(), wanted)]
    records = rows[0]["records"] - (len(rows) - len(true))
    names = language.names()
    table = datasette.urls.table(database, names.table(view))
    return Group(
        label=names.views[view],
        records=records,
        hits=tuple(_hit(row, _address(datasette, table, row), wanted) for row in true[:MOST]),
        more=f"{table}?{urlencode({'_search': query})}" if records > MOST else None,
    )


def _has_all(texts: Iterable[str], wanted: Iterable[str]) -> bool:
    folded = list(map(fold, texts))
    return all(any(word in text for text in folded) for word in wanted)


def _address(datasette: Any, table: str, row: Mapping[str, Any]) -> str:
    """The page of a project, of any other record its row."""
    view, record_id = row["record"], row["record_id"]
    if view == "projects":
        return str(datasette.urls.path(links.project(record_id)))
    key = "record_id" if language.names().table(view) == view else column_label(view, "record_id")
    return f"{table}?{urlencode({key: record_id})}"


def _hit(row: Mapping[str, Any], address: str, wanted: tuple[str, ...]) -> Hit:
    view, year = row["record"], row["fiscal_year"]
    return Hit(
        source=row["source"],
        year=both_years(year) or str(year) if year else "",
        label=clean(row["label"]) or language.names().record(view),
        address=address,
        excerpts=tuple(_excerpts(view, json.loads(row["said"]), wanted)),
    )


def _excerpts(view: str, said: Mapping[str, str], wanted: tuple[str, ...]) -> Iterator[tuple[str, list[Piece]]]:
    for field, text in said.items():
        hits = find(text, wanted)
        if hits:
            yield (
                language.names().column(view, field),
                [Piece(clean(piece.text), piece.is_hit) for piece in snippet(text, hits)],
            )
