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

MOST_PROBABLE = "the most probable stance"
MATCHED = "each stance as often as it is expected"
MOST_USEFUL = "multipliers with the highest expected measure"

# What the logarithms of the multipliers are multiplied by, and by how much those of stances not counted are lowered.
_POWERS = np.linspace(1, 0, 11)
_LOWERED = np.linspace(0, 1.5, 16)
# Then each of them is moved by so much, for so many rounds at most, as long as that gains.
_STEPS, _MOST_ROUNDS = (0.1, 0.05), 10

_LEAST_GAIN = 1e-9


class Decide(StrEnum):
    """How stances are predicted by their probabilities."""

    MATCHED = "matched"
    MOST_PROBABLE = "most-probable"


@dataclass(frozen=True, eq=False)
class Rule:
    """Predict the stance whose `gain` times its probability less `cost` is highest.

    Both are of shape (n_targets, n_stances). `gain` holds the multipliers; `cost` is zero, but for models of earlier
    versions.
    """

    name: str
    gain: NDArray[np.float64]
    cost: NDArray[np.float64]

    def answer(self, probabilities: NDArray[np.float64], targets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Choose a stance for each row of probabilities, of shape (n, n_stances), toward targets given by number."""
        chosen: NDArray[np.int64] = (self.gain[targets] * probabilities - self.cost[targets]).argmax(axis=1)
        return chosen

    def of_stances(self, places: Sequence[int]) -> Rule:
        """Return the rule for some of the stances."""
        return Rule(self.name, self.gain[:, list(places)], self.cost[:, list(places)])


def most_probable(n_targets: int, n_stances: int) -> Rule:
    """Return the rule that is right most often."""
    return _multiplied(MOST_PROBABLE, np.ones((n_targets, n_stances)))


def choose(
    probabilities: NDArray[np.float64],
    truth: NDArray[np.int64],
    targets: NDArray[np.int64],
    n_targets: int,
    counted: Sequence[int],
    weight: NDArray[np.float64] | None = None,
) -> Rule:
    """Return the rule of `most_useful`, unless the labels contradict it.

    They do where it is behind the most probable stance by more than two standard errors of the difference on the same
    labels, which is the case where the probabilities are wrong. Over 40 draws of 150 labels each (RUW, tweets toward
    Russia), macro F1 on 2,000 further tweets was .414, with the most probable stance .314. To ask instead that the
    labels speak for the rule, by one standard error, left it at .406, and at 300 labels of five classes
    (RuSentiTweet) at .426 instead of .433.

    Parameters
    ----------
    probabilities
        Of shape (n, n_stances), calibrated, by models that had not learnt from what they predicted.
    truth, targets
        The stance and the target of each, by number.
    n_targets
        How many targets there are.
    counted
        The stances whose F1 is averaged, by number.
    weight
        How much each label counts, of shape (n,); all alike by default.
    """
    weight = np.ones(len(truth)) if weight is None else weight
    simple = most_probable(n_targets, probabilities.shape[1])
    useful = most_useful(probabilities, targets, n_targets, counted, weight)
    (before, moved_before), (after, moved_after) = (
        _measured(truth, rule.answer(probabilities, targets), targets, counted, weight) for rule in (simple, useful)
    )
    ahead = moved_after - moved_before
    return useful if after - before >= -2 * np.sqrt(ahead @ ahead) else simple


def most_useful(
    probabilities: NDArray[np.float64],
    targets: NDArray[np.int64],
    n_targets: int,
    counted: Sequence[int],
    weight: NDArray[np.float64] | None = None,
) -> Rule:
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
    weight = np.ones(len(targets)) if weight is None else weight
    n_stances = probabilities.shape[1]
    gain = np.ones((n_targets, n_stances))
    for target in range(n_targets):
        rows = targets == target
        gain[target] = stance_multipliers.fit(probabilities[rows], weight[rows])

    def expected(rule: Rule) -> float:
        return _expected(probabilities, rule.answer(probabilities, targets), targets, counted, weight)

    simple, matched = most_probable(n_targets, n_stances), _multiplied(MATCHED, gain)
    if (gain == 1).all():
        matched = simple
    ignored = np.isin(np.arange(n_stances), list(counted), invert=True)
    if not ignored.any() and expected(matched) >= expected(simple) - _LEAST_GAIN:
        return matched
    candidates = [matched, simple]
    for power, lowered in product(_POWERS, _LOWERED if ignored.any() else _LOWERED[:1]):
        candidates.append(_multiplied(MOST_USEFUL, gain**power * np.exp(-lowered * ignored)))
    values = [expected(rule) for rule in candidates]
    highest = max(values)
    best = next(rule for rule, value in zip(candidates, values, strict=True) if value >= highest - _LEAST_GAIN)
    return _refined(best, expected)


def _refined(rule: Rule, expected: Callable[[Rule], float]) -> Rule:
    """Move one multiplier after another as long as that raises the expected measure."""
    highest = expected(rule)
    for step in _STEPS:
        for _ in range(_MOST_ROUNDS):
            before = highest
            for place, factor in product(np.ndindex(rule.gain.shape), (np.exp(step), np.exp(-step))):
                gain = rule.gain.copy()
                gain[place] *= factor
                moved = _multiplied(MOST_USEFUL, gain)
                if (value := expected(moved)) > highest + _LEAST_GAIN:
                    rule, highest = moved, value
            if highest == before:
                break
    return rule


def _multiplied(name: str, gain: NDArray[np.float64]) -> Rule:
    return Rule(name, gain, np.zeros(gain.shape))


def _parts(targets: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], float]]:
    """Return the rows that a measure is taken over, and how much each measure counts."""
    toward = [np.flatnonzero(targets == target) for target in np.unique(targets)]
    return [(np.arange(len(targets)), 0.5), *((rows, 0.5 / len(toward)) for rows in toward)]


def _expected(
    probabilities: NDArray[np.float64],
    answers: NDArray[np.int64],
    targets: NDArray[np.int64],
    counted: Sequence[int],
    weight: NDArray[np.float64],
) -> float:
    """Return the measure that answers are expected to have if the probabilities are right."""
    value = 0.0
    for (rows, part), stance in product(_parts(targets), counted):
        is_answer, probability = answers[rows] == stance, probabilities[rows, stance]
        size = float(weight[rows] @ (is_answer + probability))
        value += part * 2 * float(weight[rows] @ (is_answer * probability)) / max(size, _LEAST_GAIN) / len(counted)
    return value


def _measured(
    truth: NDArray[np.int64],
    answers: NDArray[np.int64],
    targets: NDArray[np.int64],
    counted: Sequence[int],
    weight: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """Return the measure, and how far each answer moves it; the squares add up to its variance."""
    value, influences = 0.0, np.zeros(len(truth))
    for (rows, part), stance in product(_parts(targets), counted):
        is_true, is_answer = truth[rows] == stance, answers[rows] == stance
        size = max(float(weight[rows] @ (is_true.astype(float) + is_answer)), _LEAST_GAIN)
        f1 = 2 * float(weight[rows] @ (is_true & is_answer)) / size
        value += part * f1 / len(counted)
        moved = weight[rows] * (2.0 * (is_true & is_answer) - f1 * (is_true.astype(float) + is_answer)) / size
        influences[rows] += part * moved / len(counted)
    return value, influences
