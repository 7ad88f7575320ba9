"""Labelling sheets: reading, locking, and writing without losing a label."""
