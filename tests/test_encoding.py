"""Encodings: every pair of text, codec and declaration comes out as it went in."""

import pytest

from pref_scraper import parse
from pref_scraper.parsing.encoding import decode

PLAIN = "施策・事業概要 平成23年度の取組方向。NPOとの協働を進めます。予算額は28,709千円です。"
TEXTS = {
    "plain": PLAIN,
    "short": "予算額",
    "kana": "みえ県民交流センター",
    "NEC and IBM characters": "①㈱髙﨑Ⅲ：" + PLAIN,
    "half-width kana": "ｻｰﾋﾞｽの予算額について。",
    "tilde and yen": "H15~H23 \\28,709 /~npo/ の事業です。",
    "markup": "<p>現状と課題</p><ul><li>県民一人ひとりが主体的に関わります。</li></ul>",
}
NOT_IN = {
    ("NEC and IBM characters", "euc_jp"),
    ("NEC and IBM characters", "iso2022_jp"),
    ("half-width kana", "iso2022_jp"),
}
# Codec, and the labels that name it rightly.
LABELS = {
    "utf-8": ("UTF-8", "utf8"),
    "cp932": ("Shift_JIS", "x-sjis", "windows-31j", "sjis", "MS_Kanji"),
    "euc_jp": ("EUC-JP", "x-euc-jp"),
    "iso2022_jp": ("ISO-2022-JP", "csISO2022JP"),
}
LIES = ("ISO-8859-1", "Shift_JIS", "EUC-JP", "UTF-8", "klingon", "utf-16")


def _cases() -> list[tuple[str, bytes, str | None, str]]:
    cases: list[tuple[str, bytes, str | None, str]] = []
    for name, text in TEXTS.items():
        for codec, labels in LABELS.items():
            if (name, codec) in NOT_IN:
                continue
            for label in labels:
                meta = f'<meta charset="{label}">{text}'
                old = f'<META http-equiv="Content-Type" content="text/html; charset={label}">{text}'
                cases.append(
                    (f"{name}, {codec}, header {label}", text.encode(codec), f"text/html; charset={label}", text)
                )
                cases.append((f"{name}, {codec}, meta {label}", meta.encode(codec), None, meta))
                cases.append((f"{name}, {codec}, old meta {label}", old.encode(codec), "text/html", old))
            if name not in ("short", "half-width kana"):  # too short for any detector
                cases.append((f"{name}, {codec}, undeclared", text.encode(codec), None, text))
                cases += [
                    (f"{name}, {codec}, header lies {lie}", text.encode(codec), f'text/html;charset="{lie}"', text)
                    for lie in LIES
                ]
        for codec in ("utf-8-sig", "utf-16"):
            cases.append(
                (f"{name}, {codec}, mark against header", text.encode(codec), "text/html; charset=EUC-JP", text)
            )
    return cases


CASES = _cases()


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 200


@pytest.mark.parametrize(("body", "content_type", "text"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_text_comes_out_as_it_went_in(body: bytes, content_type: str | None, text: str) -> None:
    found = decode(body, content_type)
    assert found.text == text
    assert found.encoding.replaced == 0


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp"])
@pytest.mark.parametrize("reading", ["latin-1", "cp1252"])
def test_a_page_read_wrongly_and_saved_again_is_restored(codec: str, reading: str) -> None:
    """As saved pages show it: the bytes of one encoding, read as a western one, saved as UTF-8."""
    raw = (PLAIN * 3).encode(codec)
    wrong = "".join(
        chr(byte) if reading == "latin-1" or byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([byte]).decode("cp1252")
        for byte in raw
    )
    found = decode(wrong.encode("utf-8"), "text/html; charset=UTF-8")
    assert found.text == PLAIN * 3
    assert found.encoding.used.startswith(codec)


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp"])
@pytest.mark.parametrize("byte", [b"\xff", b"\x80", b"\xfe"])
def test_a_damaged_byte_costs_its_character_only(codec: str, byte: bytes) -> None:
    text = PLAIN * 5
    body = text[:100].encode(codec) + byte + text[100:].encode(codec)
    found = decode(body, f"text/html; charset={codec.replace('cp932', 'Shift_JIS')}")
    assert sum(a == b for a, b in zip(found.text, text, strict=False)) >= 100
    assert found.text.endswith(text[110:])
    assert found.encoding.replaced <= 2


def test_western_text_stays_western() -> None:
    assert (
        decode("Café au lait, déjà vu".encode("cp1252"), "text/html; charset=ISO-8859-1").text
        == "Café au lait, déjà vu"
    )
    assert decode("Café au lait, déjà vu".encode()).text == "Café au lait, déjà vu"


def test_what_was_declared_and_used_is_told() -> None:
    found = parse("<p>①の予算額です。</p>".encode("cp932"), content_type="text/html; charset=Shift_JIS").encoding
    assert (found.declared, found.used, found.replaced) == ("Shift_JIS", "cp932", 0)
