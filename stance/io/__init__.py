"""Tabular files and text streams: one registry of formats, encodings, CSV dialects, atomic writes."""
