"""The record of a training run as one HTML page that loads nothing, for people who know no machine learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.reports import figures, provenance, summary
from stance.reports.rendering import render_template
from stance.reports.text_format import format_number, replace_unprintable, truncate

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from stance.reports.figures import Figure

    JsonObject = Mapping[str, Any]

MAX_COMMENTS = 50
"""More misread comments than this nobody reads; oof.csv has all of them."""

MAX_COMMENT_LENGTH = 600
"""A comment is cut here, visibly."""


@dataclass(frozen=True)
class _Section:
    """A part of the page: its anchor, its title, sentences, pictures."""

    anchor: str
    title: str
    words: tuple[str, ...]
    exhibits: tuple[Figure, ...]


@dataclass(frozen=True)
class _ReviewedComment:
    """A comment as the page shows it: what was said of it, and what helps to judge that."""

    label: str
    answer: str
    told: str
    text: str
    title: str
    target: str
    comment_id: str
    terms: str


def render_html_report(metrics: JsonObject, label_issues: pd.DataFrame, misclassified: pd.DataFrame) -> str:
    """Write the report on a model.

    Parameters
    ----------
    metrics
        What `metrics.json` holds.
    label_issues
        Labels that may be wrong, the most doubtful first: comment_id, article_title, target, text, stance, suggested,
        probability, and terms where known.
    misclassified
        Comments that the model answers wrong: the same with predicted and share.

    Raises
    ------
    StanceError
        The record is of another form than this version reads.
    """
    summary.check_schema(metrics)
    first = summary.find_headline(metrics)
    return render_template(
        "page.html",
        replace_unprintable,
        stances=metrics["stances"],
        targets=metrics.get("targets") or (),
        labelled=metrics["labels"]["n"],
        first=first,
        amount=summary.describe_label_counts(metrics),
        range=summary.describe_interval(first.figure) if first else "",
        limits=summary.describe_limitations(metrics),
        beside=figures.build_system_figure(first.scheme, first.measure) if first else None,
        model=summary.describe_model(first.scheme) if first else "",
        human=summary.describe_human_agreement(metrics, first.measure) if first else "",
        comparisons=summary.describe_comparisons(first.scheme, first.measure) if first else (),
        sections=_build_sections(metrics),
        labels=_drop_missing(
            provenance.tabulate_labels(metrics),
            provenance.tabulate_annotators(metrics),
            provenance.tabulate_second_stances(metrics),
        ),
        terms=figures.build_term_figures(metrics),
        suspects=_build_comments(label_issues, "suggested", "probability", "probability of the label"),
        misread=_build_comments(misclassified, "predicted", "share", "share of runs that answered so"),
        many_misread=max(0, len(misclassified) - MAX_COMMENTS),
        made=_drop_missing(
            provenance.tabulate_settings(metrics),
            provenance.tabulate_decision_rule(metrics),
            provenance.tabulate_calibration(metrics),
            provenance.tabulate_provenance(metrics),
        ),
    )


def _build_sections(metrics: JsonObject) -> list[_Section]:
    stances, targets = metrics["stances"], metrics.get("targets") or ()
    overall = _build_scheme_sections(metrics, None, "All targets together" if len(targets) > 1 else "Every stance")
    several = [
        section
        for place, target in enumerate(targets if len(targets) > 1 else (), 1)
        for section in _build_scheme_sections(metrics, target, f"Toward {target}", f"target-{place}")
    ]
    groups = summary.select_schemes(metrics, groups=True)
    coarse = [
        _Section(
            "groups", "Stances in groups", ("Each stance, true and answered, is replaced by its group.",),
            (
                figures.build_stance_figure(groups[0]),
                figures.build_confusion_figure(groups[0], summary.list_stance_groups(metrics) or stances),
            ),
        )
    ] if groups else []  # fmt: skip
    trust = _Section(
        "confidence", "How sure it is",
        ("An answer has a confidence between 0 and 1, in the column “confidence” that stance predict writes.",),
        (figures.build_reliability_figure(metrics), figures.build_risk_coverage_figure(metrics)),
    )  # fmt: skip
    more = _Section(
        "next", "What to do next", tuple(metrics.get("notes") or ()), (figures.build_learning_curve_figure(metrics),)
    )
    return [*overall, *several, *coarse, trust, more]


def _build_scheme_sections(
    metrics: JsonObject, target: str | None, title: str, anchor: str = "overall"
) -> list[_Section]:
    """Show the scheme that is spoken of first in full, and of the others how the systems compare."""
    first = summary.find_headline(metrics, target)
    if first is None:
        return []
    stances = metrics["stances"]
    shown_first = [figures.build_stance_figure(first.scheme), figures.build_confusion_figure(first.scheme, stances)]
    if target is not None:
        shown_first.insert(0, figures.build_system_figure(first.scheme, first.measure))
    sections = [_Section(anchor, title, (summary.describe_scheme(first.scheme),), tuple(shown_first))]
    for place, scheme in enumerate(summary.select_schemes(metrics, target), 1):
        if scheme is first.scheme:
            continue
        parts = (figures.build_system_figure(scheme, first.measure, "The systems"), figures.tabulate_articles(scheme))
        sections.append(
            _Section(
                f"{anchor}-{place}",
                summary.format_scheme_name(scheme),
                (summary.describe_scheme(scheme),),
                _drop_missing(*parts),
            )
        )
    return sections


def _drop_missing(*figures: Figure | None) -> tuple[Figure, ...]:
    return tuple(each for each in figures if each is not None)


def _build_comments(
    reviewed: pd.DataFrame, prediction_column: str, number_column: str, number_name: str
) -> list[_ReviewedComment]:
    return [
        _ReviewedComment(
            label=row["stance"],
            answer=row[prediction_column],
            told=f"{number_name} {format_number(row[number_column])}",
            text=truncate(replace_unprintable(row["text"]), MAX_COMMENT_LENGTH),
            title=truncate(replace_unprintable(row["article_title"]), MAX_COMMENT_LENGTH),
            target=row["target"],
            comment_id=row["comment_id"],
            terms=truncate(replace_unprintable(row.get("terms", "")), MAX_COMMENT_LENGTH),
        )
        for row in reviewed.head(MAX_COMMENTS).to_dict("records")
    ]
