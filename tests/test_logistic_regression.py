"""The fit is that of scikit-learn, to more digits, however the Gram matrix is multiplied."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from conftest import count_examples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_matrix
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from test_gram_matrix import expand_features

from stance.models.classifiers import gram_matrix, newton
from stance.models.classifiers.interface import EXACT, FitProblem, LinearParameters
from stance.models.classifiers.logistic_regression import (
    LogisticRegression as OurLogisticRegression,
)
from stance.models.classifiers.logistic_regression import (
    fit_logistic_regression,
    fit_regularisation_path,
)


@dataclass
class Problem:
    features: csr_matrix
    classes: np.ndarray
    weights: np.ndarray
    c: float


def _problem(seed: int = 0, n: int = 60, n_classes: int = 6, n_features: int = 300, c: float = 10.0) -> Problem:
    rng = np.random.default_rng(seed)
    features = csr_matrix(random_matrix(n, n_features, density=0.05, rng=rng))
    classes = np.concatenate([np.arange(n_classes), rng.integers(n_classes, size=n - n_classes)])
    return Problem(features, classes, rng.uniform(0.05, 2, size=n), c)


def _equal_texts_in_two_classes() -> Problem:
    problem = _problem()
    problem.features = problem.features[np.arange(60) % 30]
    return problem


def _empty_texts() -> Problem:
    problem = _problem(1)
    keep = np.ones((60, 1))
    keep[::3] = 0
    problem.features = csr_matrix(problem.features.multiply(keep))
    return problem


def _empty_columns() -> Problem:
    problem = _problem(2)
    problem.features = csr_matrix(problem.features.multiply(np.arange(300) % 2))
    return problem


def _class_with_one_text() -> Problem:
    problem = _problem(3, n_classes=3)
    problem.classes[3:] %= 2
    return problem


CASES = {
    "two classes": _problem(n_classes=2),
    "three classes": _problem(n_classes=3),
    "six classes": _problem(),
    "more texts than features": _problem(n=200, n_features=20),
    "one feature": _problem(n_features=1),
    "equal texts in two classes": _equal_texts_in_two_classes(),
    "empty texts": _empty_texts(),
    "empty columns": _empty_columns(),
    "a class with one text": _class_with_one_text(),
    "weak penalty, separable classes": _problem(c=1e4),
    "weak penalty, inseparable classes": _problem(n=200, n_features=20, c=1e4),
    "strong penalty": _problem(c=1e-4),
    "two classes, weak penalty": _problem(n_classes=2, c=1e4),
}


def _fit(problem: Problem) -> LinearParameters:
    return fit_logistic_regression(problem.features, problem.classes, problem.weights, problem.c)


def _fit_path(problem: Problem, cs: Sequence[float]) -> Iterator[LinearParameters]:
    return fit_regularisation_path(problem.features, problem.classes, problem.weights, cs)


def _largest_gradient(problem: Problem, fitted: LinearParameters) -> float:
    """Return the largest absolute partial derivative of scikit-learn's loss."""
    n_classes = len(fitted.intercept)
    probabilities = softmax(problem.features @ fitted.coef.T + fitted.intercept, axis=1)
    errors = problem.weights[:, None] * (probabilities - np.eye(n_classes)[problem.classes])
    c = problem.c / 2 if n_classes == 2 else problem.c
    coef_gradient = fitted.coef.T + c * (problem.features.T @ errors)
    return max(float(np.abs(coef_gradient).max(initial=0)), float(np.abs(errors.sum(axis=0)).max()))


@pytest.mark.slow
@pytest.mark.parametrize("max_texts", [0, 10_000], ids=["operator", "matrix"])
@pytest.mark.parametrize("problem", CASES.values(), ids=CASES.keys())
def test_the_fit_equals_that_of_scikit_learn(problem: Problem, max_texts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gram_matrix, "_MAX_TEXTS_FOR_GRAM_MATRIX", max_texts)
    ours = _fit(problem)
    theirs = LogisticRegression(C=problem.c, solver="newton-cg", tol=1e-11, max_iter=100_000)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*(Line Search failed|line search algorithm did not converge)")
        theirs.fit(problem.features, problem.classes, sample_weight=problem.weights)
    fitted = np.column_stack([ours.coef, ours.intercept])
    expected = np.column_stack([theirs.coef_, theirs.intercept_])
    if len(expected) == 1:
        expected = np.vstack([-expected, expected]) / 2
    expected[:, -1] -= expected[:, -1].mean()
    assert fitted == pytest.approx(expected, rel=1e-6, abs=1e-6)


# In this example the norm computed from the Gram matrix lost half of its digits.
@pytest.mark.slow
@example(seed=0, n_classes=2, n=73, n_features=4, exponent=2.0, use_matrix=True)
@settings(max_examples=count_examples(100))
@given(
    st.integers(0, 10**6), st.integers(2, 6), st.integers(8, 80), st.integers(1, 200), st.floats(-4, 3), st.booleans()
)
def test_the_gradient_vanishes(
    seed: int, n_classes: int, n: int, n_features: int, exponent: float, use_matrix: bool
) -> None:
    problem = _problem(seed, n, n_classes, n_features, c=10**exponent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gram_matrix, "_MAX_TEXTS_FOR_GRAM_MATRIX", n if use_matrix else 0)
        fitted = _fit(problem)
    assert _largest_gradient(problem, fitted) < 1e-9 * (1 + np.linalg.norm(fitted.coef))


@pytest.mark.parametrize("cs", [(1.0, 10.0, 1000.0), (1000.0, 1.0)])
def test_a_path_equals_single_fits(cs: tuple[float, ...]) -> None:
    problem = _problem(4)
    for c, on_path in zip(cs, _fit_path(problem, cs), strict=True):
        single = _fit(replace(problem, c=c))
        assert on_path.coef == pytest.approx(single.coef, abs=1e-8)
        assert on_path.intercept == pytest.approx(single.intercept, abs=1e-8)


def test_a_weaker_penalty_gives_larger_coefficients() -> None:
    norms = [np.linalg.norm(fitted.coef) for fitted in _fit_path(_problem(5), [0.1, 1.0, 1e6, 1e9])]
    assert all(smaller < larger for smaller, larger in pairwise(norms))


def test_the_same_input_gives_the_same_bytes() -> None:
    problem = _problem(6)
    first, second = _fit(problem), _fit(problem)
    assert first.coef.tobytes() == second.coef.tobytes()
    assert first.intercept.tobytes() == second.intercept.tobytes()


def test_intercepts_sum_to_zero() -> None:
    assert _fit(_problem(7)).intercept.sum() == pytest.approx(0, abs=1e-12)


def test_a_fit_that_does_not_converge_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newton, "_MAX_ITERATIONS", 2)
    with pytest.warns(RuntimeWarning, match="did not converge in 2 iterations"):
        _fit(_problem())


@pytest.mark.parametrize("features", [csr_matrix((9, 0)), csr_matrix((9, 5))], ids=["no columns", "empty columns"])
def test_without_features_the_class_frequencies_are_predicted(features: csr_matrix) -> None:
    classes = np.array([0, 1, 1, 1, 2, 2, 0, 0, 0])
    fitted = fit_logistic_regression(features, classes, np.ones(9), 1.0)
    assert softmax(fitted.intercept) == pytest.approx(np.array([4, 3, 2]) / 9)
    assert not fitted.coef.any()


def test_a_single_class_has_zero_parameters() -> None:
    fitted = _fit(replace(_problem(2, 9, 2), classes=np.zeros(9, dtype=np.int64)))
    assert not fitted.coef.any()
    assert not fitted.intercept.any()


def _multi_target_problem(*, offset: bool) -> FitProblem:
    problem, rng = _problem(8, n_classes=3), np.random.default_rng(8)
    margins = rng.standard_normal((3, 60)) if offset else np.zeros((3, 60))
    targets = rng.integers(0, 2, 60)
    return FitProblem(problem.features, problem.classes, problem.weights, targets, 2, 0.25, margins)


@pytest.mark.parametrize("max_texts", [0, 10_000], ids=["operator", "matrix"])
def test_targets_are_fitted_as_scikit_learn_fits_expanded_features(
    max_texts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gram_matrix, "_MAX_TEXTS_FOR_GRAM_MATRIX", max_texts)
    problem = _multi_target_problem(offset=False)
    expanded = expand_features(problem)
    theirs = LogisticRegression(C=10.0, solver="newton-cg", tol=1e-11, max_iter=100_000)
    theirs.fit(expanded, problem.classes, sample_weight=problem.weights)
    for target, fitted in enumerate(OurLogisticRegression().fit(problem, 10.0, EXACT)):
        rows = problem.target_codes == target
        probabilities = softmax(problem.features[rows] @ fitted.coef.T + fitted.intercept, axis=1)
        assert probabilities == pytest.approx(theirs.predict_proba(expanded[rows]), abs=1e-7)


def test_the_gradient_vanishes_with_an_offset() -> None:
    """At the optimum, coefficients are minus c times the gradient of the loss by their shared and their own part."""
    problem, gradients = _multi_target_problem(offset=True), []
    fitted = OurLogisticRegression().fit(problem, 10.0, EXACT)
    for target, parameters in enumerate(fitted):
        rows = problem.target_codes == target
        margins = problem.features[rows] @ parameters.coef.T + parameters.intercept + problem.offset.T[rows]
        errors = softmax(margins, axis=1) - np.eye(3)[problem.classes[rows]]
        gradients.append((problem.features[rows].T @ (problem.weights[rows, None] * errors)).T)
    for gradient, parameters in zip(gradients, fitted, strict=True):
        expected = -10.0 * (0.25 * (gradients[0] + gradients[1]) + 0.75 * gradient)
        assert parameters.coef == pytest.approx(expected, abs=1e-8)
