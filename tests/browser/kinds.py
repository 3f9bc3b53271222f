"""Every kind of page that `serve` has, with an address of one: about a figure of the oldest capture, and its project."""

from urllib.parse import urlencode

import httpx

KINDS = {
    "front": "/",
    "search": "/search?q=協働",
    "search-nothing": "/search?q=存在しない語",
    "original": "/original/{capture_id}?start={text_start}&end={text_end}",
    "year": "/year/{source_id}/{fiscal_year}",
    "year-then": "/year/{source_id}/2010?at={capture_id}",
    "project": "/project/{record_id}",
    "source": "/source/{source_id}",
    "capture": "/capture/{capture_id}",
    "difference": "/difference?source_id={source_id}",
    "problems": "/problems",
    "question": "/archive/project-figures?project={project}",
    "sql": "/archive?sql=SELECT+project,+amount_yen+FROM+budgets+LIMIT+3",
    "database": "/archive",
    "view": "/archive/budgets?fiscal_year=2011",
    "twin": "/archive/~E4~BA~88~E7~AE~97~E9~A1~8D?年度=2011",
}


def address(kind: str, client: httpx.Client, **more: str) -> str:
    """Where a page of a kind is; `more` goes into its query."""
    path = KINDS[kind].format(**figure(client))
    return f"{path}{'&' if '?' in path else '?'}{urlencode(more)}" if more else path


def figure(client: httpx.Client) -> dict[str, str]:
    """28,709千円 as the oldest capture has it: its columns in the view `budgets_at`."""
    sql = "SELECT * FROM budgets_at WHERE printed = '28,709千円' ORDER BY capture_id LIMIT 1"
    answer = client.get("/archive.json", params={"sql": sql, "_shape": "array"})
    return {column: str(value) for column, value in answer.json()[0].items()}
