"""Write the methods text: methods.md, methods.tex and methods.bib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.reports import summary
from stance.reports.methods import (
    annotation_section,
    data_sections,
    evaluation_section,
    model_sections,
    result_sections,
)
from stance.reports.methods.document import list_citations
from stance.reports.methods.latex import format_as_latex
from stance.reports.methods.markdown import format_as_markdown
from stance.reports.methods.references import format_bibliography

if TYPE_CHECKING:
    from stance.reports.methods.document import Section
    from stance.reports.text_format import JsonObject


def render_methods(metrics: JsonObject) -> dict[str, str]:
    """Return the methods text on a model, as the contents of the files `.md`, `.tex` and `.bib`.

    Parameters
    ----------
    metrics
        The content of `metrics.json`.

    Raises
    ------
    StanceError
        The metrics have another schema than this version reads.
    """
    summary.check_schema(metrics)
    sections = _build_sections(metrics)
    return {
        "md": format_as_markdown(sections),
        "tex": format_as_latex(sections),
        "bib": format_bibliography(list_citations(sections)),
    }


def _build_sections(metrics: JsonObject) -> list[Section]:
    return [
        data_sections.build_corpus_section(metrics),
        data_sections.build_sampling_section(metrics),
        data_sections.build_codebook_section(metrics),
        annotation_section.build_annotation_section(metrics),
        model_sections.build_model_section(metrics),
        evaluation_section.build_evaluation_section(metrics),
        result_sections.build_results_section(metrics),
        result_sections.build_limitations_section(metrics),
        result_sections.build_software_section(metrics),
    ]
