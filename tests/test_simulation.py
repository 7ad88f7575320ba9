from __future__ import annotations

import interval_coverage
import numpy as np
import pandas as pd
import populations
import pytest
import simulation
from interval_coverage import ACCURACY, LEAD, MACRO_F1, RECALL, STANCE, T_OVER_FOLDS

MIN_COVERAGE = 0.9  # of so few runs; a full run should find 0.93

Coverage = dict[str, dict[object, float]]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((24, 120), id="24 labels", marks=pytest.mark.slow),
        pytest.param((100, 30), id="100 labels", marks=pytest.mark.benchmark),
    ],
)
def coverage(request: pytest.FixtureRequest) -> Coverage:
    """Run a small part of the simulation, and compare its intervals with the true values."""
    n_labels, n_runs = request.param
    runs = list(simulation.simulate_runs(simulation.KINDS["plain"], n_labels, n_runs, whole_size=4_000))
    table = interval_coverage.summarise_coverage(runs).set_index(["score", "method"])
    return {column: dict(table[column].items()) for column in ("fitted", "width")}


@pytest.mark.slow
@pytest.mark.parametrize(("score", "max_width"), [(ACCURACY, 0.55), (MACRO_F1, 0.55), (LEAD, 0.75), (RECALL, 0.75)])
def test_intervals_cover_and_are_narrow(coverage: Coverage, score: str, max_width: float) -> None:
    assert coverage["fitted"][score, STANCE] >= MIN_COVERAGE
    assert coverage["width"][score, STANCE] < max_width


@pytest.mark.parametrize(("score", "method"), [(ACCURACY, T_OVER_FOLDS), (MACRO_F1, T_OVER_FOLDS)])
def test_the_simulation_finds_intervals_that_do_not_cover(coverage: Coverage, score: str, method: str) -> None:
    assert coverage["fitted"][score, method] < MIN_COVERAGE - 0.03


def test_a_population_has_the_given_shares_and_lengths() -> None:
    kind = populations.PopulationKind((0.6, 0.3, 0.1), stance_effect=0.5, article_effect=0.5, interaction=0.5)
    population = populations.make_population(kind, n_articles=4, seed=0)
    assert population.probabilities.shape == (4, 3)
    assert population.probabilities.sum() == pytest.approx(1)
    expected = population.probabilities.sum(axis=0)
    sample = population.sample(20_000, np.random.default_rng(0))
    counts, stances = sample.counts, sample.stances
    assert counts.sum(axis=1).mean() == pytest.approx(populations.MEAN_LENGTH, abs=0.1)
    assert counts.sum(axis=1).min() >= 1
    assert np.bincount(stances) / len(stances) == pytest.approx(expected, abs=0.015)
    _, stances = population.sample_proportionally(20_000, np.random.default_rng(0))
    assert np.bincount(stances) / len(stances) == pytest.approx(expected, abs=1e-3)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_runs() -> None:
    kind = simulation.KINDS["articles"]
    first, second = (next(simulation.simulate_runs(kind, 24, 1, n_repeats=1, whole_size=500)) for _ in range(2))
    assert (first.truth.tolist(), first.predicted.tolist()) == (second.truth.tolist(), second.predicted.tolist())
    assert first.model_scores == second.model_scores


def test_predictions_are_out_of_fold() -> None:
    kind = simulation.KINDS["plain"]
    run = next(simulation.simulate_runs(kind, 100, 1, n_repeats=2, whole_size=500))
    labels = populations.make_population(kind, 1, 0).sample(100, np.random.default_rng([3, 100, 0]))
    word_counts, truth = labels.counts, labels.stances
    assert run.truth.tolist() == truth.tolist()
    counts = simulation.make_counts(word_counts)
    for repeat, fold in [(0, 3), (1, 7)]:
        tested = run.folds[:, repeat] == fold
        model = simulation.fit_model(counts, np.flatnonzero(~tested), truth)
        assert model.predict(counts, np.flatnonzero(tested)).tolist() == run.predicted[tested, repeat].tolist()
    # Folds are of equal size, and each stance is spread evenly over them.
    assert np.bincount(run.folds[:, 0]).tolist() == [10] * 10
    stances_by_fold = pd.crosstab(run.truth, run.folds[:, 0])
    assert (stances_by_fold.max(axis=1) - stances_by_fold.min(axis=1)).max() <= 1
