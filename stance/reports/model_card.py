"""Render the model card of a model as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from stance.reports import data_tables, figures, provenance, summary
from stance.reports.markdown import escape_markdown, figure_to_markdown
from stance.reports.rendering import render_template
from stance.reports.text_format import CONFIDENCE_LEVEL
from stance.reports.verdict import compose_verdict

if TYPE_CHECKING:
    from stance.reports.text_format import JsonObject


def render_model_card(metrics: JsonObject) -> str:
    """Return the model card of a model, with the sections proposed by Mitchell et al.

    Parameters
    ----------
    metrics
        The content of `metrics.json`.

    Raises
    ------
    StanceError
        The metrics have another schema than this version reads.

    References
    ----------
    Mitchell et al. (2019), Model cards for model reporting, FAT* '19.
    """
    summary.check_schema(metrics)
    headline = summary.find_headline(metrics)
    verdict = compose_verdict(metrics) if headline else None
    is_skill_shown = verdict is not None and verdict.is_skill_shown
    return render_template(
        "model_card.md",
        lambda text: Markup(escape_markdown(text)),  # noqa: S704 - escaped for Markdown; HTML escapes would be shown
        stances=metrics["stances"],
        targets=metrics.get("targets") or (),
        min_known=metrics.get("min_known"),
        next_steps=summary.list_next_steps(metrics),
        version=((metrics.get("provenance") or {}).get("versions") or {}).get("stance"),
        headline=headline,
        label_counts=summary.describe_label_counts(metrics),
        interval=summary.describe_interval(headline.score) if headline else "",
        model=provenance.describe_model(metrics, headline.scheme) if headline else "",
        limitations=summary.describe_limitations(metrics),
        comparisons=summary.describe_comparisons(headline.scheme, headline.measure, is_skill_shown=is_skill_shown)
        if headline
        else (),
        verdict=verdict,
        settings=provenance.describe_settings(metrics),
        classifier=(metrics.get("settings") or {}).get("classifier", "multinomial logistic regression"),
        decision_rule=provenance.tabulate_decision_rule(metrics),
        provenance=provenance.tabulate_provenance(metrics),
        training_data=[
            provenance.tabulate_labels(metrics),
            *data_tables.tabulate_comments(metrics),
            *data_tables.tabulate_codebook(metrics),
            data_tables.tabulate_labelling(metrics),
        ],
        schemes=[summary.describe_scheme(scheme) for scheme in summary.select_schemes(metrics)],
        has_groups=bool(summary.select_schemes(metrics, groups=True)),
        analyses=_build_analyses(metrics),
        learning_curve=figures.build_learning_curve_figure(metrics).statement,
        measures=summary.MEASURES.values(),
        confidence_level=CONFIDENCE_LEVEL,
        to_markdown=figure_to_markdown,
    )


def _build_analyses(metrics: JsonObject) -> list[figures.Figure]:
    """Return the tables of each scheme, and those over all schemes."""
    analyses: list[figures.Figure | None] = []
    headline = summary.find_headline(metrics)
    measure = headline.measure if headline else "macro_f1"
    for scheme in metrics["schemes"]:
        name = summary.format_scheme_name(scheme)
        analyses.append(figures.build_system_figure(scheme, measure, name))
        if scheme["scheme"] == summary.MAIN_SCHEME:
            stances = summary.list_stance_groups(metrics) if scheme.get("groups") else metrics["stances"]
            analyses.append(figures.build_stance_figure(scheme, f"{name}: scores by stance"))
            analyses.append(figures.build_confusion_figure(scheme, stances, f"{name}: confusion matrix"))
    analyses += [
        data_tables.tabulate_agreement(metrics),
        provenance.tabulate_secondary_stances(metrics),
        provenance.tabulate_calibration(metrics),
        figures.build_reliability_figure(metrics),
        figures.build_risk_coverage_figure(metrics),
    ]
    return [figure for figure in analyses if figure is not None]
