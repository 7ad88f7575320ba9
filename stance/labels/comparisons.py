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

FEWEST_IN_COMMON = 2

_ITEM = ["comment_id", "target"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """How far some annotators agree, or one with a later pass of their own.

    `items` has a row an item that two of them labelled, sorted by comment_id and target, and a column an annotator, NaN
    where there is no label. `later` is the later pass, or None; its column stands second and is called as it is.
    """

    annotators: tuple[str, ...]
    later: str | None
    items: pd.DataFrame
    stances: tuple[str, ...]
    found: Agreement

    @property
    def comments(self) -> int:
        """How many comments the items are of."""
        return int(self.items.index.get_level_values("comment_id").nunique())

    @property
    def by_stance(self) -> dict[str, Estimate | None]:
        """The agreement of each stance; None where nobody gave it."""
        return dict(zip(self.stances, self.found.by_stance, strict=True))

    @property
    def given(self) -> dict[str, int]:
        """How many labels of each stance there are."""
        return {stance: int((self.items == stance).to_numpy().sum()) for stance in self.stances}

    @property
    def confusion(self) -> pd.DataFrame:
        """How often each stance of the first column meets each of the second, of the stances that occur in either."""
        first, second = (self.items.iloc[:, place] for place in (0, 1))
        seen = [stance for stance, n in self.given.items() if n]
        return pd.crosstab(first, second).reindex(index=seen, columns=seen, fill_value=0)

    @property
    def of_one_stance(self) -> str | None:
        """The stance that all labels are of, if it is one: then chance explains everything."""
        seen = [stance for stance, n in self.given.items() if n]
        return seen[0] if len(seen) == 1 else None


@dataclass(frozen=True, eq=False)
class Comparisons:
    """All comparisons of some labels: of each two annotators and of all, the same toward each target, and with oneself.

    `labelled` counts the items that each annotator labelled. Where stances are toward one target or none, there is
    nothing in `of_targets`.
    """

    labelled: dict[str, int]
    pairs: tuple[Comparison, ...]
    overall: Comparison | None
    of_targets: dict[str, tuple[Comparison, ...]]
    with_oneself: tuple[Comparison, ...]


def pairs(rows: pd.DataFrame, stances: Sequence[str]) -> tuple[Comparison, ...]:
    """Compare each two annotators who labelled two items or more in common, by their names.

    Parameters
    ----------
    rows
        What `labels.rows` gives.
    stances
        The stances of the codebook, in its order.
    """
    return _pairs(_side_by_side(_own_labels(rows)), stances)


def compare(rows: pd.DataFrame, stances: Sequence[str]) -> Comparisons:
    """Compare all annotators of some labels.

    Parameters
    ----------
    rows, stances
        As in `pairs`.
    """
    own = _own_labels(rows)
    items = _side_by_side(own)
    targets = items.index.get_level_values("target")
    of_pairs = _pairs(items, stances)
    of_targets = {}
    if len(set(targets)) > 1:
        parts = {target: items[targets == target] for target in dict.fromkeys(own["target"])}
        of_targets = {target: (*_pairs(part, stances), *_all(part, stances)) for target, part in parts.items()}
    return Comparisons(
        labelled={str(name): int(n) for name, n in items.notna().sum().items()},
        pairs=of_pairs,
        overall=next(iter([*_all(items, stances), *of_pairs]), None),
        of_targets=of_targets,
        with_oneself=tuple(_with_oneself(own, stances)),
    )


def disagreements(rows: pd.DataFrame) -> pd.DataFrame:
    """List the items to which annotators gave different stances, in the order of the sheets.

    Parameters
    ----------
    rows
        As in `pairs`.

    Returns
    -------
    DataFrame
        With the columns comment_id, article_id, article_title, target, text, `adjudicated`, which is the stance of the
        last adjudication or empty, and `labels`, a dict of who said what.
    """
    items = _side_by_side(_own_labels(rows))
    settled = rows[(rows["pass"] == ADJUDICATED) & (rows["stance"] != "")].drop_duplicates(_ITEM, keep="last")
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
        for (comment, target), labels in zip(items.index, map(_given, items.to_dict("records")), strict=True)
        if len(set(labels.values())) > 1
    ]
    found.sort(key=lambda each: place[each["comment_id"]])
    columns = ["comment_id", "article_id", "article_title", "target", "text", "adjudicated", "labels"]
    return pd.DataFrame(found, columns=columns)


def _given(labels: dict[Hashable, Any]) -> dict[str, str]:
    return {str(name): stance for name, stance in labels.items() if isinstance(stance, str)}


def _own_labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep what annotators said for themselves, their earliest pass over an item first."""
    own = rows[(rows["stance"] != "") & (rows["annotator"] != "") & (rows["pass"] != ADJUDICATED)]
    return own.assign(number=own["pass"].astype("int64")).sort_values("number", kind="stable")


def _side_by_side(own: pd.DataFrame) -> pd.DataFrame:
    first = own.drop_duplicates([*_ITEM, "annotator"])
    return first.pivot(index=_ITEM, columns="annotator", values="stance")  # noqa: PD010 - pivot_table hides doubles


def _pairs(items: pd.DataFrame, stances: Sequence[str]) -> tuple[Comparison, ...]:
    two = combinations(items.columns, 2)
    return tuple(found for pair in two for found in _comparison(items[list(pair)], pair, stances))


def _all(items: pd.DataFrame, stances: Sequence[str]) -> tuple[Comparison, ...]:
    """Compare all annotators who share an item with another; nothing if they are two, whom a pair shows already."""
    doubled = items[items.notna().sum(axis=1) > 1].dropna(axis=1, how="all")
    return _comparison(doubled, tuple(doubled.columns), stances) if doubled.shape[1] > 2 else ()  # noqa: PLR2004


def _with_oneself(own: pd.DataFrame, stances: Sequence[str]) -> list[Comparison]:
    is_later = own.duplicated([*_ITEM, "annotator"])
    first, later = own[~is_later], own[is_later]
    later = later[later["sampled"] != "disagree"]  # what was read again because labels differ is no fair trial
    found: list[Comparison] = []
    for (annotator, number), again in later.groupby(["annotator", "number"]):
        before = first[first["annotator"] == annotator].set_index(_ITEM)["stance"]
        items = pd.DataFrame({str(annotator): before, str(number): again.set_index(_ITEM)["stance"]}).sort_index()
        found += _comparison(items, (str(annotator),), stances, str(number))
    return found


def _comparison(
    items: pd.DataFrame, annotators: tuple[str, ...], stances: Sequence[str], later: str | None = None
) -> tuple[Comparison, ...]:
    """Compare the columns of a table of items, or do not where there are too few."""
    items = items[items.notna().sum(axis=1) > 1]
    if len(items) < FEWEST_IN_COMMON:
        return ()
    clusters, _ = pd.factorize(items.index.get_level_values("comment_id"))
    found = agreement_coefficients.measure_agreement(_codes(items, stances), len(stances), clusters)
    return (Comparison(annotators, later, items, tuple(stances), found),)


def _codes(items: pd.DataFrame, stances: Sequence[str]) -> NDArray[np.int64]:
    columns = [pd.Categorical(items[name], categories=list(stances)).codes for name in items.columns]
    return np.stack(columns, axis=1).astype(np.int64)  # a missing label has the code -1, which is MISSING
