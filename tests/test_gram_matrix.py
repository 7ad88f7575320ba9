"""The Gram matrix is the same however it is computed, with one target and with several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix, hstack

from stance.models.classifiers import gram_matrix
from stance.models.classifiers.interface import NO_TARGET, FitProblem

# Few rows of small counts, so that some columns are empty and some are those of a single text.
COUNTS = st.tuples(st.integers(1, 5), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(0, 2))
)
RNGS = st.integers(0, 10**6).map(np.random.default_rng)


def make_problem(counts: np.ndarray, rng: np.random.Generator, n_targets: int, shared: float) -> FitProblem:
    """Scale counts by a weight per row and a weight per column, as in TF-IDF, and assign targets at random."""
    features = csr_matrix(counts * rng.uniform(0.1, 9, (len(counts), 1)) * rng.uniform(0.1, 9, counts.shape[1]))
    problem = FitProblem.of_one_target(features, np.zeros(len(counts), np.int64), np.ones(len(counts)))
    target_codes = rng.integers(0, n_targets, len(counts))
    return replace(problem, target_codes=target_codes, n_targets=n_targets, shared=shared)


def expand_features(problem: FitProblem) -> csr_matrix:
    """Return the features as if all targets had columns of their own, next to those that they share."""
    if problem.n_targets == 1:
        return problem.features
    is_target = [problem.target_codes == target for target in range(problem.n_targets)]
    own = [csr_matrix(problem.features.multiply(rows[:, None])) for rows in is_target]
    parts = [np.sqrt(problem.shared) * problem.features, *(np.sqrt(1 - problem.shared) * part for part in own)]
    return csr_matrix(hstack([*parts, csr_matrix(np.column_stack(is_target).astype(np.float64))]))


@given(COUNTS, RNGS, st.integers(1, 3), st.sampled_from([0.0, 0.25, 1.0]), st.booleans())
def test_the_operator_multiplies_by_the_gram_matrix(
    counts: np.ndarray, rng: np.random.Generator, n_targets: int, shared: float, use_matrix: bool
) -> None:
    problem = make_problem(counts, rng, n_targets, shared)
    rows = rng.standard_normal((3, len(counts)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gram_matrix, "_MAX_TEXTS_FOR_GRAM_MATRIX", len(counts) if use_matrix else 0)
        product = gram_matrix.build_gram_operator(problem)(rows)
    expanded = expand_features(problem)
    assert product == pytest.approx(rows @ (expanded @ expanded.T).toarray(), rel=1e-12, abs=1e-10)


@given(COUNTS, RNGS, st.integers(1, 3), st.sampled_from([0.0, 0.25, 1.0]))
def test_parameters_give_the_margins_of_the_gram_matrix(
    counts: np.ndarray, rng: np.random.Generator, n_targets: int, shared: float
) -> None:
    problem = make_problem(counts, rng, n_targets, shared)
    dual_coef, intercept = rng.standard_normal((2, len(counts))), rng.standard_normal(2)
    margins = gram_matrix.build_gram_operator(problem)(dual_coef) + intercept[:, None]
    parameters = gram_matrix.compute_parameters(problem, dual_coef, intercept)
    for row, target in enumerate(problem.target_codes.tolist()):
        coef, target_intercept = parameters[target].coef, parameters[target].intercept
        scores = problem.features[row] @ coef.T + target_intercept
        assert scores.ravel() == pytest.approx(margins[:, row], rel=1e-9, abs=1e-9)
    expanded = expand_features(problem)
    norm = np.linalg.norm(expanded.T @ dual_coef.T)
    assert gram_matrix.compute_coef_norm(problem, dual_coef) == pytest.approx(norm, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("max_texts", [0, 10], ids=["operator", "matrix"])
def test_a_text_of_no_target_has_no_intercept_of_its_own(max_texts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gram_matrix, "_MAX_TEXTS_FOR_GRAM_MATRIX", max_texts)
    problem = make_problem(np.array([[1], [0]]), np.random.default_rng(0), 2, 0.25)
    problem = replace(problem, target_codes=np.array([0, NO_TARGET]))
    products = gram_matrix.build_gram_operator(problem)(np.eye(2))
    assert products[1].tolist() == [0.0, 0.0]
