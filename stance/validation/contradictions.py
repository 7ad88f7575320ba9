"""Labels and texts that contradict each other."""

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


def find_conflicting_texts(context: CheckContext) -> Iterator[Finding]:
    """Find comments whose id stands beside different texts."""
    if len(other := context.conflicting_text_rows):
        where = zip(other["first_path"], other["first_row"], other["path"], strict=True)
        told = [f"another text than in {format_location(path, row, relative_to=own)}" for path, row, own in where]
        yield Finding("two-texts", "one comment_id stands beside different texts", locate_rows(other, told))


def find_missing_texts(context: CheckContext) -> Iterator[Finding]:
    """Find labels of comments that have no text in any sheet."""
    last = context.last_rows
    if len(without := last[~last["comment_id"].isin(context.texts)]):
        told = ["" if comment else "neither comment_id nor text" for comment in without["comment_id"]]
        yield Finding(
            "missing-text", "labels of comments without a text in the sheets given", locate_rows(without, told)
        )


def find_missing_targets(context: CheckContext) -> Iterator[Finding]:
    """Find labels without a target where others have one."""
    if len(homeless := context.labels_without_target):
        yield Finding("missing-target", "labels without a target, while others have one", locate_rows(homeless))


def find_label_conflicts(context: CheckContext) -> Iterator[Finding]:
    """Find comments whose labels differ without an adjudication: of several annotators, or of one in several passes."""
    for kind, what, several in (
        ("conflict", "annotators gave one comment different stances, and nobody has adjudicated", True),
        ("conflict-with-oneself", "one annotator gave one comment different stances in different passes", False),
    ):
        found: list[Location] = []
        columns = ["stance", "annotator", "pass", "path", "row"]
        for _, rows in context.conflicting_labels.groupby(ITEM_COLUMNS, sort=False):
            if (len(set(rows["annotator"])) > 1) == several:
                last = rows.iloc[-1]
                told = [
                    f"{stance} by {annotator or 'nobody named'} in pass {number} "
                    f"({format_location(path, row, last['path'])})"
                    for stance, annotator, number, path, row in rows[columns].to_numpy()
                ]
                found.append(Location(last["path"], int(last["row"]), last["comment_id"], "; ".join(told)))
        if found:
            yield Finding(kind, what, tuple(found))


def find_differing_adjudications(context: CheckContext) -> Iterator[Finding]:
    """Find comments that were adjudicated twice, differently."""
    made = context.valid_labels[context.valid_labels["pass"] == resolution.ADJUDICATED]
    several = made[made.groupby(ITEM_COLUMNS)["stance"].transform("nunique") > 1]
    overruled = several[several.duplicated(ITEM_COLUMNS, keep="last")]
    if len(overruled):
        what = "adjudications of one comment differ, and the last one counts"
        yield Finding("adjudications-differ", what, locate_rows(overruled, overruled["stance"]))


def find_inconsistent_duplicates(context: CheckContext) -> Iterator[Finding]:
    """Find texts that are equal, or nearly so, and settled differently toward one target."""
    settled = context.resolved_labels
    same = pd.factorize(settled["text"].map(tables.normalise_text))[0]
    equal = _locate_minority_labels(settled, same)
    if equal:
        yield Finding("equal-texts-differ", "equal texts have different stances", tuple(equal.values()))
    near = {
        at: place for at, place in _locate_minority_labels(settled, context.duplicate_groups).items() if at not in equal
    }
    if near:
        what = "texts of nearly the same words have different stances"
        yield Finding("similar-texts-differ", what, tuple(near.values()))


def _locate_minority_labels(resolved_labels: pd.DataFrame, groups: NDArray[np.int64]) -> dict[int, Location]:
    """Give the labels, by number, that differ from the most frequent stance of their group, the first of equals."""
    frame = resolved_labels.assign(group=groups)
    differs = frame.groupby(["group", "target"])["stance"].transform("nunique") > 1
    found = {}
    for _, rows in frame[differs].groupby(["group", "target"], sort=False):
        stances = rows["stance"].value_counts(sort=False)
        usual = rows[rows["stance"] == stances.idxmax()].iloc[0]
        for at, row in rows[rows["stance"] != usual["stance"]].iterrows():
            other = format_location(usual["path"], usual["row"], relative_to=row["path"])
            told = f"{row['stance']}, but {usual['stance']} in {other}"
            found[int(str(at))] = Location(row["path"], int(row["row"]), row["comment_id"], told)
    return found


def find_changed_labels(context: CheckContext) -> Iterator[Finding]:
    """Find rows that a later one of the same key overrules, or withdraws, by accident or not."""
    key = ["path", *resolution.KEY_COLUMNS]
    rows = context.rows[context.rows["comment_id"] != ""]
    rows = rows[rows.duplicated(key, keep=False)]
    overruled = rows[rows.duplicated(key, keep="last") & (rows["stance"] != "")].drop_duplicates(key, keep="last")
    final = rows.drop_duplicates(key, keep="last")
    pairs = overruled.merge(final, on=key, suffixes=("", "_last"))
    pairs = pairs[pairs["stance"].map(_make_speller(context)) != pairs["stance_last"].map(_make_speller(context))]
    found: dict[str, list[int]] = {}
    for at, (_, pair) in enumerate(pairs.iterrows()):
        found.setdefault(_classify_change(pair), []).append(at)
    for kind, what in _CHANGE_MESSAGES.items():
        if chosen := found.get(kind):
            of_kind = pairs.iloc[chosen]
            told = [
                f"{stance}, then {last or 'nothing'} in row {row}"
                for stance, last, row in of_kind[["stance", "stance_last", "row_last"]].to_numpy()
            ]
            yield Finding(kind, what, locate_rows(of_kind, told))


_CHANGE_MESSAGES = {
    "older-label-counts": "the last row of a label counts, but was given earlier than one above it",
    "changed-without-a-name": "a later row without an annotator gives the comment another stance, and counts",
    "withdrawn-by-empty-row": "a later row without a stance withdraws the label, and nothing in it says that it should",
    "changed-label": "labels that their annotator changed; the last row counts",
    "withdrawn-label": "labels that were withdrawn by a later row without a stance",
}


def _classify_change(pair: pd.Series[str]) -> str:
    if _is_older(pair["labelled_at_last"], pair["labelled_at"]):
        return "older-label-counts"
    if pair["stance_last"]:
        return "changed-label" if pair["annotator"] else "changed-without-a-name"
    meant = pair["labelled_at_last"] or pair["note_last"] or pair["unsure_last"]
    return "withdrawn-label" if meant else "withdrawn-by-empty-row"


def _is_older(after: str, before: str) -> bool:
    """Tell whether a label was given before one above it, by the day where either says no more than that."""
    told, earlier = parse_iso_datetime(after), parse_iso_datetime(before)
    if told is None or earlier is None:
        return False
    if min(len(after), len(before)) <= len("2026-11-22"):
        return told.date() < earlier.date()
    return told < earlier


def find_differing_sheets(context: CheckContext) -> Iterator[Finding]:
    """Find labels of one key that two sheets give differently: which of them counts hangs on the order of sheets."""
    rows = context.rows[(context.rows["comment_id"] != "")]
    last = rows[~rows.duplicated(["path", *resolution.KEY_COLUMNS], keep="last") & (rows["stance"] != "")]
    spelled = last.assign(spelled=last["stance"].map(_make_speller(context)))
    several = spelled[spelled.groupby(resolution.KEY_COLUMNS)["spelled"].transform("nunique") > 1]
    ignored = several[several.duplicated(resolution.KEY_COLUMNS, keep="last")]
    if len(ignored):
        what = "another sheet gives the same label differently, and the one named last counts"
        yield Finding("sheets-differ", what, locate_rows(ignored, ignored["stance"]))


def _make_speller(context: CheckContext) -> Callable[[str], str]:
    return lambda stance: context.spell_stance(stance) or stance.casefold()
