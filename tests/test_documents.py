from __future__ import annotations

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from stance.extraction import documents
from stance.extraction.documents import parse_text_dump, read_text_dump

TITLES = {
    "000_7560e9356e86c9e0.txt": "Russia's military escalation alarms residents of CSTO member states",
    "001_368f92058b86ed85.txt": "Doubts grow over CSTO membership in wake of Russia's war in Ukraine",
    "002_a0dfb8ddec9f4bbe.txt": (
        "Response to NATO expansion: how dangerous is the CSTO military pact formed by Russia?"
    ),
    "003_dcc2b211745fa5e5.txt": "Engaging the CIS and CSTO Member States in the War Against Ukraine",
    "004_f095a8e275f1879a.txt": "Trouble At The CSTO: Ukraine Should Not Be Putin’s Only Concern – OpEd",
}


@pytest.mark.parametrize(("name", "title"), TITLES.items())
def test_titles_of_the_seeds(name: str, title: str) -> None:
    assert read_text_dump((ROOT / "seeds" / name).read_bytes(), name).title == title


@pytest.mark.parametrize(
    ("text", "title", "byline", "address"),
    [
        ("Site\nNews\n\nShort one\n\nBy Ann Lee\n\nBody", "Short one", "Ann Lee", ""),
        ("Site\nA title of several words\nBody", "A title of several words", "", ""),
        ("URL: https://example.org/a\nTitle\nBody", "Title", "", "https://example.org/a"),
        ("Заголовок этой статьи здесь\nАвтор: Иван Иванов\n", "Заголовок этой статьи здесь", "Иван Иванов", ""),
        ("", "", "", ""),
    ],
)
def test_the_head_of_a_dump(text: str, title: str, byline: str, address: str) -> None:
    document = parse_text_dump(text, "x.txt")
    assert (document.title, document.author, document.url) == (title, byline, address)


def test_the_name_of_the_file_does_not_matter() -> None:
    one, other = (parse_text_dump("A title of several words\nBody", name) for name in ("a.txt", "b.txt"))
    assert one.article_id == other.article_id


def test_a_guessed_encoding_is_a_warning() -> None:
    document = read_text_dump("Заголовок этой статьи здесь\n".encode("cp1251"), "page.txt")
    assert document.title == "Заголовок этой статьи здесь"
    assert document.warnings == ("not UTF-8: read as cp1251, check the letters",)


def test_of_a_huge_dump_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MEGABYTE", 1)
    document = read_text_dump(b"A title of several words\n" + b"x " * 40, "page.txt")
    assert document.lines[:2] == ("A title of several words", "x x x x")
    assert document.warnings == ("of this page of 105 MB only the first 32 MB were read",)


@given(st.text())
def test_any_text_is_a_document(text: str) -> None:
    assert parse_text_dump(text, "x.txt").article_id.startswith("a")
