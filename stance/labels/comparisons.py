"""Compare annotators who labelled the same comments independently.

An item is a comment, or a comment and a target. An annotator's first pass over an item is compared with the first
passes of others. A later pass is compared only with the annotator's own first one (self-consistency), since it is not
independent of it. Adjudications, which are not independent, and labels without an annotator are left out. Items of one
comment form one cluster for the confidence intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stance.labels.resolution import ADJUDICATED, ITEM_COLUMNS, first_filled_cells
from stance.metrics.agreement_coefficients import measure_agreement

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from stance.metrics.agreement_coefficients import Agreement, Estimate

MIN_SHARED_ITEMS = 2
"""Annotators who share fewer items are not compared."""

_N_PAIR = 2


@dataclass(frozen=True, eq=False)
class AnnotatorComparison:
    """The agreement of some annotators, or of one annotator's first pass with a later one.

    Attributes
    ----------
    annotators
        Their names.
    later_pass
        The number of the later pass, if one annotator is compared with themselves.
    items
        One row per item that two of them labelled, sorted by comment_id and target; one column per annotator, NaN
        where they gave no label. A later pass is the second column, named by its number.
    stances
        The stances of the codebook, in its order.
    agreement
        The agreement coefficients.
    """

    annotators: tuple[str, ...]
    later_pass: str | None
    items: pd.DataFrame
    stances: tuple[str, ...]
    agreement: Agreement

    @property
    def n_comments(self) -> int:
        """The number of different comments among the items."""
        return int(self.items.index.get_level_values("comment_id").nunique())

    @property
    def by_stance(self) -> dict[str, Estimate | None]:
        """The agreement on each stance; None for a stance that nobody used."""
        return dict(zip(self.stances, self.agreement.by_stance, strict=True))

    @property
    def label_counts(self) -> dict[str, int]:
        """The number of labels of each stance."""
        return {stance: int((self.items == stance).to_numpy().sum()) for stance in self.stances}

    @property
    def confusion(self) -> pd.DataFrame:
        """The confusion matrix of the first column of `items` by the second, for stances that occur in either."""
        used = self._used_stances
        table = pd.crosstab(self.items.iloc[:, 0], self.items.iloc[:, 1])
        return table.reindex(index=used, columns=used, fill_value=0)

    @property
    def only_stance(self) -> str | None:
        """The stance of all labels if there is only one, in which case kappa and alpha are undefined."""
        used = self._used_stances
        return used[0] if len(used) == 1 else None

    @property
    def _used_stances(self) -> list[str]:
        return [stance for stance, n in self.label_counts.items() if n]


@dataclass(frozen=True, eq=False)
class AgreementResults:
    """All comparisons of some labels.

    Attributes
    ----------
    items_per_annotator
        The number of items that each annotator labelled.
    pairs
        The comparison of each two annotators.
    overall
        The comparison of all annotators; that of the only pair if there is one.
    by_target
        The same for each target; empty if the labels have at most one target.
    self_consistency
        The comparisons of an annotator's first pass with a later one.
    """

    items_per_annotator: dict[str, int]
    pairs: tuple[AnnotatorComparison, ...]
    overall: AnnotatorComparison | None
    by_target: dict[str, tuple[AnnotatorComparison, ...]]
    self_consistency: tuple[AnnotatorComparison, ...]


def compare_pairs(rows: pd.DataFrame, stances: Sequence[str]) -> tuple[AnnotatorComparison, ...]:
    """Compare each two annotators who share at least two items, in the order of their names.

    Parameters
    ----------
    rows
        The rows that `resolution.combine_labels` returns.
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
    labels = _select_independent_labels(rows)
    items = _pivot_by_annotator(labels)
    item_targets = items.index.get_level_values("target")
    pairs = _compare_each_pair(items, stances)
    by_target = {}
    if len(set(item_targets)) > 1:
        for target in dict.fromkeys(labels["target"]):
            part = items[item_targets == target]
            by_target[target] = (*_compare_each_pair(part, stances), *_compare_all_annotators(part, stances))
    return AgreementResults(
        items_per_annotator={str(name): int(n) for name, n in items.notna().sum().items()},
        pairs=pairs,
        overall=next(iter([*_compare_all_annotators(items, stances), *pairs]), None),
        by_target=by_target,
        self_consistency=tuple(_compare_passes(labels, stances)),
    )


def find_annotator_disagreements(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the items to which annotators gave different stances, in the order of the sheets.

    Parameters
    ----------
    rows
        As in `compare_pairs`.

    Returns
    -------
    DataFrame
        With the columns comment_id, article_id, article_title, target, text, `adjudicated` (the stance of the last
        adjudication or empty) and `labels` (a dict of the stance that each annotator gave).
    """
    items = _pivot_by_annotator(_select_independent_labels(rows))
    adjudications = rows[(rows["pass"] == ADJUDICATED) & (rows["stance"] != "")]
    adjudicated = {
        (comment_id, target): stance
        for comment_id, target, stance in adjudications[[*ITEM_COLUMNS, "stance"]].itertuples(index=False, name=None)
    }
    positions = {comment_id: position for position, comment_id in enumerate(dict.fromkeys(rows["comment_id"]))}
    cells = {column: first_filled_cells(rows, column) for column in ("article_id", "article_title", "text")}
    records = []
    for (comment_id, target), cells_by_annotator in zip(items.index, items.to_dict("records"), strict=True):
        labels = _drop_missing_labels(cells_by_annotator)
        if len(set(labels.values())) > 1:
            record = {column: cell_of_comment.get(comment_id, "") for column, cell_of_comment in cells.items()}
            stance = adjudicated.get((comment_id, target), "")
            records.append(
                {"comment_id": comment_id, **record, "target": target, "adjudicated": stance, "labels": labels}
            )
    records.sort(key=lambda record: positions[record["comment_id"]])
    columns = ["comment_id", "article_id", "article_title", "target", "text", "adjudicated", "labels"]
    return pd.DataFrame(records, columns=columns)


def _drop_missing_labels(cells_by_annotator: dict[Hashable, Any]) -> dict[str, str]:
    return {str(name): stance for name, stance in cells_by_annotator.items() if isinstance(stance, str)}


def _select_independent_labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the labels with an annotator that are not adjudications, earlier passes first."""
    labels = rows[(rows["stance"] != "") & (rows["annotator"] != "") & (rows["pass"] != ADJUDICATED)]
    return labels.assign(number=labels["pass"].astype("int64")).sort_values("number", kind="stable")


def _pivot_by_annotator(labels: pd.DataFrame) -> pd.DataFrame:
    """Return a table of first-pass stances: one row per item, one column per annotator."""
    first_passes = labels.drop_duplicates([*ITEM_COLUMNS, "annotator"])
    return first_passes.pivot(index=ITEM_COLUMNS, columns="annotator", values="stance")  # noqa: PD010 - pivot_table would hide duplicates


def _compare_each_pair(items: pd.DataFrame, stances: Sequence[str]) -> tuple[AnnotatorComparison, ...]:
    return tuple(
        comparison
        for pair in combinations(items.columns, 2)
        for comparison in _compare_columns(items[list(pair)], pair, stances)
    )


def _compare_all_annotators(items: pd.DataFrame, stances: Sequence[str]) -> tuple[AnnotatorComparison, ...]:
    """Compare all annotators who share an item with another; return nothing for two, who are a pair already."""
    shared = items[items.notna().sum(axis=1) > 1].dropna(axis=1, how="all")
    return _compare_columns(shared, tuple(shared.columns), stances) if shared.shape[1] > _N_PAIR else ()


def _compare_passes(labels: pd.DataFrame, stances: Sequence[str]) -> list[AnnotatorComparison]:
    is_later = labels.duplicated([*ITEM_COLUMNS, "annotator"])
    first_passes, later_passes = labels[~is_later], labels[is_later]
    # Comments that were labelled again because labels differed say nothing about consistency in general.
    later_passes = later_passes[later_passes["sampled"] != "disagree"]
    comparisons: list[AnnotatorComparison] = []
    for (annotator, number), later in later_passes.groupby(["annotator", "number"]):
        first = first_passes[first_passes["annotator"] == annotator].set_index(ITEM_COLUMNS)["stance"]
        columns = {str(annotator): first, str(number): later.set_index(ITEM_COLUMNS)["stance"]}
        items = pd.DataFrame(columns).sort_index()
        comparisons += _compare_columns(items, (str(annotator),), stances, str(number))
    return comparisons


def _compare_columns(
    items: pd.DataFrame, annotators: tuple[str, ...], stances: Sequence[str], later_pass: str | None = None
) -> tuple[AnnotatorComparison, ...]:
    """Return one comparison of the columns of a table of items, or none if they share too few items."""
    items = items[items.notna().sum(axis=1) > 1]
    if len(items) < MIN_SHARED_ITEMS:
        return ()
    clusters, _ = pd.factorize(items.index.get_level_values("comment_id"))
    agreement = measure_agreement(_encode_stances(items, stances), len(stances), clusters)
    return (AnnotatorComparison(annotators, later_pass, items, tuple(stances), agreement),)


def _encode_stances(items: pd.DataFrame, stances: Sequence[str]) -> NDArray[np.int64]:
    """Return the index of the stance in each cell, of shape (n_items, n_annotators)."""
    columns = [pd.Categorical(items[name], categories=list(stances)).codes for name in items.columns]
    return np.stack(columns, axis=1).astype(np.int64)  # pandas codes a missing label as -1, which is MISSING
