"""Who labelled, by which codebook, and how comments were drawn: what is missing, and what is out of date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stance.evaluation.splits import TESTED
from stance.reports.text_format import counted
from stance.validation.findings import Finding, places, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stance.validation.context import Material

_VERSION = re.compile(r"[0-9a-f]{8}", re.IGNORECASE)


def missing_names(material: Material) -> Iterator[Finding]:
    """Find labels without an annotator, or without a codebook version, where others have one."""
    for kind, column, what in (
        ("missing-annotator", "annotator", "labels without an annotator, while others have one"),
        ("missing-codebook-version", "codebook", "labels without a version of the codebook, while others have one"),
    ):
        without = material.last[material.last[column] == ""]
        if 0 < len(without) < len(material.last):
            yield Finding(kind, what, places(without))


def codebook_versions(material: Material) -> Iterator[Finding]:
    """Find labels that were given by another definition of their stance, or other rules, than it has now."""
    told = material.standing[material.standing["codebook"] != ""]
    sound = told["codebook"].str.fullmatch(_VERSION.pattern, flags=re.IGNORECASE)
    if len(bad := told[~sound]):
        what = "the column codebook holds what is no version: those are 8 digits and letters from a to f"
        yield Finding("damaged-codebook-version", what, places(bad, map(quoted, bad["codebook"])))
    if material.codebook is None:
        return
    for stance, rows in told[sound].groupby("stance", sort=False):
        now = material.codebook.stance_version(str(stance))
        if len(old := rows[rows["codebook"].str.lower() != now]):
            what = f"the codebook says something else of {quoted(str(stance))} now than when these labels were given"
            yield Finding(
                "old-codebook", what, places(old, [f"by {version}, now {now}" for version in old["codebook"]])
            )


def draws(material: Material) -> Iterator[Finding]:
    """Find draws of comments that are labelled in part, and probabilities that are recorded in part."""
    settled = material.settled[material.settled["sampled"].isin(TESTED)]
    without = settled[settled["probability"] == ""]
    if 0 < len(without) < len(settled):
        what = (
            f"{len(settled) - len(without):,} of {counted(len(settled), 'label')} that test a model say by which "
            "probability their comment was drawn; training weighs labels only if all do"
        )
        yield Finding("partial-probabilities", what, places(without))
    drawn = material.rows[material.rows["sampled"] == "random"]
    labelled = set(material.last["comment_id"])
    for (_, seed), rows in drawn.groupby(["path", "seed"], sort=False):
        comments = rows.drop_duplicates("comment_id")
        rest = comments[~comments["comment_id"].isin(labelled)]
        if 0 < len(rest) < len(comments):
            by = f" with seed {seed}" if seed else ""
            what = (
                f"{len(comments) - len(rest):,} of {counted(len(comments), 'comment')} that were drawn at random{by} "
                "have a label; shares are wrong if the others differ from them"
            )
            seen = rest["comment_id"].isin(rows.loc[rows["unsure"].str.lower() == "skipped", "comment_id"])
            yield Finding("unfinished-draw", what, places(rest, ["skipped" if each else "" for each in seen]))
