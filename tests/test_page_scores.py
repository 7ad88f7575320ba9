from __future__ import annotations

from collections import Counter

import pytest
from page_scores import compute_token_f1, count_matching_records, count_words, find_numbered_comments


def test_words_are_normalised() -> None:
    assert count_words("Ｙes, YES: №1") == Counter({"yes": 2, "no1": 1})


@pytest.mark.parametrize(
    ("extracted", "f1"), [("a b c", 1.0), ("a b", 0.8), ("a b c d e f", 2 / 3), ("x", 0.0), ("", 0.0)]
)
def test_token_f1(extracted: str, f1: float) -> None:
    assert compute_token_f1(count_words(extracted), count_words("a b c")) == pytest.approx(f1)


def test_numbered_comments_have_their_own_words_only() -> None:
    html = (
        '<ol><li id="li-comment-1"><p id="comment-1">One<script>x</script></p><ol><li id="comment-2">Two</li></ol></li>'
        '</ol><dl><dt id="comment-3">Three</dt><dd>Four</dd></dl><p id="comment-form">Form</p><p id="comment-4"></p>'
    )
    assert find_numbered_comments(html) == [count_words(text) for text in ("One", "Two", "Three Four")]


@pytest.mark.parametrize(
    ("records", "count"),
    [
        (["a b c", "d e f"], 2),
        (["d e f", "a b c"], 2),
        (["a b c d e f"], 0),  # two comments in one
        (["a b", "c", "d e f"], 2),  # half of a comment's words suffice: buttons may be missing
        (["a", "b", "c"], 0),
        (["a b c"], 1),
        ([], 0),
    ],
)
def test_count_matching_records(records: list[str], count: int) -> None:
    comments = [count_words("a b c"), count_words("d e f")]
    assert count_matching_records(comments, [count_words(record) for record in records]) == count
