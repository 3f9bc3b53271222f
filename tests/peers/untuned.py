"""httpx, warcio, BeautifulSoup(lxml) and sqlite-utils, as one begins: page by page, each tool as its documentation shows it.

python -m tests.peers.untuned FOLDER     # which holds urls.txt
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import sqlite_utils
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from . import soup
from .grammar import COLUMNS
from .storing import KEY


def main() -> None:
    """Fetches, archives, parses and stores every page."""
    folder = Path(sys.argv[1])
    database = sqlite_utils.Database(folder / "pages.db")
    database.enable_wal()
    with (folder / "pages.warc.gz").open("wb") as file, httpx.Client() as client:
        writer = WARCWriter(file, gzip=True)
        for url in (folder / "urls.txt").read_text().split():
            answer = client.get(url)
            answer.raise_for_status()
            _archive(writer, answer)
            _store(database, url, answer.content)


def _archive(writer: WARCWriter, answer: httpx.Response) -> None:
    heads = [(name.decode(), value.decode()) for name, value in answer.headers.raw]
    head = StatusAndHeaders(f"{answer.status_code} {answer.reason_phrase}", heads, protocol="HTTP/1.1")
    response = writer.create_warc_record(
        str(answer.url), "response", payload=io.BytesIO(answer.content), http_headers=head
    )
    asked = [(name.decode(), value.decode()) for name, value in answer.request.headers.raw]
    line = StatusAndHeaders(f"GET {answer.url.path} HTTP/1.1", asked, is_http_request=True)
    request = writer.create_warc_record(str(answer.url), "request", http_headers=line)
    writer.write_request_response_pair(request, response)


def _store(database: sqlite_utils.Database, url: str, body: bytes) -> None:
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    title, page_id, rows = soup.parse(body)
    database.table("pages").insert({"url": url, "captured_at": at, "title": title, "page_id": page_id})
    for view, columns in COLUMNS.items():
        database.table(view).insert_all(dict(zip((*KEY, *columns), (url, at, *row), strict=True)) for row in rows[view])


if __name__ == "__main__":
    main()
