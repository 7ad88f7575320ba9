from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import random as random_matrix
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from stance import logistic


def _problem(seed: int, n: int, n_classes: int) -> tuple[Any, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = random_matrix(n, 300, density=0.05, rng=rng, format="csr")
    classes = np.concatenate([np.arange(n_classes), rng.integers(n_classes, size=n - n_classes)])
    return features, classes, rng.uniform(0.05, 2, size=n)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(8, 40), st.sampled_from([0.3, 10.0, 300.0]))
def test_the_fit_is_scikit_learns(seed: int, n_classes: int, n: int, c: float) -> None:
    features, classes, weight = _problem(seed, n, n_classes)
    ours = logistic.fit(features, classes, weight, c)
    theirs = LogisticRegression(C=c, tol=1e-10, max_iter=100_000).fit(features, classes, sample_weight=weight)
    probabilities = softmax(features @ ours.coef.T + ours.intercept, axis=1)
    assert probabilities == pytest.approx(theirs.predict_proba(features), abs=2e-5)


def test_one_class_is_certain() -> None:
    features, _, weight = _problem(2, 9, 2)
    fitted = logistic.fit(features, np.zeros(9, dtype=np.int64), weight, 1.0)
    assert not fitted.coef.any()
    assert not fitted.intercept.any()
