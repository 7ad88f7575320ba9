"""Find labels that folds keep together, or would if they could: repeated texts, and several comments of one author."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stance.evaluation import label_groups, splits
from stance.labels import author_names
from stance.validation.findings import Finding, format_location, locate_rows, quote_cell
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stance.validation.context import CheckContext

_MAX_NAMED = 5


def find_linked_labels(context: CheckContext) -> Iterator[Finding]:
    """Find labels of repeated texts and of authors with several comments, and groups of them larger than a fold."""
    labels = context.training_labels.reset_index(drop=True)
    if not len(labels):
        return
    groups = label_groups.group_labels(labels, splits.N_FOLDS)
    first_of_group = labels.groupby(label_groups.group_repeated_texts(labels["text"].to_list()))
    first = first_of_group[["comment_id", "path", "row"]].transform("first")
    repeating = labels[first["comment_id"] != labels["comment_id"]]
    if len(repeating):
        locations = zip(first["path"], first["row"], labels["path"], strict=True)
        details = np.array([f"as in {format_location(path, row, relative_to=own)}" for path, row, own in locations])
        message = f"{pluralise(len(repeating), 'label')} of texts that nearly are, contain or quote that of another"
        yield Finding("repeated-text", message, locate_rows(repeating, details[repeating.index]))
    persons, ignored_names = author_names.find_persons(labels["author"].to_list())
    by_person = labels.assign(person=persons).query("person != ''").groupby("person")["comment_id"]
    has_several = by_person.transform("nunique") > 1
    if has_several.any():
        n_authors = pluralise(int((by_person.nunique() > 1).sum()), "author")
        message = f"{int(has_several.sum()):,} labels are of {n_authors} with several comments"
        yield Finding("several-by-author", message)
    if ignored_names:
        most = sorted(ignored_names, key=lambda name: -ignored_names[name])
        names = ", ".join(f"{quote_cell(name)} ({ignored_names[name]:,})" for name in most[:_MAX_NAMED])
        more = ", ..." if len(most) > _MAX_NAMED else ""
        yield Finding("not-one-author", f"names that are not taken for one person, with their labels: {names}{more}")
    if groups.dropped or groups.largest > groups.limit:
        yield Finding("large-group", groups.describe()[-1].rstrip("."))


def find_repeated_examples(context: CheckContext) -> Iterator[Finding]:
    """Find examples of the codebook that repeat a labelled comment."""
    examples = context.codebook.examples if context.codebook else []
    labels = context.resolved_labels
    groups = label_groups.group_repeated_texts([*labels["text"], *(text for text, _ in examples)])
    repeats = np.isin(groups[len(labels) :], groups[: len(labels)])
    if repeats.any():
        texts = [text for (text, _), repeated in zip(examples, repeats, strict=True) if repeated]
        named = ", ".join(map(quote_cell, texts[:_MAX_NAMED])) + (", ..." if len(texts) > _MAX_NAMED else "")
        message = f"{pluralise(len(texts), 'example')} of the codebook that nearly repeat a labelled comment: {named}"
        yield Finding("example-repeats-label", message)
