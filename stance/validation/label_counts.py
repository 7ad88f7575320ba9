"""Whether there are labels enough: to train at all, to judge by, and for settings to be chosen by them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from stance.evaluation import splits
from stance.metrics.folds import merge_groups
from stance.metrics.intervals import MIN_LABELS_PER_STANCE
from stance.models import fitting, hyperparameter_search
from stance.reports.text_format import pluralise
from stance.validation.findings import Finding, quote_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stance.validation.context import CheckContext

_MAX_NAMED = 20


def find_training_blockers(context: CheckContext) -> Iterator[Finding]:
    """Find why training would refuse the labels, unless some have to be mended first."""
    settled = context.resolved_labels
    if context.has_unresolved:
        return
    if not len(settled):
        yield Finding("no-labels", "no comment has a label")
        return
    if settled["stance"].nunique() == 1:
        yield Finding("one-stance", f"only the stance {quote_cell(settled['stance'].iloc[0])} has labels")
    tested = settled["sampled"].isin(splits.TEST_SAMPLING_METHODS).to_numpy()
    groups = merge_groups(settled["comment_id"].to_list(), context.duplicate_groups.tolist())
    if len(set(groups.tolist())) == 1:
        yield Finding("one-text", "all labelled comments say nearly the same")
    elif not tested.any():
        yield Finding("nothing-to-test-by", "all labelled comments were chosen by a model, so none can test it")
    elif len(set(groups[tested].tolist())) == 1:
        yield Finding("one-text", "all labelled comments that can test a model say nearly the same")


def find_scarce_stances(context: CheckContext) -> Iterator[Finding]:
    """Find stances with too few labels to learn them from or to judge them by."""
    settled = context.resolved_labels
    if not len(settled):
        return
    testing = settled["sampled"].isin(splits.TEST_SAMPLING_METHODS)
    labels, tested = settled["stance"].value_counts(), settled.loc[testing, "stance"].value_counts()
    examples = {stance for _, stance in context.codebook.examples} if context.codebook else set()
    few = {
        stance: n
        for stance in context.stance_names
        if stance in labels and (n := int(tested.get(stance, 0))) < MIN_LABELS_PER_STANCE
    }
    for stance in context.stance_names:
        if stance not in labels:
            known = "the codebook's examples alone teach it" if stance in examples else "no model can answer with it"
            yield Finding("stance-without-labels", f"{quote_cell(stance)} has no label: {known}, and nothing tests it")
    if len(few) > _MAX_NAMED:
        some = ", ".join(map(quote_cell, [*few][:3]))
        what = f"{len(few):,} stances have fewer than {MIN_LABELS_PER_STANCE} labels to judge them by: {some} ..."
        yield Finding("few-labels-of-stance", what)
        return
    for stance, judging in few.items():
        rest = int(labels[stance]) - judging
        chosen = f" (and {rest} of comments that a model chose)" if rest else ""
        has = f"{quote_cell(stance)} has {pluralise(judging, 'label')}"
        what = f"{has} to judge it by{chosen}; its figures would say little"
        yield Finding("few-labels-of-stance", what)


def find_scarce_targets(context: CheckContext) -> Iterator[Finding]:
    """Find targets, of several, with too few labels for a classifier of their own."""
    sizes = context.resolved_labels["target"].value_counts(sort=False)
    if len(sizes) > 1:
        for target, size in sizes[sizes < fitting.MIN_LABELS_FOR_TARGET_CLASSIFIER].items():
            name = quote_cell(str(target))
            what = f"{name} has {pluralise(size, 'label')}: what is learnt toward all targets answers for it"
            yield Finding("few-labels-of-target", what)


def find_search_blockers(context: CheckContext) -> Iterator[Finding]:
    """Find why no settings will be chosen by the labels, and no probabilities calibrated."""
    settled = context.resolved_labels
    judging = settled[settled["sampled"].isin(splits.TEST_SAMPLING_METHODS)]
    if settled["stance"].nunique() < 2:  # noqa: PLR2004 - nothing to tell apart
        return
    least, of_each = (
        compute_labels_needed(hyperparameter_search.MIN_LABELS_TO_SEARCH),
        compute_labels_needed(hyperparameter_search.MIN_LABELS_PER_STANCE),
    )
    reason = ""
    if len(judging) < least:
        reason = f"{pluralise(len(judging), 'label')} to judge by, about {least} are needed"
    else:
        sizes = judging["stance"].value_counts().reindex(settled["stance"].unique(), fill_value=0)
        if len(few := sizes[sizes < of_each]):
            named = ", ".join(f"{quote_cell(str(stance))} has {size}" for stance, size in few.head(_MAX_NAMED).items())
            reason = f"about {of_each} labels of each stance are needed to judge by, {named}"
    if reason:
        yield Finding(
            "nothing-chosen", f"settings will not be chosen by the labels, nor probabilities calibrated: {reason}"
        )


def compute_labels_needed(n_training: int) -> int:
    """Say how many labels leave enough to learn from when a fold is held out.

    >>> compute_labels_needed(100)
    112
    """
    return next(n for n in count(n_training) if n - -(-n // splits.N_FOLDS) >= n_training)
