"""Settings of the documentation site: `make docs` builds it."""

from __future__ import annotations

import sys
from pathlib import Path

import stance

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "stance"
author = "the authors of stance"
version = release = stance.__version__
project_copyright = author

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "command_reference",
]
exclude_patterns = ["_build"]
templates_path: list[str] = []
nitpicky = True
smartquotes = False  # they would turn the two hyphens of an option into a dash

# Headings are link targets, as on GitHub: `page.md#the-heading`.
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"stance {version}"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_copy_source = False
html_show_sphinx = False

# The prompt is not part of a command.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
