"""Who labelled, by which codebook, and how comments were drawn: what is missing, and what is out of date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stance.evaluation.splits import TEST_SAMPLING_METHODS
from stance.reports.text_format import pluralise
from stance.validation.findings import Finding, locate_rows, quote_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stance.validation.context import CheckContext

_CODEBOOK_VERSION = re.compile(r"[0-9a-f]{8}", re.IGNORECASE)


def find_missing_provenance(context: CheckContext) -> Iterator[Finding]:
    """Find labels without an annotator, or without a codebook version, where others have one."""
    for kind, column, what in (
        ("missing-annotator", "annotator", "labels without an annotator, while others have one"),
        ("missing-codebook-version", "codebook", "labels without a version of the codebook, while others have one"),
    ):
        without = context.last_rows[context.last_rows[column] == ""]
        if 0 < len(without) < len(context.last_rows):
            yield Finding(kind, what, locate_rows(without))


def find_outdated_labels(context: CheckContext) -> Iterator[Finding]:
    """Find labels that were given by another definition of their stance, or other rules, than it has now."""
    told = context.effective_labels[context.effective_labels["codebook"] != ""]
    sound = told["codebook"].str.fullmatch(_CODEBOOK_VERSION.pattern, flags=re.IGNORECASE)
    if len(bad := told[~sound]):
        what = "the column codebook holds what is no version: those are 8 digits and letters from a to f"
        yield Finding("damaged-codebook-version", what, locate_rows(bad, map(quote_cell, bad["codebook"])))
    if context.codebook is None:
        return
    for stance, rows in told[sound].groupby("stance", sort=False):
        now = context.codebook.stance_version(str(stance))
        if len(old := rows[rows["codebook"].str.lower() != now]):
            what = (
                f"the codebook says something else of {quote_cell(str(stance))} now than when these labels were given"
            )
            yield Finding(
                "old-codebook", what, locate_rows(old, [f"by {version}, now {now}" for version in old["codebook"]])
            )


def find_incomplete_samples(context: CheckContext) -> Iterator[Finding]:
    """Find draws of comments that are labelled in part, and probabilities that are recorded in part."""
    settled = context.resolved_labels[context.resolved_labels["sampled"].isin(TEST_SAMPLING_METHODS)]
    without = settled[settled["probability"] == ""]
    if 0 < len(without) < len(settled):
        what = (
            f"{len(settled) - len(without):,} of {pluralise(len(settled), 'label')} that test a model say by which "
            "probability their comment was drawn; training weighs labels only if all do"
        )
        yield Finding("partial-probabilities", what, locate_rows(without))
    drawn = context.rows[context.rows["sampled"] == "random"]
    labelled = set(context.last_rows["comment_id"])
    for (_, seed), rows in drawn.groupby(["path", "seed"], sort=False):
        comments = rows.drop_duplicates("comment_id")
        rest = comments[~comments["comment_id"].isin(labelled)]
        if 0 < len(rest) < len(comments):
            by = f" with seed {seed}" if seed else ""
            what = (
                f"{len(comments) - len(rest):,} of {pluralise(len(comments), 'comment')} that were drawn at random{by} "
                "have a label; shares are wrong if the others differ from them"
            )
            seen = rest["comment_id"].isin(rows.loc[rows["unsure"].str.lower() == "skipped", "comment_id"])
            yield Finding("unfinished-draw", what, locate_rows(rest, ["skipped" if each else "" for each in seen]))
