"""Functions of arrays: intervals, F1, agreement coefficients, calibration, folds, near-duplicate groups."""
