"""Kills what tells of changes with SIGKILL, at random moments of sending, again and again.

    python -m tests.interrupting FOLDER URL KILLS SEED

A process of one thread that has everything imported forks a child per round. Before each round a page
has changed once more, so that there is one more thing to tell. Between two kills some rounds are left alone, and some are killed as
soon as the letter is there, of which FOLDER/arrived tells: its sender does not know yet.
Prints, as JSON, how often a kill came before a sending, within one and after it, which captures there were to
tell of, and of which the journal does not know whether they arrived.
"""

import gc
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pref_scraper import notifying, pipeline
from pref_scraper.archive import Archive
from pref_scraper.journal import NAME
from pref_scraper.services import services
from pref_scraper.sources import Directory
from pref_scraper.world import World
from pref_scraper.written import VERSION

from .shelf import day, put

LEFT_ALONE = 4
"""Of so many rounds one is not killed, and one when its letter is there."""
TIMED = 5
"""Rounds before the first kill; the shortest says how long one lasts, since another program may have been in the way."""


def change(directory: Directory, number: int) -> datetime:
    """A visit that found another amount; a minute after it."""
    page = f"<h1>平成23年度</h1><p>１．協働推進事業　予算額：{number},000千円</p></html>"
    put(directory, day(number), page.encode())
    pipeline.load(directory)
    return day(number) + timedelta(minutes=1)


def tell(directory: Directory, url: str, at: datetime) -> None:
    """What `notify` does."""
    with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
        notifying.tell(directory, archive, services([url]), World(clock=lambda: at))


def timed(directory: Directory, url: str, at: datetime) -> float:
    """Tells; how many seconds it took."""
    began = time.monotonic()
    tell(directory, url, at)
    return time.monotonic() - began


def interrupted(directory: Directory, url: str, at: datetime, wait: Callable[[int], None]) -> bool:
    """Tells in a child, by its id, that is killed after a wait; whether it was, before its end."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            tell(directory, url, at)
            code = 0
        finally:
            os._exit(code)
    wait(pid)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or status == 0
    return os.WIFSIGNALED(status)


def asleep(seconds: float, _: int) -> None:
    """So many seconds, whatever the child does."""
    time.sleep(seconds)


def until_it_arrives(arrived: Path, pid: int) -> None:
    """Until a letter is there, or its sender has ended."""
    while not arrived.exists() and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(0.001)


def journal(directory: Directory) -> list[dict[str, Any]]:
    """The whole lines."""
    data = (directory.path / NAME).read_bytes()
    return [json.loads(line) for line in data.splitlines(keepends=True) if line.endswith(b"\n")]


def unsure(directory: Directory) -> list[str]:
    """The captures of which nobody knows whether their notices arrived."""
    found: list[str] = []
    sending: list[str] = []
    for line in journal(directory):
        sending = line.get("notices", sending)
        found += sending if line["event"] == "unsure" else []
    return [key.split()[0] for key in found]


def main() -> None:
    """Prints what was found."""
    folder, url, kills, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    directory, pick, hit, number = Directory(folder), random.Random(seed), Counter[str](), 1
    arrived = folder / "arrived"
    tell(directory, url, change(directory, number))
    lasting = min(timed(directory, url, change(directory, number := number + 1)) for _ in range(TIMED))
    gc.freeze()
    while hit.total() < kills:
        at = change(directory, number := number + 1)
        before = len(journal(directory))
        arrived.unlink(missing_ok=True)
        moment = pick.uniform(0, lasting)
        wait = partial(until_it_arrives, arrived) if number % LEFT_ALONE == 1 else partial(asleep, moment)
        if number % LEFT_ALONE == 0:
            tell(directory, url, at)
        elif interrupted(directory, url, at, wait):
            events = [line["event"] for line in journal(directory)[before:] if line["event"] != "unsure"]
            hit["after" if "sent" in events else "within" if events else "before"] += 1
    tell(directory, url, change(directory, number := number + 1))
    captures = [f"s-{day(each):%Y%m%dT%H%M%SZ}" for each in range(2, number + 1)]
    print(json.dumps({"hit": hit, "captures": captures, "unsure": unsure(directory)}))


if __name__ == "__main__":
    main()
