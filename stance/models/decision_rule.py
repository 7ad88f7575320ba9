"""Decision rules: which stance to predict from probabilities so that the F1 of rare stances does not suffer.

Macro F1 counts a rare stance as much as a common one, and F_avg counts only the stances for and against. Predicting the
most probable stance serves neither: an uncertain model then hardly ever predicts a rare stance. So each stance has a
multiplier that makes it as frequent among the predictions as it is expected to be.

Comparisons of the rules: docs/explanation/decisions/decision-rule.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from stance.models.stance_multipliers import fit_stance_multipliers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

RULE_MOST_PROBABLE = "the most probable stance"
RULE_MATCHED_FREQUENCIES = "each stance as often as expected"
RULE_HIGHEST_EXPECTED_SCORE = "the stance by multipliers that maximise the expected score"

# Grid of candidates: the log multipliers are shrunk by these factors, and those of stances that are not scored reduced
# by these amounts.
_SHRINKAGE_POWERS = np.linspace(1, 0, 11)
_UNSCORED_LOG_PENALTIES = np.linspace(0, 1.5, 16)
# The best candidate is refined by changing one log multiplier at a time by these steps.
_REFINEMENT_STEPS, _MAX_REFINEMENT_ROUNDS = (0.1, 0.05), 10

_MIN_IMPROVEMENT = 1e-9


class DecisionMode(StrEnum):
    """How stances are predicted from their probabilities."""

    MATCHED = "matched"
    MOST_PROBABLE = "most-probable"


@dataclass(frozen=True, eq=False)
class DecisionRule:
    """Predict the stance with the highest `multipliers * probability - costs`.

    Attributes
    ----------
    name
        How the rule is called in reports.
    multipliers, costs
        Of shape (n_targets, n_stances). Costs are 0 except in models of earlier versions.
    """

    name: str
    multipliers: NDArray[np.float64]
    costs: NDArray[np.float64]

    def predict(self, probabilities: NDArray[np.float64], target_codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the predicted stance code of each row of probabilities, of shape (n, n_stances)."""
        scores = self.multipliers[target_codes] * probabilities - self.costs[target_codes]
        predicted: NDArray[np.int64] = scores.argmax(axis=1)
        return predicted

    def select_stances(self, stance_indices: Sequence[int]) -> DecisionRule:
        """Return the rule for some of the stances."""
        columns = list(stance_indices)
        return DecisionRule(self.name, self.multipliers[:, columns], self.costs[:, columns])


def most_probable_rule(n_targets: int, n_stances: int) -> DecisionRule:
    """Return the rule that predicts the most probable stance, which has the highest expected accuracy."""
    return _multiplier_rule(RULE_MOST_PROBABLE, np.ones((n_targets, n_stances)))


def choose_decision_rule(
    probabilities: NDArray[np.float64],
    truth: NDArray[np.int64],
    target_codes: NDArray[np.int64],
    n_targets: int,
    scored_stances: Sequence[int],
    weights: NDArray[np.float64] | None = None,
) -> DecisionRule:
    """Return the rule of `fit_multiplier_rule`, or the most probable stance if the labels contradict that rule.

    They do if its score on them is lower than with the most probable stance by more than two standard errors of the
    difference. Then the probabilities are wrong.

    Parameters
    ----------
    probabilities
        Calibrated out-of-fold probabilities, of shape (n, n_stances).
    truth, target_codes
        Stance and target code of each label, of shape (n,).
    n_targets
        Number of targets.
    scored_stances
        Codes of the stances whose F1 is averaged.
    weights
        Weight of each label, of shape (n,); equal by default.
    """
    weights = np.ones(len(truth)) if weights is None else weights
    most_probable = most_probable_rule(n_targets, probabilities.shape[1])
    multiplied = fit_multiplier_rule(probabilities, target_codes, n_targets, scored_stances, weights)
    (score_before, influences_before), (score_after, influences_after) = (
        _compute_score_and_influences(
            truth, rule.predict(probabilities, target_codes), target_codes, scored_stances, weights
        )
        for rule in (most_probable, multiplied)
    )
    difference = influences_after - influences_before
    is_contradicted = score_after - score_before < -2 * np.sqrt(difference @ difference)
    return most_probable if is_contradicted else multiplied


def fit_multiplier_rule(
    probabilities: NDArray[np.float64],
    target_codes: NDArray[np.int64],
    n_targets: int,
    scored_stances: Sequence[int],
    weights: NDArray[np.float64] | None = None,
) -> DecisionRule:
    """Fit multipliers with which each stance is predicted as often as expected toward each target.

    The expected frequency of a stance is the sum of its probabilities; labels are not used. If this lowers the expected
    score, or if some stances are not scored, the multipliers maximise the expected score instead: they are shrunk
    towards 1, those of stances that are not scored are reduced, and then each is refined. With several targets the
    score is the mean of that over all rows and that averaged over targets, so that no target is neglected.

    Parameters
    ----------
    probabilities, target_codes, n_targets, scored_stances, weights
        As for `choose_decision_rule`.
    """
    weights = np.ones(len(target_codes)) if weights is None else weights
    n_stances = probabilities.shape[1]
    multipliers = np.ones((n_targets, n_stances))
    for target in range(n_targets):
        rows = target_codes == target
        multipliers[target] = fit_stance_multipliers(probabilities[rows], weights[rows])

    def expected_score(rule: DecisionRule) -> float:
        predicted = rule.predict(probabilities, target_codes)
        return _compute_expected_score(probabilities, predicted, target_codes, scored_stances, weights)

    most_probable = most_probable_rule(n_targets, n_stances)
    matched = most_probable
    if (multipliers != 1).any():
        matched = _multiplier_rule(RULE_MATCHED_FREQUENCIES, multipliers)
    is_unscored = np.isin(np.arange(n_stances), list(scored_stances), invert=True)
    if not is_unscored.any() and expected_score(matched) >= expected_score(most_probable) - _MIN_IMPROVEMENT:
        return matched
    log_penalties = _UNSCORED_LOG_PENALTIES if is_unscored.any() else _UNSCORED_LOG_PENALTIES[:1]
    candidates = [matched, most_probable]
    for power, log_penalty in product(_SHRINKAGE_POWERS, log_penalties):
        candidate = multipliers**power * np.exp(-log_penalty * is_unscored)
        candidates.append(_multiplier_rule(RULE_HIGHEST_EXPECTED_SCORE, candidate))
    scores = [expected_score(rule) for rule in candidates]
    highest = max(scores)
    best = next(rule for rule, score in zip(candidates, scores, strict=True) if score >= highest - _MIN_IMPROVEMENT)
    return _refine_multipliers(best, expected_score)


def _refine_multipliers(rule: DecisionRule, expected_score: Callable[[DecisionRule], float]) -> DecisionRule:
    """Change one multiplier at a time as long as that raises the expected score."""
    highest = expected_score(rule)
    for step in _REFINEMENT_STEPS:
        for _ in range(_MAX_REFINEMENT_ROUNDS):
            highest_before_round = highest
            for index, factor in product(np.ndindex(rule.multipliers.shape), (np.exp(step), np.exp(-step))):
                multipliers = rule.multipliers.copy()
                multipliers[index] *= factor
                changed = _multiplier_rule(RULE_HIGHEST_EXPECTED_SCORE, multipliers)
                if (score := expected_score(changed)) > highest + _MIN_IMPROVEMENT:
                    rule, highest = changed, score
            if highest == highest_before_round:
                break
    return rule


def _multiplier_rule(name: str, multipliers: NDArray[np.float64]) -> DecisionRule:
    return DecisionRule(name, multipliers, np.zeros(multipliers.shape))


def _scored_subsets(target_codes: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], float]]:
    """Return sets of rows over which F1 is computed, each with its weight in the score: all rows, and each target."""
    by_target = [np.flatnonzero(target_codes == target) for target in np.unique(target_codes)]
    return [(np.arange(len(target_codes)), 0.5), *((rows, 0.5 / len(by_target)) for rows in by_target)]


def _compute_expected_score(
    probabilities: NDArray[np.float64],
    predicted: NDArray[np.int64],
    target_codes: NDArray[np.int64],
    scored_stances: Sequence[int],
    weights: NDArray[np.float64],
) -> float:
    """Return the expected score of predictions, assuming that the probabilities are right."""
    score = 0.0
    for (rows, subset_weight), stance in product(_scored_subsets(target_codes), scored_stances):
        is_predicted, probability = predicted[rows] == stance, probabilities[rows, stance]
        true_positives = float(weights[rows] @ (is_predicted * probability))
        predicted_and_true = max(float(weights[rows] @ (is_predicted + probability)), _MIN_IMPROVEMENT)
        score += subset_weight * 2 * true_positives / predicted_and_true / len(scored_stances)
    return score


def _compute_score_and_influences(
    truth: NDArray[np.int64],
    predicted: NDArray[np.int64],
    target_codes: NDArray[np.int64],
    scored_stances: Sequence[int],
    weights: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """Return the score and the influence of each prediction on it; the squares of these sum to its variance."""
    score, influences = 0.0, np.zeros(len(truth))
    for (rows, subset_weight), stance in product(_scored_subsets(target_codes), scored_stances):
        is_true, is_predicted = truth[rows] == stance, predicted[rows] == stance
        predicted_and_true = is_true.astype(float) + is_predicted
        total = max(float(weights[rows] @ predicted_and_true), _MIN_IMPROVEMENT)
        f1 = 2 * float(weights[rows] @ (is_true & is_predicted)) / total
        score += subset_weight * f1 / len(scored_stances)
        f1_influences = weights[rows] * (2.0 * (is_true & is_predicted) - f1 * predicted_and_true) / total
        influences[rows] += subset_weight * f1_influences / len(scored_stances)
    return score, influences
