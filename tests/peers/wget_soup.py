"""wget --warc-file, then warcio, BeautifulSoup(lxml) and sqlite3 over what it wrote.

python -m tests.peers.wget_soup FOLDER     # which holds urls.txt
"""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from .rebuild_soup import load
from .storing import create


def main() -> None:
    """Fetches, archives, parses and stores every page."""
    folder = Path(sys.argv[1])
    words = ["wget", "--no-verbose", "--input-file=urls.txt", "--output-document=/dev/null", "--warc-file=pages"]
    subprocess.run(words, cwd=folder, stderr=subprocess.DEVNULL, check=True)
    with closing(create(folder / "pages.db")) as connection:
        load(connection, folder / "pages.warc.gz")
        connection.commit()


if __name__ == "__main__":
    main()
