"""Changes as lines: what a person reads in a terminal."""

from typing import Any

import pytest

from pref_scraper.records import Change
from pref_scraper.report import changes, coloured

CENTRE = {"project_id": "p1", "project": "交流センター事業"}


def _change(record: str, change: str, field: str | None, old: Any, new: Any, **more: Any) -> Change:
    values = {"record_id": f"{record}-1", "fiscal_year": 2011, "label": "名", **more}
    return Change(record=record, change=change, field=field, old=old, new=new, **values)


def _budget(change: str, field: str | None, old: Any, new: Any, year: int = 2011) -> Change:
    label = f"交流センター事業 平成{year - 1988}年度"
    return _change("budgets", change, field, old, new, label=label, record_id=f"budgets-{year}", **CENTRE)


def _lines(*found: Change, **options: Any) -> list[str]:
    """What stands below the heading of the year."""
    heading, *rest = changes(found, **options)
    assert heading == "平成23年度 (2011)"
    return [line.removeprefix("  ") for line in rest]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ((28_709_000, "28,709千円"), (29_100_000, "29,100千円"), "28,709千円 → 29,100千円 (+391千円, +1.4 %)"),
        ((29_100_000, "29,100千円"), (28_709_500, "28,709,500円"), "29,100千円 → 28,709,500円 (-390,500円, -1.3 %)"),
        ((3_111_000, "3,111千円"), (None, "－　千円"), "3,111千円 → －　千円"),
        ((None, "－　千円"), (1_200_000, "1,200千円"), "－　千円 → 1,200千円"),
        ((0, "0千円"), (1_200_000, "1,200千円"), "0千円 → 1,200千円 (+1,200千円)"),
        ((-2_000_000, "△2,000千円"), (1_000_000, "1,000千円"), "△2,000千円 → 1,000千円 (+3,000千円, +150.0 %)"),
    ],
)
def test_amounts_are_compared_as_numbers(old: tuple[Any, str], new: tuple[Any, str], line: str) -> None:
    found = [
        _budget("modified", field, *values) for field, *values in zip(("amount_yen", "printed"), old, new, strict=True)
    ]
    assert _lines(*found) == ["事業 交流センター事業", f"  ~ 予算額 平成23年度: {line}"]


def test_an_amount_whose_print_stays_is_told_all_the_same() -> None:
    """As where the unit above a table is corrected; and what else changed of the figure is not lost."""
    found = [
        _budget("modified", "amount_yen", 5_000, 5_000_000),
        _budget("modified", "basis", "当初予算額", "予算額"),
    ]
    assert _lines(*found) == [
        "事業 交流センター事業",
        "  ~ 予算額 平成23年度 予算額（円）: 5千円 → 5,000千円 (+4,995千円, +99900.0 %)",
        "  ~ 予算額 平成23年度 予算区分: [-当初予算額-]{+予算額+}",
    ]


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (
            _change("statements", "modified", "text", "県民の参加を促す。", "県民の参画を促す。"),
            ["現状と課題・取組", "  ~ 県民の[-参加-]{+参画+}を促す。"],
        ),
        (
            _change("statements", "modified", "group_name", "市民の輪", "市民の和", label="県民の参加を促す。"),
            ["現状と課題・取組", "  ~ 県民の参加を促す。 区分: 市民の[-輪-]{+和+}"],
        ),
        (
            _change("projects", "renamed", "name", "交流センター", "交流センター事業", record_id="p1", **CENTRE),
            ["事業 交流センター事業", "  ~ 名称変更: 交流センター → 交流センター事業"],
        ),
        (
            _change("projects", "modified", "flag", None, "新", record_id="p1", **CENTRE),
            ["事業 交流センター事業", "  ~ 新規・継続: {+新+}"],
        ),
        (
            _change("projects", "removed", None, "交流センター事業", None, record_id="p1", **CENTRE),
            ["- 事業 交流センター事業"],
        ),
        (
            _change("projects", "reappeared", None, None, "交流センター事業", record_id="p1", **CENTRE),
            ["+ 事業 交流センター事業 (reappeared)"],
        ),
        (
            _change("targets", "modified", "actual_value", 45.2, 50.1, label="協働の数"),
            ["数値目標", "  ~ 協働の数 実績値: 45.2 → 50.1 (+4.9)"],
        ),
        (
            _change("targets", "modified", "actual_year", 2009, None, label="協働の数"),
            ["数値目標", "  ~ 協働の数 実績年度: 平成21年度 → (none)"],
        ),
        (
            _change("statements", "added", None, None, "一つ。\n二つ。\x1b[2J"),
            ["現状と課題・取組", "  + 一つ。 / 二つ。\ufffd[2J"],
        ),
    ],
)
def test_a_change_is_a_line(change: Change, lines: list[str]) -> None:
    assert _lines(change) == lines


def test_projects_stand_as_the_page_lists_them() -> None:
    first = {"project_id": "p1", "project": "第一の事業", "project_position": 1}
    second = {"project_id": "p2", "project": "第二の事業", "project_position": 2}
    found = [
        _change("projects", "modified", "account", "総務費", "民生費", record_id="p2", **second),
        _change("budgets", "removed", None, "1千円", None, label="第一の事業 平成22年度", record_id="b1", **first),
    ]
    named = [line.split()[-1] for line in changes(found) if line.startswith("  事業")]
    assert named == ["第一の事業", "第二の事業"]


def test_changes_are_grouped_by_year_and_project() -> None:
    """Newest year first, what has none before them; a project's budgets stand with its own fields."""
    found = [
        _change("pages", "modified", "headings", ("位置づけ",), ("位置付け", "成果"), fiscal_year=None),
        _change("years", "modified", "subtitle", "旧", "新", fiscal_year=2003),
        _change("years", "modified", "subtitle", "旧", "新"),
        _change("projects", "modified", "account", "総務費", "民生費", record_id="p1", **CENTRE),
        _change("projects", "added", None, None, "別の事業", record_id="p2", project_id="p2", project="別の事業"),
        _budget("removed", None, "1千円", None, 2010),
        _budget("added", None, None, "2千円"),
        _change("unread", "removed", None, "欄外", None, fiscal_year=None),
    ]
    assert list(changes(found)) == [
        "年度なし",
        "  ページ",
        "    ~ 見出し: [-位置づけ-]{+位置付け / 成果+}",
        "  未読",
        "    - 欄外",
        "平成23年度 (2011)",
        "  年度",
        "    ~ 副題: [-旧-]{+新+}",
        "  事業 交流センター事業",
        "    ~ 款項目: [-総務費-]{+民生費+}",
        "    - 予算額 平成22年度: 1千円",
        "    + 予算額 平成23年度: 2千円",
        "  + 事業 別の事業",
        "平成15年度 (2003)",
        "  年度",
        "    ~ 副題: [-旧-]{+新+}",
    ]


QUIET = [
    _change("statements", "moved", "position", 3, 2, label="一つ。"),
    _change("statements", "moved", "position", 4, 3, label="二つ。", record_id="statements-2"),
    _budget("restyled", "printed", "5千円", "５千円"),
]


def test_moves_and_changes_of_width_are_counted_and_listed_on_demand() -> None:
    assert list(changes(QUIET)) == ["2 records moved", "1 record restyled"]
    assert list(changes(QUIET, everything=True)) == [
        "2 records moved",
        "  平成23年度 (2011)",
        "    現状と課題・取組",
        "      ~ 一つ。 順: 3 → 2",
        "      ~ 二つ。 順: 4 → 3",
        "1 record restyled",
        "  平成23年度 (2011)",
        "    事業 交流センター事業",
        "      ~ 予算額 平成23年度: 5千円 → ５千円",
    ]


def test_colours_are_beside_the_signs() -> None:
    found = [
        _change("statements", "modified", "text", "県民の参加", "県民の参画"),
        _change("statements", "removed", None, "古い。", None, record_id="statements-2"),
        _budget("modified", "printed", "1千円", "2千円"),
    ]
    red, green, bold, end = "\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[0m"
    assert list(changes(found, paint=coloured)) == [
        f"{bold}平成23年度 (2011){end}",
        "  現状と課題・取組",
        f"    ~ 県民の{red}[-参加-]{end}{green}{{+参画+}}{end}",
        f"    {red}- 古い。{end}",
        "  事業 交流センター事業",
        f"    ~ 予算額 平成23年度: {red}1千円{end} → {green}2千円{end}",
    ]
