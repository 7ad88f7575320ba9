"""Calibrate out-of-fold predictions, and apply the decision rule, without using the labels of the fold itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import tables
from stance.evaluation.closed_test import CLOSED_TEST
from stance.evaluation.splits import CONTRAST_SET, LEARNING_CURVE, STRATIFIED_KFOLD
from stance.evaluation.systems import terms_column
from stance.models.calibrated_rule import CalibratedRule, OutOfFoldMargins, fit_calibrated_rule
from stance.models.probabilities import is_below_limit
from stance.models.procedure import CalibratedProcedure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from stance.evaluation.systems import FittedSystems
    from stance.models.fitting import TrainingData
    from stance.models.procedure import TrainingPlan

LABEL_COLUMN = "label"
"""The index of the label of each row, in the frames of predictions; it is not written."""


@dataclass(frozen=True, eq=False)
class CrossFitting:
    """The out-of-fold predictions of one system, to fit calibrations and decision rules to parts of them.

    Attributes
    ----------
    stances
        The stances of the system's model.
    margins
        One row per label and repeat of repeated k-fold; texts that no model could tell are left out.
    labels, folds
        The index of the label and the fold of each row, of shape (n,).
    n_targets
        The number of targets.
    scored_stances
        The codes in `stances` of those whose mean F1 is to be high.
    use_multipliers
        Whether the decision rule has multipliers.
    """

    stances: tuple[str, ...]
    margins: OutOfFoldMargins
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    n_targets: int
    scored_stances: tuple[int, ...]
    use_multipliers: bool

    @classmethod
    def from_frames(
        cls, frames: Sequence[pd.DataFrame], stances: tuple[str, ...], training: TrainingData, plan: TrainingPlan
    ) -> CrossFitting:
        """Collect the margins of repeated k-fold from the frames of one system."""
        rows = pd.concat([frame for frame in frames if (frame["scheme"] == STRATIFIED_KFOLD).all()])
        rows = rows[rows["predicted"] != tables.CANNOT_TELL]
        labels = rows[LABEL_COLUMN].to_numpy(np.int64)
        codes = {training.codebook.stance_names.index(stance): code for code, stance in enumerate(stances)}
        weights = training.weights[labels] / rows["repeat"].nunique()
        margins = OutOfFoldMargins(
            margins=read_margins(rows, stances),
            truth=np.array([codes[code] for code in training.stance_codes[labels].tolist()], np.int64),
            target_codes=training.target_codes[labels],
            weights=weights,
            repeats=rows["repeat"].to_numpy(np.int64),
            known_shares=rows[tables.KNOWN_COLUMN].to_numpy(np.float64),
        )
        scored = tuple(stances.index(stance) for stance in plan.scored_stances if stance in stances)
        n_targets = len(training.target_names)
        folds = rows["fold"].to_numpy(np.int64)
        return cls(stances, margins, labels, folds, n_targets, scored, plan.uses_multipliers)

    def fit(self, is_selected: NDArray[np.bool_]) -> CalibratedRule:
        """Fit to the rows of `is_selected`, of shape (n,)."""
        selected = self.margins.select(is_selected)
        return fit_calibrated_rule(selected, self.n_targets, self.scored_stances, use_multipliers=self.use_multipliers)

    def fit_to_all(self) -> CalibratedRule:
        """Fit to all rows, for the model that is written."""
        return self.fit(np.ones(len(self.labels), np.bool_))

    def fit_to_other_folds(self, repeat: int, fold: int) -> CalibratedRule:
        """Fit to the predictions of the other folds of a repeat, for one of its folds."""
        return self.fit((self.margins.repeats == repeat) & (self.folds != fold))

    def fit_to_labels(self, label_indices: NDArray[np.int64]) -> CalibratedRule:
        """Fit to the predictions of some labels, for a fold of another scheme that trains on these."""
        return self.fit(np.isin(self.labels, label_indices))


def read_margins(frame: pd.DataFrame, stances: Sequence[str]) -> NDArray[np.float64]:
    """Return the logarithms of the probabilities in a frame, of shape (n, n_stances)."""
    with np.errstate(divide="ignore"):
        margins: NDArray[np.float64] = np.log(frame[list(map(tables.probability_column, stances))].to_numpy(np.float64))
    return margins


def calibrate_frame(
    frame: pd.DataFrame, stances: tuple[str, ...], fitted: CalibratedRule, target_codes: NDArray[np.int64]
) -> pd.DataFrame:
    """Return predictions calibrated and with the stance that the rule predicts.

    Parameters
    ----------
    frame
        Uncalibrated predictions of one system, as from `FittedSystems.predict`.
    stances
        The stances that `fitted` was fitted to.
    fitted
        The calibration and the rule.
    target_codes
        The code of the target of each row, of shape (n,).

    Returns
    -------
    DataFrame
        The probabilities before calibration are in the columns `raw_STANCE`, those after it in `p_STANCE`.
    """
    is_known = (frame["predicted"] != tables.CANNOT_TELL).to_numpy()
    columns = list(map(tables.probability_column, stances))
    raw = frame[columns].rename(columns=dict(zip(columns, map(tables.raw_probability_column, stances), strict=True)))
    probabilities = frame[columns].to_numpy(np.float64).copy()
    margins, codes = read_margins(frame, stances)[is_known], target_codes[is_known]
    probabilities[is_known] = fitted.compute_probabilities(margins, codes)
    predicted = frame["predicted"].to_numpy(object).copy()
    predicted[is_known] = np.array(stances, object)[fitted.rule.predict(probabilities[is_known], codes)]
    known_shares = frame[tables.KNOWN_COLUMN].to_numpy(np.float64)
    predicted[is_below_limit(known_shares, fitted.min_known)] = tables.CANNOT_TELL
    calibrated = frame.assign(predicted=predicted, **dict(zip(columns, probabilities.T, strict=True))).join(raw)
    if any(terms_column(stance) in frame for stance in stances):
        terms = frame.reindex(columns=list(map(terms_column, stances)), fill_value="").to_numpy(object)
        index_of = {stance: index for index, stance in enumerate(stances)}
        calibrated["terms"] = [
            row[index_of[stance]] if stance in index_of else ""
            for row, stance in zip(terms, predicted.tolist(), strict=True)
        ]
    return calibrated


def calibrate_predictions(
    frames: Sequence[pd.DataFrame],
    fitted_on_all: FittedSystems,
    train_labels: Mapping[tuple[str, int], NDArray[np.int64]],
    plan: TrainingPlan,
) -> tuple[list[pd.DataFrame], CalibratedProcedure, Counter[str]]:
    """Calibrate the predictions of all models of labels, and the model that is written.

    Parameters
    ----------
    frames
        The predictions of one system in one fold each.
    fitted_on_all
        The systems, fitted on all labels.
    train_labels
        The labels that are trained on in each fold, by scheme and number of the fold.
    plan
        The plan of the training run.

    Returns
    -------
    tuple of (list of DataFrame, CalibratedProcedure, Counter)
        The frames, calibrated; the model; and how many folds predict by which decision rule.
    """
    calibrated, rules = list(frames), Counter[str]()
    training, main_system = fitted_on_all.training, next(reversed(fitted_on_all.models))
    main_model = fitted_on_all.main_model
    assert main_model is not None  # noqa: S101 - there are labels
    result: CalibratedProcedure | None = None
    for system, model in fitted_on_all.models.items():
        positions = [index for index, frame in enumerate(frames) if frame["system"].iloc[0] == system]
        own_frames = [frames[index] for index in positions]
        cross_fitting = CrossFitting.from_frames(own_frames, model.stances, training, plan)
        fitted_to_all = cross_fitting.fit_to_all()
        by_fold: dict[tuple[int, int], CalibratedRule] = {}
        for index, frame in zip(positions, own_frames, strict=True):
            scheme, repeat, fold = frame["scheme"].iloc[0], int(frame["repeat"].iloc[0]), int(frame["fold"].iloc[0])
            if scheme in {STRATIFIED_KFOLD, LEARNING_CURVE}:
                key = (0 if scheme == LEARNING_CURVE else repeat, fold)
                if key not in by_fold:
                    by_fold[key] = cross_fitting.fit_to_other_folds(*key)
                fitted = by_fold[key]
            elif scheme in {CONTRAST_SET, CLOSED_TEST}:
                fitted = fitted_to_all
            else:
                fitted = cross_fitting.fit_to_labels(train_labels[scheme, fold])
            target_codes = frame["target"].map(training.target_names.index).to_numpy(np.int64)
            calibrated[index] = calibrate_frame(frame, model.stances, fitted, target_codes)
            if system != main_system:
                names = map(tables.raw_probability_column, model.stances)
                calibrated[index] = calibrated[index].drop(columns=list(names))
        if system == main_system:
            rules = Counter(fitted.rule.name for fitted in by_fold.values())
            result = CalibratedProcedure(
                fitted_to_all.apply_to_model(model.to_model(), range(len(model.stances))),
                main_model.example_weight,
                fitted_to_all.calibrations,
                fitted_to_all.rule,
            )
    assert result is not None  # noqa: S101 - the model is among the systems
    return calibrated, result, rules
