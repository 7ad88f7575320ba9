"""Find comments in pages that were saved as plain text."""
