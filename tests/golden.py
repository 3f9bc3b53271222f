"""`make golden`: rewrites the golden records. The only thing that does; review its difference by hand."""

import json
from pathlib import Path

from pref_scraper import parse

from .editions import FOLDER, page

FILE = FOLDER / "page.json"


def text() -> str:
    """What `pref-scraper parse` prints for the fixture."""
    return json.dumps(parse(page()).to_dict(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    Path(FILE).write_text(text(), "utf-8")
