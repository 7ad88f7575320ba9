"""Select the comments of a sheet that an annotator is to label, and put them in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from stance import tables
from stance.labels.resolution import ADJUDICATED, find_conflicts
from stance.sampling import random_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

RANDOM, UNCERTAIN, DISAGREE = "random", "uncertain", "disagree"
"""Names of the orders; each label records the one that selected its comment in the column `sampled`."""

FIRST_PASS = "1"

SECOND_READING_PURPOSE, REPEAT_PURPOSE = "second", "again"
"""Namespaces of the seeded hash, besides the one of the random order, so that the draws are independent."""

_SEPARATOR = "\x1f"
_MODEL_SELECTED = {UNCERTAIN, DISAGREE}

LabelRow = dict[str, str]
"""The cells of a label by column name."""


class CommentKey(NamedTuple):
    """The comment that a label is about, and the target of the stance; the target is "" in a sheet without targets."""

    comment_id: str
    target: str


class SamplingInfo(NamedTuple):
    """How a comment was selected for labelling: method, random seed and inclusion probability, "" where unknown."""

    sampled: str = ""
    seed: str = ""
    probability: str = ""

    @classmethod
    def from_row(cls, row: LabelRow) -> SamplingInfo:
        """Return the sampling columns of a label."""
        return cls(row.get("sampled", ""), row.get("seed", ""), row.get("probability", ""))


_NO_SAMPLING_INFO = SamplingInfo()


@dataclass(frozen=True)
class Item:
    """One comment to be labelled, for one target.

    Attributes
    ----------
    key
        The comment and the target.
    article_id, article_title, text
        The comment and its article.
    parent_text
        The text of the comment that this one replies to, "" if unknown.
    pass_id
        The number of this annotator's reading of the comment, as in the column `pass`, or `adjudicated`.
    sampling
        How the comment was selected.
    other_labels
        The labels of other annotators; only in an adjudication.
    """

    key: CommentKey
    article_id: str
    article_title: str
    text: str
    parent_text: str = ""
    pass_id: str = FIRST_PASS
    sampling: SamplingInfo = _NO_SAMPLING_INFO
    other_labels: tuple[LabelRow, ...] = ()


@dataclass(frozen=True, eq=False)
class CommentPool:
    """The content of a sheet: its comments in order, and the labels that count, one row per label."""

    items: dict[CommentKey, Item]
    labels: pd.DataFrame

    @property
    def unlabelled_items(self) -> list[Item]:
        """The comments that nobody has labelled."""
        labelled_keys = set(_comment_keys(self.labels))
        return [item for key, item in self.items.items() if key not in labelled_keys]

    def labels_by_annotator(self, annotator: str) -> dict[CommentKey, list[LabelRow]]:
        """Return an annotator's labels of each comment in all passes, without adjudications."""
        labels = self.labels
        return _group_by_comment(labels[(labels["annotator"] == annotator) & (labels["pass"] != ADJUDICATED)])


def build_pool(frame: pd.DataFrame, rows: pd.DataFrame) -> CommentPool:
    """Collect the comments of a sheet and their labels.

    Parameters
    ----------
    frame
        The sheet as it was read.
    rows
        The same rows as returned by `combine_labels`: with ids, and with a stance only where the label counts.
    """
    texts, article_ids, titles = (
        _first_value_per_comment(rows, column) for column in ("text", "article_id", "article_title")
    )
    reply_to = frame["reply_to"].str.strip().to_list() if "reply_to" in frame.columns else [""] * len(rows)
    parents = {
        comment_id: parent for comment_id, parent in zip(rows["comment_id"].to_list(), reply_to, strict=True) if parent
    }
    with_target = set(rows.loc[rows["target"] != "", "comment_id"])
    # Only the row of a comment still to be labelled says how the comment was sampled. The row of a label, even of one
    # that was withdrawn, says how that label came about.
    is_todo = (rows["stance"] == "") & (rows["annotator"] == "") & (rows["labelled_at"] == "")
    sampled = rows[is_todo & (rows["sampled"] != "") & ~rows["sampled"].isin(_MODEL_SELECTED)]
    sampling = {
        key: SamplingInfo.from_row(row)
        for key, row in zip(_comment_keys(sampled), _to_label_rows(sampled), strict=True)
    }
    items: dict[CommentKey, Item] = {}
    for key in dict.fromkeys(_comment_keys(rows)):
        comment_id = key.comment_id
        if comment_id not in texts or (not key.target and comment_id in with_target):
            continue
        items[key] = Item(
            key,
            article_ids.get(comment_id, ""),
            titles.get(comment_id, ""),
            texts[comment_id],
            texts.get(parents.get(comment_id, ""), ""),
            sampling=sampling.get(key, _NO_SAMPLING_INFO),
        )
    return CommentPool(items, rows[rows["stance"] != ""])


def order_randomly(pool: CommentPool, seed: int) -> list[Item]:
    """Shuffle the unlabelled comments; sampling metadata written by `stance sample` is kept.

    The whole sheet is shuffled, labelled comments included, so any labelled prefix is a random sample of the sheet.
    """
    random_order = SamplingInfo(RANDOM, str(seed))
    labelled_keys = set(_comment_keys(pool.labels))
    items = (pool.items[key] for key in shuffle_keys(pool.items, seed) if key not in labelled_keys)
    return [item if item.sampling.sampled else replace(item, sampling=random_order) for item in items]


def reclassify_as_random(pool: CommentPool, seed: int) -> list[LabelRow]:
    """Return model-selected labels that the random order has since reached, as further rows recorded as random.

    Without them the labels recorded as random would lack the comments that the model found difficult, and would no
    longer be a random sample of the sheet.
    """
    labels_by_key = _group_by_comment(pool.labels)
    random_order = SamplingInfo(RANDOM, str(seed))
    shuffled = [pool.items[key] for key in shuffle_keys(pool.items, seed)]
    expected_sampling = [item.sampling if item.sampling.sampled else random_order for item in shuffled]
    labelled_in_order = [
        index
        for index, (item, sampling) in enumerate(zip(shuffled, expected_sampling, strict=True))
        if any(SamplingInfo.from_row(row) == sampling for row in labels_by_key.get(item.key, []))
    ]
    is_all_labelled = len(labels_by_key.keys() & pool.items.keys()) == len(shuffled)
    n_reached = len(shuffled) if is_all_labelled else max(labelled_in_order, default=-1) + 1
    reclassified = []
    for item, sampling in zip(shuffled[:n_reached], expected_sampling[:n_reached], strict=True):
        labels = labels_by_key.get(item.key, [])
        if labels and all(row["sampled"] in _MODEL_SELECTED for row in labels):
            reclassified.append({**labels[-1], **sampling._asdict()})
    return reclassified


def sample_labelled_by_others(pool: CommentPool, annotator: str, seed: int, share: float) -> list[Item]:
    """Draw a share of the comments that others have labelled, to be labelled independently.

    Each comment keeps its sampling metadata; those that the annotator has labelled already are left out.
    """
    others = pool.labels[(pool.labels["annotator"] != annotator) & (pool.labels["pass"] != ADJUDICATED)]
    last_label = {key: rows[-1] for key, rows in _group_by_comment(others).items() if key in pool.items}
    own_labels = pool.labels_by_annotator(annotator)
    drawn = shuffle_keys(last_label, seed, SECOND_READING_PURPOSE)[: ceil(share * len(last_label))]
    return [
        replace(pool.items[key], sampling=SamplingInfo.from_row(last_label[key]))
        for key in drawn
        if key not in own_labels
    ]


def order_by_ranking(
    pool: CommentPool, annotator: str, order_name: str, seed: int, ranked_keys: Iterable[tuple[str, str]]
) -> list[Item]:
    """Return the comments in an order that was computed from a model's predictions or from disagreements.

    A comment that the annotator has labelled before becomes one further pass, and not more than one.
    """
    own_labels = pool.labels_by_annotator(annotator)
    items = []
    for key in map(CommentKey._make, ranked_keys):
        previous = own_labels.get(key, [])
        if key in pool.items and not any(row["sampled"] == DISAGREE for row in previous):
            pass_id = str(max((int(row["pass"]) for row in previous), default=0) + 1)
            items.append(replace(pool.items[key], pass_id=pass_id, sampling=SamplingInfo(order_name, str(seed))))
    return items


def find_conflicting_items(pool: CommentPool) -> list[Item]:
    """Return the comments whose labels differ and that are not adjudicated yet, with the labels of all annotators."""
    conflicts = _group_by_comment(find_conflicts(pool.labels))
    return [
        replace(pool.items[key], pass_id=ADJUDICATED, sampling=_NO_SAMPLING_INFO, other_labels=tuple(rows))
        for key, rows in conflicts.items()
        if key in pool.items
    ]


def hash_to_uniform(
    keys: Sequence[CommentKey], seed: int, purpose: str = random_keys.ORDER_PURPOSE
) -> NDArray[np.float64]:
    """Return a pseudo-random number in [0, 1) per comment, of shape (n,), that depends on no other comment."""
    numbers: NDArray[np.float64] = random_keys.compute_random_keys(map(_SEPARATOR.join, keys), seed, purpose) / 2.0**64
    return numbers


def shuffle_keys(keys: Iterable[CommentKey], seed: int, purpose: str = random_keys.ORDER_PURPOSE) -> list[CommentKey]:
    """Shuffle comments; adding or removing some does not change the order of the others."""
    unordered = list(keys)
    numbers = hash_to_uniform(unordered, seed, purpose).tolist()
    return [key for _, key in sorted(zip(numbers, unordered, strict=True))]


def select_annotator_rows(rows: pd.DataFrame, annotator: str, *, adjudicated: bool = False) -> list[LabelRow]:
    """Return all rows that an annotator has added, superseded ones included, in the order of the sheet.

    Parameters
    ----------
    rows
        The rows of a sheet as returned by `concatenate_sheets`.
    annotator
        The name in the column `annotator`.
    adjudicated
        Whether to return the adjudications, or all other rows.
    """
    return _to_label_rows(rows[(rows["annotator"] == annotator) & ((rows["pass"] == ADJUDICATED) == adjudicated)])


def _to_label_rows(rows: pd.DataFrame) -> list[LabelRow]:
    # Without the columns that hold no cell of the sheet.
    columns = [name for name in rows.columns if name not in {"path", "row", tables.GROUP_COLUMN}]
    return [{str(name): cell for name, cell in row.items()} for row in rows[columns].to_dict("records")]


def _first_value_per_comment(rows: pd.DataFrame, column: str) -> dict[str, str]:
    """Return the first value of a column that is not empty, by comment id."""
    filled = rows[rows[column].str.strip() != ""].drop_duplicates("comment_id")
    return dict(zip(filled["comment_id"].to_list(), filled[column].to_list(), strict=True))


def _group_by_comment(rows: pd.DataFrame) -> dict[CommentKey, list[LabelRow]]:
    grouped: dict[CommentKey, list[LabelRow]] = {}
    for key, row in zip(_comment_keys(rows), _to_label_rows(rows), strict=True):
        grouped.setdefault(key, []).append(row)
    return grouped


def _comment_keys(rows: pd.DataFrame) -> list[CommentKey]:
    return list(map(CommentKey, rows["comment_id"].to_list(), rows["target"].to_list()))
