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
from stance.evaluation.splits import CONTRAST_SET, LEARNING_CURVE, STRATIFIED_KFOLD
from stance.evaluation.systems import EXAMPLES_ONLY, KEYWORDS, SYSTEMS
from stance.labels.codebook import DIRECTIONS
from stance.metrics import f1, intervals
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from stance.evaluation.predictions import SystemPredictions
    from stance.metrics.intervals import Interval

MIN_ARTICLES_FOR_INTERVAL = 5
"""With fewer articles than this nothing can be said about other articles."""


@dataclass(frozen=True)
class Score:
    """A score and its 95 % interval, if there is one."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class StanceScores:
    """The scores of one stance; `hits` of its `n` labels were predicted correctly, on average over repeats."""

    stance: str
    n: int
    hits: float
    recall: Score | None
    precision: float | None
    f1: float | None


@dataclass(frozen=True)
class ArticleScores:
    """How many of the `n` labels of one article were predicted correctly when the article was left out."""

    article_id: str
    n: int
    hits: float


@dataclass(frozen=True)
class SystemScores:
    """All scores of one system under one scheme; `confusion` has one row per true, one column per predicted stance."""

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
    """The scores of the model minus those of another system, on the same labels."""

    system: str
    accuracy: Score
    macro_f1: Score
    f_avg: Score | None


@dataclass(frozen=True)
class SchemeScores:
    """All scores under one scheme, of one target or all; the last system is the model, the others its baselines."""

    scheme: str
    target: str | None
    n_folds: int
    n_repeats: int
    n: int
    systems: tuple[SystemScores, ...]
    differences: tuple[ScoreDifference, ...]

    @property
    def model(self) -> SystemScores:
        """The scores of the model."""
        return self.systems[-1]


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


@dataclass(frozen=True, eq=False)
class _ScoringOptions:
    """What the scores of all systems under one scheme have in common."""

    stances: tuple[str, ...]
    directions: Mapping[str, str]
    by_article: bool
    n_folds: int | None

    def n_folds_of(self, system: str) -> int | None:
        """Return the number of folds a system was trained in; None if it is not trained on labels."""
        return None if system in {EXAMPLES_ONLY, KEYWORDS} else self.n_folds


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
    if not options.by_article:
        return Score(value, intervals.accuracy_interval(value, predictions.effective_size, options.n_folds_of(system)))
    return Score(value, _compute_interval_over_articles(predictions.correct_share, predictions))


def _score_mean_f1(
    predictions: SystemPredictions, options: _ScoringOptions, system: str, stances: Sequence[str]
) -> Score:
    truth, predicted, weights = predictions.truth, predictions.predicted, predictions.weights
    value = f1.mean_f1(truth, predicted, weights, stances)
    if options.by_article:
        return Score(value, None)
    return Score(value, f1.mean_f1_interval(truth, predicted, options.n_folds_of(system), weights, stances))


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
    weighted = pd.DataFrame({"total": values * predictions.weights, "size": predictions.weights})
    sums = weighted.groupby(predictions.articles).sum()
    if len(sums) < MIN_ARTICLES_FOR_INTERVAL:
        return None
    return intervals.grouped_mean_interval(sums["total"].to_list(), sums["size"].to_list())


def _score_difference(
    system: str, model: SystemPredictions, baseline: SystemPredictions, options: _ScoringOptions
) -> ScoreDifference:
    gain = model.correct_share - baseline.correct_share
    if options.by_article:
        interval = _compute_interval_over_articles(gain, model)
    else:
        model_correct, baseline_correct = (side.predicted == side.truth[:, None] for side in (model, baseline))
        share = model.weights / model.weights.sum()
        only_model = float(share @ (model_correct & ~baseline_correct).mean(axis=1))
        only_baseline = float(share @ (baseline_correct & ~model_correct).mean(axis=1))
        interval = intervals.accuracy_difference_interval(
            only_model, only_baseline, model.effective_size, options.n_folds
        )

    def score_f1_difference(first: SystemPredictions, second: SystemPredictions, stances: Sequence[str]) -> Score:
        model_f1 = f1.mean_f1(first.truth, first.predicted, first.weights, stances)
        baseline_f1 = f1.mean_f1(second.truth, second.predicted, second.weights, stances)
        if options.by_article:
            return Score(model_f1 - baseline_f1, None)
        compared = (first.truth, first.predicted, second.predicted, options.n_folds, first.weights, stances)
        return Score(model_f1 - baseline_f1, f1.mean_f1_difference_interval(*compared))

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
        size = intervals.effective_sample_size(stance_weights)
        interval = intervals.recall_interval(recall, size, options.n_folds_of(system))
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
