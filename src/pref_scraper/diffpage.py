"""Differences as one HTML page; pure.

In go differences, one per source, out comes a document that needs nothing beside itself: no
script, no font, no image, and a policy that forbids the browser to load any. It reads the
same in black and white and aloud: what was removed or added is said in words, too.

All text is escaped where it enters an element, and only here: `_Html` is what has been.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from . import outline
from .archive import Capture
from .history import Difference, in_japan
from .labels import CHANGE_LABELS
from .outline import Group, Item, Row
from .prose import Segment
from .records import Change

_VOID = frozenset({"meta"})
_TAGS = {"removed": "del", "added": "ins"}
# What came or went as a whole: the element it stands in.
_WHOLE = {"added": "ins", "reappeared": "ins", "removed": "del"}


class _Html(str):
    """Markup, which goes into the page as it is; any other text is escaped."""

    __slots__ = ()


def _element(name: str, /, *children: str, **attributes: str) -> _Html:
    """An element; a trailing underscore of an attribute's name is dropped, so that it can be `class_`."""
    listed = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"' for key, value in attributes.items() if value
    )
    content = "".join(map(_escaped, children))
    return _Html(f"<{name}{listed}>" if name in _VOID else f"<{name}{listed}>{content}</{name}>")


def _escaped(text: str) -> str:
    return text if isinstance(text, _Html) else html.escape(outline.clean(text))


def page(found: Sequence[Difference]) -> str:
    """The page on which each difference has its part, in the order given."""
    title = "変更点: " + "、".join(one.name for one in found) if found else "変更点"
    head = _element(
        "head",
        _element("meta", charset="utf-8"),
        _element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        _element("meta", http_equiv="Content-Security-Policy", content="default-src 'none'; style-src 'unsafe-inline'"),
        _element("meta", name="color-scheme", content="light dark"),
        _element("title", title),
        _element("style", _Html(_STYLE)),
    )
    parts = [_difference(one) for one in found] or [_element("p", "変更はまだありません。")]
    body = _element("body", _element("main", _element("h1", "変更点"), *parts))
    return f"<!DOCTYPE html>\n{_element('html', head, body, lang='ja')}"


def _difference(found: Difference) -> _Html:
    loud, quiet = outline.split(found.changes)
    url = _element("a", found.url, href=found.url) if is_web(found.url) else found.url
    return _element(
        "article",
        _element("h2", found.name),
        _element("p", url, class_="url"),
        _element("dl", *_when("変更前", found.before), *_when("変更後", found.after)),
        _summary(found),
        *_sections(loud, "h3"),
        *(_quiet(kind, changes) for kind, changes in quiet.items() if changes),
    )


def is_web(url: str) -> bool:
    """Whether an address may become a link."""
    return urlsplit(url).scheme in ("http", "https")


def _when(label: str, capture: Capture) -> Iterator[_Html]:
    """A capture's time in Japan, and beside it in UTC as archive.db has it."""
    time = _element("time", f"{in_japan(capture.captured_at)} 日本時間", datetime=capture.captured_at)
    yield _element("dt", label)
    yield _element("dd", time, " ", _element("span", f"({capture.captured_at})", class_="utc"))


def _summary(found: Difference) -> _Html:
    """追加 3 削除 1 変更 1: how many records of each kind."""
    numbers = [f"{CHANGE_LABELS[kind]} {number}" for kind, number in outline.count(found.changes).items() if number]
    items = [_element("li", number) for number in numbers] or [_element("li", "変更なし")]
    return _element("ul", *items, class_="summary")


def _quiet(kind: str, changes: Sequence[Change]) -> _Html:
    number = outline.count(changes)[kind]
    summary = _element("summary", f"{CHANGE_LABELS[kind]} {number}件")
    return _element("details", summary, *_sections(changes, "h3"))


def _sections(changes: Iterable[Change], heading: str) -> Iterator[_Html]:
    for section in outline.arrange(changes):
        yield _element("section", _element(heading, section.heading), *map(_group, section.groups))


def _group(group: Group) -> _Html:
    badge = [_badge(group.change)] if group.change else []
    name = _in_whole(group.change, group.name or group.label)
    label = [_element("span", group.label, class_="label"), " "] if group.name else []
    return _element("section", _element("h4", *badge, *label, name), *map(_item, group.items), class_="group")


def _item(item: Item) -> _Html:
    """A record: its rows say what was before and after, so only what came or went is labelled."""
    badge = [_badge(item.change)] if item.change in _WHOLE else []
    head = [_element("p", *badge, item.title)] if badge or item.title else []
    return _element("div", *head, *(_row(item, row) for row in item.rows), class_="item")


def _badge(change: str) -> _Html:
    return _element("b", CHANGE_LABELS[change], class_=f"badge {change}")


def _in_whole(change: str | None, text: str) -> _Html | str:
    return _element(_WHOLE[change], text) if change in _WHOLE else text


def _row(item: Item, row: Row) -> _Html:
    """Old and new side by side, or the only one there is."""
    is_whole = item.change in _WHOLE
    label = [_element("p", row.label, class_="field")] if row.label else []
    kind = f"pair{' number' if row.is_number else ''}{' whole' if is_whole else ''}"
    return _element("div", *label, *(_only(item.change, row) if is_whole else _both(row)), class_=kind)


def _only(change: str, row: Row) -> Iterator[_Html]:
    """What came or went, on its side."""
    side, text = ("old", row.old) if row.new is None else ("new", row.new)
    yield _element("p", _in_whole(change, str(text)), class_=side)


def _both(row: Row) -> Iterator[_Html]:
    """What stood and what stands there; below them by how much a number moved."""
    segments = row.segments()
    for side, name, text, other in (("old", "変更前", row.old, "added"), ("new", "変更後", row.new, "removed")):
        yield _side(side, name, None if text is None else [one for one in segments if one.kind != other])
    if row.by:
        yield _element("p", f"増減 {' '.join(row.by)}", class_="by")


def _side(side: str, name: str, segments: Sequence[Segment] | None) -> _Html:
    """What stood or stands there, with what the other side has not marked in words and by elements."""
    if segments is None:
        parts = [_element("span", "なし", class_="none")]
    else:
        parts = [_marked(kind, text) if kind in _TAGS else _element("span", text) for kind, text in segments]
    return _element("p", _element("span", name, class_="side"), *parts, class_=side)


def _marked(kind: str, text: str) -> _Html:
    """Screen readers say nothing of <ins> and <del>: the words around it are for them alone."""
    word = CHANGE_LABELS[kind]
    start, end = (_element("span", sign, class_="aloud") for sign in (f"［{word}］", f"［{word}終わり］"))
    return _element(_TAGS[kind], start, text, end)


_STYLE = """
:root { color-scheme: light dark; --line: #ccc; --quiet: #595959; --card: #f6f6f4; --red: #a40000; --redbg: #ffe3e0;
  --green: #00552b; --greenbg: #d9f2e0; --link: #0645ad; }
@media (prefers-color-scheme: dark) { :root { --line: #555; --quiet: #b5b5b5; --card: #262628; --red: #ffb3ab;
  --redbg: #4a1f1c; --green: #a5e6bb; --greenbg: #17402a; --link: #9cc4ff; } body { background: #1a1a1c; color: #eee; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.7 "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", "Noto Sans JP", sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.3rem; margin: 0 0 1rem; } h2 { font-size: 1.4rem; line-height: 1.4; margin: 0; }
h3 { font-size: 1.15rem; margin: 2rem 0 .5rem; padding-bottom: .2rem; border-bottom: 2px solid var(--line); }
h4 { font-size: 1rem; margin: 0 0 .5rem; } p, dl, ul { margin: 0; }
article + article { margin-top: 3rem; border-top: 4px double var(--line); padding-top: 2rem; }
a { color: var(--link); } .url { overflow-wrap: anywhere; font-size: .875rem; }
dl { display: grid; grid-template-columns: max-content 1fr; column-gap: 1rem; margin: .75rem 0; } dd { margin: 0; }
dt, .label, .utc, .field, .side, .none { color: var(--quiet); } .utc, .field, .side { font-size: .875rem; }
.utc { white-space: nowrap; }
.summary { display: flex; flex-wrap: wrap; gap: .25rem .5rem; padding: 0; list-style: none; }
.summary li { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .75rem; }
.group { margin: 1rem 0; padding: .75rem 1rem; background: var(--card); border-radius: .5rem; }
.item + .item { margin-top: .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
.badge { display: inline-block; border: 1px solid; border-radius: .25rem; padding: 0 .4rem; margin-right: .5rem;
  font-size: .8125rem; line-height: 1.5; }
.badge.removed { color: var(--red); } .badge.added, .badge.reappeared { color: var(--green); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .25rem 1.5rem; }
.pair + .pair { margin-top: .5rem; } .field { grid-column: 1 / -1; font-weight: 600; }
.old, .new { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; min-width: 0; }
.old { grid-column: 1; } .new, .by { grid-column: 2; } .side { display: block; }
.number .side { display: inline; margin-right: .75rem; }
.number .old, .number .new, .by { text-align: right; font-variant-numeric: tabular-nums; }
del { color: var(--red); background: var(--redbg); text-decoration: line-through; }
ins { color: var(--green); background: var(--greenbg); text-decoration: underline; text-underline-offset: .2em; }
.whole del, .whole ins, h4 del, h4 ins { text-decoration: none; }
.aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
details { margin-top: 2rem; } summary { cursor: pointer; padding: .5rem 0; }
@media (max-width: 40rem) { .pair { grid-template-columns: 1fr; } .new, .by { grid-column: 1; } .group { padding: .75rem; }
  dl { grid-template-columns: 1fr; } }
@media print { body { background: #fff; color: #000; } .group { background: none; border: 1px solid #999; }
  .item { break-inside: avoid; } a { color: inherit; } }
"""
