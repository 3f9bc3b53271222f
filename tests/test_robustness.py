"""Damaged, truncated and hostile pages: no exception, no long run, nothing counted twice."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pref_scraper import parse
from pref_scraper.parsing import forget

from .editions import longer, page

MUTATIONS = int(os.environ.get("MUTATIONS", "300"))
HTML = page()


def _mutate(pick: random.Random, body: bytes) -> bytes:
    data = bytearray(body)
    for _ in range(pick.randint(1, 30)):
        at = pick.randrange(len(data))
        way = pick.randrange(4)
        if way == 0:
            data[at] = pick.randrange(256)
        elif way == 1:
            del data[at : at + pick.randint(1, 200)]
        elif way == 2:
            data[at:at] = data[pick.randrange(len(data)) :][: pick.randint(1, 200)]
        else:
            data[at:at] = pick.choice(
                [b"<table>", b"</div>", b"<!--", b"<li>", b"&#0;", b"\x00", b"\xff\xfe", b"<script>"]
            )
    return bytes(data[: pick.randint(1, len(data))] if pick.random() < 0.3 else data)


def test_mutated_and_truncated_pages_are_read_without_an_exception() -> None:
    pick = random.Random(20261123)
    slowest = 0.0
    for _ in range(MUTATIONS):
        body = _mutate(pick, HTML)
        start = time.process_time()
        found = parse(body)
        slowest = max(slowest, time.process_time() - start)
        assert found.coverage.characters <= len(found.text)
        ends = 0
        for unread in found.unread:
            assert unread.text_start >= ends
            assert found.text[unread.text_start : unread.text_end] == unread.text
            ends = unread.text_end
        for budget in found.budgets:
            assert found.text[budget.text_start : budget.text_end] == budget.printed
    assert slowest < 1


@pytest.mark.parametrize(
    "sign", ["1", "1,", "(", "（", "【", ".", "・", "●", "→", "平成", "H22 1千円 → ", "予算額：", "1. "]
)
@pytest.mark.parametrize("section", ["", "施策体系", "施策の目的", "数値目標", "現状と課題", "事業概要"])
def test_a_line_of_a_megabyte_takes_less_than_a_second(sign: str, section: str) -> None:
    line = sign * (10**6 // len(sign.encode()))
    body = f"<main><h2>平成23年度 施策概要</h2><h3>{section}</h3><p>1.名</p><p>{line}</p></main>".encode()
    start = time.process_time()
    parse(body)
    assert time.process_time() - start < 1


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process its own peak")
def test_memory_stays_bounded_whatever_is_read() -> None:
    """In a process of its own: damaged pages, each remembered as far as it may be, and lines of a megabyte."""
    script = """if True:
        import random, pathlib
        from pref_scraper import parse
        from tests.test_robustness import HTML, MUTATIONS, _mutate

        pick = random.Random(7)
        for _ in range(MUTATIONS):
            parse(_mutate(pick, HTML))
        for sign in "1（平":
            parse(f"<main><h2>平成23年度 施策概要</h2><p>1.名</p><p>{sign * 300_000}</p></main>".encode())
        print(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 150_000  # kilobytes


@pytest.mark.parametrize("tag", ["div", "table", "ul", "li", "b", "blockquote"])
def test_deep_nesting_loses_nothing_that_is_read(tag: str) -> None:
    depth = 500
    html = f"<h2>平成23年度 施策概要</h2>{f'<{tag}>' * depth}<p>1.協働推進事業</p>{f'</{tag}>' * depth}"
    assert [project.name for project in parse(html.encode()).projects] == ["協働推進事業"]


@pytest.mark.parametrize("tag", ["div", "b", "font", "table", "ul"])
def test_what_is_nested_too_deep_for_the_tree_is_read_all_the_same(tag: str) -> None:
    depth = 5000
    deep = f"{f'<{tag}>' * depth}<p>1.協働推進事業</p><p>予算額：412千円</p>{f'</{tag}>' * depth}<p>2.交流&amp;事業</p>"
    start = time.process_time()
    found = parse(f"<h2>平成23年度 施策概要</h2>{deep}<script>予算額：9千円</script>".encode())
    assert time.process_time() - start < 1
    assert [project.name for project in found.projects] == ["協働推進事業", "交流&事業"]
    assert [budget.printed for budget in found.budgets] == ["412千円"]
    assert found.unread == ()


@pytest.mark.parametrize(
    "reference",
    ["&#x10FFE0;&#X0010ffe3;&#x10FFE0;", "&#1114080;&#01114085;&#1114080;", "\U0010ffe0\U0010ffe5\U0010ffe0"],
)
def test_a_page_cannot_forge_the_marks_of_structure(reference: str) -> None:
    (unread,) = parse(f"<main><p>あ{reference}い。</p></main>".encode()).unread
    assert unread.text.startswith("あ\ufffd")
    assert unread.text.endswith("い。")


def test_a_deep_page_without_a_known_container_takes_less_than_a_second() -> None:
    body = ("<div>" * 1900 + "<h2>平成23年度 施策概要</h2><p>1.協働推進事業</p>").encode()
    start = time.process_time()
    assert len(parse(body).projects) == 1
    assert time.process_time() - start < 1


def test_ten_times_the_page_costs_at_most_eleven_times_as_much() -> None:
    """Measured in one run, best of several, with nothing remembered, and with a little room for a shared machine."""

    def best(body: bytes) -> float:
        times = []
        for _ in range(5):
            forget()
            start = time.process_time()
            parse(body)
            times.append(time.process_time() - start)
        return min(times)

    assert len(parse(longer(10)).budgets) == 530
    assert best(longer(10)) <= 13 * best(HTML)
