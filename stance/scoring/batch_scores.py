"""The predictions for a batch of rows, formatted for an output, and how many of them are `cannot-tell`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.arrow_arrays import arrow_to_numpy
from stance.io.formats import FORMATS
from stance.models.probabilities import is_below_limit
from stance.tables import KNOWN_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

    from stance.io.writers import AddedColumns


@dataclass(frozen=True)
class BatchScores:
    """The columns that scoring adds to a batch of rows.

    Attributes
    ----------
    columns
        The formatted columns.
    n_cannot_tell
        How many rows have no stance because their text is empty or has no known term.
    n_below_min_known
        How many more have none because the model knows too few of their words.
    n_below_min_confidence
        How many more have none because the model is less confident than was asked for.
    """

    columns: AddedColumns
    n_cannot_tell: int
    n_below_min_known: int = 0
    n_below_min_confidence: int = 0


def format_scores(
    predictions: pa.Table, output_format: str, min_confidence: float = 0.0, min_known: float = 0.0
) -> BatchScores:
    """Return predictions formatted for an output, with counts of those that are `cannot-tell`.

    Parameters
    ----------
    predictions
        What `Model.predict_arrow` returns.
    output_format
        The name of a format that can be written.
    min_confidence, min_known
        The minimum confidence, and the minimum share of known words, with which they were predicted.
    """
    column = predictions.column("confidence")
    confidence, is_below_known = arrow_to_numpy(column), np.zeros(len(column), np.bool_)
    if min_known:
        known = arrow_to_numpy(predictions.column(KNOWN_COLUMN))
        is_below_known = ~np.isnan(confidence) & is_below_limit(known, min_known)
    is_below_confidence = ~is_below_known & (confidence < min_confidence)
    columns = FORMATS[output_format].load_module().format_columns(predictions)
    return BatchScores(columns, column.null_count, int(is_below_known.sum()), int(is_below_confidence.sum()))
