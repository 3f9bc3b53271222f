"""`make demo`: three editions of a page, visited over HTTP by the same code as `pref-scraper run`.

The site is on loopback and in this process; the days are simulated, everything else is real.
"""

import shutil
import sys
from datetime import datetime
from pathlib import Path

from pref_scraper import pipeline, report
from pref_scraper.sources import Config, Directory, parse_config
from pref_scraper.world import World

from .editions import EDITIONS, PATH, page
from .loopback import Site, answer

_MARK = "# made by `make demo`, which makes this directory anew each time"


def main(folder: Path) -> None:
    """Leaves an archive in the folder; one that an earlier demo left there is thrown away."""
    _clear(folder)
    with Site() as site:
        text = f'{_MARK}\n[[source]]\nid = "mie-npo"\nurl = "{site.url}{PATH}"\nname = "三重県 NPO（見本）"\ndelay_seconds = 0\n'
        (folder / "sources.toml").write_text(text, "utf-8")
        config = parse_config(text)
        print("A site on this machine serves three editions of a page; pref-scraper visits each on its day.\n")
        for number, edition in enumerate(EDITIONS, 1):
            site.answers[PATH] = answer(page(number), etag=f'"{number}"')
            print(f"Edition {number}, {edition.at:%Y-%m-%d}: {edition.note}")
            _visit(Directory(folder), config, edition.at)
        print("The last edition once more, a day later: nothing is stored twice")
        _visit(Directory(folder), config, datetime.fromisoformat("2026-06-02T00:00:00Z"))
    print(_NEXT.format(folder=folder), end="")


def _visit(directory: Directory, config: Config, at: datetime) -> None:
    loaded = pipeline.run(directory, config, config.sources, World(clock=lambda: at))
    print("\n".join(f"  {line}" for line in report.loaded(loaded)) + "\n")


def _clear(folder: Path) -> None:
    settings = folder / "sources.toml"
    if folder.exists():
        if not (settings.exists() and settings.read_text("utf-8").startswith(_MARK)):
            sys.exit(f"{folder} is not an archive that the demo made: move it away first")
        shutil.rmtree(folder)
    folder.mkdir()


_NEXT = """{folder}/ is now an archive. Where to look next:
  .venv/bin/pref-scraper --archive {folder} log
  .venv/bin/pref-scraper --archive {folder} diff --from 2026-04-01 --to 2026-06-01
  .venv/bin/pref-scraper --archive {folder} diff --format html --output {folder}/changes.html
  .venv/bin/pref-scraper --archive {folder} verify
  .venv/bin/sqlite-utils query --table {folder}/archive.db \\
    "SELECT fiscal_year, project, budget_year, printed FROM budgets WHERE project LIKE '%交流センター%'"
"""

if __name__ == "__main__":
    main(Path(sys.argv[1]))
