"""Report the agreement of annotators as text for the terminal, as JSON, and as a sheet for adjudication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from stance.labels.resolution import ADJUDICATED
from stance.reports import terminal_tables
from stance.reports.agreement_notes import format_annotators
from stance.reports.terminal_tables import DEFAULT_WIDTH, MAX_LISTED, escape_for_terminal
from stance.reports.text_format import NOT_AVAILABLE
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from stance.labels.comparisons import AgreementResults, AnnotatorComparison
    from stance.metrics.agreement_coefficients import Estimate

_MAX_PAIRS = 6
_MIN_WIDTH = 20
_DECIMALS = 6
_LABEL_COLUMN_PREFIX = "label by "


def format_agreement(
    comparisons: AgreementResults,
    disagreements: pd.DataFrame,
    notes: Sequence[str],
    width: int = DEFAULT_WIDTH,
    *,
    verbose: bool = False,
) -> str:
    """Return all coefficients with their intervals, the confusion of each pair, and the disagreements.

    Parameters
    ----------
    comparisons
        The agreement of each pair of annotators and of all.
    disagreements
        The comments with differing labels.
    notes
        What `describe_agreement` returned.
    width
        The width of the tables.
    verbose
        Return all pairs and disagreements instead of the first ones.
    """
    shown_pairs = comparisons.pairs if verbose else comparisons.pairs[:_MAX_PAIRS]
    parts: list[str | Table] = []
    if comparisons.overall:
        parts += ["[bold]agreement between annotators[/bold]", _build_coefficient_table(comparisons)]
        for overall in _overall_comparison(comparisons):
            heading = "[bold]by stance[/bold]: how often another annotator gives the same label"
            parts += [heading, _build_stance_table(overall)]
        for pair in shown_pairs:
            first, second = map(escape_for_terminal, pair.annotators)
            parts += [f"{first} (rows) by {second} (columns)", _build_confusion_table(pair)]
        if n_hidden := len(comparisons.pairs) - len(shown_pairs):
            parts.append(f"... and {pluralise(n_hidden, 'more pair')}, --verbose prints all")
    if comparisons.self_consistency:
        heading = "[bold]self-consistency[/bold]: the first pass compared with a later one of the same annotator"
        parts += [heading, _build_self_consistency_table(comparisons.self_consistency)]
    parts += [escape_for_terminal(note) for note in notes]
    if len(disagreements):
        shown = disagreements if verbose else disagreements.head(MAX_LISTED)
        heading = f"[bold]disagreements[/bold]: {_count_disagreements(disagreements)}"
        parts += ["", heading, _build_disagreement_table(shown, width)]
        if n_hidden := len(disagreements) - len(shown):
            parts.append(f"... and {n_hidden:,} more, --verbose prints all, --output FILE writes them")
    return terminal_tables.render_as_text(*parts, width=width)


def agreement_to_json(
    comparisons: AgreementResults, disagreements: pd.DataFrame, notes: Sequence[str]
) -> dict[str, Any]:
    """Return the whole report as plain values for JSON."""
    return {
        "annotators": comparisons.items_per_annotator,
        "pairs": [_comparison_to_json(pair) for pair in comparisons.pairs],
        "overall": _comparison_to_json(comparisons.overall) if comparisons.overall else None,
        "targets": {
            target: [_comparison_to_json(comparison) for comparison in target_comparisons]
            for target, target_comparisons in comparisons.by_target.items()
        },
        "self_consistency": [_comparison_to_json(comparison) for comparison in comparisons.self_consistency],
        "disagreements": disagreements.to_dict("records"),
        "notes": list(notes),
    }


def build_adjudication_sheet(disagreements: pd.DataFrame, annotators: Sequence[str]) -> pd.DataFrame:
    """Return the disagreements as a labelling sheet, in which the adjudicator fills in the column `stance`."""
    labels = {
        f"{_LABEL_COLUMN_PREFIX}{name}": [by_annotator.get(name, "") for by_annotator in disagreements["labels"]]
        for name in annotators
    }
    comments = disagreements[["comment_id", "article_id", "article_title", "target", "text"]]
    label_columns = pd.DataFrame(labels, index=disagreements.index, dtype="str")
    stances = disagreements["adjudicated"].rename("stance")
    return pd.concat([comments, label_columns, stances], axis=1).assign(**{"pass": ADJUDICATED})


def _build_coefficient_table(comparisons: AgreementResults) -> Table:
    rows = [("", comparison) for comparison in (*comparisons.pairs, *_overall_comparison(comparisons))]
    rows += [
        (target, comparison)
        for target, target_comparisons in comparisons.by_target.items()
        for comparison in target_comparisons
    ]
    target_column = ["target"] if comparisons.by_target else []
    table = terminal_tables.create_table(
        "annotators", *target_column, "comments", "observed agreement", "Cohen's kappa", "Krippendorff's alpha"
    )
    for target, comparison in rows:
        table.add_row(
            escape_for_terminal(format_annotators(comparison)),
            *([escape_for_terminal(target) or "all targets"] if target_column else []),
            str(comparison.n_comments),
            *_format_coefficients(comparison),
        )
    return table


def _build_self_consistency_table(comparisons: Sequence[AnnotatorComparison]) -> Table:
    table = terminal_tables.create_table("annotator", "comments", "same label", "Cohen's kappa", "Krippendorff's alpha")
    for comparison in comparisons:
        name = f"{escape_for_terminal(comparison.annotators[0])}, pass {comparison.later_pass}"
        table.add_row(name, str(comparison.agreement.n_items), *_format_coefficients(comparison))
    return table


def _overall_comparison(comparisons: AgreementResults) -> list[AnnotatorComparison]:
    """Return the comparison of all annotators, or nothing if there is only one pair."""
    return [comparisons.overall] if comparisons.overall and comparisons.overall not in comparisons.pairs else []


def _format_coefficients(comparison: AnnotatorComparison) -> list[str]:
    agreement = comparison.agreement
    return [_format_estimate(estimate) for estimate in (agreement.observed, agreement.kappa, agreement.alpha)]


def _format_estimate(estimate: Estimate | None) -> str:
    if estimate is None:
        return NOT_AVAILABLE
    return terminal_tables.format_with_interval(estimate.value, estimate.interval)


def _build_stance_table(overall: AnnotatorComparison) -> Table:
    table = terminal_tables.create_table("stance", "labels", "agreement")
    for stance, estimate in overall.by_stance.items():
        table.add_row(escape_for_terminal(stance), str(overall.label_counts[stance]), _format_estimate(estimate))
    return table


def _build_confusion_table(pair: AnnotatorComparison) -> Table:
    counts = pair.confusion
    table = terminal_tables.create_table("", *map(str, counts.columns), "agreement on stance")
    for stance, row in counts.iterrows():
        cells = (str(n) if n else "." for n in row)
        table.add_row(escape_for_terminal(str(stance)), *cells, _format_estimate(pair.by_stance[str(stance)]))
    return table


def _count_disagreements(disagreements: pd.DataFrame) -> str:
    n_adjudicated = int((disagreements["adjudicated"] != "").sum())
    return f"{pluralise(len(disagreements), 'comment')}, {n_adjudicated:,} of them adjudicated"


def _build_disagreement_table(disagreements: pd.DataFrame, width: int) -> Table:
    has_targets = any(disagreements["target"])
    target_column = ["target"] if has_targets else []
    table = terminal_tables.create_table("comment", "article", *target_column, "labels", "adjudicated", "text")
    text_width = max(_MIN_WIDTH, width // 3)
    for row in disagreements.to_dict("records"):
        cells = (
            row["comment_id"],
            terminal_tables.shorten_to_line(row["article_title"] or row["article_id"], _MIN_WIDTH),
            *([row["target"]] if has_targets else []),
            ", ".join(f"{name}: {stance}" for name, stance in row["labels"].items()),
            row["adjudicated"] or "no",
            terminal_tables.shorten_to_line(row["text"], text_width),
        )
        table.add_row(*map(escape_for_terminal, cells))
    return table


def _comparison_to_json(comparison: AnnotatorComparison) -> dict[str, Any]:
    agreement = comparison.agreement
    values: dict[str, Any] = {
        "annotators": list(comparison.annotators),
        "pass": comparison.later_pass,
        "n": agreement.n_items,
        "comments": comparison.n_comments,
        "observed_agreement": _estimate_to_json(agreement.observed),
        "kappa": _estimate_to_json(agreement.kappa),
        "alpha": _estimate_to_json(agreement.alpha),
        "stances": {
            stance: {"labels": comparison.label_counts[stance], "agreement": _estimate_to_json(estimate)}
            for stance, estimate in comparison.by_stance.items()
        },
    }
    if comparison.items.shape[1] == 2:  # noqa: PLR2004 - only a pair has one confusion matrix
        values["confusion"] = {
            str(stance): {str(other): int(n) for other, n in row.items()}
            for stance, row in comparison.confusion.iterrows()
        }
    return values


def _estimate_to_json(estimate: Estimate | None) -> dict[str, float] | None:
    if estimate is None:
        return None
    values = {"value": estimate.value, "low": estimate.interval.low, "high": estimate.interval.high}
    return {name: round(value, _DECIMALS) + 0.0 for name, value in values.items()}  # + 0.0 turns -0.0 into 0.0
