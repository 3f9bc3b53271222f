"""Scrapy with parsel's selectors and an item pipeline into SQLite, as its tutorial builds it; it keeps no page.

python -m tests.peers.scrapy_sqlite FOLDER     # which holds urls.txt
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import TextResponse

from .grammar import BLOCKS, CONTENT, read
from .storing import create, insert

FOLDER = Path(sys.argv[-1])
SETTINGS = {
    "ITEM_PIPELINES": {f"{__name__}.IntoSqlite": 300},
    "ROBOTSTXT_OBEY": True,
    "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "WARNING",
    "TELNETCONSOLE_ENABLED": False,
}
_BLOCKS = "|".join(f".//{tag}" for tag in BLOCKS)


class Pages(Spider):  # type: ignore[misc] # it ships no types
    """Every page of urls.txt, as an item of its rows."""

    name = "pages"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.start_urls = (FOLDER / "urls.txt").read_text().split()

    def parse(self, response: TextResponse) -> Iterator[dict[str, Any]]:
        blocks = response.css(f"div.{CONTENT}").xpath(_BLOCKS)
        yield {
            "url": response.url,
            "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "title": response.css("h1::text").get(),
            "page_id": response.css(".page-id::text").get(),
            "rows": read((block.root.tag, block.xpath("string()").get("")) for block in blocks),
        }


class IntoSqlite:
    """The item pipeline."""

    def open_spider(self) -> None:
        self._connection = create(FOLDER / "pages.db")

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        insert(self._connection, item["url"], item["at"], item["title"], item["page_id"], item["rows"])
        return item

    def close_spider(self) -> None:
        self._connection.commit()
        self._connection.close()


def main() -> None:
    """Fetches, parses and stores every page."""
    process = CrawlerProcess(SETTINGS)
    process.crawl(Pages)
    process.start()


if __name__ == "__main__":
    main()
