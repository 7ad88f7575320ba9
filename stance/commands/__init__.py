"""What a person types -> one call of a room, and what is printed of it."""
