"""Saved pages to the comments under them."""
