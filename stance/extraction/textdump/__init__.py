"""Comments from pages saved as plain text."""
