"""SIGKILL at any moment of sending: no notice arrives twice, and none is lost of which nothing is said."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from .postbox import Postbox
from .tools import ROOT

KILLS = int(os.environ.get("KILLS", "40"))
SEED = 20261126


def test_whenever_it_is_killed_every_notice_arrives_once_or_is_told_as_unsure(tmp_path: Path) -> None:
    with Postbox() as postbox:
        postbox.hesitation = 0.06
        postbox.on_letter = (tmp_path / "arrived").touch
        words = [sys.executable, "-m", "tests.interrupting", str(tmp_path), postbox.url, str(KILLS), str(SEED)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        letters = postbox.letters
    found = json.loads(done.stdout)
    assert set(found["hit"]) >= {"before", "within"}
    told = [{row["capture_id"] for row in letter.changes} for letter in letters]
    arrived = Counter(capture_id for captures in told for capture_id in captures)
    assert set(arrived.values()) == {1}
    captures, unsure = set(found["captures"]), set(found["unsure"])
    assert set(arrived) <= captures
    assert captures - set(arrived) <= unsure
    assert unsure & set(arrived)
    assert unsure - set(arrived)
    assert sum("届いていない" in letter.text for letter in letters) > 0
