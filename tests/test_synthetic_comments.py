"""The synthetic comments of the benchmarks have the statistics that benchmarks/comments.py describes."""

from __future__ import annotations

import re
from itertools import islice

import comments
import equivalent_models
import numpy as np
import pytest


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return comments.generate_comments(5_000)


def test_lengths(texts: list[str]) -> None:
    lengths = np.array([len(text.split()) for text in texts])
    assert lengths.mean() == pytest.approx(29, abs=0.5)
    assert (lengths > 100).mean() == pytest.approx(0.02, abs=0.01)
    assert lengths.min() >= 1


VOCABULARY_SIZES = [(10_000, 3_486), (30_000, 7_520), (60_000, 11_506), (100_000, 15_344)]


@pytest.mark.parametrize(("n_words", "n_distinct"), VOCABULARY_SIZES)
def test_vocabulary_grows_as_in_tweets(texts: list[str], n_words: int, n_distinct: int) -> None:
    assert len(set(" ".join(texts).split()[:n_words])) == pytest.approx(n_distinct, rel=0.07)


@pytest.mark.slow
def test_comments_do_not_depend_on_how_many_are_generated() -> None:
    n = comments.BLOCK_COMMENTS + 10
    texts = list(islice(comments.stream_comments(3), n))
    assert texts == comments.generate_comments(2 * n, 3)[:n]
    assert texts == comments.generate_labelled_comments(n, 3)[0]
    assert comments.generate_comments(10, 3) != comments.generate_comments(10, 4)


def test_blocks_differ() -> None:
    n = comments.BLOCK_COMMENTS
    texts = comments.generate_comments(2 * n)
    assert len(set(texts[:n]) & set(texts[n:])) < 0.02 * n


@pytest.mark.parametrize("pattern", ["[а-яў]{4}", "[👍😀❤🇺]", "[a-z][.!?]", "[.!?] [A-Z]", "[A-Z]{4}", "[a-z], [a-z]"])
def test_comments_contain_patterns(texts: list[str], pattern: str) -> None:
    share = np.mean([re.search(pattern, text) is not None for text in texts])
    assert 0.02 < share < 1


def test_comments_are_single_lines(texts: list[str]) -> None:
    assert [text for text in texts if text != " ".join(text.split())] == []


@pytest.mark.slow
def test_equivalent_models_are_equal_and_predict_most_stances_of_new_comments() -> None:
    texts, stances = comments.generate_labelled_comments(1_500)
    models = equivalent_models.make_equivalent_models(texts[:1_200], stances[:1_200])
    probabilities = models.model.predict_proba(texts[1_200:])
    np.testing.assert_allclose(probabilities, models.pipeline.predict_proba(texts[1_200:]), rtol=0, atol=1e-12)
    is_correct = np.array(models.model.stances)[probabilities.argmax(axis=1)] == stances[1_200:]
    assert 0.5 < is_correct.mean() < 0.7
