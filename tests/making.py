"""New things for made-up histories: each is called as nothing else in its section, nor as what went from there."""

from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any

from .things import Section, Thing
from .vocabulary import ACTIVITIES, ACTS, BASIC_PROJECTS, FLAGS, ITEMS, KINDS, REAL_NAMES, TOPICS, WHAT, WHO

_LISTS = ("measures", "basic_projects", "purposes", "targets", "statements", "projects")
FAMILIES = ("full", "grouped", "projects")
_HEADINGS = {
    "full": "平成{}年度　施策概要",
    "grouped": "平成{}年度の施策項目と事業費",
    "projects": "平成{}年度の施策項目と事業費",
}
_SIZES: dict[str, dict[str, tuple[int, int]]] = {
    "full": {
        "measures": (1, 1),
        "basic_projects": (2, 3),
        "purposes": (1, 1),
        "targets": (1, 2),
        "statements": (7, 10),
        "projects": (4, 6),
    },
    "grouped": {"statements": (6, 8), "projects": (4, 6)},
    "projects": {"basic_projects": (1, 2), "projects": (2, 4)},
}


class Maker:
    """Makes things and gives them their numbers."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._last = 0

    def number(self) -> int:
        """That of a new thing."""
        self._last += 1
        return self._last

    def section(self, fiscal_year: int, family: str) -> Section:
        """A fiscal year's section of one of FAMILIES; a grouped one lists one project twice, as in 2003."""
        section = Section(fiscal_year, family, {view: [] for view in ("years", *_LISTS)})
        heading = _HEADINGS[family].format(fiscal_year - 1988)
        section.things["years"].append(Thing(self.number(), "years", {"heading": heading}, "heading"))
        for view, number in _SIZES[family].items():
            for _ in range(self.random.randint(*number)):
                section.things[view].append(self.new(section, view))
        if family == "grouped":
            twin = self.random.choice([thing for thing in section.things["projects"] if len(thing.said["name"]) >= 8])
            section.things["projects"].append(Thing(self.number(), "projects", {**twin.said, "flag": None}, "name"))
        return section

    def new(self, section: Section, view: str) -> Thing:
        """A thing that is not on the page yet."""
        thing: Thing = getattr(self, f"_new_{view}")(section)
        return thing

    def _fresh(self, section: Section, view: str, candidates: Sequence[str]) -> str:
        """One of the candidates, numbered if all of them were used up."""
        called = section.called()
        for number in count(1):
            named = candidates if number == 1 else [f"{name}（第{number}期）" for name in candidates]
            free = [name for name in named if (view, None, name) not in called]
            if free:
                return self.random.choice(free)
        raise AssertionError("there is always another number")

    def _new_measures(self, section: Section) -> Thing:
        said = {"code": "521", "name": "NPOの参画による地域社会づくりの推進"}
        return Thing(self.number(), "measures", said, "name")

    def _new_basic_projects(self, section: Section) -> Thing:
        said = {"code": self.code(section), "name": self._fresh(section, "basic_projects", BASIC_PROJECTS)}
        return Thing(self.number(), "basic_projects", said, "name")

    def code(self, section: Section) -> str:
        """The next code that no basic project of this section has, or had when it went."""
        used = {thing.said.get("code") for thing in (*section.things["basic_projects"], *section.gone)}
        return next(code for code in (f"521{number:02}" for number in range(1, 100)) if code not in used)

    def _new_purposes(self, section: Section) -> Thing:
        said = {"target": "NPOが", "intent": "ネットワークを形成し、他の主体とも協働しながら地域づくり活動を行っている"}
        return Thing(self.number(), "purposes", said, "intent")

    def _new_targets(self, section: Section) -> Thing:
        said = {
            "item": self._fresh(section, "targets", ITEMS),
            "target_value": self.random.randrange(100, 9000),
            "actual_value": self.random.randrange(100, 9000),
        }
        return Thing(self.number(), "targets", said, "item")

    def _new_statements(self, section: Section) -> Thing:
        kind = "activity" if section.family == "grouped" else self.random.choice(("issue", "direction"))
        return self.statement(section, kind)

    def statement(self, section: Section, kind: str) -> Thing:
        """A sentence or two, or an activity; no clause of it stands in its list, nor went from there just now."""
        near = [*section.things["statements"], *section.gone[-5:]]
        said = "\n".join(thing.said["text"] for thing in near if thing.said.get("kind") == kind)
        activities, topics, acts = (_unsaid(clauses, said) for clauses in (ACTIVITIES, TOPICS, ACTS))
        if kind == "activity" and activities and self.random.random() < 0.7:
            text = self.random.choice(activities)
        else:
            number = min(self.random.choice((1, 1, 2)), len(topics), len(acts))
            text = _sentences(self.random.sample(topics, number), self.random.sample(acts, number))
        thing = Thing(0, "statements", {"kind": kind, "text": text}, "text")
        if thing.words() in section.called():
            return self.statement(section, kind)
        thing.truth = self.number()
        return thing

    def _new_projects(self, section: Section) -> Thing:
        said: dict[str, Any] = {
            "name": self._project_name(section),
            "flag": self.random.choice(FLAGS),
            "overview": self._overview() if section.family != "grouped" else None,
        }
        basics = section.things["basic_projects"]
        thing = Thing(self.number(), "projects", said, "name", basic=self.random.choice(basics) if basics else None)
        years = (section.fiscal_year - 1, section.fiscal_year)[0 if section.family == "full" else 1 :]
        thing.own = [self._budget(year, may_be_dash=year < section.fiscal_year) for year in years]
        return thing

    def _budget(self, budget_year: int, *, may_be_dash: bool) -> Thing:
        is_dash = may_be_dash and self.random.random() < 0.2
        said = {"budget_year": budget_year, "amount_yen": None if is_dash else self.amount()}
        return Thing(self.number(), "budgets", said, "printed")

    def amount(self) -> int:
        """In yen; a multiple of 1,000."""
        return self.random.randrange(800, 120_000) * 1000

    def _project_name(self, section: Section) -> str:
        """Half of the names are the real page's, which are near to each other, if any is left."""
        made = [who + what + kind for who in WHO for what in WHAT for kind in KINDS]
        called = section.called()
        real = [name for name in REAL_NAMES if ("projects", None, name) not in called]
        is_real = bool(real) and self.random.random() < 0.5
        return self.random.choice(real) if is_real else self._fresh(section, "projects", made)

    def _overview(self) -> str:
        number = self.random.choice((1, 2))
        return _sentences(self.random.sample(TOPICS, number), self.random.sample(ACTS, number))


def _sentences(topics: Sequence[str], acts: Sequence[str]) -> str:
    return "".join(topic + act for topic, act in zip(topics, acts, strict=True))


def _unsaid(clauses: Sequence[str], said: str) -> list[str]:
    """The clauses of which neither the beginning nor the end was said; all of them, if none is left."""
    return [c for c in clauses if c[:5] not in said and c[-6:-1] not in said] or list(clauses)
