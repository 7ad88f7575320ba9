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

from stance.evaluation.out_of_fold import CONTRAST, CURVE
from stance.evaluation.predictions import answers
from stance.evaluation.splits import STRATIFIED
from stance.evaluation.systems import EXAMPLES, KEYWORDS, SYSTEMS
from stance.metrics import f1, intervals
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from stance.evaluation.predictions import Answers
    from stance.metrics.intervals import Interval

FEW_ARTICLES = 5
"""Below this many articles nothing can be said about further articles."""


@dataclass(frozen=True)
class Score:
    """A figure and its interval, if one can be given."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class StanceFigures:
    """How one stance fares: `hits` of `n` labels were found, a mean over repeats; of no label there is no recall."""

    stance: str
    n: int
    hits: float
    recall: Score | None
    precision: float | None
    f1: float | None


@dataclass(frozen=True)
class ArticleFigures:
    """How many of the labels under one article were answered right when it was left out."""

    article_id: str
    n: int
    hits: float


@dataclass(frozen=True)
class SystemFigures:
    """All figures of one system under one scheme; `confusion` has a row a true and a column a predicted stance."""

    system: str
    accuracy: Score
    macro_f1: Score
    f_avg: Score | None
    f_avg_of_targets: Score | None
    stances: tuple[StanceFigures, ...]
    confusion: pd.DataFrame
    articles: tuple[ArticleFigures, ...]


@dataclass(frozen=True)
class Difference:
    """By how much the model is ahead of another system on the same labels."""

    system: str
    accuracy: Score
    macro_f1: Score
    f_avg: Score | None


@dataclass(frozen=True)
class SchemeFigures:
    """All figures of one scheme, toward one target or all; the last system is the model, the others its baselines."""

    scheme: str
    target: str | None
    folds: int
    repeats: int
    n: int
    systems: tuple[SystemFigures, ...]
    differences: tuple[Difference, ...]

    @property
    def model(self) -> SystemFigures:
        """The figures of the model."""
        return self.systems[-1]


def figures(
    oof: pd.DataFrame, stances: Sequence[str], groups: Mapping[str, str] | None = None
) -> tuple[SchemeFigures, ...]:
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
    for scheme, rows in oof[oof["scheme"] != CURVE].groupby("scheme", sort=False):
        folds = len(rows["fold"].unique())
        found.append(_scheme(str(scheme), None, rows, stances, folds))
        if len(rows["target"].unique()) > 1:
            toward = rows.groupby("target", sort=False)
            found += [_scheme(str(scheme), str(target), part, stances, folds) for target, part in toward]
    return tuple(found)


@dataclass(frozen=True, eq=False)
class _Setting:
    """What the figures of all systems under one scheme have in common."""

    stances: tuple[str, ...]
    sides: tuple[str, ...]
    by_article: bool
    folds: int | None

    def folds_of(self, system: str) -> int | None:
        """Give from how many folds a system learnt; None if from no label."""
        return None if system in {EXAMPLES, KEYWORDS} else self.folds


def _scheme(scheme: str, target: str | None, rows: pd.DataFrame, stances: Sequence[str], folds: int) -> SchemeFigures:
    parts = {str(system): answers(part) for system, part in rows.groupby("system")}
    known = [*(system for system in SYSTEMS if system in parts), *(system for system in parts if system not in SYSTEMS)]
    *baselines, model = known
    setting = _Setting(
        stances=tuple(stances),
        sides=f1.find_f_avg_stances(stances) if any(rows["target"]) else (),
        by_article=scheme not in {STRATIFIED, CONTRAST},
        folds=None if scheme == CONTRAST else folds,
    )
    return SchemeFigures(
        scheme=scheme,
        target=target,
        folds=folds,
        repeats=int(rows["repeat"].nunique()),
        n=len(parts[model].truth),
        systems=tuple(_system(system, parts[system], setting) for system in known),
        differences=tuple(_difference(system, parts[model], parts[system], setting) for system in baselines),
    )


def _system(system: str, given: Answers, setting: _Setting) -> SystemFigures:
    return SystemFigures(
        system=system,
        accuracy=_accuracy(given, setting, system),
        macro_f1=_mean_f1(given, setting, system, setting.stances),
        f_avg=_mean_f1(given, setting, system, setting.sides) if _has_label(given, setting.sides) else None,
        f_avg_of_targets=_f_avg_of_targets(given, setting, system),
        stances=tuple(_stance(stance, given, setting, system) for stance in setting.stances),
        confusion=_confusion(given, setting.stances),
        articles=_articles(given) if setting.by_article else (),
    )


def _has_label(given: Answers, stances: Sequence[str]) -> bool:
    return bool(np.isin(given.truth, list(stances)).any())


def _accuracy(given: Answers, setting: _Setting, system: str) -> Score:
    value = float(np.average(given.right, weights=given.weight))
    if not setting.by_article:
        return Score(value, intervals.accuracy_interval(value, given.size, setting.folds_of(system)))
    return Score(value, _over_articles(given.right, given))


def _mean_f1(given: Answers, setting: _Setting, system: str, stances: Sequence[str]) -> Score:
    value = f1.mean_f1(given.truth, given.predicted, given.weight, stances)
    if setting.by_article:
        return Score(value, None)
    folds = setting.folds_of(system)
    return Score(value, f1.mean_f1_interval(given.truth, given.predicted, folds, given.weight, stances))


def _f_avg_of_targets(given: Answers, setting: _Setting, system: str) -> Score | None:
    """Average F_avg over targets, each alike; which is the mean F1 of the stances toward each, taken apart."""
    apart = [f"{side}\t{target}" for target in dict.fromkeys(given.targets) for side in setting.sides]
    toward = np.array([f"\t{target}" for target in given.targets], dtype=object)
    split = replace(given, truth=given.truth + toward, predicted=given.predicted + toward[:, None])
    if len(apart) <= len(setting.sides) or not _has_label(split, apart):
        return None
    return _mean_f1(split, setting, system, apart)


def _over_articles(values: NDArray[np.float64], given: Answers) -> Interval | None:
    table = pd.DataFrame({"total": values * given.weight, "size": given.weight}).groupby(given.articles).sum()
    if len(table) < FEW_ARTICLES:
        return None
    return intervals.grouped_mean_interval(table["total"].to_list(), table["size"].to_list())


def _difference(system: str, model: Answers, other: Answers, setting: _Setting) -> Difference:
    gain = model.right - other.right
    value = float(np.average(gain, weights=model.weight))
    if setting.by_article:
        interval = _over_articles(gain, model)
    else:
        model_right, other_right = (each.predicted == each.truth[:, None] for each in (model, other))
        share = model.weight / model.weight.sum()
        only_model = float(share @ (model_right & ~other_right).mean(axis=1))
        only_other = float(share @ (other_right & ~model_right).mean(axis=1))
        interval = intervals.accuracy_difference_interval(only_model, only_other, model.size, setting.folds)

    def ahead(stances: Sequence[str]) -> Score:
        first, second = (f1.mean_f1(each.truth, each.predicted, each.weight, stances) for each in (model, other))
        if setting.by_article:
            return Score(first - second, None)
        compared = (model.truth, model.predicted, other.predicted, setting.folds, model.weight, stances)
        return Score(first - second, f1.mean_f1_difference_interval(*compared))

    return Difference(
        system=system,
        accuracy=Score(value, interval),
        macro_f1=ahead(setting.stances),
        f_avg=ahead(setting.sides) if _has_label(model, setting.sides) else None,
    )


def _stance(stance: str, given: Answers, setting: _Setting, system: str) -> StanceFigures:
    true = given.truth == stance
    n, repeats = int(true.sum()), given.predicted.shape[1]
    answered = given.predicted == stance
    if not n:
        return StanceFigures(stance, 0, 0.0, None, None, None)
    hits = float((answered & true[:, None]).sum()) / repeats
    weight = given.weight[:, None] / repeats
    weighed, all_answered = float((weight * (answered & true[:, None])).sum()), float((weight * answered).sum())
    of_stance = given.weight[true]
    recall = weighed / float(of_stance.sum())
    interval = None
    if not setting.by_article:
        interval = intervals.recall_interval(
            recall, intervals.effective_sample_size(of_stance), setting.folds_of(system)
        )
    return StanceFigures(
        stance=stance,
        n=n,
        hits=hits,
        recall=Score(recall, interval),
        precision=weighed / all_answered if all_answered else None,
        f1=2 * weighed / (all_answered + float(of_stance.sum())),
    )


def _confusion(given: Answers, stances: Sequence[str]) -> pd.DataFrame:
    repeats = given.predicted.shape[1]
    counts = pd.crosstab(np.repeat(given.truth, repeats), given.predicted.ravel()) / repeats
    columns = [*stances, *([CANNOT_TELL] if CANNOT_TELL in counts.columns else [])]
    rows = [stance for stance in stances if stance in counts.index]
    matrix: pd.DataFrame = counts.reindex(index=rows, columns=columns, fill_value=0.0)
    return matrix.rename_axis(index="stance", columns="predicted")


def _articles(given: Answers) -> tuple[ArticleFigures, ...]:
    right = pd.Series(given.right).groupby(given.articles, sort=False)
    return tuple(ArticleFigures(str(article), len(part), float(part.sum())) for article, part in right)
