"""Splits, baselines, out-of-fold predictions and the figures computed from them."""
