"""Random edit scripts over a small made-up page, as HTML: what a page's keepers do to it over the years.

    editions(seed, 8)    the page's HTML, edition by edition; between two of them lie one to three edits

The words are those of real pages, the page is not. For identity's own proof, see there:
here no one says what is the same, only what stands on the page.
"""

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_NAMES = ("NPO活動支援推進事業", "NPO推進強化事業", "「新しい時代の公」協働推進事業", "市民活動センター運営事業")
_MORE = ("災害ボランティア受入体制整備事業", "協働の仕組み構築事業", "NPO情報交流推進事業", "県民参画促進事業")
_ISSUES = (
    "県民一人ひとりが公共の担い手であるという意識を高める必要があります。",
    "NPOの活動基盤はなお弱く、資金と人材の確保が課題です。",
    "情報の発信と交流の場が十分ではありません。また、中間支援の機能も求められています。",
    "行政とNPOの協働は進みつつありますが、成果の共有が不足しています。",
)


@dataclass
class Project:
    """A project as it is printed."""

    name: str
    overview: str
    ordinal: int
    thousands: list[int | None]


@dataclass
class Section:
    """A fiscal year's section."""

    year: int
    issues: list[str] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)


Sections = list[Section]


def editions(seed: int, count: int) -> Iterator[bytes]:
    """The HTML of so many editions."""
    pick = random.Random(seed)
    sections = [_section(pick, year) for year in (23, 22)]
    yield html(sections)
    for _ in range(count - 1):
        sections = copy.deepcopy(sections)
        for _ in range(pick.randint(1, 3)):
            pick.choice(EDITS)(pick, pick.choice(sections))
        yield html(sections)


def _section(pick: random.Random, year: int) -> Section:
    return Section(year, list(_ISSUES), [_project(pick, name, n) for n, name in enumerate(_NAMES, 1)])


def _project(pick: random.Random, name: str, ordinal: int) -> Project:
    return Project(name, f"{name.removesuffix('事業')}のため、{pick.randint(2, 99)}団体を支援します。", ordinal, [1, 2])


def html(sections: Sections) -> bytes:
    """The page, in one markup; other markup is other tests' matter."""
    return f"<html><body><h1>施策の頁</h1>{''.join(map(_section_html, sections))}</body></html>".encode()


def _section_html(section: Section) -> str:
    issues = "".join(f"<li>{text}</li>\n" for text in section.issues)
    projects = "".join(_project_html(section.year, project) for project in section.projects)
    return (
        f"<h2>平成{section.year}年度 施策概要</h2>\n<h3>現状と課題</h3>\n<ul>{issues}</ul>\n"
        f"<h3>主な事業の概要</h3>\n{projects}"
    )


def _project_html(year: int, project: Project) -> str:
    old, new = (f"{n:,}千円" if n is not None else "-千円" for n in project.thousands)
    return (
        f"<h4>{project.ordinal}.{project.name}</h4>\n<p>予算額:({year - 1}) {old} → ({year}) {new}</p>\n"
        f"<p>事業概要:{project.overview}</p>\n"
    )


# Edits


def _insert_project(pick: random.Random, section: Section) -> None:
    project = _project(pick, pick.choice(_MORE), len(section.projects) + 1)
    section.projects.insert(pick.randint(0, len(section.projects)), project)


def _remove_project(pick: random.Random, section: Section) -> None:
    if len(section.projects) > 2:
        section.projects.remove(pick.choice(section.projects))


def _rename(pick: random.Random, section: Section) -> None:
    project = pick.choice(section.projects)
    project.name = pick.choice(["新", "広域", ""]) + project.name.replace("推進", "促進")


def _reorder(pick: random.Random, section: Section) -> None:
    pick.shuffle(section.projects)


def _renumber(_: random.Random, section: Section) -> None:
    for ordinal, project in enumerate(section.projects, 1):
        project.ordinal = ordinal


def _amend(pick: random.Random, section: Section) -> None:
    pick.choice(section.projects).thousands[pick.randint(0, 1)] = pick.choice([None, pick.randint(1, 30_000)])


def _restyle(pick: random.Random, section: Section) -> None:
    project = pick.choice(section.projects)
    project.overview = project.overview.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


def _reword(pick: random.Random, section: Section) -> None:
    at = pick.randrange(len(section.issues))
    section.issues[at] = section.issues[at].replace("必要", "必要性").replace("活動", "取組", 1)


def _remove_issue(pick: random.Random, section: Section) -> None:
    if len(section.issues) > 2:
        section.issues.remove(pick.choice(section.issues))


def _bring_back(pick: random.Random, section: Section) -> None:
    section.issues.insert(pick.randint(0, len(section.issues)), pick.choice(_ISSUES))


def _split(_: random.Random, section: Section) -> None:
    for at, text in enumerate(section.issues):
        head, mark, rest = text.partition("。")
        if rest:
            section.issues[at : at + 1] = [head + mark, rest]
            return


def _merge(_: random.Random, section: Section) -> None:
    if len(section.issues) > 3:
        section.issues[:2] = ["".join(section.issues[:2])]


EDITS: tuple[Callable[[random.Random, Section], None], ...] = (
    _insert_project,
    _remove_project,
    _rename,
    _reorder,
    _renumber,
    _amend,
    _restyle,
    _reword,
    _remove_issue,
    _bring_back,
    _split,
    _merge,
)
