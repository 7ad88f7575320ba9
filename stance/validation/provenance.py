"""Find missing or outdated information on annotators, codebook versions and sampling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stance.errors import UnreadableFileError
from stance.evaluation.splits import TEST_SAMPLING_METHODS
from stance.labels.sheets.openings import openings_path, read_openings
from stance.tables import SPLIT_COLUMN, TEST_SPLIT
from stance.validation.findings import Finding, Location, locate_rows, quote_cell
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stance.validation.context import CheckContext

_CODEBOOK_VERSION = re.compile(r"[0-9a-f]{8}", re.IGNORECASE)


def find_missing_provenance(context: CheckContext) -> Iterator[Finding]:
    """Find labels without an annotator or a codebook version, if others have one."""
    for rule_id, column, missing in (
        ("missing-annotator", "annotator", "an annotator"),
        ("missing-codebook-version", "codebook", "a codebook version"),
    ):
        without = context.last_rows[context.last_rows[column] == ""]
        if 0 < len(without) < len(context.last_rows):
            yield Finding(rule_id, f"labels without {missing}, while others have one", locate_rows(without))


def find_outdated_labels(context: CheckContext) -> Iterator[Finding]:
    """Find labels made with another definition of their stance, or other rules, than the codebook has now."""
    labels = context.effective_labels[context.effective_labels["codebook"] != ""]
    is_version = labels["codebook"].str.fullmatch(_CODEBOOK_VERSION.pattern, flags=re.IGNORECASE)
    damaged = labels[~is_version]
    if len(damaged):
        message = "the column codebook has values that are not a version: 8 digits and letters from a to f"
        yield Finding("damaged-codebook-version", message, locate_rows(damaged, map(quote_cell, damaged["codebook"])))
    if context.codebook is None:
        return
    for stance, rows in labels[is_version].groupby("stance", sort=False):
        current = context.codebook.stance_version(str(stance))
        outdated = rows[rows["codebook"].str.lower() != current]
        if len(outdated):
            message = f"the codebook's text on {quote_cell(str(stance))} has changed since these labels were made"
            details = [f"version {version}, now {current}" for version in outdated["codebook"]]
            yield Finding("old-codebook", message, locate_rows(outdated, details))


def find_unreadable_openings(context: CheckContext) -> Iterator[Finding]:
    """Find sheets with a closed test set whose openings cannot be read."""
    for sheet, rows in context.iter_sheets():
        if (rows[SPLIT_COLUMN] == TEST_SPLIT).any():
            try:
                read_openings(sheet.path)
            except UnreadableFileError as error:
                yield Finding("unreadable-openings", str(error), (Location(str(openings_path(sheet.path))),))


def find_incomplete_samples(context: CheckContext) -> Iterator[Finding]:
    """Find random samples that are partly labelled, and inclusion probabilities that are partly recorded."""
    tested = context.training_labels[context.training_labels["sampled"].isin(TEST_SAMPLING_METHODS)]
    without = tested[tested["probability"] == ""]
    if 0 < len(without) < len(tested):
        message = (
            f"{len(tested) - len(without):,} of {pluralise(len(tested), 'label')} for testing have an inclusion "
            "probability; labels are weighted only if all have one"
        )
        yield Finding("partial-probabilities", message, locate_rows(without))
    sampled = context.rows[context.rows["sampled"] == "random"]
    labelled_ids = set(context.last_rows["comment_id"])
    for (_, seed), rows in sampled.groupby(["path", "seed"], sort=False):
        comments = rows.drop_duplicates("comment_id")
        unlabelled = comments[~comments["comment_id"].isin(labelled_ids)]
        if 0 < len(unlabelled) < len(comments):
            with_seed = f" with seed {seed}" if seed else ""
            message = (
                f"{len(comments) - len(unlabelled):,} of {pluralise(len(comments), 'comment')} chosen at random"
                f"{with_seed} have a label; shares are biased if the others differ from them"
            )
            skipped_ids = rows.loc[rows["unsure"].str.lower() == "skipped", "comment_id"]
            is_skipped = unlabelled["comment_id"].isin(skipped_ids)
            details = ["skipped" if skipped else "" for skipped in is_skipped]
            yield Finding("unfinished-draw", message, locate_rows(unlabelled, details))
