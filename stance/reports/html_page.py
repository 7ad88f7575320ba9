"""Render the HTML report on a model: one page that loads nothing, for readers who know no machine learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.reports import data_tables, figures, provenance, summary
from stance.reports.rendering import render_template
from stance.reports.text_format import format_number, replace_unprintable, truncate
from stance.reports.verdict import compose_verdict

if TYPE_CHECKING:
    import pandas as pd

    from stance.reports.figures import Figure
    from stance.reports.text_format import JsonObject

MAX_COMMENTS = 50
"""The number of comments shown per list; oof.csv contains all of them."""

MAX_COMMENT_LENGTH = 600
"""Longer comments are truncated, with a note."""


@dataclass(frozen=True)
class _Section:
    """A section of the page: the id of its element, its title, sentences and figures."""

    anchor: str
    title: str
    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class _ReviewedComment:
    """A comment with its label, a differing prediction, and what helps to judge them."""

    label: str
    prediction: str
    detail: str
    text: str
    article_title: str
    target: str
    comment_id: str
    terms: str


def render_html_report(metrics: JsonObject, label_issues: pd.DataFrame, misclassified: pd.DataFrame) -> str:
    """Return the HTML report on a model.

    Parameters
    ----------
    metrics
        The content of `metrics.json`.
    label_issues
        Labels that may be wrong, the most doubtful first: comment_id, article_title, target, text, stance, suggested,
        probability, and terms if available.
    misclassified
        Comments with a wrong prediction: the same columns, with predicted and share instead of suggested and
        probability.

    Raises
    ------
    StanceError
        The metrics have another schema than this version reads.
    """
    summary.check_schema(metrics)
    headline = summary.find_headline(metrics)
    verdict = compose_verdict(metrics) if headline else None
    is_skill_shown = verdict is not None and verdict.is_skill_shown
    return render_template(
        "html_report.html",
        replace_unprintable,
        stances=metrics["stances"],
        targets=metrics.get("targets") or (),
        n_labels=metrics["labels"]["n"],
        headline=headline,
        label_counts=summary.describe_label_counts(metrics),
        interval=summary.describe_interval(headline.score) if headline else "",
        limitations=summary.describe_limitations(metrics),
        comparison_figure=figures.build_system_figure(headline.scheme, headline.measure) if headline else None,
        model=provenance.describe_model(metrics, headline.scheme) if headline else "",
        comparisons=summary.describe_comparisons(headline.scheme, headline.measure, is_skill_shown=is_skill_shown)
        if headline
        else (),
        verdict=verdict,
        is_skill_shown=is_skill_shown,
        sections=_build_sections(metrics),
        data_tables=data_tables.tabulate_comments(metrics),
        codebook_tables=data_tables.tabulate_codebook(metrics),
        label_tables=_drop_missing(
            provenance.tabulate_labels(metrics),
            data_tables.tabulate_labelling(metrics),
            data_tables.tabulate_agreement(metrics),
            provenance.tabulate_secondary_stances(metrics),
        ),
        term_figures=figures.build_term_figures(metrics),
        label_issues=_build_comments(label_issues, "suggested", "probability", "probability of the label"),
        misclassified=_build_comments(misclassified, "predicted", "share", "share of models with this prediction"),
        n_more_misclassified=max(0, len(misclassified) - MAX_COMMENTS),
        provenance_tables=_drop_missing(
            provenance.describe_settings(metrics),
            provenance.tabulate_decision_rule(metrics),
            provenance.tabulate_calibration(metrics),
            provenance.tabulate_provenance(metrics),
        ),
    )


def _build_sections(metrics: JsonObject) -> list[_Section]:
    targets = metrics.get("targets") or ()
    sections = _build_scheme_sections(metrics, None, "All targets" if len(targets) > 1 else "All stances")
    for number, target in enumerate(targets if len(targets) > 1 else (), 1):
        sections += _build_scheme_sections(metrics, target, f"Target: {target}", f"target-{number}")
    if group_schemes := summary.select_schemes(metrics, groups=True):
        group_names = summary.list_stance_groups(metrics) or metrics["stances"]
        group_figures = (
            figures.build_stance_figure(group_schemes[0]),
            figures.build_confusion_figure(group_schemes[0], group_names),
        )
        sentence = "Each stance, true and predicted, is replaced by its group."
        sections.append(_Section("groups", "Groups of stances", (sentence,), group_figures))
    sentence = "Each prediction has a confidence between 0 and 1, in the column “confidence” of stance predict."
    confidence_figures = (figures.build_reliability_figure(metrics), figures.build_risk_coverage_figure(metrics))
    sections.append(_Section("confidence", "Confidence", (sentence,), confidence_figures))
    learning_curve = figures.build_learning_curve_figure(metrics)
    sections.append(_Section("next", "What to do next", tuple(summary.list_next_steps(metrics)), (learning_curve,)))
    return sections


def _build_scheme_sections(
    metrics: JsonObject, target: str | None, title: str, anchor: str = "overall"
) -> list[_Section]:
    """Return a section with all figures of the main scheme, and one per other scheme that compares the systems."""
    headline = summary.find_headline(metrics, target)
    if headline is None:
        return []
    main_figures = [
        figures.build_stance_figure(headline.scheme),
        figures.build_confusion_figure(headline.scheme, metrics["stances"]),
    ]
    if target is not None:
        main_figures.insert(0, figures.build_system_figure(headline.scheme, headline.measure))
    sections = [_Section(anchor, title, (summary.describe_scheme(headline.scheme),), tuple(main_figures))]
    for number, scheme in enumerate(summary.select_schemes(metrics, target), 1):
        if scheme is headline.scheme:
            continue
        scheme_figures = _drop_missing(
            figures.build_system_figure(scheme, headline.measure, "The systems"),
            figures.tabulate_articles(scheme, metrics.get("article_titles") or {}),
        )
        name, sentence = summary.format_scheme_name(scheme), summary.describe_scheme(scheme)
        sections.append(_Section(f"{anchor}-{number}", name, (sentence,), scheme_figures))
    return sections


def _drop_missing(*optional_figures: Figure | None) -> tuple[Figure, ...]:
    return tuple(figure for figure in optional_figures if figure is not None)


def _build_comments(
    reviewed: pd.DataFrame, prediction_column: str, number_column: str, number_name: str
) -> list[_ReviewedComment]:
    return [
        _ReviewedComment(
            label=row["stance"],
            prediction=row[prediction_column],
            detail=f"{number_name} {format_number(row[number_column])}",
            text=truncate(replace_unprintable(row["text"]), MAX_COMMENT_LENGTH),
            article_title=truncate(replace_unprintable(row["article_title"]), MAX_COMMENT_LENGTH),
            target=row["target"],
            comment_id=row["comment_id"],
            terms=truncate(replace_unprintable(row.get("terms", "")), MAX_COMMENT_LENGTH),
        )
        for row in reviewed.head(MAX_COMMENTS).to_dict("records")
    ]
