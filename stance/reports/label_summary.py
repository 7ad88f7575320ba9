"""Summarise a labelling session as text for the terminal: the new labels, and their impact on the model."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from stance.metrics.learning_curve import SCORE_NAMES
from stance.reports.text_format import join_with_and
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections import Counter

    from stance.evaluation.assessment import Evaluation
    from stance.evaluation.label_impact import LabelImpact
    from stance.evaluation.scheme_scores import Score


def format_new_labels(label_counts: Counter[str], labels_per_hour: float | None) -> str:
    """Return the number of new labels per stance, and the labels per hour.

    >>> from collections import Counter
    >>> format_new_labels(Counter({"for": 2, "against": 1}), 95.4)
    '3 new labels (for 2 and against 1), 95 labels/hour'
    """
    total = label_counts.total()
    if not total:
        return "no new labels"
    by_stance = join_with_and([f"{stance} {count}" for stance, count in label_counts.items() if count])
    pace = "" if labels_per_hour is None else f", {labels_per_hour:,.0f} labels/hour"
    return f"{pluralise(total, 'new label')} ({by_stance}){pace}"


def format_label_impact(impact: LabelImpact | None, headline: str, width: int) -> str:
    """Return how much the new labels changed the score of the model, and whether this may be due to chance.

    Parameters
    ----------
    impact
        The scores before and after; None if there are too few labels to compute them.
    headline
        The key of the score, such as `macro_f1`.
    width
        The width to wrap the text to.
    """
    if impact is None:
        return (
            "The impact of the new labels cannot be measured yet: there are too few labels of randomly selected "
            "comments, or too few stances."
        )
    low, high = impact.difference.low, impact.difference.high
    change = impact.score_after.value - impact.score_before.value
    verdict = (
        "The new labels improved the model."
        if low > 0
        else "The new labels made the model worse: review them, 'stance check' helps."
        if high < 0
        else "The interval contains 0, so this may be due to chance."
    )
    summary = (
        f"{SCORE_NAMES[headline]} {_format_score(impact.score_before)} with {pluralise(impact.n_before, 'label')}, "
        f"{_format_score(impact.score_after)} with {pluralise(impact.n_after, 'label')}: "
        f"{change:+.2f} [{low:+.2f}, {high:+.2f}]. {verdict}\n"
        f"Both are tested on the {pluralise(impact.n_tested, 'label')} of comments not selected by a model, each "
        "predicted by models trained without it; comments selected by a model are used for training only. Only this "
        "comparison uses default settings and one assignment to folds: 'stance train' may choose other settings and "
        "averages over several assignments, so the score that it prints differs."
    )
    if impact.n_changed:
        summary += (
            f"\n{pluralise(impact.n_changed, 'label')} of these had another stance before. If a model pointed to them, "
            "as in the order 'disagree', its score improves for that reason alone: errors that the model and the "
            "labels share were not reviewed."
        )
    return "\n".join(textwrap.fill(line, width) for line in summary.splitlines())


def format_model_score(evaluation: Evaluation, width: int) -> str:
    """Return the main score of the model that was written, which is the one that `stance train` prints."""
    model = evaluation.main_scheme.model
    score = model.f_avg if evaluation.headline == "f_avg" and model.f_avg else model.macro_f1
    n_labels = pluralise(evaluation.label_counts.n, "label")
    measured = f"{SCORE_NAMES[evaluation.headline]} {_format_score(score)}"
    return textwrap.fill(
        f"The model of {n_labels} that was written has, as 'stance train' measures it, {measured}.", width
    )


def _format_score(score: Score) -> str:
    if score.interval is None:
        return f"{score.value:.2f}"
    return f"{score.value:.2f} [{score.interval.low:.2f}, {score.interval.high:.2f}]"
