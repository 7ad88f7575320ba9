"""Find out whether there are enough labels: to train at all, to evaluate, and to tell targets apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.evaluation import splits
from stance.metrics.folds import merge_groups
from stance.metrics.intervals import MIN_LABELS_PER_STANCE
from stance.validation.findings import Finding, quote_cell
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from stance.validation.context import CheckContext

_MAX_NAMED = 20

MIN_LABELS_OF_TARGET = 20
"""With fewer labels, the labels of the other targets decide most of what is predicted."""


def find_training_blockers(context: CheckContext) -> Iterator[Finding]:
    """Find reasons why training would refuse the labels, unless other errors have to be fixed first."""
    labels = context.training_labels
    if context.has_unresolved:
        return
    if not len(labels):
        all_in_test = "all labelled comments are in the closed test set"
        yield Finding("no-labels", all_in_test if len(context.resolved_labels) else "no comment has a label")
        return
    if len(set(labels["stance"])) == 1:
        yield Finding("one-stance", f"all labels are of the stance {quote_cell(labels['stance'].iloc[0])}")
    is_tested = labels["sampled"].isin(splits.TEST_SAMPLING_METHODS).to_numpy()
    groups = merge_groups(labels["comment_id"].to_list(), context.duplicate_groups[context.is_trained_on].tolist())
    if len(set(groups.tolist())) == 1:
        yield Finding("one-text", "all labelled comments have nearly the same text")
    elif not is_tested.any():
        yield Finding("nothing-to-test-by", "all labelled comments were selected by a model, so none can test it")
    elif len(set(groups[is_tested].tolist())) == 1:
        yield Finding("one-text", "all labelled comments that can test a model have nearly the same text")


def find_scarce_stances(context: CheckContext) -> Iterator[Finding]:
    """Find stances with too few labels to train on or to evaluate."""
    labels = context.training_labels
    if not len(labels):
        return
    counts, test_counts = labels["stance"].value_counts(), _select_tested(labels)["stance"].value_counts()
    example_stances = {stance for _, stance in context.codebook.examples} if context.codebook else set()
    scarce = {}
    for stance in context.stance_names:
        n_tested = int(test_counts.get(stance, 0))
        if stance not in counts:
            is_known = stance in example_stances
            effect = "only the codebook's examples train it" if is_known else "it is never predicted"
            yield Finding("stance-without-labels", f"{quote_cell(stance)} has no label: {effect}, and cannot be tested")
        elif n_tested < MIN_LABELS_PER_STANCE:
            scarce[stance] = n_tested
    if len(scarce) > _MAX_NAMED:
        names = ", ".join(map(quote_cell, [*scarce][:3]))
        message = f"{len(scarce):,} stances have fewer than {MIN_LABELS_PER_STANCE} labels to test them: {names} ..."
        yield Finding("few-labels-of-stance", message)
        return
    for stance, n_tested in scarce.items():
        n_training_only = int(counts[stance]) - n_tested
        training_only = f" (and {n_training_only} of comments selected by a model)" if n_training_only else ""
        n_labels = f"{quote_cell(stance)} has {pluralise(n_tested, 'label')} to test it{training_only}"
        yield Finding("few-labels-of-stance", f"{n_labels}, too few for meaningful scores")


def find_scarce_targets(context: CheckContext) -> Iterator[Finding]:
    """Find targets, if there are several, with too few labels to be predicted differently from the others."""
    counts = context.training_labels["target"].value_counts(sort=False)
    if len(counts) > 1:
        for target, n_labels in counts[counts < MIN_LABELS_OF_TARGET].items():
            has_labels = f"{quote_cell(str(target))} has {pluralise(n_labels, 'label')}"
            message = f"{has_labels}, so it is predicted much like the other targets"
            yield Finding("few-labels-of-target", message)


def _select_tested(labels: pd.DataFrame) -> pd.DataFrame:
    return labels[labels["sampled"].isin(splits.TEST_SAMPLING_METHODS)]
