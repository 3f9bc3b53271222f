"""wget --warc-file, then warcio, BeautifulSoup(lxml) and sqlite3 over what it wrote.

python -m tests.peers.wget_soup FOLDER     # which holds urls.txt
"""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from . import soup
from .storing import create, insert


def main() -> None:
    """Fetches, archives, parses and stores every page."""
    folder = Path(sys.argv[1])
    words = ["wget", "--no-verbose", "--input-file=urls.txt", "--output-document=/dev/null", "--warc-file=pages"]
    subprocess.run(words, cwd=folder, stderr=subprocess.DEVNULL, check=True)
    with (folder / "pages.warc.gz").open("rb") as file, closing(create(folder / "pages.db")) as connection:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                url, at = (record.rec_headers.get_header(f"WARC-{name}") for name in ("Target-URI", "Date"))
                insert(connection, url.strip("<>"), at, *soup.parse(record.content_stream().read()))
        connection.commit()


if __name__ == "__main__":
    main()
