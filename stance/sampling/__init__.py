"""Select comments to label: at random, stratified, or guided by a model."""
