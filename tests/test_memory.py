"""Answers that were made to exhaust whoever reads them: a whole `run` takes at most 120 MB, and archives them."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from pref_scraper.parsing import Bounds

from .conftest import Workshop
from .editions import PATH, page
from .loopback import Answer, Site, answer, sources
from .measured import measured
from .test_cli import SCRIPT, command

MOST = 120
"""Megabytes, of which Python and the libraries take 56."""
SIZE, TAGS, DEEP = Bounds().size, Bounds().tags, Bounds().deep_tags


def _filled(unit: str, times: int, tail: str = "") -> bytes:
    """So many units, with text between them up to the size of a page that is read."""
    room = (SIZE - len(tail.encode())) // times - len(unit)
    return "".join(unit + f"{number:05d}".ljust(room, "a") for number in range(times)).encode() + tail.encode()


def _plan(projects: int) -> bytes:
    lines = "".join(f"<p>●{number} 1円" for number in range(projects - 2))
    return f"<h2>平成23年度 施策概要</h2>{lines}".encode()


def bomb() -> bytes:
    """A gigabyte of zeros in gzip, of a megabyte that was packed once."""
    zeros = zlib.compressobj(wbits=-15)
    block = zeros.compress(bytes(1 << 20)) + zeros.flush(zlib.Z_FULL_FLUSH)
    body = bytes.fromhex("1f8b08000000000002ff") + block * 1024 + zeros.flush()
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + body


def endless() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    for _ in range(1024):
        yield b"<p>more and more " * (1 << 16)


def heads() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for start in range(0, 1_000_000, 1000):
        yield b"".join(b"X-%d: 1\r\n" % number for number in range(start, start + 1000))
    yield b"\r\n<p>"


HOSTILE: dict[str, tuple[Callable[[], Answer], int]] = {
    "a gigabyte of zeros, packed to one megabyte": (bomb, 4),
    "a gigabyte without an end": (lambda: lambda _: endless(), 4),
    "a million header lines": (lambda: lambda _: heads(), 3),
    "as much as is read, in one element within another": (lambda: answer(_filled("<div>", DEEP, "𠮷")), 0),
    "more elements than are read within each other": (lambda: answer(_filled("<div>", TAGS, "𠮷")), 4),
    "as much as is read, in cells": (lambda: answer(_filled("<td>", TAGS, "𠮷")), 0),
    "as much as is read, in list items": (lambda: answer(_filled("<li>", TAGS, "𠮷")), 4),
    "as many projects as there is room for": (lambda: answer(_plan(TAGS)), 4),
    "more elements than are read": (lambda: answer(b"<b>" * (TAGS + 1)), 4),
    "nothing but attributes": (lambda: answer(b"<p " + b" ".join(b"a%d" % n for n in range(SIZE // 8))), 4),
    "nothing but line breaks in <pre>": (lambda: answer(b"<pre>" + b"&#10;" * (SIZE // 5 - 1)), 4),
    "nothing but bytes of zero": (lambda: answer(bytes(SIZE)), 0),
    "one line, its last character not of the basic plane": (lambda: answer(b"a" * (SIZE - 4) + "𠮷".encode()), 0),
}


@pytest.mark.parametrize(("hostile", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_no_answer_takes_the_memory_of_the_machine(
    workshop: Workshop, hostile: Callable[[], Answer], code: int
) -> None:
    workshop.site.answers[PATH] = hostile()
    done = measured(SCRIPT, "run", where=workshop.path)
    assert (done.code, "Traceback" in done.stderr) == (code, False), done
    assert done.megabytes < MOST


def test_a_plan_whose_every_sentence_was_edited_takes_no_more(workshop: Workshop) -> None:
    for word, outcome in (("推進", "new"), ("促進", "changed")):
        issues = "".join(f"<li>県民と{number}{word}の取組を進めます。</li>" for number in range(4000))
        head = "<h2>平成23年度 施策概要</h2><h3>現状と課題</h3><ul>"
        workshop.site.answers[PATH] = answer(f"{head}{issues}</ul></html>".encode())
        done = measured(SCRIPT, "run", where=workshop.path)
        assert f"{outcome}: 4001 records" in done.stdout
        assert done.megabytes < MOST


def test_many_large_answers_take_no_more_than_one(workshop: Workshop) -> None:
    """What is archived is not kept in memory until the run ends."""
    ids = [f"s{number}" for number in range(20)]
    workshop.settings(sources(workshop.site, *ids))
    workshop.site.answers |= {f"/{one}": answer(b"<p>" + b"more" * 900_000) for one in ids}
    done = measured(SCRIPT, "run", where=workshop.path)
    assert done.stdout.count("it is kept, and not read") == len(ids)
    assert done.megabytes < MOST


def test_eight_hosts_at_once_that_send_without_an_end_do_not_take_it_either(workshop: Workshop) -> None:
    with ExitStack() as stack:
        sites = [stack.enter_context(Site(address=f"127.0.0.{number}")) for number in range(2, 10)]
        pairs = [(f"s{number}", f"t{number}") for number in range(len(sites))]
        workshop.settings("".join(sources(site, *pair) for site, pair in zip(sites, pairs, strict=True)))
        for site, pair in zip(sites, pairs, strict=True):
            site.answers = {f"/{one}": lambda _: endless() for one in pair}
        done = measured(SCRIPT, "run", where=workshop.path)
    assert "16 sources: 16 suspect" in done.stdout.splitlines()
    assert done.megabytes < 200


def test_a_page_that_is_not_read_is_kept_as_it_came(workshop: Workshop) -> None:
    workshop.site.answers[PATH] = answer(page())
    workshop.visit()
    workshop.site.answers[PATH] = answer(b"<b>" * (TAGS + 1))
    done = command("run", where=workshop.path)
    assert f"suspect: the page has more than {TAGS:,} tags: it is kept, and not read" in done.stdout
    assert command("verify", where=workshop.path).returncode == 0
    workshop.site.answers[PATH] = answer(page())
    assert "not_modified: 169 records" in command("run", where=workshop.path).stdout
