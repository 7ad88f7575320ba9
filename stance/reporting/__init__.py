"""Figures -> what people read: the page about a model, its card, and tables on the terminal."""
