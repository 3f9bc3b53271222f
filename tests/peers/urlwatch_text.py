"""urlwatch over the pages, each a job that keeps the text of the content.

python -m tests.peers.urlwatch_text FOLDER     # which holds urls.txt
"""

import subprocess
import sys
from pathlib import Path

from .grammar import CONTENT

_JOB = """\
---
url: {url}
filter:
- css: div.{content}
- html2text: strip_tags
"""


def main() -> None:
    """Watches every page."""
    folder = Path(sys.argv[1])
    urls = (folder / "urls.txt").read_text().split()
    (folder / "urls.yaml").write_text("".join(_JOB.format(url=url, content=CONTENT) for url in urls))
    (folder / "config.yaml").write_text("report: {}\n")
    words = ["--urls=urls.yaml", "--config=config.yaml", "--hooks=hooks.py", "--cache=cache.db"]
    subprocess.run([Path(sys.executable).with_name("urlwatch"), *words], cwd=folder, check=True)


if __name__ == "__main__":
    main()
