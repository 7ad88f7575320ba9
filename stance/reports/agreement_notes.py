"""Explain the agreement of annotators: what was left out, what is assumed, and what alpha means."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from stance.labels.resolution import ADJUDICATED
from stance.reports.text_format import join_with_and
from stance.wording import pluralise

if TYPE_CHECKING:
    import pandas as pd

    from stance.labels.comparisons import AgreementResults, AnnotatorComparison
    from stance.metrics.agreement_coefficients import Estimate

TENTATIVE_ALPHA, RELIABLE_ALPHA = 2 / 3, 0.8
"""Krippendorff's minimum of alpha for tentative conclusions, and for reliable ones."""

_MAX_NAMES = 3


def describe_agreement(rows: pd.DataFrame, comparisons: AgreementResults) -> tuple[str, ...]:
    """Return notes on what was left out, what is assumed, and what alpha means.

    Parameters
    ----------
    rows
        The labels that were compared.
    comparisons
        The agreement of each pair of annotators and of all.
    """
    labels = rows[rows["stance"] != ""]
    n_nameless = int(((labels["annotator"] == "") & (labels["pass"] != ADJUDICATED)).sum())
    n_adjudicated = int((labels["pass"] == ADJUDICATED).sum())
    notes = []
    if n_nameless:
        notes.append(
            f"{pluralise(n_nameless, 'label')} without an annotator's name left out: anyone may have given them."
        )
    if n_adjudicated:
        notes.append(
            f"{pluralise(n_adjudicated, 'adjudication')} left out: the adjudicator saw the labels of the annotators."
        )
    notes += [
        f"{first!r} and {second!r} are counted as two annotators."
        for first, second in combinations(comparisons.items_per_annotator, 2)
        if first.casefold() == second.casefold()
    ]
    notes += [
        _describe_single_stance(comparison)
        for comparison in (*comparisons.pairs, *comparisons.self_consistency)
        if comparison.only_stance
    ]
    if comparisons.overall:
        notes += _describe_overall(labels, comparisons.overall)
    return tuple(notes)


def _describe_overall(labels: pd.DataFrame, overall: AnnotatorComparison) -> list[str]:
    notes = []
    comment_ids = set(overall.items.index.get_level_values("comment_id"))
    independent = labels[labels["pass"] != ADJUDICATED]
    by_pass = independent.assign(number=independent["pass"].astype("int64")).sort_values("number", kind="stable")
    compared = by_pass[by_pass["comment_id"].isin(comment_ids)].drop_duplicates(["comment_id", "target", "annotator"])
    n_selected = compared[compared["sampled"].isin(["uncertain", "disagree"])]["comment_id"].nunique()
    if n_selected:
        notes.append(
            f"{n_selected:,} of these {pluralise(len(comment_ids), 'comment')} were selected because a model was "
            "uncertain or because labels differed: agreement is lower on such comments."
        )
    if overall.agreement.n_items > overall.n_comments:
        notes.append(
            "Labels of a comment for several targets are separate items in the coefficients, and one case in the "
            "intervals."
        )
    notes.append("It is assumed that nobody saw another's labels before labelling: the sheet does not show it.")
    if overall.agreement.alpha:
        notes.append(_interpret_alpha(overall.agreement.alpha))
    return notes


def _describe_single_stance(comparison: AnnotatorComparison) -> str:
    annotators = format_annotators(comparison)
    if comparison.later_pass is not None:
        annotators = f"{comparison.annotators[0]} with pass {comparison.later_pass}"
    return (
        f"{annotators}: all labels are {comparison.only_stance!r}. This would happen by chance, too, so kappa and "
        "alpha are undefined."
    )


def _interpret_alpha(alpha: Estimate) -> str:
    low, high = alpha.interval.low, alpha.interval.high
    if low >= RELIABLE_ALPHA:
        return "The whole interval of alpha is above .80, Krippendorff's minimum for reliable data."
    if low >= TENTATIVE_ALPHA:
        upper_bound = "may reach" if high >= RELIABLE_ALPHA else "does not reach"
        return (
            "The whole interval of alpha is above .67, Krippendorff's minimum for tentative conclusions; "
            f"alpha {upper_bound} .80."
        )
    if high < TENTATIVE_ALPHA:
        return (
            "The whole interval of alpha is below .67, Krippendorff's minimum for tentative conclusions: "
            "improve the codebook."
        )
    upper_bound = "or" if high >= RELIABLE_ALPHA else "but is unlikely to be"
    return (
        f"Alpha may be below .67, Krippendorff's minimum for tentative conclusions, {upper_bound} above .80: "
        "label more comments by several annotators to find out."
    )


def format_annotators(comparison: AnnotatorComparison) -> str:
    """Return the names of the annotators, or their number if they are many."""
    names = comparison.annotators
    return join_with_and(names) if len(names) <= _MAX_NAMES else f"all {len(names)}"
