"""Rows of any size and format -> the same rows with scores, in bounded memory."""
