"""The lines of a policy page, as tables and patterns. All of them match text in half width.

Every pattern matches a whole line, so whatever it does not name is a label, a marker or
a separator, and no character of a line that matched is left over.
"""

import re

from ..japanese.money import AMOUNT
from ..japanese.years import YEAR

MEASURES = "measures"
PURPOSES = "purposes"
TARGETS = "targets"
ISSUES = "issue"
DIRECTIONS = "direction"
PROJECTS = "projects"

# Headings that name a field, by the words they are printed in.
SECTIONS = {
    "施策体系": MEASURES,
    "施策の目的": PURPOSES,
    "目的": PURPOSES,
    "施策の数値目標": TARGETS,
    "数値目標": TARGETS,
    "施策目標項目": TARGETS,
    "県民指標": TARGETS,
    "活動指標": TARGETS,
    "現状と課題": ISSUES,
    "現状・課題": ISSUES,
    "現状と背景": ISSUES,
    "取組方向": DIRECTIONS,
    "取組方針": DIRECTIONS,
    "今後の方向": DIRECTIONS,
    "要求方針": DIRECTIONS,
    "主な事業の概要": PROJECTS,
    "主な事業": PROJECTS,
    "事業概要": PROJECTS,
    "事業内容": PROJECTS,
    "事業説明": PROJECTS,
}

_HEADING_MARKS = r"[■◆●○□◇【<〈《\s]*"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.VERBOSE)


# 平成23年度 施策概要 / 平成19年度の施策項目と事業費
YEAR_HEADING = _pattern(rf"{_HEADING_MARKS}(?P<year>{YEAR}) (?:の|\s*) (?:施策概要|施策項目と事業費|施策・事業概要)")

# (パートナーシップによる協働の推進), on the line after a year heading
SUBTITLE = _pattern(r"\((?P<subtitle>.+)\)")

# 施策体系 / 平成23年度の取組方向 / ■現状と課題
SECTION_HEADING = _pattern(
    rf"{_HEADING_MARKS} (?:{YEAR}(?:の|\s*))? (?P<section>{'|'.join(sorted(SECTIONS, key=len, reverse=True))}) [】>〉》\s]*"
)

# 521 NPOの参画… / 521NPO(ボランティア団体… / 52101 県民の…: three digits a measure, more a basic project
CODED_NAME = _pattern(r"(?P<code>\d{3,}) \s* (?P<name>\D.*)")

# (対象)NPOが
PURPOSE = _pattern(r"\((?P<label>対象|意図)\) \s* (?P<text>.+)")
PURPOSE_FIELDS = {"対象": "target", "意図": "intent"}

# 目標項目 H22年度 / NPO(…)の数 2,140 / 実績値 H20実績 1,931 / ※県が、…
_NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
TARGET_HEAD = _pattern(rf"目標項目 \s+ (?P<year>{YEAR})")
TARGET_ITEM = _pattern(rf"(?P<item>.*\S) \s+ (?P<value>{_NUMBER}) (?P<unit>[^\d\s,.、。]{{0,4}})")
TARGET_ACTUAL = _pattern(rf"実績値 \s+ (?P<year>{YEAR}) 実績 \s+ (?P<value>{_NUMBER}) (?P<unit>[^\d\s,.、。]{{0,4}})")
TARGET_NOTE = _pattern(r"(?P<note>※.+)")

# Typed bullets at the start of a list item: ・… / •… / 1.… / (1)… / ①…
BULLET = _pattern(r"(?: [・•●○◆■] | \d{1,2}\.(?!\d) | \(\d{1,2}\) | [①-⑳] ) \s* (?P<text>.+)")

# 1.(新)新しい公共支援基金事業 / 3.(一部新)NPO… / 1.新規 「新しい… / 4. NPO…
PROJECT = _pattern(
    r"""(?P<ordinal>\d{1,2}) \. (?!\d) \s*
        (?: \((?P<bracketed>新|新規|一部新|一部新規|継続|拡充|廃止)\) \s* | (?P<flag>新規|継続|拡充) \s+ )?
        (?P<name>\S.*)"""
)

# 1 市民活動及びボランティア活動の推進: a number, no dot, then a list of activities
GROUP = _pattern(r"\d{1,2} \s+ (?P<group>\D.*)")

# 【基本事業名:52101 県民の…】 / 【基本事業名:52101NPOと…】 / 【基本事業名:52101 多様な… without its end
BASIC_PROJECT = _pattern(r"【 基本事業名? \s* :? \s* (?P<code>\d+)? \s* (?P<name>[^】]*[^】\s]) \s* (?P<closed>】)?")

# (第2款 総務費 第5項 生活文化費 1生活対策費)
ACCOUNT = _pattern(r"\( (?P<account>第?\d+款.+) \)")

# 当初予算額:H20 3,899千円 → H21 3,011千円 / 予算額:(22) - 千円 → (23) 3,111千円 / ●当初予算 平成17年度 12,351千円
_BASIS = r"(?:(?:当初|補正後?|最終|現計|要求|査定|決算)?予算額?|事業費|要求額|査定額|補正額|決算額)"
_FIGURE = rf"(?:{YEAR})? \s* {AMOUNT}"
BUDGET = _pattern(rf"[●○・]? \s* (?P<basis>{_BASIS}) \s* :? \s* (?P<figures>{_FIGURE} (?:\s*→\s*{_FIGURE})*)")
FIGURE = _pattern(rf"(?P<year>{YEAR})? \s* (?P<amount>{AMOUNT})")

# 事業概要:県民の… / ●事業概要:「協働… / 事業概要 「みえ市民…
OVERVIEW = _pattern(r"[●○・]? \s* (?:事業概要|事業内容|事業説明) \s* [:\s] \s* (?P<text>\S.*)")

# ●NPO活動支援推進事業 26,880千円 / ●NPO推進強化事業
LISTED_PROJECT = _pattern(rf"● \s* (?P<name>\S.*?) (?: \s+ (?P<amount>{AMOUNT}) )?")
