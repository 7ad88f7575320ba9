"""The table of out-of-fold predictions -> what the multipliers of the stances gain and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import tables
from stance.evaluation import scores
from stance.evaluation.predictions import select_model_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.evaluation.scores import SchemeScores

SYSTEM_MOST_PROBABLE, SYSTEM_RULE = "most probable", "rule"


def compare_decision_rules(oof: pd.DataFrame, stances: Sequence[str]) -> SchemeScores:
    """Score the model as it predicts, and as it would if it predicted the most probable stance.

    The same probabilities are behind both, and no label had a part in its own prediction: the multipliers of a fold
    come from its training part alone.

    Returns
    -------
    SchemeFigures
        Over all targets, by repeated k-fold. Its systems are the two ways to predict, and its difference is by how much
        the rule is ahead.
    """
    rows = select_model_rows(oof)
    given = rows[list(map(tables.probability_column, stances))].to_numpy(np.float64)
    is_known = (rows["predicted"] != tables.CANNOT_TELL).to_numpy()
    most_probable = np.array(stances, dtype=object)[np.nan_to_num(given).argmax(axis=1)]
    otherwise = rows.assign(
        predicted=np.where(is_known, most_probable, tables.CANNOT_TELL), system=SYSTEM_MOST_PROBABLE
    )
    both = pd.concat([otherwise, rows.assign(system=SYSTEM_RULE)], ignore_index=True)
    return scores.compute_scores(both, stances)[0]
