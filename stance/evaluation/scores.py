"""Compute every reported score from the table of out-of-fold predictions.

Each score is a function of that table alone (`oof.csv` beside the model), so anyone can recompute it;
docs/reference/metrics.md defines each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance.evaluation.closed_test import CLOSED_TEST
from stance.evaluation.predictions import count_confusions, pivot_predictions
from stance.evaluation.scheme_scores import (
    ArticleScores,
    SchemeScores,
    Score,
    ScoreDifference,
    StanceScores,
    SystemScores,
)
from stance.evaluation.splits import CONTRAST_SET, LEARNING_CURVE, STRATIFIED_KFOLD
from stance.evaluation.systems import EXAMPLES_ONLY, KEYWORDS, SYSTEMS
from stance.labels.codebook import DIRECTIONS
from stance.metrics import f1, score_intervals, skill
from stance.metrics.score_intervals import TRAINING_FACTOR, procedure_variance_factor
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from stance.evaluation.predictions import SystemPredictions
    from stance.metrics.intervals import Interval

MIN_ARTICLES_FOR_INTERVAL = 5
"""With fewer articles than this nothing can be said about other articles."""


def compute_scores(
    oof: pd.DataFrame,
    stances: Sequence[str],
    groups: Mapping[str, str] | None = None,
    directions: Mapping[str, str] | None = None,
) -> tuple[SchemeScores, ...]:
    """Compute every score from an out-of-fold table.

    Parameters
    ----------
    oof
        The out-of-fold table that `stance train` writes beside the model; `predictions.read_oof` reads it.
    stances
        The stances in the order to list them in.
    groups
        The group of each stance, to compute the scores of groups instead.
    directions
        The direction of each stance (or group) that has one, as in `Codebook`; without, F_avg is not computed.

    Examples
    --------
    >>> from stance.evaluation.predictions import read_oof
    >>> oof = read_oof("models/oof.csv")  # doctest: +SKIP
    >>> compute_scores(oof, ["for", "against"])[0].model.macro_f1  # doctest: +SKIP
    """
    if groups:
        group_of = {**groups, CANNOT_TELL: CANNOT_TELL}
        oof = oof.assign(stance=oof["stance"].map(group_of), predicted=oof["predicted"].map(group_of))
        stances = list(dict.fromkeys(groups.values()))
    scores = []
    for scheme, rows in oof[oof["scheme"] != LEARNING_CURVE].groupby("scheme", sort=False):
        n_folds = len(rows["fold"].unique())
        options = _ScoringOptions(
            stances=tuple(stances),
            directions=directions or {},
            by_article=scheme not in {STRATIFIED_KFOLD, CONTRAST_SET, CLOSED_TEST},
            n_folds=None if scheme in {CONTRAST_SET, CLOSED_TEST} else n_folds,
        )
        parts: list[tuple[str | None, pd.DataFrame]] = [(None, rows)]
        if len(rows["target"].unique()) > 1:
            parts += [(str(target), part) for target, part in rows.groupby("target")]
        scores += [_score_scheme(str(scheme), *part, n_folds, options) for part in parts]
    return tuple(scores)


def score_shares(
    correct_share: NDArray[np.float64],
    weights: NDArray[np.float64],
    groups: NDArray[np.int64],
    *,
    variance_factor: float = TRAINING_FACTOR,
) -> Score:
    """Return the weighted mean of shares with its interval, for items in groups."""
    interval = score_intervals.accuracy_interval(correct_share, weights, groups, variance_factor=variance_factor)
    return Score(float(np.average(correct_share, weights=weights)), interval)


@dataclass(frozen=True, eq=False)
class _ScoringOptions:
    """What the scores of all systems under one scheme have in common."""

    stances: tuple[str, ...]
    directions: Mapping[str, str]
    by_article: bool
    n_folds: int | None

    def variance_factor(self, system: str) -> float:
        """Return the variance of the scores of a system relative to that of a fixed one; 1 if it is fixed."""
        return TRAINING_FACTOR if self._is_trained(system) else 1.0

    def procedure_factor(self, system: str) -> float | None:
        """Return the same around the expected score of training on other labels; None for a fixed system."""
        return procedure_variance_factor(self.n_folds) if self.n_folds and self._is_trained(system) else None

    def _is_trained(self, system: str) -> bool:
        return self.n_folds is not None and system not in {EXAMPLES_ONLY, KEYWORDS}


def _score_scheme(
    scheme: str, target: str | None, rows: pd.DataFrame, n_folds: int, options: _ScoringOptions
) -> SchemeScores:
    predictions = {str(system): pivot_predictions(part) for system, part in rows.groupby("system")}
    *baselines, model = sorted(predictions, key=lambda name: SYSTEMS.index(name) if name in SYSTEMS else len(SYSTEMS))
    return SchemeScores(
        scheme=scheme,
        target=target,
        n_folds=n_folds,
        n_repeats=int(rows["repeat"].nunique()),
        n=len(predictions[model].truth),
        systems=tuple(_score_system(system, predictions[system], options) for system in (*baselines, model)),
        differences=tuple(
            _score_difference(system, predictions[model], predictions[system], options) for system in baselines
        ),
    )


def _score_system(system: str, predictions: SystemPredictions, options: _ScoringOptions) -> SystemScores:
    by_direction = predictions.map_to_directions(options.directions)
    f_avg = None
    if _has_labels(by_direction, DIRECTIONS):
        f_avg = _score_mean_f1(by_direction, options, system, DIRECTIONS)
    return SystemScores(
        system=system,
        accuracy=_score_accuracy(predictions, options, system),
        skill=_score_skill(predictions, options, system),
        macro_f1=_score_mean_f1(predictions, options, system, options.stances),
        f_avg=f_avg,
        f_avg_of_targets=_score_f_avg_of_targets(by_direction, options, system),
        stances=tuple(_score_stance(stance, predictions, options, system) for stance in options.stances),
        confusion=count_confusions(predictions, options.stances),
        articles=_score_articles(predictions) if options.by_article else (),
    )


def _has_labels(predictions: SystemPredictions, stances: Sequence[str]) -> bool:
    return bool(np.isin(predictions.truth, list(stances)).any())


def _score_accuracy(predictions: SystemPredictions, options: _ScoringOptions, system: str) -> Score:
    value = float(np.average(predictions.correct_share, weights=predictions.weights))
    if options.by_article:
        return Score(value, _compute_interval_over_articles(predictions.correct_share, predictions))

    def compute_interval(factor: float) -> Interval:
        correct, weights, groups = predictions.correct_share, predictions.weights, predictions.groups
        return score_intervals.accuracy_interval(correct, weights, groups, variance_factor=factor)

    return _add_intervals(value, compute_interval, options, system)


def _score_skill(predictions: SystemPredictions, options: _ScoringOptions, system: str) -> Score:
    groups = predictions.groups
    if options.by_article:
        groups = np.unique(predictions.articles, return_inverse=True)[1]
    estimate = skill.measure_skill(
        predictions.truth,
        predictions.predicted,
        predictions.targets,
        predictions.weights,
        groups,
        variance_factor=options.variance_factor(system),
    )
    has_interval = not options.by_article or len(np.unique(groups)) >= MIN_ARTICLES_FOR_INTERVAL
    return Score(estimate.value, estimate.interval if has_interval else None)


def _add_intervals(
    value: float, compute_interval: Callable[[float], Interval], options: _ScoringOptions, system: str
) -> Score:
    """Return a score with its interval and that of the expected score, given a function of the variance factor."""
    procedure_factor = options.procedure_factor(system)
    expected = None if procedure_factor is None else compute_interval(procedure_factor)
    return Score(value, compute_interval(options.variance_factor(system)), expected)


def _score_mean_f1(
    predictions: SystemPredictions, options: _ScoringOptions, system: str, stances: Sequence[str]
) -> Score:
    truth, predicted, weights = predictions.truth, predictions.predicted, predictions.weights
    value = f1.mean_f1(truth, predicted, weights, stances)
    if options.by_article:
        return Score(value, None)

    def compute_interval(factor: float) -> Interval:
        groups = predictions.groups
        return f1.mean_f1_interval(truth, predicted, weights, stances, groups=groups, variance_factor=factor)

    return _add_intervals(value, compute_interval, options, system)


def _score_f_avg_of_targets(predictions: SystemPredictions, options: _ScoringOptions, system: str) -> Score | None:
    """Average F_avg over targets: the mean F1 treating each pair of direction and target as a class."""
    targets = sorted(set(predictions.targets))
    stances = [f"{stance}\t{target}" for target in targets for stance in DIRECTIONS]
    suffix = np.array([f"\t{target}" for target in predictions.targets], dtype=object)
    truth, predicted = predictions.truth + suffix, predictions.predicted + suffix[:, None]
    by_target = replace(predictions, truth=truth, predicted=predicted)
    if len(targets) == 1 or not _has_labels(by_target, stances):
        return None
    return _score_mean_f1(by_target, options, system, stances)


def _compute_interval_over_articles(values: NDArray[np.float64], predictions: SystemPredictions) -> Interval | None:
    articles, codes = np.unique(predictions.articles, return_inverse=True)
    if len(articles) < MIN_ARTICLES_FOR_INTERVAL:
        return None
    return score_intervals.new_groups_interval(values, predictions.weights, codes)


def _score_difference(
    system: str, model: SystemPredictions, baseline: SystemPredictions, options: _ScoringOptions
) -> ScoreDifference:
    gain = model.correct_share - baseline.correct_share
    factor = 1.0 if options.n_folds is None else TRAINING_FACTOR
    if options.by_article:
        interval = _compute_interval_over_articles(gain, model)
    else:
        interval = score_intervals.accuracy_difference_interval(
            model.is_correct, baseline.is_correct, model.weights, model.groups, variance_factor=factor
        )

    def score_f1_difference(first: SystemPredictions, second: SystemPredictions, stances: Sequence[str]) -> Score:
        model_f1 = f1.mean_f1(first.truth, first.predicted, first.weights, stances)
        baseline_f1 = f1.mean_f1(second.truth, second.predicted, second.weights, stances)
        if options.by_article:
            return Score(model_f1 - baseline_f1, None)
        compared = (first.truth, first.predicted, second.predicted, first.weights, stances)
        interval = f1.mean_f1_difference_interval(*compared, groups=first.groups, variance_factor=factor)
        return Score(model_f1 - baseline_f1, interval)

    sides = [side.map_to_directions(options.directions) for side in (model, baseline)]
    f_avg = score_f1_difference(sides[0], sides[1], DIRECTIONS) if _has_labels(sides[0], DIRECTIONS) else None
    return ScoreDifference(
        system=system,
        accuracy=Score(float(np.average(gain, weights=model.weights)), interval),
        macro_f1=score_f1_difference(model, baseline, options.stances),
        f_avg=f_avg,
    )


def _score_stance(stance: str, predictions: SystemPredictions, options: _ScoringOptions, system: str) -> StanceScores:
    is_stance, is_predicted = predictions.truth == stance, predictions.predicted == stance
    n, n_repeats = int(is_stance.sum()), predictions.predicted.shape[1]
    if not n:
        return StanceScores(stance, 0, 0.0, None, None, None)
    is_hit = is_predicted & is_stance[:, None]
    weights = predictions.weights[:, None] / n_repeats
    hit_weight, predicted_weight = float((weights * is_hit).sum()), float((weights * is_predicted).sum())
    stance_weights = predictions.weights[is_stance]
    recall, interval = hit_weight / float(stance_weights.sum()), None
    if not options.by_article:
        interval = score_intervals.recall_interval(
            is_hit[is_stance].mean(axis=1),
            stance_weights,
            predictions.groups[is_stance],
            variance_factor=options.variance_factor(system),
        )
    return StanceScores(
        stance=stance,
        n=n,
        hits=float(is_hit.sum()) / n_repeats,
        recall=Score(recall, interval),
        precision=hit_weight / predicted_weight if predicted_weight else None,
        f1=2 * hit_weight / (predicted_weight + float(stance_weights.sum())),
    )


def _score_articles(predictions: SystemPredictions) -> tuple[ArticleScores, ...]:
    by_article = pd.Series(predictions.correct_share).groupby(predictions.articles, sort=False)
    return tuple(ArticleScores(str(article), len(part), float(part.sum())) for article, part in by_article)
