"""Writes any set of records as a page, in random markup, width and encoding.

Built from the description of such pages, and not from the parser: what a page of this
kind says is drawn first, then how it is wrapped. Everything here is made up.
"""

import random
from dataclasses import dataclass, field
from typing import Any

SYLLABLES = [
    "県民",
    "協働",
    "活動",
    "支援",
    "地域",
    "市民",
    "交流",
    "推進",
    "環境",
    "人材",
    "育成",
    "情報",
    "発信",
    "連携",
    "整備",
    "研修",
    "センター",
    "事業",
    "計画",
    "制度",
    "普及",
]
BASES = ("予算額", "当初予算額", "当初予算", "要求額")


@dataclass
class Content:
    """What a page says, as `parse` would print it: by view, without places."""

    years: list[dict[str, Any]] = field(default_factory=list)
    measures: list[dict[str, Any]] = field(default_factory=list)
    basic_projects: list[dict[str, Any]] = field(default_factory=list)
    purposes: list[dict[str, Any]] = field(default_factory=list)
    targets: list[dict[str, Any]] = field(default_factory=list)
    statements: list[dict[str, Any]] = field(default_factory=list)
    projects: list[dict[str, Any]] = field(default_factory=list)
    budgets: list[dict[str, Any]] = field(default_factory=list)


def _words(pick: random.Random, least: int, most: int) -> str:
    return "".join(pick.choice(SYLLABLES) for _ in range(pick.randint(least, most)))


def _sentence(pick: random.Random) -> str:
    middle = pick.choice(["を図り、", "に取り組み、", "のため、（例：NPO等）", "とともに、「公」を担う", "や"])
    return f"{_words(pick, 2, 5)}{middle}{_words(pick, 2, 5)}{pick.choice(['を進めます。', 'が必要です。', 'に努めます。（5団体予定）'])}"


def content(pick: random.Random) -> Content:
    """One to three fiscal years of records."""
    made = Content()
    first = pick.randint(2004, 2030)
    for number in range(pick.randint(1, 3)):
        _year(pick, made, first - number, number + 1)
    return made


def _year(pick: random.Random, made: Content, year: int, position: int) -> None:
    era = "令和" if year >= 2019 else "平成"
    made.years.append({"position": position, "fiscal_year": year, "era": era, "subtitle": None})
    if pick.random() < 0.2:
        _groups(pick, made, year)
        return
    if pick.random() < 0.7:
        made.measures.append({"fiscal_year": year, "code": "521", "name": f"NPO{_words(pick, 1, 4)}"})
        for number in range(pick.randint(1, 3)):
            made.basic_projects.append(
                {"fiscal_year": year, "position": number + 1, "code": f"5210{number + 1}", "name": _words(pick, 1, 4)}
            )
    if pick.random() < 0.6:
        made.purposes.append({"fiscal_year": year, "target": f"{_words(pick, 1, 2)}が", "intent": _words(pick, 2, 5)})
    if pick.random() < 0.5:
        value = pick.randint(1, 99999)
        made.targets.append(
            {
                "fiscal_year": year,
                "position": 1,
                "item": f"{_words(pick, 1, 3)}の数",
                "target_year": year,
                "target_value": value,
                "actual_year": year - 2,
                "actual_value": pick.randint(1, 99999),
            }
        )
    for kind in ("issue", "direction"):
        for number in range(pick.randint(0, 3)):
            text = _sentence(pick)
            made.statements.append(
                {"fiscal_year": year, "kind": kind, "group_name": None, "position": number + 1, "text": text}
            )
    for number in range(pick.randint(1, 4)):
        _project(pick, made, year, number + 1)


def _groups(pick: random.Random, made: Content, year: int) -> None:
    """A year of the oldest kind: groups of activities, and projects with one figure or none."""
    made.years[-1]["subtitle"] = _words(pick, 2, 4)
    position = 0
    for _ in range(pick.randint(1, 3)):
        group = f"{_words(pick, 2, 4)}及び{_words(pick, 1, 2)}の推進"
        for number in range(pick.randint(1, 4)):
            made.statements.append(
                {
                    "fiscal_year": year,
                    "kind": "activity",
                    "group_name": group,
                    "position": number + 1,
                    "text": f"{_words(pick, 2, 5)}への取り組み",
                }
            )
        for _ in range(pick.randint(1, 3)):
            position += 1
            name = f"{_words(pick, 1, 4)}事業"
            made.projects.append(
                _PLAIN | {"fiscal_year": year, "position": position, "name": name, "group_name": group}
            )
            if pick.random() < 0.8:
                made.budgets.append(
                    {
                        "fiscal_year": year,
                        "project_position": position,
                        "project": name,
                        "budget_year": year,
                        "amount_yen": pick.randint(1, 999_999) * 1000,
                        "basis": None,
                    }
                )


_PLAIN: dict[str, Any] = dict.fromkeys(
    ("ordinal", "flag", "basic_project_code", "basic_project_name", "account", "overview")
)


def _project(pick: random.Random, made: Content, year: int, position: int) -> None:
    name = pick.choice(["", "「新しい時代の公」", "NPO"]) + _words(pick, 1, 4) + "事業"
    has_basic = pick.random() < 0.7
    made.projects.append(
        {
            "fiscal_year": year,
            "position": position,
            "ordinal": position,
            "flag": pick.choice([None, None, "新", "一部新"]),
            "name": name,
            "group_name": None,
            "basic_project_code": f"5210{pick.randint(4, 9)}" if has_basic else None,
            "basic_project_name": _words(pick, 1, 4) if has_basic else None,
            "account": "第2款 総務費 第5項 生活文化費" if pick.random() < 0.2 else None,
            "overview": _sentence(pick) if pick.random() < 0.8 else None,
        }
    )
    basis = pick.choice(BASES)
    for budget_year in (year - 1, year) if pick.random() < 0.6 else (year,):
        made.budgets.append(
            {
                "fiscal_year": year,
                "project_position": position,
                "project": name,
                "budget_year": budget_year,
                "amount_yen": None if pick.random() < 0.1 else pick.randint(1, 999_999) * 1000,
                "basis": basis,
            }
        )


class Renderer:
    """One way to write a page: the same all over it."""

    def __init__(self, pick: random.Random) -> None:
        self.pick = pick
        self.heading = pick.choice(
            ["h2", "h3", "h4", "h5", "strong", "font", "cell", "dt", "bare", "■", "【】", "upper"]
        )
        self.listing = pick.choice(["ul", "ol", "・", "1．", "①", "(1)"])
        self.fields = pick.choice(["lines", "br", "one paragraph", "rows"])
        self.width = pick.choice(["half", "full", "mixed"])
        self.codec = pick.choice(["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"])
        self.frame = pick.choice(["main-text", "tmp_contents", "main", "layout table", "unknown"])
        self.noise = pick.random() < 0.5
        self.titles: list[str] = []
        self.strangers: list[str] = []

    # Widths and small print

    def t(self, text: str) -> str:
        """Text in the page's width, escaped, with what browsers do not show."""
        if self.width == "full" or (self.width == "mixed" and self.pick.random() < 0.5):
            text = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" if c == " " else c for c in text)
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if self.noise and len(text) > 3:
            at = self.pick.randint(1, len(text) - 1)
            if "&" not in text:
                ways = ["<!-- x -->", "&#8203;", "&shy;", "<span></span>", "<b></b>"]
                if "一" <= text[at - 1] <= "龠" and "一" <= text[at] <= "龠":
                    ways += ["\n  ", "<rt>よみ</rt>"]
                text = text[:at] + self.pick.choice(ways) + text[at:]
        return text

    def title(self, text: str) -> str:
        self.titles.append(text)
        text = self.t(text)
        ways = {
            "strong": f"<p><strong>{text}</strong></p>",
            "font": f"<p><font size=4>{text}</font></p>",
            "cell": f"<table><tr><td>{text}</td></tr></table>",
            "dt": f"<dl><dt>{text}</dt></dl>",
            "bare": f"{text}<br>",
            "■": f"<p>■{text}</p>",
            "【】": f"<p>【{text}】</p>",
            "upper": f"<H3>{text}</H3>",
        }
        return ways.get(self.heading) or f"<{self.heading}>{text}</{self.heading}>"

    def items(self, texts: list[str]) -> str:
        if self.listing in ("ul", "ol"):
            close = self.pick.choice(["</li>", ""])
            return f"<{self.listing}>" + "".join(f"<li>{self.t(x)}{close}\n" for x in texts) + f"</{self.listing}>"
        marks = {"・": "・", "1．": "{}．", "①": "①②③④⑤", "(1)": "（{}）"}[self.listing]
        if self.listing == "①":
            return "<p>" + "<br>\n".join(marks[n] + self.t(x) for n, x in enumerate(texts)) + "</p>"
        return "<p>" + "<br>\n".join(marks.format(n) + self.t(x) for n, x in enumerate(texts, 1)) + "</p>"

    def lines(self, texts: list[tuple[str, str]]) -> str:
        """Fields, as label and value."""
        if self.fields == "rows":
            rows = "".join(
                f"<tr><th>{self.t(a.strip('【:'))}</th><td>{self.t(b.rstrip('】'))}</td></tr>" for a, b in texts
            )
            return f"<table border=1>{rows}</table>"
        whole = [self.t(a + b) for a, b in texts]
        if self.fields == "one paragraph":
            return f"<p>{''.join(whole)}</p>"
        if self.fields == "br":
            return "<p>" + "<br>&nbsp;\u3000".join(whole) + "</p>"
        return "".join(f"<p>\u3000{line}</p>\n" for line in whole)

    # The page

    def page(self, made: Content) -> bytes:
        body = "\n".join(self.year(made, year) for year in made.years)
        frames = {
            "main-text": f'<div id="nav">{_NAVIGATION}</div><div class="main-text">{body}</div>',
            "tmp_contents": f'{_NAVIGATION}<div id="tmp_contents">{body}</div>',
            "main": f"<nav>{_NAVIGATION}</nav><main>{body}</main>",
            "layout table": f"<table><tr><td>{_NAVIGATION}</td><td><table><tr><td><div>{body}</div></td></tr></table></td></tr></table>",
            "unknown": f'<div class="x1">{_NAVIGATION}</div><div class="x2"><div class="x3">{body}</div></div>',
        }
        label = {"cp932": "Shift_JIS", "euc_jp": "EUC-JP"}.get(self.codec, "UTF-8")
        html = (
            f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={label}"><title>施策の頁</title></head>'
            f"<body><h1>施策の頁</h1>{frames[self.frame]}<footer><p>予算額：9,999千円 事務局</p></footer></body></html>"
        )
        if self.codec == "euc_jp":
            html = html.replace("～", "~").replace("－", "-")
            return html.encode("euc_jis_2004" if self.listing == "①" else "euc_jp")
        return html.encode(self.codec)

    def year(self, made: Content, year: dict[str, Any]) -> str:
        number = year["fiscal_year"]
        of = {view: [r for r in getattr(made, view) if r["fiscal_year"] == number] for view in vars(made)}
        since = number - (2018 if year["era"] == "令和" else 1988)
        printed = f"{year['era']}{'元' if since == 1 else since}年度"
        if year["subtitle"] is not None:
            return self.grouped_year(printed, year["subtitle"], of)
        parts = [self.title(f"{printed} 施策概要")]
        if of["measures"]:
            coded = [f"{r['code']} {r['name']}" for r in (*of["measures"], *of["basic_projects"])]
            parts += [self.title("施策体系"), "<p>" + "<br>\n".join(map(self.t, coded)) + "</p>"]
        for purpose in of["purposes"]:
            fields = [("(対象)", purpose["target"]), ("(意図)", purpose["intent"])]
            parts += [self.title("施策の目的"), self.lines(fields)]
        for target in of["targets"]:
            parts += [self.title("施策の数値目標"), self.target(target)]
        for kind, words in (("issue", "現状と課題"), ("direction", f"{printed}の取組方向")):
            texts = [r["text"] for r in of["statements"] if r["kind"] == kind]
            if texts:
                parts += [self.title(words), self.items(texts)]
        parts.append(self.title(self.pick.choice(["主な事業の概要", "事業概要"])))
        for project in of["projects"]:
            budgets = [b for b in of["budgets"] if b["project_position"] == project["position"]]
            parts.append(self.project(project, budgets))
        return "\n".join(parts)

    def grouped_year(self, printed: str, subtitle: str, of: dict[str, list[dict[str, Any]]]) -> str:
        parts = [self.title(f"{printed}の施策項目と事業費"), f"<p>{self.t(f'({subtitle})')}</p>"]
        for number, group in enumerate(dict.fromkeys(r["group_name"] for r in of["statements"]), 1):
            parts.append(self.title(f"{number} {group}").replace("【", "").replace("】", ""))
            parts.append(self.items([r["text"] for r in of["statements"] if r["group_name"] == group]))
            lines = []
            for project in (p for p in of["projects"] if p["group_name"] == group):
                budgets = [b for b in of["budgets"] if b["project_position"] == project["position"]]
                figure = f" {budgets[0]['amount_yen'] // 1000:,}千円" if budgets else ""
                lines.append(self.t(f"●{project['name']}{figure}"))
            parts.append("<p>" + "<br>\n".join(lines) + "</p>")
        return "\n".join(parts)

    def target(self, target: dict[str, Any]) -> str:
        head = ("目標項目", f"H{target['target_year'] - 1988}年度")
        row = (target["item"], f"{target['target_value']:,}")
        actual = f"H{target['actual_year'] - 1988}実績"
        cells = "".join(f"<tr><th>{self.t(a)}</th><td>{self.t(b)}</td></tr>" for a, b in (head, row))
        return f"<table>{cells}</table><p>{self.t(f'実績値 {actual} ' + format(target['actual_value'], ','))}</p>"

    def project(self, project: dict[str, Any], budgets: list[dict[str, Any]]) -> str:
        flag = f"({project['flag']})" if project["flag"] else ""
        fields = []
        if project["basic_project_name"]:
            fields.append(("【基本事業名:", f"{project['basic_project_code']} {project['basic_project_name']}】"))
        stranger = ""
        if self.pick.random() < 0.2:
            self.strangers.append(f"担当課:{_words(self.pick, 1, 2)}課")
            stranger = f"<p>{self.t(self.strangers[-1])}</p>"
        account = f"<p>{self.t('(' + project['account'] + ')')}</p>" if project["account"] else ""
        fields.append((f"{budgets[0]['basis']}:", self.figures(budgets)))
        if project["overview"]:
            fields.append(("事業概要:", project["overview"]))
        return (
            self.title(f"{project['ordinal']}.{flag}{project['name']}").replace("【", "").replace("】", "")
            + account
            + self.lines(fields)
            + stranger
        )

    def figures(self, budgets: list[dict[str, Any]]) -> str:
        yen = [f"{b['amount_yen'] // 1000:,}千円" if b["amount_yen"] is not None else "- 千円" for b in budgets]
        since = [b["budget_year"] - (1988 if b["budget_year"] < 2019 else 2018) for b in budgets]
        letters = ["H" if b["budget_year"] < 2019 else "R" for b in budgets]
        style = self.pick.choice(["H20 ", "(20) "])
        years = [f"{letter}{n} " if style == "H20 " else f"({n}) " for letter, n in zip(letters, since, strict=True)]
        return " → ".join(a + b for a, b in zip(years, yen, strict=True))


_NAVIGATION = "<ul><li><a href='/'>県政情報</a></li><li><a href='/b'>予算額 1,234千円の概要</a></li></ul>"
