"""One module per labelling tool, with the functions of `stance.interchange.registry.ToolModule`."""
