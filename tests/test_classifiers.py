"""A new linear classifier needs one class and one line in the registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

import stance
from stance.labels.codebook import codebook_from_names
from stance.models import fitting, procedure
from stance.models.classifiers.interface import DualParameters, LinearParameters
from stance.models.classifiers.registry import CLASSIFIERS, get_classifier
from stance.models.fitting import LabelledText, TrainingData
from stance.models.hyperparameter_search import WIDEST_NGRAMS
from stance.models.procedure import TrainingPlan
from stance.models.settings import DEFAULT_CLASSIFIER, ModelSettings, default_settings

N = 160
STANCES = ("for", "against")


class RidgeClassifier:
    """Least squares on one-hot classes with an L2 penalty, solved in the space of the texts."""

    def fit(
        self, features: csr_matrix, classes: NDArray[np.int64], weights: NDArray[np.float64], c: float
    ) -> LinearParameters:
        gram_matrix = (features @ features.T).toarray().astype(np.float32)
        fitted = next(self.fit_path_from_gram(gram_matrix, classes, weights, [c]))
        return LinearParameters(np.asarray(fitted.dual_coef @ features), fitted.intercept)

    def fit_path_from_gram(
        self,
        inner_products: NDArray[np.float32],
        classes: NDArray[np.int64],
        weights: NDArray[np.float64],
        cs: Iterable[float],
    ) -> Iterator[DualParameters]:
        one_hot = np.eye(int(classes.max()) + 1)[classes]
        intercept = np.average(one_hot, axis=0, weights=weights)
        for c in cs:
            system = inner_products + np.diag(1 / (c * weights))
            dual_coef = np.linalg.solve(system, one_hot - intercept).T
            yield DualParameters(dual_coef.astype(np.float64), intercept)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CLASSIFIERS, "ridge", RidgeClassifier())


def settings_of(classifier: str) -> ModelSettings:
    return replace(default_settings(), features=WIDEST_NGRAMS, classifier=classifier)


def make_data() -> TrainingData:
    rng = np.random.default_rng(0)
    labels = []
    for number in range(N):
        stance = STANCES[number % 2]
        words = [f"{stance}{rng.integers(9)}" if rng.random() < 0.4 else f"word{rng.integers(60)}" for _ in range(6)]
        labels.append(LabelledText(" ".join(words), "", stance))
    return fitting.prepare_training_data(labels, [], codebook_from_names(STANCES), settings_of("ridge"))


def fit_procedure(classifier: str) -> procedure.FittedProcedure:
    plan = TrainingPlan(settings_of(classifier), quick=False, scored_stances=STANCES)
    return procedure.fit_procedure(make_data(), np.arange(N), np.arange(N), plan, seed=0)


def test_another_classifier_is_searched_fitted_calibrated_and_saved(tmp_path: Path) -> None:
    fitted = fit_procedure("ridge")
    assert fitted.search_result.skip_reason == ""
    assert fitted.search_result.settings.classifier == "ridge"
    texts = ["for1 for2 word3", "against1 word7 against4"]
    assert fitted.model.predict(texts)["predicted"].to_list() == list(STANCES)
    fitted.model.save(tmp_path / "ridge.joblib")
    loaded = stance.load(tmp_path / "ridge.joblib")
    assert loaded.settings == fitted.model.settings
    assert (loaded.predict_proba(texts) == fitted.model.predict_proba(texts)).all()


def test_the_classifier_makes_a_difference() -> None:
    ridge, logistic = (
        fit_procedure(name).model.predict_proba(["for1 word3"]) for name in ("ridge", DEFAULT_CLASSIFIER)
    )
    assert np.abs(ridge - logistic).max() > 0.001


def test_files_name_only_another_classifier_than_the_default() -> None:
    for name in CLASSIFIERS:
        settings = settings_of(name)
        assert ModelSettings.from_dict(settings.to_dict()) == settings
        assert ("classifier" in settings.to_dict()) == (name != DEFAULT_CLASSIFIER)


def test_an_unknown_classifier_is_reported() -> None:
    with pytest.raises(ValueError, match="unknown classifier 'forest': use one of logistic, ridge"):
        get_classifier("forest")
