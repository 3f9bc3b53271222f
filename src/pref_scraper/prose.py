"""Where two texts differ, for a person; pure.

In go an old and a new text, out come segments: what both have, what the old one lost, what
the new one gained. `equal` and `removed` joined are the old text, `equal` and `added` the new.

Japanese has no spaces between words, and a change of script is what marks their borders
to the eye. So a text is a row of runs: kanji, hiragana, katakana, letters or a number;
every other sign stands alone. Runs are compared whole, and no segment ends within one.
What is equal only by chance, as a particle between two exchanged words, is not shown as equal.

The same texts give the same segments on any machine: there is no time limit. What would
be too dear to compare run by run is removed and added as a whole.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple

from rapidfuzz.distance import LCSseq


class Segment(NamedTuple):
    """A stretch of text that is in both texts, only in the old or only in the new one."""

    kind: Literal["equal", "removed", "added"]
    text: str


class _Block(NamedTuple):
    """Runs in a row that both texts have, at `old` in the one and at `new` in the other."""

    old: int
    new: int
    size: int


# Signs that belong to the one before them: accents, voicing marks, variation selectors.
_MARK = "[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_KANJI = "々〆〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u3096\u309d-\u309f"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # with ー, without ・
_RUN = re.compile(
    rf"""
    (?:[{_KANJI}]{_MARK}*)+                                   # 県民交流
  | (?:[{_HIRAGANA}]{_MARK}*)+                                # ください
  | (?:[{_KATAKANA}]{_MARK}*)+                                # センター
  | (?:\d{_MARK}*)+(?:[.,．，](?:\d{_MARK}*)+)*               # 28,709
  | (?:(?![{_KANJI}{_HIRAGANA}{_KATAKANA}])[^\W\d_]{_MARK}*)+ # NPO
  | .{_MARK}*                                                 # 、
    """,
    re.VERBOSE | re.DOTALL,
)
_SENTENCE_ENDS = "。．！？\n"
# Pairs of runs that are compared at most: a tenth of a second and some megabytes.
_MOST_PAIRS = 100_000_000
# What is equal may be so by chance up to this many characters, or up to a quarter of the edits around it.
_CHANCE = 4
# An edit is moved over no more runs than this to a better place.
_REACH = 200


def compare(old: str, new: str) -> tuple[Segment, ...]:
    """Where the texts differ: no empty segment, and none of the kind of the one before it."""
    a, b = _RUN.findall(old), _RUN.findall(new)
    blocks = _without_chance(a, b, _joined(_matches(a, b)))
    return tuple(_segments(a, b, _joined(_settled(a, b, blocks))))


def _matches(a: Sequence[str], b: Sequence[str]) -> Iterator[_Block]:
    """Whole sentences first, then the runs of what lies between them."""
    starts, other = _sentence_starts(a), _sentence_starts(b)
    sentences = _common(_sliced(a, starts), _sliced(b, other))
    old = new = 0
    for block in sentences:
        to_old, to_new = starts[block.old], other[block.new]
        for inner in _common(a[old:to_old], b[new:to_new]):
            yield _Block(old + inner.old, new + inner.new, inner.size)
        old, new = starts[block.old + block.size], other[block.new + block.size]
        yield _Block(to_old, to_new, old - to_old)


def _sentence_starts(runs: Sequence[str]) -> list[int]:
    """The number of each sentence's first run, and last the number of runs."""
    inner = (number for number, run in enumerate(runs, 1) if run in _SENTENCE_ENDS and number < len(runs))
    return [0, *inner, len(runs)] if runs else [0]


def _sliced(runs: Sequence[str], starts: Sequence[int]) -> list[str]:
    return ["".join(runs[start:end]) for start, end in pairwise(starts)]


def _common(a: Sequence[str], b: Sequence[str]) -> Iterator[_Block]:
    """A longest common subsequence; only its beginning and end where all of it would be too dear.

    The last block, which may be empty, ends where both texts do.
    """
    head = _shared(zip(a, b, strict=False))
    tail = _shared(zip(reversed(a[head:]), reversed(b[head:]), strict=False))
    yield _Block(0, 0, head)
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    if len(inner_a) * len(inner_b) <= _MOST_PAIRS:
        # As numbers, which are compared as they are; texts would be compared by a hash that varies.
        numbers = {text: number for number, text in enumerate(dict.fromkeys([*inner_a, *inner_b]))}
        for code in LCSseq.opcodes([numbers[text] for text in inner_a], [numbers[text] for text in inner_b]):
            if code.tag == "equal":
                yield _Block(head + code.src_start, head + code.dest_start, code.src_end - code.src_start)
    yield _Block(len(a) - tail, len(b) - tail, tail)


def _shared(pairs: Iterable[tuple[str, str]]) -> int:
    """How many pairs are equal before the first that is not."""
    number = 0
    for one, other in pairs:
        if one != other:
            break
        number += 1
    return number


def _joined(blocks: Iterator[_Block]) -> list[_Block]:
    """Without empty blocks, and as one where nothing lies between two."""
    joined: list[_Block] = []
    for block in blocks:
        last = joined[-1] if joined else _Block(0, 0, 0)
        if joined and (last.old + last.size, last.new + last.size) == (block.old, block.new):
            joined[-1] = last._replace(size=last.size + block.size)
        elif block.size:
            joined.append(block)
    return joined


def _without_chance(a: Sequence[str], b: Sequence[str], blocks: list[_Block]) -> list[_Block]:
    """Without blocks that mean nothing between the edits before and behind them."""
    old, new = _places(a), _places(b)

    def length(start: _Block, end: _Block) -> int:
        return max(old[end.old] - old[start.old + start.size], new[end.new] - new[start.new + start.size])

    kept = [_Block(0, 0, 0)]
    for block in [*blocks, _Block(len(a), len(b), 0)]:
        while len(kept) > 1:
            edits = min(length(kept[-2], kept[-1]), length(kept[-1], block))
            size = old[kept[-1].old + kept[-1].size] - old[kept[-1].old]
            if size > min(edits, max(_CHANCE, edits // 4)):
                break
            kept.pop()
        kept.append(block)
    return kept[1:-1]


def _places(runs: Sequence[str]) -> list[int]:
    """Where each run begins, in characters, and last where the text ends."""
    return [0, *accumulate(map(len, runs))]


def _settled(a: Sequence[str], b: Sequence[str], blocks: list[_Block]) -> Iterator[_Block]:
    """With each lone insertion or removal where a reader would see it: of equal places, the one of whole sentences."""
    ends = [_Block(0, 0, 0), *blocks, _Block(len(a), len(b), 0)]
    for number in range(1, len(ends)):
        one, next_ = ends[number - 1], ends[number]
        old, new = (one.old + one.size, next_.old), (one.new + one.size, next_.new)
        if (old[0] == old[1]) != (new[0] == new[1]):
            runs, (start, end) = (a, old) if new[0] == new[1] else (b, new)
            by = _best_move(runs, start, end, one.size, next_.size)
            ends[number - 1] = one._replace(size=one.size + by)
            ends[number] = _Block(next_.old + by, next_.new + by, next_.size - by)
    yield from ends


def _best_move(runs: Sequence[str], start: int, end: int, before: int, after: int) -> int:
    """By how many runs `runs[start:end]` is best moved, within the equal runs around it and without a change of text."""
    back, ahead = min(before, _REACH), min(after, _REACH)
    back = _shared((runs[start - by], runs[end - by]) for by in range(1, back + 1))
    ahead = _shared((runs[start + by], runs[end + by]) for by in range(ahead))
    moves = sorted(range(-back, ahead + 1), key=abs)
    return max(moves, key=lambda by: _edge(runs, start + by) + _edge(runs, end + by))


def _edge(runs: Sequence[str], place: int) -> int:
    """How well a text parts between two runs."""
    if place in (0, len(runs)) or "\n" in (runs[place - 1], runs[place]):
        return 4
    if runs[place - 1] in _SENTENCE_ENDS:
        return 3
    return 1 if runs[place - 1] in "、，,）)」』" or runs[place].isspace() or runs[place] in "（(「『・" else 0


def _segments(a: Sequence[str], b: Sequence[str], blocks: list[_Block]) -> Iterator[Segment]:
    old = new = 0
    for block in [*blocks, _Block(len(a), len(b), 0)]:
        if old < block.old:
            yield Segment("removed", "".join(a[old : block.old]))
        if new < block.new:
            yield Segment("added", "".join(b[new : block.new]))
        old, new = block.old + block.size, block.new + block.size
        if block.size:
            yield Segment("equal", "".join(a[block.old : old]))
