"""The scores of models that were trained on parts of the labels, for the learning curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.evaluation.predictions import pivot_predictions, select_model_rows
from stance.evaluation.scheme_scores import Score
from stance.evaluation.scores import score_shares
from stance.evaluation.splits import LEARNING_CURVE
from stance.labels.codebook import DIRECTIONS
from stance.metrics import f1

if TYPE_CHECKING:
    import pandas as pd

    from stance.metrics.intervals import Interval


@dataclass(frozen=True)
class LearningCurveScores:
    """Scores of models trained on `n` labels, on average over folds."""

    n: float
    accuracy: Score
    headline: Score


def score_learning_curve(
    oof: pd.DataFrame, stances: tuple[str, ...], directions: dict[str, str]
) -> tuple[tuple[LearningCurveScores, ...], Interval | None]:
    """Return the points of the learning curve and the interval of its last step; the last point is the whole folds.

    The main score is F_avg where there are directions, else macro F1.
    """
    curve_rows = select_model_rows(oof, LEARNING_CURVE)
    if not len(curve_rows):
        return (), None
    kfold_rows = select_model_rows(oof)
    whole_folds = kfold_rows[(kfold_rows["repeat"] == 0) & kfold_rows["fold"].isin(curve_rows["fold"])]
    points, predictions_by_point = [], []
    stances = DIRECTIONS if directions else stances
    for _, rows in [*curve_rows.groupby("repeat"), (0, whole_folds)]:
        predictions = pivot_predictions(rows.assign(repeat=0))
        scored = predictions.map_to_directions(directions) if directions else predictions
        predictions_by_point.append(scored)
        truth, predicted, weights, groups = scored.truth, scored.predicted, scored.weights, scored.groups
        correct_share = predictions.correct_share
        points.append(
            LearningCurveScores(
                n=float(rows.groupby("fold")["learnt"].first().mean()),
                accuracy=score_shares(correct_share, weights, groups),
                headline=Score(
                    f1.mean_f1(truth, predicted, weights, stances),
                    f1.mean_f1_interval(truth, predicted, weights, stances, groups=groups),
                ),
            )
        )
    before, after = predictions_by_point[-2:]
    gain = f1.mean_f1_difference_interval(
        after.truth, after.predicted, before.predicted, after.weights, stances, groups=after.groups
    )
    return tuple(points), gain
