"""What a mail server and a webhook on loopback receive: each thing once, whatever comes between."""

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pref_scraper import pipeline
from pref_scraper.errors import DamagedError, UsageError
from pref_scraper.journal import NAME, Journal
from pref_scraper.services import services

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Site, answer, sources
from .postbox import Postbox, Received, run_and_tell, tell
from .shelf import put
from .test_cli import command
from .tools import ROOT

TITLE = "【予算額の訂正】三重県: みえ県民交流センター指定管理事業 平成23年度 28,709千円 → 29,100千円"
SMALL = "<h1>平成23年度</h1><p>１．協働推進事業　予算額：28,709千円</p></html>".encode()
DOWN = answer(b"", status="503 Service Unavailable")


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as running:
        yield running


@pytest.fixture
def webhook() -> Iterator[Site]:
    """A site that takes every letter at /hook."""
    with Site() as running:
        running.answers["/hook"] = answer(b"", status="204 No Content")
        yield running


def hook(site: Site) -> str:
    return f"{site.url.replace('http', 'json')}/hook"


def received(request: bytes) -> Received:
    """A letter, as a webhook reads it."""
    body = json.loads(request.partition(b"\r\n\r\n")[2])
    files = {one["filename"]: base64.b64decode(one["base64"]) for one in body["attachments"]}
    return Received(body["title"], body["message"], json.loads(files["changes.json"]) if files else None)


def test_a_change_arrives_as_text_for_people_and_as_json_for_programs(
    workshop: Workshop, postbox: Postbox, webhook: Site
) -> None:
    told = (postbox.url, hook(webhook))
    for number in (1, 2):
        workshop.site.answers[PATH] = answer(page(number))
        run_and_tell(workshop, *told)
    (letter,) = postbox.letters
    document = (ROOT / "docs" / "notices.md").read_text("utf-8")
    (shown,) = re.findall(r"```text\n(.*?)```", document, re.DOTALL)
    public = letter.text.replace(workshop.site.url, "http://www.pref.mie.lg.jp")
    assert (letter.title, shown) == (TITLE, f"{TITLE}\n\n{public}\n")
    assert letter.changes == json.loads(command("diff", "--format", "json", where=workshop.path).stdout)
    assert [received(request) for request in webhook.requests] == [letter]
    (line,) = [line for line in letter.text.splitlines() if line.startswith("詳しく: ")]
    words = line.removeprefix("詳しく: pref-scraper ").split()
    assert "28,709千円 → 29,100千円" in command(*words, where=workshop.path).stdout


def test_one_letter_tells_of_all_sources(workshop: Workshop, postbox: Postbox) -> None:
    told = (postbox.url,)
    ids = [f"s{number}" for number in range(5)]
    workshop.settings(sources(workshop.site, *ids))
    for bodies in ([SMALL] * 5, [SMALL.replace(b"28", b"29")] * 2 + [None] * 3):
        workshop.site.answers = {
            f"/{source_id}": answer(body or b"", status="200 OK" if body else "404 Not Found")
            for source_id, body in zip(ids, bodies, strict=True)
        }
        run_and_tell(workshop, *told)
    (letter,) = postbox.letters
    assert letter.title == "変更 2件・掲載終了 3件"
    assert letter.text.count("理由: gone: ") == 3
    assert {row["source_id"] for row in letter.changes} == {"s0", "s1"}


def test_a_service_that_refuses_gets_it_the_next_time_and_it_alone(
    workshop: Workshop, postbox: Postbox, webhook: Site
) -> None:
    told = (postbox.url, hook(webhook))
    for number in (1, 2):
        workshop.site.answers[PATH] = answer(page(number))
        postbox.is_down = number == 2
        sent = run_and_tell(workshop, *told)
    assert [(one.ending, one.notices) for one in sent] == [("refused", 1), ("sent", 1)]
    assert sent[0].reason == """(452, b'insufficient system storage'); Sending email to "…@…" failed."""
    postbox.is_down = False
    assert [one.service for one in tell(workshop, *told)] == [postbox.url.partition("?")[0]]
    assert tell(workshop, *told) == []
    assert [letter.title for letter in postbox.letters] == [TITLE]
    assert len(webhook.requests) == 1


def test_a_service_that_is_new_hears_nothing_of_what_was_before(workshop: Workshop, postbox: Postbox) -> None:
    workshop.visit_editions()
    told = (postbox.url,)
    assert tell(workshop, *told) == []
    assert run_and_tell(workshop, *told) == []
    workshop.site.answers[PATH] = DOWN
    (sent,) = run_and_tell(workshop, *told)
    assert (sent.title, [letter.title for letter in postbox.letters]) == ("【取得失敗】三重県", ["【取得失敗】三重県"])


def test_what_an_archive_gets_of_earlier_times_is_no_notice(workshop: Workshop, postbox: Postbox) -> None:
    """An import makes a change of a capture that was the first; and archive.db is built anew."""
    told, source = (postbox.url,), workshop.config.sources[0]
    workshop.site.answers[PATH] = answer(page(2))
    run_and_tell(workshop, *told)
    for day, number in ((40, 1), (30, 3)):
        at = workshop.now - timedelta(days=day)
        put(workshop.directory, at, page(number), imported=workshop.now, source=source)
    outcomes = [loaded.capture.outcome for loaded in pipeline.load(workshop.directory)]
    assert outcomes == ["new", "changed", "changed"]
    assert tell(workshop, *told) == []
    assert postbox.mails == []


def test_only_places_and_widths_are_no_notice(workshop: Workshop, postbox: Postbox) -> None:
    told = (postbox.url,)
    wide = page().replace("28,709千円".encode(), "２８，７０９千円".encode())
    for body in (page(), wide, page(2)):
        workshop.site.answers[PATH] = answer(body)
        run_and_tell(workshop, *told)
    outcomes = command("log", where=workshop.path).stdout.split()[1::5]
    assert outcomes == ["changed", "changed", "new"]
    assert len(postbox.mails) == 1


def test_what_was_interrupted_is_not_sent_again_but_told_of(workshop: Workshop, postbox: Postbox) -> None:
    """Killed between the letter and its line, and, at another time, while that line was written."""
    told, journal = (postbox.url,), workshop.path / NAME
    for number, cut in ((1, 0), (2, 1), (3, 20), (1, 0)):
        workshop.site.answers[PATH] = answer(page(number))
        run_and_tell(workshop, *told)
        lines = journal.read_bytes().splitlines(keepends=True)
        journal.write_bytes(b"".join(lines) if not cut else b"".join(lines[:-1]) + lines[-1][: cut - 1])
    _, third, fourth = postbox.letters
    sentence = "2026年4月{}日 09:00 の通知は届いていない可能性があります（送信中に中断しました）。"
    assert [letter.text.count("届いていない") for letter in postbox.letters] == [0, 1, 2]
    assert all(sentence.format(day) in fourth.text for day in (3, 4))
    assert sentence.format(3) in third.text
    assert len(workshop.said) == 2
    assert "may not have arrived" in workshop.said[0]
    workshop.site.answers[PATH] = answer(page(2))
    run_and_tell(workshop, *told)
    assert "届いていない" not in postbox.letters[-1].text


def _never(_: bytes) -> Iterator[bytes]:
    time.sleep(1)
    yield b""


def _for_ever(_: bytes) -> Iterator[bytes]:
    while True:
        time.sleep(0.02)
        yield b"H"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        pytest.param(_never, "Read timed out.", id="no byte comes"),
        pytest.param(_for_ever, "it took longer than 1 seconds", id="a byte comes now and then"),
    ],
)
def test_what_a_service_took_without_an_answer_is_not_sent_again(
    workshop: Workshop,
    webhook: Site,
    monkeypatch: pytest.MonkeyPatch,
    answers: Callable[[bytes], Iterator[bytes]],
    reason: str,
) -> None:
    monkeypatch.setattr("pref_scraper.services._PATIENCE", 0.3)
    monkeypatch.setattr("pref_scraper.services._DEADLINE", 1.0)
    run_and_tell(workshop, hook(webhook))
    webhook.answers["/hook"] = answers
    workshop.site.answers[PATH] = answer(page())
    (sent,) = run_and_tell(workshop, hook(webhook))
    assert (sent.ending, reason in sent.reason) == ("unsure", True)
    assert tell(workshop, hook(webhook)) == []
    webhook.answers["/hook"] = answer(b"", status="204 No Content")
    workshop.site.answers[PATH] = answer(page(2))
    run_and_tell(workshop, hook(webhook))
    gone, back, change = map(received, webhook.requests)
    assert [letter.title for letter in (gone, back, change)] == ["【掲載終了】三重県", "【回復】三重県", TITLE]
    assert "届いていない" in change.text


def test_a_journal_that_is_not_ours_is_refused_with_its_line(workshop: Workshop, postbox: Postbox) -> None:
    told = (postbox.url,)
    workshop.site.answers[PATH] = answer(page())
    run_and_tell(workshop, *told)
    for line in ("shopping: milk", "[]", '{"service": "a", "event": "bought"}', '{"service": "a", "event": "heard"}'):
        (workshop.path / NAME).write_text(f"{line}\n", "utf-8")
        with pytest.raises(DamagedError, match=r"notices\.jsonl, line 1 is none of this program"):
            tell(workshop, *told)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("nonsense-secret", "service 1 has an address that apprise does not know"),
        ("https://example.org/secret", "service 1 has an address that apprise does not know"),
        ("mailto://user:secret@", "service 1 has an address that apprise does not know"),
        ("mailto://u:secret@example.org?to=a@b.jp,c@d.jp", "service 1 has the addresses of several receivers"),
    ],
)
def test_an_address_that_will_not_do_is_refused_and_not_repeated(address: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        services([address])
    assert str(refused.value).startswith(sentence)
    assert "secret" not in str(refused.value)


def test_the_command_tells_and_answers_for_it(workshop: Workshop, postbox: Postbox) -> None:
    where, server = workshop.path, postbox.url.partition("?")[0]
    done = command("notify", "--test", postbox.url, where=where)
    assert (done.returncode, done.stderr) == (0, f"sent 【試験送信】pref-scraper to {server}\n")
    assert (postbox.letters[0].title, postbox.letters[0].changes) == ("【試験送信】pref-scraper", [])
    workshop.site.answers[PATH] = answer(page())
    run_and_tell(workshop, postbox.url)
    workshop.site.answers[PATH] = answer(page(2))
    postbox.is_down = True
    done = command("run", "--notify", postbox.url, where=where)
    assert done.returncode == 1
    assert f"pref-scraper: {TITLE} to {server} was not taken ((452, b'insufficient system storage')" in done.stderr
    postbox.is_down = False
    done = command("notify", postbox.url, where=where)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"sent {TITLE} to {server}\n")
    assert len(postbox.mails) == 2


def test_a_page_that_fails_is_graver_than_a_letter_and_the_log_has_a_line_for_both(
    workshop: Workshop, postbox: Postbox
) -> None:
    postbox.is_down = True
    done = command("run", "--log-format", "json", "--notify", postbox.url, where=workshop.path)
    *_, capture, sending, end = map(json.loads, done.stderr.splitlines())
    assert (done.returncode, end["exit_code"], capture["outcome"]) == (3, 3, "gone")
    assert {**sending, "at": ""} == {
        "at": "",
        "service": postbox.url.partition("?")[0],
        "title": "【掲載終了】三重県",
        "notices": 1,
        "ending": "refused",
        "reason": """(452, b'insufficient system storage'); Sending email to "…@…" failed.""",
    }


@pytest.mark.parametrize("host", ["", "127.0.0.1:9"])
def test_secrets_stand_nowhere(workshop: Workshop, webhook: Site, host: str) -> None:
    """Not on the terminal, in the log or in the journal: neither where it arrives nor where nobody listens."""
    path = "/hook"
    address = f"json://user:secret@{host or webhook.url.removeprefix('http://')}{path}?-key=hidden"
    done = command("run", "--notify", address, where=workshop.path)
    assert "【掲載終了】三重県" in done.stderr
    texts = (done.stdout, done.stderr, (workshop.path / NAME).read_text("utf-8"))
    assert not any(word in text for text in texts for word in ("user:", "secret", path, "hidden"))


def test_a_wrong_service_is_told_before_anything_is_visited(workshop: Workshop) -> None:
    done = command("run", "--notify", "nonsense", where=workshop.path)
    assert (done.returncode, workshop.site.requests) == (2, [])
    done = command("notify", where=workshop.path)
    assert (done.returncode, "PREF_SCRAPER_NOTIFY" in done.stderr) == (2, True)


def test_one_process_tells_at_a_time(tmp_path: Path) -> None:
    """The second waits, and then knows what the first told."""
    clock, through = (lambda: datetime(2026, 4, 1, tzinfo=UTC)), "2026-04-01T00:00:00Z"
    found: list[str | None] = []

    def look() -> None:
        with Journal.open(tmp_path, clock) as journal:
            found.append(journal.standing("a").through)

    with Journal.open(tmp_path, clock) as journal:
        second = threading.Thread(target=look)
        second.start()
        second.join(0.05)
        assert found == []
        journal.heard("a", through)
    second.join()
    assert found == [through]


def test_a_journal_that_cannot_be_written_is_told_and_nothing_is_sent(workshop: Workshop, postbox: Postbox) -> None:
    (workshop.path / NAME).mkdir()
    done = command("run", "--notify", postbox.url, where=workshop.path)
    assert (done.returncode, workshop.site.requests, postbox.mails) == (1, [], [])
    assert "notices.jsonl could not be read or written (Is a directory)" in done.stderr
