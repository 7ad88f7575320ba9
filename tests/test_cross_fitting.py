"""Calibrations and decision rules of a fold are fitted to the predictions of other folds only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stance.evaluation import cross_fitting
from stance.evaluation.cross_fitting import CrossFitting, calibrate_frame
from stance.models.calibrated_rule import OutOfFoldMargins
from stance.tables import CANNOT_TELL

STANCES = ("for", "against")
N = 240


def _make_cross_fitting(*, use_multipliers: bool = True) -> CrossFitting:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, N)
    margins = 3 * (np.eye(2)[truth] + rng.normal(0, 1.2, (N, 2)))
    zeros = np.zeros(N, np.int64)
    rows = OutOfFoldMargins(margins, truth, zeros, np.ones(N), zeros, np.ones(N))
    return CrossFitting(STANCES, rows, np.arange(N), np.arange(N) % 10, 1, (0, 1), use_multipliers)


def test_the_labels_of_a_fold_have_no_effect_on_its_calibration() -> None:
    given = _make_cross_fitting()
    is_tested = given.folds == 3
    flipped = replace(given.margins, truth=np.where(is_tested, 1 - given.margins.truth, given.margins.truth))
    others = [part.fit_to_other_folds(0, 3) for part in (given, replace(given, margins=flipped))]
    assert others[0].calibrations[0].temperature == others[1].calibrations[0].temperature
    assert (others[0].rule.multipliers == others[1].rule.multipliers).all()
    everything = [part.fit_to_all().calibrations[0].temperature for part in (given, replace(given, margins=flipped))]
    assert everything[0] < everything[1]  # fewer predictions are right


def test_repeats_are_not_further_labels() -> None:
    once = _make_cross_fitting().margins
    twice = OutOfFoldMargins(
        np.tile(once.margins, (2, 1)),
        np.tile(once.truth, 2),
        np.tile(once.target_codes, 2),
        np.tile(once.weights, 2) / 2,
        np.repeat([0, 1], N),
        np.ones(2 * N),
    )
    given = _make_cross_fitting()
    fits = [replace(given, margins=rows, labels=np.arange(len(rows.truth))).fit_to_all() for rows in (once, twice)]
    assert fits[0].calibrations[0].temperature == pytest.approx(fits[1].calibrations[0].temperature)
    assert fits[0].rule.multipliers == pytest.approx(fits[1].rule.multipliers)


def test_a_frame_keeps_what_was_before_calibration() -> None:
    fitted = _make_cross_fitting().fit_to_all()
    frame = pd.DataFrame(
        {
            "predicted": ["for", CANNOT_TELL, "against"],
            "known": [1.0, 0.0, 1.0],
            "p_for": [0.99, np.nan, 0.0],
            "p_against": [0.01, np.nan, 1.0],
            "terms_for": ["a +1.00", "", "b +1.00"],
            "terms_against": ["c +1.00", "", "d +1.00"],
        }
    )
    calibrated = calibrate_frame(frame, STANCES, fitted, np.zeros(3, np.int64))
    assert calibrated["raw_for"].to_list()[::2] == [0.99, 0.0]
    assert 0.5 < calibrated["p_for"].iloc[0] < 0.99
    assert calibrated[["p_for", "p_against"]].iloc[1].isna().all()
    assert calibrated["p_for"].iloc[2] == 0  # the model did not have the stance
    assert calibrated["predicted"].to_list() == ["for", CANNOT_TELL, "against"]
    assert calibrated["terms"].to_list() == ["a +1.00", "", "d +1.00"]
    assert cross_fitting.read_margins(frame, STANCES)[2, 0] == -np.inf


def test_a_text_below_the_limit_of_known_words_is_cannot_tell_and_keeps_its_probabilities() -> None:
    fitted = replace(_make_cross_fitting().fit_to_all(), min_known=0.5)
    frame = pd.DataFrame(
        {"predicted": ["for", "for"], "known": [0.5, 0.49], "p_for": [0.9, 0.9], "p_against": [0.1, 0.1]}
    )
    calibrated = calibrate_frame(frame, STANCES, fitted, np.zeros(2, np.int64))
    assert calibrated["predicted"].to_list() == ["for", CANNOT_TELL]
    assert calibrated["p_for"].iloc[0] == calibrated["p_for"].iloc[1]


def test_the_limit_for_a_fold_does_not_depend_on_its_own_texts() -> None:
    given = _make_cross_fitting()
    shares = np.linspace(0.3, 0.8, N)
    is_tested = given.folds == 3
    changed = np.where(is_tested, 0.0, shares)
    limits = [
        replace(given, margins=replace(given.margins, known_shares=values)).fit_to_other_folds(0, 3).min_known
        for values in (shares, changed)
    ]
    assert limits[0] == limits[1] > 0.3
