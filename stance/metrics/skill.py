"""The skill of a system: its agreement with the labels beyond chance, 0 for one that ignores the texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.metrics.intervals import Interval, t_quantile
from stance.metrics.score_intervals import TRAINING_FACTOR, sum_jackknife_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Skill:
    """The skill of a system and its 95 % interval."""

    value: float
    interval: Interval


def measure_skill(
    truth: NDArray[np.object_],
    predicted: NDArray[np.object_],
    targets: NDArray[np.object_],
    weights: NDArray[np.float64],
    groups: NDArray[np.int64],
    *,
    variance_factor: float = TRAINING_FACTOR,
) -> Skill:
    """Return Cohen's kappa of predictions and labels, with its interval by the delta method.

    Chance is what predictions and labels with the same shares would agree on, computed within each target, so that a
    system which knows only how frequent stances are has no skill. A prediction that is not a stance, such as
    `cannot-tell`, agrees with nothing. The variance is summed over groups, as in `score_intervals`, with two items
    added, of which one is predicted correctly.

    Parameters
    ----------
    truth, targets
        The stance and the target of each item, both of shape (n_items,).
    predicted
        The predicted stances, of shape (n_items, n_repeats); the skill is the mean over repeats.
    weights, groups
        The weight of each item, and its group, both of shape (n_items,).
    variance_factor
        The variance relative to that of a fixed system, such as 1 for one that was not trained on labels.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 37-46.
    Fleiss, Cohen and Everitt (1969), Large sample standard errors of kappa and weighted kappa, Psychological Bulletin
    72, 323-327.

    Examples
    --------
    >>> truth = np.array(["for", "for", "against", "against"] * 10, dtype=object)
    >>> always_for = np.full((40, 1), "for", dtype=object)
    >>> no_target, weights = np.full(40, "", dtype=object), np.ones(40)
    >>> round(abs(measure_skill(truth, always_for, no_target, weights, np.arange(40)).value), 6)
    0.0
    >>> round(measure_skill(truth, truth[:, None], no_target, weights, np.arange(40)).value, 6)
    1.0
    """
    n_repeats = predicted.shape[1]
    shares = weights / weights.sum()
    values, influences = np.zeros(n_repeats), np.zeros(predicted.shape)
    chance = 0.0
    for repeat in range(n_repeats):
        value, influences[:, repeat], agreement_by_chance = _compute_kappa(truth, predicted[:, repeat], targets, shares)
        values[repeat], chance = value, chance + agreement_by_chance / n_repeats
    group_squares = sum_jackknife_squares(influences * shares[:, None], weights, groups)
    item_squares = sum_jackknife_squares(influences * shares[:, None], weights, np.arange(len(truth)))
    # One of the two added items agrees: the squared influences of a success and a failure are 1/4 each without chance.
    added = 0.5 / max(1 - chance, 1 / len(truth)) ** 2 / len(truth) ** 2
    variance = (max(group_squares.sum(), item_squares.sum()) + added) * variance_factor
    half_width = t_quantile(max(1, len(group_squares) - 1)) * float(np.sqrt(variance))
    value = float(values.mean())
    return Skill(value, Interval(max(-1.0, value - half_width), min(1.0, value + half_width)))


def _compute_kappa(
    truth: NDArray[np.object_],
    predicted: NDArray[np.object_],
    targets: NDArray[np.object_],
    shares: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64], float]:
    """Return kappa, the influence of each item on it, of shape (n_items,), and the agreement by chance."""
    is_correct = truth == predicted
    agreement = float(shares @ is_correct)
    by_chance, chance_of_item = 0.0, np.zeros(len(truth))
    for target in np.unique(targets):
        of_target = targets == target
        share_of_target = float(shares[of_target].sum())
        within = shares[of_target] / share_of_target
        of_truth, of_predicted = truth[of_target], predicted[of_target]
        true_share, predicted_share = {}, {}
        for stance in dict.fromkeys(of_truth):
            true_share[stance] = float(within @ (of_truth == stance))
            predicted_share[stance] = float(within @ (of_predicted == stance))
        chance = sum(true_share[stance] * predicted_share[stance] for stance in true_share)
        # The derivative of the target's chance agreement with the weight of an item, and of the target's share.
        derivative = np.array([predicted_share[stance] for stance in of_truth])
        derivative += np.array([true_share.get(stance, 0.0) for stance in of_predicted])
        chance_of_item[of_target] = derivative - chance
        by_chance += share_of_target * chance
    if by_chance >= 1 - 1e-9:
        return 0.0, np.zeros(len(truth)), by_chance
    chance_of_item -= by_chance
    kappa = (agreement - by_chance) / (1 - by_chance)
    influence = (is_correct - agreement) / (1 - by_chance)
    influence -= (1 - agreement) / (1 - by_chance) ** 2 * chance_of_item
    return kappa, influence, by_chance
