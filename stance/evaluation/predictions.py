"""Make and read the table of out-of-fold predictions (`oof.csv`), and turn the rows of one system into arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import tables
from stance.evaluation.closed_test import CLOSED_TEST
from stance.evaluation.splits import CONTRAST_SET, LEARNING_CURVE, STRATIFIED_KFOLD
from stance.evaluation.systems import SYSTEMS
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_PROBABILITY_DECIMALS = 6


def read_oof(path: str | Path) -> pd.DataFrame:
    """Read an out-of-fold table written by `stance train`.

    Text columns are read as strings: an empty cell is "", and a stance called `NA` stays one.

    Examples
    --------
    >>> from stance.evaluation.predictions import read_oof
    >>> oof = read_oof("models/oof.csv")  # doctest: +SKIP
    """
    text_columns = ("comment_id", "article_id", "target", "scheme", "system", "stance", "also", "predicted", "terms")
    header = pd.read_csv(path, nrows=0).columns
    missing_values = {
        column: [""] for column in header if column == tables.KNOWN_COLUMN or column.startswith(("p_", "raw_"))
    }
    return pd.read_csv(path, dtype=dict.fromkeys(text_columns, "str"), keep_default_na=False, na_values=missing_values)


@dataclass(frozen=True, eq=False)
class SystemPredictions:
    """The predictions of one system as arrays.

    Attributes
    ----------
    truth
        The stance of each label, of shape (n_labels,).
    predicted
        The predicted stances, of shape (n_labels, n_repeats).
    weights
        How much each label counts, of shape (n_labels,).
    articles
        The article id of each label, of shape (n_labels,).
    targets
        The target of each label, of shape (n_labels,).
    groups
        The group of each label, of shape (n_labels,), as of `label_groups.group_labels`.
    """

    truth: NDArray[np.object_]
    predicted: NDArray[np.object_]
    weights: NDArray[np.float64]
    articles: NDArray[np.object_]
    targets: NDArray[np.object_]
    groups: NDArray[np.int64]

    @property
    def correct_share(self) -> NDArray[np.float64]:
        """The share of repeats in which each label was predicted correctly, of shape (n_labels,)."""
        share: NDArray[np.float64] = self.is_correct.mean(axis=1)
        return share

    @property
    def is_correct(self) -> NDArray[np.bool_]:
        """Whether each label was predicted correctly in each repeat, of shape (n_labels, n_repeats)."""
        is_correct: NDArray[np.bool_] = self.predicted == self.truth[:, None]
        return is_correct

    def map_to_directions(self, directions: Mapping[str, str]) -> SystemPredictions:
        """Return the predictions with the direction of each stance in its place."""
        truth, predicted = (map_to_directions(stances, directions) for stances in (self.truth, self.predicted))
        return replace(self, truth=truth, predicted=predicted)


def map_to_directions(stances: NDArray[np.object_], directions: Mapping[str, str]) -> NDArray[np.object_]:
    """Return the direction of each stance, "" for one without, as an array of the same shape."""
    mapped = [directions.get(stance, "") for stance in stances.ravel().tolist()]
    return np.array(mapped, dtype=object).reshape(stances.shape)


def pivot_predictions(rows: pd.DataFrame) -> SystemPredictions:
    """Pivot the rows of one scheme and system into arrays with one row per label and one column per repeat."""
    key = ["comment_id", "target"]
    predicted = rows.pivot(index=key, columns="repeat", values="predicted")  # noqa: PD010 - pivot_table hides doubles
    labels = rows.drop_duplicates(key).set_index(key).loc[predicted.index]
    return SystemPredictions(
        labels["stance"].to_numpy(dtype=object),
        predicted.to_numpy(dtype=object),
        labels["weight"].to_numpy(dtype=np.float64),
        labels["article_id"].to_numpy(dtype=object),
        predicted.index.get_level_values("target").to_numpy(dtype=object),
        labels["group"].to_numpy(dtype=np.int64),
    )


def count_confusions(predictions: SystemPredictions, stances: Sequence[str]) -> pd.DataFrame:
    """Count how often each true stance (rows) was predicted as each stance (columns), as means over repeats."""
    n_repeats = predictions.predicted.shape[1]
    counts = pd.crosstab(np.repeat(predictions.truth, n_repeats), predictions.predicted.ravel()) / n_repeats
    columns = [*stances, *([CANNOT_TELL] if CANNOT_TELL in counts.columns else [])]
    rows = [stance for stance in stances if stance in counts.index]
    matrix: pd.DataFrame = counts.reindex(index=rows, columns=columns, fill_value=0.0)
    return matrix.rename_axis(index="stance", columns="predicted")


def select_model_rows(oof: pd.DataFrame, scheme: str = STRATIFIED_KFOLD) -> pd.DataFrame:
    """Select the rows of the model, which is the last system present, under one scheme."""
    rows = oof[oof["scheme"] == scheme]
    present = set(rows["system"])
    return rows[rows["system"] == next((system for system in reversed(SYSTEMS) if system in present), "")]


def concat_predictions(
    frames: Sequence[pd.DataFrame], stances: Sequence[str], system_names: Sequence[str]
) -> pd.DataFrame:
    """Return the out-of-fold table: rows of all systems by scheme, repeat, fold, system, and then as in the labels."""
    columns = [
        *tables.OOF_COLUMNS,
        *map(tables.probability_column, stances),
        *map(tables.raw_probability_column, stances),
        "terms",
    ]
    table = pd.concat([frame.reindex(columns=columns) for frame in frames], ignore_index=True)
    table["terms"] = table["terms"].fillna("")
    probabilities = [tables.KNOWN_COLUMN, *columns[len(tables.OOF_COLUMNS) : -1]]
    table[probabilities] = table[probabilities].astype(np.float64).round(_PROBABILITY_DECIMALS)
    rank = {name: index for index, name in enumerate((*dict.fromkeys(table["scheme"]), *system_names))}
    schemes_last = {name: len(rank) + index for index, name in enumerate((LEARNING_CURVE, CONTRAST_SET, CLOSED_TEST))}
    key = table["scheme"].map(rank | schemes_last), table["repeat"], table["fold"], table["system"].map(rank)
    return table.iloc[np.lexsort(key[::-1])].reset_index(drop=True)
