"""What annotators who labelled independently say of the same comments: how far they agree, and where they do not.

An annotator's first pass over a comment is compared with those of others. A later pass knows the first, so it is only
set beside that: self-consistency. Adjudications are not independent and a label without a name may be anyone's, so both
are left out. Labels of one comment toward several targets are several items, and one case for the intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stance.labels.resolution import ADJUDICATED
from stance.metrics import agreement_coefficients

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from stance.metrics.agreement_coefficients import Agreement, Estimate

MIN_SHARED_ITEMS = 2

_ITEM_COLUMNS = ["comment_id", "target"]


@dataclass(frozen=True, eq=False)
class AnnotatorComparison:
    """How far some annotators agree, or one with a later pass of their own.

    `items` has a row an item that two of them labelled, sorted by comment_id and target, and a column an annotator, NaN
    where there is no label. `later_pass` is the later pass, or None; its column stands second and is called as it is.
    """

    annotators: tuple[str, ...]
    later_pass: str | None
    items: pd.DataFrame
    stances: tuple[str, ...]
    agreement: Agreement

    @property
    def n_comments(self) -> int:
        """How many comments the items are of."""
        return int(self.items.index.get_level_values("comment_id").nunique())

    @property
    def by_stance(self) -> dict[str, Estimate | None]:
        """The agreement of each stance; None where nobody gave it."""
        return dict(zip(self.stances, self.agreement.by_stance, strict=True))

    @property
    def label_counts(self) -> dict[str, int]:
        """How many labels of each stance there are."""
        return {stance: int((self.items == stance).to_numpy().sum()) for stance in self.stances}

    @property
    def confusion(self) -> pd.DataFrame:
        """How often each stance of the first column meets each of the second, of the stances that occur in either."""
        first, second = (self.items.iloc[:, place] for place in (0, 1))
        seen = [stance for stance, n in self.label_counts.items() if n]
        return pd.crosstab(first, second).reindex(index=seen, columns=seen, fill_value=0)

    @property
    def only_stance(self) -> str | None:
        """The stance that all labels are of, if it is one: then chance explains everything."""
        seen = [stance for stance, n in self.label_counts.items() if n]
        return seen[0] if len(seen) == 1 else None


@dataclass(frozen=True, eq=False)
class AgreementResults:
    """All comparisons of some labels: of each two annotators and of all, the same toward each target, and with oneself.

    `items_per_annotator` counts the items that each annotator labelled. Where stances are toward one target or none,
    there is nothing in `by_target`.
    """

    items_per_annotator: dict[str, int]
    pairs: tuple[AnnotatorComparison, ...]
    overall: AnnotatorComparison | None
    by_target: dict[str, tuple[AnnotatorComparison, ...]]
    self_consistency: tuple[AnnotatorComparison, ...]


def compare_pairs(rows: pd.DataFrame, stances: Sequence[str]) -> tuple[AnnotatorComparison, ...]:
    """Compare each two annotators who labelled two items or more in common, by their names.

    Parameters
    ----------
    rows
        What `labels.rows` gives.
    stances
        The stances of the codebook, in its order.
    """
    return _compare_each_pair(_pivot_by_annotator(_select_independent_labels(rows)), stances)


def compare_annotators(rows: pd.DataFrame, stances: Sequence[str]) -> AgreementResults:
    """Compare all annotators of some labels.

    Parameters
    ----------
    rows, stances
        As in `compare_pairs`.
    """
    own = _select_independent_labels(rows)
    items = _pivot_by_annotator(own)
    targets = items.index.get_level_values("target")
    of_pairs = _compare_each_pair(items, stances)
    of_targets = {}
    if len(set(targets)) > 1:
        parts = {target: items[targets == target] for target in dict.fromkeys(own["target"])}
        of_targets = {
            target: (*_compare_each_pair(part, stances), *_compare_all_annotators(part, stances))
            for target, part in parts.items()
        }
    return AgreementResults(
        items_per_annotator={str(name): int(n) for name, n in items.notna().sum().items()},
        pairs=of_pairs,
        overall=next(iter([*_compare_all_annotators(items, stances), *of_pairs]), None),
        by_target=of_targets,
        self_consistency=tuple(_compare_passes(own, stances)),
    )


def find_annotator_disagreements(rows: pd.DataFrame) -> pd.DataFrame:
    """List the items to which annotators gave different stances, in the order of the sheets.

    Parameters
    ----------
    rows
        As in `compare_pairs`.

    Returns
    -------
    DataFrame
        With the columns comment_id, article_id, article_title, target, text, `adjudicated`, which is the stance of the
        last adjudication or empty, and `labels`, a dict of who said what.
    """
    items = _pivot_by_annotator(_select_independent_labels(rows))
    settled = rows[(rows["pass"] == ADJUDICATED) & (rows["stance"] != "")].drop_duplicates(_ITEM_COLUMNS, keep="last")
    adjudicated = dict(zip(zip(settled["comment_id"], settled["target"], strict=True), settled["stance"], strict=True))
    place = {comment: place for place, comment in enumerate(dict.fromkeys(rows["comment_id"]))}
    known = {}
    for column in ("article_id", "article_title", "text"):
        told = rows[rows[column].str.strip() != ""].drop_duplicates("comment_id")
        known[column] = dict(zip(told["comment_id"], told[column], strict=True))
    found = [
        {
            "comment_id": comment,
            **{column: of_comment.get(comment, "") for column, of_comment in known.items()},
            "target": target,
            "adjudicated": adjudicated.get((comment, target), ""),
            "labels": labels,
        }
        for (comment, target), labels in zip(
            items.index, map(_drop_missing_labels, items.to_dict("records")), strict=True
        )
        if len(set(labels.values())) > 1
    ]
    found.sort(key=lambda each: place[each["comment_id"]])
    columns = ["comment_id", "article_id", "article_title", "target", "text", "adjudicated", "labels"]
    return pd.DataFrame(found, columns=columns)


def _drop_missing_labels(labels: dict[Hashable, Any]) -> dict[str, str]:
    return {str(name): stance for name, stance in labels.items() if isinstance(stance, str)}


def _select_independent_labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep what annotators said for themselves, their earliest pass over an item first."""
    own = rows[(rows["stance"] != "") & (rows["annotator"] != "") & (rows["pass"] != ADJUDICATED)]
    return own.assign(number=own["pass"].astype("int64")).sort_values("number", kind="stable")


def _pivot_by_annotator(labels: pd.DataFrame) -> pd.DataFrame:
    first = labels.drop_duplicates([*_ITEM_COLUMNS, "annotator"])
    return first.pivot(index=_ITEM_COLUMNS, columns="annotator", values="stance")  # noqa: PD010 - pivot_table hides doubles


def _compare_each_pair(items: pd.DataFrame, stances: Sequence[str]) -> tuple[AnnotatorComparison, ...]:
    two = combinations(items.columns, 2)
    return tuple(found for pair in two for found in _compare_columns(items[list(pair)], pair, stances))


def _compare_all_annotators(items: pd.DataFrame, stances: Sequence[str]) -> tuple[AnnotatorComparison, ...]:
    """Compare all annotators who share an item with another; nothing if they are two, whom a pair shows already."""
    doubled = items[items.notna().sum(axis=1) > 1].dropna(axis=1, how="all")
    return _compare_columns(doubled, tuple(doubled.columns), stances) if doubled.shape[1] > 2 else ()  # noqa: PLR2004


def _compare_passes(labels: pd.DataFrame, stances: Sequence[str]) -> list[AnnotatorComparison]:
    is_later = labels.duplicated([*_ITEM_COLUMNS, "annotator"])
    first, later = labels[~is_later], labels[is_later]
    later = later[later["sampled"] != "disagree"]  # what was read again because labels differ is no fair trial
    found: list[AnnotatorComparison] = []
    for (annotator, number), again in later.groupby(["annotator", "number"]):
        before = first[first["annotator"] == annotator].set_index(_ITEM_COLUMNS)["stance"]
        items = pd.DataFrame(
            {str(annotator): before, str(number): again.set_index(_ITEM_COLUMNS)["stance"]}
        ).sort_index()
        found += _compare_columns(items, (str(annotator),), stances, str(number))
    return found


def _compare_columns(
    items: pd.DataFrame, annotators: tuple[str, ...], stances: Sequence[str], later_pass: str | None = None
) -> tuple[AnnotatorComparison, ...]:
    """Compare the columns of a table of items, or do not where there are too few."""
    items = items[items.notna().sum(axis=1) > 1]
    if len(items) < MIN_SHARED_ITEMS:
        return ()
    clusters, _ = pd.factorize(items.index.get_level_values("comment_id"))
    found = agreement_coefficients.measure_agreement(_encode_stances(items, stances), len(stances), clusters)
    return (AnnotatorComparison(annotators, later_pass, items, tuple(stances), found),)


def _encode_stances(items: pd.DataFrame, stances: Sequence[str]) -> NDArray[np.int64]:
    columns = [pd.Categorical(items[name], categories=list(stances)).codes for name in items.columns]
    return np.stack(columns, axis=1).astype(np.int64)  # a missing label has the code -1, which is MISSING
