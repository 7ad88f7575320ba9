"""Out-of-fold predictions and a model -> all that can be said about how good the model is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.evaluation import label_issues, scores, splits
from stance.evaluation.calibration_report import compute_calibration_report
from stance.evaluation.decision_report import compare_decision_rules
from stance.evaluation.out_of_fold import LEARNING_CURVE
from stance.evaluation.predictions import pivot_predictions, select_model_rows
from stance.evaluation.scores import Score
from stance.labels import comparisons
from stance.metrics import f1, intervals
from stance.metrics.intervals import Interval
from stance.models.decision_rule import DecisionMode
from stance.models.top_terms import find_top_terms

if TYPE_CHECKING:
    from collections import Counter

    import pandas as pd
    from numpy.typing import NDArray

    from stance.evaluation.calibration_report import CalibrationReport
    from stance.evaluation.out_of_fold import EvaluationTask, OutOfFoldPredictions
    from stance.evaluation.scores import SchemeScores
    from stance.labels.comparisons import AnnotatorComparison
    from stance.models.top_terms import TopTerms

MACRO_F1, F_AVG = "macro_f1", "f_avg"


@dataclass(frozen=True)
class LabelCounts:
    """How many labels there are: of each stance, all and tested; toward each target; tested, without an article."""

    by_stance: dict[str, int]
    tested_by_stance: dict[str, int]
    by_target: dict[str, dict[str, int]]
    n_tested: int
    n_articles: int
    n_without_article: int
    is_weighted: bool

    @property
    def n(self) -> int:
        """How many there are."""
        return sum(self.by_stance.values())


@dataclass(frozen=True)
class AnnotatorPairScores:
    """What two annotators who labelled the same comments reach against each other."""

    first: str
    second: str
    n: int
    accuracy: Score
    macro_f1: Score
    kappa: Score | None


@dataclass(frozen=True)
class LearningCurveScores:
    """How good models of fewer labels are: `n` of them on average over folds."""

    n: float
    accuracy: Score
    headline: Score


@dataclass(frozen=True)
class SecondStanceScores:
    """What further stances change: accuracy if they count as right, and how often each stance is present at all."""

    n: int
    accuracy: Score
    presence: dict[str, Score]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All that can be said about how good a model is, but for the sentences.

    `decision_comparison` sets the rule of decision beside the most probable stance; None where that is the rule in all
    folds.
    """

    label_counts: LabelCounts
    headline: str
    schemes: tuple[SchemeScores, ...]
    group_schemes: tuple[SchemeScores, ...]
    annotator_pairs: tuple[AnnotatorPairScores, ...]
    calibration_report: CalibrationReport
    decision_comparison: SchemeScores | None
    learning_curve: tuple[LearningCurveScores, ...]
    last_step_gain: Interval | None
    second_stances: SecondStanceScores | None
    suspect_labels: pd.DataFrame
    misclassified: pd.DataFrame
    top_terms: tuple[TopTerms, ...]
    chosen_in_folds: dict[str, Counter[str]]

    @property
    def main_scheme(self) -> SchemeScores:
        """The figures of repeated k-fold, over all targets."""
        return next(each for each in self.schemes if each.scheme == splits.STRATIFIED_KFOLD)

    @property
    def macro_f1(self) -> float:
        """The cross-validated macro F1 of the model."""
        return self.main_scheme.model.macro_f1.value


def evaluate_predictions(
    task: EvaluationTask, predictions: OutOfFoldPredictions, label_rows: pd.DataFrame
) -> Evaluation:
    """Compute all figures.

    Parameters
    ----------
    task
        What was evaluated.
    predictions
        The out-of-fold predictions and the model.
    label_rows
        The labels before they were settled, for what annotators reach against each other.
    """
    oof, names, groups = predictions.table, task.codebook.stance_names, task.codebook.groups
    sides = f1.find_f_avg_stances(names) if any(task.targets) else ()
    points, gain = _score_learning_curve(oof, sides or names)
    return Evaluation(
        label_counts=_count_labels(task),
        headline=F_AVG if sides else MACRO_F1,
        schemes=scores.compute_scores(oof, names),
        group_schemes=scores.compute_scores(oof, names, groups) if groups else (),
        annotator_pairs=tuple(_score_annotator_pair(pair) for pair in comparisons.compare_pairs(label_rows, names)),
        calibration_report=compute_calibration_report(oof, names),
        decision_comparison=compare_decision_rules(oof, names) if _uses_multipliers(task, predictions) else None,
        learning_curve=points,
        last_step_gain=gain,
        second_stances=_score_second_stances(oof, names),
        suspect_labels=label_issues.rank_suspect_labels(oof, task.labels),
        misclassified=label_issues.find_misclassified(oof, task.labels),
        top_terms=find_top_terms(predictions.fitted_procedure.model),
        chosen_in_folds=predictions.chosen_in_folds,
    )


def _uses_multipliers(task: EvaluationTask, predictions: OutOfFoldPredictions) -> bool:
    return (
        not predictions.fitted_procedure.search_result.skip_reason and task.plan.decision_mode is DecisionMode.MATCHED
    )


def _count_labels(task: EvaluationTask) -> LabelCounts:
    labels, names = task.labels, task.codebook.stance_names
    of_stance = labels["stance"].value_counts()
    tested = labels[labels["sampled"].isin(splits.TEST_SAMPLING_METHODS)]
    by_target = {
        str(target): {name: int((part["stance"] == name).sum()) for name in names}
        for target, part in labels.groupby("target", sort=False)
        if target
    }
    return LabelCounts(
        by_stance={name: int(of_stance.get(name, 0)) for name in names},
        tested_by_stance={name: int((tested["stance"] == name).sum()) for name in names},
        by_target=by_target,
        n_tested=len(tested),
        n_articles=len(set(labels["article_id"]) - {""}),
        n_without_article=int((tested["article_id"] == "").sum()),
        is_weighted=bool(np.ptp(splits.compute_test_weights(labels)) > 0),
    )


def _score_annotator_pair(comparison: AnnotatorComparison) -> AnnotatorPairScores:
    found = comparison.agreement
    first, second = comparison.annotators
    return AnnotatorPairScores(
        first,
        second,
        found.n_items,
        Score(found.observed.value, found.observed.interval),
        _compute_symmetric_f1(comparison.items[first].to_numpy(object), comparison.items[second].to_numpy(object)),
        Score(found.kappa.value, found.kappa.interval) if found.kappa else None,
    )


def _compute_symmetric_f1(first: NDArray[np.object_], second: NDArray[np.object_]) -> Score:
    """Score two annotators against each other, whichever of them is taken for the truth.

    The mean of F1 = 2 both / (first + second) is over the stances that either gave to an item; a machine's is over
    those that the truth holds.
    """
    stances = sorted({*first, *second})
    scores = [
        2 * ((first == each) & (second == each)).sum() / ((first == each).sum() + (second == each).sum())
        for each in stances
    ]
    ends = [
        f1.mean_f1_interval(truth, answers[:, None], None, stances=stances)
        for truth, answers in ((first, second), (second, first))
    ]
    return Score(float(np.mean(scores)), Interval(min(each.low for each in ends), max(each.high for each in ends)))


def _score_learning_curve(
    oof: pd.DataFrame, stances: tuple[str, ...]
) -> tuple[tuple[LearningCurveScores, ...], Interval | None]:
    """Give the points, the last of all that the folds had to learn from, and the interval of the last step's gain."""
    parts = select_model_rows(oof, LEARNING_CURVE)
    if not len(parts):
        return (), None
    whole = select_model_rows(oof)
    last = whole[(whole["repeat"] == 0) & whole["fold"].isin(parts["fold"])]
    points, answered = [], []
    folds = int(whole["fold"].nunique())
    for _, rows in [*parts.groupby("repeat"), (0, last)]:
        given = pivot_predictions(rows.assign(repeat=0))
        answered.append(given)
        accuracy = float(np.average(given.correct_share, weights=given.weights))
        points.append(
            LearningCurveScores(
                n=float(rows.groupby("fold")["learnt"].first().mean()),
                accuracy=Score(accuracy, intervals.accuracy_interval(accuracy, given.effective_size, folds)),
                headline=Score(
                    f1.mean_f1(given.truth, given.predicted, given.weights, stances),
                    f1.mean_f1_interval(given.truth, given.predicted, folds, given.weights, stances),
                ),
            )
        )
    before, after = answered[-2:]
    compared = (after.truth, after.predicted, before.predicted, folds, after.weights, stances)
    return tuple(points), f1.mean_f1_difference_interval(*compared)


def _score_second_stances(oof: pd.DataFrame, stances: tuple[str, ...]) -> SecondStanceScores | None:
    rows = select_model_rows(oof)
    if not any(rows["also"]):
        return None
    given = pivot_predictions(rows)
    first = rows.drop_duplicates(["comment_id", "target"]).sort_values(["comment_id", "target"])
    truth, also = first["stance"].to_list(), first["also"].to_list()
    right = label_issues.matches_any_stance(truth, also, given.predicted).mean(axis=1)
    accuracy = float(np.average(right, weights=given.weights))
    present = {}
    for each in label_issues.count_stance_presence(truth, also, stances, given.weights):
        share = each.n_present / each.n
        present[each.stance] = Score(
            share, intervals.wilson_interval(share * given.effective_size, given.effective_size)
        )
    interval = intervals.accuracy_interval(accuracy, given.effective_size, int(rows["fold"].nunique()))
    return SecondStanceScores(n=int((first["also"] != "").sum()), accuracy=Score(accuracy, interval), presence=present)
