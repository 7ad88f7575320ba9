from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from stance.metrics.score_intervals import TRAINING_FACTOR
from stance.metrics.skill import Skill, measure_skill

Stances = NDArray[np.object_]


def _measure(truth: Stances, predicted: Stances, groups: NDArray[np.int64] | None = None) -> Skill:
    n = len(truth)
    no_target = np.full(n, "", dtype=object)
    groups = np.arange(n) if groups is None else groups
    return measure_skill(truth, predicted, no_target, np.ones(n), groups, variance_factor=1)


@given(st.lists(st.tuples(*[st.sampled_from("abc")] * 3), min_size=2, max_size=40))
def test_skill_is_the_mean_kappa_over_repeats(rows: list[tuple[str, str, str]]) -> None:
    truth, *columns = (np.array(column, dtype=object) for column in zip(*rows, strict=True))
    predicted = np.column_stack(columns)
    if len(set(truth)) > 1:
        expected = np.mean([cohen_kappa_score(truth, column) for column in columns])
        assert _measure(truth, predicted).value == pytest.approx(expected)


def test_the_standard_error_is_that_of_fleiss_cohen_and_everitt() -> None:
    # The formula for the table 44 5 1 / 7 20 3 / 9 5 6, without the two added items.
    table = np.array([[44, 5, 1], [7, 20, 3], [9, 5, 6]])
    cells = [(row, column) for row in range(3) for column in range(3) for _ in range(table[row, column])]
    truth, predicted = (np.array([*map(str, side)], dtype=object) for side in zip(*cells, strict=True))
    shares = table / table.sum()
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    agreement, chance = np.trace(shares), float(rows @ columns)
    kappa = (agreement - chance) / (1 - chance)
    diagonal = sum(shares[k, k] * (1 - (rows[k] + columns[k]) * (1 - kappa)) ** 2 for k in range(3))
    others = sum(shares[r, c] * (columns[r] + rows[c]) ** 2 for r in range(3) for c in range(3) if r != c)
    variance = diagonal + (1 - kappa) ** 2 * others - (kappa - chance * (1 - kappa)) ** 2
    standard_error = np.sqrt(variance / table.sum()) / (1 - chance)
    skill = _measure(truth, predicted[:, None])
    assert skill.value == pytest.approx(kappa)
    assert (skill.interval.high - skill.interval.low) / 2 / 1.984 == pytest.approx(standard_error, rel=0.03)


@pytest.mark.parametrize("stance", ["a", "b", "cannot-tell"])
def test_a_constant_prediction_has_no_skill(stance: str) -> None:
    truth = np.array(["a", "b", "b", "b"] * 10, dtype=object)
    skill = _measure(truth, np.full((40, 2), stance, dtype=object))
    assert skill.value == pytest.approx(0)
    assert skill.interval.low < 0 < skill.interval.high


def test_knowing_only_the_shares_of_targets_is_no_skill() -> None:
    truth = np.array(["a"] * 20 + ["b"] * 20, dtype=object)
    targets = np.array(["x"] * 20 + ["y"] * 20, dtype=object)
    skill = measure_skill(truth, truth[:, None], targets, np.ones(40), np.arange(40))
    assert skill.value == pytest.approx(0)
    assert skill.interval.low < 0


def test_chance_predictions_seldom_show_skill() -> None:
    rng, n_shown = np.random.default_rng(0), 0
    for _ in range(400):
        truth, predicted = (rng.choice(list("abc"), size, p=[0.5, 0.3, 0.2]).astype(object) for size in (60, (60, 1)))
        n_shown += _measure(truth, predicted).interval.low > 0
    assert n_shown <= 20


def test_groups_and_training_widen_the_interval() -> None:
    truth = np.repeat(np.array(["a", "b"], dtype=object), 40)
    predicted = np.concatenate([truth[:60], truth[:20]])[:, None]
    alone, together = (_measure(truth, predicted, np.arange(80) // size).interval for size in (1, 4))
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    no_target = np.full(80, "", dtype=object)
    trained = measure_skill(truth, predicted, no_target, np.ones(80), np.arange(80)).interval
    assert (trained.high - trained.low) / (alone.high - alone.low) == pytest.approx(np.sqrt(TRAINING_FACTOR))
