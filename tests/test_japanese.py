"""Width, years and money: tables of shapes, and round trips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pref_scraper.japanese.money import format_amount, read_amount
from pref_scraper.japanese.width import align, fold
from pref_scraper.japanese.years import FiscalYear, format_year, read_date, read_year


@pytest.mark.parametrize(
    ("printed", "aligned"),
    [
        ("（２２）　－　千円　→　（２３）　３，１１１千円", "(22) - 千円 → (23) 3,111千円"),
        ("平成１５年度〜平成２３年度", "平成15年度~平成23年度"),
        ("ＮＰＯ：Ａ～Ｚ！", "NPO:A~Z!"),
        ("−959‐1–2", "-959-1-2"),
        ("サービス", "サービス"),
    ],
)
def test_align_gives_half_width_character_by_character(printed: str, aligned: str) -> None:
    assert align(printed).replace("  ", " ") == aligned.replace("  ", " ")
    assert len(align(printed)) == len(printed)


@given(st.text())
def test_align_keeps_every_place_and_fold_is_idempotent(text: str) -> None:
    assert len(align(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E)))
def test_full_width_and_half_width_fold_to_the_same(text: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in text)
    assert fold(wide) == fold(text)
    assert align(wide) == text


@pytest.mark.parametrize(
    ("printed", "year", "era"),
    [
        ("平成23年度", 2011, "平成"),
        ("平成23年", 2011, "平成"),
        ("令和元年度", 2019, "令和"),
        ("昭和64年度", 1989, "昭和"),
        ("H22年度", 2010, "平成"),
        ("H20", 2008, "平成"),
        ("R3", 2021, "令和"),
        ("平成35年度", 2023, "平成"),
        ("2010年度", 2010, None),
        ("(22)", 2010, None),
        ("22年度", 2010, None),
    ],
)
def test_years_are_read_as_integers(printed: str, year: int, era: str | None) -> None:
    assert read_year(printed, near=2011) == FiscalYear(year, era)


@pytest.mark.parametrize("printed", ["", "平成", "23", "(22)", "22年度", "平成23年度の取組方向", "(3)件"])
def test_what_names_no_year_by_itself_is_none(printed: str) -> None:
    assert read_year(printed) is None


@given(st.integers(min_value=1868, max_value=2116))
def test_every_year_survives_its_own_print(year: int) -> None:
    found = read_year(format_year(year))
    assert found is not None
    assert found.year == year


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("平成25年05月02日", "2013-05-02"),
        ("令和元年5月1日", "2019-05-01"),
        ("令和6(2024)年4月1日", "2024-04-01"),
        ("2024年10月25日", "2024-10-25"),
        ("2024-10-25", "2024-10-25"),
        ("2024年13月25日", None),
        ("10月25日", None),
    ],
)
def test_dates(printed: str, date: str | None) -> None:
    assert read_date(printed) == date


@pytest.mark.parametrize(
    ("printed", "yen"),
    [
        ("28,709千円", 28_709_000),
        ("4200 千円", 4_200_000),
        ("1.5億円", 150_000_000),
        ("7百万円", 7_000_000),
        ("2万円", 20_000),
        ("816円", 816),
        ("△77,762円", -77_762),
        ("▲7百万円", -7_000_000),
        ("-959千円", -959_000),
        ("- 千円", None),
        ("-千円", None),
        ("0千円", 0),
    ],
)
def test_amounts(printed: str, yen: int | None) -> None:
    assert read_amount(printed) == yen


@pytest.mark.parametrize("printed", ["", "千", "28,709", "3人", "1.5円", "5千円/時間"])
def test_what_is_no_amount_is_refused(printed: str) -> None:
    with pytest.raises(ValueError, match=r"amount|fraction"):
        read_amount(printed)


@given(st.integers(min_value=-(10**14), max_value=10**14))
def test_every_amount_survives_its_own_print(yen: int) -> None:
    assert read_amount(format_amount(yen)) == yen
