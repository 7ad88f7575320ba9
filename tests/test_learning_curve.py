from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.metrics.folds import merge_groups
from stance.metrics.intervals import Interval
from stance.metrics.learning_curve import (
    MAX_SIZES,
    LearningCurvePoint,
    StanceRecall,
    choose_training_sizes,
    describe_curve,
    draw_nested_subsets,
    extrapolate_score,
)


@given(st.integers(2, 200_000), st.integers(2, 10))
def test_training_sizes_rise_to_the_size_of_a_training_fold(n_labels: int, n_folds: int) -> None:
    sizes = choose_training_sizes(n_labels, n_folds)
    assert sizes[-1] == n_labels - -(-n_labels // n_folds)
    assert len(sizes) <= MAX_SIZES
    if len(sizes) > 1:
        assert 20 <= sizes[0] < 40
        assert sizes[-2] == sizes[-1] // 2
        assert all(after / before >= 1.9 for before, after in pairwise(sizes))
    else:
        assert sizes[0] < 40


@pytest.mark.parametrize(
    ("n_labels", "sizes"), [(40, (36,)), (45, (20, 40)), (100, (20, 45, 90)), (4_200, (20, 62, 194, 606, 1_890, 3_780))]
)
def test_examples_of_training_sizes(n_labels: int, sizes: tuple[int, ...]) -> None:
    assert choose_training_sizes(n_labels, 10) == sizes


@given(
    st.lists(st.tuples(st.sampled_from("aaabbc"), st.integers(0, 30)), min_size=1, max_size=80),
    st.lists(st.integers(1, 90), min_size=1, max_size=6).map(sorted),
    st.integers(0, 99),
)
def test_subsets_are_nested_and_do_not_split_groups(items: list[tuple[str, int]], sizes: list[int], seed: int) -> None:
    groups = merge_groups([group for _, group in items])
    subsets = draw_nested_subsets([stratum for stratum, _ in items], groups, sizes, np.random.default_rng(seed))
    largest_group = np.bincount(groups).max()
    for subset, size in zip(subsets, sizes, strict=True):
        assert len(subset) > 0
        assert abs(len(subset) - min(size, len(items))) <= largest_group - 1
        assert sorted(subset) == sorted(set(subset.tolist()))
        assert not set(groups[subset].tolist()) & set(np.delete(groups, subset).tolist())
    assert all(set(smaller.tolist()) <= set(larger.tolist()) for smaller, larger in pairwise(subsets))


@given(st.integers(0, 99), st.integers(1, 100))
def test_subsets_are_stratified(seed: int, size: int) -> None:
    strata = np.array(list("a" * 50 + "b" * 30 + "c" * 20))
    (subset,) = draw_nested_subsets(strata.tolist(), np.arange(100), [size], np.random.default_rng(seed))
    assert len(subset) == size
    for stratum, share in (("a", 0.5), ("b", 0.3), ("c", 0.2)):
        assert abs((strata[subset] == stratum).sum() - share * size) <= 1 + 3 * share


def test_subsets_depend_on_the_seed() -> None:
    subsets = {
        tuple(draw_nested_subsets("ab" * 20, np.arange(40), [10], np.random.default_rng(seed))[0])
        for seed in (0, 0, 1, 2)
    }
    assert len(subsets) == 3


@pytest.mark.parametrize(("floor", "scale", "power"), [(0.3, 2.0, 0.5), (0.0, 1.0, 0.2), (0.4, 5.0, 1.0)])
def test_inverse_power_laws_are_extrapolated(floor: float, scale: float, power: float) -> None:
    points = [LearningCurvePoint(n, 1 - floor - scale * n**-power) for n in (25, 50, 100, 200, 400)]
    assert extrapolate_score(points) == pytest.approx(1 - floor - scale * 800**-power, abs=1e-6)


@pytest.mark.parametrize(
    "scores", [(0.4, 0.5, 0.55), (0.5, 0.5, 0.5, 0.5), (0.6, 0.5, 0.4, 0.3), (0.2, 0.7, 0.3, 0.6, 0.4)]
)  # fmt: skip
def test_other_curves_are_not_extrapolated(scores: tuple[float, ...]) -> None:
    assert extrapolate_score([LearningCurvePoint(25 * 2**step, score) for step, score in enumerate(scores)]) is None


@given(st.lists(st.floats(0, 1), min_size=4, max_size=6))
def test_extrapolated_scores_are_between_the_last_score_and_1(scores: list[float]) -> None:
    points = [LearningCurvePoint(20 * 3**step, score) for step, score in enumerate(scores)]
    estimate = extrapolate_score(points)
    assert estimate is None or points[-1].score < estimate <= 1 + 1e-9


STANCES = [StanceRecall("for", 60, 0.8), StanceRecall("against", 30, 0.7), StanceRecall("neither", 7, 0.214)]
CURVE = [LearningCurvePoint(25 * 2**step, 0.7 - 2 * (25 * 2**step) ** -0.5) for step in range(4)]


ADVICE = "; most in need of labels: neither (7 labels, recall 0.21)."


@pytest.mark.parametrize(
    ("points", "gain", "stance_recalls", "verdict", "change", "ending"),
    [
        ([LearningCurvePoint(21, 0.3)], None, STANCES,
         "is unknown: there are too few to train on half of them", "", ADVICE),
        (CURVE, Interval(0.021, 0.1), STANCES, "are likely to help: with 200 training labels instead of 100",
         "+0.06 [+0.02, +0.10]", f"; 400 may raise it to about 0.60{ADVICE}"),
        (CURVE[2:], Interval(0.021, 0.1), STANCES[:1], "are likely to help: ", "+0.06 [+0.02, +0.10]", "."),
        (CURVE, Interval(-0.02, 0.14), [*STANCES, StanceRecall("other", 0, None), StanceRecall("both", 1, 0.0)],
         "is uncertain: with 200 training labels instead of 100", "+0.06 [-0.02, +0.14]",
         "; most in need of labels: other (no label) and both (1 label, recall 0.00)."),
        ([LearningCurvePoint(1_000, 0.601), LearningCurvePoint(2_000, 0.6)], Interval(-0.008, 0.006), STANCES,
         "will hardly help: with 2000 training labels instead of 1000", "+0.00 [-0.01, +0.01]", "."),
    ],
    ids=["one point", "help, with an estimate", "help", "uncertain", "negligible"],
)  # fmt: skip
def test_sentences(
    points: list[LearningCurvePoint],
    gain: Interval | None,
    stance_recalls: list[StanceRecall],
    verdict: str,
    change: str,
    ending: str,
) -> None:
    sentence = describe_curve(points, gain, stance_recalls, "macro_f1")
    assert verdict in sentence
    assert sentence.endswith(f", macro F1 changed by {change}{ending}" if change else ending)
    assert sentence.count(".") - sentence.count("0.") == 1  # one sentence


def test_frequent_stances_and_stances_with_a_high_recall_need_no_labels() -> None:
    stance_recalls = [StanceRecall("frequent", 90, 0.1), StanceRecall("recalled", 5, 0.9), StanceRecall("rare", 6, 0.2)]
    sentence = describe_curve([], None, stance_recalls, "f_avg")
    assert sentence.endswith("most in need of labels: rare (6 labels, recall 0.20).")
