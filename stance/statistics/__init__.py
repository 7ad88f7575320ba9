"""Answers as arrays -> figures and how sure they are, and the folds they are taken on, without a text or a model."""
