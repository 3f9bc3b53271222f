"""Budgets over the years as charts; pure.

In go rows of the view `budget_series` (mappings with its columns) and the names of a language, out comes
a chart as Vega-Lite reads it, with its data in it: `project` of the rows of one series, `measure` of those
of one source. `told` says the same rows in words, for who cannot see a chart. Without a printed figure
there is no chart: None.

All that is drawn as a height is a printed figure, in yen under `yen` or `first`. Where a dash is printed there
is none, and where no section states a year neither: that is said in words (記載なし), and is never a
zero. A sum stands only in words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from .japanese.money import format_amount
from .japanese.years import format_year
from .names import Names

Row = Mapping[str, Any]
Spec = dict[str, Any]

WORDS = {
    "year": ("年度", "Fiscal year"),
    "project": ("事業", "Project"),
    "printed": ("予算額", "Budget"),
    "said": ("記載箇所", "Stated in"),
    "stated": ("予算額", "Budget"),
    "figure": ("{printed} … {said}", "{printed}, {said}"),
    "total": ("年度の合計", "Total of the year"),
    "sum": ("{japanese}（{figures}件）", "{yen:,} yen ({figures} figures)"),
    "at": ("{western} {era}", "{western}"),
    "section": ("{year}の欄（{standing}{agreement}）{doubt}", "section of {year} ({standing}{agreement}){doubt}"),
    "agrees": ("、当年度の欄と同額", ", the same amount as in its own year's"),
    "differs": ("、当年度の欄と異なる", ", another amount than in its own year's"),
    "doubt": ("［要確認: {reason}］", " [doubtful: {reason}]"),
    "dash": ("{printed}（記載なし）", "{printed} (not printed)"),
    "none": ("記載なし", "not printed"),
    "nones": ("記載なし {number}件", "{number} not printed"),
    "others": ("その他の事業", "Other projects"),
    "own-year": ("当年度の欄の金額", "Stated in the year's own section"),
    "restated": ("後の年度の欄が記す金額", "As a later year's section states it"),
    "forecast": ("前の年度の欄が記す金額", "As an earlier year's section states it"),
    "yen": ("予算額（円）", "Budget (yen)"),
    "thousands": ("予算額（千円）", "Budget (thousand yen)"),
    "millions": ("予算額（百万円）", "Budget (million yen)"),
}

# From which amount on an axis counts in which unit.
_UNITS = ((10**9, 10**6, "millions"), (10**4, 10**3, "thousands"), (0, 1, "yen"))

# Told apart by those who see no red or no green, too (Okabe and Ito); grey is for what has no colour of its own.
_BLUE, _RED, _GREY = "#0072b2", "#d55e00", "#8a8f94"
_COLOURS = (_BLUE, "#e69f00", "#009e73", "#cc79a7", "#56b4e9", _RED, "#f0e442")

# By where a figure stands. Those that are hollow are larger, and leave seen what is drawn upon them.
_LOOKS: dict[str, Spec] = {
    "own-year": {"shape": "circle", "fill": _BLUE, "stroke": _BLUE, "size": 70},
    "restated": {"shape": "diamond", "fill": "transparent", "stroke": _RED, "size": 200},
    "forecast": {"shape": "circle", "fill": "transparent", "stroke": _BLUE, "size": 200},
}

_CONFIG: Spec = {
    "font": '"Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", "Noto Sans JP", sans-serif',
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "fontSize": 15,
        "subtitleFontSize": 12,
        "subtitleColor": "#4a5560",
        "subtitlePadding": 6,
    },
    "axis": {"labelFontSize": 11, "labelColor": "#222", "domainColor": "#6b7680", "tickColor": "#6b7680"},
    "axisX": {"labelFontSize": 10, "labelAngle": 0, "labelOverlap": "parity", "labelSeparation": 2},
    "axisY": {"gridColor": "#dde2e6", "domain": False, "tickCount": 6},
    "legend": {"orient": "bottom", "columns": 1, "title": None, "labelFontSize": 12, "labelLimit": 300},
}
_LINE: Spec = {"type": "line", "color": _BLUE}
_TIE: Spec = {"type": "rule", "color": _RED, "strokeDash": [3, 2]}
_POINT: Spec = {"type": "point", "strokeWidth": 2, "opacity": 1}
_PART: Spec = {"type": "bar", "stroke": "#222", "strokeWidth": 0.5}
_WORD: Spec = {"type": "text", "angle": 270, "align": "left", "dx": 4, "fontSize": 11, "color": "#4a5560"}

# Where a year's parts end, from which a word goes up.
_TOPS: tuple[Spec, ...] = (
    {"aggregate": [{"op": "sum", "field": "yen", "as": "top"}], "groupby": ["at", "none"]},
    {"calculate": "isValid(datum.top) ? datum.top : 0", "as": "top"},
)

_TITLE_SIGNS = 22
"""Signs of a title that stand in one line, also on a phone."""


def project(rows: Sequence[Row], names: Names, source: str = "") -> Spec | None:
    """One project of a source over the years: a point per year and amount, however many sections state it.

    A line joins what the sections of successive years say of their own year. A figure that only another year's
    section has is marked by its shape, and tied to the first of its year where that is another amount.
    """
    data = sorted(_points(rows, names), key=lambda point: -point["size"])
    hover = _tooltip(names, "year", "stated")
    layers = [
        *_layer(_LINE, data, "run", y=_height("yen"), detail={"field": "run"}),
        *_layer(_TIE, data, "first", y=_height("yen"), y2={"field": "first"}),
        *_layer(_POINT, data, "kind", y=_height("yen"), tooltip=hover, **_looks(data, names)),
        *_layer(_WORD, data, "none", y={"value": {"expr": "height"}}, text={"field": "none"}, tooltip=hover),
    ]
    has_figures = any(row["amount_yen"] is not None for row in rows)
    return _chart(rows, names, layers, data, rows[0]["project"], source) if has_figures else None


def measure(rows: Iterable[Row], names: Names, title: str) -> Spec | None:
    """All projects of a source, of each year what its own section states, one on the other.

    The largest have a colour each, all others one together. A project without a figure has no part: how many
    there are stands above the parts of the year.
    """
    own = [row for row in rows if row["standing"] == "own-year"]
    if all(row["amount_yen"] is None for row in own):
        return None
    parts = [*_parts(own, names)]
    data = parts + _gaps(own, names)
    hover = _tooltip(names, "year", "project", "printed", "said", "total")
    colour = {"field": "group", "type": "nominal", "scale": _colours(parts)}
    order = {"field": "rank", "type": "quantitative"}
    stacked = _height("yen") | {"stack": "zero"}
    layers = [
        *_layer(_PART, data, "yen", y=stacked, color=colour, order=order, tooltip=hover),
        *_layer(_WORD, data, "none", *_TOPS, y=_height("top"), text={"field": "none"}),
    ]
    return _chart(own, names, layers, data, title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A row in words: of which year, of which project, what is printed, and where; and the row itself."""

    year: str
    project: str
    printed: str
    said: str
    row: Row


def told(rows: Iterable[Row], names: Names) -> list[Told]:
    """The rows in words, dashes too, by year and within it as they come."""
    return [
        Told(
            year=names.both_years(row["budget_year"]),
            project=row["project"],
            printed=_printed(row, names),
            said=_said(row, names),
            row=row,
        )
        for row in sorted(rows, key=lambda row: row["budget_year"])
    ]


def totals(rows: Iterable[Row], names: Names) -> dict[str, str]:
    """The sum of each year that has a figure, by the year as `told` has it; of rows of which each counts once."""
    told_of = {names.both_years(year): _total(of_year, names) for year, of_year in _by_year(rows).items()}
    return {year: total for year, total in told_of.items() if total is not None}


def _points(rows: Iterable[Row], names: Names) -> Iterator[Spec]:
    """What is drawn of a project: for each amount of a year a point, for dashes a word.

    Each says all that is stated of its year: points may hide one another.
    """
    words = names.words(WORDS)
    runs = _runs(rows)
    for year, of_year in _by_year(rows).items():
        stated = [words["figure"].format(printed=_printed(row, names), said=_said(row, names)) for row in of_year]
        common = _of_year(year, names) | {"stated": "\n".join(stated), "yen": None, "size": 0}
        amounts = [row["amount_yen"] for row in of_year]
        figures = [*dict.fromkeys(amount for amount in amounts if amount is not None)]
        for amount in figures:
            kind = _kind(row["standing"] for row in of_year if row["amount_yen"] == amount)
            yield common | {
                "yen": amount,
                "kind": words[kind],
                "size": _LOOKS[kind]["size"],
                "run": runs.get(year) if kind == "own-year" else None,
                "first": figures[0] if amount != figures[0] else None,
            }
        if None in amounts:
            yield common | {"none": words["none"]}


def _kind(standings: Iterable[str]) -> str:
    """What an amount is that several sections may state: its own year's first."""
    return min(standings, key=[*_LOOKS].index)


def _runs(rows: Iterable[Row]) -> dict[int, int]:
    """By year with one amount of its own section, the first year of the unbroken run that it stands in."""
    own: dict[int, set[int]] = {}
    for row in rows:
        if row["standing"] == "own-year" and row["amount_yen"] is not None:
            own.setdefault(row["budget_year"], set()).add(row["amount_yen"])
    runs: dict[int, int] = {}
    for year in sorted(year for year, amounts in own.items() if len(amounts) == 1):
        runs[year] = runs.get(year - 1, year)
    return runs


def _parts(own: Sequence[Row], names: Names) -> Iterator[Spec]:
    """What is drawn of a source: a part per figure, the largest projects first; dashes without a height."""
    others = names.words(WORDS)["others"]
    ranks = _ranks(own)
    coloured = len(ranks) if len(ranks) <= len(_COLOURS) + 1 else len(_COLOURS)
    years = {
        year: _of_year(year, names) | {"total": _total(of_year, names), "none": _none(of_year, names)}
        for year, of_year in _by_year(own).items()
    }
    for row in sorted(own, key=_when):
        rank = ranks.get(row["series"], len(ranks))
        yield years[row["budget_year"]] | {
            "project": row["project"],
            "group": row["project"] if rank < coloured else others,
            "rank": rank,
            "yen": row["amount_yen"],
            "printed": _printed(row, names),
            "said": _said(row, names),
        }


def _ranks(rows: Iterable[Row]) -> dict[str, int]:
    """By series that has a figure, its rank by the sum of its figures: 0 is the largest."""
    sums: dict[str, int] = {}
    for row in rows:
        if row["amount_yen"] is not None:
            sums[row["series"]] = sums.get(row["series"], 0) + row["amount_yen"]
    return {series: rank for rank, series in enumerate(sorted(sums, key=lambda series: -sums[series]))}


def _gaps(rows: Sequence[Row], names: Names) -> list[Spec]:
    """The years between the first and the last of which no section says anything."""
    said = {row["budget_year"] for row in rows}
    none = names.words(WORDS)["none"]
    return [_of_year(year, names) | {"yen": None, "none": none} for year in _years(rows) if year not in said]


def _total(rows: Sequence[Row], names: Names) -> str | None:
    """The sum of a year's figures, in words, with how many there are; None where there is none."""
    figures = [row["amount_yen"] for row in rows if row["amount_yen"] is not None]
    yen = sum(figures)
    told = names.words(WORDS)["sum"].format(japanese=format_amount(yen), yen=yen, figures=len(figures))
    return told if figures else None


def _none(rows: Sequence[Row], names: Names) -> str | None:
    """That a year has no figure, or how many of its projects have none; None where all have one."""
    words = names.words(WORDS)
    number = sum(row["amount_yen"] is None for row in rows)
    return words["none"] if number == len(rows) else words["nones"].format(number=number) if number else None


def _of_year(year: int, names: Names) -> Spec:
    """A year as it stands on the axis, its western number above the Japanese one, and under the pointer."""
    at = names.words(WORDS)["at"].format(western=year, era=format_year(year).removesuffix("年度"))
    return {"at": at, "year": names.both_years(year)}


def _printed(row: Row, names: Names) -> str:
    is_dash = row["amount_yen"] is None
    return names.words(WORDS)["dash"].format(printed=row["printed"]) if is_dash else str(row["printed"])


def _said(row: Row, names: Names) -> str:
    """In which year's section a figure stands, and as what: `平成21年度の欄（再掲、当年度の欄と異なる）`."""
    words = names.words(WORDS)
    agreement = "" if row["agrees"] is None else words["agrees"] if row["agrees"] else words["differs"]
    reason = row["doubtful"] and names.value("budget_series", "doubtful", row["doubtful"])
    return words["section"].format(
        year=names.year(row["fiscal_year"]),
        standing=names.value("budget_series", "standing", row["standing"]),
        agreement=agreement,
        doubt=words["doubt"].format(reason=reason) if reason else "",
    )


def _when(row: Row) -> tuple[int, int]:
    return row["budget_year"], row["fiscal_year"]


def _by_year(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """The rows of each year, those of the earliest section first."""
    return {year: [*rows] for year, rows in groupby(sorted(rows, key=_when), key=lambda row: row["budget_year"])}


def _years(rows: Iterable[Row]) -> range:
    """Every year from the first to the last."""
    years = {row["budget_year"] for row in rows}
    return range(min(years), max(years) + 1)


def _height(field: str) -> Spec:
    return {"field": field, "type": "quantitative"}


def _tooltip(names: Names, *fields: str) -> list[Spec]:
    return [{"field": field, "title": names.words(WORDS)[field]} for field in fields]


def _looks(points: Iterable[Spec], names: Names) -> Spec:
    """The channels by which kinds of figures are told apart, with one legend for all that there are."""
    words = names.words(WORDS)
    shown = {point.get("kind") for point in points}
    looks = {words[kind]: look for kind, look in _LOOKS.items() if words[kind] in shown}
    channels: Spec = {
        channel: {
            "field": "kind",
            "type": "nominal",
            "scale": {"domain": [*looks], "range": [look[channel] for look in looks.values()]},
        }
        for channel in ("shape", "fill", "stroke")
    }
    return channels | {"size": _height("size") | {"scale": None}}


def _colours(parts: Iterable[Spec]) -> Spec:
    """A colour for each project that has one and for all others, the largest first."""
    drawn = sorted((part for part in parts if part["yen"] is not None), key=lambda part: part["rank"])
    groups = [*dict.fromkeys(part["group"] for part in drawn)]
    return {"domain": groups, "range": [*_COLOURS, _GREY][: len(groups)]}


def _layer(
    mark: Spec, data: Iterable[Spec], field: str, *transform: Spec, **encoding: Spec | list[Spec]
) -> Iterator[Spec]:
    """A mark for each datum that has a field; no layer where none has it."""
    if any(datum.get(field) is not None for datum in data):
        yield {"mark": mark, "transform": [{"filter": f"isValid(datum.{field})"}, *transform], "encoding": encoding}


def _chart(
    rows: Sequence[Row], names: Names, layers: list[Spec], data: list[Spec], title: str, source: str = ""
) -> Spec:
    """A picture as wide as its place, with every year on one axis and yen from zero on the other."""
    largest = max(abs(row["amount_yen"] or 0) for row in rows)
    unit, label = next((unit, label) for least, unit, label in _UNITS if largest >= least)
    return {
        "title": {"text": _lines(title), "subtitle": [*_lines(source), names.words(WORDS)[label]]},
        "width": "container",
        "height": 280,
        "padding": 12,
        "background": "white",
        "config": _CONFIG,
        "data": {"values": data},
        "encoding": {
            "x": {
                "field": "at",
                "type": "ordinal",
                "scale": {"domain": [_of_year(year, names)["at"] for year in _years(rows)]},
                "axis": {"title": None, "labelExpr": "split(datum.label, ' ')"},
            },
            "y": {"axis": {"title": None, "labelExpr": f"format(datum.value / {unit}, ',')"}, "scale": {"zero": True}},
        },
        "layer": layers,
    }


def _lines(title: str) -> list[str]:
    return [title[start : start + _TITLE_SIGNS] for start in range(0, len(title), _TITLE_SIGNS)]
