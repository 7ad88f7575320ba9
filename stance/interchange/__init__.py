"""Sheets to and from the files of other labelling tools."""
