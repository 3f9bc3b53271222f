"""The things of a made-up page, and the page that they are written on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pref_scraper.records import VIEWS, Coverage, Encoding, Page, PageInfo, Record

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@dataclass(eq=False, slots=True)
class Thing:
    """A thing of the page; `said` are its words and values in half width, `own` its budgets.

    `name` is the field that it is called by; a restyled thing is printed in full width.
    """

    truth: int
    view: str
    said: dict[str, Any]
    name: str = ""
    own: list["Thing"] = field(default_factory=list)
    basic: "Thing | None" = None
    is_wide: bool = False

    def printed(self) -> dict[str, Any]:
        """Its fields as they stand on the page."""
        values = dict(self.said)
        if self.view == "budgets":
            amount = values["amount_yen"]
            values["printed"] = "－　千円" if amount is None else f"{amount // 1000:,}千円"
        for name in ("target", "actual") if self.view == "targets" else ():
            values[f"{name}_printed"] = f"{values[f'{name}_value']:,}"
        if self.view == "projects":
            basic = self.basic.said if self.basic else {}
            values |= {"basic_project_code": basic.get("code"), "basic_project_name": basic.get("name")}
        if not self.is_wide:
            return values
        texts = (name for name, value in values.items() if isinstance(value, str) and name != "kind")
        return values | {name: values[name].translate(_WIDE) for name in texts}

    def words(self) -> tuple[object, ...]:
        """What it is called, with its kind where it has one."""
        return self.view, self.said.get("kind"), self.said[self.name]


@dataclass(eq=False, slots=True)
class Section:
    """A fiscal year's section; `things` are its lists by view, in page order, `gone` what went, in that order.

    `left` are the words that a thing was called by until this capture: what is called so now could be
    told from it by nobody.
    """

    fiscal_year: int
    family: str
    things: dict[str, list[Thing]]
    gone: list[Thing] = field(default_factory=list)
    left: set[tuple[object, ...]] = field(default_factory=set)

    def living(self) -> list[Thing]:
        """All that stands in it, budgets apart."""
        return [thing for things in self.things.values() for thing in things]

    def called(self) -> set[tuple[object, ...]]:
        """What its things are called, or were until now, or when they went."""
        return self.left | {thing.words() for thing in (*self.living(), *self.gone)}


# Fields that made-up pages leave empty
_EMPTY: dict[str, dict[str, Any]] = {
    "years": {"era": "平成", "subtitle": None},
    "targets": {"target_year": None, "actual_year": None, "unit": None, "note": None},
    "statements": {"group_name": None},
    "projects": {"ordinal": None, "group_name": None, "account": None},
    "budgets": {"basis": "予算額"},
}


class Sheet:
    """A page while it is written: its lines, and by view the number of each thing and its record."""

    def __init__(self, title: str) -> None:
        self._lines: list[str] = []
        self._length = 0
        self._write(title)
        self._title = PageInfo(
            title=title,
            page_id=None,
            updated_on=None,
            headings=(),
            breadcrumbs=(),
            organization=(),
            contact=(),
            text_start=0,
            text_end=len(title),
        )
        self._found: dict[str, list[tuple[int, Record]]] = {view: [] for view in VIEWS if view != "pages"}

    def add(self, section: Section) -> None:
        """Writes a fiscal year's section."""
        for things in section.things.values():
            for position, thing in enumerate(things, 1):
                self._add(thing, {"fiscal_year": section.fiscal_year, "position": position})

    def page(self) -> Page:
        """The page, as the parser would give it."""
        text = "\n".join(self._lines)
        records: dict[str, Any] = {view: tuple(record for _, record in found) for view, found in self._found.items()}
        return Page(
            text=text,
            page=self._title,
            encoding=Encoding(declared="utf-8", used="utf-8", replaced=0),
            coverage=Coverage(characters=len(text), read=len(text)),
            **records,
        )

    def truth(self) -> tuple[int, ...]:
        """The number of the thing behind each record of the page, 0 for the page itself."""
        return 0, *(number for found in self._found.values() for number, _ in found)

    def _write(self, line: str) -> dict[str, int]:
        start = self._length
        self._lines.append(line)
        self._length += len(line) + 1
        return {"text_start": start, "text_end": start + len(line)}

    def _add(self, thing: Thing, fields: Mapping[str, Any]) -> None:
        """Writes a thing and what belongs to it: a project reaches to the end of its overview."""
        values = {**_EMPTY.get(thing.view, {}), **fields, **thing.printed()}
        place = self._write(values[thing.name])
        for budget in thing.own:
            self._add(budget, {**fields, "project_position": fields["position"], "project": values["name"]})
        if values.get("overview"):
            place["text_end"] = self._write(values["overview"])["text_end"]
        kind = VIEWS[thing.view]
        known = {name: value for name, value in {**values, **place}.items() if name in kind.__dataclass_fields__}
        self._found[thing.view].append((thing.truth, kind(**known)))
