"""The Gram matrix is the same however it is computed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix

from stance.models.classifiers import gram_matrix

# Few rows of small counts, so that many columns are multiples of each other and some are empty.
COUNTS = st.tuples(st.integers(1, 5), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(0, 2))
)
RNGS = st.integers(0, 10**6).map(np.random.default_rng)


def _features(counts: np.ndarray, rng: np.random.Generator) -> csr_matrix:
    """Scale counts by a weight per row and a weight per column, as in TF-IDF."""
    return csr_matrix(counts * rng.uniform(0.1, 9, (len(counts), 1)) * rng.uniform(0.1, 9, counts.shape[1]))


@given(COUNTS, RNGS)
def test_merging_columns_keeps_inner_products(counts: np.ndarray, rng: np.random.Generator) -> None:
    features = _features(counts, rng)
    merged = gram_matrix.merge_proportional_columns(features)
    expected = (features @ features.T).toarray()
    assert (merged @ merged.T).toarray() == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(COUNTS, RNGS)
def test_columns_are_merged_where_one_is_a_multiple_of_the_other(counts: np.ndarray, rng: np.random.Generator) -> None:
    divisors = np.maximum(np.gcd.reduce(counts, axis=0), 1)
    directions = {tuple(column) for column in (counts // divisors).T if column.any()}
    assert gram_matrix.merge_proportional_columns(_features(counts, rng)).shape[1] == len(directions)


def test_columns_that_are_only_nearly_proportional_are_not_merged() -> None:
    features = csr_matrix([[1.0, 1.0, 2.0], [1.0, 1.0 + 1e-9, 2.0]])
    assert gram_matrix.merge_proportional_columns(features).shape[1] == 2


def test_columns_with_equal_hashes_are_compared_entry_by_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gram_matrix, "_random_probe", np.zeros)
    features = csr_matrix([[1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 1.0]])
    merged = gram_matrix.merge_proportional_columns(features)
    assert (merged @ merged.T).toarray() == pytest.approx((features @ features.T).toarray())


@given(COUNTS, RNGS, st.booleans())
def test_the_operator_multiplies_by_the_gram_matrix(
    counts: np.ndarray, rng: np.random.Generator, use_matrix: bool
) -> None:
    features = _features(counts, rng)
    rows = rng.standard_normal((3, len(counts)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gram_matrix, "_MAX_TEXTS_FOR_GRAM_MATRIX", len(counts) if use_matrix else 0)
        product = gram_matrix.build_gram_operator(features)(rows)
    assert product == pytest.approx(rows @ (features @ features.T).toarray(), rel=1e-12, abs=1e-10)


def test_features_are_not_modified() -> None:
    features = csr_matrix([[3.0, 1.0], [6.0, 2.0]])
    gram_matrix.merge_proportional_columns(features)
    assert features.toarray().tolist() == [[3.0, 1.0], [6.0, 2.0]]
