"""Width, years and money: tables of shapes, and round trips."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pref_scraper.japanese.money import AMOUNT, UNITS, format_amount, format_mixed, read_amount
from pref_scraper.japanese.numerals import format_kanji, read_kanji
from pref_scraper.japanese.width import align, fold
from pref_scraper.japanese.years import YEAR, FiscalYear, format_year, read_date, read_range, read_year


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
        ("平成２３年度", 2011, "平成"),
        ("平成 2 3 年度", 2011, "平成"),
        ("平成二十三年度", 2011, "平成"),
        ("平成23年", 2011, "平成"),
        ("令和元年度", 2019, "令和"),
        ("昭和64年度", 1989, "昭和"),
        ("H22年度", 2010, "平成"),
        ("Ｈ２２", 2010, "平成"),
        ("H20", 2008, "平成"),
        ("Ｒ４", 2022, "令和"),
        ("R3", 2021, "令和"),
        ("平成35年度", 2023, "平成"),
        ("平成23年度(2011年度)", 2011, "平成"),
        ("平成23(2011)年度", 2011, "平成"),
        ("2004(平成16)年度", 2004, None),
        ("2010年度", 2010, None),
        ("２０１０年度", 2010, None),
        ("(22)", 2010, None),
        ("（２２）", 2010, None),
        ("22年度", 2010, None),
    ],
)
def test_years_are_read_as_integers(printed: str, year: int, era: str | None) -> None:
    assert read_year(printed, near=2011) == FiscalYear(year, era)


@pytest.mark.parametrize(
    "printed", ["", "平成", "23", "(22)", "22年度", "平成23年度の取組方向", "(3)件", "平成23(2012)年度", "平成百年度"]
)
def test_what_names_no_year_by_itself_is_none(printed: str) -> None:
    assert read_year(printed) is None


@pytest.mark.parametrize("kanji", [False, True])
def test_every_fiscal_year_survives_its_own_print(kanji: bool) -> None:
    for year in range(1800, 2051):
        found = read_year(format_year(year, kanji=kanji))
        assert found is not None
        assert found.year == year


@pytest.mark.parametrize(
    ("printed", "years"),
    [
        ("平成15年度～平成23年度", (2003, 2011)),
        ("H15〜23", (2003, 2011)),
        ("R3～8", (2021, 2026)),
        ("2003年度~2011年度", (2003, 2011)),
        ("平成23年度", None),
    ],
)
def test_ranges(printed: str, years: tuple[int, int] | None) -> None:
    assert read_range(printed) == years


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("平成25年05月02日", "2013-05-02"),
        ("令和元年5月1日", "2019-05-01"),
        ("令和6(2024)年4月1日", "2024-04-01"),
        ("2024年10月25日", "2024-10-25"),
        ("2024-10-25", "2024-10-25"),
        ("２０２４年１０月２５日", "2024-10-25"),
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
        ("２８，７０９千円", 28_709_000),
        ("2 8 , 7 0 9 千円", 28_709_000),
        ("4200 千円", 4_200_000),
        ("6億1,966万3千円", 619_663_000),
        ("2千万円", 20_000_000),
        ("714,175万円", 7_141_750_000),
        ("1.5億円", 150_000_000),
        ("１．５億円", 150_000_000),
        ("7百万円", 7_000_000),
        ("2万円", 20_000),
        ("二千万円", 20_000_000),
        ("六億千九百六十六万三千円", 619_663_000),
        ("816円", 816),
        ("△77,762円", -77_762),
        ("▲ 7百万円", -7_000_000),
        ("-959千円", -959_000),
        ("−959千円", -959_000),
        ("- 千円", None),
        ("－　千円", None),
        ("-千円", None),
        ("0千円", 0),
    ],
)
def test_amounts(printed: str, yen: int | None) -> None:
    assert read_amount(printed) == yen
    assert re.fullmatch(AMOUNT, printed, re.VERBOSE)


@pytest.mark.parametrize(
    ("printed", "yen"), [("3,111", 3_111_000), ("△5", -5_000), ("-", None), ("－", None), ("", None)]
)
def test_amounts_whose_unit_stands_elsewhere(printed: str, yen: int | None) -> None:
    assert read_amount(printed, "千円") == yen


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "千",
        "28,709",
        "3人",
        "5件",
        "12団体",
        "10%",
        "3/4",
        "(1)",
        "1.5円",
        "5千円/時間",
        "百千円",
        "1万2億円",
        "円",
    ],
)
def test_what_is_no_amount_is_refused(printed: str) -> None:
    with pytest.raises(ValueError, match=r"amount|fraction"):
        read_amount(printed)


@pytest.mark.parametrize("printed", ["5千円/時間", "5千円／時間", "100円の", "3,000円あたり"])
def test_a_rate_is_no_amount(printed: str) -> None:
    assert not re.match(AMOUNT, printed, re.VERBOSE)


@given(st.one_of(st.integers(-99 * 10**12, 99 * 10**12), st.integers(-(10**11), 10**11).map(lambda n: n * 1000)))
def test_every_amount_survives_its_own_print(yen: int) -> None:
    assert read_amount(format_amount(yen)) == yen
    assert re.fullmatch(AMOUNT, format_amount(yen), re.VERBOSE)
    if yen > 0:
        assert read_amount(format_mixed(yen)) == yen
        if format_kanji(yen) not in UNITS:  # 千円 alone is a unit
            assert read_amount(f"{format_kanji(yen)}円") == yen


@given(st.integers(1, 9999 * 10**12))
def test_every_kanji_numeral_survives_its_own_print(number: int) -> None:
    assert read_kanji(format_kanji(number)) == number


@given(st.text(alphabet="〇一二三十百千万億兆", max_size=12))
def test_a_kanji_numeral_is_a_number_or_none(text: str) -> None:
    found = read_kanji(text)
    assert found is None or found >= 0


@pytest.mark.parametrize("sign", ["1", "1,", "1 ", "1億", "▲", "一", "(", "（２２）", " ", ".", "-", "平成", "H"])
def test_hostile_lines_cost_no_more_than_their_length(sign: str) -> None:
    line = sign * (10**6 // len(sign))
    start = time.perf_counter()
    for pattern in (AMOUNT, YEAR):
        re.match(pattern, line, re.VERBOSE)
    assert read_year(line) is None
    with pytest.raises(ValueError, match="amount"):
        read_amount(line + "円時間")
    assert time.perf_counter() - start < 1
