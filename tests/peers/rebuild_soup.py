"""The rows of an archive anew with warcio, BeautifulSoup(lxml) and sqlite3.

python -m tests.peers.rebuild_soup FOLDER     # whose WARC files are read; pages.db comes into it
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from . import soup
from .storing import create, insert


def main() -> None:
    """Parses and stores every page below a folder."""
    folder = Path(sys.argv[1])
    with closing(create(folder / "pages.db")) as connection:
        for path in sorted(folder.rglob("*.warc.gz")):
            load(connection, path)
        connection.commit()


def load(connection: sqlite3.Connection, path: Path) -> None:
    """Every page of a WARC file; wget writes addresses between < and >."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                url, at = (record.rec_headers.get_header(f"WARC-{name}") for name in ("Target-URI", "Date"))
                insert(connection, url.strip("<>"), at, *soup.parse(record.content_stream().read()))


if __name__ == "__main__":
    main()
