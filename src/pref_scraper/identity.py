"""Which record of one capture is the same thing as which record of another; pure.

In goes what a page says, what its source said at the nearest capture, and what it said
earlier and no longer; out comes the same page by record_id. A record whose natural key
(the fiscal year it stands under, and what it is called there in one width) stood once
before and stands once now is plainly the same. All else is decided and recorded:

    content      one of several records of one key: it says what it said
    order        the same, where nothing but the order of the page tells them apart
    similarity   another key, but the likest record of its view and fiscal year
    reappearance a key that the source had earlier, in no record of the capture before

Best evidence first; among equals, the order of the page. Problems and unread text are
known by their key alone. Nothing depends on the clock or on how the captures came.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from itertools import accumulate, count
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from .likeness import ENOUGH, NO_FIGURES, Content, Evidence, Figures, content, evidence, folded, likeness
from .records import VIEWS, Budget, Page, Project, Record


class Entry(NamedTuple):
    """A record with the view it belongs to; `owner` is the record_id of a budget's project."""

    view: str
    record: Record
    owner: str | None = None


Entries = Mapping[str, Entry]
"""What a page says, by record_id, in page order within each view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a record that is not plainly the same was recognised.

    `method` is content, order, similarity or reappearance; scores go from 0 to 100.
    `runner_up` is the record_id of the next best candidate, None where there was no other.
    """

    record_id: str
    method: str
    score: float
    runner_up: str | None
    runner_up_score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A page's records by record_id, in page order within each view, and what had to be decided."""

    entries: dict[str, Entry]
    decisions: tuple[Decision, ...]


_Key = tuple[object, ...]

# By view: what an entry is called, within its source. Budgets are called after their project.
_KEYS: dict[str, Callable[[Any], _Key]] = {
    "pages": lambda entry: (),
    "years": lambda entry: (entry.record.fiscal_year,),
    "measures": lambda entry: (entry.record.fiscal_year, folded(entry.record.code)),
    "basic_projects": lambda entry: (entry.record.fiscal_year, folded(entry.record.code)),
    "purposes": lambda entry: (entry.record.fiscal_year,),
    "targets": lambda entry: (entry.record.fiscal_year, folded(entry.record.item)),
    "statements": lambda entry: (entry.record.fiscal_year, entry.record.kind, folded(entry.record.text)),
    "projects": lambda entry: (entry.record.fiscal_year, folded(entry.record.name)),
    "budgets": lambda entry: (entry.owner, entry.record.budget_year),
    "problems": lambda entry: (entry.record.kind, folded(entry.record.printed)),
    "unread": lambda entry: (folded(entry.record.text),),
}

# By view: the keys by which a record is known again, the surest first; elsewhere the natural key.
# A code is a key within its year and still not the thing: where a new basic project moves the
# codes on, the names tell.
_CODED: tuple[Callable[[Any], _Key], ...] = (
    lambda entry: (entry.record.fiscal_year, folded(entry.record.code), folded(entry.record.name)),
    lambda entry: (entry.record.fiscal_year, folded(entry.record.name)),
)
_LEVELS = {"measures": _CODED, "basic_projects": _CODED}
_SUREST = _KEYS | {view: levels[0] for view, levels in _LEVELS.items()}
_BEYOND = len(_CODED)

PAIRS = 100_000
"""Pairs of a view that are compared at one capture. A plan whose every word is new has some thousands; a page
that was made to have more would take the memory of the machine, and its largest groups are taken as new."""


@dataclass(eq=False)
class _Thing:
    """A record that is not plainly the same, or one that it may be: then with its `record_id`.

    `key` is its surest key, `order` its number in page order within the view.
    """

    key: _Key
    entry: Entry
    order: int
    figures: Figures = NO_FIGURES
    record_id: str = ""

    @property
    def block(self) -> Hashable:
        """Only things of one block can be the same."""
        return _block(self.entry)

    @cached_property
    def evidence(self) -> Evidence:
        """What it says, to be weighed."""
        return evidence(self.entry.view, self.entry.record, self.figures)

    def content(self) -> Content:
        """What it says."""
        return content(self.entry.view, self.entry.record, self.figures)


class _Pair(NamedTuple):
    """A new thing and what it may be; `level` is that of the key they share, _BEYOND where none."""

    level: int
    score: float
    is_gone: bool
    new: _Thing
    old: _Thing

    @property
    def rank(self) -> tuple[int, float, bool, int, int]:
        """Sorts the best pair first."""
        return self.level, -self.score, self.is_gone, self.new.order, self.old.order


_Items = Sequence[tuple[str, Entry]]
_Place = tuple[int, int]
_NOTHING: Entries = MappingProxyType({})


def identify(source_id: str, page: Page, before: Entries = _NOTHING, gone: Entries = _NOTHING) -> Identified:
    """The records of a page by record_id, as the same things that the source had before.

    `before` is what it said at the nearest capture, `gone` the last that it said of every
    other thing it ever had. Without them each id follows from source and natural key alone.
    """
    now, past = _Now(page), _Past(before, gone)
    entries: dict[str, Entry] = {}
    mint = _Mint(source_id, (before, gone, entries))
    decisions: list[Decision] = []
    for view, said in now.entries():
        known, decided = _recognise(view, said, now, past)
        decisions.extend(decided)
        ids = []
        for order, entry in enumerate(said):
            record_id = known.get(order) or mint(entry)
            entries[record_id] = entry
            ids.append(record_id)
        now.named(view, ids)
    return Identified(entries=entries, decisions=tuple(decisions))


class _Mint:
    """Gives ids that nothing of the source has: of a natural key, and of the first free number from 1.

    16 hexadecimal digits: among a million records, a collision is less likely than one in ten million.
    What is `taken` only grows, so a key's next number is looked for behind its last: a page of one line
    ten thousand times costs ten thousand steps.
    """

    def __init__(self, source_id: str, taken: tuple[Entries, Entries, Entries]) -> None:
        self._source_id = source_id
        self._taken = taken
        self._ids: dict[str, Iterator[str]] = {}

    def __call__(self, entry: Entry) -> str:
        key = "\x1f".join(map(str, (self._source_id, entry.view, *_KEYS[entry.view](entry))))
        before, gone, entries = self._taken
        ids = self._ids.setdefault(key, _ids(key))
        return next(one for one in ids if one not in entries and one not in before and one not in gone)


def _ids(key: str) -> Iterator[str]:
    return (hashlib.sha256(f"{key}\x1f{number}".encode()).hexdigest()[:16] for number in count(1))


# What there is to recognise, and what to recognise it in


class _Now:
    """What a page says, view by view; its budgets follow when its projects are `named`."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._projects: dict[_Place, str] = {}

    def entries(self) -> Iterator[tuple[str, list[Entry]]]:
        """The entries of each view, in page order."""
        for view in VIEWS:
            yield view, self._budgets() if view == "budgets" else [Entry(view, one) for one in self._page.of(view)]

    def _budgets(self) -> list[Entry]:
        projects = self._projects
        return [Entry("budgets", one, projects[one.fiscal_year, one.project_position]) for one in self._page.budgets]

    def named(self, view: str, ids: Iterable[str]) -> None:
        """These are the record_ids of a view's entries."""
        if view == "projects":
            places = ((project.fiscal_year, project.position) for project in self._page.projects)
            self._projects.update(zip(places, ids, strict=True))

    def things(self, said: Sequence[Entry], orders: Iterable[int]) -> list[_Thing]:
        """Some of a view's entries, by their numbers in page order."""
        some = [(order, said[order], _place(said[order].record)) for order in orders]
        wanted = {place for *_, place in some}
        budgets = (((one.fiscal_year, one.project_position), one) for one in self._page.budgets)
        figures = _figures((place, budget) for place, budget in budgets if place in wanted)
        return [
            _Thing(_surest_key(entry), entry, order, figures.get(place, NO_FIGURES) if place else NO_FIGURES)
            for order, entry, place in some
        ]


def _place(record: Record) -> _Place | None:
    """By what budgets name the project that a record is, if it is one."""
    return (record.fiscal_year, record.position) if isinstance(record, Project) else None


class _Past:
    """What a source said before: at the nearest capture, and earlier and no longer."""

    def __init__(self, before: Entries, gone: Entries) -> None:
        self._before: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
        for item in before.items():
            self._before[item[1].view].append(item)
        self._gone = gone
        self.is_empty = not before and not gone

    def before(self, view: str) -> _Items:
        """The entries of the nearest capture, by record_id."""
        return self._before[view]

    def things(self, items: _Items) -> list[_Thing]:
        """Some of these."""
        return _known_things(items, (entry for _, entry in self._before["budgets"]))

    def gone(self, view: str, wanted: Iterable[_Thing]) -> dict[_Key, list[_Thing]]:
        """The things that are gone and were last called as one of these, in the order of their places."""
        keys = {thing.key for thing in wanted}
        blocks = {_block(thing.entry) for thing in wanted}
        found = sorted(
            (
                (record_id, entry)
                for record_id, entry in self._gone.items()
                if entry.view == view and _block(entry) in blocks and _surest_key(entry) in keys
            ),
            key=lambda item: (item[1].record.text_start, item[0]),
        )
        return _grouped(_known_things(found, self._gone.values()), _key_of)


def _known_things(items: _Items, budgets: Iterable[Entry]) -> list[_Thing]:
    """Things that a source had; some of the `budgets` may be of theirs."""
    ids = {record_id for record_id, _ in items}
    figures = _figures((budget.owner, budget.record) for budget in budgets if budget.owner in ids) if ids else {}
    return [
        _Thing(_surest_key(entry), entry, order, figures.get(record_id, NO_FIGURES), record_id)
        for order, (record_id, entry) in enumerate(items)
    ]


_Owner = TypeVar("_Owner", bound=Hashable)


def _figures(budgets: Iterable[tuple[_Owner, Record]]) -> dict[_Owner, Figures]:
    """The printed amounts of each project."""
    found: dict[_Owner, set[tuple[int, int]]] = defaultdict(set)
    for owner, record in budgets:
        if isinstance(record, Budget) and record.amount_yen is not None:
            found[owner].add((record.budget_year, record.amount_yen))
    return {owner: frozenset(figures) for owner, figures in found.items()}


def _surest_key(entry: Entry) -> _Key:
    return _SUREST[entry.view](entry)


def _block(entry: Entry) -> Hashable:
    """Where a thing belongs: to one fiscal year, one list, one project."""
    return entry.owner, getattr(entry.record, "fiscal_year", None), getattr(entry.record, "kind", None)


_Group = TypeVar("_Group", bound=Hashable)


def _grouped(things: Iterable[_Thing], group: Callable[[_Thing], _Group]) -> dict[_Group, list[_Thing]]:
    groups: dict[_Group, list[_Thing]] = defaultdict(list)
    for thing in things:
        groups[group(thing)].append(thing)
    return groups


def _key_of(thing: _Thing) -> _Key:
    return thing.key


# Recognising


_Recognised = tuple[dict[int, str], list[Decision]]
"""The ids of the known among a view's records, by their order, and what was decided."""


def _recognise(view: str, said: Sequence[Entry], now: _Now, past: _Past) -> _Recognised:
    before = past.before(view)
    known = _plain(view, said, before)
    if len(known) == len(said) or past.is_empty:
        return known, []
    taken = set(known.values())
    new = now.things(said, (order for order in range(len(said)) if order not in known))
    old = past.things([item for item in before if item[0] not in taken])
    others, decided = _decide(view, new, old, past)
    return known | others, decided


def _plain(view: str, said: Sequence[Entry], before: _Items) -> dict[int, str]:
    """Most of a page: what is the one record of its key, then and now."""
    key_of = _SUREST[view]
    was = _once([key_of(entry) for _, entry in before])
    is_ = _once(list(map(key_of, said)))
    return {order: before[was[key]][0] for key, order in is_.items() if key in was}


def _once(keys: Sequence[_Key]) -> dict[_Key, int]:
    """The keys that stand once, each with its place."""
    places = {key: place for place, key in enumerate(keys)}
    if len(places) < len(keys):
        times = Counter(keys)
        places = {key: place for key, place in places.items() if times[key] == 1}
    return places


def _decide(view: str, new: Sequence[_Thing], old: Sequence[_Thing], past: _Past) -> _Recognised:
    """Who is who among the things that are left."""
    known = _alike(new, old)
    open_ = [thing for thing in new if thing.order not in known]
    if not open_:
        return known, []
    taken = set(known.values())
    left = _grouped((thing for thing in old if thing.record_id not in taken), lambda thing: thing.block)
    near = _comparable(left, Counter(thing.block for thing in open_))
    gone = _comparable(past.gone(view, open_), Counter(thing.key for thing in open_))
    best: dict[int, list[_Pair]] = {}
    pairs: list[_Pair] = []
    for thing in open_:
        candidates = list(_candidates(thing, near.get(thing.block, ()), gone.get(thing.key, ())))
        best[thing.order] = nsmallest(2, candidates, key=lambda pair: pair.rank)
        pairs += [pair for pair in candidates if _is_enough(pair)]
    decided: dict[int, Decision] = {}
    for pair in sorted(pairs, key=lambda pair: pair.rank):
        if pair.new.order not in known and pair.old.record_id not in taken:
            known[pair.new.order] = pair.old.record_id
            taken.add(pair.old.record_id)
            decided[pair.new.order] = _decision(pair, best[pair.new.order])
    return known, [decided[order] for order in sorted(decided)]


def _alike(new: Sequence[_Thing], old: Sequence[_Thing]) -> dict[int, str]:
    """What needs no decision either: several records of a key that all say what they said."""
    known: dict[int, str] = {}
    before = _grouped(old, _key_of)
    for key, things in _grouped(new, _key_of).items():
        same = before.get(key, [])
        if len(things) == len(same) and _says(things) == _says(same):
            known.update((thing.order, was.record_id) for thing, was in zip(things, same, strict=True))
    return known


def _says(things: Iterable[_Thing]) -> list[object]:
    return [thing.content() for thing in things]


def _comparable(old: Mapping[_Group, list[_Thing]], new: Counter[_Group]) -> dict[_Group, list[_Thing]]:
    """The groups, smallest first, in which there are PAIRS to compare at most, all together."""
    pairs = {group: len(things) * new[group] for group, things in old.items()}
    smallest_first = sorted(pairs, key=lambda group: pairs[group])
    sums = accumulate(pairs[group] for group in smallest_first)
    return {group: old[group] for group, total in zip(smallest_first, sums, strict=True) if total <= PAIRS}


def _candidates(thing: _Thing, near: Iterable[_Thing], gone: Iterable[_Thing]) -> Iterator[_Pair]:
    """What a thing may be: something of its block that is left of the nearest capture, or something gone of its key."""
    for old in near:
        level = _level(thing, old)
        if level < _BEYOND or thing.entry.view in ENOUGH:
            yield _Pair(level, likeness(old.evidence, thing.evidence), False, thing, old)
    for old in gone:
        yield _Pair(_BEYOND, likeness(old.evidence, thing.evidence), True, thing, old)


def _level(new: _Thing, old: _Thing) -> int:
    if new.key == old.key:
        return 0
    levels = enumerate(_LEVELS.get(new.entry.view, ()))
    return next((level for level, key in levels if key(new.entry) == key(old.entry)), _BEYOND)


def _is_enough(pair: _Pair) -> bool:
    return pair.level < _BEYOND or pair.is_gone or pair.score >= ENOUGH[pair.new.entry.view]


def _decision(pair: _Pair, best: Iterable[_Pair]) -> Decision:
    runner_up = next((other for other in best if other.old is not pair.old), None)
    return Decision(
        record_id=pair.old.record_id,
        method=_method(pair, runner_up),
        score=pair.score,
        runner_up=runner_up.old.record_id if runner_up else None,
        runner_up_score=runner_up.score if runner_up else None,
    )


def _method(pair: _Pair, runner_up: _Pair | None) -> str:
    if pair.is_gone:
        return "reappearance"
    if pair.level == 0 and runner_up and (runner_up.level, runner_up.score) == (0, pair.score):
        return "order"
    return "content" if pair.level == 0 and pair.score == 100 else "similarity"
