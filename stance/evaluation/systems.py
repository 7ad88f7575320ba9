"""The systems that are compared: what each learns from some labels, and what it answers."""

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
"""All systems in the order of every table; the last one that is there is the model, the others are its baselines."""

_PROBABILITY_DECIMALS = 6
_N_EXPLAINED_TERMS = 3
_GUESS_SEED = 1  # so that guesses are drawn by other numbers than folds are dealt by


def select_systems(codebook: Codebook, *, with_examples: bool) -> tuple[str, ...]:
    """List the systems that there are something for."""
    absent = set() if any(stance.keywords for stance in codebook.stances) else {KEYWORDS}
    absent |= set() if with_examples else {EXAMPLES_ONLY, LABELS_AND_EXAMPLES}
    return tuple(system for system in SYSTEMS if system not in absent)


@dataclass(frozen=True, eq=False)
class FittedSystems:
    """What all systems have learnt from some labels.

    Attributes
    ----------
    models
        Those of the systems that are models.
    fitted_procedure
        How the model came about; None where only examples were learnt from.
    n_labels
        From how many labels.
    label_counts
        The labels of each stance toward each target, of shape (n_targets, n_stances).
    training
        What was there to learn from.
    seed
        Draws the guesses.
    """

    models: dict[str, Model]
    fitted_procedure: FittedProcedure | None
    n_labels: int
    label_counts: NDArray[np.int64]
    training: TrainingData
    seed: tuple[int, ...]

    def can_predict(self, system: str) -> bool:
        """Tell whether a system has learnt what it needs."""
        return system in self.models or (
            system in {MAJORITY, STRATIFIED_GUESS, KEYWORDS} and bool(self.label_counts.any())
        )

    def predict(self, system: str, texts: Sequence[str], targets: NDArray[np.int64]) -> pd.DataFrame:
        """Answer texts, given with the number of their target: `predicted`, and what else the system can say of each.

        That is `p_STANCE` of every stance but for the keyword rule; of the model also `raw_STANCE`, which is the same
        before calibration, and `terms`, those that pulled most.
        """
        names = self.training.codebook.stance_names
        if system in self.models:
            return self._predict_with_model(system, texts, targets)
        met = self.label_counts.any(axis=1, keepdims=True)  # a target without a label is like all of them together
        counts = np.where(met, self.label_counts, self.label_counts.sum(axis=0))
        shares = (counts / counts.sum(axis=1, keepdims=True))[targets]
        commonest = np.array(names, dtype=object)[shares.argmax(axis=1)]
        if system == KEYWORDS:
            found = [predict_by_keywords(text, self.training.codebook) for text in texts]
            return pd.DataFrame({"predicted": [one or other for one, other in zip(found, commonest, strict=True)]})
        answers = pd.DataFrame(shares, columns=list(map(tables.probability_column, names))).round(_PROBABILITY_DECIMALS)
        if system == STRATIFIED_GUESS:
            drawn = np.random.default_rng([*self.seed, _GUESS_SEED]).random(len(texts))
            places = (shares.cumsum(axis=1) < drawn[:, None]).sum(axis=1)
            commonest = np.array(names, dtype=object)[np.minimum(places, len(names) - 1)]
        answers.insert(0, "predicted", commonest)
        return answers

    def _predict_with_model(self, system: str, texts: Sequence[str], targets: NDArray[np.int64]) -> pd.DataFrame:
        model, names = self.models[system], self.training.codebook.stance_names
        toward = [self.training.target_names[target] for target in targets.tolist()]
        is_last = self.fitted_procedure is not None and model is self.fitted_procedure.model
        known = list(map(tables.probability_column, model.stances))
        scores = model.predict(texts, toward, explain=_N_EXPLAINED_TERMS if is_last else 0)
        # A stance that the system has never met has no column; its probability is 0, unless the text has no answer.
        nothing = scores["confidence"] * 0
        columns = {"predicted": scores["predicted"]}
        columns |= {column: scores.get(column, nothing) for column in map(tables.probability_column, names)}
        if self.fitted_procedure and is_last:
            raw = pd.DataFrame(self.fitted_procedure.undo_calibration(scores[known].to_numpy(), targets), columns=known)
            columns |= {
                tables.raw_probability_column(name): raw.get(tables.probability_column(name), nothing) for name in names
            }
            columns["terms"] = scores["terms"]
        return pd.DataFrame(columns).round(_PROBABILITY_DECIMALS)


def fit_systems(
    training: TrainingData,
    label_indices: NDArray[np.int64],
    groups: NDArray[np.int64],
    plan: TrainingPlan,
    seed: tuple[int, ...],
) -> FittedSystems:
    """Let all systems learn from some labels, given by number; of none, from the examples alone."""
    counts = np.zeros((len(training.target_names), len(training.codebook.stance_names)), np.int64)
    np.add.at(counts, (training.target_codes[label_indices], training.stance_codes[label_indices]), 1)
    if not len(label_indices):
        return FittedSystems(
            {EXAMPLES_ONLY: fitting.fit_model(training, label_indices, plan.settings)}, None, 0, counts, training, seed
        )
    taught = procedure.fit_procedure(training, label_indices, groups, plan, seed[0])
    if not len(training.example_text_indices):
        return FittedSystems({LABELS_ONLY: taught.model}, taught, len(label_indices), counts, training, seed)
    bare = replace(
        training,
        example_text_indices=training.example_text_indices[:0],
        example_stance_codes=training.example_stance_codes[:0],
    )
    by_labels = procedure.fit_procedure(bare, label_indices, groups, plan, seed[0]).model
    return FittedSystems(
        {LABELS_ONLY: by_labels, LABELS_AND_EXAMPLES: taught.model}, taught, len(label_indices), counts, training, seed
    )


def describe_choices(fitted: FittedSystems) -> dict[str, str]:
    """Tell what was chosen, a name and a value each; nothing where nothing was."""
    taught = fitted.fitted_procedure
    if taught is None or taught.search_result.skip_reason:
        return {}
    chosen = {
        axis.name: hyperparameter_search.format_axis_value(axis.current_value(taught.search_result.settings))
        for axis in taught.search_result.axes
    }
    return {**chosen, "answer": taught.rule.name}
