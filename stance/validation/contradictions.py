"""Find labels and texts that contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.labels import resolution
from stance.validation.context import ITEM_COLUMNS
from stance.validation.findings import Finding, Location, format_location, locate_rows
from stance.validation.unknown_values import parse_iso_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from stance.validation.context import CheckContext

_CHANGE_MESSAGES = {
    "older-label-counts": "the last row of a label counts, but is older than an earlier row",
    "changed-without-a-name": "a later row without an annotator gives the comment another stance, and counts",
    "withdrawn-by-empty-row": "a later row without a stance withdraws the label, and does not say that it is meant to",
    "changed-label": "labels that their annotator changed; the last row counts",
    "withdrawn-label": "labels that were withdrawn by a later row without a stance",
}


def find_conflicting_texts(context: CheckContext) -> Iterator[Finding]:
    """Find comments whose comment_id has different texts."""
    rows = context.conflicting_text_rows
    if len(rows):
        first_locations = zip(rows["first_path"], rows["first_row"], rows["path"], strict=True)
        details = [
            f"another text than in {format_location(first_path, first_row, relative_to=path)}"
            for first_path, first_row, path in first_locations
        ]
        yield Finding("two-texts", "one comment_id has different texts", locate_rows(rows, details))


def find_missing_texts(context: CheckContext) -> Iterator[Finding]:
    """Find labels of comments that have no text in any sheet."""
    rows = context.last_rows[~context.last_rows["comment_id"].isin(context.texts)]
    if len(rows):
        details = ["" if comment_id else "neither comment_id nor text" for comment_id in rows["comment_id"]]
        message = "labels of comments without a text in any of these sheets"
        yield Finding("missing-text", message, locate_rows(rows, details))


def find_missing_targets(context: CheckContext) -> Iterator[Finding]:
    """Find labels without a target, if others have one."""
    rows = context.labels_without_target
    if len(rows):
        yield Finding("missing-target", "labels without a target, while others have one", locate_rows(rows))


def find_label_conflicts(context: CheckContext) -> Iterator[Finding]:
    """Find comments with different labels and no adjudication: by several annotators, or by one in several passes."""
    between: list[Location] = []
    within: list[Location] = []
    for _, rows in context.conflicting_labels.groupby(ITEM_COLUMNS, sort=False):
        last = rows.iloc[-1]
        details = [
            f"{stance} by {annotator or 'an unnamed annotator'} in pass {number} "
            f"({format_location(path, row, last['path'])})"
            for stance, annotator, number, path, row in rows[["stance", "annotator", "pass", "path", "row"]].to_numpy()
        ]
        location = Location(last["path"], int(last["row"]), last["comment_id"], "; ".join(details))
        (between if len(set(rows["annotator"])) > 1 else within).append(location)
    if between:
        message = "annotators gave one comment different stances, and nobody has adjudicated"
        yield Finding("conflict", message, tuple(between))
    if within:
        message = "one annotator gave one comment different stances in different passes"
        yield Finding("conflict-with-oneself", message, tuple(within))


def find_differing_adjudications(context: CheckContext) -> Iterator[Finding]:
    """Find comments with different adjudications."""
    adjudications = context.valid_labels[context.valid_labels["pass"] == resolution.ADJUDICATED]
    differing = adjudications[adjudications.groupby(ITEM_COLUMNS)["stance"].transform("nunique") > 1]
    ignored = differing[differing.duplicated(ITEM_COLUMNS, keep="last")]
    if len(ignored):
        message = "adjudications of one comment differ, and the last one counts"
        yield Finding("adjudications-differ", message, locate_rows(ignored, ignored["stance"]))


def find_inconsistent_duplicates(context: CheckContext) -> Iterator[Finding]:
    """Find equal or near-duplicate texts with different stances on one target."""
    resolved = context.resolved_labels
    text_groups = pd.factorize(resolved["text"].map(tables.normalise_text))[0]
    equal = _locate_minority_labels(resolved, text_groups)
    if equal:
        yield Finding("equal-texts-differ", "equal texts have different stances", tuple(equal.values()))
    near = _locate_minority_labels(resolved, context.duplicate_groups)
    near_only = tuple(location for index, location in near.items() if index not in equal)
    if near_only:
        yield Finding("similar-texts-differ", "texts with nearly the same words have different stances", near_only)


def _locate_minority_labels(resolved_labels: pd.DataFrame, groups: NDArray[np.int64]) -> dict[int, Location]:
    """Return, by index, the labels that differ from the most frequent stance of their group (the first of ties)."""
    labels = resolved_labels.assign(group=groups)
    differs = labels.groupby(["group", "target"])["stance"].transform("nunique") > 1
    locations = {}
    for _, rows in labels[differs].groupby(["group", "target"], sort=False):
        counts = rows["stance"].value_counts(sort=False)
        majority = rows[rows["stance"] == counts.idxmax()].iloc[0]
        for index, row in rows[rows["stance"] != majority["stance"]].iterrows():
            majority_location = format_location(majority["path"], majority["row"], relative_to=row["path"])
            detail = f"{row['stance']}, but {majority['stance']} in {majority_location}"
            locations[int(str(index))] = Location(row["path"], int(row["row"]), row["comment_id"], detail)
    return locations


def find_changed_labels(context: CheckContext) -> Iterator[Finding]:
    """Find labels that a later row of the same key changes or withdraws, intended or not."""
    key = ["path", *resolution.KEY_COLUMNS]
    spell = _make_speller(context)
    rows = context.rows[context.rows["comment_id"] != ""]
    rows = rows[rows.duplicated(key, keep=False)]
    is_ignored_label = rows.duplicated(key, keep="last") & (rows["stance"] != "")
    before = rows[is_ignored_label].drop_duplicates(key, keep="last")
    last = rows.drop_duplicates(key, keep="last")
    pairs = before.merge(last, on=key, suffixes=("", "_last"))
    pairs = pairs[pairs["stance"].map(spell) != pairs["stance_last"].map(spell)]
    changes = [_classify_change(pair) for _, pair in pairs.iterrows()]
    for rule_id, message in _CHANGE_MESSAGES.items():
        changed = pairs[[change == rule_id for change in changes]]
        if len(changed):
            details = [
                f"{stance}, then {stance_last or 'nothing'} in row {row_last}"
                for stance, stance_last, row_last in changed[["stance", "stance_last", "row_last"]].to_numpy()
            ]
            yield Finding(rule_id, message, locate_rows(changed, details))


def _classify_change(pair: pd.Series[str]) -> str:
    """Return the id of the rule that a change falls under."""
    if _is_older(pair["labelled_at_last"], pair["labelled_at"]):
        return "older-label-counts"
    if pair["stance_last"]:
        return "changed-label" if pair["annotator"] else "changed-without-a-name"
    is_intended = pair["labelled_at_last"] or pair["note_last"] or pair["unsure_last"]
    return "withdrawn-label" if is_intended else "withdrawn-by-empty-row"


def _is_older(last: str, before: str) -> bool:
    """Return whether the last label is older than the one before it; by date only if either has no time."""
    last_time, time_before = parse_iso_datetime(last), parse_iso_datetime(before)
    if last_time is None or time_before is None:
        return False
    if min(len(last), len(before)) <= len("2026-11-22"):
        return last_time.date() < time_before.date()
    return last_time < time_before


def find_differing_sheets(context: CheckContext) -> Iterator[Finding]:
    """Find labels with the same key and different stances in two sheets, where the order of sheets decides."""
    rows = context.rows[(context.rows["comment_id"] != "")]
    is_last_of_sheet = ~rows.duplicated(["path", *resolution.KEY_COLUMNS], keep="last")
    last = rows[is_last_of_sheet & (rows["stance"] != "")]
    last = last.assign(spelled=last["stance"].map(_make_speller(context)))
    differing = last[last.groupby(resolution.KEY_COLUMNS)["spelled"].transform("nunique") > 1]
    ignored = differing[differing.duplicated(resolution.KEY_COLUMNS, keep="last")]
    if len(ignored):
        message = "another sheet has a different stance for the same label, and the sheet named last counts"
        yield Finding("sheets-differ", message, locate_rows(ignored, ignored["stance"]))


def _make_speller(context: CheckContext) -> Callable[[str], str]:
    """Return a function that spells stances as the codebook does, and unknown ones in lower case."""
    return lambda stance: context.spell_stance(stance) or stance.casefold()
