"""Exchange sheets with other labelling tools: Label Studio, doccano, Prodigy and plain CSV."""
