"""What the windows showed: artefacts/ in the checkout, with the same names in every run."""

from pathlib import Path

from playwright.sync_api import Page

from ..tools import ROOT

FOLDER = ROOT / "artefacts"


def keep(page: Page, name: str, *, whole: bool = True) -> Path:
    """A picture of the whole page, or of what stands in the window."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path, full_page=whole, animations="disabled", caret="hide")
    return path
