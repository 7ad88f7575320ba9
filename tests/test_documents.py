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
def test_titles_of_the_seed_pages(name: str, title: str) -> None:
    assert read_text_dump((ROOT / "seeds" / name).read_bytes(), name).title == title


@pytest.mark.parametrize(
    ("text", "title", "author", "url"),
    [
        ("Site\nNews\n\nShort one\n\nBy Ann Lee\n\nBody", "Short one", "Ann Lee", ""),
        ("Site\nA title of several words\nBody", "A title of several words", "", ""),
        ("URL: https://example.org/a\nTitle\nBody", "Title", "", "https://example.org/a"),
        ("Заголовок этой статьи здесь\nАвтор: Иван Иванов\n", "Заголовок этой статьи здесь", "Иван Иванов", ""),
        ("", "", "", ""),
    ],
)
def test_metadata_of_a_text_dump(text: str, title: str, author: str, url: str) -> None:
    page = parse_text_dump(text, "x.txt")
    assert (page.title, page.author, page.url) == (title, author, url)


def test_article_id_does_not_depend_on_the_file_name() -> None:
    first, second = (parse_text_dump("A title of several words\nBody", name) for name in ("a.txt", "b.txt"))
    assert first.article_id == second.article_id


def test_guessed_encoding_gives_a_warning() -> None:
    page = read_text_dump("Заголовок этой статьи здесь\n".encode("cp1251"), "page.txt")
    assert page.title == "Заголовок этой статьи здесь"
    assert page.warnings == ("not UTF-8: read as cp1251, check the characters",)


def test_only_the_beginning_of_a_huge_dump_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MEGABYTE", 1)
    page = read_text_dump(b"A title of several words\n" + b"x " * 40, "page.txt")
    assert page.lines[:2] == ("A title of several words", "x x x x")
    assert page.warnings == ("only the first 32 MB of this page of 105 MB were read",)


@given(st.text())
def test_arbitrary_text_is_parsed(text: str) -> None:
    assert parse_text_dump(text, "x.txt").article_id.startswith("a")
