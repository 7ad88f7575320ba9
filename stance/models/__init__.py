"""Settings, fitting, the examples as a prior, calibration, decision rule, explanation and the model file."""
