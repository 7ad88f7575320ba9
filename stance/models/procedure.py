"""The plan of a training run, and the calibrated model that results from it.

Calibration and decision rule are fitted to the predictions of the folds (`stance.models.calibrated_rule`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stance.models.decision_rule import DecisionMode

if TYPE_CHECKING:
    from stance.metrics.calibration import Calibration
    from stance.models.decision_rule import DecisionRule
    from stance.models.model import Model
    from stance.models.settings import ModelSettings


MIN_LABELS_FOR_MULTIPLIERS = 45
"""With examples and fewer labels, the most probable stance is predicted: some stances have hardly a label."""


@dataclass(frozen=True)
class TrainingPlan:
    """What a training run does with its labels, in every fold and for the final model.

    Attributes
    ----------
    settings
        All hyperparameters.
    quick
        Whether to cross-validate once only, and without a learning curve.
    scored_stances
        The stances whose mean F1 is to be high.
    decision_mode
        How stances are predicted from probabilities.
    """

    settings: ModelSettings
    quick: bool
    scored_stances: tuple[str, ...]
    decision_mode: DecisionMode = DecisionMode.MATCHED

    @property
    def uses_multipliers(self) -> bool:
        """Whether a decision rule with multipliers is fitted."""
        return self.decision_mode is DecisionMode.MATCHED

    def resolve(self, n_labels: int, *, has_examples: bool) -> TrainingPlan:
        """Return the plan for a number of labels, with or without examples of the codebook."""
        if has_examples and n_labels < MIN_LABELS_FOR_MULTIPLIERS:
            return replace(self, decision_mode=DecisionMode.MOST_PROBABLE)
        return self


@dataclass(frozen=True, eq=False)
class CalibratedProcedure:
    """The model that is written, and all steps that led to it.

    Attributes
    ----------
    model
        The model, with its calibration and decision rule applied.
    example_weight
        The weight of the classifier of the codebook's examples, from 0 to 1; None without examples.
    calibrations
        The calibration of the margins toward each target.
    rule
        How stances are predicted from probabilities.
    """

    model: Model
    example_weight: float | None
    calibrations: tuple[Calibration, ...]
    rule: DecisionRule
