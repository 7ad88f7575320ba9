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
def test_sizes_rise_to_what_folds_leave(n: int, k: int) -> None:
    found = choose_training_sizes(n, k)
    assert found[-1] == n - -(-n // k)
    assert len(found) <= MAX_SIZES
    if len(found) > 1:
        assert 20 <= found[0] < 40
        assert found[-2] == found[-1] // 2
        assert all(after / before >= 1.9 for before, after in pairwise(found))
    else:
        assert found[0] < 40


@pytest.mark.parametrize(
    ("n", "found"), [(40, (36,)), (45, (20, 40)), (100, (20, 45, 90)), (4_200, (20, 62, 194, 606, 1_890, 3_780))]
)
def test_sizes(n: int, found: tuple[int, ...]) -> None:
    assert choose_training_sizes(n, 10) == found


@given(
    st.lists(st.tuples(st.sampled_from("aaabbc"), st.integers(0, 30)), min_size=1, max_size=80),
    st.lists(st.integers(1, 90), min_size=1, max_size=6).map(sorted),
    st.integers(0, 99),
)
def test_larger_subsets_hold_the_smaller_and_groups_stay_whole(
    items: list[tuple[str, int]], wanted: list[int], seed: int
) -> None:
    groups = merge_groups([group for _, group in items])
    found = draw_nested_subsets([stratum for stratum, _ in items], groups, wanted, np.random.default_rng(seed))
    largest = np.bincount(groups).max()
    for subset, size in zip(found, wanted, strict=True):
        assert len(subset) > 0
        assert abs(len(subset) - min(size, len(items))) <= largest - 1
        assert sorted(subset) == sorted(set(subset.tolist()))
        assert not set(groups[subset].tolist()) & set(np.delete(groups, subset).tolist())
    assert all(set(smaller.tolist()) <= set(larger.tolist()) for smaller, larger in pairwise(found))


@given(st.integers(0, 99), st.integers(1, 100))
def test_subsets_hold_all_strata_in_their_shares(seed: int, size: int) -> None:
    strata = np.array(list("a" * 50 + "b" * 30 + "c" * 20))
    (subset,) = draw_nested_subsets(strata.tolist(), np.arange(100), [size], np.random.default_rng(seed))
    assert len(subset) == size
    for stratum, share in (("a", 0.5), ("b", 0.3), ("c", 0.2)):
        assert abs((strata[subset] == stratum).sum() - share * size) <= 1 + 3 * share


def test_the_seed_decides_who_is_taken() -> None:
    found = {
        tuple(draw_nested_subsets("ab" * 20, np.arange(40), [10], np.random.default_rng(seed))[0])
        for seed in (0, 0, 1, 2)
    }
    assert len(found) == 3


@pytest.mark.parametrize(("floor", "scale", "power"), [(0.3, 2.0, 0.5), (0.0, 1.0, 0.2), (0.4, 5.0, 1.0)])
def test_an_inverse_power_law_is_continued(floor: float, scale: float, power: float) -> None:
    points = [LearningCurvePoint(n, 1 - floor - scale * n**-power) for n in (25, 50, 100, 200, 400)]
    assert extrapolate_score(points) == pytest.approx(1 - floor - scale * 800**-power, abs=1e-6)


@pytest.mark.parametrize(
    "scores", [(0.4, 0.5, 0.55), (0.5, 0.5, 0.5, 0.5), (0.6, 0.5, 0.4, 0.3), (0.2, 0.7, 0.3, 0.6, 0.4)]
)  # fmt: skip
def test_what_is_no_such_law_is_not_continued(scores: tuple[float, ...]) -> None:
    assert extrapolate_score([LearningCurvePoint(25 * 2**number, score) for number, score in enumerate(scores)]) is None


@given(st.lists(st.floats(0, 1), min_size=4, max_size=6))
def test_no_guess_is_below_the_last_score_or_above_1(scores: list[float]) -> None:
    points = [LearningCurvePoint(20 * 3**number, score) for number, score in enumerate(scores)]
    guess = extrapolate_score(points)
    assert guess is None or points[-1].score < guess <= 1 + 1e-9


STANCES = [StanceRecall("for", 60, 0.8), StanceRecall("against", 30, 0.7), StanceRecall("neither", 7, 0.214)]
CURVE = [LearningCurvePoint(25 * 2**number, 0.7 - 2 * (25 * 2**number) ** -0.5) for number in range(4)]


NEITHER = "; most in need of labels: neither (7 labels, recall 0.21)."


@pytest.mark.parametrize(
    ("points", "gain", "labelled", "verdict", "change", "further"),
    [
        ([LearningCurvePoint(21, 0.3)], None, STANCES,
         "cannot be told: there are too few to set aside half of them", "", NEITHER),
        (CURVE, Interval(0.021, 0.1), STANCES, "are likely to help: with 200 labels to learn from instead of 100",
         "+0.06 [+0.02, +0.10]", f"; 400 may bring it to about 0.60{NEITHER}"),
        (CURVE[2:], Interval(0.021, 0.1), STANCES[:1], "are likely to help: ", "+0.06 [+0.02, +0.10]", "."),
        (CURVE, Interval(-0.02, 0.14), [*STANCES, StanceRecall("other", 0, None), StanceRecall("both", 1, 0.0)],
         "cannot be told yet: with 200 labels to learn from instead of 100", "+0.06 [-0.02, +0.14]",
         "; most in need of labels: other (no label) and both (1 label, recall 0.00)."),
        ([LearningCurvePoint(1_000, 0.601), LearningCurvePoint(2_000, 0.6)], Interval(-0.008, 0.006), STANCES,
         "will hardly help: with 2000 labels to learn from instead of 1000", "+0.00 [-0.01, +0.01]", "."),
    ],
    ids=["one point", "help, with a guess", "help", "open", "hardly"],
)  # fmt: skip
def test_sentences(
    points: list[LearningCurvePoint],
    gain: Interval | None,
    labelled: list[StanceRecall],
    verdict: str,
    change: str,
    further: str,
) -> None:
    said = describe_curve(points, gain, labelled, "macro_f1")
    assert verdict in said
    assert said.endswith(f", macro F1 changed by {change}{further}" if change else further)
    assert said.count(".") - said.count("0.") == 1  # one sentence


def test_a_frequent_stance_is_not_asked_for_and_neither_is_one_that_is_found() -> None:
    labelled = [StanceRecall("frequent", 90, 0.1), StanceRecall("found", 5, 0.9), StanceRecall("rare", 6, 0.2)]
    assert describe_curve([], None, labelled, "f_avg").endswith("most in need of labels: rare (6 labels, recall 0.20).")
