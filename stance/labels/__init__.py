"""The codebook, labelling sheets, and one stance per comment."""
