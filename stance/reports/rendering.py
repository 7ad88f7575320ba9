"""Fill in the templates of the reports; every untrusted text is sanitised before it enters a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from stance.reports.text_format import format_count, format_number, format_score

if TYPE_CHECKING:
    from collections.abc import Callable


def render_template(template: str, sanitise: Callable[[str], str], **values: Any) -> str:
    """Fill in a template of this package.

    Parameters
    ----------
    template
        Its name in `stance/reports/templates`.
    sanitise
        Makes an untrusted text safe for the document; afterwards it is escaped for HTML, unless it is
        `markupsafe.Markup`.
    values
        The variables of the template; a missing one raises an error instead of being left empty.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("stance.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: sanitise(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    environment.filters.update(count=format_count, number=format_number, score=format_score)
    return environment.get_template(template).render(values)
