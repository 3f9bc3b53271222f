"""Made-up histories of a page, with the truth about what is the same thing in them.

Nothing here was ever published: names and sentences are put together from words that such
pages use, the real page's 15 project names among them, since some of those are near to
each other. In comes a seed, out come captures, each a `Page` as the parser would give it,
and beside every record the number of the thing that it is (`truth`). The numbers are the
generator's own bookkeeping; the program under test never sees them.

    for capture in history(seed=1, captures=40): ...    # one capture after another
    edition = Edition(Random(1)); edition.edit("rename"); edition.capture()   # by hand

What is the same: a thing stays itself through a rename, a move, a renumbering, an amended
amount, another width, an edited word. In one capture a thing is edited once at most, so a
rename leaves the other fields as evidence; where a name is all that a project has, it is
renamed by one character and no more. Of a list item cut in two the longer part goes on;
of two items that are joined, the longer. An exchanged sentence is another thing. What
comes back in the words in which it went is the thing that went; what is new never
takes the words of something that went, but may take a name that a living thing had.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from pref_scraper.records import Page

from .making import FAMILIES, Maker
from .things import Section, Sheet, Thing
from .vocabulary import EDITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A page; `truth` numbers the thing behind each of `page.records()`; `edits` led here from the capture before."""

    page: Page
    truth: tuple[int, ...]
    edits: tuple[str, ...] = ()


def history(seed: int, captures: int, *, records: int = 60, rate: float = 0.01) -> Iterator[Capture]:
    """Captures of one source, the first without edits.

    The page begins with whole fiscal years of at least so many `records` together; `rate` is
    that of edits per record and capture.
    """
    edition = Edition(Random(seed), records)
    yield edition.capture()
    for _ in range(captures - 1):
        edits = edition.revise(rate)
        yield edition.capture(edits)


class Edition:
    """A page that is edited: `revise` for one capture's worth of edits, `edit` for one of a kind."""

    def __init__(self, random: Random, records: int = 60) -> None:
        self.random = random
        self.make = Maker(random)
        self._edited: set[object] = set()
        self.sections: list[Section] = []
        while self.count() < records:
            number = len(self.sections)
            self.sections.append(self.make.section(2011 - number, FAMILIES[number % len(FAMILIES)]))

    def count(self) -> int:
        """How many records the page has, itself included."""
        lists = [things for section in self.sections for things in section.things.values()]
        return 1 + sum(1 + len(thing.own) for things in lists for thing in things)

    def revise(self, rate: float) -> tuple[str, ...]:
        """Makes as many edits as `rate` per record brings; returns their kinds."""
        self.forget()
        wanted = sum(self.random.random() < rate for _ in range(self.count()))
        kinds, weights = zip(*EDITS.items(), strict=True)
        done: list[str] = []
        while len(done) < wanted:
            (kind,) = self.random.choices(kinds, weights)
            if self.edit(kind):
                done.append(kind)
        return tuple(done)

    def forget(self) -> None:
        """Begins another capture: each thing may be edited again."""
        self._edited.clear()
        for section in self.sections:
            section.left.clear()

    def edit(self, kind: str) -> bool:
        """Makes one edit of a kind of EDITS somewhere; False where the thing that was drawn allows none."""
        done: bool = getattr(self, f"_{kind}")(self.random.choice(self.sections))
        return done

    # Edits, one method a kind

    def _draw(self, section: Section, *views: str, least: int = 1) -> Thing | None:
        """A thing that was not edited yet, of a list that has at least so many; of the basic projects one a capture."""
        lists = [section.things[view] for view in views if len(section.things[view]) >= least]
        things = [thing for list_ in lists for thing in list_ if thing not in self._edited]
        if self._basics(section) in self._edited:
            things = [thing for thing in things if thing.view != "basic_projects"]
        return self.random.choice(things) if things else None

    def _basics(self, section: Section) -> object:
        return "basic_projects", section.fiscal_year

    def _done(self, section: Section, *things: Thing) -> bool:
        self._edited.update(things)
        if any(thing.view == "basic_projects" for thing in things):
            self._edited.add(self._basics(section))
        return True

    def _put(self, section: Section, thing: Thing) -> bool:
        list_ = section.things[thing.view]
        list_.insert(self.random.randint(0, len(list_)), thing)
        return self._done(section, thing)

    def _take(self, section: Section, thing: Thing) -> bool:
        section.things[thing.view].remove(thing)
        section.gone.append(thing)
        section.left.add(thing.words())
        return self._done(section, thing)

    def _insert(self, section: Section) -> bool:
        view = self.random.choice([view for view in _MOST if section.things[view]] or ["projects"])
        list_ = section.things[view]
        if len(list_) >= _MOST[view] or (view == "basic_projects" and self._basics(section) in self._edited):
            return False
        self._put(section, self.make.new(section, view))
        if view == "basic_projects" and self.random.random() < 0.5:
            for number, thing in enumerate(list_, 1):
                thing.said["code"] = f"521{number:02}"
        return True

    def _remove(self, section: Section) -> bool:
        thing = self._draw(section, *_MOST, least=2)
        if thing is None or any(other in self._edited for other in section.living() if other.words() == thing.words()):
            return False
        return self._take(section, thing)

    def _reappear(self, section: Section) -> bool:
        # Of projects, only the two of one name can be gone and still named.
        called = section.left | {thing.words() for thing in section.living() if thing.view != "projects"}
        gone = [thing for thing in section.gone if thing not in self._edited and thing.words() not in called]
        if not gone:
            return False
        thing = self.random.choice(gone)
        if thing.view == "basic_projects" and self._basics(section) in self._edited:
            return False
        section.gone.remove(thing)
        return self._put(section, thing)

    def _rename(self, section: Section) -> bool:
        thing = self._draw(section, "measures", "basic_projects", "targets", "projects")
        if thing is None:
            return False
        if thing.view == "projects" and not thing.said["overview"] and not any(b.said["amount_yen"] for b in thing.own):
            name = self._one_character_more(thing.said["name"])
            return self._call(section, thing, name)
        if thing.view == "measures" or self.random.random() < 0.5:
            return self._call(section, thing, self._reworded(thing.said[thing.name]))
        return self._call(section, thing, self.make.new(section, thing.view).said[thing.name])

    def _one_character_more(self, name: str) -> str:
        place = self.random.randrange(1, len(name))
        return name[:place] + self.random.choice("等の系") + name[place:]

    def _reworded(self, text: str) -> str:
        """The text with a word in another's place."""
        old, new = self.random.choice([(old, new) for old, new in EDITED if old in text] or [("", "新たな")])
        return text.replace(old, new, 1)

    def _call(self, section: Section, thing: Thing, words: str) -> bool:
        """Gives a thing other words, unless something is called so, was until now, or was when it went."""
        if (thing.view, thing.said.get("kind"), words) in section.called():
            return False
        section.left.add(thing.words())
        thing.said[thing.name] = words
        return self._done(section, thing)

    def _reword(self, section: Section) -> bool:
        thing = self._draw(section, "statements", "projects")
        if thing is None or (thing.view == "projects" and not thing.said["overview"]):
            return False
        if thing.view == "statements":
            return self._call(section, thing, self._reworded(thing.said["text"]))
        thing.said["overview"] = self._reworded(thing.said["overview"])
        return self._done(section, thing)

    def _reorder(self, section: Section) -> bool:
        thing = self._draw(section, *_MOST, least=2)
        if thing is None:
            return False
        section.things[thing.view].remove(thing)
        return self._put(section, thing)

    def _renumber(self, section: Section) -> bool:
        thing = self._draw(section, "basic_projects", "projects")
        if thing is None:
            return False
        if thing.view == "projects":
            thing.said["ordinal"] = self.random.randint(1, 20)
        else:
            thing.said["code"] = self.make.code(section)
        return self._done(section, thing)

    def _amend(self, section: Section) -> bool:
        thing = self._draw(section, "targets", "projects", "projects")
        if thing is None or (thing.view == "projects" and not thing.own):
            return False
        if thing.view == "targets":
            thing.said[self.random.choice(("target_value", "actual_value"))] = self.random.randrange(100, 9000)
        else:
            self.random.choice(thing.own).said["amount_yen"] = self.make.amount()
        return self._done(section, thing)

    def _restyle(self, section: Section) -> bool:
        thing = self._draw(section, *_MOST)
        if thing is None:
            return False
        thing.is_wide = not thing.is_wide
        return self._done(section, thing)

    def _move(self, section: Section) -> bool:
        thing = self._draw(section, "projects")
        others = [basic for basic in section.things["basic_projects"] if thing and basic is not thing.basic]
        if thing is None or not others:
            return False
        thing.basic = self.random.choice(others)
        return self._done(section, thing)

    def _exchange(self, section: Section) -> bool:
        thing = self._draw(section, "statements")
        if thing is None:
            return False
        place = section.things["statements"].index(thing)
        self._take(section, thing)
        other = self.make.statement(section, thing.said["kind"])
        section.things["statements"].insert(place, other)
        return self._done(section, other)

    def _split(self, section: Section) -> bool:
        thing = self._draw(section, "statements")
        first, mark, second = thing.said["text"].partition("。") if thing else ("", "", "")
        if thing is None or not second:
            return False
        place = section.things["statements"].index(thing)
        parts = (first + mark, second)
        longer, shorter = sorted(parts, key=len, reverse=True)
        if not self._call(section, thing, longer):
            return False
        other = self._again(section, Thing(0, "statements", {**thing.said, "text": shorter}, "text"))
        section.things["statements"].insert(place + (parts[0] == longer), other)
        return self._done(section, other)

    def _again(self, section: Section, thing: Thing) -> Thing:
        """The thing that went with these words, if there is one; else this one, as new."""
        for gone in section.gone:
            if gone.words() == thing.words():
                section.gone.remove(gone)
                return gone
        thing.truth = self.make.number()
        return thing

    def _merge(self, section: Section) -> bool:
        things = section.things["statements"]
        place = self.random.randrange(max(1, len(things) - 1))
        pair = things[place : place + 2]
        if len(pair) < 2 or pair[0].said["kind"] != pair[1].said["kind"] or not self._edited.isdisjoint(pair):
            return False
        text = "".join(thing.said["text"] for thing in pair)
        longer, shorter = sorted(pair, key=lambda thing: len(thing.said["text"]), reverse=True)
        if len(text) > 200 or not self._call(section, longer, text):
            return False
        return self._take(section, shorter)

    # The page

    def capture(self, edits: tuple[str, ...] = ()) -> Capture:
        """The page as it stands."""
        sheet = Sheet("施策・事業概要（平成15年度～平成23年度）")
        for section in self.sections:
            sheet.add(section)
        return Capture(page=sheet.page(), truth=sheet.truth(), edits=edits)


# Kinds of edit, with how often each is made
EDITS = {
    "insert": 4,
    "remove": 5,
    "reappear": 2,
    "rename": 6,
    "reorder": 2,
    "renumber": 2,
    "amend": 6,
    "restyle": 2,
    "reword": 6,
    "exchange": 2,
    "move": 2,
    "split": 2,
    "merge": 2,
}
# Lists that are edited, with how long they may grow
_MOST = {"statements": 14, "projects": 10, "basic_projects": 6, "targets": 3}
