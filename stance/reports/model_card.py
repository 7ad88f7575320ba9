"""The record of a training run as a Markdown model card."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from stance.reports import figures, provenance, summary
from stance.reports.rendering import render_template
from stance.reports.text_format import CONFIDENCE_LEVEL, replace_unprintable

if TYPE_CHECKING:
    from collections.abc import Mapping

# What means something to Markdown wherever it stands: emphasis, code, tags, cells, entities, formulas, and what makes
# a link of brackets. An underscore inside a word means nothing.
_MARKDOWN_CHARACTERS = re.compile(r"[\\`*<>|~$]|(?<!\S)#|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|(?<=\])[(\[:]")
# What would make a line a list, a heading, a rule or a box to tick.
_BLOCK_MARKER = re.compile(r"^(\d+(?=[.)](?: |$))|(?=[-+=][-= ]|[-+=]$|\[))")


def render_model_card(metrics: Mapping[str, Any]) -> str:
    """Write the model card of a model, in the sections that Mitchell et al. propose.

    Parameters
    ----------
    metrics
        What `metrics.json` holds.

    Raises
    ------
    StanceError
        The record is of another form than this version reads.

    References
    ----------
    Mitchell et al. (2019), Model cards for model reporting, FAT* '19.
    """
    summary.check_schema(metrics)
    first = summary.find_headline(metrics)
    return render_template(
        "card.md",
        lambda text: Markup(escape_markdown(text)),  # noqa: S704 - escaped for Markdown, so HTML's escapes would be shown
        stances=metrics["stances"],
        targets=metrics.get("targets") or (),
        notes=metrics.get("notes") or (),
        version=((metrics.get("provenance") or {}).get("versions") or {}).get("stance"),
        first=first,
        amount=summary.describe_label_counts(metrics),
        range=summary.describe_interval(first.figure) if first else "",
        model=summary.describe_model(first.scheme) if first else "",
        limits=summary.describe_limitations(metrics),
        comparisons=summary.describe_comparisons(first.scheme, first.measure) if first else (),
        choices=provenance.tabulate_settings(metrics),
        decision=provenance.tabulate_decision_rule(metrics),
        provenance=provenance.tabulate_provenance(metrics),
        labels=provenance.tabulate_labels(metrics),
        tested=[summary.describe_scheme(scheme) for scheme in metrics["schemes"]],
        analyses=_build_analyses(metrics),
        learning=figures.build_learning_curve_figure(metrics).lead,
        measures=summary.MEASURES.values(),
        level=CONFIDENCE_LEVEL,
        told=_figure_to_markdown,
    )


def escape_markdown(text: str) -> str:
    r"""Escape a foreign text so that Markdown shows it as it is, in one line.

    >>> print(escape_markdown("*a* | <b>"), escape_markdown("# 1"), escape_markdown("1. b"), escape_markdown("F_avg
    [0.1, 0.2]")) \*a\* \| \<b\> \# 1 1\. b F_avg [0.1, 0.2]
    """
    line = " ".join(replace_unprintable(text).split())
    return _BLOCK_MARKER.sub(r"\1\\", _MARKDOWN_CHARACTERS.sub(r"\\\g<0>", line))


def _build_analyses(metrics: Mapping[str, Any]) -> list[figures.Figure]:
    """Collect the tables, scheme by scheme, then what holds for all."""
    found: list[figures.Figure | None] = []
    first = summary.find_headline(metrics)
    for scheme in metrics["schemes"]:
        where = summary.format_scheme_name(scheme)
        found.append(figures.build_system_figure(scheme, first.measure if first else "macro_f1", where))
        if scheme["scheme"] == summary.MAIN_SCHEME:
            stances = summary.list_stance_groups(metrics) if scheme.get("groups") else metrics["stances"]
            found.append(figures.build_stance_figure(scheme, f"{where}, stance by stance"))
            found.append(figures.build_confusion_figure(scheme, stances, f"{where}, what is taken for what"))
    found += [
        provenance.tabulate_annotators(metrics),
        provenance.tabulate_second_stances(metrics),
        provenance.tabulate_calibration(metrics),
        figures.build_reliability_figure(metrics),
        figures.build_risk_coverage_figure(metrics),
    ]
    return [each for each in found if each is not None]


def _figure_to_markdown(figure: figures.Figure) -> Markup:
    """Write what an exhibit says without its picture: its sentence and its table."""
    rule = ["---" if words else "---:" for words in figure.lettered]
    cells = [[escape_markdown(cell) for cell in row] for row in (figure.columns, *figure.rows)]
    lines = [f"| {' | '.join(line)} |" for line in (cells[0], rule, *cells[1:])] if figure.rows else []
    return Markup("\n\n".join(filter(None, (escape_markdown(figure.lead), "\n".join(lines)))))  # noqa: S704 - as above
