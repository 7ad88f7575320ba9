"""The table of out-of-fold predictions, and the answers of one system in it as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance.evaluation.splits import STRATIFIED_KFOLD
from stance.evaluation.systems import SYSTEMS
from stance.metrics import intervals

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def read_oof(path: str | Path) -> pd.DataFrame:
    """Read an out-of-fold table as `train` wrote it, every text as a text."""
    names = ("comment_id", "article_id", "target", "scheme", "system", "stance", "also", "predicted", "terms")
    numbers = [column for column in pd.read_csv(path, nrows=0).columns if column.startswith(("p_", "raw_"))]
    missing = {column: [""] for column in numbers}
    return pd.read_csv(path, dtype=dict.fromkeys(names, "str"), keep_default_na=False, na_values=missing)


@dataclass(frozen=True, eq=False)
class SystemPredictions:
    """The answers of one system: `predicted` of shape (n, repeats), all else of shape (n,)."""

    truth: NDArray[np.object_]
    predicted: NDArray[np.object_]
    weights: NDArray[np.float64]
    articles: NDArray[np.object_]
    targets: NDArray[np.object_]

    @property
    def correct_share(self) -> NDArray[np.float64]:
        """How often each label was answered, of shape (n,)."""
        share: NDArray[np.float64] = (self.predicted == self.truth[:, None]).mean(axis=1)
        return share

    @property
    def effective_size(self) -> float:
        """How many labels of one weight would tell as much."""
        return intervals.effective_sample_size(self.weights)


def pivot_predictions(rows: pd.DataFrame) -> SystemPredictions:
    """Bring the rows of one scheme and system into arrays, a label a row and a repeat a column."""
    key = ["comment_id", "target"]
    wide = rows.pivot(index=key, columns="repeat", values="predicted")  # noqa: PD010 - pivot_table hides doubles
    first = rows.drop_duplicates(key).set_index(key).loc[wide.index]
    return SystemPredictions(
        first["stance"].to_numpy(dtype=object),
        wide.to_numpy(dtype=object),
        first["weight"].to_numpy(dtype=np.float64),
        first["article_id"].to_numpy(dtype=object),
        wide.index.get_level_values("target").to_numpy(dtype=object),
    )


def select_model_rows(oof: pd.DataFrame, scheme: str = STRATIFIED_KFOLD) -> pd.DataFrame:
    """Keep the answers of the model, which is the last system, under a scheme."""
    rows = oof[oof["scheme"] == scheme]
    known = set(rows["system"])
    return rows[rows["system"] == next((system for system in reversed(SYSTEMS) if system in known), "")]
