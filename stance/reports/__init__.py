"""Terminal tables, report.html and the model card."""
