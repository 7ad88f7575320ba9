"""N-gram counting and TF-IDF, fast and exact, without any knowledge of stance."""
