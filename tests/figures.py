"""What `make bench` measures, in one form: a figure beside its peer or limit, or how a cost grows with the work."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`ours` and `other` as they are to be read, and their ratio; the other is a peer's, a limit, or another of ours.

    The ratio is to be `at_least` or `at_most` so much, where anything is asked of it.
    """

    what: str
    ours: str
    other: str
    ratio: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the ratio is within its bound; None where it has none."""
        if self.at_least is not None:
            return self.ratio >= self.at_least
        return self.ratio <= self.at_most if self.at_most is not None else None

    def cells(self) -> tuple[str, ...]:
        """Its row, for HEAD."""
        bounds = {"≥": self.at_least, "≤": self.at_most}
        wanted = [f"{sign} {plain(bound)}" for sign, bound in bounds.items() if bound is not None]
        met = {None: "", True: "yes", False: "**no**"}[self.is_met]
        return self.what, self.ours, self.other, plain(self.ratio), *(wanted or [""]), met


HEAD = ("what", "pref-scraper", "beside", "ratio", "wanted", "met")


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What some amounts of work cost, each ten times the one before: `costs` in `unit` by the work in words.

    Of an answer or of a capture the cost is to stay; of the whole work it is to grow as the work does.
    """

    what: str
    unit: str
    costs: Mapping[str, float]

    def cells(self) -> tuple[str, ...]:
        """Its row, for GROWTH_HEAD."""
        costs = [f"{plain(cost)} ({work})" for work, cost in self.costs.items()]
        first, *_, last = self.costs.values()
        return f"{self.what}, {self.unit}", *costs, *[""] * (3 - len(costs)), plain(last / first)


GROWTH_HEAD = ("what", "work", "10 times", "100 times", "last to first")


def limited(what: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that may be a limit at most."""
    return Figure(
        what=what, ours=f"{plain(value)} {unit}", other=f"limit {plain(limit)} {unit}", ratio=value / limit, at_most=1
    )


def plain(value: float) -> str:
    """A number with three digits, or with all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
