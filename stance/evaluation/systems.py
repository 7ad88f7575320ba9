"""The compared systems: baselines and models, fitted on some labels and predicting others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stance import tables
from stance.labels.keyword_rule import predict_by_keywords
from stance.models import fitting
from stance.models.classifiers.interface import EXACT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.labels.codebook import Codebook
    from stance.models.fitted_model import FittedModel
    from stance.models.fitting import TrainingData
    from stance.models.procedure import TrainingPlan

MAJORITY, STRATIFIED_GUESS, KEYWORDS = "majority", "stratified guess", "keywords"
EXAMPLES_ONLY, LABELS_ONLY, LABELS_AND_EXAMPLES = "examples", "labels", "labels+examples"

SYSTEMS = (MAJORITY, STRATIFIED_GUESS, KEYWORDS, EXAMPLES_ONLY, LABELS_ONLY, LABELS_AND_EXAMPLES)
"""All systems in the order of every table. The last one present is the model, the others are its baselines."""

_N_EXPLAINED_TERMS = 3
_GUESS_SEED = 1  # keeps the guesses independent of the assignment to folds


def select_systems(codebook: Codebook, *, with_examples: bool) -> tuple[str, ...]:
    """Return the systems that can be fitted: without keywords or examples, those that need them are left out."""
    absent = set() if any(stance.keywords for stance in codebook.stances) else {KEYWORDS}
    absent |= set() if with_examples else {EXAMPLES_ONLY, LABELS_AND_EXAMPLES}
    return tuple(system for system in SYSTEMS if system not in absent)


@dataclass(frozen=True, eq=False)
class TextsToPredict:
    """Texts to predict: the texts, their indices in the corpus and the codes of their targets, each one per text."""

    texts: Sequence[str]
    text_indices: NDArray[np.int64]
    target_codes: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FittedSystems:
    """All systems, fitted on the same labels.

    Attributes
    ----------
    models
        The fitted model of each system that has one.
    main_model
        The model that is evaluated; None if there are no labels, only the codebook's examples.
    explains_all_stances
        Whether the terms of every stance are listed, since a decision rule may still change what is predicted.
    n_labels
        The number of labels used for training.
    label_counts
        The number of labels of each stance and target, of shape (n_targets, n_stances).
    training
        All labels and examples, of which some labels were used for training.
    seed
        Random seed for the stratified guesses.
    """

    models: dict[str, FittedModel]
    main_model: FittedModel | None
    n_labels: int
    label_counts: NDArray[np.int64]
    training: TrainingData
    seed: tuple[int, ...]
    explains_all_stances: bool = False

    def can_predict(self, system: str) -> bool:
        """Return whether a system was fitted; without labels, neither the majority nor a guess is known."""
        return system in self.models or (
            system in {MAJORITY, STRATIFIED_GUESS, KEYWORDS} and bool(self.label_counts.any())
        )

    def predict(self, system: str, texts: TextsToPredict) -> pd.DataFrame:
        """Predict the stance of texts.

        Parameters
        ----------
        system
            One of `SYSTEMS`.
        texts
            The texts, which are among those that `training` counted.

        Returns
        -------
        DataFrame
            One row per text with the column `predicted`; from a model also `known`, the share of words that it knows;
            `p_STANCE` for every stance, except from the keyword rule, not calibrated; and from the main model also
            `terms`, the terms with the largest contributions to the predicted stance, or `terms_STANCE`, those to each
            stance.
        """
        names = self.training.codebook.stance_names
        if system in self.models:
            return self._predict_with_model(system, texts)
        has_label = self.label_counts.any(axis=1, keepdims=True)
        # A target without a label gets the counts of all targets together.
        counts = np.where(has_label, self.label_counts, self.label_counts.sum(axis=0))
        shares = (counts / counts.sum(axis=1, keepdims=True))[texts.target_codes]
        majority = np.array(names, dtype=object)[shares.argmax(axis=1)]
        if system == KEYWORDS:
            by_keywords = [predict_by_keywords(text, self.training.codebook) for text in texts.texts]
            predicted = [stance or default for stance, default in zip(by_keywords, majority, strict=True)]
            return pd.DataFrame({"predicted": predicted})
        columns = list(map(tables.probability_column, names))
        predictions = pd.DataFrame(shares, columns=columns)
        if system == STRATIFIED_GUESS:
            uniform = np.random.default_rng([*self.seed, _GUESS_SEED]).random(len(texts.texts))
            guesses = (shares.cumsum(axis=1) < uniform[:, None]).sum(axis=1)
            predictions.insert(0, "predicted", np.array(names, dtype=object)[np.minimum(guesses, len(names) - 1)])
        else:
            predictions.insert(0, "predicted", majority)
        return predictions

    def _predict_with_model(self, system: str, texts: TextsToPredict) -> pd.DataFrame:
        model, names = self.models[system], self.training.codebook.stance_names
        predictions = model.predict(texts.text_indices, texts.target_codes)
        columns: dict[str, Any] = {
            "predicted": predictions.most_probable,
            tables.KNOWN_COLUMN: predictions.known_shares,
        }
        # A stance without a training label has probability 0, or NaN where the text is `cannot-tell`.
        missing = np.where(predictions.is_known, 0.0, np.nan)
        columns |= {tables.probability_column(name): missing for name in names}
        for name, probabilities in zip(model.stances, predictions.probabilities.T, strict=True):
            columns[tables.probability_column(name)] = probabilities + missing
        if model is self.main_model:
            listed = np.array(
                [predictions.list_top_terms(code, _N_EXPLAINED_TERMS) for code in range(len(model.stances))], object
            )
            if self.explains_all_stances:
                columns |= {terms_column(name): terms for name, terms in zip(model.stances, listed, strict=True)}
            else:
                columns["terms"] = listed[predictions.probabilities.argmax(axis=1), np.arange(listed.shape[1])]
        return pd.DataFrame(columns)


def terms_column(stance: str) -> str:
    """Return the column with the terms that contribute most to a stance, in the frames of `FittedSystems.predict`."""
    return f"terms_{stance}"


def fit_systems(
    training: TrainingData,
    label_indices: NDArray[np.int64],
    plan: TrainingPlan,
    seed: tuple[int, ...],
    tolerance: float = EXACT,
) -> FittedSystems:
    """Fit all systems on some labels; without labels, on the codebook's examples only.

    Parameters
    ----------
    training
        All labels and examples.
    label_indices
        The indices of the labels to train on.
    plan
        The settings, and how stances are predicted.
    seed
        Random seed of the stratified guesses: of the run, then the repeat and the fold.
    tolerance
        The tolerance of the fits; see `fitting.fit_model`.
    """
    n_labels = len(label_indices)
    counts = np.zeros((len(training.target_names), len(training.codebook.stance_names)), np.int64)
    np.add.at(counts, (training.target_codes[label_indices], training.stance_codes[label_indices]), 1)
    fitted = fitting.fit_model(training, label_indices, plan.settings, tolerance)
    if not n_labels:
        return FittedSystems({EXAMPLES_ONLY: fitted}, None, 0, counts, training, seed)
    models = {LABELS_ONLY: fitted}
    if training.example_prior:
        labels_only = fitting.fit_model(training.without_examples(), label_indices, plan.settings, tolerance)
        models = {LABELS_ONLY: labels_only, LABELS_AND_EXAMPLES: fitted}
    return FittedSystems(models, fitted, n_labels, counts, training, seed, plan.uses_multipliers)
