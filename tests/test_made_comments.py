"""The made comments of the benchmarks are what they are said to be."""

from __future__ import annotations

import re
from itertools import islice

import comments
import numpy as np
import pytest
import twins


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return comments.made(5_000)


def test_lengths(texts: list[str]) -> None:
    lengths = np.array([len(text.split()) for text in texts])
    assert lengths.mean() == pytest.approx(29, abs=0.5)
    assert (lengths > 100).mean() == pytest.approx(0.02, abs=0.01)
    assert lengths.min() >= 1


@pytest.mark.parametrize(("words", "distinct"), [(10_000, 3_486), (30_000, 7_520), (60_000, 11_506), (100_000, 15_344)])
def test_vocabulary_grows_as_in_tweets(texts: list[str], words: int, distinct: int) -> None:
    assert len(set(" ".join(texts).split()[:words])) == pytest.approx(distinct, rel=0.07)


def test_a_stream_is_the_same_however_much_is_taken() -> None:
    n = comments.BLOCK + 10
    assert list(islice(comments.stream(3), n)) == comments.made(2 * n, 3)[:n] == comments.labelled(n, 3)[0]
    assert comments.made(10, 3) != comments.made(10, 4)


def test_blocks_differ() -> None:
    texts = comments.made(2 * comments.BLOCK)
    assert len({*texts[: comments.BLOCK]} & {*texts[comments.BLOCK :]}) < 0.02 * comments.BLOCK


@pytest.mark.parametrize("pattern", ["[а-яў]{4}", "[👍😀❤🇺]", "[a-z][.!?]", "[.!?] [A-Z]", "[A-Z]{4}", "[a-z], [a-z]"])
def test_what_comments_hold(texts: list[str], pattern: str) -> None:
    share = np.mean([re.search(pattern, text) is not None for text in texts])
    assert 0.02 < share < 1


def test_a_comment_is_one_line(texts: list[str]) -> None:
    assert [text for text in texts if text != " ".join(text.split())] == []


def test_twins_are_equal_and_tell_most_stances_of_comments_they_have_not_seen() -> None:
    texts, stances = comments.labelled(1_500)
    pair = twins.twins(texts[:1_200], stances[:1_200])
    probabilities = pair.model.predict_proba(texts[1_200:])
    np.testing.assert_allclose(probabilities, pair.pipeline.predict_proba(texts[1_200:]), rtol=0, atol=1e-12)
    right = np.array(pair.model.stances)[probabilities.argmax(axis=1)] == stances[1_200:]
    assert 0.5 < right.mean() < 0.7
