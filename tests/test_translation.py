"""The Japanese documents say what the English ones say: as much of that as a program can see.

Both have the same blocks in the same order, the same code byte for byte, the same words in code type, the same
links, and every number of the English text stands in the Japanese one. So whoever edits one is told to edit the other.
"""

import re
from pathlib import Path

import pytest

from .documents import FENCED, LINK, ROOT, addresses, anchors, links

IN_ONE_DOCUMENT = {
    "docs/questions.md": "has each question in both languages",
    "docs/data.md": "has the Japanese name of each view and column, and is made from the program",
    "docs/benchmarks.md": "is what `make bench` measures",
    "docs/commands.md": "is what the program prints",
}

ENGLISH = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]


def _translated(name: str) -> str:
    """Where the translation of a document or of a drawing is, and any other file itself."""
    if name == "README.md" or name.endswith(".svg"):
        return re.sub(r"(\.\w+)$", r".ja\1", name)
    return re.sub(r"^docs/(\w+\.md)$", r"docs/ja/\1", name) if name not in IN_ONE_DOCUMENT else name


PAIRS = [(name, _translated(name)) for name in ENGLISH if name not in IN_ONE_DOCUMENT]

_ITEM = r"- |\d+\. "
_CODE_SPAN = re.compile(r"`([^`\n]+)`")


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def _blocks(text: str) -> list[str]:
    """The parts of a document that blank lines part; a block of code is one, with the blank lines in it."""
    whole = FENCED.sub(lambda fence: fence[0].replace("\n\n", "\n\0\n"), text)
    return [block.replace("\0", "") for block in re.split(r"\n{2,}", whole.strip("\n"))]


def _shape(block: str) -> tuple[str, ...]:
    """What a translation leaves as it is: the kind of a block, its size, and code as it stands.

    Of code that is only indented, as a tree of files with a word on each, it is what stands before the wide space.
    """
    lines = block.split("\n")
    if block.startswith("```"):
        return ("code", block)
    if block.startswith("    "):
        return ("indented", *(re.split(r" {2,}", line.strip())[0] for line in lines))
    if block.startswith("|"):
        return ("table", *(str(line.count("|")) for line in lines))
    if items := [line for line in lines if re.match(_ITEM, line)]:
        return ("list", str(len(items)))
    return ("text", re.findall(r"^#+ |^!\[|^", block)[0])


def _prose(name: str) -> str:
    """A document without its code and without the addresses of its links."""
    blocks = [block for block in _blocks(_text(name)) if not block.startswith(("```", "    "))]
    return _CODE_SPAN.sub("", LINK.sub("", "\n\n".join(blocks)))


def _links(name: str) -> set[tuple[str, int]]:
    """Which files of the project a document leads to, and to which of their headings, from 1; 0 is the whole file."""
    return {(_named(path), 1 + anchors(path).index(place) if place else 0) for path, place in links(ROOT / name)}


def _named(path: Path) -> str:
    """A file as it is called from the root."""
    return path.relative_to(ROOT).as_posix()


def test_every_document_is_in_both_languages() -> None:
    there = {*ROOT.glob("*.ja.md"), *(ROOT / "docs" / "ja").glob("*.md")}
    assert set(map(_named, there)) == {japanese for _, japanese in PAIRS}
    assert set(IN_ONE_DOCUMENT) < set(ENGLISH)


@pytest.mark.parametrize(("english", "japanese"), PAIRS)
def test_both_have_the_same_blocks_and_the_same_code(english: str, japanese: str) -> None:
    assert list(map(_shape, _blocks(_text(japanese)))) == list(map(_shape, _blocks(_text(english))))


@pytest.mark.parametrize(("english", "japanese"), PAIRS)
def test_both_name_the_same_things_in_code_type(english: str, japanese: str) -> None:
    assert set(_CODE_SPAN.findall(_text(japanese))) == set(_CODE_SPAN.findall(_text(english)))


@pytest.mark.parametrize(("english", "japanese"), PAIRS)
def test_no_number_is_missing(english: str, japanese: str) -> None:
    theirs, ours = (set(re.findall(r"\d(?:[\d,.:]*\d)?", _prose(name))) for name in (english, japanese))
    assert theirs - ours == set()


@pytest.mark.parametrize(("english", "japanese"), PAIRS)
def test_both_lead_to_the_same_places_each_in_its_language(english: str, japanese: str) -> None:
    to_each_other = {(english, 0), (japanese, 0)}
    expected = {(_translated(path), heading) for path, heading in _links(english) - to_each_other}
    assert _links(japanese) - to_each_other == expected
    assert addresses(ROOT / japanese) == addresses(ROOT / english)


@pytest.mark.parametrize(("english", "japanese"), PAIRS)
def test_each_leads_to_the_other_at_its_top(english: str, japanese: str) -> None:
    to_japanese = japanese.removeprefix("docs/")
    to_english = english.replace("docs/", "../")
    assert _blocks(_text(english))[1] == f"[日本語]({to_japanese})"
    assert _blocks(_text(japanese))[1] == f"[English]({to_english})"


@pytest.mark.parametrize("japanese", [japanese for _, japanese in PAIRS])
def test_no_japanese_sentence_is_broken_by_a_line(japanese: str) -> None:
    """Markdown shows a line break as a space, which has no place in a Japanese sentence."""
    assert [line for block in _blocks(_text(japanese)) for line in _going_on(block)] == []


def _going_on(block: str) -> list[str]:
    """The lines of a paragraph or of a list that go on where the line before broke."""
    begins = {"text": r"(?!)", "list": _ITEM}.get(_shape(block)[0], "")
    return [line for line in block.split("\n")[1:] if not re.match(begins, line)]
