"""The compared systems: baselines and models, fitted on some labels and predicting others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import tables
from stance.labels.keyword_rule import predict_by_keywords
from stance.models import fitting, hyperparameter_search, procedure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.labels.codebook import Codebook
    from stance.models.fitting import TrainingData
    from stance.models.model import Model
    from stance.models.procedure import FittedProcedure, TrainingPlan

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
class FittedSystems:
    """All systems, fitted on the same labels.

    Attributes
    ----------
    models
        The fitted model of each system that has one.
    fitted_procedure
        How the model was fitted; None if it was fitted on the codebook's examples only.
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

    models: dict[str, Model]
    fitted_procedure: FittedProcedure | None
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

    def predict(self, system: str, texts: Sequence[str], target_codes: NDArray[np.int64]) -> pd.DataFrame:
        """Predict the stance of texts.

        Parameters
        ----------
        system
            One of `SYSTEMS`.
        texts
            The texts.
        target_codes
            The index of each text's target, of shape (n_texts,).

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
            return self._predict_with_model(system, texts, target_codes)
        has_label = self.label_counts.any(axis=1, keepdims=True)
        # A target without a label gets the counts of all targets together.
        counts = np.where(has_label, self.label_counts, self.label_counts.sum(axis=0))
        shares = (counts / counts.sum(axis=1, keepdims=True))[target_codes]
        majority = np.array(names, dtype=object)[shares.argmax(axis=1)]
        if system == KEYWORDS:
            by_keywords = [predict_by_keywords(text, self.training.codebook) for text in texts]
            predicted = [stance or default for stance, default in zip(by_keywords, majority, strict=True)]
            return pd.DataFrame({"predicted": predicted})
        columns = list(map(tables.probability_column, names))
        predictions = pd.DataFrame(shares, columns=columns)
        if system == STRATIFIED_GUESS:
            uniform = np.random.default_rng([*self.seed, _GUESS_SEED]).random(len(texts))
            guesses = (shares.cumsum(axis=1) < uniform[:, None]).sum(axis=1)
            predictions.insert(0, "predicted", np.array(names, dtype=object)[np.minimum(guesses, len(names) - 1)])
        else:
            predictions.insert(0, "predicted", majority)
        return predictions

    def _predict_with_model(self, system: str, texts: Sequence[str], target_codes: NDArray[np.int64]) -> pd.DataFrame:
        model, names = self.models[system], self.training.codebook.stance_names
        targets = [self.training.target_names[code] for code in target_codes.tolist()]
        is_main_model = self.fitted_procedure is not None and model is self.fitted_procedure.model
        predictions = model.predict(texts, targets, explain=_N_EXPLAINED_TERMS if is_main_model else 0)
        # A stance without a training label has probability 0, or NaN where the text is `cannot-tell`.
        zero = predictions["confidence"] * 0
        columns = {"predicted": predictions["predicted"], tables.KNOWN_COLUMN: predictions[tables.KNOWN_COLUMN]}
        columns |= {column: predictions.get(column, zero) for column in map(tables.probability_column, names)}
        if is_main_model and self.explains_all_stances:
            for index, name in enumerate(model.stances):
                only_this = np.zeros_like(model.multipliers)
                only_this[:, index] = 1
                explained = replace(model, multipliers=only_this).predict(texts, targets, explain=_N_EXPLAINED_TERMS)
                columns[terms_column(name)] = explained["terms"]
        elif is_main_model:
            columns["terms"] = predictions["terms"]
        return pd.DataFrame(columns)


def terms_column(stance: str) -> str:
    """Return the column with the terms that contribute most to a stance, in the frames of `FittedSystems.predict`."""
    return f"terms_{stance}"


def fit_systems(
    training: TrainingData,
    label_indices: NDArray[np.int64],
    groups: NDArray[np.int64],
    plan: TrainingPlan,
    seed: tuple[int, ...],
) -> FittedSystems:
    """Fit all systems on some labels; without labels, on the codebook's examples only.

    Parameters
    ----------
    training
        All labels and examples.
    label_indices
        The indices of the labels to train on.
    groups
        The group of every label, of shape (n_labels,).
    plan
        The settings, and whether to search for better ones.
    seed
        Random seed: of the run, then the repeat and the fold.
    """
    n_labels = len(label_indices)
    counts = np.zeros((len(training.target_names), len(training.codebook.stance_names)), np.int64)
    np.add.at(counts, (training.target_codes[label_indices], training.stance_codes[label_indices]), 1)
    if not n_labels:
        model = fitting.fit_model(training, label_indices, plan.settings)
        return FittedSystems({EXAMPLES_ONLY: model}, None, 0, counts, training, seed)
    fitted = procedure.fit_procedure(training, label_indices, groups, plan, seed[0])
    explains_all = plan.uses_multipliers
    if not len(training.example_text_indices):
        return FittedSystems({LABELS_ONLY: fitted.model}, fitted, n_labels, counts, training, seed, explains_all)
    without_examples = replace(
        training,
        example_text_indices=training.example_text_indices[:0],
        example_stance_codes=training.example_stance_codes[:0],
    )
    labels_only = procedure.fit_procedure(without_examples, label_indices, groups, plan, seed[0]).model
    models = {LABELS_ONLY: labels_only, LABELS_AND_EXAMPLES: fitted.model}
    return FittedSystems(models, fitted, n_labels, counts, training, seed, explains_all)


def describe_choices(fitted: FittedSystems) -> dict[str, str]:
    """Return the chosen value of each searched setting by its name; empty if nothing was searched."""
    procedure_fit = fitted.fitted_procedure
    if procedure_fit is None or procedure_fit.search_result.skip_reason:
        return {}
    result = procedure_fit.search_result
    return {
        axis.name: hyperparameter_search.format_axis_value(axis.current_value(result.settings)) for axis in result.axes
    }
