"""Linear classifiers: their interface, their registry, and multinomial logistic regression."""
