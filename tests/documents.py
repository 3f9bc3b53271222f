"""What the documents are made of: their code, their text, their headings and their links; for all tests of them."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).parent.parent

FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def prose(text: str) -> str:
    """A document without its fenced code."""
    return FENCED.sub("", text)


def links(document: Path) -> Iterator[tuple[Path, str]]:
    """Where a document leads within the project: files, each with the name of a heading, or without."""
    for target in LINK.findall(prose(document.read_text("utf-8"))):
        if "://" not in target and not target.startswith("mailto:"):
            path, _, anchor = unquote(target).partition("#")
            yield (document.parent / path).resolve() if path else document, anchor


def addresses(document: Path) -> set[str]:
    """Where a document leads outside of the project."""
    return {target for target in LINK.findall(prose(document.read_text("utf-8"))) if "://" in target}


def anchors(document: Path) -> list[str]:
    """The names by which a document's headings are reached, in their order."""
    headings = re.findall(r"^#+ (.*)$", prose(document.read_text("utf-8")), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
