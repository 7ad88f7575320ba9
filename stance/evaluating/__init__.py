"""Labels -> how good the model is that is learnt from them: folds, systems, figures, and what these mean."""
