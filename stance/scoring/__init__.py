"""Score a stream of rows in bounded memory."""
