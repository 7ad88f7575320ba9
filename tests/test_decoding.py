from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.io.decoding import decode_bytes, detect_encoding

RUSSIAN = "Слава Украине! Мы победим, и ОДКБ развалится."
CURLY = "text,stance\r\nIt’s a “useless” alliance – really,anti-csto\r\n"
KAZAKH = "Қазақстан ҰҚШҰ-дан шығу керек, бізге бұл соғыс керек емес"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "utf-8"),
        (RUSSIAN, "utf-8-sig"),
        (RUSSIAN, "utf-16"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp866"),
        ("text;stance\r\nОДКБ никому не нужна;anti-csto\r\n", "cp1251"),
        ("text;stance\r\nОДКБ никому не нужна;anti-csto\r\n", "utf-16-le"),
        (CURLY, "cp1252"),
        (CURLY, "cp1251"),
        ("Un café naïve", "cp1252"),
        ("He said: “No…” It’s the end of it, they said, and so it is for all of us, isn’t it?", "cp1252"),
        ("俄罗斯 和 乌克兰 的 战争 没有 结束", "gb18030"),
        (KAZAKH, "utf-8"),
        ("", "utf-8"),
        ("Уж я и не знаю", "cp1251"),
        ("А я и он, и ты, и все мы", "cp1251"),
    ],
)
def test_the_encoding_is_detected(text: str, encoding: str) -> None:
    assert decode_bytes(text.encode(encoding)).text == text


def test_a_guess_causes_a_warning() -> None:
    assert decode_bytes(RUSSIAN.encode("cp1251")).warning == "not UTF-8: read as cp1251, check the characters"
    assert decode_bytes(RUSSIAN.encode()).warning is None


def test_utf8_with_a_stray_byte_is_still_utf8() -> None:
    decoded = decode_bytes(RUSSIAN.encode() + b" \xff")
    assert decoded.text == RUSSIAN + " \N{REPLACEMENT CHARACTER}"
    assert decoded.warning is not None
    assert decoded.warning.startswith("damaged UTF-8")


def test_a_sample_may_end_inside_a_character() -> None:
    assert detect_encoding("Қ".encode()[:1], is_complete=False) == ("utf-8", False)


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded(data: bytes) -> None:
    assert isinstance(decode_bytes(data).text, str)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["Қазақстан азаматтары бұл шешімді қолдамайды. " * 20, "Nobody was helped.", "ОДКБ"])
def test_utf16_without_a_byte_order_mark(encoding: str, text: str) -> None:
    assert decode_bytes(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("encoding", "declared", "text"),
    [
        ("iso8859_5", "ISO-8859-5", "Комментарии читателей: уходим из ОДКБ. " * 3),
        ("cp1250", "windows-1250", "Żółty został piękny"),
        ("cp1251", "windows-1252", "Комментарии читателей: уходим из ОДКБ. " * 3),
        ("cp1252", "utf-8", "It’s a “shame”"),
        ("shift_jis", "Shift_JIS", "日本語のコメントです。ロシアは。" * 2),
        ("utf-8", "windows-1251", "Комментарии"),
        ("cp1252", "no such thing\0", "It’s a “shame”"),
    ],
)
def test_the_encoding_a_page_declares_is_only_a_guess(encoding: str, declared: str, text: str) -> None:
    assert decode_bytes(text.encode(encoding), declared).text == text
