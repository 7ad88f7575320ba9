"""The fitting procedure: search settings, and fit a model. The evaluation repeats it in every fold.

Calibration and decision rule are fitted afterwards, to the predictions of the folds (`stance.models.calibrated_rule`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stance.models import fitting, hyperparameter_search
from stance.models.decision_rule import DecisionMode
from stance.models.hyperparameter_search import SearchResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from stance.metrics.calibration import Calibration
    from stance.models.decision_rule import DecisionRule
    from stance.models.fitting import TrainingData
    from stance.models.model import Model
    from stance.models.settings import ModelSettings

QUICK_SKIP_REASON = "--quick"


@dataclass(frozen=True)
class TrainingPlan:
    """What a training run does with its labels, in every fold and for the final model.

    Attributes
    ----------
    settings
        The initial settings.
    quick
        Whether to skip the hyperparameter search and the decision rule.
    scored_stances
        The stances whose mean F1 is to be high.
    skip_reason
        Why the search is skipped; empty if it is not.
    decision_mode
        How stances are predicted from probabilities. If the search is skipped, it is always the most probable stance.
    """

    settings: ModelSettings
    quick: bool
    scored_stances: tuple[str, ...]
    skip_reason: str = ""
    decision_mode: DecisionMode = DecisionMode.MATCHED

    @property
    def uses_multipliers(self) -> bool:
        """Whether a decision rule with multipliers is fitted."""
        return not self.skip_reason and self.decision_mode is DecisionMode.MATCHED


def resolve_plan(
    plan: TrainingPlan,
    data: TrainingData,
    label_subsets: Sequence[NDArray[np.int64]],
    groups: NDArray[np.int64],
    n_folds: int,
) -> TrainingPlan:
    """Return the plan with `skip_reason` set to what all training folds allow.

    Parameters
    ----------
    plan
        The plan of the training run.
    data
        All labels and examples.
    label_subsets
        The labels of each training fold, as indices.
    groups
        Group code of every label in `data`, of shape (n_labels,).
    n_folds
        The number of folds, from which follows how many labels are needed in all.
    """
    skip_reason = QUICK_SKIP_REASON
    if not plan.quick:
        skip_reason = hyperparameter_search.why_not_searchable_in_all(data, label_subsets, groups, n_folds)
    return replace(plan, skip_reason=skip_reason)


@dataclass(frozen=True, eq=False)
class FittedProcedure:
    """A model, with the settings and the search space that led to it."""

    model: Model
    search_result: SearchResult


@dataclass(frozen=True, eq=False)
class CalibratedProcedure:
    """The model that is written, and all steps that led to it.

    Attributes
    ----------
    model
        The model, with its calibration and decision rule applied.
    search_result
        The settings and the search space.
    calibrations
        The calibration of the margins toward each target.
    rule
        How stances are predicted from probabilities.
    """

    model: Model
    search_result: SearchResult
    calibrations: tuple[Calibration, ...]
    rule: DecisionRule


def fit_procedure(
    data: TrainingData, label_indices: NDArray[np.int64], groups: NDArray[np.int64], plan: TrainingPlan, seed: int
) -> FittedProcedure:
    """Choose settings on some of the labels, and fit a model to them; it is not calibrated.

    Parameters
    ----------
    data
        All labels and examples.
    label_indices
        Indices of the labels to fit to; others have no effect.
    groups
        Group code of every label in `data`, of shape (n_labels,). A group is never split between folds.
    plan
        The plan of the training run, from `resolve_plan`.
    seed
        Random seed for the inner folds.
    """
    if plan.skip_reason:
        result = SearchResult.skipped(plan.settings, data, plan.skip_reason)
    else:
        result = hyperparameter_search.search_hyperparameters(data, label_indices, groups, plan.settings, seed)
    return FittedProcedure(fitting.fit_model(data, label_indices, result.settings), result)
