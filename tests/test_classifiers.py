"""A new linear classifier needs one class and one line in the registry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import stance
from stance.labels.codebook import codebook_from_names
from stance.models import fitting
from stance.models.classifiers.gram_matrix import build_gram_operator, compute_parameters
from stance.models.classifiers.interface import FitProblem, LinearParameters
from stance.models.classifiers.registry import CLASSIFIERS, get_classifier
from stance.models.fitting import LabelledText, TrainingData
from stance.models.model import Model
from stance.models.settings import DEFAULT_CLASSIFIER, ModelSettings, default_settings

N = 160
STANCES = ("for", "against")


class RidgeClassifier:
    """Least squares on one-hot classes with an L2 penalty, solved in the space of the texts."""

    def fit(self, problem: FitProblem, c: float, tolerance: float) -> tuple[LinearParameters, ...]:  # noqa: ARG002 - exact
        one_hot = np.eye(problem.n_classes)[problem.classes]
        intercept = np.average(one_hot, axis=0, weights=problem.weights)
        products = build_gram_operator(problem)(np.eye(len(one_hot)))
        dual_coef = np.linalg.solve(products + np.diag(1 / (c * problem.weights)), one_hot - intercept).T.astype(
            np.float64
        )
        return compute_parameters(problem, dual_coef, intercept)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CLASSIFIERS, "ridge", RidgeClassifier())


def settings_of(classifier: str) -> ModelSettings:
    return replace(default_settings(), classifier=classifier)


def make_data() -> TrainingData:
    rng = np.random.default_rng(0)
    labels = []
    for number in range(N):
        stance = STANCES[number % 2]
        words = [f"{stance}{rng.integers(9)}" if rng.random() < 0.4 else f"word{rng.integers(60)}" for _ in range(6)]
        labels.append(LabelledText(" ".join(words), "", stance))
    return fitting.prepare_training_data(labels, [], codebook_from_names(STANCES), settings_of("ridge"))


def fit_model(classifier: str) -> Model:
    return fitting.fit_model(make_data(), np.arange(N), settings_of(classifier)).to_model()


def test_another_classifier_is_fitted_and_saved(tmp_path: Path) -> None:
    model = fit_model("ridge")
    assert model.settings.classifier == "ridge"
    texts = ["for1 for2 word3", "against1 word7 against4"]
    assert model.predict(texts)["predicted"].to_list() == list(STANCES)
    model.save(tmp_path / "ridge.joblib")
    loaded = stance.load(tmp_path / "ridge.joblib")
    assert loaded.settings == model.settings
    assert (loaded.predict_proba(texts) == model.predict_proba(texts)).all()


def test_the_classifier_makes_a_difference() -> None:
    ridge, logistic = (fit_model(name).predict_proba(["for1 word3"]) for name in ("ridge", DEFAULT_CLASSIFIER))
    assert np.abs(ridge - logistic).max() > 0.001


def test_files_name_only_another_classifier_than_the_default() -> None:
    for name in CLASSIFIERS:
        settings = settings_of(name)
        assert ModelSettings.from_dict(settings.to_dict()) == settings
        assert ("classifier" in settings.to_dict()) == (name != DEFAULT_CLASSIFIER)


def test_an_unknown_classifier_is_reported() -> None:
    with pytest.raises(ValueError, match="unknown classifier 'forest': use one of logistic, ridge"):
        get_classifier("forest")
