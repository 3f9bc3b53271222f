"""Names of projects: when two of them might name one."""

import re

from .width import fold

_MARKS = re.compile(r"[\W_]+")


def stem(name: str) -> str:
    """What is left of a name without its width, case, brackets, punctuation, spaces and a 事業 at its end.

    `「新しい時代の公」協働推進事業` and `新しい時代の公 協働推進` have one stem. Names of one stem
    might mean one project; only a person can say.
    """
    bare = _MARKS.sub("", fold(name)).casefold()
    return bare.removesuffix("事業") or bare
