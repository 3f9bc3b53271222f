"""How long work is followed while it goes on.

`Progress` wraps the steps of some work, as many as `length` in all under a `label`, and gives
them back one by one; a step may count for more than one. Work that `is_slow`, as what is asked of
the network, is worth a bar from the start. Who shows a bar is the command's affair: `silent` shows none.
"""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


def one(_: object) -> int:
    """What a step counts for, unless something else is said."""
    return 1


class Progress(Protocol):
    """Gives the steps back as they are, and may show how far they have come."""

    def __call__(
        self,
        steps: Iterable[T],
        length: int,
        label: str,
        weight: Callable[[T], int] = one,
        *,
        is_slow: bool = False,
    ) -> Iterable[T]: ...


def silent(
    steps: Iterable[T], length: int, label: str, weight: Callable[[T], int] = one, *, is_slow: bool = False
) -> Iterable[T]:
    """The steps as they are."""
    return steps
