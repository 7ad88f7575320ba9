"""Group labels that must not be divided between training and testing: the same comment, the same text, one author."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stance import tables
from stance.labels import author_names
from stance.metrics.folds import merge_groups
from stance.metrics.near_duplicates import group_contained_texts, group_near_duplicates
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

COMMENT, NEAR_DUPLICATE, CONTAINED, AUTHOR, GROUP_COLUMN = "comment", "near-duplicate", "contained", "author", "group"
"""The kinds of links between labels."""

MIN_GROUP_LIMIT = 5
"""A group of this size is never too large, however few labels there are."""

_DESCRIPTIONS = {
    NEAR_DUPLICATE: "of near-duplicate texts",
    CONTAINED: "of texts that contain or quote another",
    AUTHOR: "of authors with several comments",
    GROUP_COLUMN: "with a shared value in the group column",
}

# The weakest first. Near-duplicates, and the groups that a user names, are always kept together.
_DROPPABLE = ((), (AUTHOR,), (CONTAINED,), (AUTHOR, CONTAINED))


@dataclass(frozen=True, eq=False)
class LabelGroups:
    """The groups that folds respect.

    Attributes
    ----------
    groups
        The group of each label, of shape (n_labels,), numbered from 0 by first occurrence.
    n_linked
        For each kind of link, the number of labels that share one with another comment, or, for `comment`, label.
    dropped
        The kinds of links that were left out, because with them the largest group had `largest_with_all` labels.
    largest, largest_with_all, limit
        The number of labels of the largest group, with all links as well; and how many a group may have.
    ignored_names
        The names that are not taken for one person, with their numbers of labels.
    n_without_person
        The number of labels whose author is not known.
    """

    groups: NDArray[np.int64]
    n_linked: dict[str, int]
    dropped: tuple[str, ...]
    largest: int
    largest_with_all: int
    limit: int
    ignored_names: dict[str, int]
    n_without_person: int

    def to_dict(self) -> dict[str, Any]:
        """Return what metrics.json says about the groups; names are left out, since it may be published."""
        return {
            "n": int(self.groups.max(initial=-1)) + 1,
            "largest": self.largest,
            "limit": self.limit,
            "linked": self.n_linked,
            "divided": list(self.dropped),
            "largest_undivided": self.largest_with_all,
            "labels_without_person": self.n_without_person,
        }

    def describe(self) -> list[str]:
        """Return sentences that say which labels are kept in one fold, and which are not although they are linked."""
        n = len(self.groups)
        parts = [
            f"{self.n_linked[kind]:,} {description}"
            for kind, description in _DESCRIPTIONS.items()
            if self.n_linked[kind] and kind not in self.dropped
        ]
        kept = f"Labels kept in one fold with others: {', '.join(parts) or 'none'}."
        sentences = [f"{kept} The largest group has {self.largest:,} of {pluralise(n, 'label')}."]
        if self.dropped:
            names = " and ".join(_DESCRIPTIONS[kind] for kind in self.dropped)
            size = f"the largest group would have {self.largest_with_all:,} labels, more than {self.limit:,}"
            sentences.append(f"Labels {names} are divided between folds, so scores may be too high: {size}.")
        elif self.largest > self.limit:
            size = f"{self.largest:,} of {pluralise(n, 'label')}"
            sentences.append(f"The largest group of labels, {size}, is larger than a fold, so folds are uneven.")
        return sentences


def group_repeated_texts(texts: Sequence[str]) -> NDArray[np.int64]:
    """Group texts with their near-duplicates, and with texts that contain or quote them.

    Returns
    -------
    ndarray of shape (n_texts,)
        The group of each text, numbered from 0 by first occurrence.
    """
    return merge_groups(group_near_duplicates(texts).tolist(), group_contained_texts(texts).tolist())


def group_labels(labels: pd.DataFrame, n_folds: int) -> LabelGroups:
    """Group the labels that are to stay in one fold.

    Linked are labels of one comment, of near-duplicates, of a text and one that contains or quotes it, of one author,
    and with one value in the group column. If the largest group then has more labels than a fold, the weakest links are
    left out: those of authors, else those of contained texts, else both, whichever makes the largest group fit.

    Parameters
    ----------
    labels
        Resolved labels, as returned by `resolution.resolve_labels`.
    n_folds
        The number of folds.
    """
    texts = labels["text"].to_list()
    persons, ignored_names = author_names.find_persons(labels["author"].to_list())
    keys: dict[str, Sequence[Hashable]] = {
        COMMENT: labels["comment_id"].to_list(),
        NEAR_DUPLICATE: group_near_duplicates(texts).tolist(),
        CONTAINED: group_contained_texts(texts).tolist(),
        AUTHOR: persons,
        GROUP_COLUMN: labels[tables.GROUP_COLUMN].to_list(),
    }
    limit = max(len(labels) // n_folds, MIN_GROUP_LIMIT)
    candidates = []
    for dropped in _DROPPABLE:
        groups = merge_groups(*(values for kind, values in keys.items() if kind not in dropped))
        candidates.append((int(np.bincount(groups).max(initial=0)), dropped, groups))
        if candidates[-1][0] <= limit:
            break
    largest, dropped, groups = min(candidates, key=lambda candidate: max(candidate[0], limit))
    n_linked = {kind: _count_linked(values, keys[COMMENT]) for kind, values in keys.items()}
    n_linked[COMMENT] = _count_linked(keys[COMMENT], range(len(labels)))
    n_linked[CONTAINED] = _count_linked(keys[CONTAINED], keys[NEAR_DUPLICATE])
    return LabelGroups(groups, n_linked, dropped, largest, candidates[0][0], limit, ignored_names, persons.count(""))


def _count_linked(keys: Sequence[Hashable], stronger: Sequence[Hashable]) -> int:
    """Return how many items share their key with an item that has another stronger key; a key of "" is none."""
    table = pd.DataFrame({"key": keys, "stronger": stronger})
    groups = table[table["key"] != ""].groupby("key")["stronger"]
    return int((groups.transform("nunique") > 1).sum())
