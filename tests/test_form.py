"""A page shows the first rows of an answer; what is saved of it has the others, too."""

from collections.abc import Iterator

import httpx
import pytest
from bs4 import BeautifulSoup

from pref_scraper.browse.canned import MOST_ROWS

from . import large
from .test_cli import SCRIPT
from .test_serve import served

FIGURES = 4 * 53
"""Those of four sources."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    directory = large.archive(tmp_path_factory.mktemp("large"), sources=4, captures=1)
    with served(SCRIPT, "serve", "--port", "0", where=directory.path) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "rows", "said"),
    [
        ("/archive/project-figures", MOST_ROWS, "画面には最初の100行までを示します"),
        ("/archive/project-figures?_lang=en", MOST_ROWS, "A page shows the first 100 rows"),
        ("/archive/project-figures?source=ken-001&_lang=ja", 53, "画面には最初の100行までを示します"),
    ],
)
def test_a_page_shows_the_first_rows(client: httpx.Client, path: str, rows: int, said: str) -> None:
    found = client.get(path)
    assert len(BeautifulSoup(found.text, "html.parser").select("tbody tr")) == rows
    assert said in found.text


def test_as_data_there_are_all(client: httpx.Client) -> None:
    assert len(client.get("/archive/project-figures.json?_shape=array").json()) == FIGURES
    assert len(client.get("/archive/project-figures.csv").text.splitlines()) == 1 + FIGURES
