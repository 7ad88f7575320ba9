"""What figures mean and what to do next, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.evaluation import scores
from stance.evaluation.systems import LABELS_ONLY
from stance.metrics import learning_curve
from stance.metrics.intervals import MIN_LABELS_PER_STANCE
from stance.models import decision_rule, procedure

if TYPE_CHECKING:
    from stance.evaluation.assessment import Evaluation, LabelCounts
    from stance.evaluation.out_of_fold import EvaluationTask
    from stance.evaluation.scores import Score
    from stance.models.procedure import FittedProcedure


def compose_notes(task: EvaluationTask, evaluation: Evaluation, fitted: FittedProcedure) -> tuple[str, ...]:
    """Say what the figures mean, and what to do next."""
    return (
        _note_on_search(fitted),
        *_notes_on_decision_rule(evaluation, fitted),
        *_notes_on_intervals(task, evaluation),
        *([f"Probabilities are not calibrated: {reason}."] if (reason := why_not_calibrated(fitted)) else []),
        *_notes_on_label_counts(task, evaluation.label_counts),
        *_notes_on_examples(task, evaluation),
        *_notes_on_annotators(evaluation),
        _note_on_learning_curve(evaluation, fitted),
    )


def describe_population(counts: LabelCounts) -> str:
    """Say which comments the figures of repeated k-fold are about."""
    if counts.n_without_article == counts.n_tested:
        return "further comments like the labelled ones"
    where = pluralise(counts.n_articles, "article")
    return f"further comments under {'this' if counts.n_articles == 1 else 'these'} {where}"


def pluralise(count: int, noun: str) -> str:
    """Write a number of things.

    >>> pluralise(1, "label"), pluralise(2, "label")
    ('1 label', '2 labels')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _note_on_search(fitted: FittedProcedure) -> str:
    reason = fitted.search_result.skip_reason
    if reason == procedure.QUICK_SKIP_REASON:
        return "Nothing was chosen by the data (--quick); all settings are fixed defaults."
    if reason:
        return f"Nothing was chosen by the data: {reason}; all settings are fixed defaults."
    names = ", ".join(axis.name for axis in fitted.search_result.axes)
    return f"Chosen by the labels, in each training fold anew: {names}."


def _notes_on_decision_rule(evaluation: Evaluation, fitted: FittedProcedure) -> list[str]:
    """Say what the multipliers of the stances gain over the most probable stance, and cost."""
    if fitted.search_result.skip_reason or evaluation.decision_comparison is None:
        return [f"Predicted is {decision_rule.RULE_MOST_PROBABLE}."]
    most_probable, rule = evaluation.decision_comparison.systems
    difference = evaluation.decision_comparison.differences[0]
    compared = [
        ("accuracy", rule.accuracy, most_probable.accuracy, difference.accuracy),
        ("macro F1", rule.macro_f1, most_probable.macro_f1, difference.macro_f1),
    ]
    if rule.f_avg and most_probable.f_avg and difference.f_avg:
        compared.append(("F_avg", rule.f_avg, most_probable.f_avg, difference.f_avg))
    scores = ", ".join(
        f"{name} {ours.value:.2f} instead of {other.value:.2f} ({_format_signed(ahead)})"
        for name, ours, other, ahead in compared
    )
    multiplied = fitted.rule.name != decision_rule.RULE_MOST_PROBABLE
    how = f"{fitted.rule.name}, by one multiplier per stance" if multiplied else f"{fitted.rule.name}, after all"
    return [f"Predicted is {how}. Multipliers against the most probable stance (--decide most-probable): {scores}."]


def _notes_on_intervals(task: EvaluationTask, evaluation: Evaluation) -> list[str]:
    counts = evaluation.label_counts
    expected = "the expected score of models made in this way from as many labels"
    told = [f"Intervals are 95 % intervals of {expected}, on {describe_population(counts)}, and on no others."]
    if counts.is_weighted:
        told.append("Each label counts by the inverse of the probability that its comment was drawn by.")
    if trained := counts.n - counts.n_tested:
        told.append(f"{pluralise(trained, 'label')} of comments that a model chose are learnt from and test nothing.")
    if task.contrast_set and len(task.targets) == 1:
        told.append("Those of the contrast set are for further texts of its kind, which are no comments.")
    if not counts.n_without_article and counts.n_articles < scores.MIN_ARTICLES_FOR_INTERVAL:
        told.append(
            f"Comments under other articles: no interval, {pluralise(counts.n_articles, 'article')}; "
            f"label comments under at least {scores.MIN_ARTICLES_FOR_INTERVAL}."
        )
    if counts.n_without_article:
        told.append(f"No article was left out: {pluralise(counts.n_without_article, 'label')} without an article_id.")
    return told


def why_not_calibrated(fitted: FittedProcedure) -> str:
    """Say why the probabilities toward some targets are not calibrated; nothing if all are."""
    missing = [name for name, each in zip(fitted.model.targets, fitted.calibrations, strict=True) if each is None]
    if fitted.search_result.skip_reason or not missing:
        return fitted.search_result.skip_reason
    toward = f" toward {', '.join(missing)}" if any(missing) else ""
    return f"fewer than {procedure.MIN_LABELS_TO_CALIBRATE} labels{toward} in some training folds"


def _notes_on_label_counts(task: EvaluationTask, counts: LabelCounts) -> list[str]:
    taught = {stance for _, stance in task.examples}
    told = []
    for stance, count in counts.tested_by_stance.items():
        missing = MIN_LABELS_PER_STANCE - count
        if count and missing > 0:
            told.append(
                f"{stance}: {pluralise(count, 'label')}, too few to judge it by; label at least {missing} more."
            )
        elif not count and stance in taught:
            told.append(f"{stance}: no label, it is known from the codebook's examples only; label {missing}.")
        elif not count:
            told.append(f"{stance}: no label and no example, the model cannot answer with it; label {missing}.")
    return told


def _notes_on_examples(task: EvaluationTask, evaluation: Evaluation) -> list[str]:
    if not task.examples:
        return []
    difference = next(each for each in evaluation.main_scheme.differences if each.system == LABELS_ONLY).accuracy
    told = f"{_format_signed(difference)} accuracy against labels only"
    interval = difference.interval
    if interval and interval.low > 0:
        return [f"The codebook's examples help: {told}."]
    if interval and interval.high < 0:
        return [f"The codebook's examples hurt: {told}; try --no-codebook-examples."]
    return [f"Whether the codebook's examples help cannot be told from these labels: {told}."]


def _notes_on_annotators(evaluation: Evaluation) -> list[str]:
    return [
        f"{each.first} and {each.second}, labelling the same {pluralise(each.n, 'comment')}, agree on "
        f"{each.accuracy.value:.0%}: a model that reaches as much is as good as they are."
        for each in evaluation.annotator_pairs
    ]


def _note_on_learning_curve(evaluation: Evaluation, fitted: FittedProcedure) -> str:
    if not evaluation.learning_curve:
        return f"No learning curve: {fitted.search_result.skip_reason or 'no fold could choose settings'}."
    points = [
        learning_curve.LearningCurvePoint(round(each.n), each.headline.value) for each in evaluation.learning_curve
    ]
    labelled = [
        learning_curve.StanceRecall(each.stance, each.n, each.recall.value if each.recall else None)
        for each in evaluation.main_scheme.model.stances
    ]
    return learning_curve.describe_curve(points, evaluation.last_step_gain, labelled, evaluation.headline)


def _format_signed(score: Score) -> str:
    interval = score.interval
    return f"{score.value:+.2f}" + (f" [{interval.low:+.2f}, {interval.high:+.2f}]" if interval else "")
