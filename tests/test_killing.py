"""SIGKILL at any moment: nothing that was acknowledged is lost, nothing is there twice, and the next run goes on."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random

from .killing import NAMES
from .loopback import Answer, Site, answer

KILLS = int(os.environ.get("KILLS", "100"))
SEED = 20261125
ROOT = Path(__file__).parent.parent


def _any_of(answers: list[Answer], pick: Random) -> Answer:
    def chosen(request: bytes) -> bytes | Iterable[bytes]:
        found = pick.choice(answers)
        return found if isinstance(found, bytes) else found(request)

    return chosen


def test_whenever_it_is_killed_nothing_that_was_acknowledged_is_lost(site: Site, tmp_path: Path) -> None:
    pages = [f"<h1>平成23年度</h1><p>１．協働推進事業　予算額：{n},500千円</p></html>".encode() for n in range(5)]
    answers = [answer(page, etag=f'"{number}"') for number, page in enumerate(pages)]
    answers += [answer(pages[0]), answer(b"", status="404 Not Found"), answer(pages[0][:40]), b""]
    site.answers["/p"] = _any_of(answers, Random(SEED))
    words = [sys.executable, "-m", "tests.killing", str(tmp_path), site.url, str(KILLS), str(SEED)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sum(found["kills"].values()) == KILLS
    assert set(found["kills"]) == set(NAMES)
    assert found["torn"] > 0
    assert found["captures"] >= found["acknowledged"] > 0
