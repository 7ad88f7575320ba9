"""Sheets, codebook and model -> what is wrong with labels, all of it at once, each with what to do."""
