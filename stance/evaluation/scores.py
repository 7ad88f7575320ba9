"""The table of out-of-fold predictions -> every score that is printed.

Each figure is a function of that table alone (`oof.csv` beside the model), so that anyone can recompute it:

- accuracy: the mean over labels, by their weight, of how often (over repeats) the label was answered. `cannot-tell` is
  wrong.
- macro F1: the mean over those stances that have a label of F1 = 2 TP / (2 TP + FP + FN), computed in each repeat and
  then averaged. A prediction of any other stance is a miss of the true one. F_avg: the same over favour and against.
- recall, precision, F1 and confusion of a stance: from counts over all repeats, divided by the number of repeats.
- schemes by article have an interval from five articles on: t over articles (`intervals.t_over_groups`).
- groups: the same after each stance, true and predicted, is replaced by its group.
- several targets: over the labels toward all of them together, and toward each; F_avg also as the mean over targets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance.evaluation.out_of_fold import CONTRAST_SET, LEARNING_CURVE
from stance.evaluation.predictions import pivot_predictions
from stance.evaluation.splits import STRATIFIED_KFOLD
from stance.evaluation.systems import EXAMPLES_ONLY, KEYWORDS, SYSTEMS
from stance.metrics import f1, intervals
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from stance.evaluation.predictions import SystemPredictions
    from stance.metrics.intervals import Interval

MIN_ARTICLES_FOR_INTERVAL = 5
"""Below this many articles nothing can be said about further articles."""


@dataclass(frozen=True)
class Score:
    """A figure and its interval, if one can be given."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class StanceScores:
    """How one stance fares: `hits` of `n` labels were found, a mean over repeats; of no label there is no recall."""

    stance: str
    n: int
    hits: float
    recall: Score | None
    precision: float | None
    f1: float | None


@dataclass(frozen=True)
class ArticleScores:
    """How many of the labels under one article were answered right when it was left out."""

    article_id: str
    n: int
    hits: float


@dataclass(frozen=True)
class SystemScores:
    """All figures of one system under one scheme; `confusion` has a row a true and a column a predicted stance."""

    system: str
    accuracy: Score
    macro_f1: Score
    f_avg: Score | None
    f_avg_of_targets: Score | None
    stances: tuple[StanceScores, ...]
    confusion: pd.DataFrame
    articles: tuple[ArticleScores, ...]


@dataclass(frozen=True)
class ScoreDifference:
    """By how much the model is ahead of another system on the same labels."""

    system: str
    accuracy: Score
    macro_f1: Score
    f_avg: Score | None


@dataclass(frozen=True)
class SchemeScores:
    """All figures of one scheme, toward one target or all; the last system is the model, the others its baselines."""

    scheme: str
    target: str | None
    n_folds: int
    n_repeats: int
    n: int
    systems: tuple[SystemScores, ...]
    differences: tuple[ScoreDifference, ...]

    @property
    def model(self) -> SystemScores:
        """The figures of the model."""
        return self.systems[-1]


def compute_scores(
    oof: pd.DataFrame, stances: Sequence[str], groups: Mapping[str, str] | None = None
) -> tuple[SchemeScores, ...]:
    """Compute every score from an out-of-fold table.

    Parameters
    ----------
    oof
        A table as `train` writes it beside the model; `answers.read_oof` reads it.
    stances
        The stances in the order to list them in.
    groups
        The group of each stance, to compute the figures of groups instead.
    """
    if groups:
        grouped = {**groups, CANNOT_TELL: CANNOT_TELL}
        oof = oof.assign(stance=oof["stance"].map(grouped), predicted=oof["predicted"].map(grouped))
        stances = list(dict.fromkeys(groups.values()))
    found = []
    for scheme, rows in oof[oof["scheme"] != LEARNING_CURVE].groupby("scheme", sort=False):
        folds = len(rows["fold"].unique())
        found.append(_score_scheme(str(scheme), None, rows, stances, folds))
        if len(rows["target"].unique()) > 1:
            toward = rows.groupby("target", sort=False)
            found += [_score_scheme(str(scheme), str(target), part, stances, folds) for target, part in toward]
    return tuple(found)


@dataclass(frozen=True, eq=False)
class _ScoringOptions:
    """What the figures of all systems under one scheme have in common."""

    stances: tuple[str, ...]
    sides: tuple[str, ...]
    by_article: bool
    n_folds: int | None

    def n_folds_of(self, system: str) -> int | None:
        """Give from how many folds a system learnt; None if from no label."""
        return None if system in {EXAMPLES_ONLY, KEYWORDS} else self.n_folds


def _score_scheme(
    scheme: str, target: str | None, rows: pd.DataFrame, stances: Sequence[str], n_folds: int
) -> SchemeScores:
    parts = {str(system): pivot_predictions(part) for system, part in rows.groupby("system")}
    known = [*(system for system in SYSTEMS if system in parts), *(system for system in parts if system not in SYSTEMS)]
    *baselines, model = known
    setting = _ScoringOptions(
        stances=tuple(stances),
        sides=f1.find_f_avg_stances(stances) if any(rows["target"]) else (),
        by_article=scheme not in {STRATIFIED_KFOLD, CONTRAST_SET},
        n_folds=None if scheme == CONTRAST_SET else n_folds,
    )
    return SchemeScores(
        scheme=scheme,
        target=target,
        n_folds=n_folds,
        n_repeats=int(rows["repeat"].nunique()),
        n=len(parts[model].truth),
        systems=tuple(_score_system(system, parts[system], setting) for system in known),
        differences=tuple(_score_difference(system, parts[model], parts[system], setting) for system in baselines),
    )


def _score_system(system: str, predictions: SystemPredictions, options: _ScoringOptions) -> SystemScores:
    return SystemScores(
        system=system,
        accuracy=_score_accuracy(predictions, options, system),
        macro_f1=_score_mean_f1(predictions, options, system, options.stances),
        f_avg=_score_mean_f1(predictions, options, system, options.sides)
        if _has_labels(predictions, options.sides)
        else None,
        f_avg_of_targets=_score_f_avg_of_targets(predictions, options, system),
        stances=tuple(_score_stance(stance, predictions, options, system) for stance in options.stances),
        confusion=_compute_confusion(predictions, options.stances),
        articles=_score_articles(predictions) if options.by_article else (),
    )


def _has_labels(predictions: SystemPredictions, stances: Sequence[str]) -> bool:
    return bool(np.isin(predictions.truth, list(stances)).any())


def _score_accuracy(predictions: SystemPredictions, options: _ScoringOptions, system: str) -> Score:
    value = float(np.average(predictions.correct_share, weights=predictions.weights))
    if not options.by_article:
        return Score(value, intervals.accuracy_interval(value, predictions.effective_size, options.n_folds_of(system)))
    return Score(value, _compute_interval_over_articles(predictions.correct_share, predictions))


def _score_mean_f1(
    predictions: SystemPredictions, options: _ScoringOptions, system: str, stances: Sequence[str]
) -> Score:
    value = f1.mean_f1(predictions.truth, predictions.predicted, predictions.weights, stances)
    if options.by_article:
        return Score(value, None)
    folds = options.n_folds_of(system)
    return Score(
        value, f1.mean_f1_interval(predictions.truth, predictions.predicted, folds, predictions.weights, stances)
    )


def _score_f_avg_of_targets(predictions: SystemPredictions, options: _ScoringOptions, system: str) -> Score | None:
    """Average F_avg over targets, each alike; which is the mean F1 of the stances toward each, taken apart."""
    apart = [f"{side}\t{target}" for target in dict.fromkeys(predictions.targets) for side in options.sides]
    toward = np.array([f"\t{target}" for target in predictions.targets], dtype=object)
    split = replace(predictions, truth=predictions.truth + toward, predicted=predictions.predicted + toward[:, None])
    if len(apart) <= len(options.sides) or not _has_labels(split, apart):
        return None
    return _score_mean_f1(split, options, system, apart)


def _compute_interval_over_articles(values: NDArray[np.float64], predictions: SystemPredictions) -> Interval | None:
    table = (
        pd.DataFrame({"total": values * predictions.weights, "size": predictions.weights})
        .groupby(predictions.articles)
        .sum()
    )
    if len(table) < MIN_ARTICLES_FOR_INTERVAL:
        return None
    return intervals.grouped_mean_interval(table["total"].to_list(), table["size"].to_list())


def _score_difference(
    system: str, model: SystemPredictions, baseline: SystemPredictions, options: _ScoringOptions
) -> ScoreDifference:
    gain = model.correct_share - baseline.correct_share
    value = float(np.average(gain, weights=model.weights))
    if options.by_article:
        interval = _compute_interval_over_articles(gain, model)
    else:
        model_right, other_right = (each.predicted == each.truth[:, None] for each in (model, baseline))
        share = model.weights / model.weights.sum()
        only_model = float(share @ (model_right & ~other_right).mean(axis=1))
        only_other = float(share @ (other_right & ~model_right).mean(axis=1))
        interval = intervals.accuracy_difference_interval(only_model, only_other, model.effective_size, options.n_folds)

    def ahead(stances: Sequence[str]) -> Score:
        first, second = (f1.mean_f1(each.truth, each.predicted, each.weights, stances) for each in (model, baseline))
        if options.by_article:
            return Score(first - second, None)
        compared = (model.truth, model.predicted, baseline.predicted, options.n_folds, model.weights, stances)
        return Score(first - second, f1.mean_f1_difference_interval(*compared))

    return ScoreDifference(
        system=system,
        accuracy=Score(value, interval),
        macro_f1=ahead(options.stances),
        f_avg=ahead(options.sides) if _has_labels(model, options.sides) else None,
    )


def _score_stance(stance: str, predictions: SystemPredictions, options: _ScoringOptions, system: str) -> StanceScores:
    true = predictions.truth == stance
    n, repeats = int(true.sum()), predictions.predicted.shape[1]
    answered = predictions.predicted == stance
    if not n:
        return StanceScores(stance, 0, 0.0, None, None, None)
    hits = float((answered & true[:, None]).sum()) / repeats
    weight = predictions.weights[:, None] / repeats
    weighed, all_answered = float((weight * (answered & true[:, None])).sum()), float((weight * answered).sum())
    of_stance = predictions.weights[true]
    recall = weighed / float(of_stance.sum())
    interval = None
    if not options.by_article:
        interval = intervals.recall_interval(
            recall, intervals.effective_sample_size(of_stance), options.n_folds_of(system)
        )
    return StanceScores(
        stance=stance,
        n=n,
        hits=hits,
        recall=Score(recall, interval),
        precision=weighed / all_answered if all_answered else None,
        f1=2 * weighed / (all_answered + float(of_stance.sum())),
    )


def _compute_confusion(predictions: SystemPredictions, stances: Sequence[str]) -> pd.DataFrame:
    repeats = predictions.predicted.shape[1]
    counts = pd.crosstab(np.repeat(predictions.truth, repeats), predictions.predicted.ravel()) / repeats
    columns = [*stances, *([CANNOT_TELL] if CANNOT_TELL in counts.columns else [])]
    rows = [stance for stance in stances if stance in counts.index]
    matrix: pd.DataFrame = counts.reindex(index=rows, columns=columns, fill_value=0.0)
    return matrix.rename_axis(index="stance", columns="predicted")


def _score_articles(predictions: SystemPredictions) -> tuple[ArticleScores, ...]:
    right = pd.Series(predictions.correct_share).groupby(predictions.articles, sort=False)
    return tuple(ArticleScores(str(article), len(part), float(part.sum())) for article, part in right)
