"""The fifteen questions as Datasette takes them: in the language of the page, and of a page the first rows alone."""

from typing import Any

from ..names import JAPANESE
from . import asking, form, language
from .asking import Question
from .questions import QUESTIONS

MOST_ROWS = 100
"""Rows of an answer that a page shows; as data it has as many as Datasette gives."""

WORDS = {
    "most": (
        f"画面には最初の{MOST_ROWS}行までを示します。json、CSVでは1,000行まで保存できます。",
        f"A page shows the first {MOST_ROWS} rows; json and CSV have up to 1,000.",
    ),
}


def labels() -> dict[str, str]:
    """What the parameters are called on a page."""
    parameters = {one.name: one for question in QUESTIONS for one in question.parameters}
    return {
        name: one.label if language.names() is JAPANESE else name.replace("_", " ") for name, one in parameters.items()
    }


def titles() -> dict[str, str]:
    """What each question asks, by its name."""
    return {one.name: one.title if language.names() is JAPANESE else one.title_en for one in QUESTIONS}


def queries() -> dict[str, dict[str, Any]]:
    """Every question by its name, as Datasette's hook `canned_queries` takes it; for a page with its first rows alone."""
    called = labels()
    return {question.name: _query(question, titles()[question.name], called) for question in QUESTIONS}


def _query(question: Question, title: str, called: dict[str, str]) -> dict[str, Any]:
    is_japanese = language.names() is JAPANESE
    explained = "".join(
        f"<dt>{called[one.name]}</dt><dd>{one.help if is_japanese else one.help_en}</dd>" for one in question.parameters
    )
    help_ = question.help if is_japanese else question.help_en
    sql = asking.labelled_sql(question) if is_japanese else question.sql()
    return {
        "title": title,
        "description_html": f"<p>{help_}</p><dl>{explained}</dl><p>{language.words(WORDS)['most']}</p>",
        "sql": f"{sql}\nLIMIT {MOST_ROWS}" if form.is_page() else sql,
        "hide_sql": True,
        "params": [parameter.name for parameter in question.parameters],
    }
