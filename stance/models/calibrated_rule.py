"""Calibration and decision rule, fitted to the margins of labels by models that were not trained on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stance.metrics import calibration
from stance.metrics.calibration import Calibration
from stance.models import decision_rule
from stance.models.probabilities import softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.models.decision_rule import DecisionRule
    from stance.models.model import Model

MIN_LABELS_FOR_OWN_CALIBRATION = 100
"""A target with fewer labels is calibrated by the labels of all targets."""

MIN_LABELS_TO_SHARPEN = 100
"""With fewer labels, calibration may only make predictions less confident."""

MAX_LOSS = 0.03
"""The share of comments like the labelled ones that may be left without a prediction for knowing few of their words."""

MAX_LIMIT = 0.9
"""The limit of known words is never above this, even if nearly all words of all labelled comments are known."""

_UNSEEN_STANCE_PENALTY = 3.0


@dataclass(frozen=True, eq=False)
class OutOfFoldMargins:
    """The margins of labels by models that were not trained on them; one row per label and repeat.

    Attributes
    ----------
    margins
        Of shape (n, n_stances), up to a constant per row. Minus infinity for a stance that a model did not have.
    truth, target_codes
        The codes of the label's stance and target, of shape (n,).
    weights
        How much a row counts, of shape (n,): the weight of its label, divided by the number of repeats.
    repeats
        The repeat of each row, of shape (n,).
    known_shares
        The share of the words that the model knew, of shape (n,).
    """

    margins: NDArray[np.float64]
    truth: NDArray[np.int64]
    target_codes: NDArray[np.int64]
    weights: NDArray[np.float64]
    repeats: NDArray[np.int64]
    known_shares: NDArray[np.float64]

    def select(self, is_selected: NDArray[np.bool_]) -> OutOfFoldMargins:
        """Return some of the rows; `is_selected` has shape (n,)."""
        return OutOfFoldMargins(
            self.margins[is_selected],
            self.truth[is_selected],
            self.target_codes[is_selected],
            self.weights[is_selected],
            self.repeats[is_selected],
            self.known_shares[is_selected],
        )


@dataclass(frozen=True, eq=False)
class CalibratedRule:
    """The calibration of the margins toward each target, and how stances are predicted from probabilities.

    A text of whose words a model knows a smaller share than `min_known` is not predicted.
    """

    calibrations: tuple[Calibration, ...]
    rule: DecisionRule
    min_known: float = 0.0

    def compute_probabilities(
        self, margins: NDArray[np.float64], target_codes: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return calibrated probabilities, of shape (n, n_stances); a margin of minus infinity becomes 0."""
        calibrated = np.empty_like(margins)
        for target, fitted in enumerate(self.calibrations):
            rows = target_codes == target
            calibrated[rows] = fitted.apply(margins[rows])
        return softmax(calibrated)

    def apply_to_model(self, model: Model, stance_indices: Sequence[int]) -> Model:
        """Return a model that predicts by this calibration and rule.

        Parameters
        ----------
        model
            An uncalibrated model.
        stance_indices
            The index of each stance of the model among the stances that the rule was fitted to.
        """
        columns = list(stance_indices)
        coef, intercept = model.coef.copy(), model.intercept.copy()
        for target, fitted in enumerate(self.calibrations):
            coef[target] /= fitted.temperature
            intercept[target] /= fitted.temperature
            intercept[target] += fitted.bias[columns]
        rule = self.rule.select_stances(columns)
        return replace(
            model,
            coef=coef,
            intercept=intercept,
            multipliers=rule.multipliers,
            costs=rule.costs,
            min_known=self.min_known,
        )


def fit_calibrated_rule(
    out_of_fold: OutOfFoldMargins, n_targets: int, scored_stances: Sequence[int], *, use_multipliers: bool
) -> CalibratedRule:
    """Fit the calibration of each target and the decision rule.

    Parameters
    ----------
    out_of_fold
        The margins to fit to.
    n_targets
        The number of targets.
    scored_stances
        Codes of the stances whose F1 is averaged.
    use_multipliers
        Whether to predict each stance as often as expected; otherwise the most probable stance is predicted.
    """
    n_stances = out_of_fold.margins.shape[1]
    if not len(out_of_fold.truth):
        identity = Calibration(1.0, np.zeros(n_stances))
        return CalibratedRule((identity,) * n_targets, decision_rule.most_probable_rule(n_targets, n_stances))
    finite = replace(out_of_fold, margins=_replace_infinite_margins(out_of_fold.margins))
    is_first_repeat = finite.repeats == finite.repeats.min()
    pooled = _fit_calibration(finite)
    calibrations = []
    for target in range(n_targets):
        is_own = finite.target_codes == target
        n_labels = (is_own & is_first_repeat).sum()
        has_own = n_targets > 1 and n_labels >= MIN_LABELS_FOR_OWN_CALIBRATION
        calibrations.append(_fit_calibration(finite.select(is_own)) if has_own else pooled)
    fitted = CalibratedRule(
        tuple(calibrations),
        decision_rule.most_probable_rule(n_targets, n_stances),
        find_min_known(finite.known_shares, finite.weights),
    )
    if not use_multipliers:
        return fitted
    # The rule compares scores by their standard error, so a label must not occur in several repeats.
    once = finite.select(is_first_repeat)
    probabilities = fitted.compute_probabilities(once.margins, once.target_codes)
    rule = decision_rule.choose_decision_rule(
        probabilities, once.truth, once.target_codes, n_targets, scored_stances, once.weights
    )
    return replace(fitted, rule=rule)


def find_min_known(known_shares: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the largest share of known words below which at most `MAX_LOSS` of comments are, up to `MAX_LIMIT`.

    Parameters
    ----------
    known_shares, weights
        The share of known words of each comment, NaN without words, and how much it counts, both of shape (n,).

    Examples
    --------
    >>> find_min_known(np.array([0.9, 0.5, 0.7, 0.8]), np.ones(4))
    0.5
    """
    has_words = ~np.isnan(known_shares)
    if not has_words.any():
        return 0.0
    # Comments without words are below any limit.
    order = np.argsort(np.where(has_words, known_shares, -1.0), kind="stable")
    share_below = np.cumsum(weights[order]) - weights[order]
    is_allowed = share_below <= MAX_LOSS * weights.sum() + 1e-9
    is_allowed[: np.count_nonzero(~has_words) + 1] = True
    return min(MAX_LIMIT, float(known_shares[order][np.flatnonzero(is_allowed)[-1]]))


def _fit_calibration(rows: OutOfFoldMargins) -> Calibration:
    n_labels = int((rows.repeats == rows.repeats.min()).sum())
    only_soften = n_labels < MIN_LABELS_TO_SHARPEN
    return calibration.fit_calibration(rows.margins, rows.truth, rows.weights, only_soften=only_soften)


def _replace_infinite_margins(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make a stance that a model had no label of the least probable one, instead of impossible."""
    is_finite = np.isfinite(margins)
    lowest = np.where(is_finite, margins, np.inf).min(axis=1, keepdims=True)
    finite: NDArray[np.float64] = np.where(is_finite, margins, lowest - _UNSEEN_STANCE_PENALTY)
    return finite
