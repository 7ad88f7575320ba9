"""Measure how far the model's probabilities can be relied on, from the out-of-fold predictions."""

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
    """Log loss and Brier score of probabilities, and a reliability diagram of the predicted stances."""

    log_loss: float
    brier: float
    reliability: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class CalibrationReport:
    """The quality of the probabilities before and after calibration, and accuracy by coverage after it."""

    before: ProbabilityQuality
    after: ProbabilityQuality
    risk_coverage: tuple[RiskCoveragePoint, ...]


def compute_calibration_report(oof: pd.DataFrame, stances: Sequence[str]) -> CalibrationReport:
    """Evaluate the model's probabilities under repeated k-fold.

    A text that the model cannot tell counts as equally probable stances in log loss and Brier score, and is never
    covered.

    Parameters
    ----------
    oof
        The out-of-fold table; only the model's rows are used.
    stances
        The stances of the codebook, in its order.
    """
    rows = select_model_rows(oof).sort_values(["comment_id", "target", "repeat"], kind="stable")
    n_repeats = rows["repeat"].nunique()
    truth = np.array([list(stances).index(stance) for stance in rows["stance"]])
    weights = rows["weight"].to_numpy(np.float64)
    stance_codes = {name: code for code, name in enumerate(stances)}
    predicted = rows["predicted"].map(stance_codes).fillna(-1).to_numpy(np.int64)
    # One row per label and one column per repeat: repeats are not further labels.
    is_correct = (rows["predicted"] == rows["stance"]).to_numpy().reshape(-1, n_repeats)

    def read_probabilities(column: Callable[[str], str]) -> NDArray[np.float64]:
        return rows[[column(name) for name in stances]].to_numpy(np.float64)

    def read_confidence(column: Callable[[str], str]) -> NDArray[np.float64]:
        probabilities = read_probabilities(column)
        of_predicted = probabilities[np.arange(len(probabilities)), predicted]
        return np.where(predicted >= 0, of_predicted, np.nan).reshape(-1, n_repeats)

    def measure_quality(column: Callable[[str], str]) -> ProbabilityQuality:
        probabilities = read_probabilities(column)
        probabilities = np.where(np.isnan(probabilities), 1 / len(stances), probabilities)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        return ProbabilityQuality(
            log_loss=calibration.log_loss(probabilities, truth, weights),
            brier=calibration.brier_score(probabilities, truth, weights),
            reliability=calibration.reliability_bins(read_confidence(column), is_correct, weights[::n_repeats]),
        )

    confidence = read_confidence(tables.probability_column)
    return CalibrationReport(
        before=measure_quality(tables.raw_probability_column),
        after=measure_quality(tables.probability_column),
        risk_coverage=risk_coverage_curve(confidence, is_correct, weights[::n_repeats]),
    )
