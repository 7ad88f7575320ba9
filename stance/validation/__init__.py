"""Everything that can be wrong with sheets and codebooks, for `stance check`."""
