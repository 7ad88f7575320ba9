"""Which stance to predict, where the measure of success is not how often the prediction is right.

Macro F1 counts a rare stance as much as a common one, and F_avg only the stances for and against. The most probable
stance serves neither: a model that is unsure hardly ever predicts a rare stance. So each stance has a multiplier that
makes it as frequent among the predictions as it is expected to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from stance.models import stance_multipliers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

RULE_MOST_PROBABLE = "the most probable stance"
RULE_MATCHED_FREQUENCIES = "each stance as often as it is expected"
RULE_HIGHEST_EXPECTED_SCORE = "multipliers with the highest expected measure"

# What the logarithms of the multipliers are multiplied by, and by how much those of stances not counted are lowered.
_SHRINKAGE_POWERS = np.linspace(1, 0, 11)
_UNSCORED_LOG_PENALTIES = np.linspace(0, 1.5, 16)
# Then each of them is moved by so much, for so many rounds at most, as long as that gains.
_REFINEMENT_STEPS, _MAX_REFINEMENT_ROUNDS = (0.1, 0.05), 10

_MIN_IMPROVEMENT = 1e-9


class DecisionMode(StrEnum):
    """How stances are predicted by their probabilities."""

    MATCHED = "matched"
    MOST_PROBABLE = "most-probable"


@dataclass(frozen=True, eq=False)
class DecisionRule:
    """Predict the stance whose `multipliers` times its probability less `costs` is highest.

    Both are of shape (n_targets, n_stances). `multipliers` holds the multipliers; `costs` is zero, but for models of
    earlier versions.
    """

    name: str
    multipliers: NDArray[np.float64]
    costs: NDArray[np.float64]

    def predict(self, probabilities: NDArray[np.float64], target_codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Choose a stance for each row of probabilities, of shape (n, n_stances), toward targets given by number."""
        chosen: NDArray[np.int64] = (self.multipliers[target_codes] * probabilities - self.costs[target_codes]).argmax(
            axis=1
        )
        return chosen

    def select_stances(self, stance_indices: Sequence[int]) -> DecisionRule:
        """Return the rule for some of the stances."""
        return DecisionRule(self.name, self.multipliers[:, list(stance_indices)], self.costs[:, list(stance_indices)])


def most_probable_rule(n_targets: int, n_stances: int) -> DecisionRule:
    """Return the rule that is right most often."""
    return _multiplier_rule(RULE_MOST_PROBABLE, np.ones((n_targets, n_stances)))


def choose_decision_rule(
    probabilities: NDArray[np.float64],
    truth: NDArray[np.int64],
    target_codes: NDArray[np.int64],
    n_targets: int,
    scored_stances: Sequence[int],
    weights: NDArray[np.float64] | None = None,
) -> DecisionRule:
    """Return the rule of `fit_multiplier_rule`, unless the labels contradict it.

    They do where it is behind the most probable stance by more than two standard errors of the difference on the same
    labels, which is the case where the probabilities are wrong. Over 40 draws of 150 labels each (RUW, tweets toward
    Russia), macro F1 on 2,000 further tweets was .414, with the most probable stance .314. To ask instead that the
    labels speak for the rule, by one standard error, left it at .406, and at 300 labels of five classes
    (RuSentiTweet) at .426 instead of .433.

    Parameters
    ----------
    probabilities
        Of shape (n, n_stances), calibrated, by models that had not learnt from what they predicted.
    truth, target_codes
        The stance and the target of each, by number.
    n_targets
        How many targets there are.
    scored_stances
        The stances whose F1 is averaged, by number.
    weights
        How much each label counts, of shape (n,); all alike by default.
    """
    weights = np.ones(len(truth)) if weights is None else weights
    simple = most_probable_rule(n_targets, probabilities.shape[1])
    useful = fit_multiplier_rule(probabilities, target_codes, n_targets, scored_stances, weights)
    (before, moved_before), (after, moved_after) = (
        _compute_score_and_influences(
            truth, rule.predict(probabilities, target_codes), target_codes, scored_stances, weights
        )
        for rule in (simple, useful)
    )
    ahead = moved_after - moved_before
    return useful if after - before >= -2 * np.sqrt(ahead @ ahead) else simple


def fit_multiplier_rule(
    probabilities: NDArray[np.float64],
    target_codes: NDArray[np.int64],
    n_targets: int,
    scored_stances: Sequence[int],
    weights: NDArray[np.float64] | None = None,
) -> DecisionRule:
    """Return multipliers with which each stance is predicted as often as it is expected, toward each target.

    How often it is expected is the sum of its probabilities; no label takes part but through the calibration. Where
    this is expected to lower the measure, or where some stances are not counted by it, the multipliers are chosen for
    the measure instead: they are drawn towards 1, those of the stances that are not counted are lowered, and then
    each is moved, so that the measure is expected to be highest. With several targets the measure is the mean of that
    over all rows together and that toward each target alike, so that none is given up for the sake of the others.

    Where F_avg is the measure (RUW, two targets; mean of F_avg over all tweets and over targets, on further tweets),
    300, 500 and 2,000 labels gave .470, .476 and .541; matched shares alone .428, .438 and .517, the most probable
    stance .427, .442 and .522. Out of fold, 8,400 labels gave .590 over all tweets and .554 over targets; matched
    shares .570 and .540, the most probable stance .589 and .526. Shares matched after smoothing gained nothing.
    """
    weights = np.ones(len(target_codes)) if weights is None else weights
    n_stances = probabilities.shape[1]
    gain = np.ones((n_targets, n_stances))
    for target in range(n_targets):
        rows = target_codes == target
        gain[target] = stance_multipliers.fit_stance_multipliers(probabilities[rows], weights[rows])

    def expected(rule: DecisionRule) -> float:
        return _compute_expected_score(
            probabilities, rule.predict(probabilities, target_codes), target_codes, scored_stances, weights
        )

    simple, matched = most_probable_rule(n_targets, n_stances), _multiplier_rule(RULE_MATCHED_FREQUENCIES, gain)
    if (gain == 1).all():
        matched = simple
    ignored = np.isin(np.arange(n_stances), list(scored_stances), invert=True)
    if not ignored.any() and expected(matched) >= expected(simple) - _MIN_IMPROVEMENT:
        return matched
    candidates = [matched, simple]
    for power, lowered in product(
        _SHRINKAGE_POWERS, _UNSCORED_LOG_PENALTIES if ignored.any() else _UNSCORED_LOG_PENALTIES[:1]
    ):
        candidates.append(_multiplier_rule(RULE_HIGHEST_EXPECTED_SCORE, gain**power * np.exp(-lowered * ignored)))
    values = [expected(rule) for rule in candidates]
    highest = max(values)
    best = next(rule for rule, value in zip(candidates, values, strict=True) if value >= highest - _MIN_IMPROVEMENT)
    return _refine_multipliers(best, expected)


def _refine_multipliers(rule: DecisionRule, expected_score: Callable[[DecisionRule], float]) -> DecisionRule:
    """Move one multiplier after another as long as that raises the expected measure."""
    highest = expected_score(rule)
    for step in _REFINEMENT_STEPS:
        for _ in range(_MAX_REFINEMENT_ROUNDS):
            before = highest
            for place, factor in product(np.ndindex(rule.multipliers.shape), (np.exp(step), np.exp(-step))):
                gain = rule.multipliers.copy()
                gain[place] *= factor
                moved = _multiplier_rule(RULE_HIGHEST_EXPECTED_SCORE, gain)
                if (value := expected_score(moved)) > highest + _MIN_IMPROVEMENT:
                    rule, highest = moved, value
            if highest == before:
                break
    return rule


def _multiplier_rule(name: str, multipliers: NDArray[np.float64]) -> DecisionRule:
    return DecisionRule(name, multipliers, np.zeros(multipliers.shape))


def _scored_subsets(target_codes: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], float]]:
    """Return the rows that a measure is taken over, and how much each measure counts."""
    toward = [np.flatnonzero(target_codes == target) for target in np.unique(target_codes)]
    return [(np.arange(len(target_codes)), 0.5), *((rows, 0.5 / len(toward)) for rows in toward)]


def _compute_expected_score(
    probabilities: NDArray[np.float64],
    predicted: NDArray[np.int64],
    target_codes: NDArray[np.int64],
    scored_stances: Sequence[int],
    weights: NDArray[np.float64],
) -> float:
    """Return the measure that answers are expected to have if the probabilities are right."""
    value = 0.0
    for (rows, part), stance in product(_scored_subsets(target_codes), scored_stances):
        is_answer, probability = predicted[rows] == stance, probabilities[rows, stance]
        size = float(weights[rows] @ (is_answer + probability))
        value += (
            part
            * 2
            * float(weights[rows] @ (is_answer * probability))
            / max(size, _MIN_IMPROVEMENT)
            / len(scored_stances)
        )
    return value


def _compute_score_and_influences(
    truth: NDArray[np.int64],
    predicted: NDArray[np.int64],
    target_codes: NDArray[np.int64],
    scored_stances: Sequence[int],
    weights: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """Return the measure, and how far each answer moves it; the squares add up to its variance."""
    value, influences = 0.0, np.zeros(len(truth))
    for (rows, part), stance in product(_scored_subsets(target_codes), scored_stances):
        is_true, is_answer = truth[rows] == stance, predicted[rows] == stance
        size = max(float(weights[rows] @ (is_true.astype(float) + is_answer)), _MIN_IMPROVEMENT)
        f1 = 2 * float(weights[rows] @ (is_true & is_answer)) / size
        value += part * f1 / len(scored_stances)
        moved = weights[rows] * (2.0 * (is_true & is_answer) - f1 * (is_true.astype(float) + is_answer)) / size
        influences[rows] += part * moved / len(scored_stances)
    return value, influences
