"""Multinomial logistic regression, fitted in the space of the texts."""
