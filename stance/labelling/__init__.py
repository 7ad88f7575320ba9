"""Comments -> labels: the codebook they are given by, the sheets they stand in, and how far annotators agree."""
