"""The whole fitting procedure: search settings, fit, calibrate and choose the decision rule.

The evaluation repeats this procedure in every fold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stance.metrics import calibration
from stance.models import decision_rule, fitting, hyperparameter_search
from stance.models.decision_rule import DecisionMode
from stance.models.hyperparameter_search import SearchResult
from stance.models.model import softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.metrics.calibration import Calibration
    from stance.models.decision_rule import DecisionRule
    from stance.models.fitting import TrainingData
    from stance.models.model import Model
    from stance.models.settings import ModelSettings

MIN_LABELS_TO_CALIBRATE = 100
"""With fewer labels toward a target, its probabilities are not calibrated."""

QUICK_SKIP_REASON = "--quick"

_UNSEEN_STANCE_PENALTY = 3.0


@dataclass(frozen=True)
class TrainingPlan:
    """What a training run does with its labels, in every fold and for the final model.

    Attributes
    ----------
    settings
        The initial settings.
    quick
        Whether to skip the hyperparameter search, calibration and decision rule.
    scored_stances
        The stances whose mean F1 is to be high.
    skip_reason
        Why the search is skipped; empty if it is not.
    calibrated_targets
        The targets whose probabilities are calibrated.
    decision_mode
        How stances are predicted from probabilities. If the search is skipped, it is always the most probable stance.
    """

    settings: ModelSettings
    quick: bool
    scored_stances: tuple[str, ...]
    skip_reason: str = ""
    calibrated_targets: tuple[str, ...] = ()
    decision_mode: DecisionMode = DecisionMode.MATCHED


def resolve_plan(
    plan: TrainingPlan, data: TrainingData, label_subsets: Sequence[NDArray[np.int64]], groups: NDArray[np.int64]
) -> TrainingPlan:
    """Return the plan with `skip_reason` and `calibrated_targets` set to what all of some subsets of labels allow."""
    skip_reasons = (hyperparameter_search.why_not_searchable(data, subset, groups) for subset in label_subsets)
    skip_reason = QUICK_SKIP_REASON if plan.quick else next(filter(None, skip_reasons), "")
    calibrated_targets = tuple(
        name
        for target, name in enumerate(data.target_names)
        if all(
            data.is_evaluable[subset][data.target_codes[subset] == target].sum() >= MIN_LABELS_TO_CALIBRATE
            for subset in label_subsets
        )
    )
    return replace(plan, skip_reason=skip_reason, calibrated_targets=() if skip_reason else calibrated_targets)


@dataclass(frozen=True, eq=False)
class FittedProcedure:
    """A model and the steps that led to it.

    Attributes
    ----------
    model
        The model, with its calibration and decision rule applied.
    search_result
        The settings and the search space.
    calibrations
        The calibration of the margins toward each target; None where there were too few labels.
    rule
        How stances are predicted from probabilities.
    """

    model: Model
    search_result: SearchResult
    calibrations: tuple[Calibration | None, ...]
    rule: DecisionRule

    def undo_calibration(
        self, probabilities: NDArray[np.float64], target_codes: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the probabilities, of shape (n, n_stances), that the model would give without calibration."""
        uncalibrated = probabilities.copy()
        for target, fitted in enumerate(self.calibrations):
            rows = target_codes == target
            if fitted is not None:
                with np.errstate(divide="ignore"):
                    margins = np.log(probabilities[rows])
                uncalibrated[rows] = softmax(fitted.invert(margins))
        return uncalibrated


def fit_procedure(
    data: TrainingData, label_indices: NDArray[np.int64], groups: NDArray[np.int64], plan: TrainingPlan, seed: int
) -> FittedProcedure:
    """Fit settings, coefficients, calibration and decision rule to some of the labels.

    Calibration and decision rule are fitted to cross-validated predictions, so never to predictions of labels that the
    predicting model was fitted to.

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
    model = fitting.fit_model(data, label_indices, result.settings)
    n_targets, n_stances = len(data.target_names), len(model.stances)
    if result.skip_reason:
        return FittedProcedure(
            model, result, (None,) * n_targets, decision_rule.most_probable_rule(n_targets, n_stances)
        )
    model_stances = np.array([data.codebook.stance_names.index(stance) for stance in model.stances])
    margins = _replace_infinite_margins(result.margins[:, model_stances])
    truth = np.searchsorted(model_stances, data.stance_codes[result.label_indices])
    target_codes = data.target_codes[result.label_indices]
    calibrations: list[Calibration | None] = []
    for target, name in enumerate(data.target_names):
        rows = target_codes == target
        fitted = None
        if name in plan.calibrated_targets and rows.any():
            fitted = calibration.fit_calibration(margins[rows], truth[rows], np.ones(rows.sum()))
            margins[rows] = fitted.apply(margins[rows])
        calibrations.append(fitted)
    if plan.decision_mode is DecisionMode.MOST_PROBABLE:
        rule = decision_rule.most_probable_rule(n_targets, n_stances)
    else:
        scored = [model.stances.index(stance) for stance in plan.scored_stances if stance in model.stances]
        weights = data.weights[result.label_indices]
        rule = decision_rule.choose_decision_rule(softmax(margins), truth, target_codes, n_targets, scored, weights)
    uncalibrated = FittedProcedure(model, result, tuple(calibrations), rule)
    return replace(uncalibrated, model=apply_calibration_and_rule(model, uncalibrated))


def _replace_infinite_margins(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make a stance that an inner fold had no label of the least probable one, instead of impossible."""
    is_finite = np.isfinite(margins)
    lowest = np.where(is_finite, margins, np.inf).min(axis=1, keepdims=True)
    finite: NDArray[np.float64] = np.where(is_finite, margins, lowest - _UNSEEN_STANCE_PENALTY)
    return finite


def apply_calibration_and_rule(model: Model, fitted: FittedProcedure) -> Model:
    """Return a model with the calibration and decision rule of a fitted procedure.

    The stances of the model must be among those of `fitted.model`.
    """
    stance_indices = [fitted.model.stances.index(stance) for stance in model.stances]
    coef, intercept = model.coef.copy(), model.intercept.copy()
    for target, fitted_calibration in enumerate(fitted.calibrations):
        if fitted_calibration is not None:
            coef[target] /= fitted_calibration.temperature
            intercept[target] /= fitted_calibration.temperature
            intercept[target] += fitted_calibration.bias[stance_indices]
    rule = fitted.rule.select_stances(stance_indices)
    return replace(model, coef=coef, intercept=intercept, multipliers=rule.multipliers, costs=rule.costs)
