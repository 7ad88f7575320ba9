"""Find labels that may be wrong and comments that are misclassified, and count secondary stances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance.evaluation.predictions import select_model_rows
from stance.tables import CANNOT_TELL, probability_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_SUSPECT_LABELS = 20

_ITEM_COLUMNS = ["comment_id", "target"]
_PROBABILITY_PREFIX = probability_column("")
_DECIMALS = 6  # as in the out-of-fold table, so that the order does not depend on a last digit
_SHOWN_COLUMNS = ["comment_id", "article_id", "article_title", "target", "text", "stance"]


def rank_suspect_labels(oof: pd.DataFrame, labels: pd.DataFrame, limit: int = MAX_SUSPECT_LABELS) -> pd.DataFrame:
    """Return the labels that may be wrong, the least probable first.

    A label is suspect if models that were not trained on it give another stance the highest probability, on average
    over repeats.

    Parameters
    ----------
    oof
        The out-of-fold table; only the model's rows under repeated k-fold are used.
    labels
        The resolved labels, one row per comment and target.
    limit
        The largest number of labels to return.

    Returns
    -------
    DataFrame
        The columns comment_id, article_id, article_title, target, text, stance; `suggested`, the stance with the
        highest probability; and `probability`, that of the label's own stance.

    References
    ----------
    Northcutt, Jiang and Chuang (2021), Confident learning: estimating uncertainty in dataset labels, Journal of
    Artificial Intelligence Research 70, 1373-1411 (ranking by the out-of-fold probability of the given label).
    """
    rows = select_model_rows(oof)
    columns = _list_probability_columns(rows)
    stances = np.array([column.removeprefix(_PROBABILITY_PREFIX) for column in columns], object)
    mean = rows.groupby(_ITEM_COLUMNS, sort=False)[columns].mean().dropna().round(_DECIMALS).reset_index()
    candidates = labels[_SHOWN_COLUMNS].merge(mean, on=_ITEM_COLUMNS)
    probabilities = candidates[columns].to_numpy()
    is_own_stance = stances == candidates["stance"].to_numpy(object)[:, None]
    candidates = candidates.drop(columns=columns)
    candidates["suggested"] = stances[probabilities.argmax(axis=1)]
    candidates["probability"] = (probabilities * is_own_stance).sum(axis=1)
    suspects = candidates[candidates["suggested"] != candidates["stance"]]
    return suspects.sort_values("probability", kind="stable").head(limit).reset_index(drop=True)


def find_misclassified(oof: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the comments that were predicted wrong in more than half of the repeats, the most confident first.

    Returns
    -------
    DataFrame
        The columns comment_id, article_id, article_title, target, text, stance; `predicted`, the most frequent wrong
        prediction; `share`, the share of repeats that were wrong; `probability`, the mean probability of `predicted`
        where it was predicted, missing if that is `cannot-tell`; and `terms`, those with the largest contributions
        where it was first predicted.
    """
    rows = select_model_rows(oof)
    is_wrong = rows["predicted"] != rows["stance"]
    share = is_wrong.groupby([rows[name] for name in _ITEM_COLUMNS], sort=False).mean().rename("share")
    wrong = rows[is_wrong].assign(probability=_look_up_confidence(rows[is_wrong]))
    by_prediction = wrong.groupby([*_ITEM_COLUMNS, "predicted"], sort=False)["probability"]
    counts = by_prediction.agg(["size", "mean"]).round(_DECIMALS).reset_index()
    counts = counts.sort_values(["size", "mean", "predicted"], ascending=[False, False, True])
    most_frequent = counts.drop_duplicates(_ITEM_COLUMNS).rename(columns={"mean": "probability"})
    first = rows.sort_values("repeat", kind="stable").drop_duplicates([*_ITEM_COLUMNS, "predicted"])
    most_frequent = most_frequent.merge(first[[*_ITEM_COLUMNS, "predicted", "terms"]])
    misclassified = labels[_SHOWN_COLUMNS].merge(most_frequent, on=_ITEM_COLUMNS)
    misclassified = misclassified.merge(share[share > 1 / 2].reset_index(), on=_ITEM_COLUMNS)
    misclassified = misclassified[[*_SHOWN_COLUMNS, "predicted", "share", "probability", "terms"]]
    return misclassified.sort_values("probability", ascending=False, kind="stable").reset_index(drop=True)


def matches_any_stance(truth: Sequence[str], also: Sequence[str], predicted: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which predictions are correct if a secondary stance of the comment counts as well.

    Parameters
    ----------
    truth
        The resolved stance of each item.
    also
        Further stances of each item, joined by `;`, case-insensitive.
    predicted
        Predictions of shape (n, n_repeats); `cannot-tell` is never correct.

    Returns
    -------
    ndarray of shape (n, n_repeats)
    """
    is_correct = np.zeros(predicted.shape, np.bool_)
    for row, (stance, further) in enumerate(zip(truth, also, strict=True)):
        stances = _collect_stances(stance, further)
        is_correct[row] = [name != CANNOT_TELL and name.casefold() in stances for name in predicted[row]]
    return is_correct


def is_stance_present(truth: Sequence[str], also: Sequence[str], stance: str) -> NDArray[np.bool_]:
    """Return in which comments a stance is present, as the resolved stance or a further one, of shape (n,)."""
    name = stance.casefold()
    present = [name in _collect_stances(*stances) for stances in zip(truth, also, strict=True)]
    return np.array(present, np.bool_)


def _collect_stances(stance: str, further: str) -> set[str]:
    """Return all stances of a comment in lower case; the codebook's spelling is not enforced for secondary stances."""
    return {stance.casefold(), *(name.strip().casefold() for name in further.split(";") if name.strip())}


def _list_probability_columns(rows: pd.DataFrame) -> list[str]:
    return [str(column) for column in rows.columns if str(column).startswith(_PROBABILITY_PREFIX)]


def _look_up_confidence(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return the probability of each prediction, of shape (n_rows,); NaN for `cannot-tell`."""
    columns = _list_probability_columns(rows)
    probabilities = np.column_stack([rows[columns].to_numpy(np.float64), np.full(len(rows), np.nan)])
    # get_indexer returns -1 for `cannot-tell`, which selects the NaN column appended above.
    column_indices = pd.Index(columns).get_indexer(pd.Index(rows["predicted"].map(probability_column)))
    confidence: NDArray[np.float64] = probabilities[np.arange(len(rows)), column_indices]
    return confidence
