"""Datasette's templates as we need them: read where they stand, and changed on the way, so that we keep no copies."""

import re
from collections.abc import Callable

from jinja2 import BaseLoader, Environment

# By template, what it says and what that is in Japanese; conditions stand in their fields, and are not told once more.
# Words that only one of the versions has are in the table, too: those of 0.65.5 and of 1.0a41.
_WORDS = {
    "_crumbs.html": {"{{ item.label }}": "{{ 'トップ' if item.label == 'home' else item.label }}"},
    "_facet_results.html": {
        "<strong>{{ facet_info.name }}": "<strong>{{ metadata.columns.get(facet_info.name, facet_info.name) }}",
        '{{ (facet_value.label | string()) or "-" }}': "{{ facet_label(table, facet_info.name, facet_value.value) }}",
        '{{ facet_value.label or "-" }}': "{{ facet_label(table, facet_info.name, facet_value.value) }}",
    },
    "_footer.html": {"Queries took ": "問い合わせ "},
    "_suggested_facets.html": {"Suggested facets:": "絞り込みの候補:"},
    "_table.html": {"0 records": "該当なし"},
    "database.html": {
        "Custom SQL query": "SQLで調べる",
        ">Format SQL<": ">SQLを整える<",
        'value="Run SQL"': 'value="実行"',
        ">Queries<": ">質問<",
        ">Tables<": ">表<",
        ">Tables <": ">表 <",
        ">schema<": ">定義<",
        'View {{ "{:,}".format(queries_count) }} quer{% if queries_count == 1 %}y{% else %}ies{% endif %}': "質問の一覧",
        ">Views<": ">データ一覧<",
        "Many rows": "多数",
        "row{% if table.count == 1 %}{% else %}s{% endif %}": "件",
        "... and <a": "ほかに<a",
        "hidden table{% if hidden_count == 1 %}{% else %}s{% endif %}": "の内部の表",
        "(hidden)": "（内部）",
        "Download SQLite DB:": "SQLiteのファイルを保存:",
    },
    "query.html": {
        "{{ database }}{% if query and query.sql %}: {{ query.sql }}{% endif %}": "{{ metadata.title or database }}",
        "Custom SQL query": "結果",
        " returning {% if truncated %}more than {% endif %}": " {% if truncated %}最初の {% endif %}",
        "row{% if display_rows|length == 1 %}{% else %}s{% endif %}": "件",
        "{{ show_hide_text }}": "{{ 'SQLを隠す' if show_hide_text == 'hide' else 'SQLを表示' }}",
        "Query parameters": "条件",
        ">{{ name }}</label>": ">{{ parameter_labels.get(name, name) }}</label>",
        ">Format SQL<": ">SQLを整える<",
        'value="Run SQL"': 'value="実行"',
        ">Edit SQL<": ">SQLを直す<",
        "This data as": "保存:",
        "0 results": "該当なし",
    },
    "_query_results.html": {"0 results": "該当なし"},
    "_sql_parameters.html": {
        ">Parameters<": ">条件<",
        ">{{ parameter }}</label>": ">{{ parameter_labels.get(parameter, parameter) }}</label>",
    },
    "table.html": {
        "{% if human_description_en %} {{ human_description_en }}{% endif %}": "",
        "{% if human_description_en %}{{ human_description_en }}{% endif %}": "",
        " (view)": "",
        "row{% if count == 1 %}{% else %}s{% endif %}": "件",
        "+ rows": "件以上",
        "count all": "すべて数える",
        "row{% if filtered_table_rows_count == 1 %}{% else %}s{% endif %}": "件",
        "Search:": "検索:",
        "- remove filter -": "- 条件を外す -",
        "- column -": "- 列 -",
        "{{ display }}</option>": "{{ filter_words.get(key, display) }}</option>",
        'value="Apply"': 'value="絞り込む"',
        'value="Apply filters"': 'value="絞り込む"',
        ">Choose columns<": ">列を選ぶ<",
        "<span>Column actions<": "<span>列の操作<",
        ">remove<": ">外す<",
        "Sort by ": "並べ替え: ",
        "Sort...": "並べ替え…",
        " descending": " 降順",
        "View and edit SQL": "SQLを見る・直す",
        "This data as": "保存:",
        ">advanced<": ">詳細<",
        "These facets timed out:": "時間内に数えられなかった列:",
        "Next page": "次のページ",
        "Advanced export": "保存の詳細",
        "JSON shape:": "JSONの形:",
        ">default<": ">標準<",
        ">array<": ">配列<",
        ">newline-delimited<": ">一行一件<",
        ">object<": ">オブジェクト<",
        "CSV options:": "CSVの設定:",
        " download file": " ファイルとして保存",
        " stream all rows": " 全件",
        'value="Export CSV"': 'value="CSVを保存"',
    },
}
_EITHER = "{{% if page_language == 'ja' %}}{}{{% else %}}{}{{% endif %}}"

# The fields of a table's page that have no name there: how each begins, and what it is called, Japanese first.
_FIELDS = {
    '<select name="_filter_column': ("列", "column"),
    '<select name="_filter_op': ("条件", "condition"),
    '<input type="text" name="_filter_value': ("値", "value"),
    '<select name="_sort"': ("並べ替え", "sort by"),
}

# By template, what is missed there: by those who use a page by ear, which part of it is its content, and the names of
# fields; and in 1.0 the names of columns, which stand where `told` puts them.
_MISSED = {
    "_codemirror_foot.html": {
        "editor.setOption(": 'editor.getInputField().setAttribute("aria-label", "SQL");\n        editor.setOption(',
    },
    "_table.html": {"column.description": "(column.description or (metadata.columns or {}).get(column.name))"},
    "base.html": {'<section class="content">': '<section class="content" role="main">'},
    "table.html": {
        field: field.replace(" ", f' aria-label="{_EITHER.format(*words)}" ', 1) for field, words in _FIELDS.items()
    },
}
_HTML = re.compile("<html[^>]*>")
_IN_ITS_LANGUAGE = '<html lang="{{ page_language|default("en") }}">'

_NAV = "<nav>"
_SWITCH = """{% if language_switch %}<a class="language" lang="{{ language_switch.language }}"
href="{{ language_switch.href }}" rel="nofollow">{{ language_switch.label }}</a>
<a class="language" href="{{ urls.path('/search') }}">{{ search_title }}</a>{% endif %}"""


class Templates(BaseLoader):
    """The templates of another loader, in the `page_language`: `ja`, or without one English.

    The base says which it is, where Datasette's own says nothing (0.65), or always English (1.0), and leads to
    the other.
    """

    def __init__(self, stock: BaseLoader) -> None:
        self._stock = stock

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, file, is_current = self._stock.get_source(environment, template)
        if template == "base.html":
            source = _HTML.sub(lambda _: _IN_ITS_LANGUAGE, source, count=1)
            source = source.replace(_NAV, f"{_NAV}{_SWITCH}", 1)
        for english, japanese in _WORDS.get(template, {}).items():
            source = source.replace(english, _EITHER.format(japanese, english))
        for lacking, complete in _MISSED.get(template, {}).items():
            source = source.replace(lacking, complete)
        return source, file, is_current

    def list_templates(self) -> list[str]:
        return self._stock.list_templates()
