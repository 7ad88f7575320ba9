"""What figures mean and what to do next, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.evaluation import scores
from stance.evaluation.systems import LABELS
from stance.metrics import learning_curve
from stance.metrics.intervals import MIN_LABELS_PER_STANCE
from stance.models import decision_rule, procedure

if TYPE_CHECKING:
    from stance.evaluation.assessment import Counts, Evaluation
    from stance.evaluation.out_of_fold import Task
    from stance.evaluation.scores import Score
    from stance.models.procedure import FittedProcedure


def notes(task: Task, evaluation: Evaluation, taught: FittedProcedure) -> tuple[str, ...]:
    """Say what the figures mean, and what to do next."""
    return (
        _on_choices(taught),
        *_on_decision(evaluation, taught),
        *_on_intervals(task, evaluation),
        *([f"Probabilities are not calibrated: {reason}."] if (reason := uncalibrated(taught)) else []),
        *_on_labels(task, evaluation.counts),
        *_on_examples(task, evaluation),
        *_on_annotators(evaluation),
        _on_more_labels(evaluation, taught),
    )


def speaks_for(counts: Counts) -> str:
    """Say which comments the figures of repeated k-fold are about."""
    if counts.homeless == counts.tested:
        return "further comments like the labelled ones"
    where = counted(counts.articles, "article")
    return f"further comments under {'this' if counts.articles == 1 else 'these'} {where}"


def counted(count: int, what: str) -> str:
    """Write a number of things.

    >>> counted(1, "label"), counted(2, "label")
    ('1 label', '2 labels')
    """
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _on_choices(taught: FittedProcedure) -> str:
    reason = taught.search_result.skip_reason
    if reason == procedure.QUICK_SKIP_REASON:
        return "Nothing was chosen by the data (--quick); all settings are fixed defaults."
    if reason:
        return f"Nothing was chosen by the data: {reason}; all settings are fixed defaults."
    names = ", ".join(axis.name for axis in taught.search_result.axes)
    return f"Chosen by the labels, in each training fold anew: {names}."


def _on_decision(evaluation: Evaluation, taught: FittedProcedure) -> list[str]:
    """Say what the multipliers of the stances gain over the most probable stance, and cost."""
    if taught.search_result.skip_reason or evaluation.decisions is None:
        return [f"Predicted is {decision_rule.RULE_MOST_PROBABLE}."]
    most_probable, rule = evaluation.decisions.systems
    difference = evaluation.decisions.differences[0]
    compared = [
        ("accuracy", rule.accuracy, most_probable.accuracy, difference.accuracy),
        ("macro F1", rule.macro_f1, most_probable.macro_f1, difference.macro_f1),
    ]
    if rule.f_avg and most_probable.f_avg and difference.f_avg:
        compared.append(("F_avg", rule.f_avg, most_probable.f_avg, difference.f_avg))
    scores = ", ".join(
        f"{name} {ours.value:.2f} instead of {other.value:.2f} ({_signed(ahead)})"
        for name, ours, other, ahead in compared
    )
    multiplied = taught.rule.name != decision_rule.RULE_MOST_PROBABLE
    how = f"{taught.rule.name}, by one multiplier per stance" if multiplied else f"{taught.rule.name}, after all"
    return [f"Predicted is {how}. Multipliers against the most probable stance (--decide most-probable): {scores}."]


def _on_intervals(task: Task, evaluation: Evaluation) -> list[str]:
    counts = evaluation.counts
    expected = "the expected score of models made in this way from as many labels"
    told = [f"Intervals are 95 % intervals of {expected}, on {speaks_for(counts)}, and on no others."]
    if counts.weighted:
        told.append("Each label counts by the inverse of the probability that its comment was drawn by.")
    if trained := counts.n - counts.tested:
        told.append(f"{counted(trained, 'label')} of comments that a model chose are learnt from and test nothing.")
    if task.contrast and len(task.targets) == 1:
        told.append("Those of the contrast set are for further texts of its kind, which are no comments.")
    if not counts.homeless and counts.articles < scores.FEW_ARTICLES:
        told.append(
            f"Comments under other articles: no interval, {counted(counts.articles, 'article')}; "
            f"label comments under at least {scores.FEW_ARTICLES}."
        )
    if counts.homeless:
        told.append(f"No article was left out: {counted(counts.homeless, 'label')} without an article_id.")
    return told


def uncalibrated(taught: FittedProcedure) -> str:
    """Say why the probabilities toward some targets are not calibrated; nothing if all are."""
    missing = [name for name, each in zip(taught.model.targets, taught.calibrations, strict=True) if each is None]
    if taught.search_result.skip_reason or not missing:
        return taught.search_result.skip_reason
    toward = f" toward {', '.join(missing)}" if any(missing) else ""
    return f"fewer than {procedure.MIN_LABELS_TO_CALIBRATE} labels{toward} in some training folds"


def _on_labels(task: Task, counts: Counts) -> list[str]:
    taught = {stance for _, stance in task.examples}
    told = []
    for stance, count in counts.tested_of.items():
        missing = MIN_LABELS_PER_STANCE - count
        if count and missing > 0:
            told.append(f"{stance}: {counted(count, 'label')}, too few to judge it by; label at least {missing} more.")
        elif not count and stance in taught:
            told.append(f"{stance}: no label, it is known from the codebook's examples only; label {missing}.")
        elif not count:
            told.append(f"{stance}: no label and no example, the model cannot answer with it; label {missing}.")
    return told


def _on_examples(task: Task, evaluation: Evaluation) -> list[str]:
    if not task.examples:
        return []
    difference = next(each for each in evaluation.main.differences if each.system == LABELS).accuracy
    told = f"{_signed(difference)} accuracy against labels only"
    interval = difference.interval
    if interval and interval.low > 0:
        return [f"The codebook's examples help: {told}."]
    if interval and interval.high < 0:
        return [f"The codebook's examples hurt: {told}; try --no-codebook-examples."]
    return [f"Whether the codebook's examples help cannot be told from these labels: {told}."]


def _on_annotators(evaluation: Evaluation) -> list[str]:
    return [
        f"{each.first} and {each.second}, labelling the same {counted(each.n, 'comment')}, agree on "
        f"{each.accuracy.value:.0%}: a model that reaches as much is as good as they are."
        for each in evaluation.annotators
    ]


def _on_more_labels(evaluation: Evaluation, taught: FittedProcedure) -> str:
    if not evaluation.curve:
        return f"No learning curve: {taught.search_result.skip_reason or 'no fold could choose settings'}."
    points = [learning_curve.LearningCurvePoint(round(each.n), each.headline.value) for each in evaluation.curve]
    labelled = [
        learning_curve.StanceRecall(each.stance, each.n, each.recall.value if each.recall else None)
        for each in evaluation.main.model.stances
    ]
    return learning_curve.describe_curve(points, evaluation.last_gain, labelled, evaluation.headline)


def _signed(score: Score) -> str:
    interval = score.interval
    return f"{score.value:+.2f}" + (f" [{interval.low:+.2f}, {interval.high:+.2f}]" if interval else "")
