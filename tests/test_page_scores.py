from __future__ import annotations

from collections import Counter

import pytest
from page_scores import count_as_one, numbered_comments, token_f1, words


def test_words_are_those_of_nfkc_in_lower_case() -> None:
    assert words("Ｙes, YES: №1") == Counter({"yes": 2, "no1": 1})


@pytest.mark.parametrize(("found", "f1"), [("a b c", 1.0), ("a b", 0.8), ("a b c d e f", 2 / 3), ("x", 0.0), ("", 0.0)])
def test_token_f1(found: str, f1: float) -> None:
    assert token_f1(words(found), words("a b c")) == pytest.approx(f1)


def test_numbered_comments_hold_their_own_words() -> None:
    html = (
        '<ol><li id="li-comment-1"><p id="comment-1">One<script>x</script></p><ol><li id="comment-2">Two</li></ol></li>'
        '</ol><dl><dt id="comment-3">Three</dt><dd>Four</dd></dl><p id="comment-form">Form</p><p id="comment-4"></p>'
    )
    assert numbered_comments(html) == [words("One"), words("Two"), words("Three Four")]


@pytest.mark.parametrize(
    ("records", "count"),
    [
        (["a b c", "d e f"], 2),
        (["d e f", "a b c"], 2),
        (["a b c d e f"], 0),  # two comments in one
        (["a b", "c", "d e f"], 2),  # half and more of a comment is the comment: buttons are left out
        (["a", "b", "c"], 0),
        (["a b c"], 1),
        ([], 0),
    ],
)
def test_comments_that_are_one_record(records: list[str], count: int) -> None:
    assert count_as_one([words("a b c"), words("d e f")], [words(record) for record in records]) == count
