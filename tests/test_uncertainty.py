"""Uncertainty sampling, and the simulation of benchmarks/active.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from active import LabellingPlan, drop_near_duplicates, format_labels_needed, simulate_curve
from comments import generate_labelled_comments
from hypothesis import given
from hypothesis import strategies as st

import stance
from stance.features.vectorizer import NgramVectorizer
from stance.labels.codebook import codebook_from_names
from stance.models import fitting
from stance.models.model import Model
from stance.models.settings import default_settings
from stance.sampling.uncertainty import (
    compute_density,
    compute_uncertainty,
    order_round_robin,
    select_diverse,
    select_uncertain,
)


@pytest.mark.parametrize(
    ("scores", "predicted", "order"),
    [
        ([0.1, 0.9, 0.5, 0.95, 0.8], [0, 0, 1, 1, 0], [3, 1, 4, 2, 0]),
        ([0.1, 0.2, 0.8, 0.6], [0, 0, 0, 1], [2, 3, 1, 0]),
        ([0.5, 0.5, 0.5], [2, 2, 2], [0, 1, 2]),
        ([], [], []),
    ],
)
def test_round_robin_over_predicted_classes_by_score(
    scores: list[float], predicted: list[int], order: list[int]
) -> None:
    selected = order_round_robin(
        np.array(scores), np.array(predicted, np.int64), np.arange(len(scores), dtype=np.uint64)
    )
    assert selected.tolist() == order


def test_uncertainty_is_one_minus_the_margin() -> None:
    probabilities = np.array([[0.5, 0.5, 0.0], [0.7, 0.1, 0.2], [0.0, 1.0, 0.0]])
    assert compute_uncertainty(probabilities) == pytest.approx([1.0, 0.5, 0.0])
    assert compute_uncertainty(np.ones((2, 1))).tolist() == [0, 0]


def test_density_is_the_mean_cosine_to_a_sample() -> None:
    texts = ["the vote is on monday", "who pays for the roads", "the roads are bad", "the vote"]
    vectors = NgramVectorizer().fit(texts[:3]).transform(texts).toarray() / np.sqrt(2)
    assert compute_density(texts, texts[:3]) == pytest.approx((vectors @ vectors[:3].T).mean(axis=1))


def test_similar_comments_are_selected_last() -> None:
    texts = [
        "the vote is on monday",
        "the vote is on monday!",
        "who pays for roads",
        "leave them alone",
        "a fifth thing",
    ]
    assert select_diverse(texts, [], 3).tolist() == [0, 2, 3]
    assert select_diverse(texts, ["who pays for roads?"], 3).tolist() == [0, 3, 4]
    assert select_diverse(texts, ["who pays for roads?"], 5).tolist() == [0, 3, 4, 1, 2]
    assert select_diverse(texts, texts, 9).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.slow
@given(
    st.lists(st.one_of(st.text(max_size=12), st.sampled_from(["a good idea", "bad", "?"])), max_size=12),
    st.lists(st.text(max_size=8), max_size=4),
    st.integers(0, 15),
)
def test_any_texts_are_selected_at_most_once(
    small_model: Path, texts: list[str], labelled_texts: list[str], n_selected: int
) -> None:
    model = stance.load(small_model)
    selected = select_uncertain(model, texts, labelled_texts, None, n_selected, 0)
    assert len(selected) == min(len(texts), n_selected)
    assert len(set(selected.tolist())) == len(selected)
    assert set(selected.tolist()) <= set(range(len(texts)))
    assert selected.tolist() == select_uncertain(model, texts, labelled_texts, None, n_selected, 0).tolist()


def _fit_model(texts: list[str], stances: list[str], targets: list[str] | None = None) -> Model:
    all_targets = targets or [""] * len(texts)
    labelled_texts = [fitting.LabelledText(*label) for label in zip(texts, all_targets, stances, strict=True)]
    training = fitting.prepare_training_data(labelled_texts, [], codebook_from_names(stances), default_settings())
    return fitting.fit_model(training, np.arange(len(texts)), default_settings()).to_model()


def test_certain_comment_comes_last_and_rare_prediction_gets_its_turn() -> None:
    model = _fit_model(["good plan", "good idea", "fine plan", "bad thing"], ["for", "for", "for", "against"])
    texts = ["good plan indeed", "good and bad", "fine but bad thing", "bad thing"]
    selected = select_uncertain(model, texts, [], None, 4, 0).tolist()
    assert selected[-1] in (0, 3)
    predictions = model.predict(texts)["predicted"].to_list()
    assert {predictions[index] for index in selected[:2]} == {"for", "against"}


def test_targets_take_turns() -> None:
    texts = [f"{word} plan {number}" for number in range(25) for word in ("good", "bad")]
    model = _fit_model(texts * 2, ["for", "against"] * 50, ["A"] * 50 + ["B"] * 50)
    pool = ["good thing here", "bad day there", "good road now", "bad bridge then"]
    selected = select_uncertain(model, pool, [], ["A", "A", "A", "B"], 2, 0).tolist()
    assert 3 in select_uncertain(model, pool, [], ["A", "A", "A", "B"], 3, 0).tolist()
    assert len(selected) == 2
    assert len(select_uncertain(model, pool, [], "A", 3, 0)) == 3


@pytest.mark.slow
@pytest.mark.parametrize("order", ["random", "uncertain"])
def test_every_benchmark_order_runs(order: str) -> None:
    comments = drop_near_duplicates(*generate_labelled_comments(240, seed=1))
    scores = simulate_curve(comments, order, LabellingPlan(20, 10, 40), seed=0).scores
    assert len(scores) == 3
    assert all(0 < score < 1 for score in scores)
    assert scores[0] == simulate_curve(comments, "random", LabellingPlan(20, 10, 30), seed=0).scores[0]


@pytest.mark.parametrize(
    ("score", "expected"), [(0.5, "150"), (0.9, "over 200"), (0.1, "50 or fewer"), (0.4, "100"), (0.55, "175")]
)
def test_labels_that_random_order_needs(score: float, expected: str) -> None:
    assert format_labels_needed([50, 100, 150, 200], np.array([0.3, 0.4, 0.5, 0.6]), score) == expected
