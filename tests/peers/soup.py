"""A page read with BeautifulSoup on lxml, as the untuned script and the one behind wget do."""

from bs4 import BeautifulSoup

from .grammar import BLOCKS, CONTENT, Rows, read


def parse(body: bytes) -> tuple[str | None, str | None, Rows]:
    """Title, page id and rows."""
    soup = BeautifulSoup(body.decode(), "lxml")
    content, title, page_id = soup.find("div", class_=CONTENT), soup.find("h1"), soup.find(class_="page-id")
    assert content is not None
    rows = read((block.name, block.get_text()) for block in content.find_all(BLOCKS))
    return title.get_text() if title else None, page_id.get_text() if page_id else None, rows
