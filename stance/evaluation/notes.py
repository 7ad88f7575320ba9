"""Say in plain sentences what the scores mean and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.evaluation import scores
from stance.evaluation.closed_test import describe_closed_test
from stance.evaluation.splits import N_FOLDS
from stance.evaluation.systems import LABELS_ONLY
from stance.metrics import learning_curve
from stance.metrics.intervals import MIN_LABELS_PER_STANCE
from stance.models import decision_rule
from stance.wording import pluralise

if TYPE_CHECKING:
    from stance.evaluation.assessment import Evaluation, LabelCounts
    from stance.evaluation.evaluation_task import EvaluationTask
    from stance.evaluation.scheme_scores import Score
    from stance.models.procedure import CalibratedProcedure


def compose_notes(task: EvaluationTask, evaluation: Evaluation, fitted: CalibratedProcedure) -> tuple[str, ...]:
    """Return sentences that say what the scores mean and what to do next; the last is about the learning curve."""
    return (
        *_notes_on_decision_rule(evaluation, fitted),
        *_notes_on_intervals(task, evaluation),
        *([describe_closed_test(task.closed_test)] if task.closed_test else []),
        *evaluation.label_groups.describe(),
        *(evaluation.divided_groups.describe() if evaluation.divided_groups else []),
        *_notes_on_other_articles(evaluation.label_counts),
        *_notes_on_label_counts(task, evaluation.label_counts),
        *_notes_on_examples(task, evaluation),
        _note_on_learning_curve(task, evaluation),
    )


def compose_next_steps(task: EvaluationTask, evaluation: Evaluation) -> tuple[str, ...]:
    """Return the notes on the closed test set and on what to label next; reports explain scores beside the scores."""
    counts = evaluation.label_counts
    return (
        *([describe_closed_test(task.closed_test)] if task.closed_test else []),
        *_notes_on_other_articles(counts),
        *_notes_on_label_counts(task, counts),
    )


def explain_missing_learning_curve(task: EvaluationTask) -> str:
    """Return why there is no learning curve."""
    if task.plan.quick:
        return "--quick"
    n_needed = learning_curve.count_labels_needed(N_FOLDS)
    return f"{pluralise(len(task.labels), 'label')}, {n_needed} are needed"


def describe_population(counts: LabelCounts) -> str:
    """Return which comments the scores by repeated k-fold are about."""
    if counts.n_without_article == counts.n_tested:
        return "further comments like the labelled ones"
    articles = pluralise(counts.n_articles, "article")
    return f"further comments under {'this' if counts.n_articles == 1 else 'these'} {articles}"


def _notes_on_decision_rule(evaluation: Evaluation, fitted: CalibratedProcedure) -> list[str]:
    """Compare the scores of the decision rule to those of predicting the most probable stance."""
    if evaluation.decision_comparison is None:
        return [f"Predicted is {decision_rule.RULE_MOST_PROBABLE}."]
    most_probable, rule = evaluation.decision_comparison.systems
    difference = evaluation.decision_comparison.differences[0]
    compared = [
        ("accuracy", rule.accuracy, most_probable.accuracy, difference.accuracy),
        ("macro F1", rule.macro_f1, most_probable.macro_f1, difference.macro_f1),
    ]
    if rule.f_avg and most_probable.f_avg and difference.f_avg:
        compared.append(("F_avg", rule.f_avg, most_probable.f_avg, difference.f_avg))
    comparison = ", ".join(
        f"{name} {rule_score.value:.2f} instead of {other_score.value:.2f} ({_format_signed(gain)})"
        for name, rule_score, other_score, gain in compared
    )
    has_multipliers = fitted.rule.name != decision_rule.RULE_MOST_PROBABLE
    how = ", with one multiplier per stance" if has_multipliers else ", since multipliers did not help"
    return [
        (
            f"Predicted is {fitted.rule.name}{how}. "
            f"Multipliers compared to the most probable stance (--decide most-probable): {comparison}."
        )
    ]


def _notes_on_intervals(task: EvaluationTask, evaluation: Evaluation) -> list[str]:
    counts = evaluation.label_counts
    notes = [
        (
            "Intervals are 95 % intervals of the scores of this model "
            f"on {describe_population(counts)}, and on no others."
        )
    ]
    if counts.is_weighted:
        notes.append("Labels are weighted by the inverse inclusion probability of their comments.")
    if n_training_only := counts.n - counts.n_tested:
        notes.append(f"{pluralise(n_training_only, 'label')} of comments selected by a model: used for training only.")
    if task.contrast_set and len(task.targets) == 1:
        notes.append("Intervals of the contrast set are for further texts of the same kind, which are not comments.")
    return notes


def _notes_on_other_articles(counts: LabelCounts) -> list[str]:
    if counts.n_without_article:
        without_article = pluralise(counts.n_without_article, "label")
        return [f"Not tested on other articles: {without_article} without an article_id."]
    if counts.n_articles < scores.MIN_ARTICLES_FOR_INTERVAL:
        return [
            (
                "For intervals for other articles, label comments under at least "
                f"{scores.MIN_ARTICLES_FOR_INTERVAL} articles, now {counts.n_articles}."
            )
        ]
    return []


def _notes_on_label_counts(task: EvaluationTask, counts: LabelCounts) -> list[str]:
    example_stances = {stance for _, stance in task.examples}
    notes = []
    for stance, count in counts.tested_by_stance.items():
        missing = MIN_LABELS_PER_STANCE - count
        if missing <= 0:
            continue
        if count:
            notes.append(f"{stance}: label at least {missing} more to evaluate it, now {count}.")
        elif stance in example_stances:
            notes.append(f"{stance}: no label, only the codebook's examples; label at least {missing}.")
        else:
            notes.append(f"{stance}: no label and no example, so it is never predicted; label at least {missing}.")
    return notes


def _notes_on_examples(task: EvaluationTask, evaluation: Evaluation) -> list[str]:
    if not task.examples:
        return []
    differences = evaluation.main_scheme.differences
    gain = next(difference for difference in differences if difference.system == LABELS_ONLY).accuracy
    change = f"accuracy {_format_signed(gain)} compared to labels only"
    if gain.interval and gain.interval.low > 0:
        return [f"The codebook's examples help: {change}."]
    if gain.interval and gain.interval.high < 0:
        return [f"The codebook's examples hurt: {change}; try --no-codebook-examples."]
    return [f"These labels do not show whether the codebook's examples help: {change}."]


def _note_on_learning_curve(task: EvaluationTask, evaluation: Evaluation) -> str:
    if not evaluation.learning_curve:
        return f"No learning curve: {explain_missing_learning_curve(task)}."
    points = [
        learning_curve.LearningCurvePoint(round(point.n), point.headline.value) for point in evaluation.learning_curve
    ]
    recalls = [
        learning_curve.StanceRecall(stance.stance, stance.n, stance.recall.value if stance.recall else None)
        for stance in evaluation.main_scheme.model.stances
    ]
    return learning_curve.describe_curve(points, evaluation.last_step_gain, recalls, evaluation.headline)


def _format_signed(score: Score) -> str:
    interval = score.interval
    return f"{score.value:+.2f}" + (f" [{interval.low:+.2f}, {interval.high:+.2f}]" if interval else "")
