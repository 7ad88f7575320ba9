"""Labels -> a model, its settings chosen by the labels where there are enough, and the file it is kept in."""
