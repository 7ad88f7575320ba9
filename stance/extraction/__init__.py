"""Extract comments from saved pages."""
