"""A month of daily runs, with all that a month may bring: the letters that arrive are these, each on its day, and no other."""

import signal
import subprocess
import sys
from datetime import UTC, datetime

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Answer, answer
from .postbox import Postbox, run_and_tell
from .test_notifying import TITLE

# `run --notify`, with a clock that stands.
PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from pref_scraper import notifying, pipeline
from pref_scraper.archive import Archive
from pref_scraper.services import services
from pref_scraper.sources import Directory, read_config
from pref_scraper.world import World
from pref_scraper.written import VERSION
directory, at = Directory(Path(sys.argv[1])), datetime.fromisoformat(sys.argv[2])
config, told, world = read_config(directory.path), services(sys.argv[3:]), World(clock=lambda: at)
notifying.begin(directory, told, world)
pipeline.run(directory, config, config.sources, world)
with Archive.open(directory.database, version=VERSION, read_only=True) as archive:
    notifying.tell(directory, archive, told, world)
"""

OLD_NAME, NEW_NAME = "新しい公共支援基金事業", "新しい公共の場づくり支援基金事業"
CORRECTED = "【予算額の訂正】三重県: みえ県民交流センター指定管理事業 平成23年度"


def edited(*edits: tuple[str, str]) -> bytes:
    """The second edition with further edits."""
    text = page(2).decode()
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.encode()


RENAMED = ((OLD_NAME, NEW_NAME),)
RAISED = (*RENAMED, ("29,100千円", "30,000千円"))
CUT = (*RENAMED, ("29,100千円", "27,000千円"))
LAST = (*RENAMED, ("29,100千円", "27,500千円"))
REDESIGNED = page(2).replace(b'<div class="main-text">', b'<main><div class="main-text" style="color:#333">')
SHIFT_JIS = (
    page(2).decode().replace("utf-8", "Shift_JIS").replace("UTF-8", "Shift_JIS").encode("cp932", "xmlcharrefreplace")
)
EMPTIED = page(2).partition(b'<div class="main-text">')[0] + b"</body></html>"
DOWN, MISSING = (answer(b"", status=status) for status in ("503 Service Unavailable", "404 Not Found"))

# From which day of April 2026 on the site gives what.
SITE: dict[int, Answer] = {
    1: answer(page()),
    3: answer(page(2)),
    5: DOWN,
    8: answer(page(2)),
    9: answer(REDESIGNED),
    10: answer(SHIFT_JIS),
    11: answer(edited(*RENAMED)),
    12: answer(EMPTIED),
    14: answer(edited(*RENAMED)),
    15: MISSING,
    24: answer(edited(*RAISED)),
    25: answer(edited(*CUT)),
    27: answer(edited(*RAISED)),
    29: answer(edited(*LAST)),
}
KILLED_BEFORE, KILLED_WITHIN, MAIL_IS_DOWN = 25, 27, 29

ARRIVED = [
    (3, TITLE),
    (5, "【取得失敗】三重県"),
    (8, "【回復】三重県"),
    (11, f"【事業の名称変更】三重県: {OLD_NAME} → {NEW_NAME}"),
    (12, "【要確認】三重県"),
    (14, "【回復】三重県"),
    (15, "【掲載終了】三重県"),
    (22, "【継続中】三重県"),
    (24, "変更 1件・回復 1件"),
    (26, f"{CORRECTED} 30,000千円 → 27,000千円"),
    (27, f"{CORRECTED} 27,000千円 → 30,000千円"),
    (30, f"{CORRECTED} 30,000千円 → 27,500千円"),
]

LASTING = 22
SAID_OF_WHAT_LASTS = [
    "取得日時: 2026年4月22日 09:00",
    "異常の始まり: 2026年4月15日 09:00",
    "最後の正常な取得: 2026年4月14日 09:00",
    "理由: gone: the server answers 404: the page is not there any more",
]


def test_a_month_tells_what_happened_in_it_and_nothing_else(workshop: Workshop) -> None:
    arrived = []
    with Postbox() as postbox:
        for day in range(1, 32):
            workshop.site.answers[PATH] = SITE.get(day, workshop.site.answers.get(PATH, DOWN))
            workshop.now = datetime(2026, 3, 31, tzinfo=UTC) if day == 1 else workshop.now
            postbox.is_down = day == MAIL_IS_DOWN
            if day == KILLED_BEFORE:
                workshop.run()
            elif day == KILLED_WITHIN:
                _run_killed_within(workshop, postbox)
            else:
                run_and_tell(workshop, postbox.url)
            arrived += [(day, letter.title) for letter in postbox.letters]
            if day == LASTING:
                assert postbox.letters[0].text.splitlines()[2:6] == SAID_OF_WHAT_LASTS
            doubtful = [day for letter in postbox.letters if "届いていない" in letter.text]
            assert doubtful == ([30] if day == 30 else [])
            postbox.mails.clear()
    assert arrived == ARRIVED


def _run_killed_within(workshop: Workshop, postbox: Postbox) -> None:
    """A day's run that is killed when its letter has arrived, and before it hears so."""
    workshop.tomorrow()
    words = [sys.executable, "-c", PROGRAM, str(workshop.path), workshop.now.isoformat(), postbox.url]
    with subprocess.Popen(words) as process:
        postbox.on_letter = process.kill
        assert process.wait() == -signal.SIGKILL
    postbox.on_letter = lambda: None
