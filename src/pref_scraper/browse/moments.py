"""Which moment a date or a capture means that somebody asks for on a page, and what stands in its field then.

A date is that day's end in Japan; a capture speaks for its own source. Refused is with a sentence in the language of
the page, which is given, since an archive is asked in a thread that does not know it.
"""

from collections.abc import Mapping

from ..archive import Archive
from ..errors import UsageError
from ..history import read_time
from . import pages

WORDS = {
    "no_date": (
        "「{}」は日付でも取得番号でもありません。2026-11-22 のように指定してください。",
        "“{}” is neither a date nor a capture: name a day such as 2026-11-22.",
    ),
    "other": ("取得 {} は別の対象ページのものです。", "The capture {} is one of another source."),
}


def until(archive: Archive, source_id: str, asked: str, words: Mapping[str, str]) -> str | None:
    """The time up to which a date or a capture reaches, None where nothing is asked for; raises Malformed for what is neither."""
    named = archive.by_id(asked)
    if named is not None and named.source_id != source_id:
        raise pages.Malformed(words["other"].format(asked))
    try:
        return named.captured_at if named else read_time(asked) if asked else None
    except UsageError as error:
        raise pages.Malformed(words["no_date"].format(asked)) from error


def field(asked: str, captured_at: str | None) -> str:
    """What stands in a field for a date: the day that was asked for, else that of the capture that is shown."""
    try:
        is_day = len(asked) == len("2026-11-22") and bool(read_time(asked))
    except UsageError:
        is_day = False
    return asked if is_day else pages.day(captured_at) if captured_at else ""
