"""With multipliers, each stance is predicted as often as expected, whatever the probabilities are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stance.models.stance_multipliers import fit_stance_multipliers

ROWS, STANCES = (1, 2, 20, 90), (1, 2, 3, 7, 20)
# Concentration of the Dirichlet distribution: from near 0 and 1 to nearly equal probabilities in all rows.
CONCENTRATIONS = (0.3, 3.0, 30.0, 300.0)

PROBABILITIES = st.builds(
    lambda seed, n, k, concentration: _draw(np.random.default_rng(seed), n, k, concentration),
    st.integers(0, 10_000), st.sampled_from(ROWS), st.sampled_from(STANCES), st.sampled_from(CONCENTRATIONS),
)  # fmt: skip


def _draw(rng: np.random.Generator, n: int, k: int, concentration: float) -> NDArray[np.float64]:
    return rng.dirichlet(rng.dirichlet(np.ones(k)) * concentration + 0.01, n)


def _excess(
    probabilities: NDArray[np.float64], multipliers: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    weights = np.ones(len(probabilities)) if weights is None else weights
    predicted = (multipliers * probabilities).argmax(axis=1)
    excess: NDArray[np.float64] = np.bincount(predicted, weights, len(multipliers)) - weights @ probabilities
    return excess


@given(PROBABILITIES)
def test_every_stance_is_predicted_as_often_as_expected(probabilities: NDArray[np.float64]) -> None:
    multipliers = fit_stance_multipliers(probabilities)
    assert np.abs(_excess(probabilities, multipliers)).max() < 1 + 1e-9
    assert (np.isfinite(multipliers) & (multipliers > 0)).all()


@given(PROBABILITIES, st.integers(0, 100))
def test_equal_rows_have_the_same_prediction(probabilities: NDArray[np.float64], seed: int) -> None:
    counts = np.random.default_rng(seed).integers(1, 5, len(probabilities))
    repeated = np.repeat(probabilities, counts, axis=0)
    assert np.abs(_excess(repeated, fit_stance_multipliers(repeated))).max() < max(counts) + 1e-9


@given(PROBABILITIES, st.integers(0, 100))
def test_weighted_predictions_are_close_to_expected(probabilities: NDArray[np.float64], seed: int) -> None:
    weights = np.random.default_rng(seed).choice([0.5, 1.0, 4.0], len(probabilities))
    most_probable = _excess(probabilities, np.ones(probabilities.shape[1]), weights)
    excess = _excess(probabilities, fit_stance_multipliers(probabilities, weights), weights)
    assert np.abs(excess).sum() <= np.abs(most_probable).sum() + 1e-9
    assert np.abs(excess).max() < 2 * 4.0


@pytest.mark.slow
@given(PROBABILITIES, st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(probabilities: NDArray[np.float64], seed: int) -> None:
    rng = np.random.default_rng(seed)
    order, weights = rng.permutation(len(probabilities)), rng.lognormal(size=len(probabilities))
    for row_weights in (None, weights):
        shuffled = fit_stance_multipliers(probabilities[order], None if row_weights is None else row_weights[order])
        assert (shuffled == fit_stance_multipliers(probabilities, row_weights)).all()


@given(PROBABILITIES)
def test_all_multipliers_are_one_if_the_most_probable_stances_are_as_frequent_as_expected(
    probabilities: NDArray[np.float64],
) -> None:
    ones = np.ones(probabilities.shape[1])
    if np.abs(_excess(probabilities, ones)).max() < 1 - 1e-6:
        assert (fit_stance_multipliers(probabilities) == ones).all()


@pytest.mark.parametrize(
    "probabilities",
    [
        np.eye(3).repeat(40, axis=0) * 0.97 + 0.01,  # certain, and as often as expected
        np.tile([0.5, 0.3, 0.2], (20, 1)),  # all rows are equal
        np.full((20, 4), 0.25),
        np.eye(3)[[0] * 20],  # two stances are impossible
        np.ones((5, 1)),
        np.ones((0, 3)),
    ],
)
def test_all_multipliers_are_one_if_none_can_help(probabilities: NDArray[np.float64]) -> None:
    assert (fit_stance_multipliers(probabilities) == 1).all()


@pytest.mark.parametrize("probability", [0.0, 1e-300, 1e-12, 1e-3])
def test_a_stance_with_tiny_probabilities_is_not_predicted(probability: float) -> None:
    two_stances = _draw(np.random.default_rng(0), 90, 2, 3.0)
    probabilities = np.column_stack([two_stances * (1 - probability), np.full(90, probability)])
    multipliers = fit_stance_multipliers(probabilities)
    assert np.isfinite(multipliers).all()
    assert 0 < multipliers[2] <= 1
    assert 2 not in (multipliers * probabilities).argmax(axis=1)


def test_thousands_of_rows_of_twenty_stances_are_matched() -> None:
    probabilities = _draw(np.random.default_rng(1), 4_000, 20, 30.0)
    assert np.abs(_excess(probabilities, fit_stance_multipliers(probabilities))).max() < 1
