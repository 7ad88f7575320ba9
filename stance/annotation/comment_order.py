"""The rows of a sheet -> which comments one annotator sees, and in which order."""

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
FIRST_PASS = "1"

SECOND_READING_PURPOSE, REPEAT_PURPOSE = "second", "again"
"""What lots are drawn for besides the order."""

_SEPARATOR = "\x1f"
_MODEL_SELECTED = {UNCERTAIN, DISAGREE}

LabelRow = dict[str, str]
"""The cells of a label by their column."""


class CommentKey(NamedTuple):
    """What a label is about."""

    comment_id: str
    target: str


class SamplingInfo(NamedTuple):
    """How a comment was chosen to be labelled: by what, by which seed, and with which probability, if that is known."""

    sampled: str = ""
    seed: str = ""
    probability: str = ""


_NO_SAMPLING_INFO = SamplingInfo()


@dataclass(frozen=True)
class Item:
    """One comment to be labelled, toward one target.

    Attributes
    ----------
    key
        The comment and the target.
    article_id, article_title, text
        The comment and its article.
    parent_text
        The text of the comment that it answers, if that is known.
    pass_id
        Which reading of it by this annotator it is to be, or `adjudicated`.
    sampling
        How it was chosen.
    other_labels
        The labels that others gave; for an adjudicator only.
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
    """All that a sheet holds: its comments in their order, and the labels that count, a frame of one row each."""

    items: dict[CommentKey, Item]
    labels: pd.DataFrame

    @property
    def unlabelled_items(self) -> list[Item]:
        """The comments that nobody has labelled."""
        labelled = set(_comment_keys(self.labels))
        return [item for about, item in self.items.items() if about not in labelled]

    def labels_by_annotator(self, annotator: str) -> dict[CommentKey, list[LabelRow]]:
        """Find the labels that an annotator gave to each comment in all readings, but for adjudications."""
        own = self.labels[(self.labels["annotator"] == annotator) & (self.labels["pass"] != ADJUDICATED)]
        given: dict[CommentKey, list[LabelRow]] = {}
        for about, row in zip(_comment_keys(own), _to_label_rows(own), strict=True):
            given.setdefault(about, []).append(row)
        return given


def build_pool(frame: pd.DataFrame, rows: pd.DataFrame) -> CommentPool:
    """Gather the comments of a sheet and their labels.

    Parameters
    ----------
    frame
        The sheet as it was read.
    rows
        The same as `labels.rows` gives it: with an id each, and a stance only where a label counts.
    """
    texts, articles, titles = (
        _first_value_per_comment(rows, column) for column in ("text", "article_id", "article_title")
    )
    answered = frame["reply_to"].str.strip().to_list() if "reply_to" in frame.columns else [""] * len(rows)
    parents = {one: other for one, other in zip(rows["comment_id"].to_list(), answered, strict=True) if other}
    with_target = set(rows.loc[rows["target"] != "", "comment_id"])
    # How a comment was drawn is said where it is still to do; a label says how it came to be labelled, and so does one
    # that does not count any more.
    is_todo = (rows["stance"] == "") & (rows["annotator"] == "") & (rows["labelled_at"] == "")
    drawn = rows[is_todo & (rows["sampled"] != "") & ~rows["sampled"].isin(_MODEL_SELECTED)]
    how = {about: _sampling_info(row) for about, row in zip(_comment_keys(drawn), _to_label_rows(drawn), strict=True)}
    comments: dict[CommentKey, Item] = {}
    for about in dict.fromkeys(_comment_keys(rows)):
        comment = about.comment_id
        if comment not in texts or (not about.target and comment in with_target):
            continue
        answers = texts.get(parents.get(comment, ""), "")
        article, title = articles.get(comment, ""), titles.get(comment, "")
        comments[about] = Item(
            about, article, title, texts[comment], answers, sampling=how.get(about, _NO_SAMPLING_INFO)
        )
    return CommentPool(comments, rows[rows["stance"] != ""])


def order_randomly(pool: CommentPool, seed: int) -> list[Item]:
    """Order what nobody has labelled by lot; a comment that was drawn into the sheet stays drawn as it was.

    The lot is that of all comments of the sheet, so that those labelled at any time are a random sample of all.
    """
    by_lot = SamplingInfo(RANDOM, str(seed))
    labelled = set(_comment_keys(pool.labels))
    order = (pool.items[about] for about in shuffle_keys(pool.items, seed) if about not in labelled)
    return [item if item.sampling.sampled else replace(item, sampling=by_lot) for item in order]


def reclassify_as_random(pool: CommentPool, seed: int) -> list[LabelRow]:
    """Find labels of comments that a model chose, and to which the random order has come since.

    Added once more, as drawn at random, they make what is drawn a random sample of all comments again: without them it
    would be one of the easy ones.
    """
    labelled: dict[CommentKey, list[LabelRow]] = {}
    for about, row in zip(_comment_keys(pool.labels), _to_label_rows(pool.labels), strict=True):
        labelled.setdefault(about, []).append(row)
    by_lot = SamplingInfo(RANDOM, str(seed))
    order = [pool.items[about] for about in shuffle_keys(pool.items, seed)]
    hows = [item.sampling if item.sampling.sampled else by_lot for item in order]
    reached = [
        place
        for place, (item, how) in enumerate(zip(order, hows, strict=True))
        if any(_sampling_info(row) == how for row in labelled.get(item.key, []))
    ]
    end = len(order) if len(labelled.keys() & pool.items.keys()) == len(order) else max(reached, default=-1) + 1
    again = []
    for item, how in zip(order[:end], hows[:end], strict=True):
        given = labelled.get(item.key, [])
        if given and all(row["sampled"] in _MODEL_SELECTED for row in given):
            again.append({**given[-1], **how._asdict()})
    return again


def sample_labelled_by_others(pool: CommentPool, annotator: str, seed: int, share: float) -> list[Item]:
    """Draw a share of what others have labelled, to be labelled independently; each stays chosen as it was."""
    others = pool.labels[(pool.labels["annotator"] != annotator) & (pool.labels["pass"] != ADJUDICATED)]
    given = {
        about: row
        for about, row in zip(_comment_keys(others), _to_label_rows(others), strict=True)
        if about in pool.items
    }
    own = pool.labels_by_annotator(annotator)
    drawn = shuffle_keys(given, seed, SECOND_READING_PURPOSE)[: ceil(share * len(given))]
    return [replace(pool.items[about], sampling=_sampling_info(given[about])) for about in drawn if about not in own]


def order_by_ranking(
    pool: CommentPool, annotator: str, order_name: str, seed: int, ranked_keys: Iterable[tuple[str, str]]
) -> list[Item]:
    """Take comments in the order in which a model, or a disagreement, has ranked them.

    What the annotator has labelled before is read once more, and once only.
    """
    own = pool.labels_by_annotator(annotator)
    items = []
    for about in map(CommentKey._make, ranked_keys):
        before = own.get(about, [])
        if about in pool.items and not any(row["sampled"] == DISAGREE for row in before):
            number = str(max((int(row["pass"]) for row in before), default=0) + 1)
            items.append(replace(pool.items[about], pass_id=number, sampling=SamplingInfo(order_name, str(seed))))
    return items


def find_conflicting_items(pool: CommentPool) -> list[Item]:
    """List the comments whose labels differ and on which nobody has decided, with who said what."""
    opinions: dict[CommentKey, list[LabelRow]] = {}
    differing = find_conflicts(pool.labels)
    for about, row in zip(_comment_keys(differing), _to_label_rows(differing), strict=True):
        opinions.setdefault(about, []).append(row)
    return [
        replace(pool.items[about], pass_id=ADJUDICATED, sampling=_NO_SAMPLING_INFO, other_labels=tuple(rows))
        for about, rows in opinions.items()
        if about in pool.items
    ]


def hash_to_uniform(
    keys: Sequence[CommentKey], seed: int, purpose: str = random_keys.ORDER_PURPOSE
) -> NDArray[np.float64]:
    """Draw a number from 0 to 1 for each, whichever others there are, of shape (n,)."""
    numbers: NDArray[np.float64] = random_keys.compute_random_keys(map(_SEPARATOR.join, keys), seed, purpose) / 2.0**64
    return numbers


def shuffle_keys(keys: Iterable[CommentKey], seed: int, purpose: str = random_keys.ORDER_PURPOSE) -> list[CommentKey]:
    """Order by lot; where comments are added later, the others keep their order."""
    listed = list(keys)
    drawn = hash_to_uniform(listed, seed, purpose).tolist()
    return [about for _, about in sorted(zip(drawn, listed, strict=True))]


def select_annotator_rows(rows: pd.DataFrame, annotator: str, *, adjudicated: bool = False) -> list[LabelRow]:
    """Give all rows that an annotator has added, whether they count still or not, in their order.

    Parameters
    ----------
    rows
        As `labels.as_written` gives them.
    annotator
        Who added them.
    adjudicated
        Whether to give adjudications, or all others.
    """
    own = rows[(rows["annotator"] == annotator) & ((rows["pass"] == ADJUDICATED) == adjudicated)]
    return _to_label_rows(own)


def _first_value_per_comment(rows: pd.DataFrame, column: str) -> dict[str, str]:
    """Look up what the first row of each comment that says so says."""
    told = rows[rows[column].str.strip() != ""].drop_duplicates("comment_id")
    return dict(zip(told["comment_id"].to_list(), told[column].to_list(), strict=True))


def _sampling_info(row: LabelRow) -> SamplingInfo:
    return SamplingInfo(row["sampled"], row["seed"], row["probability"])


def _comment_keys(rows: pd.DataFrame) -> list[CommentKey]:
    return list(map(CommentKey, rows["comment_id"].to_list(), rows["target"].to_list()))


def _to_label_rows(rows: pd.DataFrame) -> list[LabelRow]:
    columns = [name for name in rows.columns if name not in {"path", "row", tables.GROUP_COLUMN}]
    return [{str(name): cell for name, cell in row.items()} for row in rows[columns].to_dict("records")]
