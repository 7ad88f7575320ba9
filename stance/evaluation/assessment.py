"""Out-of-fold predictions and a model -> all that can be said about how good the model is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.evaluation import label_issues, scores, splits
from stance.evaluation.calibration_report import reliance
from stance.evaluation.decision_report import decisions
from stance.evaluation.out_of_fold import CURVE
from stance.evaluation.predictions import answers, of_model
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

    from stance.evaluation.calibration_report import Reliance
    from stance.evaluation.out_of_fold import OutOfFold, Task
    from stance.evaluation.scores import SchemeFigures
    from stance.labels.comparisons import AnnotatorComparison
    from stance.models.top_terms import TopTerms

MACRO_F1, F_AVG = "macro_f1", "f_avg"


@dataclass(frozen=True)
class Counts:
    """How many labels there are: of each stance, all and tested; toward each target; tested, without an article."""

    by_stance: dict[str, int]
    tested_of: dict[str, int]
    by_target: dict[str, dict[str, int]]
    tested: int
    articles: int
    homeless: int
    weighted: bool

    @property
    def n(self) -> int:
        """How many there are."""
        return sum(self.by_stance.values())


@dataclass(frozen=True)
class PairFigures:
    """What two annotators who labelled the same comments reach against each other."""

    first: str
    second: str
    n: int
    accuracy: Score
    macro_f1: Score
    kappa: Score | None


@dataclass(frozen=True)
class CurvePoint:
    """How good models of fewer labels are: `n` of them on average over folds."""

    n: float
    accuracy: Score
    headline: Score


@dataclass(frozen=True)
class Second:
    """What further stances change: accuracy if they count as right, and how often each stance is present at all."""

    n: int
    accuracy: Score
    present: dict[str, Score]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All that can be said about how good a model is, but for the sentences.

    `decisions` sets the rule of decision beside the most probable stance; None where that is the rule in all folds.
    """

    counts: Counts
    headline: str
    schemes: tuple[SchemeFigures, ...]
    groups: tuple[SchemeFigures, ...]
    annotators: tuple[PairFigures, ...]
    reliance: Reliance
    decisions: SchemeFigures | None
    curve: tuple[CurvePoint, ...]
    last_gain: Interval | None
    second: Second | None
    suspects: pd.DataFrame
    misread: pd.DataFrame
    terms: tuple[TopTerms, ...]
    chosen: dict[str, Counter[str]]

    @property
    def main(self) -> SchemeFigures:
        """The figures of repeated k-fold, over all targets."""
        return next(each for each in self.schemes if each.scheme == splits.STRATIFIED)

    @property
    def macro_f1(self) -> float:
        """The cross-validated macro F1 of the model."""
        return self.main.model.macro_f1.value


def appraise(task: Task, found: OutOfFold, rows: pd.DataFrame) -> Evaluation:
    """Compute all figures.

    Parameters
    ----------
    task
        What was evaluated.
    found
        The out-of-fold predictions and the model.
    rows
        The labels before they were settled, for what annotators reach against each other.
    """
    oof, names, groups = found.table, task.codebook.stance_names, task.codebook.groups
    sides = f1.find_f_avg_stances(names) if any(task.targets) else ()
    points, gain = _curve(oof, sides or names)
    return Evaluation(
        counts=_counts(task),
        headline=F_AVG if sides else MACRO_F1,
        schemes=scores.figures(oof, names),
        groups=scores.figures(oof, names, groups) if groups else (),
        annotators=tuple(_pair(pair) for pair in comparisons.compare_pairs(rows, names)),
        reliance=reliance(oof, names),
        decisions=decisions(oof, names) if _is_decided(task, found) else None,
        curve=points,
        last_gain=gain,
        second=_second(oof, names),
        suspects=label_issues.suspects(oof, task.labels),
        misread=label_issues.misread(oof, task.labels),
        terms=find_top_terms(found.taught.model),
        chosen=found.chosen,
    )


def _is_decided(task: Task, found: OutOfFold) -> bool:
    return not found.taught.search_result.skip_reason and task.plan.decision_mode is DecisionMode.MATCHED


def _counts(task: Task) -> Counts:
    labels, names = task.labels, task.codebook.stance_names
    of_stance = labels["stance"].value_counts()
    tested = labels[labels["sampled"].isin(splits.TESTED)]
    by_target = {
        str(target): {name: int((part["stance"] == name).sum()) for name in names}
        for target, part in labels.groupby("target", sort=False)
        if target
    }
    return Counts(
        by_stance={name: int(of_stance.get(name, 0)) for name in names},
        tested_of={name: int((tested["stance"] == name).sum()) for name in names},
        by_target=by_target,
        tested=len(tested),
        articles=len(set(labels["article_id"]) - {""}),
        homeless=int((tested["article_id"] == "").sum()),
        weighted=bool(np.ptp(splits.weights(labels)) > 0),
    )


def _pair(pair: AnnotatorComparison) -> PairFigures:
    found = pair.agreement
    first, second = pair.annotators
    return PairFigures(
        first,
        second,
        found.n_items,
        Score(found.observed.value, found.observed.interval),
        _symmetric_f1(pair.items[first].to_numpy(object), pair.items[second].to_numpy(object)),
        Score(found.kappa.value, found.kappa.interval) if found.kappa else None,
    )


def _symmetric_f1(one: NDArray[np.object_], other: NDArray[np.object_]) -> Score:
    """Score two annotators against each other, whichever of them is taken for the truth.

    The mean of F1 = 2 both / (first + second) is over the stances that either gave to an item; a machine's is over
    those that the truth holds.
    """
    stances = sorted({*one, *other})
    scores = [
        2 * ((one == each) & (other == each)).sum() / ((one == each).sum() + (other == each).sum()) for each in stances
    ]
    ends = [
        f1.mean_f1_interval(truth, answers[:, None], None, stances=stances)
        for truth, answers in ((one, other), (other, one))
    ]
    return Score(float(np.mean(scores)), Interval(min(each.low for each in ends), max(each.high for each in ends)))


def _curve(oof: pd.DataFrame, stances: tuple[str, ...]) -> tuple[tuple[CurvePoint, ...], Interval | None]:
    """Give the points, the last of all that the folds had to learn from, and the interval of the last step's gain."""
    parts = of_model(oof, CURVE)
    if not len(parts):
        return (), None
    whole = of_model(oof)
    last = whole[(whole["repeat"] == 0) & whole["fold"].isin(parts["fold"])]
    points, answered = [], []
    folds = int(whole["fold"].nunique())
    for _, rows in [*parts.groupby("repeat"), (0, last)]:
        given = answers(rows.assign(repeat=0))
        answered.append(given)
        accuracy = float(np.average(given.right, weights=given.weight))
        points.append(
            CurvePoint(
                n=float(rows.groupby("fold")["learnt"].first().mean()),
                accuracy=Score(accuracy, intervals.accuracy_interval(accuracy, given.size, folds)),
                headline=Score(
                    f1.mean_f1(given.truth, given.predicted, given.weight, stances),
                    f1.mean_f1_interval(given.truth, given.predicted, folds, given.weight, stances),
                ),
            )
        )
    before, after = answered[-2:]
    compared = (after.truth, after.predicted, before.predicted, folds, after.weight, stances)
    return tuple(points), f1.mean_f1_difference_interval(*compared)


def _second(oof: pd.DataFrame, stances: tuple[str, ...]) -> Second | None:
    rows = of_model(oof)
    if not any(rows["also"]):
        return None
    given = answers(rows)
    first = rows.drop_duplicates(["comment_id", "target"]).sort_values(["comment_id", "target"])
    truth, also = first["stance"].to_list(), first["also"].to_list()
    right = label_issues.also_right(truth, also, given.predicted).mean(axis=1)
    accuracy = float(np.average(right, weights=given.weight))
    present = {}
    for each in label_issues.present(truth, also, stances, given.weight):
        share = each.k / each.n
        present[each.stance] = Score(share, intervals.wilson_interval(share * given.size, given.size))
    interval = intervals.accuracy_interval(accuracy, given.size, int(rows["fold"].nunique()))
    return Second(n=int((first["also"] != "").sum()), accuracy=Score(accuracy, interval), present=present)
