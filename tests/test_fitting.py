"""Models are fitted to labels with the classifier of the examples as their prior, and predict texts of the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.labels.codebook import codebook_from_names
from stance.models import example_prior, fitting
from stance.models.fitted_model import FittedModel
from stance.models.fitting import LabelledText, TrainingData
from stance.models.settings import default_settings

STANCES = ("for", "against", "none")
CODEBOOK = codebook_from_names(STANCES)
SETTINGS = default_settings()

EXAMPLES = [
    *[(f"{word} plan", "for") for word in ("good", "great", "fine", "lovely")],
    *[(f"{word} plan", "against") for word in ("bad", "awful", "poor", "sad")],
    *[(f"plan on {day}", "none") for day in ("Monday", "Tuesday")],
]


def prepare(labels: Sequence[tuple[str, str]], *, examples: bool = True, targets: Sequence[str] = ()) -> TrainingData:
    labelled = [
        LabelledText(text, target, stance)
        for (text, stance), target in zip(labels, targets or [""] * len(labels), strict=True)
    ]
    return fitting.prepare_training_data(labelled, EXAMPLES if examples else [], CODEBOOK, SETTINGS)


def fit(data: TrainingData) -> FittedModel:
    return fitting.fit_model(data, np.arange(len(data.stance_codes)), SETTINGS)


WORDS = st.sampled_from(
    ["good", "bad", "plan", "Monday", "@user", "@good", "!!!", "🙂", "a", "5", "не", "план", "un-good"]
)
TEXTS = st.lists(WORDS, min_size=0, max_size=5).map(" ".join)


@given(st.lists(st.tuples(TEXTS, st.sampled_from(STANCES), st.sampled_from("ab")), min_size=3, max_size=12))
def test_texts_of_the_corpus_are_predicted_as_the_model_predicts_them(rows: list[tuple[str, str, str]]) -> None:
    labels = [LabelledText(text, target, stance) for text, stance, target in rows]
    data = fitting.prepare_training_data(labels, EXAMPLES, CODEBOOK, SETTINGS)
    fitted = fitting.fit_model(data, np.arange(2), SETTINGS)
    predictions = fitted.predict(data.text_indices, data.target_codes)
    expected = fitted.to_model().predict([text for text, _, _ in rows], [target for _, _, target in rows], explain=3)
    assert predictions.most_probable.tolist() == expected["predicted"].to_list()
    is_known = expected["predicted"] != "cannot-tell"
    probabilities = expected[[f"p_{name}" for name in fitted.stances]].to_numpy(np.float64)
    assert predictions.probabilities[is_known] == pytest.approx(probabilities[is_known], abs=1e-12)
    assert predictions.known_shares == pytest.approx(expected["known"].to_numpy(np.float64), nan_ok=True)
    listed = np.array([predictions.list_top_terms(code, 3) for code in range(len(fitted.stances))], dtype=object)
    top_terms = listed[predictions.probabilities.argmax(axis=1), np.arange(len(rows))]
    assert [_names(terms) for terms in top_terms] == [_names(terms) for terms in expected["terms"]]


def _names(terms: str) -> list[str]:
    """Return the values of the listed terms; equal values may be in another order."""
    return [term.rsplit(" ", 1)[-1] for term in terms.split("; ")]


def test_without_labels_the_examples_are_the_model() -> None:
    data = prepare([])
    fitted = fit(data)
    assert fitted.example_weight == 1
    assert data.example_prior is not None
    assert fitted.to_model().predict(["a great plan", "an awful plan"])["predicted"].to_list() == ["for", "against"]


def test_without_examples_there_is_no_weight() -> None:
    labels = [("good plan", "for"), ("bad plan", "against")]
    fitted = fit(prepare(labels, examples=False))
    assert fitted.example_weight is None
    assert fitted.stances == ("against", "for")
    without = fit(prepare(labels).without_examples())
    texts = ["good", "bad plan"]
    expected = fitted.to_model().predict_proba(texts)
    assert without.to_model().predict_proba(texts) == pytest.approx(expected, abs=1e-12)


def test_a_stance_without_a_label_stays_possible_where_there_are_examples() -> None:
    fitted = fit(prepare([("good plan", "for"), ("bad plan", "against")] * 10))
    probabilities = fitted.to_model().predict_proba(["the plan on Monday"])[0]
    assert probabilities[fitted.stances.index("none")] > 0.1


@pytest.mark.parametrize(
    ("stance_of_good", "n", "low", "high"),
    [("for", 4, 0.9, 1.0), ("for", 200, 0.9, 1.0), ("against", 200, 0.0, 0.01), ("against", 1, 0.1, 0.9)],
)
def test_examples_count_less_the_more_labels_contradict_them(
    stance_of_good: str, n: int, low: float, high: float
) -> None:
    other = "against" if stance_of_good == "for" else "for"
    labels = [(f"good {number}", stance_of_good) for number in range(n)]
    labels += [(f"bad {number}", other) for number in range(n)]
    weight = fit(prepare(labels)).example_weight
    assert weight is not None
    assert low <= weight <= high


def test_the_weight_of_the_examples_is_the_posterior_mode() -> None:
    rng = np.random.default_rng(0)
    margins, classes = rng.normal(0, 2, (3, 80)), rng.integers(0, 3, 80)
    targets = rng.integers(0, 2, 80)
    weight = example_prior.fit_example_weight(margins, classes, targets, 2, 3.0)

    def best_loss(candidate: float) -> float:
        """Return the loss at a weight, with the intercepts that are best for it, found by plain gradient descent."""
        intercept = np.zeros((3, 2))
        for _ in range(2_000):
            scores = np.exp(candidate * margins + intercept[:, targets])
            errors = scores / scores.sum(axis=0) - np.equal.outer(np.arange(3), classes)
            frequencies = np.exp(intercept) / np.exp(intercept).sum(axis=0)
            gradient = np.stack([errors[:, targets == target].sum(axis=1) for target in (0, 1)], axis=1)
            intercept -= 0.02 * (gradient + 3.0 * (3 * frequencies - 1))
        log_scores = candidate * margins + intercept[:, targets]
        loss = np.log(np.exp(log_scores).sum(axis=0)).sum() - log_scores[classes, np.arange(80)].sum()
        loss -= 3.0 * np.log(np.exp(intercept) / np.exp(intercept).sum(axis=0)).sum()
        return float(loss + ((candidate - 1) / 0.25) ** 2 / 2)

    assert 0 < weight < 1
    assert best_loss(weight) < min(best_loss(weight - 0.01), best_loss(weight + 0.01))


def test_labels_of_one_target_inform_another() -> None:
    labels = [(f"good {number}", "for") for number in range(30)] + [
        (f"bad {number}", "against") for number in range(30)
    ]
    data = prepare([*labels, ("good thing", "for")], examples=False, targets=["one"] * 60 + ["other"])
    settings = {shared: replace(SETTINGS, shared=shared) for shared in (0.0, 0.25)}
    probabilities = {
        shared: fitting.fit_model(data, np.arange(61), chosen).to_model().predict(["bad"], "other")["p_against"].iloc[0]
        for shared, chosen in settings.items()
    }
    assert probabilities[0.25] > probabilities[0.0] + 0.1
