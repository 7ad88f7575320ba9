"""Comments -> which of them to label next, and how likely each of them was to be chosen."""
