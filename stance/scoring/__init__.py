"""A stream of rows through a model, in bounded memory."""
