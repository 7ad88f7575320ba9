"""The table of out-of-fold predictions -> how far the model's probabilities can be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance import tables
from stance.evaluation.predictions import select_model_rows
from stance.metrics import calibration
from stance.metrics.risk_coverage import risk_coverage_curve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from stance.metrics.calibration import ReliabilityBin
    from stance.metrics.risk_coverage import RiskCoveragePoint


@dataclass(frozen=True)
class ProbabilityQuality:
    """How good probabilities are: log loss, Brier score, and how often answers are right."""

    log_loss: float
    brier: float
    reliability: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class CalibrationReport:
    """The quality of probabilities before and after calibration, and what is gained by leaving texts unanswered."""

    before: ProbabilityQuality
    after: ProbabilityQuality
    risk_coverage: tuple[RiskCoveragePoint, ...]


def compute_calibration_report(oof: pd.DataFrame, stances: Sequence[str]) -> CalibrationReport:
    """Judge the probabilities of the model under repeated k-fold.

    A text without an answer counts as if all stances were as probable in log loss and Brier score; it is never covered.
    """
    rows = select_model_rows(oof).sort_values(["comment_id", "target", "repeat"], kind="stable")
    repeats = rows["repeat"].nunique()
    truth = np.array([list(stances).index(stance) for stance in rows["stance"]])
    weight = rows["weight"].to_numpy(np.float64)
    place = {name: number for number, name in enumerate(stances)}
    answer = rows["predicted"].map(place).fillna(-1).to_numpy(np.int64)
    # A label a row and a repeat a column: repeats are no further labels.
    right = (rows["predicted"] == rows["stance"]).to_numpy().reshape(-1, repeats)

    def confidence(column: Callable[[str], str]) -> NDArray[np.float64]:
        given = rows[[column(name) for name in stances]].to_numpy(np.float64)
        return np.where(answer >= 0, given[np.arange(len(given)), answer], np.nan).reshape(-1, repeats)

    def quality(column: Callable[[str], str]) -> ProbabilityQuality:
        given = rows[[column(name) for name in stances]].to_numpy(np.float64)
        known = np.where(np.isnan(given), 1 / len(stances), given)
        known /= known.sum(axis=1, keepdims=True)
        return ProbabilityQuality(
            log_loss=calibration.log_loss(known, truth, weight),
            brier=calibration.brier_score(known, truth, weight),
            reliability=calibration.reliability_bins(confidence(column), right, weight[::repeats]),
        )

    return CalibrationReport(
        before=quality(tables.raw_probability_column),
        after=quality(tables.probability_column),
        risk_coverage=risk_coverage_curve(confidence(tables.probability_column), right, weight[::repeats]),
    )
