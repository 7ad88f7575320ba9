"""Extraction of comments from saved HTML pages, by their markup."""
