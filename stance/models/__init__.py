"""Settings, fitting, hyperparameter search, calibration, decision rule, explanation and the model file."""
