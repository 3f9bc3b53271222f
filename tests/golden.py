"""`make golden`: rewrites the golden records. The only thing that does; review its difference by hand.

Each page.html of fixtures/WHOSE/WHICH/ has its records beside it, in page.json.
"""

import json
from pathlib import Path

from pref_scraper import parse

PAGES = sorted((Path(__file__).parent / "fixtures").glob("*/*/page.html"))


def records_of(page: Path) -> Path:
    """Where the records of a fixture page stand."""
    return page.with_name("page.json")


def text(page: Path) -> str:
    """What `pref-scraper parse` prints for a fixture page."""
    return json.dumps(parse(page.read_bytes()).to_dict(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    for fixture in PAGES:
        records_of(fixture).write_text(text(fixture), "utf-8")
