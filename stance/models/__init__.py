"""Settings, fitting, hyperparameter search, calibration, decision rule, and the model file."""
