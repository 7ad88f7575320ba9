"""Saved pages -> the comments below them."""
