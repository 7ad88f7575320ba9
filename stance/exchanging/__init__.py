"""Sheets <-> the files of other people's tools, without losing what either side knows."""
