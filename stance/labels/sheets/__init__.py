"""Labelling sheets: read them, lock them, and write labels without losing one."""
