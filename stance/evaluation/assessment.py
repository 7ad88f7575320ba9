"""Compute everything that is reported about how good a model is, from its out-of-fold predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.evaluation import label_issues, scores, splits
from stance.evaluation.calibration_report import compute_calibration_report
from stance.evaluation.decision_report import compare_decision_rules
from stance.evaluation.learning_curve_scores import LearningCurveScores, score_learning_curve
from stance.evaluation.predictions import pivot_predictions, select_model_rows
from stance.evaluation.scheme_scores import Score
from stance.evaluation.scores import score_shares
from stance.labels import comparisons
from stance.metrics import f1
from stance.metrics.intervals import Interval
from stance.models.top_terms import find_top_terms

if TYPE_CHECKING:
    from collections import Counter

    import pandas as pd
    from numpy.typing import NDArray

    from stance.evaluation.calibration_report import CalibrationReport
    from stance.evaluation.divided_groups import DividedGroups
    from stance.evaluation.evaluation_task import EvaluationTask
    from stance.evaluation.label_groups import LabelGroups
    from stance.evaluation.out_of_fold import OutOfFoldPredictions
    from stance.evaluation.scheme_scores import SchemeScores
    from stance.labels.codebook import Codebook
    from stance.labels.comparisons import AgreementResults, AnnotatorComparison
    from stance.models.top_terms import TopTerms

MACRO_F1, F_AVG = "macro_f1", "f_avg"


@dataclass(frozen=True)
class LabelCounts:
    """The numbers of labels; tested are those of comments that no model selected."""

    by_stance: dict[str, int]
    tested_by_stance: dict[str, int]
    by_target: dict[str, dict[str, int]]
    n_tested: int
    n_articles: int
    n_without_article: int
    is_weighted: bool

    @property
    def n(self) -> int:
        """The number of all labels."""
        return sum(self.by_stance.values())


@dataclass(frozen=True)
class AnnotatorPairScores:
    """How far two annotators who labelled the same `n` comments agree, as the scores of a model are computed."""

    first: str
    second: str
    n: int
    accuracy: Score
    macro_f1: Score
    kappa: Score | None
    alpha: Score | None


@dataclass(frozen=True)
class SecondaryStanceScores:
    """Accuracy where secondary stances count as correct, and the share of comments in which each stance is present."""

    n: int
    accuracy: Score
    presence: dict[str, Score]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything that is reported about how good a model is, except the notes.

    `headline` names the main score. `decision_comparison` compares the decision rule to the most probable stance; it is
    None where that is the rule in all folds.
    """

    label_counts: LabelCounts
    label_groups: LabelGroups
    divided_groups: DividedGroups | None
    article_titles: dict[str, str]
    headline: str
    schemes: tuple[SchemeScores, ...]
    group_schemes: tuple[SchemeScores, ...]
    agreement: AgreementResults
    annotator_pairs: tuple[AnnotatorPairScores, ...]
    calibration_report: CalibrationReport
    decision_comparison: SchemeScores | None
    learning_curve: tuple[LearningCurveScores, ...]
    last_step_gain: Interval | None
    second_stances: SecondaryStanceScores | None
    suspect_labels: pd.DataFrame
    misclassified: pd.DataFrame
    top_terms: tuple[TopTerms, ...]
    example_weights: tuple[float, ...]
    rules_in_folds: Counter[str]

    @property
    def main_scheme(self) -> SchemeScores:
        """The scores by repeated k-fold, over all targets."""
        return next(scheme for scheme in self.schemes if scheme.scheme == splits.STRATIFIED_KFOLD)

    @property
    def is_skill_shown(self) -> bool:
        """Whether the labels show that the model is better than one that ignores the texts."""
        interval = self.main_scheme.model.skill.interval
        return interval is not None and interval.low > 0

    @property
    def macro_f1(self) -> float:
        """The cross-validated macro F1 of the model."""
        return self.main_scheme.model.macro_f1.value


def evaluate_predictions(
    task: EvaluationTask, predictions: OutOfFoldPredictions, label_rows: pd.DataFrame
) -> Evaluation:
    """Compute everything that is reported about a model.

    Parameters
    ----------
    task
        What was evaluated.
    predictions
        The out-of-fold predictions and the model.
    label_rows
        The labels of all annotators before they were resolved, to compare annotators.
    """
    oof, names, groups = predictions.table, task.codebook.stance_names, task.codebook.groups
    directions = task.codebook.directions
    headline_directions = find_headline_directions(task.codebook, task.labels)
    curve, last_step_gain = score_learning_curve(oof, names, headline_directions)
    agreement = comparisons.compare_annotators(label_rows, names)
    return Evaluation(
        label_counts=_count_labels(task),
        label_groups=predictions.label_groups,
        divided_groups=predictions.divided_groups,
        article_titles=_find_article_titles(task.labels),
        headline=F_AVG if headline_directions else MACRO_F1,
        schemes=scores.compute_scores(oof, names, directions=directions),
        group_schemes=scores.compute_scores(oof, names, groups, task.codebook.group_directions) if groups else (),
        agreement=agreement,
        annotator_pairs=tuple(map(_score_annotator_pair, agreement.pairs)),
        calibration_report=compute_calibration_report(oof, names),
        decision_comparison=compare_decision_rules(oof, names, directions) if predictions.uses_multipliers else None,
        learning_curve=curve,
        last_step_gain=last_step_gain,
        second_stances=_score_second_stances(oof, names),
        suspect_labels=label_issues.rank_suspect_labels(oof, task.labels),
        misclassified=label_issues.find_misclassified(oof, task.labels),
        top_terms=find_top_terms(predictions.fitted_procedure.model),
        example_weights=predictions.example_weights,
        rules_in_folds=predictions.rules_in_folds,
    )


def find_headline_directions(codebook: Codebook, labels: pd.DataFrame) -> dict[str, str]:
    """Return the directions of stances if F_avg is the main score: labels name their targets; else an empty dict."""
    return codebook.directions if any(labels["target"]) else {}


def _count_labels(task: EvaluationTask) -> LabelCounts:
    labels, names = task.labels, task.codebook.stance_names
    tested = labels[labels["sampled"].isin(splits.TEST_SAMPLING_METHODS)]
    by_target = labels.groupby("target")
    return LabelCounts(
        by_stance=_count_stances(labels, names),
        tested_by_stance=_count_stances(tested, names),
        by_target={str(target): _count_stances(part, names) for target, part in by_target if target},
        n_tested=len(tested),
        n_articles=len(set(labels["article_id"]) - {""}),
        n_without_article=int((tested["article_id"] == "").sum()),
        is_weighted=bool(np.ptp(splits.compute_test_weights(labels)) > 0),
    )


def _find_article_titles(labels: pd.DataFrame) -> dict[str, str]:
    """Return the title of each article, the first one if its comments name several; none where it is not known."""
    named = labels.loc[(labels["article_id"] != "") & (labels["article_title"] != ""), ["article_id", "article_title"]]
    return dict(named.drop_duplicates("article_id").itertuples(index=False, name=None))


def _count_stances(labels: pd.DataFrame, names: tuple[str, ...]) -> dict[str, int]:
    return {name: int((labels["stance"] == name).sum()) for name in names}


def _score_annotator_pair(comparison: AnnotatorComparison) -> AnnotatorPairScores:
    agreement = comparison.agreement
    first, second = comparison.annotators
    return AnnotatorPairScores(
        first,
        second,
        agreement.n_items,
        Score(agreement.observed.value, agreement.observed.interval),
        _compute_symmetric_f1(comparison.items[first].to_numpy(object), comparison.items[second].to_numpy(object)),
        Score(agreement.kappa.value, agreement.kappa.interval) if agreement.kappa else None,
        Score(agreement.alpha.value, agreement.alpha.interval) if agreement.alpha else None,
    )


def _compute_symmetric_f1(first: NDArray[np.object_], second: NDArray[np.object_]) -> Score:
    """Return the macro F1 of two annotators, which is the same whichever of them is taken as the truth.

    The mean of F1 = 2 both / (first + second) is over the stances that either annotator gave; that of a model is over
    the stances in the truth.
    """
    stances = sorted({*first, *second})
    f1_scores = []
    for stance in stances:
        by_first, by_second = first == stance, second == stance
        f1_scores.append(2 * (by_first & by_second).sum() / (by_first.sum() + by_second.sum()))
    both_ways = [
        f1.mean_f1_interval(truth, predicted[:, None], stances=stances, variance_factor=1)
        for truth, predicted in ((first, second), (second, first))
    ]
    low, high = min(interval.low for interval in both_ways), max(interval.high for interval in both_ways)
    return Score(float(np.mean(f1_scores)), Interval(low, high))


def _score_second_stances(oof: pd.DataFrame, stances: tuple[str, ...]) -> SecondaryStanceScores | None:
    rows = select_model_rows(oof)
    if not any(rows["also"]):
        return None
    predictions = pivot_predictions(rows)
    labels = rows.drop_duplicates(["comment_id", "target"]).sort_values(["comment_id", "target"])
    truth, also = labels["stance"].to_list(), labels["also"].to_list()
    correct_share = label_issues.matches_any_stance(truth, also, predictions.predicted).mean(axis=1)
    weights, groups = predictions.weights, predictions.groups
    presence = {
        stance: score_shares(
            label_issues.is_stance_present(truth, also, stance).astype(np.float64), weights, groups, variance_factor=1
        )
        for stance in stances
    }
    return SecondaryStanceScores(
        n=int((labels["also"] != "").sum()),
        accuracy=score_shares(correct_share, weights, groups),
        presence=presence,
    )
