"""What labelling by hand has brought, as text for the terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from stance.metrics.learning_curve import SCORE_NAMES
from stance.reports.text_format import join_with_and, pluralise

if TYPE_CHECKING:
    from collections import Counter

    from stance.evaluation.label_impact import LabelImpact
    from stance.evaluation.scores import Score


def format_new_labels(label_counts: Counter[str], labels_per_hour: float | None) -> str:
    """Say how many labels were given, of which stance, and how fast."""
    total = label_counts.total()
    if not total:
        return "no labels given"
    parts = join_with_and([f"{stance} {count}" for stance, count in label_counts.items() if count])
    speed = "" if labels_per_hour is None else f", {labels_per_hour:,.0f} an hour"
    return f"{pluralise(total, 'label')} given ({parts}){speed}"


def format_label_impact(impact: LabelImpact | None, headline: str, width: int) -> str:
    """Say what new labels changed, and whether that can be told from chance."""
    if impact is None:
        return (
            "What the new labels changed cannot be told yet: there are too few labels of comments drawn at random or "
            "given, or too few stances."
        )
    low, high = impact.difference.low, impact.difference.high
    step = impact.score_after.value - impact.score_before.value
    verdict = (
        "The new labels helped."
        if low > 0
        else "The new labels hurt: look at them again, 'stance check' helps."
        if high < 0
        else "The interval holds 0, so this can be chance."
    )
    change = f"{step:+.2f} [{low:+.2f}, {high:+.2f}]"
    said = (
        f"{SCORE_NAMES[headline]} {_format_score(impact.score_before)} with {pluralise(impact.n_before, 'label')}, "
        f"{_format_score(impact.score_after)} with {pluralise(impact.n_after, 'label')}: {change}. {verdict}\n"
        f"Both are tested by the {pluralise(impact.n_tested, 'label')} of comments drawn at random or given, each "
        "scored by "
        "models that did not see it, with fixed settings; comments that a model chose are learnt from only."
    )
    if impact.n_changed:
        said += (
            f"\n{pluralise(impact.n_changed, 'label')} of these had another stance before. Where a model pointed to "
            "them, as "
            "in the order 'disagree', it looks better for that alone: errors that it shares were not looked at."
        )
    return "\n".join(textwrap.fill(line, width) for line in said.splitlines())


def _format_score(score: Score) -> str:
    if score.interval is None:
        return f"{score.value:.2f}"
    return f"{score.value:.2f} [{score.interval.low:.2f}, {score.interval.high:.2f}]"
