"""Out-of-fold answers beside labels -> what a person should look at again, and what second stances change."""

from __future__ import annotations

from dataclasses import dataclass
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
_DECIMALS = 6  # as in the out-of-fold table: an order must not hang on a last digit
_SHOWN_COLUMNS = ["comment_id", "article_id", "article_title", "target", "text", "stance"]


@dataclass(frozen=True)
class StancePresence:
    """In how many of `n` comments a stance is present, as the main or a further one; weights make both fractional."""

    stance: str
    n_present: float
    n: float


def rank_suspect_labels(oof: pd.DataFrame, labels: pd.DataFrame, limit: int = MAX_SUSPECT_LABELS) -> pd.DataFrame:
    """List the labels that may be wrong, the least likely first.

    A label is suspect where models that never saw it give another stance the highest probability, on average over
    repeats.

    Parameters
    ----------
    oof
        The out-of-fold table, of which the model's rows under repeated k-fold are used.
    labels
        The settled labels, one row a comment and target.
    limit
        How many labels to list at most.

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
    mean = rows.groupby(_ITEM_COLUMNS, sort=False)[columns].mean().dropna().round(_DECIMALS).reset_index()
    found = labels[_SHOWN_COLUMNS].merge(mean, on=_ITEM_COLUMNS)
    given, stances = (
        found[columns].to_numpy(),
        np.array([column.removeprefix(_PROBABILITY_PREFIX) for column in columns], object),
    )
    found["suggested"] = stances[given.argmax(axis=1)]
    found["probability"] = (given * (stances == found["stance"].to_numpy(object)[:, None])).sum(axis=1)
    found = found.drop(columns=columns)
    other = found[found["suggested"] != found["stance"]]
    return other.sort_values("probability", kind="stable").head(limit).reset_index(drop=True)


def find_misclassified(oof: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """List the comments that were answered wrong in more than half of the repeats, the most confident answers first.

    Returns
    -------
    DataFrame
        The columns comment_id, article_id, article_title, target, text, stance; `predicted`, the wrong answer that was
        given most often; `share`, the part of the repeats that were wrong; and `probability`, that of `predicted` on
        average where it was given, missing if that is `cannot-tell`; and `terms`, those that pulled most when it was
        given first.
    """
    rows = select_model_rows(oof)
    wrong = rows["predicted"] != rows["stance"]
    share = wrong.groupby([rows[name] for name in _ITEM_COLUMNS], sort=False).mean().rename("share")
    answers = (
        rows[wrong]
        .assign(probability=_look_up_confidence(rows[wrong]))
        .groupby([*_ITEM_COLUMNS, "predicted"], sort=False)
    )
    told = answers["probability"].agg(["size", "mean"]).round(_DECIMALS).reset_index()
    told = told.sort_values(["size", "mean", "predicted"], ascending=[False, False, True]).drop_duplicates(
        _ITEM_COLUMNS
    )
    first = rows.sort_values("repeat", kind="stable").drop_duplicates([*_ITEM_COLUMNS, "predicted"])
    told = told.merge(first[[*_ITEM_COLUMNS, "predicted", "terms"]])
    found = (
        labels[_SHOWN_COLUMNS].merge(told, on=_ITEM_COLUMNS).merge(share[share > 1 / 2].reset_index(), on=_ITEM_COLUMNS)
    )
    found = found.rename(columns={"mean": "probability"})[
        [*_SHOWN_COLUMNS, "predicted", "share", "probability", "terms"]
    ]
    return found.sort_values("probability", ascending=False, kind="stable").reset_index(drop=True)


def matches_any_stance(truth: Sequence[str], also: Sequence[str], predicted: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which answers are right if a further stance of the comment counts as well.

    Parameters
    ----------
    truth
        The settled stance of each item.
    also
        Further stances of each item, joined by `;`, in whatever case.
    predicted
        Answers of shape (n, repeats); `cannot-tell` is never right.

    Returns
    -------
    ndarray of shape (n, repeats)
    """
    right = np.zeros(predicted.shape, np.bool_)
    for row, (stance, further) in enumerate(zip(truth, also, strict=True)):
        held = _collect_stances(stance, further)
        right[row] = [answer != CANNOT_TELL and answer.casefold() in held for answer in predicted[row]]
    return right


def count_stance_presence(
    truth: Sequence[str], also: Sequence[str], stances: Sequence[str], weights: NDArray[np.float64]
) -> tuple[StancePresence, ...]:
    """Count in how many comments each stance is present at all, as the settled stance or a further one."""
    held = [_collect_stances(stance, further) for stance, further in zip(truth, also, strict=True)]
    n = float(weights.sum())
    return tuple(
        StancePresence(stance, float(weights[[stance.casefold() in each for each in held]].sum()), n)
        for stance in stances
    )


def _collect_stances(stance: str, further: str) -> set[str]:
    """Gather the stances of a comment, whatever their case: further ones are not checked against the codebook."""
    return {stance.casefold(), *(each.strip().casefold() for each in further.split(";") if each.strip())}


def _list_probability_columns(rows: pd.DataFrame) -> list[str]:
    return [str(column) for column in rows.columns if str(column).startswith(_PROBABILITY_PREFIX)]


def _look_up_confidence(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Look up the probability of what was answered, NaN where that is no stance."""
    columns = _list_probability_columns(rows)
    given = np.column_stack([rows[columns].to_numpy(np.float64), np.full(len(rows), np.nan)])
    place = pd.Index(columns).get_indexer(pd.Index(rows["predicted"].map(probability_column)))
    confidence: NDArray[np.float64] = given[np.arange(len(rows)), place]  # what is not found has the place -1
    return confidence
