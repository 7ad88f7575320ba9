"""Comments -> labels by a person's hand: which come in which order, what each key does, and where the labels go."""
