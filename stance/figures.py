"""The table of out-of-fold predictions -> every figure that is printed.

Each figure is a function of that table alone (`oof.csv` beside the model), so that anyone can recompute it:

- accuracy: the mean over comments of how often (over repeats) the comment was answered right. `cannot-tell` is wrong.
- macro F1: the mean over those stances that have a labelled comment of F1 = 2 TP / (2 TP + FP + FN), computed in each
  repeat and then averaged. A prediction of any other stance is a miss of the true one.
- recall, precision, F1 and confusion of a stance: from counts over all repeats, divided by the number of repeats.
- leave one article out has an interval from five articles on: t over articles (`intervals.t_over_groups`).
- groups: the same after each stance, true and predicted, is replaced by its group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import intervals
from stance.evaluate import LEFT_OUT_ARTICLE, SYSTEMS
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from stance.intervals import Interval

FEW_LABELS = 10
"""Below this many labels a stance's recall is given as k of n, with the interval for few cases."""

FEW_ARTICLES = 5
"""Below this many articles nothing can be said about further articles."""


@dataclass(frozen=True)
class StanceFigures:
    """How one stance fares: `hits` of `n` comments were found, a mean over repeats."""

    stance: str
    n: int
    hits: float
    recall: float
    recall_interval: Interval
    precision: float | None
    f1: float


@dataclass(frozen=True)
class ArticleFigures:
    """How many of the comments under one article were answered right when it was left out."""

    article_id: str
    n: int
    hits: float


@dataclass(frozen=True)
class Score:
    """A figure and its interval, if one can be given."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class SystemFigures:
    """All figures of one system under one scheme; `confusion` has a row a true and a column a predicted stance."""

    system: str
    n: int
    accuracy: Score
    macro_f1: Score
    stances: tuple[StanceFigures, ...]
    confusion: pd.DataFrame
    articles: tuple[ArticleFigures, ...] = ()


@dataclass(frozen=True)
class Difference:
    """By how much the model is ahead of another system on the same comments."""

    system: str
    accuracy: Score
    macro_f1: Score


@dataclass(frozen=True)
class SchemeFigures:
    """All figures of one scheme; the last system is the model, the others its baselines."""

    scheme: str
    systems: tuple[SystemFigures, ...]
    differences: tuple[Difference, ...]


def read_oof(path: str | Path) -> pd.DataFrame:
    """Read an out-of-fold table as `train` wrote it, every text as a text."""
    texts = dict.fromkeys(["comment_id", "article_id", "target", "scheme", "system", "stance", "predicted"], "str")
    probabilities = [column for column in pd.read_csv(path, nrows=0).columns if column.startswith("p_")]
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values={column: [""] for column in probabilities})


def figures(
    oof: pd.DataFrame, stances: Sequence[str], seed: int = 0, groups: Mapping[str, str] | None = None
) -> tuple[SchemeFigures, ...]:
    """Compute every figure from an out-of-fold table.

    Parameters
    ----------
    oof
        A table as `train` writes it beside the model; `read_oof` reads it.
    stances
        The stances in the order to list them in.
    seed
        The seed of the bootstrap.
    groups
        The group of each stance, to compute the figures of groups instead.
    """
    if groups:
        grouped = {**groups, CANNOT_TELL: CANNOT_TELL}
        oof = oof.assign(stance=oof["stance"].map(grouped), predicted=oof["predicted"].map(grouped))
        stances = list(dict.fromkeys(groups.values()))
    return tuple(
        _scheme(str(scheme), rows, stances, seed) for scheme, rows in oof.groupby("scheme", sort=False) if len(rows)
    )


@dataclass(frozen=True)
class _Answers:
    """The answers of one system: `truth` of shape (n,), `predicted` of shape (n, repeats)."""

    truth: NDArray[np.object_]
    predicted: NDArray[np.object_]
    articles: NDArray[np.object_]

    @property
    def right(self) -> NDArray[np.float64]:
        """How often each comment was answered right, of shape (n,)."""
        share: NDArray[np.float64] = (self.predicted == self.truth[:, None]).mean(axis=1)
        return share

    def macro_f1(self, counts: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Macro F1 with each comment counted as often as `counts` of shape (draws, n) says, of shape (draws,).

        A stance of which a draw holds no comment has no F1 there and is left out of that draw's mean.
        """
        counts = np.ones((1, len(self.truth))) if counts is None else counts
        scores = []
        for stance in np.unique(self.truth):
            true = self.truth == stance
            answered = self.predicted == stance
            hits = counts @ (answered & true[:, None])
            denominator = counts @ answered + (counts @ true)[:, None]
            with np.errstate(invalid="ignore", divide="ignore"):
                f1 = (2 * hits / denominator).mean(axis=1)
            scores.append(np.where(counts @ true > 0, f1, np.nan))
        mean: NDArray[np.float64] = np.nanmean(np.array(scores), axis=0)
        return mean


def _scheme(scheme: str, rows: pd.DataFrame, stances: Sequence[str], seed: int) -> SchemeFigures:
    parts = {str(system): part for system, part in rows.groupby("system")}
    known = [*(system for system in SYSTEMS if system in parts), *(system for system in parts if system not in SYSTEMS)]
    answers = {system: _answers(parts[system]) for system in known}
    *baselines, model = answers
    return SchemeFigures(
        scheme,
        tuple(_system(scheme, system, answers[system], stances, seed) for system in answers),
        tuple(
            _difference(system, answers[model], answers[system], _interval_kind(scheme, answers[model]), seed)
            for system in baselines
        ),
    )


def _answers(rows: pd.DataFrame) -> _Answers:
    key = ["comment_id", "target"]
    wide = rows.pivot(index=key, columns="repeat", values="predicted")  # noqa: PD010 - pivot_table hides doubles
    first = rows.drop_duplicates(key).set_index(key).loc[wide.index]
    return _Answers(
        first["stance"].to_numpy(dtype=object), wide.to_numpy(dtype=object), first["article_id"].to_numpy(dtype=object)
    )


def _interval_kind(scheme: str, answers: _Answers) -> str:
    if scheme != LEFT_OUT_ARTICLE:
        return "comments"
    return "articles" if len(set(answers.articles)) >= FEW_ARTICLES else "none"


def _system(scheme: str, system: str, answers: _Answers, stances: Sequence[str], seed: int) -> SystemFigures:
    n, right = len(answers.truth), answers.right
    kind = _interval_kind(scheme, answers)
    articles = _articles(answers) if scheme == LEFT_OUT_ARTICLE else ()
    accuracy = macro = None
    if kind == "comments":
        accuracy = intervals.wilson(float(right.sum()), n)
        macro = intervals.bootstrap(answers.macro_f1, n, seed)
    elif kind == "articles":
        accuracy = intervals.t_over_groups([article.hits for article in articles], [article.n for article in articles])
    return SystemFigures(
        system=system,
        n=n,
        accuracy=Score(float(right.mean()), accuracy),
        macro_f1=Score(float(answers.macro_f1()[0]), macro),
        stances=tuple(_stance(stance, answers) for stance in stances if (answers.truth == stance).any()),
        confusion=_confusion(answers, stances),
        articles=articles,
    )


def _difference(system: str, model: _Answers, other: _Answers, kind: str, seed: int) -> Difference:
    n = len(model.truth)
    model_right, other_right = (each.predicted == each.truth[:, None] for each in (model, other))
    only_model = float((model_right & ~other_right).mean(axis=1).sum())
    only_other = float((other_right & ~model_right).mean(axis=1).sum())
    accuracy = macro = None
    if kind == "comments":
        accuracy = intervals.agresti_min(only_model, only_other, n)
        macro = intervals.bootstrap(lambda counts: model.macro_f1(counts) - other.macro_f1(counts), n, seed)
    elif kind == "articles":
        gains = pd.Series(model.right - other.right).groupby(model.articles)
        accuracy = intervals.t_over_groups(gains.sum().to_list(), gains.size().to_list())
    return Difference(
        system,
        Score((only_model - only_other) / n, accuracy),
        Score(float(model.macro_f1()[0] - other.macro_f1()[0]), macro),
    )


def _stance(stance: str, answers: _Answers) -> StanceFigures:
    true = answers.truth == stance
    n, repeats = int(true.sum()), answers.predicted.shape[1]
    answered = answers.predicted == stance
    hits, all_answered = float((answered & true[:, None]).sum()) / repeats, float(answered.sum()) / repeats
    interval = intervals.clopper_pearson(hits, n) if n < FEW_LABELS else intervals.wilson(hits, n)
    precision = hits / all_answered if all_answered else None
    return StanceFigures(stance, n, hits, hits / n, interval, precision, 2 * hits / (all_answered + n))


def _confusion(answers: _Answers, stances: Sequence[str]) -> pd.DataFrame:
    repeats = answers.predicted.shape[1]
    counts = pd.crosstab(np.repeat(answers.truth, repeats), answers.predicted.ravel()) / repeats
    columns = [*stances, *([CANNOT_TELL] if CANNOT_TELL in counts.columns else [])]
    rows = [stance for stance in stances if stance in counts.index]
    matrix: pd.DataFrame = counts.reindex(index=rows, columns=columns, fill_value=0.0)
    return matrix.rename_axis(index="stance", columns="predicted")


def _articles(answers: _Answers) -> tuple[ArticleFigures, ...]:
    right = pd.Series(answers.right).groupby(answers.articles, sort=False)
    return tuple(ArticleFigures(str(article), len(part), float(part.sum())) for article, part in right)
