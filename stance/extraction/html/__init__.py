"""Comments from the markup of HTML pages."""
