"""Labelling by hand: session logic and terminal screen."""
