from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance import tables
from stance.errors import MissingColumnError


@pytest.mark.parametrize(
    ("address", "variant"),
    [
        ("https://example.org/story", "http://www.example.org/story/"),
        ("https://example.org/story#comments", "https://example.org/story"),
    ],
)
def test_variants_of_an_address_have_the_same_id(address: str, variant: str) -> None:
    assert tables.make_article_id(address, "a", "b") == tables.make_article_id(variant, "c", "d")


def test_without_an_address_the_id_depends_on_title_and_byline() -> None:
    ids = {tables.make_article_id("", *pair) for pair in [("T", "A"), ("T", "B"), ("U", "A"), (" T ", "A")]}
    assert len(ids) == 3


def test_equal_texts_of_one_article_have_different_ids() -> None:
    assert tables.make_comment_id("a1", "Yes!", 1) != tables.make_comment_id("a1", "Yes!", 2)


@given(st.text(), st.text())
def test_white_space_does_not_change_an_id(left: str, right: str) -> None:
    loose, tight = f"{left} \n\t {right}", f"{left} {right}"
    assert tables.make_comment_id("a", loose) == tables.make_comment_id("a", tight)


def test_unicode_composition_does_not_change_an_id() -> None:
    assert tables.make_comment_id("a", "й") == tables.make_comment_id("a", "й")


@given(st.text(alphabet=st.characters()))
def test_an_id_never_looks_like_a_number(text: str) -> None:
    identifier = tables.make_comment_id("a", text)
    assert len(identifier) == 13
    assert identifier.startswith("c")


def test_a_missing_column_is_an_error_with_all_columns() -> None:
    with pytest.raises(MissingColumnError, match=r"no column 'text', there are: a, b \(x\.csv:1\): rename"):
        tables.require_columns(["a", "b"], ["text"], "x.csv")
