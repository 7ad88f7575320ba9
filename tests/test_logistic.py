from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_matrix
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from stance.models.logistic import gram_matrix, newton, regression
from stance.models.logistic.regression import LinearParameters


@dataclass
class Problem:
    features: csr_matrix
    classes: np.ndarray
    weight: np.ndarray
    c: float


def _problem(seed: int = 0, n: int = 60, n_classes: int = 6, n_features: int = 300, c: float = 10.0) -> Problem:
    rng = np.random.default_rng(seed)
    features = csr_matrix(random_matrix(n, n_features, density=0.05, rng=rng))
    classes = np.concatenate([np.arange(n_classes), rng.integers(n_classes, size=n - n_classes)])
    return Problem(features, classes, rng.uniform(0.05, 2, size=n), c)


def _equal_texts_of_two_classes() -> Problem:
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


def _one_text_of_a_class() -> Problem:
    problem = _problem(3, n_classes=3)
    problem.classes[3:] %= 2
    return problem


CASES = {
    "two classes": _problem(n_classes=2),
    "three classes": _problem(n_classes=3),
    "six classes": _problem(),
    "more texts than features": _problem(n=200, n_features=20),
    "one feature": _problem(n_features=1),
    "equal texts of two classes": _equal_texts_of_two_classes(),
    "empty texts": _empty_texts(),
    "empty columns": _empty_columns(),
    "one text of a class": _one_text_of_a_class(),
    "hardly any penalty, classes that can be separated": _problem(c=1e4),
    "hardly any penalty, classes that cannot": _problem(n=200, n_features=20, c=1e4),
    "hardly anything but penalty": _problem(c=1e-4),
    "two classes, hardly any penalty": _problem(n_classes=2, c=1e4),
}


def _fit(problem: Problem) -> LinearParameters:
    return regression.fit_logistic_regression(problem.features, problem.classes, problem.weight, problem.c)


def _slope(problem: Problem, weights: LinearParameters) -> float:
    """How steep scikit-learn's loss still is, by the weights and intercepts it is steepest by."""
    n_classes = len(weights.intercept)
    shares = softmax(problem.features @ weights.coef.T + weights.intercept, axis=1)
    errors = problem.weight[:, None] * (shares - np.eye(n_classes)[problem.classes])
    strength = problem.c / 2 if n_classes == 2 else problem.c
    by_weights = weights.coef.T + strength * (problem.features.T @ errors)
    return max(float(np.abs(by_weights).max(initial=0)), float(np.abs(errors.sum(axis=0)).max()))


@pytest.mark.parametrize("most_written_out", [0, 10_000], ids=["through n-grams", "written out"])
@pytest.mark.parametrize("problem", CASES.values(), ids=CASES.keys())
def test_the_fit_is_scikit_learns(problem: Problem, most_written_out: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gram_matrix, "_MAX_TEXTS_FOR_GRAM_MATRIX", most_written_out)
    ours = _fit(problem)
    theirs = LogisticRegression(C=problem.c, solver="newton-cg", tol=1e-11, max_iter=100_000)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*(Line Search failed|line search algorithm did not converge)")
        theirs.fit(problem.features, problem.classes, sample_weight=problem.weight)
    found = np.column_stack([ours.coef, ours.intercept])
    expected = np.column_stack([theirs.coef_, theirs.intercept_])
    if len(expected) == 1:
        expected = np.vstack([-expected, expected]) / 2
    expected[:, -1] -= expected[:, -1].mean()
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@example(seed=0, n_classes=2, n=73, n_features=4, exponent=2.0, written_out=True)  # digits of the length were lost
@settings(max_examples=150)
@given(
    st.integers(0, 10**6), st.integers(2, 6), st.integers(8, 80), st.integers(1, 200), st.floats(-4, 3), st.booleans()
)
def test_no_slope_is_left(
    seed: int, n_classes: int, n: int, n_features: int, exponent: float, written_out: bool
) -> None:
    problem = _problem(seed, n, n_classes, n_features, c=10**exponent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gram_matrix, "_MAX_TEXTS_FOR_GRAM_MATRIX", n if written_out else 0)
        weights = _fit(problem)
    assert _slope(problem, weights) < 1e-9 * (1 + np.linalg.norm(weights.coef))


@pytest.mark.parametrize("cs", [(1.0, 10.0, 1000.0), (1000.0, 1.0)])
def test_a_path_gives_the_same_as_single_fits(cs: tuple[float, ...]) -> None:
    problem = _problem(4)
    path = regression.fit_regularisation_path(problem.features, problem.classes, problem.weight, cs)
    for c, on_path in zip(cs, path, strict=True):
        alone = regression.fit_logistic_regression(problem.features, problem.classes, problem.weight, c)
        assert on_path.coef == pytest.approx(alone.coef, abs=1e-8)
        assert on_path.intercept == pytest.approx(alone.intercept, abs=1e-8)


def test_a_weaker_penalty_gives_longer_weights() -> None:
    problem = _problem(5)
    path = regression.fit_regularisation_path(problem.features, problem.classes, problem.weight, [0.1, 1.0, 1e6, 1e9])
    lengths = [np.linalg.norm(weights.coef) for weights in path]
    assert all(shorter < longer for shorter, longer in pairwise(lengths))


def test_the_same_input_gives_the_same_bytes() -> None:
    problem = _problem(6)
    first, second = _fit(problem), _fit(problem)
    assert first.coef.tobytes() == second.coef.tobytes()
    assert first.intercept.tobytes() == second.intercept.tobytes()


def test_intercepts_sum_to_nothing() -> None:
    assert _fit(_problem(7)).intercept.sum() == pytest.approx(0, abs=1e-12)


def test_a_fit_that_does_not_arrive_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newton, "_MAX_ITERATIONS", 2)
    with pytest.warns(RuntimeWarning, match="stopped after 2 iterations"):
        _fit(_problem())


@pytest.mark.parametrize("features", [csr_matrix((9, 0)), csr_matrix((9, 5))], ids=["none", "all empty"])
def test_without_features_the_shares_decide(features: csr_matrix) -> None:
    classes = np.array([0, 1, 1, 1, 2, 2, 0, 0, 0])
    weights = regression.fit_logistic_regression(features, classes, np.ones(9), 1.0)
    assert softmax(weights.intercept) == pytest.approx(np.array([4, 3, 2]) / 9)
    assert not weights.coef.any()


def test_one_class_is_certain() -> None:
    problem = _problem(2, 9, 2)
    fitted = regression.fit_logistic_regression(problem.features, np.zeros(9, dtype=np.int64), problem.weight, 1.0)
    assert not fitted.coef.any()
    assert not fitted.intercept.any()
