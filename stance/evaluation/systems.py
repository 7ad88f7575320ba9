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

MAJORITY, GUESS, KEYWORDS = "majority", "stratified guess", "keywords"
EXAMPLES, LABELS, BOTH = "examples", "labels", "labels+examples"

SYSTEMS = (MAJORITY, GUESS, KEYWORDS, EXAMPLES, LABELS, BOTH)
"""All systems in the order of every table; the last one that is there is the model, the others are its baselines."""

_PROBABILITY_DECIMALS = 6
_EXPLAINED = 3
_GUESSES = 1  # so that guesses are drawn by other numbers than folds are dealt by


def compared(codebook: Codebook, *, with_examples: bool) -> tuple[str, ...]:
    """List the systems that there are something for."""
    absent = set() if any(stance.keywords for stance in codebook.stances) else {KEYWORDS}
    absent |= set() if with_examples else {EXAMPLES, BOTH}
    return tuple(system for system in SYSTEMS if system not in absent)


@dataclass(frozen=True, eq=False)
class Learnt:
    """What all systems have learnt from some labels.

    Attributes
    ----------
    models
        Those of the systems that are models.
    taught
        How the model came about; None where only examples were learnt from.
    n
        From how many labels.
    counts
        The labels of each stance toward each target, of shape (n_targets, n_stances).
    training
        What was there to learn from.
    seed
        Draws the guesses.
    """

    models: dict[str, Model]
    taught: FittedProcedure | None
    n: int
    counts: NDArray[np.int64]
    training: TrainingData
    seed: tuple[int, ...]

    def can_answer(self, system: str) -> bool:
        """Tell whether a system has learnt what it needs."""
        return system in self.models or (system in {MAJORITY, GUESS, KEYWORDS} and bool(self.counts.any()))

    def answer(self, system: str, texts: Sequence[str], targets: NDArray[np.int64]) -> pd.DataFrame:
        """Answer texts, given with the number of their target: `predicted`, and what else the system can say of each.

        That is `p_STANCE` of every stance but for the keyword rule; of the model also `raw_STANCE`, which is the same
        before calibration, and `terms`, those that pulled most.
        """
        names = self.training.codebook.stance_names
        if system in self.models:
            return self._by_model(system, texts, targets)
        met = self.counts.any(axis=1, keepdims=True)  # a target without a label is like all of them together
        counts = np.where(met, self.counts, self.counts.sum(axis=0))
        shares = (counts / counts.sum(axis=1, keepdims=True))[targets]
        commonest = np.array(names, dtype=object)[shares.argmax(axis=1)]
        if system == KEYWORDS:
            found = [predict_by_keywords(text, self.training.codebook) for text in texts]
            return pd.DataFrame({"predicted": [one or other for one, other in zip(found, commonest, strict=True)]})
        answers = pd.DataFrame(shares, columns=list(map(tables.probability_column, names))).round(_PROBABILITY_DECIMALS)
        if system == GUESS:
            drawn = np.random.default_rng([*self.seed, _GUESSES]).random(len(texts))
            places = (shares.cumsum(axis=1) < drawn[:, None]).sum(axis=1)
            commonest = np.array(names, dtype=object)[np.minimum(places, len(names) - 1)]
        answers.insert(0, "predicted", commonest)
        return answers

    def _by_model(self, system: str, texts: Sequence[str], targets: NDArray[np.int64]) -> pd.DataFrame:
        model, names = self.models[system], self.training.codebook.stance_names
        toward = [self.training.target_names[target] for target in targets.tolist()]
        is_last = self.taught is not None and model is self.taught.model
        known = list(map(tables.probability_column, model.stances))
        scores = model.predict(texts, toward, explain=_EXPLAINED if is_last else 0)
        # A stance that the system has never met has no column; its probability is 0, unless the text has no answer.
        nothing = scores["confidence"] * 0
        columns = {"predicted": scores["predicted"]}
        columns |= {column: scores.get(column, nothing) for column in map(tables.probability_column, names)}
        if self.taught and is_last:
            raw = pd.DataFrame(self.taught.undo_calibration(scores[known].to_numpy(), targets), columns=known)
            columns |= {tables.raw_column(name): raw.get(tables.probability_column(name), nothing) for name in names}
            columns["terms"] = scores["terms"]
        return pd.DataFrame(columns).round(_PROBABILITY_DECIMALS)


def learn(
    training: TrainingData,
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    plan: TrainingPlan,
    seed: tuple[int, ...],
) -> Learnt:
    """Let all systems learn from some labels, given by number; of none, from the examples alone."""
    counts = np.zeros((len(training.target_names), len(training.codebook.stance_names)), np.int64)
    np.add.at(counts, (training.target_codes[labels], training.stance_codes[labels]), 1)
    if not len(labels):
        return Learnt({EXAMPLES: fitting.fit_model(training, labels, plan.settings)}, None, 0, counts, training, seed)
    taught = procedure.fit_procedure(training, labels, groups, plan, seed[0])
    if not len(training.example_text_indices):
        return Learnt({LABELS: taught.model}, taught, len(labels), counts, training, seed)
    bare = replace(
        training,
        example_text_indices=training.example_text_indices[:0],
        example_stance_codes=training.example_stance_codes[:0],
    )
    by_labels = procedure.fit_procedure(bare, labels, groups, plan, seed[0]).model
    return Learnt({LABELS: by_labels, BOTH: taught.model}, taught, len(labels), counts, training, seed)


def choices(learnt: Learnt) -> dict[str, str]:
    """Tell what was chosen, a name and a value each; nothing where nothing was."""
    taught = learnt.taught
    if taught is None or taught.search_result.skip_reason:
        return {}
    chosen = {
        axis.name: hyperparameter_search.format_axis_value(axis.current_value(taught.search_result.settings))
        for axis in taught.search_result.axes
    }
    return {**chosen, "answer": taught.rule.name}
