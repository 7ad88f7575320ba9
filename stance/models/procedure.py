"""Labels -> a model: settings chosen, fitted, calibrated, and told how to decide; what an evaluation evaluates."""

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
"""With fewer labels than this to learn from, the probabilities of the stances toward a target are left as they are."""

QUICK_SKIP_REASON = "--quick"

_UNSEEN_STANCE_PENALTY = 3.0


@dataclass(frozen=True)
class TrainingPlan:
    """What holds for a whole run: the settings to start from, whether to choose others, and what is to be high.

    Attributes
    ----------
    settings
        What holds where nothing is chosen.
    quick
        Whether to choose nothing.
    scored_stances
        The stances whose mean F1 is the measure of success.
    skip_reason
        Why nothing is chosen, if so.
    calibrated_targets
        The targets toward which probabilities are calibrated.
    decision_mode
        How stances are predicted by their probabilities, where settings are chosen; else the most probable one is.
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
    """Say whether to choose settings, and which targets to calibrate: what all of some parts of the labels allow."""
    reasons = (hyperparameter_search.why_not_searchable(data, part, groups) for part in label_subsets)
    reason = QUICK_SKIP_REASON if plan.quick else next(filter(None, reasons), "")
    enough = [
        name
        for target, name in enumerate(data.target_names)
        if all(
            data.is_evaluable[part][data.target_codes[part] == target].sum() >= MIN_LABELS_TO_CALIBRATE
            for part in label_subsets
        )
    ]
    return replace(plan, skip_reason=reason, calibrated_targets=() if reason else tuple(enough))


@dataclass(frozen=True, eq=False)
class FittedProcedure:
    """A model, and how it came about.

    Attributes
    ----------
    model
        Ready to use.
    search_result
        The settings, and what there was to choose from.
    calibrations
        How the margins toward each target were calibrated; None where labels are too few.
    rule
        How stances are chosen by their probabilities.
    """

    model: Model
    search_result: SearchResult
    calibrations: tuple[Calibration | None, ...]
    rule: DecisionRule

    def undo_calibration(
        self, probabilities: NDArray[np.float64], target_codes: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Give the probabilities, of shape (n, n_stances), that the model would have given without calibration."""
        before = probabilities.copy()
        for target, calibrated in enumerate(self.calibrations):
            rows = target_codes == target
            if calibrated is not None:
                with np.errstate(divide="ignore"):
                    margins = np.log(probabilities[rows])
                before[rows] = softmax(calibrated.invert(margins))
        return before


def fit_procedure(
    data: TrainingData, label_indices: NDArray[np.int64], groups: NDArray[np.int64], plan: TrainingPlan, seed: int
) -> FittedProcedure:
    """Learn all there is to learn from some labels: settings, weights, calibration, and the rule of decision.

    The last two are learnt from what models of these settings answer to labels that they have not learnt from, so
    nothing is fitted to answers that were known.

    Parameters
    ----------
    data
        All there is to learn from.
    label_indices
        The labels to learn from, by number; no other has any part in the model.
    groups
        The group of every label of `data`; a group is never parted by a fold.
    plan
        What holds for the whole run.
    seed
        Lays out the inner folds.
    """
    if plan.skip_reason:
        found = SearchResult(
            plan.settings,
            label_indices[:0],
            np.zeros((0, len(data.codebook.stance_names))),
            skip_reason=plan.skip_reason,
        )
    else:
        found = hyperparameter_search.search_hyperparameters(data, label_indices, groups, plan.settings, seed)
    model = fitting.fit_model(data, label_indices, found.settings)
    n_targets = len(data.target_names)
    if found.skip_reason:
        return FittedProcedure(
            model, found, (None,) * n_targets, decision_rule.most_probable_rule(n_targets, len(model.stances))
        )
    met = np.array([data.codebook.stance_names.index(stance) for stance in model.stances])
    margins, truth = found.margins[:, met], np.searchsorted(met, data.stance_codes[found.label_indices])
    targets = data.target_codes[found.label_indices]
    # A stance that an inner fold knew nothing of is the least probable one, and not impossible.
    known = np.isfinite(margins)
    least = np.where(known, margins, np.inf).min(axis=1, keepdims=True)
    margins = np.where(known, margins, least - _UNSEEN_STANCE_PENALTY)
    calibrations: list[Calibration | None] = []
    for target in range(n_targets):
        rows = targets == target
        calibrated = None
        if data.target_names[target] in plan.calibrated_targets and rows.any():
            calibrated = calibration.fit_calibration(margins[rows], truth[rows], np.ones(rows.sum()))
            margins[rows] = calibrated.apply(margins[rows])
        calibrations.append(calibrated)
    counted = [model.stances.index(stance) for stance in plan.scored_stances if stance in model.stances]
    if plan.decision_mode is DecisionMode.MOST_PROBABLE:
        rule = decision_rule.most_probable_rule(n_targets, len(model.stances))
    else:
        weights = data.weights[found.label_indices]
        rule = decision_rule.choose_decision_rule(softmax(margins), truth, targets, n_targets, counted, weights)
    taught = FittedProcedure(model, found, tuple(calibrations), rule)
    return replace(taught, model=apply_calibration_and_rule(model, taught))


def apply_calibration_and_rule(model: Model, fitted: FittedProcedure) -> Model:
    """Give a model the calibration and the rule of decision that another one was taught."""
    places = [fitted.model.stances.index(stance) for stance in model.stances]
    coef, intercept = model.coef.copy(), model.intercept.copy()
    for target, each in enumerate(fitted.calibrations):
        if each is not None:
            coef[target] /= each.temperature
            intercept[target] = intercept[target] / each.temperature + each.bias[places]
    rule = fitted.rule.select_stances(places)
    return replace(model, coef=coef, intercept=intercept, multipliers=rule.multipliers, costs=rule.costs)
