"""Settings of the documentation site: `make docs` builds it."""

from __future__ import annotations

import sys
import typing
from pathlib import Path

import filelock  # noqa: F401 - imported before stance's annotations are, as are the next two
import pandas as pd  # noqa: F401
import sklearn.pipeline  # noqa: F401

import stance

# Annotations name classes that are imported for type checkers only. Sphinx looks them up to link them.
typing.TYPE_CHECKING = True  # type: ignore[misc]  # constant for type checkers only
for _name in stance.__all__:
    getattr(stance, _name)
typing.TYPE_CHECKING = False  # type: ignore[misc]  # as above

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
    "api_layout",
]
exclude_patterns = ["_build"]
smartquotes = False  # they would turn the two hyphens of an option into a dash

# Headings are link targets, as on GitHub: `page.md#the-heading`.
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

# Docstrings are numpydoc, with single backquotes around code.
default_role = "code"
napoleon_google_docstring = False
napoleon_use_ivar = True
maximum_signature_line_length = 80  # longer signatures have one parameter per line

nitpicky = True
nitpick_ignore_regex = [
    # The site is built without the internet, so other projects' classes are not links.
    (r"py:.*", r"(collections|numpy|os|pandas|pathlib|pyarrow|scipy|sklearn|typing)\..*"),
    # Objects inside results whose content is documented elsewhere (metrics.json, codebook.toml, labelling sheets).
    (r"py:class", r"stance\.(evaluation|features|labels|models|sampling)\..*"),
]

html_theme = "furo"
html_title = f"stance {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False

# The prompt is not part of a command.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
