"""sources.toml: what is accepted, and what each complaint says."""

from pathlib import Path

import pytest

from pref_scraper.errors import UsageError
from pref_scraper.sources import BUILT_IN, TEMPLATE, parse_config, read_config

GOOD = '[[source]]\nid = "a"\nurl = "http://example.org/"\nname = "n"\n'


def test_the_template_is_the_built_in_source() -> None:
    assert parse_config(TEMPLATE).sources == (BUILT_IN,)


def test_every_key_is_read() -> None:
    more = 'publisher = "p"\ndelay_seconds = 2\ncontent = "div.main-text"\nencoding = "cp932"\n'
    config = parse_config('contact = "archive@example.org"\n' + GOOD + more)
    (source,) = config.sources
    assert config.contact == "archive@example.org"
    assert (source.publisher, source.delay_seconds, source.content) == ("p", 2, "div.main-text")
    assert source.encoding == "cp932"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no [[source]] in it"),
        ("contact = 1\n" + GOOD, "line 1: contact: 1 will not do"),
        ("colour = 'red'\n" + GOOD, "line 1: colour: unknown key; expected one of contact, source"),
        ("[source]\nid = 'a'\n", "expected [[source]] tables"),
        ("\n[[source]]\nid = 'a'\n", "line 2: key 'url' is missing"),
        (GOOD.replace('"a"', '"a b"'), "line 2: id: 'a b' will not do"),
        (GOOD.replace("http:", "ftp:"), "line 3: url: 'ftp://example.org/' will not do"),
        (GOOD.replace("http:", "http:/"), "line 3: url:"),
        (GOOD + GOOD, "line 6: id: 'a' is the id of another source, too"),
        (GOOD + "delay_seconds = -1\n", "line 5: delay_seconds: -1 will not do"),
        (GOOD + "delay_seconds = nan\n", "line 5: delay_seconds: nan will not do"),
        (GOOD + "delay_seconds = true\n", "line 5: delay_seconds"),
        (GOOD + 'content = "a[["\n', "line 5: content"),
        (GOOD + 'content = "div:unheard-of"\n', "line 5: content"),
        (GOOD + 'content = "div::before"\n', "line 5: content"),
        (GOOD + 'encoding = "klingon"\n', "line 5: encoding"),
        (GOOD + 'encoding = "rot13"\n', "line 5: encoding"),
    ],
)
def test_a_complaint_names_line_key_and_what_is_expected(text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_config(text)
    assert complaint in str(caught.value)
    assert "expected" in str(caught.value) or "once" in str(caught.value)


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text("contact = \n")
    with pytest.raises(UsageError, match=r"not valid TOML: .*line 1"):
        read_config(tmp_path)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read as UTF-8"):
        read_config(tmp_path)


def test_without_a_file_the_built_in_source_is_archived(tmp_path: Path) -> None:
    assert read_config(tmp_path).sources == (BUILT_IN,)
    with pytest.raises(UsageError, match="is no directory"):
        read_config(tmp_path / "nowhere")


def test_sources_are_chosen_by_id() -> None:
    config = parse_config(GOOD + GOOD.replace('"a"', '"b"'))
    assert [source.id for source in config.choose(("b",))] == ["b"]
    assert [source.id for source in config.choose(())] == ["a", "b"]
    with pytest.raises(UsageError, match="unknown source 'c': this archive has a, b"):
        config.choose(("c",))
