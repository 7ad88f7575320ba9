"""The methods text for a publication: written from metrics.json, as Markdown, as LaTeX, and with its references."""
