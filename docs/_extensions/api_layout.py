"""Show signatures and descriptions of the Python interface as a reader needs them."""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from typing import Any

from docutils import nodes


def _simplify_signature(
    _app: Any, kind: str, _name: str, described: Any, _options: Any, signature: str, result: str | None
) -> tuple[str, str | None] | None:
    """Leave out the constructors of results, which only the package calls, and show default paths as strings."""
    if kind == "class" and is_dataclass(described):
        return "", None
    if not signature:
        return None
    return re.sub(r"\w+Path\(('.*?')\)", r"\1", signature), result


def _use_dashes(_app: Any, page: nodes.document) -> None:
    """Replace the two hyphens that Sphinx writes between a parameter and its description."""
    for text in list(page.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" \u2013 "))


def setup(app: Any) -> dict[str, bool]:
    """Let Sphinx call this extension for each signature and each page."""
    app.connect("autodoc-process-signature", _simplify_signature)
    app.connect("doctree-read", _use_dashes)
    return {"parallel_read_safe": True}
