"""Differences as one HTML page, or as parts of another; pure.

In go differences, one per source, out comes a document that needs nothing beside itself: no
script, no font, no image, and a policy that forbids the browser to load any. It reads the
same in black and white, aloud, and without its style: what was removed or added is said in words, too.

All text is escaped where it enters an element, and only here: `_Html` is what has been.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from . import outline
from .archive import Capture
from .history import Difference, in_japan
from .names import JAPANESE, Names
from .outline import Group, Item, Row
from .prose import Segment
from .records import Change

_VOID = frozenset({"meta"})
_TAGS = {"removed": "del", "added": "ins"}
# What came or went as a whole: the element it stands in.
_WHOLE = {"added": "ins", "reappeared": "ins", "removed": "del"}
_WORDS = {
    "changes": ("変更点", "Changes"),
    "none_yet": ("変更はまだありません。", "There are no changes yet."),
    "before": ("変更前", "Before"),
    "after": ("変更後", "After"),
    "japan": ("日本時間", "in Japan"),
    "unchanged": ("変更なし", "No change"),
    "records": ("件", ""),
    "by": ("増減", "By"),
    "none": ("なし", "None"),
    "starts": ("［{}］", "[{}]"),
    "ends": ("［{}終わり］", "[{} ends]"),
}


class _Html(str):
    """Markup, which goes into the page as it is; any other text is escaped."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tells templates the same."""
        return str(self)


def _element(name: str, /, *children: str, **attributes: str) -> _Html:
    """An element; a trailing underscore of an attribute's name is dropped, so that it can be `class_`."""
    listed = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"' for key, value in attributes.items() if value
    )
    content = "".join(map(_escaped, children))
    return _Html(f"<{name}{listed}>" if name in _VOID else f"<{name}{listed}>{content}</{name}>")


def _escaped(text: str) -> str:
    return text if isinstance(text, _Html) else html.escape(outline.clean(text))


def page(found: Sequence[Difference], names: Names = JAPANESE) -> str:
    """The page on which each difference has its part, in the order given."""
    words = names.words(_WORDS)
    title = f"{words['changes']}: " + "、".join(one.name for one in found) if found else words["changes"]
    head = _element(
        "head",
        _element("meta", charset="utf-8"),
        _element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        _element("meta", http_equiv="Content-Security-Policy", content="default-src 'none'; style-src 'unsafe-inline'"),
        _element("meta", name="color-scheme", content="light dark"),
        _element("title", title),
        _element("style", _Html(f"{STYLE}{_PAGE_STYLE}")),
    )
    parts = [_Part(names, 2).whole(one) for one in found] or [_element("p", words["none_yet"])]
    body = _element("body", _element("main", _element("h1", words["changes"]), *parts))
    return f"<!DOCTYPE html>\n{_element('html', head, body, lang=names.language)}"


def part(found: Difference, names: Names = JAPANESE, *, level: int = 2) -> _Html:
    """The part of one difference, for a page that has `STYLE`: its heading is of that level, those in it of the next two."""
    return _Part(names, level).whole(found)


def details(found: Difference, names: Names = JAPANESE, *, level: int = 2) -> _Html:
    """What changed alone, without the source and the times: as a part, for a page that says those itself."""
    return _element("div", *_Part(names, level).details(found), class_="changes")


def is_web(url: str) -> bool:
    """Whether an address may become a link."""
    return urlsplit(url).scheme in ("http", "https")


class _Part:
    """The part of one difference, in one language, with its headings from one level on."""

    def __init__(self, names: Names, level: int) -> None:
        self.names, self.level = names, level
        self.words = names.words(_WORDS)

    def whole(self, found: Difference) -> _Html:
        url = _element("a", found.url, href=found.url) if is_web(found.url) else found.url
        return _element(
            "article",
            _element(f"h{self.level}", found.name, class_="name"),
            _element("p", url, class_="url"),
            _element("dl", *self.when("before", found.before), *self.when("after", found.after), class_="when"),
            self.summary(found),
            *self.details(found),
            class_="changes",
        )

    def details(self, found: Difference) -> Iterator[_Html]:
        loud, quiet = outline.split(found.changes)
        yield from self.sections(loud)
        yield from (self.quiet(kind, changes) for kind, changes in quiet.items() if changes)

    def when(self, key: str, capture: Capture) -> Iterator[_Html]:
        """A capture's time in Japan, and beside it in UTC as archive.db has it."""
        text = f"{in_japan(capture.captured_at, self.names)} {self.words['japan']}"
        time = _element("time", text, datetime=capture.captured_at)
        yield _element("dt", self.words[key])
        yield _element("dd", time, " ", _element("span", f"({capture.captured_at})", class_="utc"))

    def summary(self, found: Difference) -> _Html:
        """追加 3 削除 1 変更 1: how many records of each kind."""
        kinds = outline.count(found.changes).items()
        numbers = [f"{self.names.changes[kind]} {number}" for kind, number in kinds if number]
        items = [_element("li", number) for number in numbers] or [_element("li", self.words["unchanged"])]
        return _element("ul", *items, class_="summary")

    def quiet(self, kind: str, changes: Sequence[Change]) -> _Html:
        number = outline.count(changes)[kind]
        summary = _element("summary", f"{self.names.changes[kind]} {number}{self.words['records']}")
        return _element("details", summary, *self.sections(changes))

    def sections(self, changes: Iterable[Change]) -> Iterator[_Html]:
        for section in outline.arrange(changes, self.names):
            heading = _element(f"h{self.level + 1}", section.heading, class_="section")
            yield _element("section", heading, *map(self.group, section.groups))

    def group(self, group: Group) -> _Html:
        badge = [self.badge(group.change), " "] if group.change else []
        label = [_element("span", group.label, class_="label"), " "] if group.name else []
        name = _in_whole(group.change, group.name or group.label)
        heading = _element(f"h{self.level + 2}", *badge, *label, name, class_="owner")
        return _element("section", heading, *map(self.item, group.items), class_="group")

    def item(self, item: Item) -> _Html:
        """A record: its rows say what was before and after, so only what came or went is labelled."""
        badge = [self.badge(item.change)] if item.change in _WHOLE else []
        title = [item.title] if item.title else []
        between = [" "] if badge and title else []
        head = [_element("p", *badge, *between, *title)] if badge or title else []
        return _element("div", *head, *(self.row(item, row) for row in item.rows), class_="item")

    def badge(self, change: str) -> _Html:
        return _element("b", self.names.changes[change], class_=f"badge {change}")

    def row(self, item: Item, row: Row) -> _Html:
        """Old and new side by side, or the only one there is."""
        is_whole = item.change in _WHOLE
        label = [_element("p", row.label, class_="field")] if row.label else []
        kind = f"pair{' number' if row.is_number else ''}{' whole' if is_whole else ''}"
        sides = _only(item.change, row) if is_whole else self.both(row)
        return _element("div", *label, *sides, class_=kind)

    def both(self, row: Row) -> Iterator[_Html]:
        """What stood and what stands there; below them by how much a number moved."""
        segments = row.segments()
        for side, key, text, other in (("old", "before", row.old, "added"), ("new", "after", row.new, "removed")):
            yield self.side(side, key, None if text is None else [one for one in segments if one.kind != other])
        if row.by:
            yield _element("p", f"{self.words['by']} {' '.join(row.by)}", class_="by")

    def side(self, side: str, key: str, segments: Sequence[Segment] | None) -> _Html:
        """What stood or stands there, with what the other side has not marked in words and by elements."""
        if segments is None:
            parts = [_element("span", self.words["none"], class_="none")]
        else:
            parts = [self.marked(kind, text) if kind in _TAGS else _element("span", text) for kind, text in segments]
        return _element("p", _element("span", f"{self.words[key]} ", class_="side"), *parts, class_=side)

    def marked(self, kind: str, text: str) -> _Html:
        """Screen readers say nothing of <ins> and <del>: the words around it are for them alone."""
        word = self.names.changes[kind]
        start, end = (_element("span", self.words[key].format(word), class_="aloud") for key in ("starts", "ends"))
        return _element(_TAGS[kind], start, text, end)


def _in_whole(change: str | None, text: str) -> _Html | str:
    return _element(_WHOLE[change], text) if change in _WHOLE else text


def _only(change: str, row: Row) -> Iterator[_Html]:
    """What came or went, on its side."""
    side, text = ("old", row.old) if row.new is None else ("new", row.new)
    yield _element("p", _in_whole(change, str(text)), class_=side)


_PAGE_STYLE = """
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) { body { background: #1a1a1c; color: #eee; }
  .changes { --line: #555; --quiet: #b5b5b5; --card: #262628; --red: #ffb3ab; --redbg: #4a1f1c; --green: #a5e6bb;
    --greenbg: #17402a; --link: #9cc4ff; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.7 "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", "Noto Sans JP", sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.3rem; margin: 0 0 1rem; }
.changes a { color: var(--link); }
@media print { body { background: #fff; color: #000; } .changes a { color: inherit; } }
"""

STYLE = _Html("""
.changes { --line: #ccc; --quiet: #595959; --card: #f6f6f4; --red: #a40000; --redbg: #ffe3e0; --green: #00552b;
  --greenbg: #d9f2e0; --link: #0645ad; line-height: 1.7; }
.changes + .changes { margin-top: 3rem; border-top: 4px double var(--line); padding-top: 2rem; }
.changes .name { font-size: 1.4rem; line-height: 1.4; margin: 0; }
.changes .section { font-size: 1.15rem; margin: 2rem 0 .5rem; padding-bottom: .2rem; border-bottom: 2px solid var(--line); }
.changes .owner { font-size: 1rem; font-weight: 600; margin: 0 0 .5rem; text-decoration: none; }
.changes p, .changes ul { margin: 0; }
.changes .url { overflow-wrap: anywhere; font-size: .875rem; }
.changes .when { display: grid; grid-template-columns: max-content 1fr; column-gap: 1rem; margin: .75rem 0; }
.changes .when dd { margin: 0; }
.changes dt, .changes .label, .changes .utc, .changes .field, .changes .side, .changes .none { color: var(--quiet); }
.changes .utc, .changes .field, .changes .side { font-size: .875rem; }
.changes .utc { white-space: nowrap; }
.changes .summary { display: flex; flex-wrap: wrap; gap: .25rem .5rem; padding: 0; list-style: none; }
.changes .summary li { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .75rem; list-style: none; }
.changes .group { margin: 1rem 0; padding: .75rem 1rem; background: var(--card); border-radius: .5rem; }
.changes .item + .item { margin-top: .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
.changes .badge { display: inline-block; border: 1px solid; border-radius: .25rem; padding: 0 .4rem; margin-right: .5rem;
  font-size: .8125rem; line-height: 1.5; }
.changes .badge.removed { color: var(--red); }
.changes .badge.added, .changes .badge.reappeared { color: var(--green); }
.changes .pair { display: grid; grid-template-columns: 1fr 1fr; gap: .25rem 1.5rem; }
.changes .pair + .pair { margin-top: .5rem; }
.changes .field { grid-column: 1 / -1; font-weight: 600; }
.changes .old, .changes .new { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; min-width: 0; }
.changes .old { grid-column: 1; }
.changes .new, .changes .by { grid-column: 2; }
.changes .side { display: block; }
.changes .number .side { display: inline; margin-right: .75rem; }
.changes .number .old, .changes .number .new, .changes .by { text-align: right; font-variant-numeric: tabular-nums; }
.changes del { color: var(--red); background: var(--redbg); text-decoration: line-through; }
.changes ins { color: var(--green); background: var(--greenbg); text-decoration: underline; text-underline-offset: .2em; }
.changes .whole del, .changes .whole ins, .changes .owner del, .changes .owner ins { text-decoration: none; }
.changes .aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.changes details { margin-top: 2rem; }
.changes summary { cursor: pointer; padding: .5rem 0; }
@media (max-width: 40rem) {
  .changes .pair, .changes .when { grid-template-columns: 1fr; }
  .changes .new, .changes .by { grid-column: 1; }
  .changes .group { padding: .75rem; }
}
@media print { .changes .group { background: none; border: 1px solid #999; } .changes .item { break-inside: avoid; } }
""")
"""The style of a part; it touches nothing around it."""
