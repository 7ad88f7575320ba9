from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.metrics.risk_coverage import MAX_POINTS, risk_coverage_curve


@pytest.mark.parametrize(
    ("confidence", "is_correct", "weights", "points"),
    [
        ([0.5], [True], [1], [(0.5, 1, 1)]),
        ([0.9, 0.5, 0.7, 0.6], [1, 0, 1, 0], [1] * 4,
         [(0.5, 1, 0.5), (0.6, 0.75, 2 / 3), (0.7, 0.5, 1), (0.9, 0.25, 1)]),
        ([0.5, 0.5, 0.8], [1, 0, 1], [1] * 3, [(0.5, 1, 2 / 3), (0.8, 1 / 3, 1)]),
        ([0.5, 0.8], [1, 0], [3, 1], [(0.5, 1, 0.75), (0.8, 0.25, 0)]),
        ([np.nan, 0.8], [0, 1], [1, 1], [(0.8, 0.5, 1)]),
        ([[0.5, 0.7], [0.7, 0.7]], [[0, 1], [1, 0]], [1, 1], [(0.5, 1, 0.5), (0.7, 0.75, 2 / 3)]),
        ([[0.5, 0.7], [0.7, 0.7]], [[0, 1], [1, 0]], [3, 1], [(0.5, 1, 0.5), (0.7, 0.625, 0.8)]),
        ([np.nan], [0], [1], []),
    ],
    ids=["one", "distinct", "equal ones together", "weights", "no prediction", "repeats", "weights and repeats",
         "no prediction at all"],
)  # fmt: skip
def test_examples_of_curves(
    confidence: list[object], is_correct: list[object], weights: list[float], points: list[tuple[float, float, float]]
) -> None:
    curve = risk_coverage_curve(
        np.array(confidence, np.float64), np.array(is_correct, np.bool_), np.array(weights, np.float64)
    )
    assert [(point.confidence, point.coverage, point.accuracy) for point in curve] == [
        pytest.approx(point) for point in points
    ]


@given(
    st.lists(st.tuples(st.integers(0, 300), st.booleans()), min_size=1, max_size=400),
    st.integers(0, 99),
)
def test_coverage_and_accuracy_are_those_of_the_threshold(cells: list[tuple[int, bool]], seed: int) -> None:
    confidence = np.array([level / 300 for level, _ in cells])
    is_correct = np.array([hit for _, hit in cells])
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(cells))
    points = risk_coverage_curve(confidence, is_correct, weights)
    for point in points:
        is_covered = confidence >= point.confidence
        assert point.coverage == pytest.approx(weights[is_covered].sum() / weights.sum())
        assert point.accuracy == pytest.approx(np.average(is_correct[is_covered], weights=weights[is_covered]))
    assert all(before.coverage > after.coverage for before, after in pairwise(points))
    assert points[0].coverage == pytest.approx(1)
    assert points[-1].confidence == confidence.max()


def test_long_curves_have_evenly_spaced_points() -> None:
    confidence = np.random.default_rng(0).random(5_000)
    points = risk_coverage_curve(confidence, confidence > 0.5, np.ones(5_000))
    assert len(points) == MAX_POINTS
    steps = [before.coverage - after.coverage for before, after in pairwise(points)]
    assert max(steps) < 0.0105
    assert points[-1].coverage == pytest.approx(1 / 5_000)
