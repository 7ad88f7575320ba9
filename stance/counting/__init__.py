"""Texts -> how often each n-gram occurs, and what is made of that: TF-IDF, or at once the margins of a linear model."""
