"""Predictions by multipliers are as frequent as expected, whatever the probabilities are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stance.models import stance_multipliers

ROWS, STANCES = (1, 2, 20, 90), (1, 2, 3, 7, 20)
# From probabilities that are the same for all rows to such that leave no doubt.
SURENESS = (0.3, 3.0, 30.0, 300.0)

drawn = st.builds(
    lambda seed, n, k, sureness: _drawn(np.random.default_rng(seed), n, k, sureness),
    st.integers(0, 10_000), st.sampled_from(ROWS), st.sampled_from(STANCES), st.sampled_from(SURENESS),
)  # fmt: skip


def _drawn(rng: np.random.Generator, n: int, k: int, sureness: float) -> NDArray[np.float64]:
    return rng.dirichlet(rng.dirichlet(np.ones(k)) * sureness + 0.01, n)


def _excess(
    probabilities: NDArray[np.float64], gain: NDArray[np.float64], weight: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    weight = np.ones(len(probabilities)) if weight is None else weight
    answers = (gain * probabilities).argmax(axis=1)
    excess: NDArray[np.float64] = np.bincount(answers, weight, len(gain)) - weight @ probabilities
    return excess


@given(drawn)
def test_every_stance_is_predicted_as_often_as_expected(probabilities: NDArray[np.float64]) -> None:
    gain = stance_multipliers.fit_stance_multipliers(probabilities)
    assert np.abs(_excess(probabilities, gain)).max() < 1 + 1e-9
    assert (np.isfinite(gain) & (gain > 0)).all()


@given(drawn, st.integers(0, 100))
def test_equal_rows_are_predicted_alike_and_count_as_one(probabilities: NDArray[np.float64], seed: int) -> None:
    times = np.random.default_rng(seed).integers(1, 5, len(probabilities))
    repeated = np.repeat(probabilities, times, axis=0)
    assert np.abs(_excess(repeated, stance_multipliers.fit_stance_multipliers(repeated))).max() < max(times) + 1e-9


@given(drawn, st.integers(0, 100))
def test_weights_bring_the_weighted_predictions_near(probabilities: NDArray[np.float64], seed: int) -> None:
    weight = np.random.default_rng(seed).choice([0.5, 1.0, 4.0], len(probabilities))
    most_probable = _excess(probabilities, np.ones(probabilities.shape[1]), weight)
    excess = _excess(probabilities, stance_multipliers.fit_stance_multipliers(probabilities, weight), weight)
    assert np.abs(excess).sum() <= np.abs(most_probable).sum() + 1e-9
    assert np.abs(excess).max() < 2 * 4.0


@given(drawn, st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(probabilities: NDArray[np.float64], seed: int) -> None:
    rng = np.random.default_rng(seed)
    order, weight = rng.permutation(len(probabilities)), rng.lognormal(size=len(probabilities))
    for each in (None, weight):
        shuffled = stance_multipliers.fit_stance_multipliers(
            probabilities[order], None if each is None else each[order]
        )
        assert (shuffled == stance_multipliers.fit_stance_multipliers(probabilities, each)).all()


@given(drawn)
def test_nothing_is_multiplied_where_the_most_probable_stances_are_as_frequent_as_expected(
    probabilities: NDArray[np.float64],
) -> None:
    none = np.ones(probabilities.shape[1])
    if np.abs(_excess(probabilities, none)).max() < 1 - 1e-6:
        assert (stance_multipliers.fit_stance_multipliers(probabilities) == none).all()


@pytest.mark.parametrize(
    "probabilities",
    [
        np.eye(3).repeat(40, axis=0) * 0.97 + 0.01,  # sure, and as often as expected
        np.tile([0.5, 0.3, 0.2], (20, 1)),  # nothing tells the rows apart
        np.full((20, 4), 0.25),
        np.eye(3)[[0] * 20],  # two stances are impossible
        np.ones((5, 1)),
        np.ones((0, 3)),
    ],
)
def test_where_nothing_can_be_gained_all_multipliers_are_one(probabilities: NDArray[np.float64]) -> None:
    assert (stance_multipliers.fit_stance_multipliers(probabilities) == 1).all()


@pytest.mark.parametrize("absent", [0.0, 1e-300, 1e-12, 1e-3])
def test_a_stance_that_is_not_expected_is_not_predicted(absent: float) -> None:
    two = _drawn(np.random.default_rng(0), 90, 2, 3.0)
    probabilities = np.column_stack([two * (1 - absent), np.full(90, absent)])
    gain = stance_multipliers.fit_stance_multipliers(probabilities)
    assert np.isfinite(gain).all()
    assert 0 < gain[2] <= 1
    assert 2 not in (gain * probabilities).argmax(axis=1)


def test_thousands_of_rows_of_twenty_stances_are_matched() -> None:
    probabilities = _drawn(np.random.default_rng(1), 4_000, 20, 30.0)
    assert np.abs(_excess(probabilities, stance_multipliers.fit_stance_multipliers(probabilities))).max() < 1
