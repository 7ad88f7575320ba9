"""Compare predicting with the stances' multipliers to predicting the most probable stance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import tables
from stance.evaluation.predictions import select_model_rows
from stance.evaluation.scores import compute_scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stance.evaluation.scheme_scores import SchemeScores

SYSTEM_MOST_PROBABLE, SYSTEM_RULE = "most probable", "rule"


def compare_decision_rules(
    oof: pd.DataFrame, stances: Sequence[str], directions: Mapping[str, str] | None = None
) -> SchemeScores:
    """Score the model as it predicts, and as if it predicted the most probable stance.

    Both use the same out-of-fold probabilities. No label influences its own prediction: the multipliers of a fold are
    fitted on its training part only.

    Returns
    -------
    SchemeScores
        Over all targets, by repeated k-fold. The two systems are the two ways to predict; the difference is the score
        of the rule minus that of the most probable stance.
    """
    rows = select_model_rows(oof)
    probabilities = rows[list(map(tables.probability_column, stances))].to_numpy(np.float64)
    has_prediction = (rows["predicted"] != tables.CANNOT_TELL).to_numpy()
    most_probable = np.array(stances, dtype=object)[np.nan_to_num(probabilities).argmax(axis=1)]
    most_probable_rows = rows.assign(
        predicted=np.where(has_prediction, most_probable, tables.CANNOT_TELL), system=SYSTEM_MOST_PROBABLE
    )
    both = pd.concat([most_probable_rows, rows.assign(system=SYSTEM_RULE)], ignore_index=True)
    return compute_scores(both, stances, directions=directions)[0]
