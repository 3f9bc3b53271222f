"""The lines of a policy page, as tables and patterns, in any width.

A pattern matches from where it is tried up to the end of what it reads; what it does
not name is a label, a marker or a separator. What stands behind is read next, or unread.
"""

import re

from ..japanese.money import AMOUNT, BARE, UNIT
from ..japanese.width import CLOSE, COLON, DOT, OPEN
from ..japanese.years import YEAR, FiscalYear, read_year

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
_DECORATION = "■◆●○◎□◇▼▽★☆【】〔〕[]［］<>＜＞〈〉《》:： \t\u3000\u00a0\u2003"
_HEADING_LENGTH = 60
_SECTION_ENDS = frozenset(words[-2:] for words in SECTIONS)


def _pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(text, re.VERBOSE | flags)


_ORDINAL = _pattern(rf"(?: \d{{1,2}} | {OPEN}\d{{1,2}}{CLOSE} | [①-⑳] ) (?:{DOT}|\s)* (?=\D)")
_OF_YEAR = _pattern(rf"{YEAR} (?:の|\s*)")

# 平成23年度 施策概要 / 平成19年度の施策項目と事業費
YEAR_HEADING = _pattern(
    rf"(?P<year>{YEAR}) (?:の|\s*) (?:施策概要|施策項目と事業費|施策・事業概要|(?:当初)?予算の概要|主要事業(?:の概要)?)"
)

# (パートナーシップによる協働の推進), on the line after a year heading
SUBTITLE = _pattern(rf"{OPEN} (?P<subtitle>.+) {CLOSE}")


def section_of(text: str) -> str | None:
    """The section that a whole line is the heading of, or None.

    Shapes: `施策体系`, `■現状と課題`, `【事業概要】`, `1 現状と課題`, `平成23年度の取組方向`.
    """
    if len(text) > _HEADING_LENGTH:
        return None
    bare = text.strip(_DECORATION)
    if bare[-2:] not in _SECTION_ENDS:
        return None
    if bare in SECTIONS:
        return SECTIONS[bare]
    for prefix in (_ORDINAL, _OF_YEAR):
        found = prefix.match(bare)
        if found and bare[found.end() :].strip(_DECORATION) in SECTIONS:
            return SECTIONS[bare[found.end() :].strip(_DECORATION)]
    return None


def year_of(text: str) -> FiscalYear | None:
    """The fiscal year that a whole line is the heading of, or None.

    Shapes: `平成23年度 施策概要`, `平成19年度の施策項目と事業費`, `■2010年度 施策・事業概要`.
    """
    if "年" not in text or len(text) > _HEADING_LENGTH:
        return None
    found = YEAR_HEADING.fullmatch(text.strip(_DECORATION))
    return read_year(found["year"]) if found else None


# 521 NPOの参画… / 521NPO(ボランティア団体… / 52101 県民の…: three digits a measure, more a basic project
CODED_NAME = _pattern(rf"[・●○]? \s* (?:施策{COLON}?)? \s* (?P<code>\d{{3,12}}) (?!\d) \s* (?P<name>[^\d\t][^\t]*)")

# (対象)NPOが / 対象:NPOが / 【誰、何が(対象)】NPOが
PURPOSE = _pattern(
    rf"(?: (?:【[^【】()（）]{{0,10}})?{OPEN} (?P<bracketed>対象|意図) {CLOSE}】? | (?P<plain>対象|意図) (?=[\s:：]) ) \s* {COLON}? \s*"
)
PURPOSE_FIELDS = {"対象": "target", "意図": "intent"}

# 目標項目 H22年度 / NPO(…)の数 2,140 / 実績値 H20実績 1,931 / ※県が、…
_VALUE = r"[-−－△▲]?\d[\d,，]*(?:[.．]\d+)?"
_VALUE_UNIT = r"[^\d\s,.、。]{0,4}"
_ITEM_WORDS = r"(?:目標項目|施策目標項目|指標名?|項目)"
TARGET_HEAD = _pattern(
    rf"{_ITEM_WORDS} \s+ (?P<year>{YEAR})(?:\s*目標値?)? (?: \s+ (?P<actual_year>{YEAR})(?:\s*実績値?) )?"
)
TARGET_ITEM = _pattern(rf"(?P<item>[^\t]*\S) \s+ (?P<value>{_VALUE}) (?P<unit>{_VALUE_UNIT})")
TARGET_ITEM_ACTUAL = _pattern(
    rf"(?P<item>[^\t]*\S) \t (?P<value>{_VALUE}) (?P<unit>{_VALUE_UNIT}) \t (?P<actual>{_VALUE}) {_VALUE_UNIT}"
)
TARGET_ACTUAL = _pattern(rf"実績値 \s+ (?P<year>{YEAR})実績 \s+ (?P<value>{_VALUE}) (?P<unit>{_VALUE_UNIT})")
TARGET_NOTE = _pattern(r"(?P<note>※.+)")

# Typed bullets at the start of a list item: ・… / •… / 1.… / (1)… / ①…
BULLET = _pattern(rf"(?: [・•●○◎◆■] | \d{{1,2}}{DOT}(?!\d) | {OPEN}\d{{1,2}}{CLOSE} | [①-⑳] ) \s* (?=\S)")

# 1.(新)新しい公共支援基金事業 / 3.(一部新)NPO… / 1.新規 「新しい… / 4. NPO…
PROJECT = _pattern(
    rf"""[■◆◇□]? \s* (?P<ordinal>\d{{1,2}}) {DOT} (?!\d) \s*
         (?: {OPEN}(?P<bracketed>新|新規|一部新|一部新規|継続|拡充|廃止){CLOSE} \s* | (?P<flag>新規|継続|拡充) \s+ )?
         (?=\S)"""
)
NAME_LENGTH = 120

# 1 市民活動及びボランティア活動の推進: a number, no dot, then a list of activities
GROUP = _pattern(r"[■◆◇□]? \s* \d{1,2} \s+ (?P<group>\D.*)")

# 【基本事業名:52101 県民の…】 / 【基本事業名:52101NPOと…】 / without its end / in table cells without brackets
BASIC_PROJECT = _pattern(
    rf"""【 基本事業名? \s* {COLON}? \s* (?P<code>\d{{1,12}})? \s* (?P<name>[^】\t]*[^】\s]) \s* (?P<closed>】)?
       | 基本事業名? (?:\s*{COLON}|\s) \s* (?P<code_2>\d{{1,12}})? \s* (?P<name_2>[^】\t]*[^】\s])"""
)

# What the label of a figure or an overview begins with.
LABEL_SIGNS = frozenset("●○・予当補最現要査決前本事")

# (第2款 総務費 第5項 生活文化費 1生活対策費)
ACCOUNT = _pattern(rf"{OPEN} (?P<account>第?\d+款[^()（）\t]+) {CLOSE}")

# The label of a figure, with its unit where the label has it: 当初予算額: / 予算額(千円) / 要求額
BASIS = r"(?:(?:当初|補正後|補正|最終|現計|要求|査定|決算|前年度|本年度)?予算額?|事業費|要求額|査定額|補正額|補正後額|決算額)"
BUDGET = _pattern(
    rf"[●○・]? \s* (?P<basis>{BASIS}) \s* (?:{OPEN} \s* (?:単位{COLON}?\s*)? (?P<unit>{UNIT}) \s* {CLOSE})? \s* {COLON}? \s*"
)
# One figure: H20 3,899千円 / (22) - 千円 / 当初 3,111千円 / 3,111, where a header has the unit
_STAGE = r"(?:当初|要求|査定|補正後|補正|最終|決算)"
FIGURE = _pattern(
    rf"(?:(?P<stage>{_STAGE}) \s* {COLON}? \s*)? (?:(?P<year>{YEAR}) \s* {COLON}? \s*)?"
    rf"(?: (?P<amount>{AMOUNT}) | (?P<bare>{BARE}) (?= \s* (?:[→⇒\t]|$)) )"
)
ARROW = _pattern(r"\s* [→⇒、]? \s*")

# 事業概要:県民の… / ●事業概要:「協働… / 事業概要 「みえ市民… / 事業概要 in a table cell
OVERVIEW = _pattern(rf"[●○・]? \s* (?:事業概要|事業内容|事業説明) \s* (?:{COLON}|\s) \s* (?=\S)")

# 担当課:… / 参加者 1,200人 → 1,500人 / 生活部→環境生活部: fields that no record has, and no sentences
OTHER_FIELD = _pattern(
    rf"[●○・■◆※]? \s* [一-龠々ぁ-んァ-ヶー]{{2,10}} \s* {COLON} .* | [^。]{{1,60}} [→⇒] [^。]{{1,60}}", re.DOTALL
)

# ●NPO活動支援推進事業 26,880千円 / ●NPO推進強化事業 / ○名(31,319千円)
LISTED_PROJECT = _pattern(
    rf"[●○◎] \s* (?P<name>\S.*?) (?: \s+ (?P<amount>{AMOUNT}) | \s*{OPEN}(?P<inside>{AMOUNT}){CLOSE} )? \s*"
)
AMOUNT_ALONE = _pattern(rf"(?P<amount>{AMOUNT})")

# Where a project's name ends within its line, and where the cells of a row are a label and its value.
NAME_END = _pattern(rf"\s* (?: 【基本事業 | \t | [●○・]?\s*{BASIS}\s*{COLON} | 事業概要{COLON} )")
LABEL_CELL = _pattern(
    rf"(?: 基本事業名? | {BASIS} (?:{OPEN}.{{1,8}}{CLOSE})? | 事業概要 | 事業内容 | 事業説明 | 事業名 | \d{{1,2}}{DOT}? ) \s* {COLON}?"
)
NAME_CELL = _pattern(rf"事業名 \s* {COLON}? \s+ (?=\S)")

# Header cells of a table of projects, by what stands below them.
NAME_HEADERS = frozenset({"事業名", "事業名称", "事業の名称", "主な事業", "事業"})
OVERVIEW_HEADERS = frozenset({"事業概要", "事業内容", "事業の概要", "事業の内容", "概要", "内容"})
BUDGET_HEADER = _pattern(
    rf"(?:(?P<year>{YEAR})\s*)? (?P<basis>{BASIS}) \s* (?:{OPEN} \s* (?:単位{COLON}?\s*)? (?P<unit>{UNIT}) \s* {CLOSE})?"
)
# (単位:千円), above or below a table
UNIT_LINE = _pattern(rf"{OPEN} \s* 単位 \s* {COLON} \s* (?P<unit>{UNIT}) \s* {CLOSE}")
