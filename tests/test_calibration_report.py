"""The calibration report counts labels, not repeats."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stance.evaluation.calibration_report import compute_calibration_report
from stance.evaluation.splits import STRATIFIED_KFOLD


def _oof(repeats: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    p = rng.random(90)
    truth = np.where(rng.random(90) < p, "a", "b")
    rows = pd.DataFrame({"comment_id": [f"c{n}" for n in range(90)], "stance": truth, "p_a": p, "p_b": 1 - p})
    rows = rows.assign(raw_a=p**2, raw_b=1 - p**2, predicted=np.where(p > 0.5, "a", "b"), target="", weight=1.0)
    rows = rows.assign(system="labels", scheme=STRATIFIED_KFOLD)
    return pd.concat([rows.assign(repeat=repeat).sample(frac=1, random_state=repeat) for repeat in range(repeats)])


def test_identical_repeats_do_not_narrow_intervals() -> None:
    once, thrice = compute_calibration_report(_oof(1), ["a", "b"]), compute_calibration_report(_oof(3), ["a", "b"])
    assert thrice.after.log_loss == pytest.approx(once.after.log_loss)
    for one, three in zip(once.after.reliability, thrice.after.reliability, strict=True):
        assert (three.n, three.interval.low, three.interval.high) == pytest.approx(
            (one.n, one.interval.low, one.interval.high)
        )
    assert thrice.risk_coverage == once.risk_coverage


def test_worse_probabilities_score_worse() -> None:
    report = compute_calibration_report(_oof(1), ["a", "b"])
    assert report.before.log_loss > report.after.log_loss
    assert report.before.brier > report.after.brier
