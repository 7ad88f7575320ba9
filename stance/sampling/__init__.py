"""Random, stratified and model-guided choice of comments to label."""
