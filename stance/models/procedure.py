"""Labels -> a model: settings chosen, fitted, calibrated, and told how to decide; what an evaluation evaluates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stance.metrics import calibration
from stance.models import decision_rule, fitting, hyperparameter_search
from stance.models.decision_rule import Decide
from stance.models.hyperparameter_search import Found
from stance.models.model import softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.metrics.calibration import Calibration
    from stance.models.decision_rule import Rule
    from stance.models.fitting import Training
    from stance.models.model import Model
    from stance.models.settings import Settings

ENOUGH_TO_CALIBRATE = 100
"""With fewer labels than this to learn from, the probabilities of the stances toward a target are left as they are."""

QUICK = "--quick"

_UNKNOWN = 3.0


@dataclass(frozen=True)
class Plan:
    """What holds for a whole run: the settings to start from, whether to choose others, and what is to be high.

    Attributes
    ----------
    settings
        What holds where nothing is chosen.
    quick
        Whether to choose nothing.
    counted
        The stances whose mean F1 is the measure of success.
    reason
        Why nothing is chosen, if so.
    calibrated
        The targets toward which probabilities are calibrated.
    decide
        How stances are predicted by their probabilities, where settings are chosen; else the most probable one is.
    """

    settings: Settings
    quick: bool
    counted: tuple[str, ...]
    reason: str = ""
    calibrated: tuple[str, ...] = ()
    decide: Decide = Decide.MATCHED


def settled(plan: Plan, training: Training, parts: Sequence[NDArray[np.int64]], groups: NDArray[np.int64]) -> Plan:
    """Say whether to choose settings, and which targets to calibrate: what all of some parts of the labels allow."""
    reasons = (hyperparameter_search.obstacle(training, part, groups) for part in parts)
    reason = QUICK if plan.quick else next(filter(None, reasons), "")
    enough = [
        name
        for target, name in enumerate(training.target_names)
        if all(training.judges[part][training.targets[part] == target].sum() >= ENOUGH_TO_CALIBRATE for part in parts)
    ]
    return replace(plan, reason=reason, calibrated=() if reason else tuple(enough))


@dataclass(frozen=True, eq=False)
class Taught:
    """A model, and how it came about.

    Attributes
    ----------
    model
        Ready to use.
    found
        The settings, and what there was to choose from.
    calibrations
        How the margins toward each target were calibrated; None where labels are too few.
    rule
        How stances are chosen by their probabilities.
    """

    model: Model
    found: Found
    calibrations: tuple[Calibration | None, ...]
    rule: Rule

    def uncalibrated(self, probabilities: NDArray[np.float64], targets: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the probabilities, of shape (n, n_stances), that the model would have given without calibration."""
        before = probabilities.copy()
        for target, calibrated in enumerate(self.calibrations):
            rows = targets == target
            if calibrated is not None:
                with np.errstate(divide="ignore"):
                    margins = np.log(probabilities[rows])
                before[rows] = softmax(calibrated.invert(margins))
        return before


def teach(training: Training, labels: NDArray[np.int64], groups: NDArray[np.int64], plan: Plan, seed: int) -> Taught:
    """Learn all there is to learn from some labels: settings, weights, calibration, and the rule of decision.

    The last two are learnt from what models of these settings answer to labels that they have not learnt from, so
    nothing is fitted to answers that were known.

    Parameters
    ----------
    training
        All there is to learn from.
    labels
        The labels to learn from, by number; no other has any part in the model.
    groups
        The group of every label of `training`; a group is never parted by a fold.
    plan
        What holds for the whole run.
    seed
        Lays out the inner folds.
    """
    if plan.reason:
        found = Found(plan.settings, labels[:0], np.zeros((0, len(training.codebook.stance_names))), reason=plan.reason)
    else:
        found = hyperparameter_search.search(training, labels, groups, plan.settings, seed)
    model = fitting.fit(training, labels, found.settings)
    n_targets = len(training.target_names)
    if found.reason:
        return Taught(model, found, (None,) * n_targets, decision_rule.most_probable(n_targets, len(model.stances)))
    met = np.array([training.codebook.stance_names.index(stance) for stance in model.stances])
    margins, truth = found.margins[:, met], np.searchsorted(met, training.stances[found.labels])
    targets = training.targets[found.labels]
    # A stance that an inner fold knew nothing of is the least probable one, and not impossible.
    known = np.isfinite(margins)
    least = np.where(known, margins, np.inf).min(axis=1, keepdims=True)
    margins = np.where(known, margins, least - _UNKNOWN)
    calibrations: list[Calibration | None] = []
    for target in range(n_targets):
        rows = targets == target
        calibrated = None
        if training.target_names[target] in plan.calibrated and rows.any():
            calibrated = calibration.fit_calibration(margins[rows], truth[rows], np.ones(rows.sum()))
            margins[rows] = calibrated.apply(margins[rows])
        calibrations.append(calibrated)
    counted = [model.stances.index(stance) for stance in plan.counted if stance in model.stances]
    if plan.decide is Decide.MOST_PROBABLE:
        rule = decision_rule.most_probable(n_targets, len(model.stances))
    else:
        weights = training.weights[found.labels]
        rule = decision_rule.choose(softmax(margins), truth, targets, n_targets, counted, weights)
    taught = Taught(model, found, tuple(calibrations), rule)
    return replace(taught, model=finish(model, taught))


def finish(model: Model, taught: Taught) -> Model:
    """Give a model the calibration and the rule of decision that another one was taught."""
    places = [taught.model.stances.index(stance) for stance in model.stances]
    coef, intercept = model.coef.copy(), model.intercept.copy()
    for target, each in enumerate(taught.calibrations):
        if each is not None:
            coef[target] /= each.temperature
            intercept[target] = intercept[target] / each.temperature + each.bias[places]
    rule = taught.rule.of_stances(places)
    return replace(model, coef=coef, intercept=intercept, gain=rule.gain, cost=rule.cost)
